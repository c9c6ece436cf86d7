"""Looks over the words of a message before they are used: what is refused, what costs too much, what reads ill."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from importlib import resources
from typing import Any

from decroche.language import Language
from decroche.model.money import Money
from decroche.recover.names import plain
from decroche.recover.segments import Encoding, count, to_gsm7
from decroche.recover.templates import Channel, Variant

MOST_SEGMENTS = 3
QUEBEC = "CA-QC"


class Severity(StrEnum):
    """Whether words may be used: refused ones may not."""

    REFUSED = "refused"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Something about a message: ``word`` names the sentence, ``values`` go into it."""

    word: str
    severity: Severity
    values: Mapping[str, Any] = field(default_factory=dict)

    def said(self, language: Language) -> str:
        """The finding in a sentence that says what to do."""
        return language.say(f"lint.{self.word}", **self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """From whom and to where the words go.

    ``two_way``: what people answer reaches us; False for senders made of letters and for numbers that receive no
    texts. ``region`` is the country of the site, or CA-QC. ``business`` is its name, in case it is written out.
    ``per_segment`` is the price of one segment.
    """

    two_way: bool = True
    region: str | None = None
    business: str | None = None
    per_segment: Money | None = None


#: The text that asks how it went.
SURVEY = "survey"
#: Answers to a word or a choice of the person: they need no way out of their own.
ANSWERS = frozenset({"slot_confirmed", "slot_moved", "slot_cancelled", "opted_out", "help", "unclear"})

_MONEY = re.compile(
    r"[€$£]\s?\d[\d.,]*|\d+(?:[.,]\d+)?\s?(?:[€$£]|(?:euros?|eur|dollars?|cad|usd|chf|francs?)\b)", re.IGNORECASE
)
_IN_WORDS = (
    "cinq|dix|quinze|vingt|trente|quarante|cinquante|soixante|cent|five|ten|fifteen|twenty|thirty|forty|fifty|sixty"
)
#: Bargains that no single word tells, and what looks like one and is none: « au moins 20 sur place », « 8 h - 12 sur
#: rendez-vous », « tapez 2 pour une question », « 2 pour 8 h ».
_BARGAINS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"[-−–]?\s?\d+(?:[.,]\d+)?\s?(?:[%％﹪٪]|p(?:our)?[ .-]{0,2}cents?\b|per ?cent\b|pct\b|p\.\s?100\b)",
        rf"\b(?:{_IN_WORDS})[ -](?:pour[ -]?cents?|per ?cent)\b",
        rf"\b(?:\d+|half|{_IN_WORDS})[ -]off\b",
        r"(?:(?<!au )(?<!du )\bmoins |(?<!\d\s)(?<!h\s)(?<!\S)[-−–])\s?\d{1,2}\s(?:sur|on)\b",
        r"\b(?:[2-9]|deux|trois|two|three)\s(?:pour|for)\s"
        r"(?:[1-9]\b(?!\s?h)|(?:une?|one)\b(?=\s*(?:[.,;:!?]|$|sur\b|on\b)))",
        r"\bbuy (?:one|1|two|2)\b|\b(?:moitié|demi|half)[ -](?:prix|price)\b",
    )
)
_ASKS = re.compile(
    r"\b(?:r[ée]ponde[zr]|r[ée]pondre|textez|texter|[ée]crivez|reply|tell us|write back|text (?=[A-Z]{3}))",
    re.IGNORECASE,
)
_ASKED_WORD = re.compile(
    r"\b(?:r[ée]pondez|textez|envoyez|tapez|reply|text|send|type)\s+(?:par |with |simplement |just )?[\"'«“ ]*(\w+)",
    re.IGNORECASE,
)
_FRENCH = re.compile(r"\b(?:vous|votre|nous|notre|appel|rappel|textez|répondez|pour|textos)\b", re.IGNORECASE)
_UNSPACED = re.compile(r"(?:[^\W\d]|\})([;:!?]|»)(?=\s|$)")
_SPACED = re.compile(r"[\w}][ \u00a0\u202f]+([;!?])")


def lint(variant: Variant, sending: Sending, *, rendered: str | None = None) -> tuple[Finding, ...]:
    """Everything to say about the words of ``variant``; ``rendered`` is an example with values, for lengths and prices.

    The gravest come first.
    """
    template = variant.body
    own = f"{variant.subject.words} {template.words}" if variant.subject else template.words
    text = rendered if rendered is not None else template.words
    findings = [
        *_promotion(own, text, sending.business, survey=variant.name == SURVEY),
        *_questions(variant),
        *_identity(variant, sending),
        *_way_out(variant, sending, own),
        *_language(variant, sending, own),
        *_links(text),
        *_typography(variant),
    ]
    if variant.channel is Channel.TEXT:
        findings += [*_answerable(variant, sending, own), *_control_words(own), *_length(text, sending)]
    return tuple(sorted(findings, key=lambda finding: list(Severity).index(finding.severity)))


def usable(findings: tuple[Finding, ...]) -> bool:
    """Whether none of the findings refuses the words."""
    return all(finding.severity is not Severity.REFUSED for finding in findings)


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("lint_words.toml").read_text("utf-8"))


