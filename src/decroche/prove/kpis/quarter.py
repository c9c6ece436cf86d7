"""A quarter of calls: its days, how its season moved against last year's, what holidays did, how sites compare."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from statistics import NormalDist, quantiles

from decroche.model.board import Period
from decroche.model.figures import DayCount, Durations, Rate
from decroche.model.money import MoneyRange

#: A season is looked for within so many weeks of last year's, on at least so many weeks that both years have.
FARTHEST_WEEKS, LEAST_WEEKS = 4, 8
#: A shift is told where the moved weeks resemble last year's so much more than unmoved ones.
MORE_LIKE = 0.1
#: One time in twenty at most by chance, shared among the nine moves that are tried; and the odds of a season at all.
_RISK = NormalDist().inv_cdf(1 - 0.05 / (2 * FARTHEST_WEEKS + 1))
_SEASON = NormalDist().inv_cdf(0.999)
#: Sites are compared without names from so many on, each with at least so many calls.
LEAST_SITES, LEAST_CALLS = 5, 30
_WRITTEN = re.compile(r"\s*(\d{4})\s*[-–]?\s*[QT]([1-4])\s*", re.IGNORECASE)
_MONTHS = 3


class BadQuarter(ValueError):
    """Not a quarter such as 2026Q3 or 2026T3."""


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """Three months of a year; ``number`` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def read(cls, text: str) -> Quarter:
        """The quarter of « 2026Q3 » or « 2026T3 ». Raises BadQuarter."""
        found = _WRITTEN.fullmatch(text)
        if found is None or not 1 < int(found[1]) < date.max.year:
            raise BadQuarter(text)
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def last_whole(cls, day: date) -> Quarter:
        """The last one that ended before ``day``."""
        number = (day.month - 1) // _MONTHS
        return cls(day.year, number) if number else cls(day.year - 1, 4)

    @property
    def period(self) -> Period:
        """Its days."""
        start = date(self.year, _MONTHS * (self.number - 1) + 1, 1)
        end = date(self.year + 1, 1, 1) if self.number == 4 else date(self.year, _MONTHS * self.number + 1, 1)
        return Period(start, end)

    @property
    def last_year(self) -> Quarter:
        """The same one a year before."""
        return Quarter(self.year - 1, self.number)

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekPair:
    """One week of the quarter (ISO number and Monday), and the week of the same number last year; None: not told."""

    week: int
    monday: date
    offered: int
    missed: int
    offered_before: int | None
    missed_before: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeasonalShift:
    """By how many ``weeks`` this year's season came later (negative: earlier) than last year's.

    None where nothing can be said. ``likeness`` is the correlation of the weeks moved by so much, ``unmoved`` that of
    the weeks as they are; ``over`` of how many weeks.
    """

    weeks: int | None
    likeness: float | None
    unmoved: float | None
    over: int


def week_pairs(
    period: Period, now: Mapping[date, tuple[int, int]], before: Mapping[date, tuple[int, int]]
) -> tuple[WeekPair, ...]:
    """The whole weeks of ``period`` (Monday to Sunday) beside last year's of the same ISO number.

    ``now`` and ``before`` are (offered, missed) by local day. A week of last year without any call is not told: the
    phones were not connected yet.
    """
    earlier = _by_week(before)
    found = []
    monday = period.start + timedelta(days=-period.start.weekday() % 7)
    while monday + timedelta(days=7) <= period.end:
        year, week, _ = monday.isocalendar()
        offered, missed = _sum(now, monday)
        then = earlier.get((year - 1, week))
        found.append(
            WeekPair(
                week=week,
                monday=monday,
                offered=offered,
                missed=missed,
                offered_before=None if then is None else then[0],
                missed_before=None if then is None else then[1],
            )
        )
        monday += timedelta(days=7)
    return tuple(found)


def seasonal_shift(weeks: Sequence[tuple[int, int | None]]) -> SeasonalShift:
    """How far the season moved; ``weeks`` are (calls now, calls of the same week last year) in order.

    Last year's weeks are moved by up to four; the move after which both years resemble each other most (Pearson's
    correlation, at least 8 weeks) is told when it is 0.1 more than without a move, and chance would hardly give it
    (Fisher's z, the risk shared among the moves). Weeks that differ no more than chance has calls differ (χ²) have no
    season to move. The nearest of equal moves is taken.
    """
    unmoved, over = _likeness(weeks, 0)
    if unmoved is None:
        return SeasonalShift(weeks=None, likeness=None, unmoved=None, over=over)
    still = SeasonalShift(weeks=0, likeness=unmoved, unmoved=unmoved, over=over)
    if not all(_varies(year) for year in ([now for now, _ in weeks], [then for _, then in weeks if then is not None])):
        return still
    best, likeness, n = 0, unmoved, over
    for distance in range(1, FARTHEST_WEEKS + 1):
        for move in (distance, -distance):
            found, pairs = _likeness(weeks, move)
            if found is not None and found > likeness + 1e-9:
                best, likeness, n = move, found, pairs
    sure = likeness >= 1 - 1e-9 or math.atanh(likeness) * math.sqrt(n - 3) >= _RISK
    if not best or not sure or likeness < unmoved + MORE_LIKE:
        return still
    return SeasonalShift(weeks=best, likeness=likeness, unmoved=unmoved, over=n)


