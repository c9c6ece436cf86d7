"""Hands an e-mail for a caller to the mail server: written down before and after, so it never goes twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger import texts as sent
from decroche.ledger.acting import act_for, act_for_text
from decroche.ledger.decisions import log_ruling
from decroche.ledger.work_items import Kind
from decroche.model.text import TextFailure, TextState
from decroche.recover.fingerprints import account_key
from decroche.recover.workflows.about_person import read_known
from decroche.recover.workflows.advancing import MAIL
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.post import MaybeHanded, Message, NotHanded
from decroche.recover.workflows.settling import give_to_person, go_on
from decroche.recover.workflows.standing import read_office
from decroche.recover.workflows.tools import Tools
from decroche.rules.decision import decide
from decroche.rules.outreach import Means, Outreach, Purpose

#: How long a mail server that cannot be reached is left alone, and how often it is asked.
_AGAIN, _TRIES = timedelta(minutes=2), 30


def mail(tools: Tools, subject: Mapping[str, str]) -> None:
    """Hand over an e-mail; one whose handing over was cut off is a person's to find out, and is not sent again."""
    id, now = subject["text"], tools.clock()
    with tools.ledger.writing() as connection:
        act_for_text(connection, id)
        row = sent.text(connection, id)
        if row is None or row["state"] not in {TextState.INTENDED, TextState.UNKNOWN}:
            return
        if row["state"] == TextState.UNKNOWN:
            sent.give_up(connection, id, now)
            give_to_person(connection, row, Kind.TEXT_UNKNOWN, "outcome_unknown", now)
            go_on(connection, tools, row, now)
            return
        office = read_office(connection, row["account_id"], now)
        outreach = Outreach(
            means=Means.EMAIL,
            purpose=Purpose(row["purpose"]),
            recipient=row["person"],
            at=now,
            country=office.country,
            sector=office.sector,
        )
        ruling = decide(outreach, read_known(connection, row["account_id"], row["person"], key=tools.key, now=now))
        key = account_key(tools.key, row["account_id"])
        log_ruling(connection, row["account_id"], outreach, ruling, key=key, journey=row["journey_id"])
        why = _unwanted(connection, row, now) or ("" if ruling.allowed else "rules")
        if tools.mail is None or why:
            sent.cancel(connection, id, why or "no_mail_server", now)
            go_on(connection, tools, row, now)
            return
        sent.trying(connection, id, endpoint=None, sender="", now=now)
    state = TextState.HANDED
    try:
        tools.mail(row["recipient"], Message(id=id, subject=row["subject"] or "", body=row["body"], data={}))
    except NotHanded:
        state = TextState.INTENDED
    except MaybeHanded:
        state = TextState.GIVEN_UP
    now = tools.clock()
    with tools.ledger.writing() as connection:
        act_for(connection, row["account_id"])
        if state is TextState.HANDED:
            sent.handed(connection, id, ref=id, segments=None, price=None, currency=None, now=now)
        elif state is TextState.GIVEN_UP:
            sent.give_up(connection, id, now)
            give_to_person(connection, row, Kind.TEXT_UNKNOWN, "outcome_unknown", now)
        elif int(subject["try"]) >= _TRIES:
            sent.failed(connection, id, TextFailure.UNREACHABLE, None, now)
        else:
            sent.try_again(connection, id)
            then = {"text": id, "try": str(int(subject["try"]) + 1)}
            tools.timers.set(connection, f"mail:{id}:{then['try']}", MAIL, then, at=now + _AGAIN, now=now)
            return
        go_on(connection, tools, row, now)


def _unwanted(connection: sa.Connection, row: sent.Row, now: datetime) -> str:
    """Why an e-mail is not to go any more, whatever the rules; empty: it is."""
    if not settings_for(connection, row["account_id"]).active:
        return "not_active"
    return "too_old" if row["expires_at"] is not None and now >= row["expires_at"] else ""
