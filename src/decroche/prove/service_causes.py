"""Why calls were missed: the seven causes with their evidence and calls, the week's map, the places, and holidays."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from decroche.model.board import Dimension, Measure, Opens, Period, Scope
from decroche.model.figures import Cause, DayCount, Rate, WeekMap
from decroche.model.hours import HourClass
from decroche.model.money import Money, MoneyRange
from decroche.prove.kpis.board import previous, share
from decroche.prove.opening import opens
from decroche.prove.service_board import EVERYTHING, NeedsSupervise, counting_of, named
from decroche.prove.service_desk import Business, Desk
from decroche.prove.service_opened import open_hours_of
from decroche.understand.beliefs import Fixed
from decroche.understand.causes import SIGNS_OF, Signs, first_signs, hours_of
from decroche.understand.days import with_usual
from decroche.understand.journeys import SILENCE
from decroche.understand.value_at_risk import value_of, worth_of
from decroche.warehouse.counting import Counting
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.opened import Clock, how_many, listed
from decroche.warehouse.why import HourRow, by_hour, not_called_back, open_and_recovered, outbound_calls, places

#: How far back our own rate of recovery is looked at.
RATE_DAYS = 90
#: How many calls are shown of each cause.
EXAMPLES = 5
#: Causes whose number is what is missed beyond the usual: of which calls it is made cannot be told.
ESTIMATED = frozenset({"bad_planning"})
#: By what the places are listed.
PLACES = (Dimension.SITE, Dimension.DEPARTMENT, Dimension.LINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseShown:
    """A cause with the latest calls that show it (ids). ``opens`` are the calls or journeys that it counts.

    What is counted above the usual is no list of calls: then ``lies_in`` are the missed calls of those hours, so many.
    """

    cause: Cause
    examples: tuple[str, ...]
    opens: Opens | None
    lies_in: tuple[Opens, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One site, department or line: its calls, its rate, its journeys not recovered, and what they were worth.

    ``opens`` are its missed calls, ``among`` those received. ``value`` is of the expired journeys and of those of the
    open ones that will not be recovered; None where nobody told what a caller brings.
    """

    name: str
    offered: int
    missed: int
    missed_rate: Measure
    expired: int
    open: int
    value: MoneyRange | None
    opens: Opens | None
    among: Opens | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindOfDay:
    """All days of one kind: ordinary, holiday, after_holiday. The same weekdays are not compared: see ``daily``."""

    kind: str
    days: int
    offered: int
    missed: int
    missed_rate: Measure


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """All of it. ``week`` has counts; ``share`` of all missed calls, and ``rate``, follow from them."""

    period: Period
    scope: Scope
    zone: str
    offered: int
    missed: int
    causes: tuple[CauseShown, ...]
    week: WeekMap
    places: Mapping[Dimension, tuple[Place, ...]]
    daily: tuple[DayCount, ...]
    kinds_of_day: tuple[KindOfDay, ...]
    revision: int

    def share(self, weekday: int, hour: int) -> Rate:
        """Missed calls of an hour of the week (1 = Monday) among all missed calls."""
        return Rate(self.week.missed[weekday - 1][hour], self.missed)

    def rate(self, weekday: int, hour: int) -> Measure:
        """Missed among offered calls of an hour of the week."""
        offered, missed = self.week.offered[weekday - 1][hour], self.week.missed[weekday - 1][hour]
        return share("missed_rate", Rate(missed, offered))


@dataclass(frozen=True, slots=True, kw_only=True)
class HourOfDate:
    """One hour of one day."""

    day: date
    offered: int
    missed: int
    missed_rate: Measure
    holiday: str | None
    opens: Opens | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueToday:
    """``at_risk`` is of the open journeys, ``recovered`` of those recovered since local midnight (80 % intervals).

    ``rate`` is our own rate of recovery of the last 90 days. Amounts are None where nobody told what a caller brings.
    """

    open: int
    recovered_today: int
    rate: Rate
    at_risk: MoneyRange | None
    recovered: MoneyRange | None


