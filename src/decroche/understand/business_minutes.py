"""How long a caller waited in the business's own time: open minutes only, nights and holidays left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from decroche.model.hours import Interval, OpeningHours
from decroche.understand.hours import intervals_of, read_clock


def business_minutes(start: datetime, end: datetime, *, hours: OpeningHours, zone: tzinfo) -> float:
    """The open minutes in ``[start, end)``, both with their zone; 0 when ``end`` is not later.

    Real minutes: the hour that clocks repeat in autumn counts twice if the business is open in it, the hour they skip
    in spring not at all.
    """
    return BusinessTime(hours, zone).minutes(start, end)


class BusinessTime:
    """The open minutes of one place, for many waits: each day is worked out once."""

    def __init__(self, hours: OpeningHours, zone: tzinfo) -> None:
        self._hours, self._zone = hours, zone
        self._days: dict[int, tuple[tuple[datetime, datetime], ...]] = {}
        self._base = 0
        # The open time of the days from the first one asked for, and of those before it.
        self._ahead, self._back = [timedelta()], [timedelta()]

    def minutes(self, start: datetime, end: datetime) -> float:
        """As ``business_minutes``."""
        if end <= start:
            return 0.0
        first, last = (moment.astimezone(self._zone).date().toordinal() for moment in (start, end))
        whole = self._until(last) - self._until(first)
        return (whole + self._passed(last, end) - self._passed(first, start)) / timedelta(minutes=1)

    def _until(self, day: int) -> timedelta:
        """The open time before a day, counted from the same day whenever it is asked."""
        self._base = self._base or day
        while len(self._ahead) <= day - self._base:
            self._ahead.append(self._ahead[-1] + self._open(self._base + len(self._ahead) - 1))
        while len(self._back) <= self._base - day:
            self._back.append(self._back[-1] - self._open(self._base - len(self._back)))
        return self._ahead[day - self._base] if day >= self._base else self._back[self._base - day]

    def _open(self, day: int) -> timedelta:
        return sum((ended - began for began, ended in self._spans(day)), timedelta())

    def _passed(self, day: int, moment: datetime) -> timedelta:
        return sum((max(timedelta(), min(ended, moment) - began) for began, ended in self._spans(day)), timedelta())

    def _spans(self, day: int) -> tuple[tuple[datetime, datetime], ...]:
        """When the place is open on a day, in UTC."""
        if day not in self._days:
            self._days[day] = _spans_on(day, tuple(intervals_of(date.fromordinal(day), self._hours)), self._zone)
        return self._days[day]


@lru_cache(maxsize=16_384)
def _spans_on(day: int, intervals: tuple[Interval, ...], zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
    """The same of any place: the lists of a business ask for the days of a year again and again."""
    local = date.fromordinal(day)
    midnight = datetime(local.year, local.month, local.day)  # noqa: DTZ001 - a clock time of the zone
    found = []
    for opens, closes in intervals:
        began, ended = (
            read_clock(midnight + timedelta(minutes=minute), zone).utc.replace(tzinfo=UTC) for minute in (opens, closes)
        )
        found.append((began, max(began, ended)))
    return tuple(found)