def _refused(word: str, **values: Any) -> Finding:
    return Finding(word=word, severity=Severity.REFUSED, values=values)


def _promotion(own: str, text: str, business: str | None, *, survey: bool) -> Iterator[Finding]:
    """Advertising: its words in what the business wrote, a review page also in the links."""
    own = _without_name(own, business)
    looked = _spaced(own)
    for allowed in _words()["promotion"]["allowed"]:
        looked = looked.replace(_spaced(allowed), " ")
    found = [word for word in _words()["promotion"]["words"] if _spaced(word) in looked]
    found += [word for word in ("trustpilot", "g.page") if word in text.casefold() and word not in found]
    found += [match[0].strip() for pattern in (_MONEY, *_BARGAINS) if (match := pattern.search(own))]
    if found:
        yield _refused("survey_promotion" if survey else "promotion", found=", ".join(dict.fromkeys(found)))


def _questions(variant: Variant) -> Iterator[Finding]:
    if variant.name == SURVEY and "questions" not in variant.body.variables:
        yield _refused("no_questions")


def _without_name(own: str, business: str | None) -> str:
    """The words without the name of the business, where it is written out: « Garage des Étoiles » praises nothing."""
    if not business or not business.strip():
        return own
    return re.sub(re.escape(business.strip()), " ", own, flags=re.IGNORECASE)


def _spaced(words: str) -> str:
    """Words without accents, one space around each, so that whole ones are found."""
    return " " + " ".join(re.findall(r"[\w.]*\w", plain(words))) + " "


def _identity(variant: Variant, sending: Sending) -> Iterator[Finding]:
    named = bool(sending.business) and _spaced(sending.business or "") in _spaced(variant.body.words)
    if "business" not in variant.body.variables and not named:
        yield _refused("identity")


def _way_out(variant: Variant, sending: Sending, own: str) -> Iterator[Finding]:
    if variant.name in ANSWERS:
        return
    words = set(re.findall(r"\w+", own))
    arret = bool(words & {"ARRET", "ARRÊT"})
    if (variant.language == "fr-CA" or sending.region == QUEBEC) and not arret:
        yield _refused("arret")
    elif not arret and "STOP" not in words:
        yield _refused("stop")


def _language(variant: Variant, sending: Sending, own: str) -> Iterator[Finding]:
    if sending.region == QUEBEC and variant.language == "en" and len({*_FRENCH.findall(own.casefold())}) < 2:
        yield _refused("quebec")


def _answerable(variant: Variant, sending: Sending, own: str) -> Iterator[Finding]:
    if sending.two_way:
        return
    if asks := _ASKS.search(own):
        yield _refused("unanswerable", found=asks[0].strip())
    if variant.name not in ANSWERS and not variant.variables & {"link", "phone"}:
        yield _refused("unanswerable_stop")


def _control_words(own: str) -> Iterator[Finding]:
    control = set(_words()["control"]["words"])
    found = [word for word in re.findall(r"\w+", own) if word in control]
    found += [word for word in _ASKED_WORD.findall(own) if word.upper() in control and word not in found]
    if found:
        yield _refused("control_word", found=", ".join(dict.fromkeys(found)))


def _links(text: str) -> Iterator[Finding]:
    hosts = re.findall(r"(?:https?://)?(?:www\.)?([\w-]+(?:\.[\w-]+)+)(?=/)", text.casefold())
    for host in dict.fromkeys(hosts):
        if host in _words()["shorteners"]["hosts"]:
            yield Finding(word="shortener", severity=Severity.WARNING, values={"found": host})


def _length(text: str, sending: Sending) -> Iterator[Finding]:
    counted, price = count(text), sending.per_segment
    cheap = to_gsm7(text) if counted.encoding is Encoding.UCS_2 else None
    if cheap is not None and counted.segments > (other := count(cheap)).segments:
        signs = " ".join(dict.fromkeys(each.character for each in counted.outside))
        values: dict[str, Any] = {"signs": signs, "segments": counted.segments, "cheap": other.segments}
        if price is None:
            yield Finding(word="dear", severity=Severity.WARNING, values=values)
        else:
            both = {"price": _money(counted.price(price)), "less": _money(other.price(price))}
            yield Finding(word="dear_priced", severity=Severity.WARNING, values=values | both)
    if counted.segments > MOST_SEGMENTS:
        yield Finding(word="long", severity=Severity.WARNING, values={"segments": counted.segments})


def _typography(variant: Variant) -> Iterator[Finding]:
    own = f"{variant.subject.source} {variant.body.source}" if variant.subject else variant.body.source
    if variant.language == "fr" and (found := _UNSPACED.search(own)):
        yield Finding(word="space_missing", severity=Severity.NOTE, values={"found": found[1]})
    if variant.language == "fr-CA" and (found := _SPACED.search(own)):
        yield Finding(word="space_extra", severity=Severity.NOTE, values={"found": found[1]})


def _money(amount: Money) -> tuple[float, str, int]:
    """As a sentence writes it; a text costs cents, so three decimals."""
    return float(amount), amount.currency, 3
