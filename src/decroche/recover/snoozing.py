"""When something that is put off comes back: in half an hour, this afternoon, tomorrow when we open."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from decroche.model.hours import OpeningHours
from decroche.understand.business_deadline import business_deadline

_AFTERNOON, _MORNING = time(14), time(9)
#: An afternoon that is nearer than this is no delay.
_WORTH_IT = timedelta(minutes=30)


class Later(StrEnum):
    """What people say when they put something off."""

    HALF_HOUR = "half_hour"
    AFTERNOON = "afternoon"
    TOMORROW = "tomorrow"


def later(now: datetime, *, hours: OpeningHours | None, zone: ZoneInfo) -> dict[Later, datetime]:
    """The moments that may be chosen, in their order. ``hours`` None: tomorrow begins at nine."""
    local = now.astimezone(zone)
    found = {Later.HALF_HOUR: now + timedelta(minutes=30)}
    afternoon = datetime.combine(local.date(), _AFTERNOON, tzinfo=zone)
    if afternoon - now > _WORTH_IT:
        found[Later.AFTERNOON] = afternoon
    day = datetime.combine(local.date() + timedelta(days=1), time(), tzinfo=zone)
    morning = datetime.combine(local.date() + timedelta(days=1), _MORNING, tzinfo=zone)
    opens = None if hours is None else business_deadline(day, timedelta(), hours=hours, zone=zone)
    # Who never closes opens at midnight: nobody means that.
    found[Later.TOMORROW] = morning if opens is None or opens == day else opens
    return found
