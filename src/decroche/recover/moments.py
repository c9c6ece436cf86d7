"""Says a moment as people would in a text: « 10 h 42 », « demain 8 h », « lundi 8 h », "8 am on Monday"."""

from __future__ import annotations

from datetime import datetime

from decroche.language import Language


def said(at: datetime, *, now: datetime, language: Language) -> str:
    """``at`` as somebody who reads at ``now`` understands it: both local and naive.

    Today has only its time; yesterday and tomorrow their word; the six days after, the weekday; others the date too.
    """
    clock = _clock(at, language)
    days = (at.date() - now.date()).days
    weekday = language.weekday(at.isoweekday())
    match days:
        case 0:
            sentence = clock
        case 1:
            sentence = language.say("moment.tomorrow", clock=clock)
        case -1:
            sentence = language.say("moment.yesterday", clock=clock)
        case _ if 1 < days < 7:
            sentence = language.say("moment.weekday", clock=clock, weekday=weekday)
        case _:
            day = language.say("moment.day", day=str(at.day), month=language.month(at.month))
            sentence = language.say("moment.date", clock=clock, weekday=weekday, day=day)
    return sentence


def _clock(at: datetime, language: Language) -> str:
    if language.code.startswith("fr"):
        return language.clock(at.hour + at.minute / 60)
    minutes = f":{at.minute:02d}" if at.minute else ""
    return f"{at.hour % 12 or 12}{minutes} {'am' if at.hour < 12 else 'pm'}"
