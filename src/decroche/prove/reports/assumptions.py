"""What the report supposes because nobody said otherwise, and how each thing is changed."""

from __future__ import annotations

from typing import Any

from decroche.language import Language
from decroche.model.figures import Assumption, Figures
from decroche.model.hours import Interval
from decroche.prove.reports.writing import plain
from decroche.understand.hours import HoursUnreadable, parse_week

#: Every assumption that has a sentence, the most consequential first: page 1 shows the first few present.
WORDS = (
    "answered_assumed_person",
    "direction_assumed_inbound",
    "wait_unknown",
    "hours_inferred",
    "hours_default",
    "hours_given",
    "zone_from_machine",
    "zone_given",
    "country_from_numbers",
    "country_from_zone",
    "country_given",
    "holidays_used",
    "journey_days",
    "short_abandon_s",
    "answer_within_s",
    "mapping_guessed",
    "ambiguous_hours",
    "nonexistent_hours",
    "internal_numbers",
)
#: How many of them page 1 has room for.
SHORT = 6


def _ordered(figures: Figures) -> list[Assumption]:
    known = [found for found in figures.assumptions if found.word in WORDS]
    return sorted(known, key=lambda found: WORDS.index(found.word))


def _values(language: Language, found: Assumption) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: plain(value, 160) if isinstance(value, str) else value for name, value in found.values.items()
    }
    if "country" in values:
        values["country"] = language.country(str(values["country"]))
    if found.word in {"hours_inferred", "hours_default", "hours_given"}:
        values["text"] = _week(language, str(values["text"]))
    if values.get("subdivision"):
        code = f"{found.values['country']}-{values['subdivision']}"
        named = language.country(code)
        values["country"] = named if named != code else f"{values['country']}, {values['subdivision']}"
    return values


def _week(language: Language, text: str) -> str:
    """Hours written as ``understand.hours`` writes them, in the reader's words; other text stays as it is."""
    try:
        week = parse_week(text)
    except HoursUnreadable:
        return text if any(char.isalnum() for char in text) else language.say("week.none")
    runs: list[tuple[int, int, tuple[Interval, ...]]] = []
    for day, intervals in week.items():
        if runs and runs[-1][1] == day - 1 and runs[-1][2] == intervals:
            runs[-1] = (runs[-1][0], day, intervals)
        else:
            runs.append((day, day, intervals))
    parts = []
    for first, last, intervals in runs:
        names = [language.weekday(day, "abbreviated") for day in sorted({first, last})]
        spans = [language.say("week.span", start=start / 60, end=end / 60) for start, end in intervals]
        parts.append("–".join(names) + " " + language.listing(spans))
    return ", ".join(parts)


def sentence(language: Language, found: Assumption) -> str:
    """One assumption as a sentence."""
    return language.say(f"assume.{found.word}", **_values(language, found))


def short_assumptions(figures: Figures, language: Language) -> tuple[str, ...]:
    """The assumptions of page 1."""
    return tuple(sentence(language, found) for found in _ordered(figures)[:SHORT])


def full_assumptions(figures: Figures, language: Language) -> tuple[tuple[str, str], ...]:
    """Every assumption with the way to change it; a word without a sentence is shown as it is."""
    known = [(sentence(language, found), language.say(f"assume.{found.word}.change")) for found in _ordered(figures)]
    unknown = [
        (f"{found.word}: {plain(', '.join(f'{name}={value}' for name, value in found.values.items()), 160)}", "")
        for found in figures.assumptions
        if found.word not in WORDS
    ]
    return (*known, *unknown)
