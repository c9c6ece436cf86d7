"""Says a moment as people would in a text: « 10 h 42 », « demain 8 h », « lundi 8 h », "8 am on Monday"."""

from __future__ import annotations

from datetime import datetime

from decroche.language import Language


def said(at: datetime, *, now: datetime, language: Language) -> str:
    """``at`` as somebody who reads at ``now`` understands it: both local and naive.

    Today has only its time; yesterday and tomorrow their word; the six days after, the weekday; others the date too.
    """
    return _on_its_day(_clock(at, language), at, now, language)


def between(since: datetime, until: datetime, *, now: datetime, language: Language) -> str:
    """Some moment of a period, all local and naive: « demain entre 8 h et 8 h 35 »; once it began « d'ici 11 h 20 »."""
    if since <= now:
        return language.say("moment.until", end=said(until, now=now, language=language))
    if since.date() == until.date():
        clocks = language.say("moment.between", start=_clock(since, language), end=_clock(until, language))
        return _on_its_day(clocks, since, now, language)
    start, end = (said(each, now=now, language=language) for each in (since, until))
    return language.say("moment.between", start=start, end=end)


def _on_its_day(clock: str, at: datetime, now: datetime, language: Language) -> str:
    """``clock`` with the day of ``at``, where it is not today."""
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