class AroundHoliday(StrEnum):
    """The working day before a holiday, the holiday, and the working day after it."""

    EVE = "eve"
    HOLIDAY = "holiday"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayEffect:
    """One day at or beside the holiday ``name``, against the median of the same weekday.

    ``change`` of the calls received is a fraction (0.5: half as many again); None where nothing is usual.
    """

    name: str
    around: AroundHoliday
    day: date
    offered: int
    missed: int
    usual_offered: float | None
    usual_missed: float | None
    change: float | None


def holiday_effects(daily: Iterable[DayCount]) -> tuple[HolidayEffect, ...]:
    """What holidays did to themselves, to the day before and to the day after, in order of time."""
    found = []
    for day in daily:
        around = (
            (AroundHoliday.HOLIDAY, day.holiday)
            if day.holiday
            else (AroundHoliday.AFTER, day.after_holiday)
            if day.after_holiday
            else (AroundHoliday.EVE, day.before_holiday)
        )
        if around[1] is None:
            continue
        found.append(
            HolidayEffect(
                name=around[1],
                around=around[0],
                day=day.day,
                offered=day.offered,
                missed=day.missed,
                usual_offered=day.usual_offered,
                usual_missed=day.usual_missed,
                change=day.offered / day.usual_offered - 1 if day.usual_offered else None,
            )
        )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCount:
    """One site or department. ``recovered`` of the journeys that are decided; ``value`` of those that are lost.

    ``to_callback`` are seconds from the first miss to our first call.
    """

    name: str
    offered: int
    missed: int
    lost: int
    recovered: Rate
    to_callback: Durations
    value: MoneyRange | None = None

    @property
    def missed_rate(self) -> Rate:
        """Missed of offered calls."""
        return Rate(self.missed, self.offered)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """The quartiles of a rate over sites: a quarter of them lie below ``first``, half below ``middle``."""

    first: float
    middle: float
    third: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How sites compare without any being named. ``sites`` were compared; ``left_out`` had too few calls."""

    sites: int
    left_out: int
    missed_rate: Spread
    recovery_rate: Spread | None


def compared(sites: Iterable[PlaceCount], *, least: int = LEAST_SITES) -> Comparison | None:
    """The quartiles of sites; None with fewer than ``least`` of 30 calls or more: each could be guessed.

    Nothing of a single site is in it, neither the best nor the worst.
    """
    every = list(sites)
    enough = [site for site in every if site.offered >= LEAST_CALLS]
    if len(enough) < max(2, least):
        return None
    decided = [rate for site in enough if (rate := site.recovered.value) is not None]
    return Comparison(
        sites=len(enough),
        left_out=len(every) - len(enough),
        missed_rate=_spread([site.missed / site.offered for site in enough]),
        recovery_rate=_spread(decided) if len(decided) >= max(2, least) else None,
    )


def unnamed(sites: Iterable[PlaceCount]) -> dict[str, str]:
    """A letter for each site (A, B … Z, AA): by their rates, the highest first, for whoever must not know which."""
    ordered = sorted(sites, key=lambda site: (-(site.missed_rate.value or 0.0), site.name))
    return {site.name: _letters(place) for place, site in enumerate(ordered)}


def _letters(place: int) -> str:
    letters = ""
    place += 1
    while place:
        place, left = divmod(place - 1, 26)
        letters = chr(ord("A") + left) + letters
    return letters


def _spread(rates: list[float]) -> Spread:
    first, middle, third = quantiles(rates, n=4, method="inclusive")
    return Spread(first=first, middle=middle, third=third)


def _by_week(days: Mapping[date, tuple[int, int]]) -> dict[tuple[int, int], tuple[int, int]]:
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for day, (offered, missed) in days.items():
        year, week, _ = day.isocalendar()
        known = found.get((year, week), (0, 0))
        found[year, week] = (known[0] + offered, known[1] + missed)
    return found


def _sum(days: Mapping[date, tuple[int, int]], monday: date) -> tuple[int, int]:
    week = [days.get(monday + timedelta(days=place), (0, 0)) for place in range(7)]
    return sum(offered for offered, _ in week), sum(missed for _, missed in week)


def _varies(counts: Sequence[int]) -> bool:
    """Whether counts differ more than chance lets equal ones differ: Poisson's χ² against its 99.9 % limit."""
    freedom, mean = len(counts) - 1, sum(counts) / len(counts)
    if not mean or freedom < 1:
        return False
    found = sum((count - mean) ** 2 for count in counts) / mean
    # The limit after Wilson and Hilferty.
    limit = freedom * (1 - 2 / (9 * freedom) + _SEASON * math.sqrt(2 / (9 * freedom))) ** 3
    return found > limit


def _likeness(weeks: Sequence[tuple[int, int | None]], move: int) -> tuple[float | None, int]:
    """Pearson's correlation of the weeks with last year's moved by ``move``, and over how many weeks."""
    pairs = [
        (now, then)
        for place, (now, _) in enumerate(weeks)
        if 0 <= place - move < len(weeks) and (then := weeks[place - move][1]) is not None
    ]
    n = len(pairs)
    if n < LEAST_WEEKS:
        return None, n
    mean_now, mean_then = sum(now for now, _ in pairs) / n, sum(then for _, then in pairs) / n
    both = sum((now - mean_now) * (then - mean_then) for now, then in pairs)
    spread = sum((now - mean_now) ** 2 for now, _ in pairs) * sum((then - mean_then) ** 2 for _, then in pairs)
    return (both / spread**0.5, n) if spread else (None, n)
