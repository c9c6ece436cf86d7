"""Reads what people answer to a survey: « 9 », « oui », « très bien », « 4 oui », and what else they say in it.

Strict on purpose: only an answer at the beginning of the text is one. « Je veux un rendez-vous à 9 h » is none, and
goes to a person; so does whatever stands after an answer.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from decroche.model.survey import SCALES, Question

_NUMBERS = {
    "ZERO": 0, "DEUX": 2, "TROIS": 3, "QUATRE": 4, "CINQ": 5, "SIX": 6, "SEPT": 7, "HUIT": 8, "NEUF": 9, "DIX": 10,
    "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5, "SEVEN": 7, "EIGHT": 8, "NINE": 9, "TEN": 10,
}  # fmt: skip
_YES = frozenset({"OUI", "OUAIS", "YES", "YEP", "YEAH", "Y", "O", "TOUT A FAIT", "OUI TOUT A FAIT", "ABSOLUMENT"})
_NO = frozenset({"NON", "NO", "NOPE", "N", "PAS DU TOUT", "NON PAS DU TOUT", "PAS ENCORE", "NON PAS ENCORE", "NOT YET"})
#: How people say how satisfied they are, on the scale from 1 to 5. The longest that fits is meant.
_SATISFIED: Mapping[str, int] = {
    **dict.fromkeys(
        (
            "TRES BIEN", "TRES SATISFAIT", "TRES SATISFAITE", "TRES CONTENT", "TRES CONTENTE", "EXCELLENT",
            "EXCELLENTE", "PARFAIT", "SUPER", "IMPECCABLE", "GENIAL", "VERY GOOD", "VERY SATISFIED", "VERY HAPPY",
            "GREAT", "PERFECT",
        ), 5,
    ),
    **dict.fromkeys(
        ("BIEN", "PLUTOT BIEN", "SATISFAIT", "SATISFAITE", "CONTENT", "CONTENTE", "GOOD", "SATISFIED", "HAPPY"), 4
    ),
    **dict.fromkeys(("MOYEN", "MOYENNEMENT", "BOF", "PASSABLE", "AVERAGE", "SO SO"), 3),
    **dict.fromkeys(
        (
            "PAS BIEN", "PAS TRES BIEN", "PAS SATISFAIT", "PAS SATISFAITE", "PAS CONTENT", "PAS CONTENTE",
            "PAS TERRIBLE", "INSATISFAIT", "INSATISFAITE", "DECU", "DECUE", "MAL", "MAUVAIS", "BAD", "POOR",
            "NOT GOOD", "NOT HAPPY", "NOT SATISFIED", "UNHAPPY", "DISSATISFIED", "DISAPPOINTED",
        ), 2,
    ),
    **dict.fromkeys(
        (
            "TRES MAL", "TRES MAUVAIS", "TRES DECU", "TRES DECUE", "PAS DU TOUT SATISFAIT", "PAS DU TOUT SATISFAITE",
            "PAS DU TOUT CONTENT", "PAS DU TOUT CONTENTE", "PAS DU TOUT", "NUL", "NULLE", "HORRIBLE", "AWFUL",
            "TERRIBLE", "VERY BAD", "VERY POOR", "NOT AT ALL",
        ), 1,
    ),
}  # fmt: skip
_LONGEST = 4
#: What people write before their answer, and what says nothing more.
_BEFORE = frozenset({
    "JE", "J", "METS", "MET", "METTRAIS", "DONNE", "DONNERAIS", "DIRAIS", "REPONDS", "NOTE", "MA", "REPONSE", "LE",
    "UN", "ALORS", "BONJOUR", "BONSOIR", "HELLO", "HI", "I", "WOULD", "D", "SAY", "GIVE", "A", "MY", "ANSWER", "SCORE",
})  # fmt: skip
_COURTESY = frozenset({"MERCI", "SVP", "STP", "PLEASE", "THANKS", "THX", "THANK", "YOU", "BEAUCOUP", "CORDIALEMENT"})
_OUT_OF = re.compile(r"(?<!\d)(\d{1,2})\s*(?:/|sur|on|out of)\s*(\d{1,2})(?!\d)", re.IGNORECASE)
_DECIMAL = re.compile(r"\d[.,]\d")
_LABEL = re.compile(r"(?<!\S)(\d)\s?[).:]\s*(?=\S)")
_SIGN = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The values that were told, and the words that stand beside them; empty: nothing else was said."""

    values: Mapping[Question, int]
    rest: str = ""


def read_answer(text: str, questions: Sequence[Question]) -> Answer | None:
    """What ``text`` answers to the ``questions`` that are still open, in their order; None: nothing that can be told.

    A value goes to the first open question that takes it. « 8,5 » to one question is no whole answer, « 4/10 » to a
    question from 1 to 5 is none of it.
    """
    numeric = [each for each in questions if each is not Question.SOLVED]
    said = text
    for found in _OUT_OF.finditer(text):
        if int(found[2]) not in {SCALES[each].high for each in numeric}:
            return None
    said = _OUT_OF.sub(r"\1 ", said)
    if len(numeric) < 2 and _DECIMAL.search(said):
        return None
    if len(questions) > 1 and [label[1] for label in _LABEL.finditer(said)] == _labels(len(questions)):
        said = _LABEL.sub(" ", said)
    words = _words(said)
    while words and words[0] in _BEFORE | _COURTESY:
        words.pop(0)
    values: dict[Question, int] = {}
    while words and (taken := _take(words, [each for each in questions if each not in values])):
        question, value, length = taken
        values[question] = value
        del words[:length]
    rest = " ".join(words) if any(word not in _COURTESY for word in words) else ""
    return Answer(values=values, rest=rest) if values else None


def _take(words: Sequence[str], waiting: Sequence[Question]) -> tuple[Question, int, int] | None:
    """The first question that takes what the words begin with, the value, and how many words say it."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        said = " ".join(words[:length])
        for question in waiting:
            value = _value(said, question, alone=len(waiting) == 1)
            if value is not None and SCALES[question].holds(value):
                return question, value, length
    return None


def _value(said: str, question: Question, *, alone: bool) -> int | None:
    if question is Question.SOLVED:
        yes, no = said in _YES or (alone and said == "1"), said in _NO or (alone and said == "0")
        return 1 if yes else 0 if no else None
    if said.isdecimal() and said.isascii():
        return int(said) if len(said) <= 2 else None
    if question is Question.SATISFACTION and said in _SATISFIED:
        return _SATISFIED[said]
    return _NUMBERS.get(said)


def _labels(count: int) -> list[str]:
    return [str(place) for place in range(1, count + 1)]


def _words(text: str) -> list[str]:
    """Capitals without accents or punctuation."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return _SIGN.findall("".join(sign for sign in plain if not unicodedata.combining(sign)).upper())
