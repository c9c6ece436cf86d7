"""Sends texts to people of the business by its own ways: word of a caller who waits, or figures they asked for."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger import texts as sent
from decroche.ledger.acting import act_for
from decroche.ledger.decisions import log_ruling
from decroche.recover.fingerprints import account_key
from decroche.recover.segments import count
from decroche.recover.workflows.advancing import SEND
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.post import NotHanded
from decroche.recover.workflows.sending import known_for
from decroche.recover.workflows.standing import country_of
from decroche.recover.workflows.tools import Tools
from decroche.rules.decision import Verdict, decide
from decroche.rules.outreach import Means, Outreach, Purpose, Sector
from decroche.understand.numbers import read_number

#: Figures of the morning that could not be handed over for so long are left to the e-mail and the page.
REPORT_LASTS = timedelta(hours=4)


class Refused(NotHanded):
    """A rule refuses it: the same text is not tried again."""


def text_member(
    tools: Tools, account: str, address: str, body: str, *, id: str, purpose: Purpose, lasts: timedelta, now: datetime
) -> None:
    """Have a text sent by the ways of the business, once for each ``id``; it tells nothing any more after ``lasts``.

    ``address`` is a number as the business writes it, or with its country. It leaves when the rules let it: the hours
    of its purpose may delay it. Raises NotHanded where no way or no number is, and Refused where a rule says no.
    """
    with tools.ledger.writing() as connection:
        act_for(connection, account)
        settings, country = settings_for(connection, account), country_of(connection, account)
        person = read_number(address, region=country.partition("-")[0]).e164
        if person is None:
            raise NotHanded("no number")
        if not settings.ways:
            raise NotHanded("no way to send text")
        outreach = Outreach(
            means=Means.TEXT,
            purpose=purpose,
            recipient=person,
            at=now,
            country=country,
            sender=settings.ways[0].sender,
            sector=Sector(settings.sector),
        )
        known = known_for(connection, account, person, purpose, settings, key=tools.key, now=now)
        ruling = decide(outreach, known)
        if ruling.verdict is not Verdict.REFUSE:
            _write(connection, tools, account, person, body, id=id, purpose=purpose, lasts=lasts, now=now)
        else:
            log_ruling(connection, account, outreach, ruling, key=account_key(tools.key, account), journey=None)
    if ruling.verdict is Verdict.REFUSE:
        raise Refused(ruling.against[0].rule)


def _write(
    connection: sa.Connection,
    tools: Tools,
    account: str,
    person: int,
    body: str,
    *,
    id: str,
    purpose: Purpose,
    lasts: timedelta,
    now: datetime,
) -> None:
    text = hashlib.blake2b(f"{purpose}|{id}".encode(), digest_size=16).hexdigest()
    row = {
        "id": text,
        "account_id": account,
        "journey_id": None,
        "person": person,
        "recipient": f"+{person}",
        "body": body,
        "purpose": str(purpose),
        "segments": count(body).segments,
        "created_at": now,
        "expires_at": now + lasts,
    }
    if sent.intend(connection, row):
        tools.timers.set(connection, f"send:{text}:0", SEND, {"text": text, "try": "0"}, at=now, now=now)
