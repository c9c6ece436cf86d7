"""Shows a message before it is sent: its words with example values, its segments, its price, and what is wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from decroche.language import Language
from decroche.model.money import Money
from decroche.model.survey import Question
from decroche.recover.lint import Finding, Sending, lint
from decroche.recover.segments import Segments, count
from decroche.recover.survey import asked_in_words
from decroche.recover.templates import Channel, Unrenderable, Values, Variant

#: What the text of a survey is shown with.
_EXAMPLE = (Question.SATISFACTION,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A message as it would be. ``text`` is None when values are ``missing``; e-mails have no ``segments``."""

    text: str | None
    subject: str | None
    segments: Segments | None
    price: Money | None
    missing: tuple[str, ...]
    findings: tuple[Finding, ...]


def preview(variant: Variant, values: Values, sending: Sending, *, plain: bool = False) -> Preview:
    """``variant`` with ``values``, and everything to say about it. ``plain`` writes values in the cheap alphabet."""
    language = Language(variant.language)
    if "questions" in variant.variables and values.questions is None:
        values = replace(values, questions=asked_in_words(_EXAMPLE, language))
    try:
        text = variant.body.render(values, language, channel=variant.channel, plain=plain)
        subject = variant.subject.render(values, language, channel=variant.channel) if variant.subject else None
    except Unrenderable:
        missing = tuple(sorted(variant.variables - values.given))
        return Preview(
            text=None, subject=None, segments=None, price=None, missing=missing, findings=lint(variant, sending)
        )
    segments = count(text) if variant.channel is Channel.TEXT else None
    price = segments.price(sending.per_segment) if segments and sending.per_segment else None
    findings = lint(variant, sending, rendered=text)
    return Preview(text=text, subject=subject, segments=segments, price=price, missing=(), findings=findings)


def example_values(now: datetime, *, business: str, phone: str, link: str) -> Values:
    """Values to show a template with: a call a minute ago, the next morning's opening, a promise in an hour, a turn."""
    tomorrow = datetime.combine(now.date() + timedelta(days=1), datetime.min.time())
    return Values(
        now=now,
        business=business,
        site=business,
        department="Service",
        agent="Camille",
        first_name="Dominique",
        phone=phone,
        link=link,
        call_time=now - timedelta(minutes=1),
        opening=tomorrow + timedelta(hours=8),
        promised_time=now + timedelta(hours=1),
        slot_time=tomorrow + timedelta(hours=9, minutes=30),
        turn=(now + timedelta(minutes=10), now + timedelta(minutes=50)),
    )
