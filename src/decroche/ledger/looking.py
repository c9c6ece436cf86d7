"""Looks calls and journeys up by what is asked of them, a bounded stretch of the past at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.account import Account, CallFilter, Cursor, JourneyFilter, Row
from decroche.ledger.recovery_tables import bookings, work_items
from decroche.ledger.tables import calls, changes, facts, journeys, observations
from decroche.model.call import Disposition
from decroche.model.fact import Progress

#: How many rows are looked through for one page, the latest first: a filter that holds for few costs no more than that.
STRETCH = 20_000
#: The same where each row takes a look at the calls of its person.
SHORT_STRETCH = 4_000
#: Counts go up to here: what is beyond is « more than ».
COUNTED = 25_000
#: The latest calls, in which the queues, departments and agents that a filter offers are found.
_NAMED_IN = 2_000
#: The most facts and observations that are shown of one call.
_TOLD = 40

_LISTS = ("legs", "missed_calls", "calls")
_CALL_WORDS = (
    "direction",
    "disposition",
    "reason",
    "progress",
    "site",
    "department",
    "queue",
    "line",
    "hour_class",
    "agent",
    "person",
)
#: Written into the statement: an index of what goes on or is open serves no statement that might ask for others.
_GOING_ON = calls.c.progress != sa.literal_column(f"'{Progress.ENDED}'")
_OPEN_WORK = work_items.c.state == sa.literal_column("'open'")


@dataclass(frozen=True, slots=True)
class Found:
    """A page of a list. ``next`` is where it goes on, None at the end.

    ``looked_to``: the page is not full, for the search has only come to this moment; it goes on from ``next``.
    """

    rows: Sequence[Row]
    next: Cursor | None = None
    looked_to: datetime | None = None


def find_calls(
    account: Account, wanted: CallFilter, *, after: Cursor | None = None, limit: int = 50, stretch: int = STRETCH
) -> Found:
    """The calls of a filter, the latest start first, of ``stretch`` calls of the period at most."""
    c = calls.c
    given = {name: value for name in _CALL_WORDS if (value := getattr(wanted, name)) is not None}
    inside = _inside(account, calls, c.started_at, wanted.since, wanted.until, after)
    if "person" in given:
        # A person has few calls, and an index of their own.
        inside = _inside(account, calls, _apart(c.started_at), wanted.since, wanted.until, after)
        query = inside.where(*(_is(c[name], value) for name, value in given.items()))
        return _page(account, query, c.started_at, c.id, limit)
    looked = inside.with_only_columns(c.id, c.started_at, *(c[name] for name in given))
    return _in_a_stretch(
        account, calls, looked, c.started_at, limit, stretch,
        lambda row: [_is(row[name], value) for name, value in given.items()],
    )  # fmt: skip


def find_journeys(
    account: Account, wanted: JourneyFilter, *, after: Cursor | None = None, limit: int = 50, stretch: int = STRETCH
) -> Found:
    """The journeys of a filter, the latest opening first, of ``stretch`` journeys of the period at most."""
    c = journeys.c
    given = {name: value for name in ("state", "site", "person") if (value := getattr(wanted, name)) is not None}

    def held(row: Any) -> list[sa.ColumnElement[bool]]:
        conditions: list[sa.ColumnElement[bool]] = [row[name] == value for name, value in given.items()]
        if wanted.closed_since is not None:
            conditions.append(row.closed_at >= wanted.closed_since)
        return conditions if wanted.reason is None else [*conditions, _missed_because(row, wanted.reason)]

    inside = _inside(account, journeys, c.opened_at, wanted.since, wanted.until, after)
    if "person" in given:
        inside = _inside(account, journeys, _apart(c.opened_at), wanted.since, wanted.until, after)
        return _page(account, inside.where(*held(c)), c.opened_at, c.id, limit)
    columns = {"account_id", "person", "closed_at", "expires_at", *given}
    looked = inside.with_only_columns(c.id, c.opened_at, *(c[name] for name in sorted(columns)))

    far = stretch if wanted.reason is None else min(stretch, SHORT_STRETCH)
    return _in_a_stretch(account, journeys, looked, c.opened_at, limit, far, held)


def _is(column: sa.ColumnElement[Any], value: Any) -> sa.ColumnElement[bool]:
    """That a column says this; an empty word is that of calls which have none."""
    return sa.func.coalesce(column, "") == "" if value == "" else column == value


def _apart(moment: sa.Column[Any]) -> sa.ColumnElement[Any]:
    """A moment by which no index is chosen: those of one person are few, and found by the person."""
    return sa.func.coalesce(moment, moment)


def _inside(
    account: Account,
    table: sa.Table,
    moment: sa.ColumnElement[Any],
    since: datetime | None,
    until: datetime | None,
    after: Cursor | None,
) -> sa.Select[Any]:
    query = account.mine(table)
    if since is not None:
        query = query.where(moment >= since)
    if until is not None:
        query = query.where(moment < until)
    if after is not None:
        query = query.where(moment <= after[0], (moment < after[0]) | (table.c.id < after[1]))
    return query


def _in_a_stretch(
    account: Account,
    table: sa.Table,
    looked: sa.Select[Any],
    moment: sa.Column[Any],
    limit: int,
    stretch: int,
    held: Any,
) -> Found:
    order = (moment.desc(), table.c.id.desc())
    part = looked.order_by(*order).limit(stretch).subquery("stretch")
    chosen = sa.select(part.c.id).where(*held(part.c)).order_by(part.c[moment.name].desc(), part.c.id.desc())
    ids = list(account.connection.execute(chosen.limit(limit + 1)).scalars())
    rows = _rows(account, account.mine(table).where(table.c.id.in_(ids[:limit])).order_by(*order)) if ids else []
    if len(ids) > limit:
        return Found(rows, _cursor(rows[-1], moment))
    # The search came to the end of its stretch, or of the list.
    last = looked.with_only_columns(moment, table.c.id).order_by(*order).limit(1).offset(stretch - 1)
    end = account.connection.execute(last).first()
    return Found(rows) if end is None else Found(rows, (end[0], end[1]), end[0])


def _page(account: Account, query: sa.Select[Any], moment: sa.Column[Any], id: sa.Column[Any], limit: int) -> Found:
    rows = _rows(account, query.order_by(_apart(moment).desc(), id.desc()).limit(limit + 1))
    return Found(rows[:limit], _cursor(rows[limit - 1], moment) if len(rows) > limit else None)


def _cursor(row: Row, moment: sa.Column[Any]) -> Cursor:
    return row[moment.name], row["id"]


def _missed_because(journey: Any, reason: str) -> sa.ColumnElement[bool]:
    """That a call of the person was missed for this reason within the journey."""
    c = calls.c
    theirs = (c.account_id == journey.account_id) & (c.person == journey.person)
    at = _apart(c.started_at)
    within = (at >= journey.opened_at) & (at <= sa.func.coalesce(journey.closed_at, journey.expires_at))
    missed = (c.disposition == str(Disposition.MISSED)) & (c.reason == reason)
    return sa.exists().where(theirs, within, missed)


def going_on(account: Account) -> list[Row]:
    """The calls that have not ended, the oldest first."""
    # The few that go on anywhere are found by their own index, which the database would not choose for one account.
    ids = list(account.connection.execute(sa.select(calls.c.id).where(_GOING_ON)).scalars())
    return calls_by_id(account, ids)


def latest_open(account: Account, *, limit: int) -> list[Row]:
    """Who waits to be called back, the latest miss first."""
    c = journeys.c
    query = account.mine(journeys).where(c.state == "open").order_by(c.expires_at.desc(), c.id.desc())
    return _rows(account, query.limit(limit))


def open_and_recovered(account: Account, *, since: datetime, most: int = COUNTED) -> tuple[int, int]:
    """Open journeys and those recovered since, each counted up to ``most`` and one more."""
    c = journeys.c
    mine = account.mine(journeys).with_only_columns(sa.literal(1))
    # Who was recovered since had not been silent for so long that the journey had expired: the index of that serves.
    recovered = mine.where(c.state == "recovered", c.expires_at >= since, c.closed_at >= since)
    return tuple(  # type: ignore[return-value]
        account.connection.execute(
            sa.select(sa.func.count()).select_from(query.limit(most + 1).subquery())
        ).scalar_one()
        for query in (mine.where(c.state == "open"), recovered)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """Calls of a stretch of time that have ended: answered and missed ones that came in."""

    answered: int
    missed: int


def verdicts(account: Account, *, since: datetime, until: datetime) -> Verdicts:
    """What became of the calls that began in ``[since, until)``."""
    c = calls.c
    query = account.mine(calls).with_only_columns(c.disposition, sa.func.count().label("n"))
    query = query.where(c.started_at >= since, c.started_at < until, c.direction == "inbound")
    counted = {row.disposition: row.n for row in account.connection.execute(query.group_by(c.disposition))}
    return Verdicts(answered=counted.get("answered", 0), missed=counted.get("missed", 0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A call that somebody was promised. ``journey`` is what it belongs to; ``booked``: they chose the time."""

    at: datetime
    until: datetime
    person: int | None
    site: str
    journey: str | None
    booked: bool


