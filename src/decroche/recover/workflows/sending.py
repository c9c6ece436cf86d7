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
from decroche.connector_kit.texts import Handed, OutcomeUnknown, Refused
from decroche.ledger import texts as sent
from decroche.ledger.acting import act_for, act_for_text
from decroche.ledger.decisions import log_ruling
from decroche.ledger.recovery_tables import episodes, texts
from decroche.ledger.remembering import remembering
from decroche.ledger.reporting import wants_texts
from decroche.ledger.tables import journey_aliases, journeys
from decroche.ledger.text_routes import note_outcome, rest
from decroche.model.text import NotTaken, TextFailure, TextState
from decroche.recover.fingerprints import account_key
from decroche.recover.notices import Team
from decroche.recover.settings import RecoverySettings
from decroche.recover.workflows.about_person import read_known
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.settling import (
    ASK_EVERY,
    accepted,
    ask_later,
    find_out,
    go_on,
    later,
    learn,
    message_of,
    platform_settings,
)
from decroche.recover.workflows.standing import country_of, read_office
from decroche.recover.workflows.surveying import still_to_ask
from decroche.recover.workflows.tools import Tools
from decroche.recover.workflows.ways import SOON, OpenWay, Turn, has_turn, open_ways, take_turn, wait_for_turn
from decroche.rules.decision import Verdict, decide
from decroche.rules.outreach import Known, Means, Outreach, Purpose, Sector

#: How long a provider rests that failed three times.
_REST = timedelta(minutes=2)
#: How long a text waits when no provider can take it.
_TRY_AGAIN = timedelta(seconds=15)
#: Failures after which another provider may do what this one cannot.
_ANOTHER_MAY = frozenset({TextFailure.SENDER_REFUSED, TextFailure.ACCOUNT_LIMIT, TextFailure.FILTERED})
#: Texts of ours that are owed, whatever becomes of the journey.
_OWED = frozenset(
    {
        Purpose.CONFIRMATION, Purpose.CONVERSATION, Purpose.REMINDER, Purpose.REQUESTED, Purpose.TEST, Purpose.NOTICE,
        Purpose.REPORT,
    }
)  # fmt: skip
#: What goes to people of the business, also while nothing is sent to callers.
_OURSELVES = frozenset({Purpose.TEST, Purpose.NOTICE, Purpose.REPORT})

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Try:
    """A text that a provider is about to be asked to send."""

    text: Mapping[str, Any]
    by: OpenWay


def send(tools: Tools, subject: Mapping[str, str]) -> None:
    """Hand over a text, or find out what became of it when the last try was cut off."""
    wait_for_turn(tools, subject)
    id = subject["text"]
    now = tools.clock()
    with tools.ledger.writing() as connection, remembering(connection):
        act_for_text(connection, id)
        held = _hold(connection, id)
        if held is None or held.text["state"] not in {TextState.INTENDED, TextState.UNKNOWN}:
            return
        unknown = held.text["state"] == TextState.UNKNOWN
        chosen = None if unknown else _prepare(connection, tools, held, now, subject)
        may_repeat = unknown and _may_repeat(connection, tools, held, now)
    if unknown:
        find_out(tools, held.text, subject, may_repeat=may_repeat)
    elif isinstance(chosen, Turn):
        send(tools, {**subject, **chosen.words})
    elif chosen is not None:
        _hand_over(tools, chosen, subject)


