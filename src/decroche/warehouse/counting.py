"""Everything that the desk counts of a period, of the period before it, and of a scope."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from decroche.model.board import CallTally, Dimension, JourneyTally, NetResolution, Period, Scope, Step
from decroche.model.figures import Rate
from decroche.warehouse.desk_scope import Clocks, at_sites, calls_asked, journeys_asked
from decroche.warehouse.journey_tallies import journey_tallies, no_journeys
from decroche.warehouse.keeping_up import Prepared
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.prepared import CALLS_SCHEMA, JOURNEYS_SCHEMA, RESOLVED_DAYS, base_calls
from decroche.warehouse.tallies import call_tallies, first_contact_rates, nothing_counted

#: What somebody noted of people, at moments of UTC without a zone.
_KINDS: tuple[tuple[str, pa.DataType], ...] = (
    ("person", pa.int64()), ("site", pa.string()), ("at", pa.timestamp("us")), ("resolvable", pa.bool_()),
)  # fmt: skip
NOTES = pa.schema(_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Questions about a period and the one before. ``now`` is a moment with its zone; thresholds are seconds.
    ``noted`` gives what somebody noted of people, with the columns NOTES.

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
    silence: timedelta
    noted: Callable[[], pa.Table] = NOTES.empty_table

    def calls(
        self, by: Dimension | Step | None = None, *, wanted: frozenset[str] | None = None, alone: bool = False
    ) -> dict[tuple[bool, Any], CallTally]:
        """The counts of calls, with those of ``tallies.EXTRAS`` that are ``wanted`` (None: all).

        By agent only answered ones count: who missed a call is not told. ``alone``: nothing else is asked of these
        days, so that of a long history no more is read than these counts need.
        """
        tallies = self._tallies(self._of_agents() if by is Dimension.AGENT else self._calls(alone=alone), by, wanted)
        if by is None:
            for now in (True, False):
                tallies.setdefault((now, None), self.nothing)
        return tallies

    def calls_of_agents(self) -> dict[tuple[bool, Any], CallTally]:
        """The counts of the calls that an agent answered, of all agents together."""
        return self._tallies(self._of_agents(), None, None)

    def first_contacts(self, by: Dimension | Step | None = None) -> dict[tuple[bool, Any], Rate]:
        """Resolved of all first contacts."""
        return first_contact_rates(self.columns.engine, self._calls(), by=None if by is None else by.value)

    def net_first_contacts(self) -> dict[bool, NetResolution]:
        """The same, of the whole period and the one before, without needs that no first call could meet."""
        engine = self.columns.engine
        rates = first_contact_rates(engine, self.resolvable_rows().get_name(), by=None)
        calls, notes = self.call_rows(), self.notes()
        first = calls.filter(calls.first)
        about = first.semi_join(notes, about_the_same(first, notes))
        counted = {row["now"]: row["n"] for row in engine.records(about.group_by("now").agg(n=about.count()))}
        return {
            now: NetResolution(rate=rates.get((now, None), Rate(0, 0)), coded=counted.get(now, 0))
            for now in (True, False)
        }

    def resolvable_rows(self) -> ir.Table:
        """Those of ``call_rows`` of which nobody noted that no first call could meet the need."""

        def rows() -> ir.Table:
            calls, notes = self.call_rows(), self.notes()
            unmet = notes.filter(~notes.resolvable)
            return calls.anti_join(unmet, about_the_same(calls, unmet))

        return ibis.table({**CALLS_SCHEMA, "now": "boolean"}, name=self.columns.asked(("net", *self._about), rows))

    def called_back(self) -> int | None:
        """The missed calls whose caller our own call reached within the silence; None where nobody is called."""
        engine, margin = self.columns.engine, timedelta(days=max(RESOLVED_DAYS, self.silence.days) + 1)
        since = self.clocks.bounds(self.before, self.scope.site)[0] - margin
        until = self.clocks.bounds(self.period, self.scope.site)[1] + margin
        every = at_sites(self._every_call(), self.scope)
        around = (every.started >= _naive(since)) & (every.started < _naive(until))
        if not engine.records(every.filter(around & every.reached & every.person.notnull()).select("id").limit(1)):
            return None
        mine = self.call_rows()
        return int(engine.records(mine.agg(calls=(mine.called_back & mine.now).sum()))[0]["calls"] or 0)

    def journeys(self, by: Dimension | Step | None = None) -> dict[tuple[bool, Any], JourneyTally]:
        """The counts of journeys by their opening; places and queues are those of the first missed call."""
        tallies = journey_tallies(self.columns.engine, self._journeys(), by=None if by is None else by.value)
        if by is None:
            for now in (True, False):
                tallies.setdefault((now, None), no_journeys())
        return tallies

    @property
    def nothing(self) -> CallTally:
        """The counts of no calls."""
        return nothing_counted(answer_within_s=self.answer_within_s, short_abandon_s=self.short_abandon_s)

    def call_rows(self) -> ir.Table:
        """The calls of the scope: the columns of ``prepared.CALLS_SCHEMA``, and ``now``."""
        return ibis.table({**CALLS_SCHEMA, "now": "boolean"}, name=self._calls())

    def journey_rows(self) -> ir.Table:
        """The journeys of the scope: the columns of ``prepared.JOURNEYS_SCHEMA``, ``now`` and ``ripe``."""
        return ibis.table({**JOURNEYS_SCHEMA, "now": "boolean", "ripe": "boolean"}, name=self._journeys())

    def _of_agents(self) -> str:
        def rows() -> ir.Table:
            calls = self.call_rows()
            return calls.filter(calls.agent.notnull() & ~calls.missed)

        return self.columns.asked(("of agents", *self._about), rows)

    def _tallies(
        self, part: str, by: Dimension | Step | None, wanted: frozenset[str] | None
    ) -> dict[tuple[bool, Any], CallTally]:
        return call_tallies(
            self.columns.engine,
            part,
            by=None if by is None else by.value,
            answer_within_s=self.answer_within_s,
            short_abandon_s=self.short_abandon_s,
            wanted=wanted,
        )

    def _calls(self, *, alone: bool = False) -> str:
        latest = _naive(self.now) - timedelta(days=RESOLVED_DAYS)
        read = alone and not self.columns.at_hand(self.clocks, self._first)

        def rows() -> ir.Table:
            every = self._calls_as_kept() if read else self._every_call()
            return calls_asked(every, self.period, self.before, self.scope, latest=latest)

        return self.columns.asked(("calls", read, *self._about), rows)

    def _calls_as_kept(self) -> ir.Table:
        """The calls with the columns CALLS_SCHEMA, of which nothing is known that other calls say of them."""
        calls, since = self.columns.calls, self._first
        calls = calls.filter((calls.month >= f"{since:%Y-%m}") & (calls.started >= since))
        base = base_calls(calls, self.clocks, years=(self.before.start.year - 1, self.period.end.year + 1))
        unknown = dict.fromkeys(("first", "resolved", "called_back"), ibis.literal(False))
        return base.mutate(**unknown).select(*CALLS_SCHEMA)

    def _journeys(self) -> str:
        def rows() -> ir.Table:
            every = ibis.table(JOURNEYS_SCHEMA, name=self._prepared().journeys)
            ripe_until = _naive(self.now) - self.silence
            return journeys_asked(every, self.period, self.before, self.scope, ripe_until=ripe_until)

        return self.columns.asked(("journeys", *self._about), rows)

    def notes(self) -> ir.Table:
        """What somebody noted of people: the columns NOTES."""

        def rows() -> ir.Table:
            return self.columns.engine.load("notes_of_people", self.noted())

        return ibis.table(ibis.Schema.from_pyarrow(NOTES), name=self.columns.asked(("notes", *self._about), rows))

    def _every_call(self) -> ir.Table:
        return ibis.table(CALLS_SCHEMA, name=self._prepared().calls)

    def _prepared(self) -> Prepared:
        return self.columns.prepare(self.clocks, self._first)

    @property
    def _first(self) -> datetime:
        """No earlier call says anything of those that are asked about."""
        margin = timedelta(days=max(RESOLVED_DAYS, self.silence.days) + 2)
        return _naive(self.clocks.bounds(self.before)[0]) - margin

    @property
    def _about(self) -> tuple[Hashable, ...]:
        return self.period, self.before, self.scope, self.now


def about_the_same(calls: ir.Table, notes: ir.Table, *, days: int = RESOLVED_DAYS) -> list[ir.BooleanValue]:
    """That a note is about a call: of the same person and site, so many days before or after it."""
    lasting = ibis.interval(days=days)
    soon = (notes.at >= calls.started - lasting) & (notes.at <= calls.started + lasting)
    return [calls.person == notes.person, calls.site == notes.site, soon]


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)
