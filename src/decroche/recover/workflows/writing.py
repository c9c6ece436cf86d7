"""Finds the words for a caller: the business's own or those that come with the program, with their values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from decroche.language import LANGUAGES, Language
from decroche.ledger import recovery_settings as wishes
from decroche.ledger.slot_links import make_link
from decroche.model.hours import HourClass
from decroche.recover.playbook import Act, Step
from decroche.recover.policy import Office, Reason
from decroche.recover.segments import count
from decroche.recover.settings import RecoverySettings
from decroche.recover.templates import Channel, Unrenderable, Values, Variant, Wanted, choose
from decroche.recover.words_toml import read_words, shipped_words
from decroche.recover.workflows.standing import Run, read_office
from decroche.understand.business_deadline import business_deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What goes out. ``recipient``: E.164 with its plus sign, or an address."""

    recipient: str
    body: str
    segments: int
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Unwritable:
    """Why there are no words."""

    reasons: tuple[Reason, ...]


def write_step(connection: sa.Connection, run: Run, step: Step, now: datetime) -> Written | Unwritable:
    """The words of a step for the run's caller. A step that offers times makes the address on which to choose one."""
    situation, office = run.standing.situation, run.office
    by_email = step.act is Act.EMAIL
    recipient = run.about.get("email") if by_email else f"+{run.journey['person']}"
    if not recipient:
        return Unwritable((Reason("no_email"),))
    more: dict[str, Any] = {
        "site": situation.site,
        "department": situation.department,
        "call_time": local(run.episode["opened_at"], office),
        "first_name": (run.about.get("name") or "").split(" ")[0] or None,
    }
    if step.act is Act.OFFER_SLOTS:
        if not run.settings.links:
            return Unwritable((Reason("no_public_address"),))
        token = make_link(connection, run.account, journey=run.journey["id"], person=run.journey["person"], now=now)
        more["link"] = f"{run.settings.links.rstrip('/')}/r/{token}"
    if step.within is not None:
        zone = ZoneInfo(office.zone)
        promised = business_deadline(now, step.within, hours=office.hours, zone=zone)
        more["promised_time"] = None if promised is None else local(promised, office)
    return write(
        connection,
        run.account,
        step.template or step.name,
        language=situation.language,
        settings=run.settings,
        office=office,
        values=more,
        recipient=recipient,
        hour_class=situation.hour_class,
        department=situation.department,
        trade=run.playbook.trade,
        channel=Channel.EMAIL if by_email else Channel.TEXT,
        now=now,
    )


def write(
    connection: sa.Connection,
    account: str,
    template: str,
    *,
    language: str,
    settings: RecoverySettings,
    values: Mapping[str, Any],
    recipient: str,
    now: datetime,
    office: Office | None = None,
    hour_class: HourClass = HourClass.OPEN,
    department: str | None = None,
    trade: str | None = None,
    channel: Channel = Channel.TEXT,
) -> Written | Unwritable:
    """The words of a template, with what is known of the business; ``values`` are those of the occasion."""
    office = office or read_office(connection, account, now)
    opening = business_deadline(now, timedelta(), hours=office.hours, zone=ZoneInfo(office.zone))
    filled = Values(
        now=local(now, office),
        business=settings.business or None,
        phone=settings.phone or None,
        opening=None if opening is None or opening == now else local(opening, office),
        **values,
    )
    wanted = Wanted(
        name=template,
        channel=channel,
        language=spoken(language, office),
        hour_class=hour_class,
        department=department,
        trade=trade,
        given=filled.given,
    )
    variant = choose(wanted, own_words(connection, account), shipped_words())
    if variant is None:
        return Unwritable((Reason("no_words", {"template": template}),))
    speech = Language(variant.language)
    try:
        body = variant.body.render(filled, speech, plain=channel is Channel.TEXT)
        subject = None if variant.subject is None else variant.subject.render(filled, speech)
    except Unrenderable as error:
        return Unwritable((Reason("no_value", {"missing": list(error.missing)}),))
    return Written(recipient=recipient, body=body, segments=count(body).segments, subject=subject)


def own_words(connection: sa.Connection, account: str) -> tuple[Variant, ...]:
    """The words that the account has written itself."""
    kept = wishes.words_of(connection, account)
    return tuple(variant for language, body in sorted(kept.items()) for variant in _parsed(body, language))


@lru_cache(maxsize=1024)
def _parsed(body: str, language: str) -> tuple[Variant, ...]:
    return read_words(body, language)


def spoken(language: str, office: Office) -> str:
    """A language that there are words in; French is that of Québec there."""
    if language == "fr" and office.country.startswith("CA"):
        return "fr-CA"
    return language if language in LANGUAGES else "fr"


def local(moment: datetime, office: Office) -> datetime:
    """The moment on the clocks of the business, naive."""
    return moment.astimezone(ZoneInfo(office.zone)).replace(tzinfo=None)
