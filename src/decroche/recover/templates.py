"""The words that a business sends: templates with variables in braces, and the choice of the one that fits best."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from decroche.language import Language
from decroche.model.hours import HourClass
from decroche.recover import moments
from decroche.recover.names import same_name
from decroche.recover.segments import to_gsm7


class Channel(StrEnum):
    """By which way a template goes out."""

    TEXT = "text"
    EMAIL = "email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """What a template may say. Moments are local to the site and naive; ``now`` is when the message leaves.

    ``opening`` is the next opening; ``call_time`` the missed call; ``promised_time`` until when somebody calls back;
    ``slot_time`` the time that the caller chose; ``turn`` the period in which they are probably called; ``link`` the
    page to choose a time; ``phone`` the number to call; ``questions`` what a survey asks.
    """

    now: datetime
    business: str | None = None
    site: str | None = None
    department: str | None = None
    agent: str | None = None
    first_name: str | None = None
    phone: str | None = None
    link: str | None = None
    call_time: datetime | None = None
    opening: datetime | None = None
    promised_time: datetime | None = None
    slot_time: datetime | None = None
    turn: tuple[datetime, datetime] | None = None
    questions: str | None = None

    @property
    def given(self) -> frozenset[str]:
        """The variables that have a value."""
        return frozenset(name for name in VARIABLES if getattr(self, name) not in {None, ""})


#: Every variable that a template may use.
VARIABLES = tuple(field.name for field in fields(Values) if field.name != "now")


class BadTemplate(ValueError):
    """Words that are no template: ``word`` names the sentence, ``position`` counts characters from 0."""

    def __init__(self, word: str, *, position: int, **values: Any) -> None:
        super().__init__(word, position, values)
        self.word = word
        self.position = position
        self.values = values

    def said(self, language: Language) -> str:
        """What is wrong, in a sentence."""
        return language.say(f"template.wrong.{self.word}", at=str(self.position + 1), **self.values)


class Unrenderable(ValueError):
    """A template asks for variables that have no value here."""

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(*missing)
        self.missing = tuple(missing)

    def said(self, language: Language) -> str:
        """Why it cannot be written, in a sentence."""
        return language.say("template.missing", names=language.listing([f"{{{name}}}" for name in self.missing]))


@dataclass(frozen=True, slots=True)
class Variable:
    """A place in a template that a value fills."""

    name: str


@dataclass(frozen=True, slots=True)
class Template:
    """Parsed words: pieces of text and variables in their order; ``source`` is what was written."""

    source: str
    parts: tuple[str | Variable, ...]

    @property
    def variables(self) -> frozenset[str]:
        """The variables that it asks for."""
        return frozenset(part.name for part in self.parts if isinstance(part, Variable))

    @property
    def words(self) -> str:
        """Its own words, a space in the place of each variable."""
        return "".join(" " if isinstance(part, Variable) else part for part in self.parts)

    def render(
        self, values: Values, language: Language, *, channel: Channel = Channel.TEXT, plain: bool = False
    ) -> str:
        """The words with the values in them. Raises Unrenderable.

        In a text, times are always written in the GSM alphabet; with ``plain`` the other values are too, where that is
        possible. An e-mail is typeset as its readers expect.
        """
        missing = sorted(self.variables - values.given, key=VARIABLES.index)
        if missing:
            raise Unrenderable(missing)
        written = ""
        for part in self.parts:
            if isinstance(part, Variable):
                value, is_time = _value(part.name, values, language)
                cheap = channel is Channel.TEXT and (is_time or plain)
                written = _join(written, (to_gsm7(value) or value) if cheap else value)
            else:
                written += part
        return language.set(written) if channel is Channel.EMAIL else written


_MARKS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def parse(text: str) -> Template:
    """The template that ``text`` says; ``{{`` and ``}}`` stand for braces. Raises BadTemplate."""
    text = unicodedata.normalize("NFC", text)
    if not text.strip():
        raise BadTemplate("empty", position=0)
    return Template(text, tuple(_merged(_parts(text))))


def _parts(text: str) -> Iterator[str | Variable]:
    at = 0
    for mark in _MARKS.finditer(text):
        yield text[at : mark.start()]
        at = mark.end()
        if mark[0] in {"{{", "}}"}:
            yield mark[0][0]
        elif mark[1] is None:
            raise BadTemplate("stray_brace", position=mark.start(), brace=mark[0])
        else:
            name = mark[1].strip()
            if name not in VARIABLES:
                near = difflib.get_close_matches(name.casefold(), VARIABLES, n=1)
                known = ", ".join(VARIABLES)
                if near:
                    raise BadTemplate("unknown_near", position=mark.start(), name=name, near=near[0])
                raise BadTemplate("unknown", position=mark.start(), name=name, known=known)
            yield Variable(name)
    yield text[at:]


def _merged(parts: Iterable[str | Variable]) -> Iterator[str | Variable]:
    """Texts that follow each other as one, empty ones left out."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            text += part
        else:
            if text:
                yield text
            yield part
            text = ""
    if text:
        yield text


