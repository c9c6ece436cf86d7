"""The words of a playbook's file: every key, how its value is read, and what it means."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from decroche.language import LANGUAGES
from decroche.model.call import MissedReason
from decroche.model.hours import HourClass
from decroche.model.money import Money
from decroche.recover.playbook import Act, Caller, Recipient, RecipientKind, Since
from decroche.recover.toml_tables import Key, Wrong, name, one_of, several, tables, text

_SPAN = re.compile(r"(\d+(?:[.,]\d+)?)\s*(s|sec|min|h|d|j|days?|jours?)")
_UNITS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "d": 86400, "j": 86400}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)|24:00")
_MONEY = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Z]{3})")


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("switch")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Wrong("whole")
    return value


def _span(value: Any) -> timedelta:
    found = _SPAN.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Wrong("duration")
    unit = found[2] if found[2] in _UNITS else found[2][0]
    return timedelta(seconds=float(found[1].replace(",", ".")) * _UNITS[unit])


def _clock(value: Any) -> int:
    found = _CLOCK.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise Wrong("clock")
    return int(found[1]) * 60 + int(found[2]) if found[1] else 24 * 60


def _money(value: Any) -> Money:
    found = _MONEY.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise Wrong("money")
    return Money.of(found[1], found[2])


def _variants(value: Any) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, Mapping) or len(value) < 2:
        raise Wrong("variants")
    shares = [share for share in value.values() if isinstance(share, int | float) and not isinstance(share, bool)]
    if len(shares) != len(value) or not all(0 < share < 1 for share in shares) or not math.isclose(sum(shares), 1):
        raise Wrong("variants")
    return tuple((name(each), float(share)) for each, share in value.items())


def _recipient(value: Any) -> Recipient:
    kind, _, name = value.partition(":") if isinstance(value, str) else ("", "", "")
    if kind not in set(RecipientKind) or not name.strip():
        raise Wrong("recipient")
    return Recipient(RecipientKind(kind), name.strip())


def _is_table(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise Wrong("table")
    return value


_DURATION = '`"30 s"`, `"10 min"`, `"2 h"`, `"1 d"`'
_NAMES = '`["service", "atelier"]`'
_YES = "`true`, `false`"

PLAYBOOK_KEYS: Mapping[str, Key] = {
    "name": Key(read=name, form='`"garage"`', meaning="small letters, digits and _", required=True),
    "title": Key(read=_is_table, form="table", meaning="what people call it, by language", required=True),
    "trade": Key(read=name, form='`"clinic"`', meaning="takes the words written for this trade, where there are some"),
    "text_reach": Key(
        read=_span, form=_DURATION, default="60 min", meaning="a miss learned later than this is never texted"
    ),
    "callback_reach_days": Key(
        read=_whole,
        form="`2`",
        default="2",
        meaning="a miss learned more business days later is never called back, and nobody is told of it",
    ),
    "attempts": Key(read=_is_table, form="table", meaning="how often one person is called"),
    "quiet_hours": Key(read=_is_table, form="table", meaning="when people of the business are not disturbed"),
    "holdout": Key(
        read=_switch, form=_YES, default="true", meaning="callers may be left out at random, to measure the gain"
    ),
    "second_touch": Key(read=_switch, form=_YES, default="false", meaning="steps marked `second` may act"),
    "step": Key(read=tables, form="tables", meaning="the steps, in their order", required=True),
}
TITLE_KEYS: Mapping[str, Key] = {
    code: Key(read=text, form='`"Garage"`', meaning="the title in this language", required=code == "fr")
    for code in LANGUAGES
}
ATTEMPTS_KEYS: Mapping[str, Key] = {
    "per_day": Key(read=_whole, form="`2`", default="2", meaning="at most so many calls to one person in a day"),
    "in_all": Key(read=_whole, form="`4`", default="4", meaning="at most so many calls in one episode"),
    "apart": Key(
        read=_span, form=_DURATION, default="2 h", meaning="the next attempt is so far from the hours already tried"
    ),
}
QUIET_KEYS: Mapping[str, Key] = {
    "from": Key(read=_clock, form='`"20:00"`', default="20:00", meaning="local time of the site", required=True),
    "to": Key(read=_clock, form='`"08:00"`', default="08:00", meaning="local time; may be the next day", required=True),
}
STEP_KEYS: Mapping[str, Key] = {
    "name": Key(read=name, form='`"text"`', meaning="unique in the playbook", required=True),
    "act": Key(read=one_of(Act), form=", ".join(f"`{act}`" for act in Act), meaning="what to do", required=True),
    "after": Key(read=_span, form=_DURATION, default="0 s", meaning="delay before the act"),
    "since": Key(
        read=one_of(Since),
        form="`previous`, `opening`",
        default="previous",
        meaning="the delay counts from the end of the previous step, or from the opening of the episode",
    ),
    "business": Key(
        read=_switch, form=_YES, default="false", meaning="`after` and `wait` count only minutes of opening hours"
    ),
    "template": Key(read=name, form='`"missed"`', meaning="the words of a text, an offer of slots or an e-mail"),
    "variants": Key(
        read=_variants,
        form="`{ missed = 0.5, missed_short = 0.5 }`",
        meaning="templates with shares that make 1: chance decides who gets which, `decroche proof` compares them with "
        "the first; in place of `template`",
    ),
    "to": Key(
        read=_recipient,
        form='`"role:owner"`, `"team:service"`, `"person:anne@garage.example"`',
        meaning="who gets the task, the notice or the callback",
    ),
    "within": Key(read=_span, form=_DURATION, meaning="the time promised for the act of a person, in opening hours"),
    "wait": Key(read=_span, form=_DURATION, meaning="how long a `wait` waits for a reply or a booking"),
    "second": Key(read=_switch, form=_YES, default="false", meaning="a second touch: acts only with `second_touch`"),
    "when": Key(read=_is_table, form="table", meaning="the step is skipped unless all of it holds"),
}
CONDITION_KEYS: Mapping[str, Key] = {
    "reasons": Key(
        read=several(one_of(MissedReason)),
        form=", ".join(f"`{reason}`" for reason in MissedReason),
        meaning="why the call was missed",
    ),
    "hour_classes": Key(
        read=several(one_of(HourClass)), form=", ".join(f"`{each}`" for each in HourClass), meaning="when it came"
    ),
    "departments": Key(read=several(text), form=_NAMES, meaning="one of these, whatever the case and accents"),
    "sites": Key(read=several(text), form='`["Lyon 3"]`', meaning="one of these"),
    "caller": Key(
        read=one_of(Caller), form="`first`, `repeat`", meaning="whether we had contact with the caller before"
    ),
    "languages": Key(
        read=several(one_of(LANGUAGES)), form="`fr`, `fr-CA`, `en`", meaning="of the caller; `fr` includes `fr-CA`"
    ),
    "vip": Key(read=_switch, form=_YES, meaning="a person marked as important"),
    "min_value": Key(
        read=_money, form='`"300 EUR"`', meaning="expected value of the need; unknown or another currency is not enough"
    ),
    "spam": Key(read=_switch, form=_YES, default="false", meaning="`true` is for suspected spam only"),
    "has_voicemail": Key(read=_switch, form=_YES, meaning="the caller left a message"),
    "texted": Key(read=_switch, form=_YES, meaning="a text of this episode left; `false` also for landlines"),
    "replied": Key(read=_switch, form=_YES, meaning="the caller wrote back"),
    "booked": Key(read=_switch, form=_YES, meaning="the caller chose a time to be called"),
    "tried": Key(read=_switch, form=_YES, meaning="somebody called the person back, or tried to"),
    "emergency": Key(
        read=_switch,
        form=_YES,
        meaning="an emergency, by a word of the caller, a place named so in the settings, or a person's mark",
    ),
}
