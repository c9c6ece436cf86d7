"""Surveys by text: what a business wants asked, whom chance chooses, and when a person may be asked without a nuisance.

Off until the business turns it on. A survey never stands on top of a recovery text, never goes to somebody who still
waits for us, and to nobody twice in ``apart_days``. Whether it is lawful, the rules are asked besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from decroche.language import Language
from decroche.model.survey import SCALES, Occasion, Question
from decroche.recover.holdout import draw
from decroche.recover.lint import SURVEY

#: The template of the text, and the greatest number of questions that people answer in one text.
TEMPLATE, MOST_QUESTIONS = SURVEY, 3
#: A contact that is so long ago is not asked about, and an answer that comes later than this counts for nothing.
LASTS, ANSWERED_WITHIN = timedelta(hours=72), timedelta(days=7)
#: How far a survey stays from the texts that try to win somebody back or remind them.
AWAY_FROM_TEXTS = timedelta(hours=24)
#: When to look again at somebody who still waits for us.
LOOK_AGAIN = timedelta(hours=6)
#: The limits of what a business may choose; ``apart_days`` begins with the rule SURVEY-30D.
BOUNDS = {"share": (0.01, 1.0), "delay_minutes": (5, 1440), "apart_days": (30, 365), "least_talk_s": (0, 600)}


class BadSurvey(ValueError):
    """Wishes that cannot be meant: ``word`` says why, as in ``surveys.wrong.<word>``; ``setting`` is at fault."""

    def __init__(self, word: str, setting: str) -> None:
        super().__init__(f"{setting}: {word}")
        self.word, self.setting = word, setting

    def said(self, language: Language) -> str:
        """What is wrong, in a sentence."""
        low, high = BOUNDS.get(self.setting, (1, MOST_QUESTIONS))
        return language.say(f"surveys.wrong.{self.word}", low=low, high=high)


class SurveyWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a business wants asked at a site, or at all that have no wishes of their own.

    ``share`` of the contacts is asked, chosen by chance; ``delay_minutes`` after their end. Calls with less than
    ``least_talk_s`` seconds of talk are none to ask about. A person is asked once in ``apart_days``.
    """

    active: bool = False
    questions: tuple[Question, ...] = (Question.SATISFACTION, Question.SOLVED)
    after: tuple[Occasion, ...] = (Occasion.CALL,)
    share: float = 0.2
    delay_minutes: int = 30
    apart_days: int = 90
    least_talk_s: int = 20


@lru_cache(maxsize=1024)
def read_wishes(body: str) -> SurveyWishes:
    """The wishes of their JSON. Raises BadSurvey."""
    try:
        found = msgspec.json.decode(body, type=SurveyWishes)
    except msgspec.DecodeError:
        raise BadSurvey("unreadable", "survey") from None
    return checked(found)


def write_wishes(wishes: SurveyWishes) -> str:
    """The JSON of wishes."""
    return msgspec.json.encode(wishes).decode()


def plain(wishes: SurveyWishes) -> dict[str, Any]:
    """The wishes as plain values."""
    found: dict[str, Any] = msgspec.to_builtins(wishes)
    return found


def checked(wishes: SurveyWishes) -> SurveyWishes:
    """The same, its questions and occasions each once and in order. Raises BadSurvey for what cannot be meant."""
    for setting, (low, high) in BOUNDS.items():
        if not low <= getattr(wishes, setting) <= high:
            raise BadSurvey("bounds", setting)
    questions = tuple(each for each in Question if each in wishes.questions)
    after = tuple(each for each in Occasion if each in wishes.after)
    if not 1 <= len(questions) <= MOST_QUESTIONS:
        raise BadSurvey("questions", "questions")
    if not after:
        raise BadSurvey("after", "after")
    return msgspec.structs.replace(wishes, questions=questions, after=after)


def chosen(person: int, subject: str, wishes: SurveyWishes, *, key: bytes) -> bool:
    """Whether chance chooses this contact of a person (E.164 digits): for ever, and on every machine.

    ``subject`` is the contact. Who is chosen with a share stays so with a greater one.
    """
    return draw(person, experiment=f"survey|{subject}", key=key) < wishes.share


def asked_in_words(questions: tuple[Question, ...], language: Language) -> str:
    """The questions of one text: alone, or numbered, with an example of how several are answered at once."""
    if len(questions) == 1:
        return language.say(f"survey.ask.{questions[0]}")
    numbered = " ".join(f"{place}) {language.say(f'survey.ask.{each}')}" for place, each in enumerate(questions, 1))
    example = " ".join(
        language.say("survey.yes") if each is Question.SOLVED else str(SCALES[each].high - 1) for each in questions
    )
    return f"{numbered} {language.say('survey.example', example=example)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A contact that may be asked about, and the person as they are now.

    ``ended_at``: its end. ``waits``: a journey or something to be done for them is open. ``texted_at``: our last text
    to them that tried to win them back, or reminded them. ``asked_at``: when they were last asked something.
    ``connected_at``: when the first phone system was connected. ``on_since``: since when such contacts are asked about.
    """

    ended_at: datetime
    connected_at: datetime | None = None
    on_since: datetime | None = None
    waits: bool = False
    texted_at: datetime | None = None
    asked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AskNow:
    """Ask, as far as the rules allow it."""


@dataclass(frozen=True, slots=True)
class LookAt:
    """Look again at ``at``."""

    at: datetime


@dataclass(frozen=True, slots=True)
class LetBe:
    """Never ask about this contact; ``why`` is a word of ``surveys.why.<word>``."""

    why: str


def whether_to_ask(wishes: SurveyWishes, contact: Contact, *, now: datetime) -> AskNow | LookAt | LetBe:
    """What to do at ``now`` about a contact that chance has chosen.

    It is let be when the business has switched surveys off, the contact was before the connection or before surveys
    were switched on, the person was asked lately, or the contact is too long ago. Whoever waits for us, or got a text
    of recovery, is looked at again later, as long as that is not too late.
    """
    last = contact.ended_at + LASTS
    if not wishes.active:
        return LetBe("off")
    if contact.connected_at is not None and contact.ended_at < contact.connected_at:
        return LetBe("before_connection")
    if contact.on_since is not None and contact.ended_at < contact.on_since:
        return LetBe("before_on")
    if contact.asked_at is not None and now < contact.asked_at + timedelta(days=wishes.apart_days):
        return LetBe("asked_lately")
    at = contact.ended_at + timedelta(minutes=wishes.delay_minutes)
    if contact.texted_at is not None:
        at = max(at, contact.texted_at + AWAY_FROM_TEXTS)
    if contact.waits:
        at = max(at, now + LOOK_AGAIN)
    if max(at, now) > last:
        return LetBe("waits" if contact.waits else "too_late")
    return LookAt(at) if at > now else AskNow()
