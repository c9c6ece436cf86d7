"""Everything that may be asked of the ledger about one account: nothing here can see another's."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.businesses import business
from decroche.ledger.reach import Reach, read_reach
from decroche.ledger.recovery_tables import bookings, texts
from decroche.ledger.tables import (
    accounts,
    agent_states,
    calls,
    closed_days,
    endpoints,
    journey_aliases,
    journeys,
    lines,
    opening_hours,
    sites,
    unknown_words,
)
from decroche.model.fact import Progress
from decroche.understand.business import Business

Row = Mapping[str, Any]
#: Where the next page of a list begins: after the row with this moment and id.
Cursor = tuple[datetime, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls are wanted; what is None does not matter. Times: ``[since, until)`` of the start."""

    since: datetime | None = None
    until: datetime | None = None
    direction: str | None = None
    disposition: str | None = None
    reason: str | None = None
    progress: str | None = None
    site: str | None = None
    department: str | None = None
    queue: str | None = None
    line: str | None = None
    hour_class: str | None = None
    agent: str | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyFilter:
    """Which journeys are wanted; what is None does not matter. Times: ``[since, until)`` of the opening."""

    since: datetime | None = None
    until: datetime | None = None
    state: str | None = None
    #: Why one of its calls was missed.
    reason: str | None = None
    closed_since: datetime | None = None
    site: str | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Today:
    """The counts of a stretch of time, such as today: calls that began in it, journeys that opened or closed in it."""

    offered: int = 0
    answered: int = 0
    missed: int = 0
    opened: int = 0
    recovered: int = 0
    open_journeys: int = 0
    missed_by_reason: Mapping[str, int] = field(default_factory=dict)


