"""The days of an invented business: which are holidays, and how much more or less people call on each."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from decroche.rules.holidays import public_holidays
from decroche.simulate.world import Calendar, Season, Week

DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One local day. ``base`` is the UTC second of local 12:00 minus 12 hours: midnight, but on two nights a year.

    ``shape_weekday`` is the ISO weekday whose half-hour shape holds, ``factor`` the calendar's effect on demand.
    """

    day: date
    base: int
    weekday: int
    shape_weekday: int
    factor: float
    holiday: str | None


def days_of(calendar: Calendar, *, zone: str, start: date, days: int) -> tuple[Day, ...]:
    """``days`` consecutive local days from ``start``, with what the calendar does to each."""
    years = range(start.year - 1, start.year + days // 365 + 3)
    closed = public_holidays(calendar.country, calendar.subdivision, years)
    clock = ZoneInfo(zone)
    return tuple(_day(calendar, closed, clock, start + timedelta(days=offset)) for offset in range(days))


def _day(calendar: Calendar, closed: Mapping[date, str], clock: ZoneInfo, day: date) -> Day:
    weekday = day.isoweekday()
    factor, shape = 1.0, weekday
    if day in closed:
        factor, shape = (calendar.holiday_factor if weekday < 6 else 1.0), 7
    elif weekday < 6:
        match _working_days_after_holiday(closed, day):
            case 1:
                factor, shape = calendar.rebound_factor, 1
            case 2:
                factor = calendar.second_day_factor
            case _ if _is_eve(closed, day):
                factor = calendar.eve_factor
    for slack in calendar.slack:
        if slack.first <= day <= slack.last:
            factor *= slack.factor
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock)
    return Day(
        day=day,
        base=int(noon.timestamp()) - DAY_S // 2,
        weekday=weekday,
        shape_weekday=shape,
        factor=factor,
        holiday=closed.get(day),
    )


def _working_days_after_holiday(closed: Mapping[date, str], day: date) -> int | None:
    """1 for the first working day after a holiday that fell on Monday to Friday, 2 for the second, else None."""
    count, back = 1, day - timedelta(days=1)
    while count <= 2:
        if back in closed and back.isoweekday() < 6:
            return count
        if back not in closed and back.isoweekday() < 6:
            count += 1
        back -= timedelta(days=1)
    return None


def _is_eve(closed: Mapping[date, str], day: date) -> bool:
    """Whether the next day of Monday to Friday is a holiday."""
    following = day + timedelta(days=1)
    while following.isoweekday() > 5:
        following += timedelta(days=1)
    return following in closed


def season_factor(seasons: tuple[Season, ...], day: date) -> float:
    """The product of the yearly bumps on one day."""
    factor = 1.0
    for season in seasons:
        nearest = min(
            abs((day - date(year, season.month, season.day)).days) for year in (day.year - 1, day.year, day.year + 1)
        )
        factor *= 1 + season.height * math.exp(-0.5 * (nearest / season.width_days) ** 2)
    return factor


def windows(days: tuple[Day, ...], week: Week, *, closed_on_holidays: bool) -> list[tuple[float, float]]:
    """The UTC intervals ``[from, to)`` of a weekly timetable over the days, touching ones joined."""
    joined: list[tuple[float, float]] = []
    for day in days:
        if closed_on_holidays and day.holiday is not None:
            continue
        for first, last in week.get(day.weekday, ()):
            begin, end = float(day.base + first * 60), float(day.base + last * 60)
            if joined and begin <= joined[-1][1]:
                joined[-1] = (joined[-1][0], end)
            else:
                joined.append((begin, end))
    return joined
