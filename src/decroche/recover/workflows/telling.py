"""Tells people of the business what they have to do: each once, by the first way that works, and in their own hours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
import structlog

from decroche.language import Language
from decroche.ledger.businesses import business
from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import notices as table
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.tables import accounts, journeys
from decroche.recover.notices import Channel, Notice, Team, notices
from decroche.recover.playbook import EMERGENCY, Act
from decroche.recover.workflows.places import playbook_for, settings_for
from decroche.recover.workflows.post import MaybeHanded, Message, NotHanded, Sender
from decroche.recover.workflows.pushing import Gone, Pusher, forget, subscriptions
from decroche.recover.workflows.standing import missed_calls
from decroche.recover.workflows.texting_members import text_member
from decroche.recover.workflows.tools import Tools
from decroche.rules.outreach import Purpose
from decroche.telemetry import where

TELL, NOTIFY = "tell", "notify"
#: How long to wait before another way, or the same one again, and how often in all.
_AGAIN, _TRIES = timedelta(minutes=2), 4
#: A notice by text that could not be handed over for so long tells nothing new any more.
_TEXT_LASTS = timedelta(hours=1)

log = structlog.get_logger()


def telling(
    senders: Mapping[Channel, Sender], push: Pusher | None = None
) -> dict[str, Callable[[Tools, Mapping[str, str]], None]]:
    """The steps that tell people, by their names, for ``Recovery``."""
    return {TELL: tell, NOTIFY: lambda tools, subject: notify(tools, subject, senders, push)}


def tell(tools: Tools, subject: Mapping[str, str]) -> None:
    """A step of a playbook wants people to know: write down who is told, and set the timer of each."""
    now = tools.clock()
    with tools.ledger.writing() as connection:
        row = connection.execute(sa.select(journeys).where(journeys.c.id == subject["journey"])).one_or_none()
        if row is None:
            return
        account = row.account_id
        settings = settings_for(connection, account)
        missed = missed_calls(connection, dict(row._mapping), row.last_missed_at)
        department = missed[0]["department"] if missed else ""
        playbook = playbook_for(connection, account, row.site, department, settings)
        steps = (*playbook.steps, EMERGENCY)
        step = next((each for each in steps if each.name == subject["step"]), None)
        if step is None or step.to is None:
            return
        about = business(connection, account, now)
        zone = ZoneInfo(about.zones.get(row.site, about.zone))
        # To assign is to tell those meant; only what must not be left lying climbs the ladder.
        climbing = step.act is Act.ESCALATE
        found = notices(
            step.to,
            Team.read(settings.team),
            now=now,
            quiet=playbook.quiet_hours,
            zone=zone,
            climbing=climbing,
            urgent=step is EMERGENCY or bool(step.when.emergency),
        )
        for notice in found:
            _intend(connection, tools, account, row.id, subject, notice, now)


def notify(
    tools: Tools, subject: Mapping[str, str], senders: Mapping[Channel, Sender], push: Pusher | None = None
) -> None:
    """The time of one notice has come: hand it over, unless the matter is in hand by now."""
    now = tools.clock()
    with tools.ledger.writing() as connection:
        row = _mine(connection, subject["notice"], now)
        if row is None:
            return
        message, ways = _message(connection, row, subject), _ways(row.body)
        connection.execute(sa.update(table).where(table.c.id == row.id).values(state="unknown", tries=row.tries + 1))
    state, problem, handed_at = "handed", None, None
    channel, address = ways[min(row.tries, len(ways) - 1)]
    sender = senders.get(channel)
    try:
        if channel is Channel.TEXT:
            _by_text(tools, row.account_id, row.id, address, message, now)
        elif channel is Channel.PUSH and push is not None:
            _by_push(tools, push, row.account_id, address, message, now)
        elif sender is None:
            raise NotHanded(f"no way to send {channel}")
        else:
            sender(address, message)
        handed_at = now
    except NotHanded as error:
        state, problem = ("failed" if row.tries + 1 >= max(_TRIES, len(ways)) else "intended"), str(error)
    except MaybeHanded as error:
        state, problem = "unknown", str(error)
    except Exception as error:
        # Nobody knows how far it came: to be told twice is better than not at all.
        log.error("notice_failed", channel=str(channel), error=type(error).__name__, where=where(error))
        state, problem = ("failed" if row.tries + 1 >= _TRIES else "intended"), type(error).__name__
    with tools.ledger.writing() as connection:
        values = {"state": state, "problem": problem, "handed_at": handed_at, "channel": str(channel)}
        connection.execute(sa.update(table).where(table.c.id == row.id).values(values))
        if state == "intended":
            key, again = (
                f"notify:{row.id}:{row.tries + 1}",
                now + (_AGAIN if sender is not None or channel is Channel.TEXT else timedelta()),
            )
            tools.timers.set(connection, key, NOTIFY, dict(subject), at=again, now=now)


def _by_push(tools: Tools, push: Pusher, account: str, member: str, message: Message, now: datetime) -> None:
    """Show it on every browser of a member. Raises NotHanded where none took it, MaybeHanded where one may have."""
    with tools.ledger.reading() as connection:
        known = subscriptions(connection, account, member)
    shown, lost = False, None
    problem: NotHanded = NotHanded("no browser")
    for id, subscription in known:
        try:
            push(subscription, message)
            shown = True
        except Gone as error:
            problem = error
            with tools.ledger.writing() as connection:
                forget(connection, id, now)
        except NotHanded as error:
            problem = error
        except MaybeHanded as error:
            lost = error
    if shown:
        return
    raise lost or problem


def _by_text(tools: Tools, account: str, notice: str, address: str, message: Message, now: datetime) -> None:
    """Have it sent as a text by the ways of the business, once. Raises NotHanded where no way is, or a rule refuses."""
    body = message.body.strip().replace("\n", " ")
    text_member(tools, account, address, body, id=notice, purpose=Purpose.NOTICE, lasts=_TEXT_LASTS, now=now)


def _intend(
    connection: sa.Connection,
    tools: Tools,
    account: str,
    journey: str,
    subject: Mapping[str, str],
    notice: Notice,
    now: datetime,
) -> None:
    told = f"{journey}|{subject['episode']}|{subject['step']}|{notice.member}"
    id = hashlib.blake2b(told.encode(), digest_size=16).hexdigest()
    ways = [(notice.channel, notice.address), *notice.instead]
    row = {
        "id": id,
        "account_id": account,
        "journey_id": journey,
        "item_id": subject.get("item") or None,
        "member": notice.member,
        "channel": str(notice.channel),
        "body": msgspec.json.encode([[str(channel), address] for channel, address in ways]).decode(),
        "state": "intended",
        "due_at": notice.due_at,
    }
    if insert_new(connection, table, [row], unique=("id",)):
        what = {"notice": id, "step": subject["step"]}
        tools.timers.set(connection, f"notify:{id}:0", NOTIFY, what, at=notice.due_at, now=now)


def _mine(connection: sa.Connection, id: str, now: datetime) -> sa.Row[tuple[object, ...]] | None:
    """The notice, which nobody else hands over now; None when there is nothing left to tell."""
    row = connection.execute(sa.select(table).where(table.c.id == id).with_for_update()).one_or_none()
    if row is None or row.state != "intended":
        return None
    if row.item_id is not None:
        w = work_items.c
        item = connection.execute(sa.select(w.state, w.claimed_until).where(w.id == row.item_id)).one_or_none()
        held = item is not None and item.claimed_until is not None and item.claimed_until > now
        if item is None or item.state != "open" or held:
            gone = sa.update(table).where(table.c.id == id)
            connection.execute(gone.values(state="cancelled", problem="in hand"))
            return None
    return row


def _message(connection: sa.Connection, row: sa.Row[tuple[object, ...]], subject: Mapping[str, str]) -> Message:
    """What is told: that somebody waits, never their number, which is shown where one may see it."""
    c = accounts.c
    account = connection.execute(sa.select(c.name, c.language).where(c.id == row.account_id)).one()
    language = Language(account.language)
    title = language.say("notice.title", business=account.name)
    body = language.say("notice.body", id=str(row.item_id or row.journey_id)[:8])
    data = {"notice": row.id, "journey": row.journey_id or "", "item": row.item_id or "", "step": subject["step"]}
    return Message(id=row.id, subject=title, body=f"{title}.\n{body}\n", data=data)


def _ways(body: str) -> list[tuple[Channel, str]]:
    return [(Channel(channel), address) for channel, address in msgspec.json.decode(body, type=list[tuple[str, str]])]
