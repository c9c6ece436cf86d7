"""Everything that the desk counts of a period, of the period before it, and of a scope."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.board import CallTally, Dimension, JourneyTally, Period, Scope, Step
from decroche.model.figures import Rate
from decroche.warehouse.desk_scope import Clocks, calls_part, journeys_part, narrowed
from decroche.warehouse.journey_tallies import journey_tallies, no_journeys
from decroche.warehouse.journeys import missed_called_back
from decroche.warehouse.kinds import OUT_OF_REACH
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.tallies import call_tallies, first_contact_rates, first_contacts, nothing_counted


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Questions about a period and the one before. ``now`` is a moment with its zone; thresholds are seconds.

    Every answer is by (now, value): whether of the period or of the one before, and of which value or stretch of time.
    """

    columns: Columns
    clocks: Clocks
    period: Period
    before: Period
    scope: Scope
    now: datetime
    answer_within_s: float
    short_abandon_s: float
    resolved_days: int
    silence: timedelta

    def calls(self, by: Dimension | Step | None = None) -> dict[tuple[bool, Any], CallTally]:
        """The counts of calls. By agent only answered ones count: who missed a call is not told."""
        tallies = self._tallies(self._of_agents() if by is Dimension.AGENT else self._narrow("calls", self._calls), by)
        if by is None:
            for now in (True, False):
                tallies.setdefault((now, None), self.nothing)
        return tallies

    def calls_of_agents(self) -> dict[tuple[bool, Any], CallTally]:
        """The counts of the calls that an agent answered, of all agents together."""
        return self._tallies(self._of_agents(), None)

    def first_contacts(self, by: Dimension | Step | None = None) -> dict[tuple[bool, Any], Rate]:
        """Resolved of all first contacts."""
        part = self._narrow("first contacts", self._first_contacts)
        return first_contact_rates(self.columns.engine, part, by=None if by is None else by.value)

    def called_back(self) -> int | None:
        """The missed calls whose caller our own call reached within the silence; None where nobody is called."""
        engine = self.columns.engine
        every, mine = engine.table(self._calls()), engine.table(self._narrow("calls", self._calls))
        ours = every.filter(every.reached & every.person.notnull())
        if not engine.records(ours.select("started").limit(1)):
            return None
        reachable = mine.missed & ~mine.reason.isin([reason.value for reason in OUT_OF_REACH]).fill_null(False)
        theirs = mine.filter(mine.now & reachable & mine.person.notnull())
        both = [
            rows.select("person", "site", "started", inbound=ibis.literal(inbound), answered=ibis.literal(not inbound))
            for rows, inbound in ((theirs, True), (ours, False))
        ]
        return int(engine.records(missed_called_back(both[0].union(both[1]), silence=self.silence))[0]["calls"])

    def journeys(self, by: Dimension | Step | None = None) -> dict[tuple[bool, Any], JourneyTally]:
        """The counts of journeys by their opening; places and queues are those of the first missed call."""
        part = self._narrow("journeys", self._journeys)
        tallies = journey_tallies(self.columns.engine, part, by=None if by is None else by.value)
        if by is None:
            for now in (True, False):
                tallies.setdefault((now, None), no_journeys())
        return tallies

    @property
    def nothing(self) -> CallTally:
        """The counts of no calls."""
        return nothing_counted(answer_within_s=self.answer_within_s, short_abandon_s=self.short_abandon_s)

    def call_rows(self) -> ir.Table:
        """The calls of the scope, with the columns of ``tallies.PART_SCHEMA``."""
        return self.columns.engine.table(self._narrow("calls", self._calls))

    def journey_rows(self) -> ir.Table:
        """The journeys of the scope, with the columns of ``journey_tallies.PART_SCHEMA``."""
        return self.columns.engine.table(self._narrow("journeys", self._journeys))

    @property
    def _sites(self) -> tuple[str | None, tuple[str, ...] | None]:
        return self.scope.site, self.scope.within

    def _of_agents(self) -> str:
        def rows() -> ir.Table:
            calls = self.call_rows()
            return calls.filter(calls.agent.notnull() & ~calls.missed)

        return self._kept("of agents", rows)

    def _tallies(self, part: str, by: Dimension | Step | None) -> dict[tuple[bool, Any], CallTally]:
        return call_tallies(
            self.columns.engine,
            part,
            by=None if by is None else by.value,
            answer_within_s=self.answer_within_s,
            short_abandon_s=self.short_abandon_s,
        )

    def _calls(self) -> str:
        return self._of_site(
            "calls",
            lambda: calls_part(
                self.columns.calls,
                self.clocks,
                self.period,
                self.before,
                scope=self.scope,
                margin_days=max(self.resolved_days, self.silence.days),
            ),
        )

    def _first_contacts(self) -> str:
        latest = self.now.astimezone(UTC).replace(tzinfo=None) - timedelta(days=self.resolved_days)

        def rows() -> ir.Table:
            every = self.columns.engine.numbered(self.columns.engine.table(self._calls()))
            found = first_contacts(every, latest=latest, days=self.resolved_days)
            return found.filter(found.now.notnull())

        return self._of_site("first contacts", rows)

    def _journeys(self) -> str:
        ripe_until = self.now.astimezone(UTC).replace(tzinfo=None) - self.silence
        return self._of_site(
            "journeys",
            lambda: journeys_part(
                self.columns.journeys,
                self.columns.calls,
                self.clocks,
                self.period,
                self.before,
                scope=self.scope,
                ripe_until=ripe_until,
            ),
        )

    def _narrow(self, name: str, rows: Callable[[], str]) -> str:
        rest = replace(self.scope, site=None)
        if not rest.told():
            return rows()
        return self._kept(name, lambda: narrowed(self.columns.engine.table(rows()), rest))

    def _of_site(self, name: str, rows: Callable[[], ir.Table]) -> str:
        key = (name, self.columns.account, self.columns.revision, self.period, self._sites, self.now)
        return self.columns.parts.part(key, rows)

    def _kept(self, name: str, rows: Callable[[], ir.Table]) -> str:
        key = (name, self.columns.account, self.columns.revision, self.period, self.scope, self.now, "narrow")
        return self.columns.parts.part(key, rows)
