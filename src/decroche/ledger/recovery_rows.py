"""What became of each missed caller: when we tried, when they were reached, what was booked, what chance decided."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from decroche.ledger.draws import Begun, Drawn, contact, draws
from decroche.ledger.recovery_tables import assignments, bookings, episodes, people, texts, work_items, work_notes
from decroche.ledger.tables import calls, journey_aliases, journeys, reached
from decroche.ledger.work_notes import Note
from decroche.model.call import Direction
from decroche.understand.live_journeys import RecoveredBy

#: Journeys that are read at once.
AT_ONCE = 500
#: Texts of people who want nothing of us: nobody was reached by them.
_REFUSALS = ("opt_out", "opted_out", "refusal")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryRow:
    """One journey. Moments are None for what did not happen.

    ``texted_at`` is when a provider took our first text, ``called_at`` our first call, as the phone system or whoever
    called told it; both before the need was met. ``contact_at`` is the first talk, or the first text of theirs that is
    no refusal. ``booked_at`` is when a time was first chosen, ``slot_at`` when the last one that was chosen begins.
    ``arm`` is that of its first run: empty where no playbook ran. ``value`` is what is known of this person alone.
    """

    id: str
    person: int = field(repr=False)
    site: str
    state: str
    opened_at: datetime
    closed_at: datetime | None
    recovered_by: RecoveredBy | None
    texted_at: datetime | None = None
    called_at: datetime | None = None
    contact_at: datetime | None = None
    booked_at: datetime | None = None
    slot_at: datetime | None = None
    arm: str = ""
    value: float | None = None
    drawn: tuple[Drawn, ...] = ()

    @property
    def attempt_at(self) -> datetime | None:
        """Our first text or call."""
        return _first(self.texted_at, self.called_at)

    @property
    def counted(self) -> bool:
        """Whether a person enters an experiment with this journey."""
        return any(drawn.counted for drawn in self.drawn)


def recovery_rows(
    connection: sa.Connection,
    account: str,
    *,
    until: datetime,
    key: bytes | None = None,
    since: datetime | None = None,
    site: str | None = None,
    at_once: int = AT_ONCE,
) -> Iterator[RecoveryRow]:
    """The journeys that opened in ``[since, until)``, the oldest first, without those that a late fact contradicted.

    ``key`` is that of the account's fingerprints: without it nobody's draws are found. ``at_once`` journeys are in
    memory.
    """
    any_drawn = connection.execute(sa.select(assignments.c.at).where(assignments.c.account_id == account).limit(1))
    drawing = key is not None and any_drawn.first() is not None
    j = journeys.c
    query = sa.select(journeys).where(j.account_id == account, j.state != "withdrawn", j.opened_at < until)
    query = query if since is None else query.where(j.opened_at >= since)
    query = (query if site is None else query.where(j.site == site)).order_by(j.opened_at, j.id).limit(at_once)
    last: sa.Row[Any] | None = None
    while True:
        after = sa.true() if last is None else (j.opened_at > last.opened_at) | (
            (j.opened_at == last.opened_at) & (j.id > last.id)
        )  # fmt: skip
        page = connection.execute(query.where(after)).all()
        if page:
            yield from _Page(connection, account, page, key=key if drawing else None).rows()
        if len(page) < at_once:
            return
        last = page[-1]


class _Page:
    """Journeys that are read together, with all that belongs to them."""

    def __init__(
        self, connection: sa.Connection, account: str, page: Sequence[sa.Row[Any]], *, key: bytes | None
    ) -> None:
        self._connection = connection
        self._account = account
        self._journeys = page
        self._key = key
        self._ids = [row.id for row in page]
        a = journey_aliases.c
        before = sa.select(a.old_id, a.journey_id).where(a.account_id == account, a.journey_id.in_(self._ids))
        self._heirs = {id: id for id in self._ids} | {row.old_id: row.journey_id for row in connection.execute(before)}

    def rows(self) -> Iterator[RecoveryRow]:
        """The rows, in the order of the journeys."""
        c = texts.c
        sent = self._by_journey(texts, sa.func.min(c.handed_at), c.direction == "out")
        wrote = self._by_journey(texts, sa.func.min(c.created_at), (c.direction == "in") & c.purpose.not_in(_REFUSALS))
        booked = self._by_journey(bookings, sa.func.min(bookings.c.made_at))
        slots = self._slots()
        told, called, talked = self._told(), *self._called()
        met = self._met()
        arms, drawn = self._arms(), self._drawn()
        values = self._values()
        for row in self._journeys:
            end = row.closed_at or row.expires_at
            ours = _first(called.get(row.id), told.get(row.id), met.get((row.id, str(RecoveredBy.OUR_CALL))))
            yield RecoveryRow(
                id=row.id,
                person=row.person,
                site=row.site,
                state=row.state,
                opened_at=row.opened_at,
                closed_at=row.closed_at,
                recovered_by=None if row.recovered_by is None else RecoveredBy(row.recovered_by),
                texted_at=_within(sent.get(row.id), row.opened_at, end),
                called_at=_within(ours, row.opened_at, end),
                contact_at=_within(
                    _first(
                        talked.get(row.id),
                        wrote.get(row.id),
                        *(met.get((row.id, str(by))) for by in (RecoveredBy.OUR_CALL, RecoveredBy.REPLY)),
                    ),
                    row.opened_at,
                    row.expires_at,
                ),
                booked_at=booked.get(row.id),
                slot_at=slots.get(row.id),
                arm=arms.get(row.id, ""),
                value=values.get(row.person),
                drawn=tuple(drawn.get(row.id, ())),
            )

    def _by_journey(
        self, table: sa.Table, moment: sa.ColumnElement[Any], *wanted: sa.ColumnElement[bool]
    ) -> dict[str, datetime]:
        """The earliest moment of each journey, what belongs to its former ids included."""
        c = table.c
        query = sa.select(c.journey_id, moment.label("at")).where(
            c.account_id == self._account, c.journey_id.in_(self._heirs), *wanted
        )
        found: dict[str, datetime] = {}
        for id, at in self._connection.execute(query.group_by(c.journey_id)):
            if at is not None:
                _keep_first(found, self._heirs[id], at)
        return found

    def _slots(self) -> dict[str, datetime]:
        c = bookings.c
        query = sa.select(c.journey_id, c.starts_at).where(c.account_id == self._account, c.journey_id.in_(self._heirs))
        return {
            self._heirs[row.journey_id]: row.starts_at for row in self._connection.execute(query.order_by(c.made_at))
        }

    def _told(self) -> dict[str, datetime]:
        """When somebody told of a first attempt of theirs, which no phone system may know of."""
        c, n = work_items.c, work_notes.c
        query = (
            sa.select(c.journey_id, sa.func.min(n.at))
            .join_from(work_items, work_notes, n.item_id == c.id)
            .where(c.account_id == self._account, c.journey_id.in_(self._heirs))
            .where(n.kind.in_((str(Note.CALLED), str(Note.OUTCOME))))
            .group_by(c.journey_id)
        )
        found: dict[str, datetime] = {}
        for id, at in self._connection.execute(query):
            _keep_first(found, self._heirs[id], at)
        return found

    def _called(self) -> tuple[dict[str, datetime], dict[str, datetime]]:
        """Our first call to the person after the miss, and the first call in which we talked."""
        j, c = journeys.c, calls.c
        query = (
            sa.select(
                j.id,
                sa.func.min(sa.case((c.direction == str(Direction.OUTBOUND), c.started_at))).label("ours"),
                sa.func.min(sa.case((c.answered & contact(), c.started_at))).label("talked"),
            )
            .join_from(journeys, calls, (c.account_id == j.account_id) & (c.person == j.person))
            .where(j.id.in_(self._ids), c.started_at > j.opened_at, c.started_at <= j.expires_at)
            .group_by(j.id)
        )
        rows = self._connection.execute(query).all()
        return {r.id: r.ours for r in rows if r.ours is not None}, {
            r.id: r.talked for r in rows if r.talked is not None
        }

    def _met(self) -> dict[tuple[str, str], datetime]:
        """What besides calls met the need of the person, by journey and kind."""
        j, r = journeys.c, reached.c
        query = (
            sa.select(j.id, r.kind, sa.func.min(r.at).label("at"))
            .join_from(journeys, reached, (r.account_id == j.account_id) & (r.person == j.person))
            .where(j.id.in_(self._ids), r.at > j.opened_at, r.at <= j.expires_at)
            .group_by(j.id, r.kind)
        )
        return {(row.id, row.kind): row.at for row in self._connection.execute(query)}

    def _values(self) -> dict[int, float]:
        c = people.c
        theirs = c.person.in_({row.person for row in self._journeys})
        query = sa.select(c.person, c.value).where(c.account_id == self._account, theirs, c.value.is_not(None))
        return {row.person: row.value for row in self._connection.execute(query)}

    @cached_property
    def _runs(self) -> list[sa.Row[Any]]:
        c = episodes.c
        query = sa.select(c.journey_id, c.number, c.opened_at, c.begun_at, c.arm).where(
            c.account_id == self._account, c.journey_id.in_(self._heirs)
        )
        return list(self._connection.execute(query.order_by(c.begun_at, c.number)))

    def _drawn(self) -> Mapping[str, Sequence[Drawn]]:
        """The draws that were made at a miss of these journeys."""
        if self._key is None:
            return {}
        person_of = {row.id: row.person for row in self._journeys}
        runs = [
            Begun(journey=heir, person=person_of[heir], missed_at=run.opened_at, begun_at=run.begun_at)
            for run in self._runs
            for heir in (self._heirs[run.journey_id],)
        ]
        found: dict[str, list[Drawn]] = {}
        for run, drawn in zip(runs, draws(self._connection, self._account, runs, key=self._key), strict=True):
            found.setdefault(run.journey, []).extend(drawn)
        return found

    def _arms(self) -> dict[str, str]:
        arms: dict[str, str] = {}
        for run in self._runs:
            arms.setdefault(self._heirs[run.journey_id], run.arm)
        return arms


def _keep_first(found: dict[str, datetime], id: str, at: datetime) -> None:
    found[id] = min(at, found.get(id, at))


def _first(*moments: datetime | None) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _within(moment: datetime | None, begin: datetime, end: datetime) -> datetime | None:
    return moment if moment is not None and begin <= moment <= end else None
