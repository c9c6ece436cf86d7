"""Writes moments as people say them: the time today, the weekday before, the date long ago."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from decroche.language import Language

_A_WEEK = 6


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
