"""How long a caller waited in the business's own time: open minutes only, nights and holidays left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from decroche.model.hours import OpeningHours
from decroche.understand.hours import intervals_of, read_clock


def business_minutes(start: datetime, end: datetime, *, hours: OpeningHours, zone: tzinfo) -> float:
    """The open minutes in ``[start, end)``, both with their zone; 0 when ``end`` is not later.

    Real minutes: the hour that clocks repeat in autumn counts twice if the business is open in it, the hour they skip
    in spring not at all.
    """
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    total = timedelta()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a clock time of the zone
        for opens, closes in intervals_of(day, hours):
            began, ended = (
                read_clock(midnight + timedelta(minutes=minute), zone).utc.replace(tzinfo=UTC)
                for minute in (opens, closes)
            )
            total += max(timedelta(), min(ended, end) - max(began, start))
    return total / timedelta(minutes=1)
