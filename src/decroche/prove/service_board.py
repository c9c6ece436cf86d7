"""The board of the desk: every figure of a period and scope beside the period before, over time, and split."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import agent_states
from decroche.model.board import (
    CallTally,
    Dimension,
    JourneyTally,
    Measure,
    Missing,
    Occupancy,
    Period,
    Scope,
    Step,
    Unit,
)
from decroche.model.fact import Presence
from decroche.model.figures import Rate
from decroche.prove.kpis.board import (
    LEAST_AGENTS,
    absent,
    agent_measures,
    by_key,
    call_measures,
    journey_measures,
    previous,
    satisfaction,
)
from decroche.prove.kpis.first_contact import LONGEST_STATE, AgentState, occupancy
from decroche.prove.opening import is_of_journeys, opens
from decroche.prove.service_desk import Business, Desk
from decroche.understand.journeys import SILENCE
from decroche.warehouse.counting import Counting
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

    ``holidays`` are those of the period. ``answer_within_s`` and ``short_abandon_s`` stand beside every rate.
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
        now, then = _whole(desk, account, columns, about, period, before, scope)
        return Board(
            period=period,
            before_period=before,
            scope=scope,
            zone=about.clocks.of(scope.site),
            measures=tuple(_opened(now, about, period, scope)),
            before=by_key(_opened(then, about, before, scope)),
            holidays=_within(about.holidays(period), period),
            answer_within_s=about.answer_within_s,
            short_abandon_s=about.short_abandon_s,
            revision=columns.revision,
        )

    return desk.answer(account, ("board", period, scope), find)


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
                    measure=_placed(now.get(start), key, about, _stretch(start, step, period), scope),
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
        rows = []
        for name, (tally, journeys) in now.items():
            mine = scope if pooled else named(scope, by, name)
            earlier = then.get(name)
            rows.append(
                SplitRow(
                    name=name,
                    measures=tuple(_opened(_measures(tally, journeys), about, period, mine)),
                    before=by_key(_measures(*earlier)) if earlier is not None else {},
                )
            )
        agents = max((tally.agents for tally, _ in now.values()), default=0) if pooled else None
        if agents is not None and agents < LEAST_AGENTS:
            return Split(dimension=by, period=period, rows=(), agents=agents, missing=Missing.NOT_ENOUGH)
        ordered = sorted(rows, key=lambda row: (-row.measures[0].n, row.name))
        return Split(dimension=by, period=period, rows=tuple(ordered), agents=agents)

    return desk.answer(account, ("split", period, scope, by, pooled), find)


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
    )


def _whole(
    desk: Desk, account: str, columns: Columns, about: Business, period: Period, before: Period, scope: Scope
) -> tuple[list[Measure], list[Measure]]:
    counting = counting_of(desk, columns, about, period, before, scope)
    calls, rates = counting.calls(), counting.first_contacts()
    journeys = None if scope.agent is not None else counting.journeys()
    called_back = counting.called_back()
    narrow = scope.told().keys() - {"agent"} or scope.within is not None
    found = []
    for now, days in ((True, period), (False, before)):
        tally = replace(
            calls[now, None],
            first_contacts=rates.get((now, None), Rate(0, 0)),
            called_back=called_back if now else None,
        )
        since, until = about.clocks.bounds(days, scope.site)
        if narrow:
            of_agents = [absent(key, Unit.SHARE, Missing.NOT_BY_THIS) for key in ("occupancy", "utilisation")]
        else:
            until = min(until, desk.now())
            of_agents = agent_measures(_occupancy(desk.ledger, account, since=since, until=until, agent=scope.agent))
        mine = _measures(tally, None if journeys is None else journeys[now, None])
        found.append([*mine, *of_agents, satisfaction()])
    return found[0], found[1]


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
        rates = counting.first_contacts(step) if key == "first_call_resolution" else {}
        measures = {
            place: call_measures(replace(tally, first_contacts=rates.get(place, Rate(0, 0))), only=key)
            for place, tally in counting.calls(step, wanted=_wanted(key)).items()
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


def _placed(
    measure: Measure | None, key: str, about: Business, period: tuple[datetime, datetime], scope: Scope
) -> Measure:
    found = measure or absent(key, Unit.SHARE, Missing.NOT_ENOUGH)
    since, until = (_utc(moment, about, scope) for moment in period)
    counted, among = opens(key, since=since, until=until, scope=scope)
    return replace(found, opens=counted, of=among)


def _opened(measures: Sequence[Measure], about: Business, period: Period, scope: Scope) -> list[Measure]:
    since, until = about.clocks.bounds(period, scope.site)
    found = []
    for measure in measures:
        counted, among = opens(measure.key, since=since, until=until, scope=scope)
        found.append(replace(measure, opens=counted, of=among))
    return found


def _utc(local: datetime, about: Business, scope: Scope) -> datetime:
    return local.replace(tzinfo=ZoneInfo(about.clocks.of(scope.site)))


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


def _stretch(start: datetime, step: Step, period: Period) -> tuple[datetime, datetime]:
    """The part of a stretch that lies in the period."""
    first, last = (datetime.combine(day, datetime.min.time()) for day in (period.start, period.end))
    return max(start, first), min(_next(start, step), last)


def _within(holidays: Mapping[date, str], period: Period) -> dict[date, str]:
    return {day: name for day, name in holidays.items() if period.start <= day < period.end}


def _occupancy(
    ledger: Ledger, account: str, *, since: datetime, until: datetime, agent: str | None
) -> Occupancy | None:
    """Of the states that hold in ``[since, until)``."""
    c = agent_states.c
    query = sa.select(c.agent, c.at, c.presence, c.queue).where(
        c.account_id == account, c.at >= since - LONGEST_STATE, c.at < until
    )
    query = query if agent is None else query.where(c.agent == agent)
    with ledger.reading() as connection:
        states = [
            AgentState(agent=row.agent, at=row.at, presence=Presence(row.presence), queue=row.queue)
            for row in connection.execute(query)
        ]
    return occupancy(states, since=since, until=until)
