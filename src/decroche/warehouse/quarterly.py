"""Counts a quarter from the lake: all that an audit counts, what became of people, and the days of last year."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.board import JourneyTally, Period, Scope
from decroche.model.call import Disposition, MissedReason
from decroche.model.figures import Measures
from decroche.model.hours import HourClass, OpeningHours
from decroche.understand.live_journeys import LiveState
from decroche.warehouse.desk_scope import at_sites
from decroche.warehouse.engine import Engine
from decroche.warehouse.journey_tallies import journey_tallies, no_journeys
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.measures import JUDGED, JUDGED_WORDS, measure
from decroche.warehouse.prepared import Clocks, Years, base_calls, by_local_clock, prepared_journeys
from decroche.warehouse.tallies import with_verdict_columns

#: A call may be on another day by the clock of its site: so far from it in UTC at the most.
_MARGIN = timedelta(days=1)
_CALLS, _JOURNEYS = "quarter_calls", "quarter_journeys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """The data that figures were counted from: calls and journeys, the sums of their revisions and the latest one.

    A call or journey that changes gets a greater revision: with the same stamp the rows are the same.
    """

    calls: int
    calls_revisions: int
    journeys: int
    journeys_revisions: int
    latest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterCounts:
    """What was counted. ``by`` has the journeys of each site and department by (dimension, name).

    ``called_within`` maps seconds to the journeys that we called so soon, answered or not. ``last_year`` are (offered,
    missed) by local day of the same quarter a year before; ``hours_told`` whether any call has a class of hours.
    """

    measures: Measures
    journeys: JourneyTally
    by: Mapping[tuple[str, str], JourneyTally]
    called_within: Mapping[int, int]
    last_year: Mapping[date, tuple[int, int]]
    hours_told: bool
    stamp: Stamp


def count_quarter(
    columns: Columns,
    *,
    clocks: Clocks,
    period: Period,
    before: Period,
    scope: Scope,
    now: datetime,
    silence: timedelta,
    answer_within_s: float,
    short_abandon_s: float,
    holidays: Mapping[date, str],
    calendars: Collection[OpeningHours],
    called_within_s: Sequence[int],
) -> QuarterCounts:
    """Count ``period`` of the sites of ``scope``. ``now`` has a zone; ``before`` is the same quarter last year."""
    engine, naive_now = columns.engine, now.astimezone(UTC).replace(tzinfo=None)
    since, until = (moment.astimezone(UTC).replace(tzinfo=None) for moment in clocks.bounds(period, scope.site))
    years = (before.start.year - 1, period.end.year + 1)
    calls = _between(at_sites(columns.calls, scope), "started", since - _MARGIN, until + _MARGIN)
    mine = _of_days(calls, "started", clocks, period, years)
    try:
        judged = engine.create(_CALLS, judged_calls(mine), words=JUDGED_WORDS)
        measures = measure(
            engine,
            judged,
            data_end=min(until, naive_now),
            answer_within_s=answer_within_s,
            short_abandon_s=short_abandon_s,
            holidays=holidays,
            calendars=calendars,
        )
        hours_told = bool(engine.records(mine.filter(mine.hour_class.notnull()).select("hour_class").limit(1)))
        opened = _between(at_sites(columns.journeys, scope), "opened", since - _MARGIN, until + _MARGIN)
        opened = _of_days(opened, "opened", clocks, period, years)
        opened = opened.filter(opened.state != LiveState.WITHDRAWN.value)
        # Whoever is called back is so within the life of a need, which may end after the quarter.
        around = _between(at_sites(columns.calls, scope), "started", since - _MARGIN, until + 2 * silence)
        people = prepared_journeys(opened, base_calls(around, clocks, years=years), clocks, years=years)
        engine.create(_JOURNEYS, people.mutate(now=ibis.literal(True), ripe=people.opened <= naive_now - silence))
        return QuarterCounts(
            measures=measures,
            journeys=journey_tallies(engine, _JOURNEYS, by=None).get((True, None), no_journeys()),
            by={
                (by, name): tally
                for by in ("site", "department")
                for (_, name), tally in journey_tallies(engine, _JOURNEYS, by=by).items()
            },
            called_within=_called_within(engine, called_within_s),
            last_year=_days_of(columns, clocks, before, scope, years),
            hours_told=hours_told,
            stamp=_stamp(engine, mine, opened),
        )
    finally:
        for name in (_CALLS, _JOURNEYS, "contacts", "journeys"):
            engine.drop(name)


def judged_calls(calls: ir.Table) -> ir.Table:
    """Calls of the lake with ``local`` time as an audit counts them: the columns ``measures.JUDGED``.

    A call whose hours nobody told counts as open, as on the desk; one whose reason nobody told was missed for an
    unknown one.
    """
    found = with_verdict_columns(calls)
    local, missed = found.local, found.disposition == Disposition.MISSED.value
    return found.mutate(
        local_date=local.date(),
        weekday=(local.day_of_week.index() + 1).cast("int8"),
        hour=local.hour().cast("int8"),
        hour_class=found.hour_class.fill_null(HourClass.OPEN.value),
        reason=ibis.ifelse(missed, found.reason.fill_null(MissedReason.UNKNOWN.value), ibis.null("string")),
        **{name: found[name].fill_null(False) for name in ("answered", "queued", "voicemail", "after_hours")},
    ).select(*JUDGED)


def _between(rows: ir.Table, column: str, since: datetime, until: datetime) -> ir.Table:
    """The rows of these moments (UTC, naive), of whose months alone the files are read."""
    month = rows.month
    found = rows.filter((month >= f"{since:%Y-%m}") & (month <= f"{until:%Y-%m}"))
    return found.filter((found[column] >= since) & (found[column] < until))


def _of_days(rows: ir.Table, column: str, clocks: Clocks, period: Period, years: Years) -> ir.Table:
    """The rows of the local days of ``period``, with their ``local`` time."""
    start, end = (datetime.combine(day, time()) for day in (period.start, period.end))
    found = rows.mutate(local=by_local_clock(rows, column, clocks, years))
    return found.filter((found.local >= start) & (found.local < end))


def _days_of(
    columns: Columns, clocks: Clocks, period: Period, scope: Scope, years: Years
) -> dict[date, tuple[int, int]]:
    since, until = (moment.astimezone(UTC).replace(tzinfo=None) for moment in clocks.bounds(period, scope.site))
    calls = _between(at_sites(columns.calls, scope), "started", since - _MARGIN, until + _MARGIN)
    found = with_verdict_columns(_of_days(calls, "started", clocks, period, years))
    offered = found.filter(found.offered)
    rows = columns.engine.records(
        offered.group_by(day=offered.local.date()).agg(offered=offered.count(), missed=offered.missed.sum())
    )
    return {_day(row["day"]): (row["offered"], row["missed"] or 0) for row in rows}


def _called_within(engine: Engine, limits: Sequence[int]) -> dict[int, int]:
    journeys = engine.table(_JOURNEYS)
    row = engine.records(
        journeys.agg(**{f"within_{limit}": (journeys.callback_s <= limit).fill_null(False).sum() for limit in limits})
    )[0]
    return {limit: row[f"within_{limit}"] or 0 for limit in limits}


def _stamp(engine: Engine, calls: ir.Table, journeys: ir.Table) -> Stamp:
    found = [
        engine.records(rows.agg(n=rows.count(), sum=rows.revision.sum(), latest=rows.revision.max()))[0]
        for rows in (calls, journeys)
    ]
    return Stamp(
        calls=found[0]["n"],
        calls_revisions=int(found[0]["sum"] or 0),
        journeys=found[1]["n"],
        journeys_revisions=int(found[1]["sum"] or 0),
        latest=max(row["latest"] or 0 for row in found),
    )


def _day(value: Any) -> date:
    found: date = value.date() if isinstance(value, datetime) else value
    return found