def _value(name: str, values: Values, language: Language) -> tuple[str, bool]:
    """How a value is written, and whether it is a time."""
    value = getattr(values, name)
    if isinstance(value, datetime):
        return moments.said(value, now=values.now, language=language), True
    if isinstance(value, tuple):
        return moments.between(*value, now=values.now, language=language), True
    return unicodedata.normalize("NFC", " ".join(str(value).split())), False


def _join(before: str, after: str) -> str:
    """French says « votre appel d'hier 19 h 12 »."""
    if before.endswith(" de ") and after.startswith("hier "):
        return before.removesuffix("e ") + "'" + after
    return before + after


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One wording of a template, with those for whom it is written; what is empty is for all."""

    name: str
    channel: Channel
    language: str
    body: Template
    subject: Template | None = None
    hour_classes: tuple[HourClass, ...] = ()
    departments: tuple[str, ...] = ()
    trades: tuple[str, ...] = ()

    @property
    def variables(self) -> frozenset[str]:
        """The variables that its subject and body ask for."""
        return self.body.variables | (self.subject.variables if self.subject else frozenset())


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which words are wanted, and for whom. ``given`` are the variables that have values; None does not ask."""

    name: str
    channel: Channel = Channel.TEXT
    language: str
    hour_class: HourClass
    department: str | None = None
    trade: str | None = None
    given: Collection[str] | None = None


#: Which language is taken where there are no words in the one wanted.
FALLBACK: Mapping[str, tuple[str, ...]] = {
    "fr": ("fr", "fr-CA", "en"),
    "fr-CA": ("fr-CA", "fr", "en"),
    "en": ("en", "fr-CA", "fr"),
}


def choose(
    wanted: Wanted, *layers: Sequence[Variant], fallback: Mapping[str, Sequence[str]] = FALLBACK
) -> Variant | None:
    """The best words for ``wanted``, or None.

    The language decides first, in the order of ``fallback``; then the layer (a business's own words stand before those
    that come with the program); then who is meant: words for the department before those for the trade, these before
    those for the class of hour, and the first of equals.
    """
    for language in fallback.get(wanted.language, (wanted.language,)):
        for layer in layers:
            fitting = [variant for variant in layer if variant.language == language and _fits(variant, wanted)]
            if fitting:
                return max(fitting, key=_narrowness)
    return None


def _fits(variant: Variant, wanted: Wanted) -> bool:
    return (
        (variant.name, variant.channel) == (wanted.name, wanted.channel)
        and (not variant.hour_classes or wanted.hour_class in variant.hour_classes)
        and (not variant.departments or same_name(wanted.department, variant.departments))
        and (not variant.trades or wanted.trade in variant.trades)
        and (wanted.given is None or variant.variables <= {*wanted.given})
    )


def _narrowness(variant: Variant) -> tuple[bool, bool, bool]:
    return bool(variant.departments), bool(variant.trades), bool(variant.hour_classes)