def why(
    desk: Desk,
    account: str,
    *,
    period: Period,
    scope: Scope = EVERYTHING,
    value: Money | None = None,
    supervise: bool = False,
) -> Why:
    """Why calls were missed. ``value`` is what a caller who is won brings. Raises as ``service_board.board``."""
    if scope.agent is not None and not supervise:
        raise NeedsSupervise

    def find(columns: Columns, about: Business) -> Why:
        counting = counting_of(desk, columns, about, period, previous(period), scope)
        hours = by_hour(counting)
        offered, missed = sum(row.offered for row in hours), sum(row.missed for row in hours)
        days: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for row in hours:
            days[row.day] = (days[row.day][0] + row.offered, days[row.day][1] + row.missed)
        daily = with_usual(days, about.holidays(period))
        return Why(
            period=period,
            scope=scope,
            zone=about.clocks.of(scope.site),
            offered=offered,
            missed=missed,
            causes=_causes(counting, about, hours, missed),
            week=_week(hours),
            places=_places(counting, about, value),
            daily=daily,
            kinds_of_day=_kinds(daily),
            revision=columns.revision,
        )

    return desk.answer(account, ("why", period, scope, value), find)


def hour_of_week(
    desk: Desk,
    account: str,
    *,
    weekday: int,
    hour: int,
    period: Period,
    scope: Scope = EVERYTHING,
    supervise: bool = False,
) -> tuple[HourOfDate, ...]:
    """An hour of the week (1 = Monday) on each of its dates, those without a call among them. Raises as ``why``."""
    if scope.agent is not None and not supervise:
        raise NeedsSupervise

    def find(columns: Columns, about: Business) -> tuple[HourOfDate, ...]:
        counting = counting_of(desk, columns, about, period, previous(period), scope)
        counts: dict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
        for row in by_hour(counting):
            if row.hour == hour and row.day.isoweekday() == weekday:
                counts[row.day] = (counts[row.day][0] + row.offered, counts[row.day][1] + row.missed)
        holidays = about.holidays(period)
        found = []
        for day in (period.start + timedelta(days=number) for number in range(period.days)):
            if day.isoweekday() != weekday:
                continue
            offered, missed = counts[day]
            found.append(
                HourOfDate(
                    day=day,
                    missed_rate=share("missed_rate", Rate(missed, offered)),
                    missed=missed,
                    offered=offered,
                    holiday=holidays.get(day),
                    opens=opens("missed", period=Period(day, day + timedelta(days=1)), scope=scope, hour=hour)[0],
                )
            )
        return tuple(found)

    return desk.answer(account, ("hour_of_week", period, scope, weekday, hour), find)


def value_today(desk: Desk, account: str, *, scope: Scope = EVERYTHING, value: Money | None = None) -> ValueToday:
    """What is at risk now, and what was recovered today. Of ``scope`` only the sites matter. Raises as ``why``."""

    def find(columns: Columns, about: Business) -> ValueToday:
        now = desk.now()
        today = now.astimezone(ZoneInfo(about.clocks.of(scope.site))).date()
        midnight, _ = about.clocks.bounds(Period(today, today + timedelta(days=1)), scope.site)
        since = midnight - timedelta(days=RATE_DAYS)
        count = open_and_recovered(columns, about.clocks, scope, midnight=midnight, since=since, silence=SILENCE)
        rate = Rate(count["kept"], count["decided"])
        told = None if value is None else (Fixed(float(value)), value.currency)
        return ValueToday(
            open=count["open"],
            recovered_today=count["today"],
            rate=rate,
            at_risk=None
            if told is None
            else value_of(lost=0, open=count["open"], recovered=rate, value=told[0], currency=told[1], rng=_chance()),
            recovered=None
            if told is None
            else worth_of(count["today"], value=told[0], currency=told[1], rng=_chance()),
        )

    return desk.answer(account, ("value_today", scope, value), find)