class Account:
    """One account in one transaction. Lists are newest first; a page ends with the cursor of the next.

    Where ``scope`` names sites, nothing of another place is ever found, nor what is not known to be of one of them;
    what holds for all places is.
    """

    def __init__(self, connection: sa.Connection, account: str, scope: Collection[str] | None = None) -> None:
        self._connection = connection
        self.id = account
        self.scope = None if scope is None else frozenset(scope)

    @property
    def connection(self) -> sa.Connection:
        """The transaction, for what else of the ledger is asked about the account."""
        return self._connection

    def mine(self, table: sa.Table) -> sa.Select[Any]:
        """The rows of a table with an account and a site that may be seen."""
        return self._mine(table)

    def about(self) -> Row:
        """The account itself. Raises KeyError when there is none."""
        row = self._connection.execute(sa.select(accounts).where(accounts.c.id == self.id)).one_or_none()
        if row is None:
            raise KeyError(self.id)
        return dict(row._mapping)

    def business(self, now: datetime) -> Business:
        """What the business says about itself, as the verdicts use it."""
        return business(self._connection, self.id, now)

    def sites(self) -> list[Row]:
        """The places of the business, by name."""
        return self._rows(
            self._here(sa.select(sites).where(sites.c.account_id == self.id), sites.c.name).order_by(sites.c.name)
        )

    def lines(self) -> list[Row]:
        """The numbers of the business, by name."""
        query = sa.select(lines).where(lines.c.account_id == self.id)
        return self._rows(self._here(query, lines.c.site, of_all=True).order_by(lines.c.name, lines.c.id))

    def opening_hours(self) -> list[Row]:
        """The weeks of every place that has its own; empty site and department: of all."""
        c = opening_hours.c
        query = self._here(sa.select(opening_hours).where(c.account_id == self.id), c.site, of_all=True)
        return self._rows(query.order_by(c.site, c.department))

    def closed_days(self) -> list[Row]:
        """Added holidays (with a name) and holidays worked (without)."""
        return self._rows(sa.select(closed_days).where(closed_days.c.account_id == self.id).order_by(closed_days.c.day))

    def endpoints(self) -> list[Row]:
        """The phone systems that are listened to, without their secrets."""
        c = endpoints.c
        shown = [column for column in c if column.name != "secrets"]
        query = sa.select(*shown).where(c.account_id == self.id, c.removed_at.is_(None)).order_by(c.created_at)
        return self._rows(self._here(query, c.site, of_all=True))

    def reach(self) -> Reach | None:
        """Whether platforms reach our public address; None before anybody looked."""
        found = read_reach(self._connection)
        return None if found is None else found[0]

    def unknown_words(self) -> list[Row]:
        """The words of platforms that we do not know, the most frequent first."""
        query = (
            sa.select(unknown_words, endpoints.c.connector)
            .join(endpoints, endpoints.c.id == unknown_words.c.endpoint_id)
            .where(endpoints.c.account_id == self.id)
            .order_by(unknown_words.c.times.desc(), unknown_words.c.word)
        )
        return self._rows(self._here(query, endpoints.c.site, of_all=True))

    def queues(self) -> list[str]:
        """The queues that calls have named."""
        return self._distinct(calls.c.queue)

    def agents(self) -> list[Row]:
        """The agents that calls or states have named, with the latest state that is known (None: not available)."""
        names = set(self._distinct(calls.c.agent))
        c = agent_states.c
        latest = sa.select(c.agent, sa.func.max(c.at).label("at")).where(c.account_id == self.id).group_by(c.agent)
        last = latest.subquery()
        query = sa.select(agent_states).join(last, (c.agent == last.c.agent) & (c.at == last.c.at))
        states = {row.agent: row for row in self._connection.execute(query.where(c.account_id == self.id))}
        if self.scope is not None:
            # A state says nothing of a place: only those are known who took calls here.
            states = {name: state for name, state in states.items() if name in names}
        return [
            {
                "name": name,
                "presence": states[name].presence if name in states else None,
                "since": states[name].at if name in states else None,
                "reason": states[name].reason if name in states else None,
            }
            for name in sorted(names | states.keys())
        ]

    def call(self, id: str) -> Row:
        """One call with its legs. Raises KeyError."""
        return _with_lists(self._one(calls, id))

    def calls(
        self, wanted: CallFilter = CallFilter(), *, after: Cursor | None = None, limit: int = 50
    ) -> tuple[list[Row], Cursor | None]:
        """The calls of a filter, the latest start first."""
        c = calls.c
        query = self._mine(calls)
        query = _between(query, c.started_at, wanted.since, wanted.until)
        for name in (
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
        ):
            if (value := getattr(wanted, name)) is not None:
                query = query.where(c[name] == value)
        return self._page(query, c.started_at, c.id, after, limit)

    def calls_in_progress(self) -> list[Row]:
        """The calls that have not ended, the oldest first."""
        c = calls.c
        query = self._mine(calls).where(c.progress != str(Progress.ENDED))
        return self._rows(query.order_by(c.started_at, c.id))

    def journey(self, id: str) -> Row:
        """One journey, by its id or one that it had before. Raises KeyError."""
        c = journey_aliases.c
        alias = self._connection.execute(
            sa.select(c.journey_id).where(c.account_id == self.id, c.old_id == id)
        ).scalar_one_or_none()
        return _with_lists(self._one(journeys, alias or id))

    def text(self, id: str) -> Row:
        """One text, in or out. Raises KeyError."""
        query = sa.select(texts).where(texts.c.account_id == self.id, texts.c.id == id)
        row = self._connection.execute(query if self.scope is None else query.where(self.of_journey(texts))).first()
        if row is None:
            raise KeyError(id)
        return dict(row._mapping)

    def booking(self, id: str) -> Row:
        """One time that was promised. Raises KeyError."""
        return dict(self._one(bookings, id))

    def of_journey(self, table: sa.Table) -> sa.ColumnElement[bool]:
        """That a row of a table with ``journey_id`` belongs to a journey that may be seen; of any, without a scope."""
        if self.scope is None:
            return sa.true()
        mine = self._mine(journeys).with_only_columns(journeys.c.id)
        a = journey_aliases.c
        old = sa.select(a.old_id).where(a.account_id == self.id, a.journey_id.in_(mine))
        return table.c.journey_id.in_(mine) | table.c.journey_id.in_(old)

    def journeys_beginning(self, beginning: str) -> list[str]:
        """Two at most of the journeys whose id begins so, or that of one that became part of them did."""
        j, a = journeys.c, journey_aliases.c
        own = self._mine(journeys).with_only_columns(j.id).where(j.id.startswith(beginning, autoescape=True))
        old = sa.select(a.journey_id).where(a.account_id == self.id, a.old_id.startswith(beginning, autoescape=True))
        if self.scope is not None:
            old = old.where(a.journey_id.in_(self._mine(journeys).with_only_columns(j.id)))
        return list(self._connection.execute(own.union(old).limit(2)).scalars())

    def journeys(
        self, wanted: JourneyFilter = JourneyFilter(), *, after: Cursor | None = None, limit: int = 50
    ) -> tuple[list[Row], Cursor | None]:
        """The journeys of a filter, the latest opening first."""
        c = journeys.c
        query = self._mine(journeys)
        query = _between(query, c.opened_at, wanted.since, wanted.until)
        for name in ("state", "site", "person"):
            if (value := getattr(wanted, name)) is not None:
                query = query.where(c[name] == value)
        return self._page(query, c.opened_at, c.id, after, limit)

    def counts(self, since: datetime, until: datetime) -> Today:
        """What happened in ``[since, until)``."""
        c = calls.c
        mine = self._mine(calls).with_only_columns(c.disposition, c.direction, c.reason, sa.func.count().label("n"))
        rows = self._connection.execute(
            _between(mine, c.started_at, since, until).group_by(c.disposition, c.direction, c.reason)
        ).all()
        answered = sum(row.n for row in rows if row.disposition == "answered" and row.direction == "inbound")
        missed = {row.reason or "unknown": 0 for row in rows if row.disposition == "missed"}
        for row in rows:
            if row.disposition == "missed":
                missed[row.reason or "unknown"] += row.n
        j = journeys.c
        found = self._mine(journeys).with_only_columns(sa.func.count())
        return Today(
            offered=answered + sum(missed.values()),
            answered=answered,
            missed=sum(missed.values()),
            opened=self._count(_between(found, j.opened_at, since, until)),
            recovered=self._count(_between(found.where(j.state == "recovered"), j.closed_at, since, until)),
            open_journeys=self._count(found.where(j.state == "open")),
            missed_by_reason=missed,
        )

    def _mine(self, table: sa.Table) -> sa.Select[Any]:
        """The rows of a table with a site that may be seen."""
        return self._here(sa.select(table).where(table.c.account_id == self.id), table.c.site)

    def _here(self, query: sa.Select[Any], site: sa.Column[Any], *, of_all: bool = False) -> sa.Select[Any]:
        """A query narrowed to the scope; ``of_all``: what names no site holds for every one."""
        if self.scope is None:
            return query
        return query.where(site.in_(sorted(self.scope | {""} if of_all else self.scope - {""})))

    def _one(self, table: sa.Table, id: str) -> sa.RowMapping:
        row = self._connection.execute(self._mine(table).where(table.c.id == id)).first()
        if row is None:
            raise KeyError(id)
        return row._mapping

    def _rows(self, query: sa.Select[Any]) -> list[Row]:
        return [_with_lists(row._mapping) for row in self._connection.execute(query)]

    def _distinct(self, column: sa.Column[Any]) -> list[str]:
        query = self._mine(calls).with_only_columns(column).where(column.is_not(None)).distinct().order_by(column)
        return list(self._connection.execute(query).scalars())

    def _count(self, query: sa.Select[Any]) -> int:
        return int(self._connection.execute(query).scalar_one())

    def _page(
        self, query: sa.Select[Any], moment: sa.Column[Any], id: sa.Column[Any], after: Cursor | None, limit: int
    ) -> tuple[list[Row], Cursor | None]:
        if after is not None:
            query = query.where((moment < after[0]) | ((moment == after[0]) & (id < after[1])))
        rows = self._rows(query.order_by(moment.desc(), id.desc()).limit(limit + 1))
        page: Sequence[Row] = rows[:limit]
        return list(page), (page[-1][moment.name], page[-1][id.name]) if len(rows) > limit else None


def _between(
    query: sa.Select[Any], moment: sa.Column[Any], since: datetime | None, until: datetime | None
) -> sa.Select[Any]:
    if since is not None:
        query = query.where(moment >= since)
    return query if until is None else query.where(moment < until)


def _with_lists(row: sa.RowMapping) -> Row:
    """A row whose lists, kept as text, are lists."""
    found: dict[str, Any] = {**row}
    for name in ("legs", "missed_calls", "calls", "settings"):
        if isinstance(found.get(name), str):
            found[name] = msgspec.json.decode(found[name])
    return found
