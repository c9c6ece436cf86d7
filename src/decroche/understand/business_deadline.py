"""When a stretch of the business's own time is over: open minutes only, nights and holidays left out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from decroche.model.hours import OpeningHours
from decroche.understand.hours import intervals_of, read_clock

#: A business that does not open for so long has told its hours wrong.
_LOOK_AHEAD_DAYS = 60


def business_deadline(
    start: datetime, lasting: timedelta, *, hours: OpeningHours | None, zone: tzinfo
) -> datetime | None:
    """The moment (UTC) at which ``lasting`` of open time has passed since ``start``; None when it never comes.

    A business that tells no hours is always open. Zero ends at the next open moment.
    """
    if hours is None:
        return start + lasting
    left = lasting
    first = start.astimezone(zone).date()
    for number in range(_LOOK_AHEAD_DAYS):
        day = first + timedelta(days=number)
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a clock time of the zone
        for opens, closes in intervals_of(day, hours):
            began, ended = (
                read_clock(midnight + timedelta(minutes=minute), zone).utc.replace(tzinfo=UTC)
                for minute in (opens, closes)
            )
            began = max(began, start)
            if began >= ended:
                continue
            if left <= ended - began:
                return began + left
            left -= ended - began
    return None
