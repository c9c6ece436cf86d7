"""Finds the opening hours of a business that nobody told us, from when its calls are answered.

Each half-hour of the week is open or closed. An open one has answered calls at about the usual rate, slow and busy ones
far apart; a closed one has hardly any, from somebody who stayed late: a fiftieth of a call a date and three thousandths
of the usual (both negative binomial). The hours chosen are the likeliest, where every opening and closing must be paid
for: a gap of chance stays open, a lunch closed on most days does not. Weekdays that can share one timetable do, so that
few calls a day suffice. The weights are ours, set on simulated businesses; no study stands behind them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from math import inf, lgamma, log

from decroche.model.hours import Interval, OpeningHours

SLOTS = 48
SLOT_MINUTES = 30
DAYS = 7

#: What an opening or a closing costs, in units of log likelihood.
SWITCH = 3.0
#: How alike the open half-hours are: 2 allows a tenth of the usual rate and three times it.
SHAPE = 2.0
#: Answered calls of a closed half-hour: a date, at most this share of the usual rate, and a share of it.
STRAY_PER_DATE, STRAY_LIMIT, STRAY_SHARE = 0.02, 0.1, 0.003
#: Strays come in bursts: none in most closed half-hours, several in one.
STRAY_SHAPE = 1.0
#: An opening of one half-hour alone is somebody's late evening.
SHORTEST = 2

_Grid = Sequence[Sequence[int]]
_Path = tuple[bool, ...]
_Group = tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayEvidence:
    """One weekday: how many dates of it were seen, their answered calls, and those within the hours found."""

    weekday: int
    dates: int
    answered: int
    inside: int


@dataclass(frozen=True, slots=True, kw_only=True)
class InferredHours:
    """Hours that the answered calls suggest, to be shown as an assumption with its evidence.

    ``inside`` of ``answered`` calls lie within the hours; ``usual_per_date`` is the mean number of answered calls in an
    open half-hour of one date. Without answered calls the week is empty: nothing could be inferred.
    """

    hours: OpeningHours
    answered: int
    inside: int
    usual_per_date: float
    days: tuple[DayEvidence, ...]


def infer_hours(answered: _Grid, dates: Sequence[int]) -> InferredHours:
    """The weekly hours of a business from its answered calls.

    ``answered[w][s]`` counts the answered calls of weekday w (0 = Monday) in half-hour s (0 = 0:00-0:30) of local time;
    ``dates[w]`` is the number of dates of that weekday in the data. Leave out holidays in both. Counting a date at most
    once for a half-hour makes the result steadier still where one evening brings many calls. A weekday without answered
    calls, or of which no date was seen, is closed. Raises ``ValueError`` when the shape is not 7 × 48 and 7.
    """
    if len(dates) != DAYS or len(answered) != DAYS or any(len(row) != SLOTS for row in answered):
        raise ValueError("7 weekdays of 48 half-hours are needed")
    worked = [day for day in range(DAYS) if dates[day] > 0 and sum(answered[day]) > 0]
    usual = _first_guess(answered, dates, worked)
    paths: dict[int, _Path] = {}
    for _ in range(10):
        paths = _timetables(answered, dates, worked, usual)
        opened = [(day, slot) for day, path in paths.items() for slot in range(SLOTS) if path[slot]]
        calls, exposure = sum(answered[day][slot] for day, slot in opened), sum(dates[day] for day, _ in opened)
        if not calls or abs(calls / exposure - usual) < 1e-9:
            break
        usual = calls / exposure
    week = {day + 1: intervals for day, path in sorted(paths.items()) if (intervals := _intervals(path))}
    days = tuple(
        DayEvidence(
            weekday=day + 1,
            dates=dates[day],
            answered=sum(answered[day]),
            inside=sum(
                sum(answered[day][start // SLOT_MINUTES : end // SLOT_MINUTES]) for start, end in week.get(day + 1, ())
            ),
        )
        for day in range(DAYS)
    )
    return InferredHours(
        hours=OpeningHours(week=week),
        answered=sum(day.answered for day in days),
        inside=sum(day.inside for day in days),
        usual_per_date=usual,
        days=days,
    )


def _first_guess(answered: _Grid, dates: Sequence[int], worked: Sequence[int]) -> float:
    """The rate a date of the half-hour in which the median answered call came: strays hardly move it."""
    rates = sorted((answered[day][slot] / dates[day], answered[day][slot]) for day in worked for slot in range(SLOTS))
    half, seen = sum(count for _, count in rates) / 2, 0
    for rate, count in rates:
        seen += count
        if seen >= half:
            return rate
    return 0.0


def _timetables(answered: _Grid, dates: Sequence[int], worked: Sequence[int], usual: float) -> dict[int, _Path]:
    """A timetable for each weekday worked; weekdays are joined under one while that is the likelier story."""
    costs: dict[_Group, list[tuple[float, float]]] = {
        (day,): _costs(answered[day], dates[day], usual) for day in worked
    }
    best = {group: _likeliest(cost) for group, cost in costs.items()}
    while len(best) > 1:
        gain = -inf
        pair: tuple[_Group, _Group] = ((), ())
        for one, other in combinations(best, 2):
            together = [(a + c, b + d) for (a, b), (c, d) in zip(costs[one], costs[other], strict=True)]
            saved = best[one][0] + best[other][0] - _likeliest(together)[0]
            if saved > gain:
                gain, pair = saved, (one, other)
        if gain < 0:
            break
        one, other = pair
        joined = one + other
        costs[joined] = [(a + c, b + d) for (a, b), (c, d) in zip(costs[one], costs[other], strict=True)]
        best[joined] = _likeliest(costs[joined])
        del best[one], best[other]
    return {day: path for group, (_, path) in best.items() for day in group}


def _costs(counts: Sequence[int], dates: int, usual: float) -> list[tuple[float, float]]:
    """For each half-hour, minus the log likelihood of its count if closed and if open."""
    mean = usual * dates
    stray = min(STRAY_PER_DATE * dates, STRAY_LIMIT * mean) + STRAY_SHARE * mean
    return [(_surprise(count, stray, STRAY_SHAPE), _surprise(count, mean, SHAPE)) for count in counts]


def _surprise(count: int, mean: float, shape: float) -> float:
    """Minus the log of the negative binomial probability of ``count``."""
    return (
        lgamma(shape)
        + lgamma(count + 1)
        - lgamma(count + shape)
        - shape * log(shape / (shape + mean))
        - count * log(mean / (shape + mean))
    )


def _likeliest(costs: Sequence[tuple[float, float]]) -> tuple[float, _Path]:
    """The cheapest way through the half-hours, closed before the first and after the last, and its cost."""
    closed: tuple[float, _Path] = (0.0, ())
    opened: tuple[float, _Path] = (inf, ())
    for if_closed, if_open in costs:
        shut = min(closed[0], opened[0] + SWITCH), closed[1] if closed[0] <= opened[0] + SWITCH else opened[1]
        open_ = min(opened[0], closed[0] + SWITCH), opened[1] if opened[0] <= closed[0] + SWITCH else closed[1]
        closed, opened = (shut[0] + if_closed, (*shut[1], False)), (open_[0] + if_open, (*open_[1], True))
    return closed if closed[0] <= opened[0] + SWITCH else (opened[0] + SWITCH, opened[1])


def _intervals(path: _Path) -> tuple[Interval, ...]:
    edges = [
        slot for slot in range(SLOTS + 1) if (path[slot - 1 : slot] == (True,)) != (path[slot : slot + 1] == (True,))
    ]
    return tuple(
        (start * SLOT_MINUTES, end * SLOT_MINUTES)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if end - start >= SHORTEST
    )
