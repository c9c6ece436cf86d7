"""Writes a measure as a page shows it: the value, on how many calls it rests, how sure it is, and the period before."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

from decroche.language import Language
from decroche.model.board import Measure, Missing, Opens, Unit
from decroche.prove.vendor_profiles import PROFILES
from decroche.web.asked import with_words

#: Of these more is better, of those less; of the others neither. Journeys that opened lately may still be won.
_MORE_IS_GOOD = frozenset({
    "answered", "answer_rate", "service_level", "profile", "first_call_resolution", "recovery_rate",
    "satisfaction", "nps",
})  # fmt: skip
_LESS_IS_GOOD = frozenset({"missed", "abandonment_rate", "missed_rate"})
#: So many standard deviations apart, two counts are not the same by chance.
_APART = 2.0
CODED = "figures.coded"
_VENDORS = {profile.key: profile for profile in PROFILES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A measure, ready to show. ``about`` leads to its own page, ``href`` to its calls, ``of_href`` to those of its
    base, ``n_href`` to the ``n`` on which it rests. ``before`` is its value in the period before and how it changed;
    ``missing`` says why there is no value.
    """

    key: str
    label: str
    value: str
    n: int | None
    interval: str | None
    before: tuple[str, str] | None
    trend: str
    note: str | None
    missing: str | None
    href: str | None
    of_href: str | None
    n_href: str | None
    about: str


def shown(measure: Measure, before: Measure | None, language: Language, *, about: str) -> Shown:
    """``measure`` in words, beside ``before``. ``about`` is the address of its own page."""
    missing = None if measure.value is not None else said_missing(measure, language)
    href, of_href = None if missing else address(measure.opens), address(measure.of)
    return Shown(
        key=measure.key,
        label=name_of(measure.key, language),
        value="–" if measure.value is None else written(measure.value, measure.unit, language),
        n=None if measure.unit is Unit.COUNT or missing else measure.n,
        interval=interval(measure, language),
        before=None if measure.value is None else change(measure, before, language),
        trend=trend(measure, before),
        note=_note(measure, language),
        missing=missing,
        href=href,
        of_href=of_href,
        n_href=of_href if measure.unit is Unit.SHARE else href,
        about=about,
    )


def name_of(key: str, language: Language) -> str:
    """What a measure is called."""
    name, _, part = key.partition(":")
    if name == "missed" and part:
        return language.say(f"reason.{part}") if language.has(f"reason.{part}") else part
    if name == "journeys_recovered" and part:
        return language.say(f"figures.recovered_by.{part}") if language.has(f"figures.recovered_by.{part}") else part
    if name == "service_level" and part:
        return language.say("figures.service_level_form", form=part)
    if name == "profile":
        vendor = _VENDORS[part]
        french = vendor.vendor_fr if language.locale.startswith("fr") else None
        return language.set(french or vendor.vendor)
    return language.say(f"figures.name.{name}")


def written(value: float, unit: Unit, language: Language) -> str:
    """« 82,1 % », « 1 min 12 s », « 1 234 »."""
    if unit is Unit.SHARE:
        return language.percent(value)
    if unit is Unit.SECONDS:
        return language.duration(value)
    return language.number(value, 1 if unit is Unit.GRADE else 0)


def interval(measure: Measure, language: Language) -> str | None:
    """« de 78,1 % à 85,6 % »."""
    if measure.value is None or measure.low is None or measure.high is None:
        return None
    ends = (written(end, measure.unit, language) for end in (measure.low, measure.high))
    return language.say("ui.interval", **dict(zip(("low", "high"), ends, strict=True)))


def said_missing(measure: Measure, language: Language) -> str:
    """Why a measure has no value, and of how many it would be."""
    if measure.missing is None or measure.missing is Missing.NOT_ENOUGH:
        return language.say("figures.missing.not_enough", n=measure.n, least=measure.least)
    return language.say(f"figures.missing.{measure.missing}", n=measure.n, least=measure.least)


def change(measure: Measure, before: Measure | None, language: Language) -> tuple[str, str] | None:
    """The value before, and the change since: points of a share, seconds, or part of a count."""
    if before is None or before.value is None or measure.value is None:
        return None
    value, then = measure.value, before.value
    if measure.unit is Unit.SHARE:
        found = language.say("figures.points", points=_signed(round(100 * (value - then), 1), language, 1))
    elif measure.unit is Unit.POINTS:
        found = language.say("figures.points", points=_signed(round(value - then), language, 0))
    elif measure.unit is Unit.SECONDS:
        found = _sign(round(value - then)) + language.duration(abs(value - then))
    elif then:
        found = _sign(round((value - then) / then, 2)) + language.percent(abs(value - then) / then, 0)
    else:
        found = _signed(value, language, 0)
    return written(then, measure.unit, language), found


def trend(measure: Measure, before: Measure | None) -> str:
    """good, bad or plain: plain too where chance alone may explain the change."""
    name = measure.key.partition(":")[0]
    if before is None or before.value is None or measure.value is None or not _differs(measure, before):
        return "plain"
    better = measure.value > before.value
    if name in _MORE_IS_GOOD:
        return "good" if better else "bad"
    return ("bad" if better else "good") if name in _LESS_IS_GOOD else "plain"


def address(opens: Opens | None) -> str | None:
    """The list behind a number."""
    return None if opens is None else with_words(f"/{opens.page}", dict(opens.fields))


def _differs(measure: Measure, before: Measure) -> bool:
    if measure.unit is Unit.COUNT:
        value, then = measure.value or 0, before.value or 0
        return abs(value - then) > _APART * sqrt(value + then)
    if None in (measure.low, measure.high, before.low, before.high):
        return False
    return bool(measure.low > before.high or measure.high < before.low)  # type: ignore[operator]


def _note(measure: Measure, language: Language) -> str | None:
    if measure.value is None:
        return None
    if measure.unit is Unit.SHARE and measure.numerator is not None and measure.denominator is not None:
        found = language.say("figures.out_of", numerator=measure.numerator, denominator=measure.denominator)
        return found if measure.coded is None else f"{found}, {language.say(CODED, coded=measure.coded)}"
    if measure.median is None:
        return None
    if measure.p90 is None:
        return language.say("figures.median", median=measure.median)
    return language.say("figures.median_p90", median=measure.median, p90=measure.p90)


def _sign(value: float) -> str:
    return "+" if value > 0 else "−" if value < 0 else "±"


def _signed(value: float, language: Language, decimals: int) -> str:
    return _sign(value) + language.number(abs(value), decimals)
