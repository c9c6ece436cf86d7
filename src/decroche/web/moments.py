"""Writes moments as people say them: the time today, the weekday before, the date long ago."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from decroche.language import Language

_A_WEEK = 6
#: The parts of a day, and the hour with which each begins.
_PARTS = (("evening", 18), ("afternoon", 12), ("morning", 5), ("night", 0))


def clock(moment: datetime, zone: ZoneInfo, language: Language) -> str:
    """« 8 h 34 »."""
    local = moment.astimezone(zone)
    return language.clock(local.hour + local.minute / 60)


def since(moment: datetime, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """« 8 h 34 » today, « sam. 9 h 58 » in the week before, « 3 mars » earlier."""
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return clock(moment, zone, language)
    if 0 < (today - day).days <= _A_WEEK:
        return f"{language.weekday(day.isoweekday(), 'abbreviated')} {clock(moment, zone, language)}"
    return language.short_day(day)


def lasting(moment: datetime, now: datetime, zone: ZoneInfo, language: Language) -> str:
    """« depuis ce matin 10 h 12 », « depuis sam. 9 h 58 », « depuis le 3 mars »: nothing that may be a duration."""
    local, today = moment.astimezone(zone), now.astimezone(zone).date()
    if local.date() == today:
        part = next(name for name, begins in _PARTS if local.hour >= begins)
        return language.say(f"live.since.{part}", at=clock(moment, zone, language))
    days = (today - local.date()).days
    return language.say(
        "live.since.week" if 0 < days <= _A_WEEK else "live.since.day", day=since(moment, now, zone, language)
    )
