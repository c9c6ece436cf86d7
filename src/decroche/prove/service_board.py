"""The board of the desk: every figure of a period and scope beside the period before, over time, and split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from decroche.ledger.work_outcomes import UNRESOLVABLE
from decroche.model.board import (
    CallTally,
    Dimension,
    JourneyTally,
    Measure,
    Missing,
    Opens,
    Period,
    Scope,
    Step,
    Unit,
)
from decroche.model.figures import Rate
from decroche.prove.kpis.board import (
    LEAST_AGENTS,
    absent,
    agent_measures,
    by_key,
    call_measures,
    closed,
    journey_measures,
    previous,
    unasked,
)
from decroche.prove.kpis.first_contact import RESOLVED_DAYS
from decroche.prove.kpis.satisfaction import survey_measures
from decroche.prove.opening import is_of_journeys, opens
from decroche.prove.service_busy import BUSY_BY, busy, busy_by, narrow, not_by_this, of_states
from decroche.prove.service_desk import Business, Desk
from decroche.understand.journeys import SILENCE
from decroche.warehouse.counting import NOTES, Counting
from decroche.warehouse.desk_scope import SPLITS
from decroche.warehouse.live_columns import Columns

#: The longest period that is shown by the hour, and by the day.
LONGEST_BY_HOUR, LONGEST_BY_DAY = 31, 750

#: All calls of the business.
EVERYTHING = Scope()


class NeedsSupervise(Exception):
    """Figures of one agent are for those who supervise."""


class TooFine(ValueError):
    """The period is too long for so short steps."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Every measure, in order, with the same measure of the period before by its key.

    ``holidays`` are those of the period, ``agents`` of how few states are told. ``answer_within_s`` and
    ``short_abandon_s`` stand beside every rate.
    """

    period: Period
    before_period: Period
    scope: Scope
    zone: str
    measures: tuple[Measure, ...]
    before: Mapping[str, Measure]
    holidays: Mapping[date, str]
    answer_within_s: float
    short_abandon_s: float
    revision: int
    agents: int

    @property
    def compared(self) -> Mapping[str, Measure]:
        """What a figure is compared with: nothing where no call of the period before is known."""
        return self.before if any(each.value for each in self.before.values()) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One measure of a stretch of time that begins at the local moment ``start``, and of the same one before."""

    start: datetime
    measure: Measure
    before: Measure | None
    holiday: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverTime:
    """One measure over time. Stretches without any call have a measure that is not enough."""

    key: str
    step: Step
    period: Period
    before_period: Period
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRow:
    """The measures of one value of a dimension (empty: of calls that have none), and those of the period before."""

    name: str
    measures: tuple[Measure, ...]
    before: Mapping[str, Measure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The board by one dimension, the most calls first.

    ``agents`` is how many agents a pooled row holds: then the rows are one, or none of too few. ``missing`` says why
    there is no row.
    """

    dimension: Dimension
    period: Period
    rows: tuple[SplitRow, ...]
    agents: int | None = None
    missing: Missing | None = None


def board(desk: Desk, account: str, *, period: Period, scope: Scope = EVERYTHING, supervise: bool = False) -> Board:
    """The board. Raises NeedsSupervise for one agent without the right, NotReady, and KeyError without account."""
    if scope.agent is not None and not supervise:
        raise NeedsSupervise
    before = previous(period)

    def find(columns: Columns, about: Business) -> Board:
        now, then, agents = _whole(desk, account, columns, about, period, before, scope)
        return Board(
            period=period,
            before_period=before,
            scope=scope,
            zone=about.clocks.of(scope.site),
            measures=tuple(_opened(now, period, scope)),
            before=by_key(_opened(then, before, scope)),
            holidays=_within(about.holidays(period), period),
            answer_within_s=about.answer_within_s,
            short_abandon_s=about.short_abandon_s,
            revision=columns.revision,
            agents=agents,
        )

    found = desk.answer(account, ("board", period, scope), find)
    found = replace(
        found,
        measures=tuple(_with_answers(desk, account, found.measures, period, scope)),
        before=by_key([*_with_answers(desk, account, [*found.before.values()], before, scope)]),
    )
    if supervise:
        return found
    now, then = (closed(each, agents=found.agents) for each in (found.measures, [*found.before.values()]))
    return replace(found, measures=tuple(now), before=by_key(then))


def _with_answers(
    desk: Desk, account: str, measures: Sequence[Measure], period: Period, scope: Scope
) -> Iterator[Measure]:
    """The measures with what callers said of the period: their answers come between two changes of the calls."""
    if scope.line is not None or scope.hour_class is not None or scope.campaign is not None:
        said = by_key(unasked(Missing.NOT_BY_THIS))
    else:
        found = desk.surveyed(account, period, scope)
        said = by_key(unasked() if found is None else survey_measures(found))
    for measure in measures:
        yield said.get(measure.key, measure)


def over_time(
    desk: Desk,
    account: str,
    *,
    key: str,
    step: Step,
    period: Period,
    scope: Scope = EVERYTHING,
    supervise: bool = False,
) -> OverTime:
    """One measure over time, the period before beside it, stretch by stretch. Raises as ``board``, and TooFine."""
    if scope.agent is not None and not supervise:
        raise NeedsSupervise
    longest = {Step.HOUR: LONGEST_BY_HOUR, Step.DAY: LONGEST_BY_DAY}.get(step)
    if longest is not None and period.days > longest:
        raise TooFine(step)
    before = previous(period)

    def find(columns: Columns, about: Business) -> OverTime:
        now, then = _by_step(desk, columns, about, period, before, scope, step, key)
        holidays = about.holidays(period)
        points = []
        earlier_starts = _starts(before, step)
        for place, start in enumerate(_starts(period, step)):
            earlier = earlier_starts[place : place + 1]
            points.append(
                Point(
                    start=start,
                    measure=_placed(now.get(start), key, start, step, period, scope),
                    before=then.get(earlier[0]) if earlier else None,
                    holiday=holidays.get(start.date()) if step in {Step.HOUR, Step.DAY} else None,
                )
            )
        return OverTime(key=key, step=step, period=period, before_period=before, points=tuple(points))

    return desk.answer(account, ("over_time", period, scope, step, key), find)


def split(
    desk: Desk, account: str, *, by: Dimension, period: Period, scope: Scope = EVERYTHING, supervise: bool = False
) -> Split:
    """The board by a dimension. Without the right to supervise, agents are one row of five or more together.

    Raises as ``board``.
    """
    if scope.agent is not None and not supervise:
        raise NeedsSupervise
    if by not in SPLITS:
        return Split(dimension=by, period=period, rows=(), missing=Missing.CAMPAIGNS)
    pooled = by is Dimension.AGENT and not supervise
    before = previous(period)

    def find(columns: Columns, about: Business) -> Split:
        now, then = _by_value(desk, columns, about, period, before, scope, by, pooled=pooled)
        states, states_then = (
            busy_by(desk, account, about, days, scope, by, supervise=supervise) for days in (period, before)
        )
        rows = []
        nothing = counting_of(desk, columns, about, period, before, scope).nothing, None
        for name in now if pooled else {**now, **(states or {})}:
            tally, journeys = now.get(name, nothing)
            earlier, mine = then.get(name), [*_measures(tally, journeys), *of_states(states, name, by)]
            rows.append(
                SplitRow(
                    name=name,
                    # Of all agents together no list can be asked.
                    measures=tuple(mine if pooled else _opened(mine, period, named(scope, by, name))),
                    before=by_key([*(_measures(*earlier) if earlier else ()), *of_states(states_then, name, by)]),
                )
            )
        agents = max((tally.agents for tally, _ in now.values()), default=0) if pooled else None
        if agents is not None and agents < LEAST_AGENTS:
            return Split(dimension=by, period=period, rows=(), agents=agents, missing=Missing.NOT_ENOUGH)
        ordered = sorted(rows, key=lambda row: (-row.measures[0].n, row.name))
        return Split(dimension=by, period=period, rows=tuple(ordered), agents=agents)

    return desk.answer(account, ("split", period, scope, by, supervise and by in BUSY_BY), find)


def named(scope: Scope, by: Dimension, name: str) -> Scope:
    """``scope`` of one value of a dimension."""
    values: dict[str, Any] = {by.value: name}
    return replace(scope, **values)


def counting_of(
    desk: Desk, columns: Columns, about: Business, period: Period, before: Period, scope: Scope
) -> Counting:
    """What counts for a question of the desk."""
    return Counting(
        columns=columns,
        clocks=about.clocks,
        period=period,
        before=before,
        scope=scope,
        now=desk.now(),
        answer_within_s=about.answer_within_s,
        short_abandon_s=about.short_abandon_s,
        silence=SILENCE,
        noted=lambda: notes_of(desk, columns, about.clocks.bounds(before)[0], about.clocks.bounds(period)[1]),
    )


def notes_of(desk: Desk, columns: Columns, since: datetime, until: datetime, *, days: int = RESOLVED_DAYS) -> pa.Table:
    """What was noted of the people of these days, and of those a need longer before and after."""
    margin = timedelta(days=days + 2)
    notes = desk.noted(columns.account, since=since - margin, until=until + margin)
    rows = [
        {
            "person": columns.fingerprint(note.person),
            "site": note.site,
            "at": note.at.astimezone(UTC).replace(tzinfo=None),
            "resolvable": note.outcome not in UNRESOLVABLE,
        }
        for note in notes
    ]
    return pa.Table.from_pylist(rows, schema=NOTES)


def _whole(
    desk: Desk, account: str, columns: Columns, about: Business, period: Period, before: Period, scope: Scope
) -> tuple[list[Measure], list[Measure], int]:
    """The measures of both periods, and of how few agents states are told in one of them (0: of none)."""
    counting = counting_of(desk, columns, about, period, before, scope)
    calls, rates, net = counting.calls(), counting.first_contacts(), counting.net_first_contacts()
    journeys = None if scope.agent is not None else counting.journeys()
    called_back = counting.called_back()
    found, agents = [], 0
    for now, days in ((True, period), (False, before)):
        tally = replace(
            calls[now, None],
            first_contacts=rates.get((now, None), Rate(0, 0)),
            net=net[now],
            called_back=called_back if now else None,
        )
        told = None if narrow(scope) else busy(desk, account, about, days, scope)
        if told is not None:
            agents = min(agents or told.agents, told.agents)
        of_agents = not_by_this() if narrow(scope) else agent_measures(told)
        mine = _measures(tally, None if journeys is None else journeys[now, None])
        found.append([*mine, *of_agents, *unasked()])
    return found[0], found[1], agents


def _measures(tally: CallTally, journeys: JourneyTally | None) -> list[Measure]:
    return [*call_measures(tally), *(journey_measures(journeys) if journeys is not None else ())]


def _by_step(
    desk: Desk,
    columns: Columns,
    about: Business,
    period: Period,
    before: Period,
    scope: Scope,
    step: Step,
    key: str,
) -> tuple[dict[datetime, Measure], dict[datetime, Measure]]:
    """One measure by the local beginning of its stretch, of the period and of the one before."""
    counting = counting_of(desk, columns, about, period, before, scope)
    measures: dict[tuple[bool, datetime], list[Measure]]
    if is_of_journeys(key):
        measures = {place: journey_measures(tally) for place, tally in counting.journeys(step).items()}
    else:
        resolution = key == "first_call_resolution"
        rates = counting.first_contacts(step) if resolution else {}
        measures = {
            place: call_measures(replace(tally, first_contacts=rates.get(place, Rate(0, 0))), only=key)
            for place, tally in counting.calls(step, wanted=_wanted(key), alone=not resolution).items()
            if place[0] is not None
        }
    found: tuple[dict[datetime, Measure], dict[datetime, Measure]] = ({}, {})
    for (now, start), mine in measures.items():
        for measure in mine:
            if measure.key == key:
                found[0 if now else 1][start] = measure
    return found


def _wanted(key: str) -> frozenset[str]:
    """What has to be counted for one measure beyond what costs nothing."""
    name = key.partition(":")[0]
    return _EXTRAS_OF.get(name, frozenset())


_EXTRAS_OF = {
    "missed": frozenset({"reasons"}),
    "abandonment_rate": frozenset({"terms"}),
    "service_level": frozenset({"terms"}),
    "profile": frozenset({"terms", "reasons"}),
    "speed_of_answer": frozenset({"wait"}),
    "time_to_abandon": frozenset({"gone", "terms"}),
    "handle_time": frozenset({"handle"}),
    "talk_time": frozenset({"talk"}),
    "hold_time": frozenset({"hold"}),
    "wrap_up_time": frozenset({"wrap"}),
}


def _by_value(
    desk: Desk,
    columns: Columns,
    about: Business,
    period: Period,
    before: Period,
    scope: Scope,
    by: Dimension,
    *,
    pooled: bool,
) -> tuple[dict[str, tuple[CallTally, JourneyTally | None]], dict[str, tuple[CallTally, JourneyTally | None]]]:
    counting = counting_of(desk, columns, about, period, before, scope)
    tallies = counting.calls_of_agents() if pooled else counting.calls(by)
    rates = {} if pooled else counting.first_contacts(by)
    journeys = {} if by is Dimension.AGENT else counting.journeys(by)
    found: tuple[dict[str, tuple[CallTally, JourneyTally | None]], ...] = ({}, {})
    for (now, name), tally in tallies.items():
        if now is not None:
            whole = tally if pooled else replace(tally, first_contacts=rates.get((now, name), Rate(0, 0)))
            found[0 if now else 1][name or ""] = (whole, journeys.get((now, name)))
    return found[0], found[1]


def _placed(measure: Measure | None, key: str, start: datetime, step: Step, period: Period, scope: Scope) -> Measure:
    found = measure or absent(key, Unit.SHARE, Missing.NOT_ENOUGH)
    hour = start.hour if step is Step.HOUR else None
    return _leading(found, *opens(key, period=_stretch(start, step, period), scope=scope, hour=hour))


def _opened(measures: Sequence[Measure], period: Period, scope: Scope) -> list[Measure]:
    return [_leading(measure, *opens(measure.key, period=period, scope=scope)) for measure in measures]


def _leading(measure: Measure, counted: Opens | None, among: Opens | None) -> Measure:
    """A measure with its lists. What the log cannot tell has counted nothing."""
    told = measure.missing in {None, Missing.NOT_ENOUGH}
    return replace(measure, opens=counted, of=among) if told else measure


def _starts(period: Period, step: Step) -> list[datetime]:
    """The local beginnings of the stretches that touch a period."""
    end = datetime.combine(period.end, datetime.min.time())
    start = datetime.combine(period.start, datetime.min.time())
    if step is Step.WEEK:
        start -= timedelta(days=start.weekday())
    if step is Step.MONTH:
        start = start.replace(day=1)
    found = []
    while start < end:
        found.append(start)
        start = _next(start, step)
    return found


def _next(start: datetime, step: Step) -> datetime:
    if step is Step.MONTH:
        return (start.replace(day=28) + timedelta(days=4)).replace(day=1)
    return start + {Step.HOUR: timedelta(hours=1), Step.DAY: timedelta(days=1), Step.WEEK: timedelta(weeks=1)}[step]


def _stretch(start: datetime, step: Step, period: Period) -> Period:
    """The days of a stretch that lie in the period."""
    following = start.date() + timedelta(days=1) if step is Step.HOUR else _next(start, step).date()
    return Period(max(start.date(), period.start), min(following, period.end))


def _within(holidays: Mapping[date, str], period: Period) -> dict[date, str]:
    return {day: name for day, name in holidays.items() if period.start <= day < period.end}