def promises_due(account: Account, *, since: datetime, until: datetime, limit: int) -> list[Promise]:
    """What was promised for ``[since, until)`` and is not done, the earliest first; calls asked for, however long ago.

    A time that passed without our call is still owed.
    """
    b, w = bookings.c, work_items.c
    owed = (b.state == "booked") | ((b.state == "broken") & b.called_at.is_(None))
    booked = account.mine(bookings).where(b.starts_at >= since, b.starts_at < until, owed)
    found = [
        Promise(
            at=row.starts_at, until=row.ends_at, person=row.person, site=row.site, journey=row.journey_id, booked=True
        )
        for row in account.connection.execute(booked.order_by(b.starts_at).limit(limit))
    ]
    known = {(each.person, each.at) for each in found}
    asked = account.mine(work_items).where(_OPEN_WORK, w.promised_at.is_not(None), w.promised_at < until)
    for row in account.connection.execute(asked.order_by(w.promised_at).limit(limit + len(found))):
        if (row.person, row.promised_at) not in known:
            found.append(
                Promise(
                    at=row.promised_at,
                    until=row.due_at or row.promised_at,
                    person=row.person,
                    site=row.site,
                    journey=row.journey_id,
                    booked=False,
                )
            )
    return sorted(found, key=lambda each: each.at)[:limit]


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What calls of late have named: what a filter may offer."""

    departments: tuple[str, ...]
    queues: tuple[str, ...]
    agents: tuple[str, ...]


def names_of_late(account: Account) -> Names:
    """The departments, queues and agents of the latest calls."""
    c = calls.c
    query = account.mine(calls).with_only_columns(c.department, c.queue, c.agent)
    late = query.order_by(c.started_at.desc(), c.id.desc()).limit(_NAMED_IN).subquery()
    rows = account.connection.execute(sa.select(late).distinct()).all()
    return Names(
        departments=tuple(sorted({row.department for row in rows if row.department})),
        queues=tuple(sorted({row.queue for row in rows if row.queue})),
        agents=tuple(sorted({row.agent for row in rows if row.agent})),
    )


def person_of_call(account: Account, id: str) -> int | None:
    """Who is outside in a call; None where there is no such call, or nobody is known."""
    query = account.mine(calls).with_only_columns(calls.c.person).where(calls.c.id == id)
    return account.connection.execute(query).scalar_one_or_none()


def last_call_of(account: Account, person: int) -> str | None:
    """The latest call with a person."""
    c = calls.c
    query = account.mine(calls).with_only_columns(c.id).where(c.person == person)
    latest = query.order_by(_apart(c.started_at).desc(), c.id.desc()).limit(1)
    return account.connection.execute(latest).scalar_one_or_none()


def calls_by_id(account: Account, ids: Collection[str]) -> list[Row]:
    """These calls, the first first."""
    # Chosen first, by a limit that cuts nothing off: asked at once, SQLite goes through all calls of the account.
    chosen = sa.select(calls.c.id).where(calls.c.id.in_(ids)).limit(len(ids)).subquery()
    found = _rows(account, account.mine(calls).join(chosen, chosen.c.id == calls.c.id))
    return sorted(found, key=lambda row: (row["started_at"], row["id"]))


def journeys_by_id(account: Account, ids: Collection[str]) -> list[Row]:
    """These journeys, the first first."""
    chosen = sa.select(journeys.c.id).where(journeys.c.id.in_(ids)).limit(len(ids)).subquery()
    found = _rows(account, account.mine(journeys).join(chosen, chosen.c.id == journeys.c.id))
    return sorted(found, key=lambda row: (row["opened_at"], row["id"]))


def journey_of_call(account: Account, call: Row) -> Row | None:
    """The journey that a call belongs to."""
    if call["person"] is None:
        return None
    c = journeys.c
    found = _rows(account, account.mine(journeys).where(c.person == call["person"]))
    return next((each for each in found if call["id"] in each["calls"] and each["state"] != "withdrawn"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Something that the platform said of a call: the record as it came, and how it came."""

    received_at: datetime
    source: str
    kind: str
    body: bytes