def _prepare(
    connection: sa.Connection, tools: Tools, held: _Held, now: datetime, subject: Mapping[str, str]
) -> _Try | Turn | None:
    """Look at everything again, choose the way, and note that it is about to be asked. None: not now, or not at all.

    A turn: it is the sender's then, and that is soon. Most texts have theirs since they were written down.
    """
    row = held.text
    id, account = row["id"], row["account_id"]
    settings = settings_for(connection, account)
    if why := _unwanted(row, settings, held.state, now):
        sent.cancel(connection, id, why, now)
        go_on(connection, tools, row, now)
        return None
    if row["purpose"] == Purpose.SURVEY and not still_to_ask(connection, tools, id, now):
        sent.cancel(connection, id, "not_asked", now)
        return None
    ways = open_ways(connection, tools, account, settings, now)
    if not ways:
        later(connection, tools, subject, now + _TRY_AGAIN, now)
        return None
    by = ways[0]
    if _cap_reached(connection, account, settings, now):
        sent.failed(connection, id, TextFailure.ACCOUNT_LIMIT, "daily_cap", now)
        go_on(connection, tools, row, now)
        return None
    if not has_turn(subject, by, now):
        turn = take_turn(connection, account, by, now, before=subject)
        if turn.at > now + SOON:
            later(connection, tools, subject, turn.at, now, turn.words)
            return None
        if turn.at > now:
            return turn
    known = known_for(connection, account, row["person"], row["purpose"], settings, key=tools.key, now=now)
    outreach = _outreach(connection, row, by.way.sender, settings, held.missed_at, now)
    ruling = decide(outreach, known)
    log_ruling(connection, account, outreach, ruling, key=account_key(tools.key, account), journey=row["journey_id"])
    if ruling.verdict is Verdict.REFUSE:
        sent.cancel(connection, id, ruling.against[0].rule, now)
        go_on(connection, tools, row, now)
        return None
    if ruling.verdict is Verdict.DELAY:
        later(connection, tools, subject, ruling.until or now + _TRY_AGAIN, now)
        return None
    # Should this process die now, this step is taken again, and finds out what became of the text.
    sent.trying(connection, id, endpoint=by.endpoint.id, sender=by.way.sender, now=now)
    return _Try(row, by)


def _may_repeat(connection: sa.Connection, tools: Tools, held: _Held, now: datetime) -> bool:
    """Whether a text whose last try was cut off may still go: the provider may see it for the first time."""
    row = held.text
    account, person = row["account_id"], row["person"]
    settings = settings_for(connection, account)
    if _unwanted(row, settings, held.state, now):
        return False
    known = known_for(connection, account, person, row["purpose"], settings, key=tools.key, now=now)
    # It is among what went out since it was tried, and is judged by the others.
    others = tuple(each for each in known.attempts if (each.means, each.at) != (Means.TEXT, row["tried_at"]))
    return decide(
        _outreach(connection, row, row["sender"], settings, held.missed_at, now), replace(known, attempts=others)
    ).allowed


def known_for(
    connection: sa.Connection,
    account: str,
    person: int,
    purpose: str,
    settings: RecoverySettings,
    *,
    key: bytes,
    now: datetime,
) -> Known:
    """What is known of a person; a notice goes to a member of the team, who is of the business whatever else.

    Figures go to whoever gave their own number for them, and to nobody else, even of the business.
    """
    known = read_known(connection, account, person, key=key, now=now)
    if purpose == Purpose.REPORT:
        return replace(known, staff=wants_texts(connection, account, person))
    if purpose != Purpose.NOTICE:
        return known
    region = country_of(connection, account).partition("-")[0]
    return replace(known, staff=known.staff or person in Team.read(settings.team).numbers(region))


def _outreach(
    connection: sa.Connection,
    row: sent.Row,
    sender: str,
    settings: RecoverySettings,
    missed_at: datetime | None,
    now: datetime,
) -> Outreach:
    return Outreach(
        means=Means.TEXT,
        purpose=Purpose(row["purpose"]),
        recipient=row["person"],
        at=now,
        country=country_of(connection, row["account_id"]),
        sender=sender,
        sector=Sector(settings.sector),
        missed_at=missed_at,
        confirms_opt_out=row["template"] == "opted_out",
        expects_reply=row["purpose"] == Purpose.SURVEY,
    )


def _unwanted(row: sent.Row, settings: RecoverySettings, state: str | None, now: datetime) -> str:
    """Why a text is not to go any more, its journey being in this ``state``; empty: it is."""
    if not settings.active and row["purpose"] not in _OURSELVES:
        return "not_active"
    if row["expires_at"] is not None and now >= row["expires_at"]:
        return "too_old"
    if row["journey_id"] is None or row["author"] is not None or Purpose(row["purpose"]) in _OWED:
        return ""
    return "" if state == "open" else (state or "withdrawn")


