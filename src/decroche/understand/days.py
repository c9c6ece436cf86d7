"""Ordinary days and the others: what a weekday usually brings, and what holidays do to the days around them. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from statistics import median

from decroche.model.figures import DayCount

#: With fewer ordinary days of a weekday than this, nothing is called usual.
LEAST_DAYS = 3


def with_usual(counts: Mapping[date, tuple[int, int]], holidays: Mapping[date, str]) -> tuple[DayCount, ...]:
    """Each day's (offered, missed) beside the medians of the same weekday's ordinary days.

    A holiday and the working days just before and after it are not ordinary. The day after a holiday is the first
    weekday that is no holiday itself: the Tuesday after a Monday, the Monday after a Friday. Days without any call
    are absent from ``counts`` and stay absent.
    """
    in_order = sorted(holidays.items())
    after = {following: name for day, name in in_order if (following := _working_day(day, holidays, 1))}
    before = {previous: name for day, name in reversed(in_order) if (previous := _working_day(day, holidays, -1))}
    special = holidays.keys() | after.keys() | before.keys()
    ordinary: dict[int, list[tuple[int, int]]] = {}
    for day, count in counts.items():
        if day not in special:
            ordinary.setdefault(day.isoweekday(), []).append(count)
    days = []
    for day, (offered, missed) in sorted(counts.items()):
        same = ordinary.get(day.isoweekday(), [])
        known = len(same) >= LEAST_DAYS
        days.append(
            DayCount(
                day=day,
                weekday=day.isoweekday(),
                offered=offered,
                missed=missed,
                usual_offered=median(o for o, _ in same) if known else None,
                usual_missed=median(m for _, m in same) if known else None,
                holiday=holidays.get(day),
                after_holiday=after.get(day) if day not in holidays else None,
                before_holiday=before.get(day) if day not in holidays else None,
            )
        )
    return tuple(days)


def _working_day(day: date, holidays: Mapping[date, str], step: int) -> date | None:
    if day.isoweekday() > 5:
        return None
    for distance in range(1, 6):
        other = day + timedelta(days=step * distance)
        if other.isoweekday() <= 5 and other not in holidays:
            return other
    return None
