"""The questions that callers may be asked: the scale of each answer, which answers are good, and which are bad."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Question(StrEnum):
    """What a caller is asked, in the order in which a text asks it. Nobody's voice is read: people say it."""

    SATISFACTION = "satisfaction"
    """CSAT: how satisfied, from 1 to 5."""
    RECOMMEND = "recommend"
    """NPS: would they recommend the business, from 0 to 10."""
    CSI = "csi"
    """The index of car makers, where a dealer asks: from 1 to 10."""
    COMPETENCE = "competence"
    """Did whoever answered know the matter, from 1 to 5."""
    EMPATHY = "empathy"
    """Did whoever answered listen and understand, from 1 to 5."""
    SOLVED = "solved"
    """Was it solved at the first contact: 1 is yes, 0 no."""


class Occasion(StrEnum):
    """After what a caller is asked: a call with a person, or a conversation by text that a machine held."""

    CALL = "call"
    CONVERSATION = "conversation"


class Mood(StrEnum):
    """What the answers of a person make of them. One bad answer outweighs the good ones."""

    AMBASSADOR = "ambassador"
    DETRACTOR = "detractor"
    NEITHER = "neither"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Whole answers from ``low`` to ``high``: bad up to ``bad``, good from ``good``."""

    low: int
    high: int
    bad: int
    good: int

    def holds(self, value: int) -> bool:
        """Whether a value is an answer."""
        return self.low <= value <= self.high


_FIVE = Scale(low=1, high=5, bad=2, good=4)
SCALES: Mapping[Question, Scale] = {
    Question.SATISFACTION: _FIVE,
    Question.RECOMMEND: Scale(low=0, high=10, bad=6, good=9),
    Question.CSI: Scale(low=1, high=10, bad=6, good=9),
    Question.COMPETENCE: _FIVE,
    Question.EMPATHY: _FIVE,
    Question.SOLVED: Scale(low=0, high=1, bad=0, good=1),
}
#: Of several questions the first of these that was answered well makes an ambassador.
_PRAISES = (Question.RECOMMEND, Question.CSI, Question.SATISFACTION)


def mood(values: Mapping[Question, int]) -> Mood:
    """Detractor with one bad answer; ambassador with 9–10 (NPS, else CSI), else 5 of 5 satisfied; else neither."""
    if any(value <= SCALES[question].bad for question, value in values.items()):
        return Mood.DETRACTOR
    asked = next((question for question in _PRAISES if question in values), None)
    if asked is None:
        return Mood.NEITHER
    wanted = SCALES[asked].high if asked is Question.SATISFACTION else SCALES[asked].good
    return Mood.AMBASSADOR if values[asked] >= wanted else Mood.NEITHER
