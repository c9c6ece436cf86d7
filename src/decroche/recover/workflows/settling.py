"""Finds out what became of a text: by asking its provider, by a receipt, or, when nobody can tell, by a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

import sqlalchemy as sa
import structlog

from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused
from decroche.ledger import recovery_settings as wishes
from decroche.ledger import texts as sent
from decroche.ledger.acting import act_for
from decroche.ledger.meeting import meet
from decroche.ledger.refusals import refuse
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.tables import journeys
from decroche.ledger.work_items import Kind, Need, close, open_item, open_items
from decroche.model.text import TextFailure, TextReceipt, TextState
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.advancing import SEND, look_again
from decroche.recover.workflows.places import site_of
from decroche.recover.workflows.tools import Tools
from decroche.rules.outreach import Purpose, Scope
from decroche.understand.live_journeys import RecoveredBy

ASK, ANSWERED = "ask", "answered"
#: How long a lost answer is asked for before a person has to find out, and how often.
ASKED_FOR, ASK_EVERY = timedelta(minutes=10), timedelta(seconds=20)
#: A request may still be under way for so long: until then a provider that knows nothing proves nothing.
_UNDER_WAY = timedelta(seconds=90)
#: How long after it was accepted, and after each question, a provider without receipts is asked.
_ASKED_AFTER = tuple(timedelta(minutes=minutes) for minutes in (1, 4, 25, 90, 240, 720, 1440))

log = structlog.get_logger()


def find_out(tools: Tools, row: sent.Row, subject: Mapping[str, str], *, may_repeat: bool) -> None:
    """A try was cut off, or its answer lost: ask the provider, try again where it drops repetitions, or wait.

    ``may_repeat``: the text may still go at this moment, if the provider never saw it.
    """
    endpoint, connector = tools.ways().get(row["endpoint_id"], (None, None))
    texts = None if connector is None else connector.texts
    found: TextReceipt | None = None
    sure = False
    again: Handed | None = None
    if endpoint is not None and texts is not None:
        message = message_of(tools, row, endpoint, row["sender"])
        http, settings = tools.http(endpoint), platform_settings(endpoint)
        try:
            if texts.keyed and may_repeat:
                again = texts.send(http, settings, message)
            elif texts.find is not None and tools.clock() - row["tried_at"] >= texts.settled_after:
                found = texts.find(http, settings, message, row["tried_at"])
                sure = found is None
        except (Unavailable, Misconfigured, OutcomeUnknown, Refused) as error:
            log.warning("text_not_found_out", connector=endpoint.connector, error=type(error).__name__)
    now = tools.clock()
    with tools.ledger.writing() as connection:
        act_for(connection, row["account_id"])
        current = sent.text(connection, row["id"])
        if current is None or (current["state"], current["tries"]) != (TextState.UNKNOWN, row["tries"]):
            return
        if again is not None:
            sent.handed(
                connection,
                row["id"],
                ref=again.ref,
                segments=again.segments,
                price=again.price,
                currency=again.currency,
                now=now,
            )
        elif found is not None:
            sent.keep_receipts(connection, row["endpoint_id"], [replace(found, reference=row["id"])], now)
            sent.settle(connection, [row["id"]], now)
        elif sure and now - row["tried_at"] >= _UNDER_WAY:
            sent.try_again(connection, row["id"])
            later(connection, tools, subject, now, now)
        elif now - row["tried_at"] >= ASKED_FOR:
            sent.give_up(connection, row["id"], now)
            give_to_person(connection, row, Kind.TEXT_UNKNOWN, "outcome_unknown", now)
        else:
            later(connection, tools, subject, now + ASK_EVERY, now)
            return
        accepted(connection, tools, row["id"], now)
        go_on(connection, tools, row, now)


def ask(tools: Tools, subject: Mapping[str, str]) -> None:
    """Ask a provider that sends no receipts what became of a text that it accepted."""
    with tools.ledger.reading() as connection:
        row = sent.read(connection, subject["text"])
    if row is None or row["state"] != TextState.HANDED:
        return
    endpoint, connector = tools.ways().get(row["endpoint_id"], (None, None))
    texts = None if connector is None else connector.texts
    found: TextReceipt | None = None
    if endpoint is not None and texts is not None and texts.find is not None:
        message = message_of(tools, row, endpoint, row["sender"])
        try:
            found = texts.find(tools.http(endpoint), platform_settings(endpoint), message, row["tried_at"])
        except (Unavailable, Misconfigured, OutcomeUnknown, Refused) as error:
            log.warning("receipt_not_found", connector=endpoint.connector, error=type(error).__name__)
    now = tools.clock()
    with tools.ledger.writing() as connection:
        act_for(connection, row["account_id"])
        if found is not None:
            sent.keep_receipts(connection, row["endpoint_id"], [replace(found, reference=row["id"])], now)
        current = sent.text(connection, row["id"])
        if current is not None and current["state"] == TextState.FAILED:
            learn(connection, tools, current, current["failure"], now)
        elif current is not None and current["state"] == TextState.HANDED:
            ask_later(connection, tools, row["id"], int(subject["time"]) + 1, now)


def ask_later(connection: sa.Connection, tools: Tools, id: str, time: int, now: datetime) -> None:
    """Ask the provider for the ``time``-th time, when that is due; at last no more."""
    if time < len(_ASKED_AFTER):
        at = now + _ASKED_AFTER[time]
        tools.timers.set(connection, f"ask:{id}:{time}", ASK, {"text": id, "time": str(time)}, at=at, now=now)


def settled(connection: sa.Connection, tools: Tools, id: str, now: datetime) -> None:
    """A receipt changed what is known of a text."""
    row = sent.text(connection, id)
    if row is not None and row["state"] == TextState.FAILED:
        learn(connection, tools, row, row["failure"], now)
    else:
        accepted(connection, tools, id, now)


def accepted(connection: sa.Connection, tools: Tools, id: str, now: datetime) -> None:
    """A provider has a text. Where a person of the business wrote it, see whether it met the caller's need.

    In a transaction of its own: who makes journeys waits for texts, and so nobody waits for that with a text in hand.
    """
    row = sent.read(connection, id)
    if row is None or row["author"] is None or row["state"] not in {TextState.HANDED, TextState.DELIVERED}:
        return
    if row["purpose"] == Purpose.CONVERSATION and row["person"] is not None:
        tools.timers.set(connection, f"answered:{id}", ANSWERED, {"text": id}, at=now, now=now)


def answered(tools: Tools, subject: Mapping[str, str]) -> None:
    """A provider has what a person of the business answered to a caller who wrote: their need is met."""
    now = tools.clock()
    with tools.ledger.writing() as connection:
        row = sent.read(connection, subject["text"])
        if row is None:
            return
        act_for(connection, row["account_id"])
        if _wrote(connection, row):
            _met(connection, row, now)


def _met(connection: sa.Connection, row: sent.Row, now: datetime) -> None:
    account, person, at = row["account_id"], row["person"], row["handed_at"] or now
    for item in open_items(connection, account, now=now, kinds=(Kind.REPLY,), person=person, asleep=True):
        if item.opened_at <= row["created_at"]:
            close(connection, account, item.id, because="answered", now=now, who=row["author"])
    meet(connection, account, person, kind=RecoveredBy.REPLY, at=at, ref=row["id"], now=now)


def _wrote(connection: sa.Connection, row: sent.Row) -> bool:
    """Whether the person wrote between their last miss and this answer."""
    c = journeys.c
    missed = connection.execute(sa.select(c.last_missed_at).where(c.id == row["journey_id"])).scalar_one_or_none()
    if missed is None:
        return False
    written = sent.conversation(connection, row["account_id"], row["person"], since=missed)
    return any(each["direction"] == "in" and each["created_at"] <= row["created_at"] for each in written)


def learn(connection: sa.Connection, tools: Tools, row: sent.Row, failure: str | None, now: datetime) -> None:
    """Remember what a failure says about the person, and see what else can be done for them."""
    if row["person"] is not None:
        if failure in {TextFailure.LANDLINE, TextFailure.INVALID_NUMBER}:
            wishes.note_person(connection, row["account_id"], row["person"], sms_incapable=True)
        if failure == TextFailure.OPTED_OUT:
            refuse_texts(connection, tools, row, now)
    go_on(connection, tools, row, now)


def go_on(connection: sa.Connection, tools: Tools, row: sent.Row, now: datetime) -> None:
    """The text is out of our hands: the playbook may go on."""
    if row["journey_id"] is not None:
        look_again(connection, tools, row["journey_id"], now)


def refuse_texts(connection: sa.Connection, tools: Tools, row: sent.Row, now: datetime) -> None:
    """The provider says that the person refused: mirror it."""
    mark = fingerprint(tools.key, row["account_id"], row["person"])
    refuse(connection, row["account_id"], mark, scope=Scope.TEXTS, source="provider", at=now)


def message_of(tools: Tools, row: sent.Row, endpoint: Endpoint, sender: str) -> Message:
    """A text as its provider is handed it: the same at every try."""
    return Message(
        reference=row["id"],
        sender=sender,
        recipient=f"+{row['person']}",
        body=row["body"],
        hook_url=tools.hook(endpoint),
    )


def platform_settings(endpoint: Endpoint) -> dict[str, str]:
    """What the platform was set up with, its secrets included."""
    return {**endpoint.settings, **endpoint.secret}


def give_to_person(connection: sa.Connection, row: sent.Row, kind: Kind, about: str, now: datetime) -> None:
    """Have somebody find out what became of a text."""
    need = Need(
        kind=kind,
        key=f"{about}:{row['id']}",
        person=row["person"],
        journey=row["journey_id"],
        site=site_of(connection, row["journey_id"]),
        about={"text": row["id"], "why": about},
    )
    open_item(connection, row["account_id"], need, now=now)


def later(
    connection: sa.Connection,
    tools: Tools,
    subject: Mapping[str, str],
    at: datetime,
    now: datetime,
    words: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Come back to a text at ``at``: under the next number, which nobody has used. ``words``: of its sender's turn."""
    id, number = subject["text"], str(int(subject["try"]) + 1)
    tools.timers.set(connection, f"send:{id}:{number}", SEND, {"text": id, "try": number, **words}, at=at, now=now)
