"""Hands a text to a provider: written down before and after, so that whatever dies in between, it never goes twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused, Texts
from decroche.ledger import episodes as runs
from decroche.ledger import recovery_settings as wishes
from decroche.ledger import texts as sent
from decroche.ledger.decisions import log_ruling
from decroche.ledger.refusals import refuse
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.tables import journeys
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.model.text import TextFailure, TextReceipt, TextState
from decroche.recover.fingerprints import account_key, fingerprint
from decroche.recover.settings import RecoverySettings, Way, read_settings
from decroche.recover.workflows.advancing import SEND, look_again
from decroche.recover.workflows.standing import read_known, read_office
from decroche.recover.workflows.tools import Tools
from decroche.rules.decision import Verdict, decide
from decroche.rules.outreach import Means, Outreach, Purpose, Scope

#: How long a lost answer is asked for before a person has to find out.
ASKED_FOR = timedelta(minutes=10)
#: How often it is asked for, and how long a provider rests that failed three times.
_ASK_EVERY, _REST = timedelta(seconds=20), timedelta(minutes=2)
#: A request may still be under way for so long: until then a provider that knows nothing proves nothing.
_UNDER_WAY = timedelta(seconds=90)
#: How long a text waits when no provider can take it.
_TRY_AGAIN = timedelta(seconds=15)
#: Failures after which another provider may do what this one cannot.
_ANOTHER_MAY = frozenset({TextFailure.SENDER_REFUSED, TextFailure.ACCOUNT_LIMIT, TextFailure.FILTERED})
#: Texts of ours that are owed, whatever becomes of the journey.
_OWED = frozenset({Purpose.CONFIRMATION, Purpose.CONVERSATION, Purpose.REMINDER, Purpose.REQUESTED})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Try:
    """A text that a provider is about to be asked to send."""

    text: Mapping[str, Any]
    endpoint: Endpoint
    texts: Texts
    way: Way


def send(tools: Tools, subject: Mapping[str, str]) -> None:
    """Hand over a text, or find out what became of it when the last try was cut off."""
    id = subject["text"]
    now = tools.clock()
    with tools.ledger.writing() as connection:
        row = sent.text(connection, id)
        if row is None or row["state"] not in {TextState.INTENDED, TextState.UNKNOWN}:
            return
        chosen = _prepare(connection, tools, row, now, subject) if row["state"] == TextState.INTENDED else None
    if row["state"] == TextState.UNKNOWN:
        _find_out(tools, row, subject)
    elif chosen is not None:
        _hand_over(tools, chosen, subject)


def _prepare(
    connection: sa.Connection, tools: Tools, row: sent.Row, now: datetime, subject: Mapping[str, str]
) -> _Try | None:
    """Look at everything again, choose the way, and note that it is about to be asked. None: not now, or not at all."""
    id, account = row["id"], row["account_id"]
    settings = read_settings(wishes.settings_of(connection, account))
    if why := _unwanted(connection, row, settings, now):
        sent.cancel(connection, id, why, now)
        _go_on(connection, tools, row, now)
        return None
    ways = _ways(connection, tools, account, settings, now)
    if not ways:
        _later(connection, tools, subject, now + _TRY_AGAIN, now)
        return None
    way, endpoint, texts = ways[0]
    if _cap_reached(connection, account, settings, now):
        sent.failed(connection, id, TextFailure.ACCOUNT_LIMIT, "daily_cap", now)
        _go_on(connection, tools, row, now)
        return None
    known = read_known(connection, account, row["person"], key=tools.key, now=now)
    # The text itself is among what went out as soon as it is tried; it is judged by the others.
    outreach = Outreach(
        means=Means.TEXT,
        purpose=Purpose(row["purpose"]),
        recipient=row["person"],
        at=now,
        country=read_office(connection, account, now).country,
        sender=way.sender,
        missed_at=_missed_at(connection, row),
        confirms_opt_out=row["template"] == "opted_out",
    )
    ruling = decide(outreach, known)
    log_ruling(connection, account, outreach, ruling, key=account_key(tools.key, account), journey=row["journey_id"])
    if ruling.verdict is Verdict.REFUSE:
        sent.cancel(connection, id, ruling.against[0].rule, now)
        _go_on(connection, tools, row, now)
        return None
    if ruling.verdict is Verdict.DELAY:
        _later(connection, tools, subject, ruling.until or now + _TRY_AGAIN, now)
        return None
    if subject.get("turn") != "taken":
        turn = sent.take_turn(connection, account, endpoint.id, way.sender, per_second=texts.per_second, now=now)
        if turn > now:
            _later(connection, tools, {**subject, "turn": "taken"}, turn, now)
            return None
    sent.trying(connection, id, endpoint=endpoint.id, sender=way.sender, now=now)
    # Whatever happens from here on, somebody looks what became of it.
    _later(connection, tools, subject, now + _ASK_EVERY, now)
    return _Try(row, endpoint, texts, way)


def _unwanted(connection: sa.Connection, row: sent.Row, settings: RecoverySettings, now: datetime) -> str:
    """Why a text is not to go any more; empty: it is."""
    if not settings.active:
        return "not_active"
    if row["expires_at"] is not None and now >= row["expires_at"]:
        return "too_old"
    if row["journey_id"] is None or row["author"] is not None or Purpose(row["purpose"]) in _OWED:
        return ""
    state = connection.execute(
        sa.select(journeys.c.state).where(journeys.c.id == row["journey_id"])
    ).scalar_one_or_none()
    return "" if state == "open" else (state or "withdrawn")


def _ways(
    connection: sa.Connection, tools: Tools, account: str, settings: RecoverySettings, now: datetime
) -> list[tuple[Way, Endpoint, Texts]]:
    """The ways that may be tried now, in the order that the business wants."""
    known = tools.ways()
    resting = sent.resting(connection, account, now)
    found = []
    for way in settings.ways:
        endpoint, connector = known.get(way.endpoint, (None, None))
        if endpoint is None or connector is None or connector.texts is None or endpoint.account_id != account:
            continue
        if (way.endpoint, way.sender) not in resting:
            found.append((way, endpoint, connector.texts))
    return found


def _cap_reached(connection: sa.Connection, account: str, settings: RecoverySettings, now: datetime) -> bool:
    if settings.daily_cap is None:
        return False
    here = now.astimezone(ZoneInfo(read_office(connection, account, now).zone))
    since = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return sent.spent(connection, account, since=since, per_segment=settings.price_per_segment) >= settings.daily_cap


def _hand_over(tools: Tools, each: _Try, subject: Mapping[str, str]) -> None:
    """Ask the provider, and write down what it says."""
    id, account, way = each.text["id"], each.text["account_id"], each.way
    message = _message(tools, each.text, each.endpoint, way.sender)
    well = True
    handed: Handed | None = None
    error: Exception | None = None
    try:
        handed = each.texts.send(tools.http(each.endpoint), _settings(each.endpoint), message)
    except (Unavailable, Refused, Misconfigured, OutcomeUnknown) as raised:
        error, well = raised, isinstance(raised, Refused) and raised.failure not in _ANOTHER_MAY
    now = tools.clock()
    with tools.ledger.writing() as connection:
        sent.note_outcome(connection, account, each.endpoint.id, way.sender, well=well, rest=_REST, now=now)
        if handed is not None:
            sent.handed(
                connection,
                id,
                ref=handed.ref,
                segments=handed.segments,
                price=handed.price,
                currency=handed.currency,
                now=now,
            )
            tools.timers.cancel(connection, _next_key(subject))
            _go_on(connection, tools, each.text, now)
            return
        log.warning("text_not_handed_over", connector=each.endpoint.connector, error=type(error).__name__)
        if isinstance(error, OutcomeUnknown) and not each.texts.keyed:
            return
        tools.timers.cancel(connection, _next_key(subject))
        if isinstance(error, Refused):
            _refused(connection, tools, each, error, subject, now)
            return
        sent.try_again(connection, id)
        pause = error.retry_after if isinstance(error, Unavailable) else None
        _later(connection, tools, _next(subject), now + (pause or _TRY_AGAIN), now)


def _refused(
    connection: sa.Connection, tools: Tools, each: _Try, error: Refused, subject: Mapping[str, str], now: datetime
) -> None:
    id, account = each.text["id"], each.text["account_id"]
    settings = read_settings(wishes.settings_of(connection, account))
    others = [way for way, _, _ in _ways(connection, tools, account, settings, now) if way != each.way]
    if error.failure in _ANOTHER_MAY and others:
        sent.try_again(connection, id)
        sent.rest(connection, each.endpoint.id, each.way.sender, until=now + _REST)
        _later(connection, tools, _next(subject), now, now)
        return
    sent.failed(connection, id, error.failure, error.raw, now)
    learn(connection, tools, each.text, error.failure, now)


def learn(connection: sa.Connection, tools: Tools, row: sent.Row, failure: str | None, now: datetime) -> None:
    """Remember what a failure says about the person, and see what else can be done for them."""
    if row["person"] is not None:
        if failure in {TextFailure.LANDLINE, TextFailure.INVALID_NUMBER}:
            wishes.note_person(connection, row["account_id"], row["person"], sms_incapable=True)
        if failure == TextFailure.OPTED_OUT:
            refuse_texts(connection, tools, row, now)
    _go_on(connection, tools, row, now)


def _go_on(connection: sa.Connection, tools: Tools, row: sent.Row, now: datetime) -> None:
    """The text is out of our hands: the playbook may go on."""
    if row["journey_id"] is not None:
        look_again(connection, tools, row["journey_id"], now)


def refuse_texts(connection: sa.Connection, tools: Tools, row: sent.Row, now: datetime) -> None:
    """The provider says that the person refused: mirror it."""
    mark = fingerprint(tools.key, row["account_id"], row["person"])
    refuse(connection, row["account_id"], mark, scope=Scope.TEXTS, source="provider", at=now)


def _find_out(tools: Tools, row: sent.Row, subject: Mapping[str, str]) -> None:
    """A try was cut off, or its answer lost: ask the provider, try again where it drops repetitions, or wait."""
    endpoint, connector = tools.ways().get(row["endpoint_id"], (None, None))
    texts = None if connector is None else connector.texts
    found: TextReceipt | None = None
    sure = False
    again: Handed | None = None
    if endpoint is not None and texts is not None:
        message = _message(tools, row, endpoint, row["sender"])
        http, settings = tools.http(endpoint), _settings(endpoint)
        try:
            if texts.keyed:
                again = texts.send(http, settings, message)
            elif texts.find is not None and tools.clock() - row["tried_at"] >= texts.settled_after:
                found = texts.find(http, settings, message, row["tried_at"])
                sure = found is None
        except (Unavailable, Misconfigured, OutcomeUnknown, Refused) as error:
            log.warning("text_not_found_out", connector=endpoint.connector, error=type(error).__name__)
    now = tools.clock()
    with tools.ledger.writing() as connection:
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
            _later(connection, tools, _next(subject), now, now)
        elif now - row["tried_at"] >= ASKED_FOR:
            sent.give_up(connection, row["id"], now)
            _task(connection, row, Kind.TEXT_UNKNOWN, "outcome_unknown", now)
        else:
            _later(connection, tools, _next(subject), now + _ASK_EVERY, now)
            return
        _go_on(connection, tools, row, now)


def settled(connection: sa.Connection, tools: Tools, id: str, now: datetime) -> None:
    """A receipt changed what is known of a text."""
    row = sent.text(connection, id)
    if row is not None and row["state"] == TextState.FAILED:
        learn(connection, tools, row, row["failure"], now)


def _message(tools: Tools, row: sent.Row, endpoint: Endpoint, sender: str) -> Message:
    return Message(
        reference=row["id"],
        sender=sender,
        recipient=f"+{row['person']}",
        body=row["body"],
        hook_url=tools.hook(endpoint),
    )


def _settings(endpoint: Endpoint) -> dict[str, str]:
    return {**endpoint.settings, **endpoint.secret}


def _missed_at(connection: sa.Connection, row: sent.Row) -> datetime | None:
    if row["journey_id"] is None:
        return None
    episode = runs.episode(connection, row["journey_id"])
    return None if episode is None else episode["opened_at"]


def _task(connection: sa.Connection, row: sent.Row, kind: Kind, about: str, now: datetime) -> None:
    need = Need(
        kind=kind,
        key=f"{about}:{row['id']}",
        person=row["person"],
        journey=row["journey_id"],
        about={"text": row["id"], "why": about},
    )
    open_item(connection, row["account_id"], need, now=now)


def _next(subject: Mapping[str, str]) -> dict[str, str]:
    return {"text": subject["text"], "try": str(int(subject["try"]) + 1)}


def _next_key(subject: Mapping[str, str]) -> str:
    return f"send:{subject['text']}:{int(subject['try']) + 1}"


def _later(connection: sa.Connection, tools: Tools, subject: Mapping[str, str], at: datetime, now: datetime) -> None:
    """Come back to a text at ``at``: under the next number, which nobody has used."""
    then = {**subject, "try": str(int(subject["try"]) + 1)}
    tools.timers.set(connection, f"send:{then['text']}:{then['try']}", SEND, then, at=at, now=now)
