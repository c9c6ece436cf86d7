"""When people call: shapes over the half-hours of a day, put together from a few bells and a level."""

from __future__ import annotations

import math
from dataclasses import dataclass

from decroche.model.hours import Interval
from decroche.simulate.world import SLOTS, Profile, Week


@dataclass(frozen=True, slots=True)
class Bell:
    """A rise of calls around an hour of the day (10.5 = half past ten), ``width`` hours wide, ``height`` high."""

    hour: float
    width: float
    height: float


def shape(*bells: Bell, level: float = 0.02, first: float = 7.0, last: float = 21.0) -> tuple[float, ...]:
    """48 relative weights: the bells on a low ``level``, which falls to a tenth outside ``[first, last)`` hours."""
    weights = []
    for slot in range(SLOTS):
        hour = slot / 2 + 0.25
        rise = sum(bell.height * math.exp(-0.5 * ((hour - bell.hour) / bell.width) ** 2) for bell in bells)
        weights.append(rise + (level if first <= hour < last else level / 10))
    return tuple(weights)


def profile(
    weekdays: tuple[float, ...],
    *,
    usual: tuple[Bell, ...],
    monday: tuple[Bell, ...] | None = None,
    saturday: tuple[Bell, ...] | None = None,
    level: float = 0.05,
) -> Profile:
    """A profile from bells; Sundays and holidays are flat over the day."""
    return Profile(
        weekdays=weekdays,
        usual=shape(*usual, level=level),
        monday=shape(*(monday or usual), level=level),
        saturday=shape(*(saturday or usual), level=level),
        sunday=shape(Bell(11, 2, 0.5), Bell(17, 2.5, 0.5), level=0.2, first=8, last=21),
    )


def flat(first: float, last: float) -> tuple[float, ...]:
    """The same weight from ``first`` to ``last`` hours, none outside."""
    return tuple(1.0 if first <= slot / 2 < last else 0.0 for slot in range(SLOTS))


def week(days: range, *intervals: Interval) -> Week:
    """The same intervals on the ISO weekdays ``days``."""
    return {day: tuple(intervals) for day in days}


def clock(hour: int, minute: int = 0) -> int:
    """Minutes after midnight."""
    return hour * 60 + minute