def _cap_reached(connection: sa.Connection, account: str, settings: RecoverySettings, now: datetime) -> bool:
    if settings.daily_cap is None:
        return False
    here = now.astimezone(ZoneInfo(read_office(connection, account, now).zone))
    since = here.replace(hour=0, minute=0, second=0, microsecond=0)
    return sent.spent(connection, account, since=since, per_segment=settings.price_per_segment) >= settings.daily_cap


def _hand_over(tools: Tools, each: _Try, subject: Mapping[str, str]) -> None:
    """Ask the provider, and write down what it says."""
    id, account, by = each.text["id"], each.text["account_id"], each.by
    message = message_of(tools, each.text, by.endpoint, by.way.sender)
    well = True
    handed: Handed | None = None
    error: Exception | None = None
    try:
        handed = by.texts.send(tools.http(by.endpoint), platform_settings(by.endpoint), message)
    except (Unavailable, Refused, Misconfigured, OutcomeUnknown) as raised:
        error, well = raised, isinstance(raised, Refused) and raised.failure not in _ANOTHER_MAY
    now = tools.clock()
    with tools.ledger.writing() as connection, remembering(connection):
        act_for(connection, account)
        if not (well and by.fares_well):
            note_outcome(connection, account, by.endpoint.id, by.way.sender, well=well, rest=_REST, now=now)
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
            if not by.texts.receipts_come and by.texts.find is not None:
                ask_later(connection, tools, id, 0, now)
            if each.text["author"] is not None:
                accepted(connection, tools, id, now)
            go_on(connection, tools, each.text, now)
            return
        log.warning("text_not_handed_over", connector=by.endpoint.connector, error=type(error).__name__)
        if isinstance(error, OutcomeUnknown) and not by.texts.keyed:
            later(connection, tools, subject, now + ASK_EVERY, now)
            return
        if isinstance(error, Refused):
            _refused(connection, tools, each, error, subject, now)
            return
        sent.try_again(
            connection, id, NotTaken.MISCONFIGURED if isinstance(error, Misconfigured) else NotTaken.UNAVAILABLE
        )
        pause = error.retry_after if isinstance(error, Unavailable) else None
        later(connection, tools, subject, now + (pause or _TRY_AGAIN), now)


def _refused(
    connection: sa.Connection, tools: Tools, each: _Try, error: Refused, subject: Mapping[str, str], now: datetime
) -> None:
    id, account, way = each.text["id"], each.text["account_id"], each.by.way
    settings = settings_for(connection, account)
    others = [other for other in open_ways(connection, tools, account, settings, now) if other.way != way]
    if error.failure in _ANOTHER_MAY and others:
        sent.try_again(connection, id)
        rest(connection, account, each.by.endpoint.id, way.sender, until=now + _REST)
        later(connection, tools, subject, now, now)
        return
    sent.failed(connection, id, error.failure, error.raw, now)
    learn(connection, tools, each.text, error.failure, now)


@dataclass(frozen=True, slots=True)
class _Held:
    """A text that nobody else changes, the state of its journey today, and when its caller was missed."""

    text: sent.Row
    state: str | None
    missed_at: datetime | None


def _hold(connection: sa.Connection, id: str) -> _Held | None:
    row = connection.execute(_TEXT, {"text": id}).one_or_none()
    if row is None:
        return None
    *_, state, missed_at = row
    return _Held({column.name: row._mapping[column] for column in texts.c}, state, missed_at)


_t = texts.c
_heir = sa.select(journey_aliases.c.journey_id).where(
    journey_aliases.c.account_id == _t.account_id, journey_aliases.c.old_id == _t.journey_id
)
_today = sa.func.coalesce(_heir.correlate(texts).scalar_subquery(), _t.journey_id)
_state = sa.select(journeys.c.state).where(journeys.c.id == _today)
_runs = sa.select(episodes.c.opened_at).where(episodes.c.journey_id == _t.journey_id)
_missed_at = _runs.order_by(episodes.c.number.desc()).limit(1)
# Built once: each text is asked for so.
_TEXT = (
    sa.select(texts, *(each.correlate(texts).scalar_subquery() for each in (_state, _missed_at)))
    .where(_t.id == sa.bindparam("text"))
    .with_for_update(of=texts)
)