def _causes(counting: Counting, about: Business, hours: Sequence[HourRow], missed: int) -> tuple[CauseShown, ...]:
    tally = counting.calls(wanted=frozenset({"gone", "reasons"}))[True, None]
    journeys, nobody = not_called_back(counting)
    open_hours = open_hours_of(hours, about)
    signs = first_signs(
        Signs(
            missed=missed,
            missed_closed=sum(row.missed for row in hours if row.hour_class not in {None, HourClass.OPEN.value}),
            missed_by_reason=tally.missed_by_reason,
            open_hours=open_hours,
            wait_before_leaving_s=tally.wait_abandoned.median,
            waits_known=tally.wait_abandoned.n,
            outbound_calls=outbound_calls(counting),
            journeys=journeys,
            not_called_back=nobody,
        )
    )
    lie_in = hours_of(open_hours)
    return tuple(_shown(each, counting, lie_in.get(each.cause)) for each in signs)


def _shown(cause: Cause, counting: Counting, hours: frozenset[datetime] | None) -> CauseShown:
    which, clock = SIGNS_OF[cause.cause], Clock(hours=hours)
    calls = listed(counting, which, clock=clock, limit=EXAMPLES) if cause.missed else ()
    counted, _ = opens(f"cause:{cause.cause}", period=counting.period, scope=counting.scope)
    estimated = cause.cause in ESTIMATED
    return CauseShown(
        cause=cause,
        examples=tuple(each.call for each in calls if each.call is not None),
        opens=None if estimated else counted,
        lies_in=(counted, how_many(counting, which, clock=clock))
        if estimated and cause.missed and counted is not None
        else None,
    )


def _week(hours: Sequence[HourRow]) -> WeekMap:
    offered, missed = ([[0] * 24 for _ in range(7)] for _ in range(2))
    for row in hours:
        offered[row.day.weekday()][row.hour] += row.offered
        missed[row.day.weekday()][row.hour] += row.missed
    return WeekMap(offered=tuple(map(tuple, offered)), missed=tuple(map(tuple, missed)))


def _places(counting: Counting, about: Business, value: Money | None) -> Mapping[Dimension, tuple[Place, ...]]:
    rows, rate = places(counting), counting.journeys()[True, None].decided
    found = {}
    for by in PLACES:
        expired: Counter[str] = Counter()
        still_open: Counter[str] = Counter()
        for row in rows:
            expired[row[by.value]] += row["expired"] or 0
            still_open[row[by.value]] += row["open"] or 0
        shown = []
        tallies = {name: tally for (now, name), tally in counting.calls(by, wanted=frozenset()).items() if now}
        for name in {**tallies, **expired, **still_open}:
            tally = tallies.get(name, counting.nothing)
            mine = named(counting.scope, by, name)
            counted, among = opens("missed_rate", period=counting.period, scope=mine)
            shown.append(
                Place(
                    name=name,
                    offered=tally.offered,
                    missed=tally.missed,
                    missed_rate=share("missed_rate", Rate(tally.missed, tally.offered)),
                    expired=expired[name],
                    open=still_open[name],
                    value=None
                    if value is None
                    else value_of(
                        lost=expired[name],
                        open=still_open[name],
                        recovered=rate,
                        value=Fixed(float(value)),
                        currency=value.currency,
                        rng=_chance(),
                    ),
                    opens=counted,
                    among=among,
                )
            )
        found[by] = tuple(sorted(shown, key=lambda place: (-place.missed, place.name)))
    return found


def _kinds(daily: Sequence[DayCount]) -> tuple[KindOfDay, ...]:
    kinds: dict[str, list[DayCount]] = {"ordinary": [], "holiday": [], "after_holiday": []}
    for day in daily:
        kinds["holiday" if day.holiday else "after_holiday" if day.after_holiday else "ordinary"].append(day)
    return tuple(
        KindOfDay(
            kind=kind,
            days=len(days),
            offered=sum(day.offered for day in days),
            missed=sum(day.missed for day in days),
            missed_rate=share(
                "missed_rate", Rate(sum(day.missed for day in days), sum(day.offered for day in days))
            ),
        )
        for kind, days in kinds.items()
    )  # fmt: skip


def _chance() -> np.random.Generator:
    """Always the same draws: an amount does not flicker."""
    return np.random.default_rng(1)
