"""Finds which way calls went and how they ended, in columns of words, yes and no, or one column that says both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from decroche.capture.files.mapping import Words
from decroche.capture.files.profile import Column
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.words import NO, YES, bag, heading_score, meaning

#: Headings of yes/no columns, and what "yes" means there.
_YES_MEANS = (
    ("answered", frozenset(("answered", "repondu", "decroche", "traite", "pris", "handled", "reponse", "abouti"))),
    ("missed", frozenset(("missed", "manque", "perdu"))),
    ("abandoned", frozenset(("abandoned", "abandonne", "abandon"))),
)
#: Words of a "type" column that say "inbound" and "missed" at once.
_MISSED = ("missed", "abandoned", "voicemail", "no_answer", "rejected", "blocked")


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """A column of words with their meanings; ``known`` is the share of its values that have one."""

    words: Words
    confidence: float
    known: float
    alternatives: tuple[tuple[str, float], ...] = ()
    warnings: tuple[Sentence, ...] = ()
    says_result: dict[str, tuple[str, ...]] | None = None


def find_direction(columns: Sequence[Column]) -> Result | None:
    """The column of directions. ``says_result`` holds its words for results when it gives these too."""
    scored = [(_direction_score(each), each) for each in columns]
    scored.sort(key=lambda entry: -entry[0])
    if not scored or scored[0][0] < 0.4:
        return None
    score, each = scored[0]
    words = {sense: texts for sense, texts in each.words("direction").items() if sense != "?"}
    results = {sense: texts for sense, texts in each.words("outcome").items() if sense in _MISSED}
    result: dict[str, tuple[str, ...]] | None = None
    if results:
        result = {"answered": tuple(text for texts in words.values() for text in texts), **results}
        missed = tuple(text for texts in results.values() for text in texts)
        words = {**words, "inbound": words.get("inbound", ()) + missed}
    return Result(
        words=Words(column=each.name, words=words),
        confidence=score,
        known=each.known("direction"),
        alternatives=tuple((other.name, round(s, 3)) for s, other in scored[1:4] if s >= 0.4),
        says_result=result,
    )


def find_result(columns: Sequence[Column], direction: Result | None) -> Result | None:
    """The column of results among those left, else the direction's own when it says who was missed."""
    scored = [(_result_score(each), each) for each in columns]
    scored.sort(key=lambda entry: -entry[0])
    if scored and scored[0][0] >= 0.35:
        score, each = scored[0]
        alternatives = tuple((other.name, round(s, 3)) for s, other in scored[1:4] if s >= 0.35)
        return _result(each, score, alternatives)
    if direction is not None and direction.says_result is not None:
        column = direction.words.column
        return Result(
            words=Words(column=column, words=direction.says_result),
            confidence=direction.confidence * 0.8,
            known=1.0,
            warnings=(Sentence("guess.type_is_outcome", {"column": column}),),
        )
    return None


def _direction_score(each: Column) -> float:
    known = each.known("direction")
    either = known
    if known >= 0.2 and len(each.distinct) <= 200:
        missed = sum(count for word, count in each.distinct.items() if meaning(word, "outcome") in _MISSED)
        either = known + missed / len(each.values)
    # Letters such as "o" and "s" are directions only under a heading that says so.
    short = each.share(lambda value: len(value) == 1) > 0.5
    return either * max(heading_score(each.name, "direction"), 0.0 if short else 0.6)


def _result_score(each: Column) -> float:
    heading = heading_score(each.name, "outcome")
    known = each.known("outcome")
    if _yes_means(each) is not None and each.yes_no > 0.9:
        return 0.9
    if not each.values or len(each.distinct) > 50 or each.moment is not None or each.share(str.isdigit) > 0.5:
        return 0.0
    # A heading that says "status" holds results even when we know none of its words; a "type" may be anything.
    floor = 0.4 if heading >= 0.9 and heading_score(each.name, "direction") < 0.9 else 0.0
    several = 1.0 if len(each.distinct) > 1 else 0.7
    return max(known * max(heading, 0.6) * several, heading * floor)


def _result(each: Column, score: float, alternatives: tuple[tuple[str, float], ...]) -> Result:
    yes = _yes_means(each)
    if yes is not None and each.yes_no > 0.9:
        no = "missed" if yes == "answered" else "answered"
        words = {
            yes: tuple(word for word in each.distinct if word.lower() in YES),
            no: tuple(word for word in each.distinct if word.lower() in NO),
        }
        kept = {sense: texts for sense, texts in words.items() if texts}
        return Result(words=Words(column=each.name, words=kept), confidence=score, known=1.0, alternatives=alternatives)
    senses = each.words("outcome")
    unknown = senses.pop("?", ())
    warnings: tuple[Sentence, ...] = ()
    if unknown:
        shown = tuple(word[:40] for word in unknown[:8])
        warnings = (Sentence("guess.words_unknown", {"column": each.name, "words": shown}),)
    return Result(
        words=Words(column=each.name, words=senses),
        confidence=score,
        known=each.known("outcome"),
        alternatives=alternatives,
        warnings=warnings,
    )


def _yes_means(each: Column) -> str | None:
    words = bag(each.name)
    return next((sense for sense, names in _YES_MEANS if words & names), None)