def told_of_call(account: Account, id: str) -> list[Told]:
    """What the platform said of a call that may be seen, the first first."""
    if account.connection.execute(account.mine(calls).where(calls.c.id == id).limit(1)).first() is None:
        return []
    o = observations.c
    heard = sa.select(facts.c.observation_id).where(facts.c.call_id == id).distinct().limit(_TOLD)
    query = sa.select(o.received_at, o.source, o.kind, o.body).where(o.id.in_(heard)).order_by(o.id)
    return [Told(**row._mapping) for row in account.connection.execute(query)]


def _rows(account: Account, query: sa.Select[Any]) -> list[Row]:
    return [_with_lists(row._mapping) for row in account.connection.execute(query)]


def _with_lists(row: sa.RowMapping) -> Mapping[str, Any]:
    found: dict[str, Any] = {**row}
    for name in _LISTS:
        if isinstance(found.get(name), str):
            found[name] = msgspec.json.decode(found[name])
    return found


def bookings_of_journey(account: Account, journey: str) -> list[Row]:
    """What was promised within a journey, the first first."""
    c = bookings.c
    return _rows(account, account.mine(bookings).where(c.journey_id == journey).order_by(c.made_at, c.id))


def latest_change(account: Account) -> int:
    """The position of the last change of the account: what was made of the ledger since then is still right."""
    query = sa.select(sa.func.max(changes.c.id)).where(changes.c.account_id == account.id)
    return account.connection.execute(query).scalar() or 0
