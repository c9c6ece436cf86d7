"""Keeps the place of whoever left the queue to be called back, and says about when their turn comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from decroche.ledger import recovery_settings as wishes
from decroche.ledger.businesses import business
from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.tables import calls, journeys
from decroche.ledger.work_items import Kind, Need, WorkItem, open_item, open_items
from decroche.ledger.work_notes import Note
from decroche.model.call import MissedReason
from decroche.recover.slots import SlotSettings
from decroche.recover.waiting_line import Estimate, pace_of, when_we_call
from decroche.recover.workflows.places import hours_at, settings_for, zone_at
from decroche.understand.business_deadline import business_deadline
from decroche.understand.business_minutes import business_minutes

#: A wish that is learned later is history, and nobody's task.
_STILL_WANTED = timedelta(days=2)
#: Whoever asks to be called is called within so much open time.
CALLED_WITHIN = timedelta(hours=1)
#: What the need of whoever asked in a call is known by.
ASKED = "asked:{}"
#: How far back calls tell our pace.
_LOOK_BACK = timedelta(days=7)


def asking(connection: sa.Connection, ids: Sequence[str]) -> set[str]:
    """Those of the missed calls in which the caller asked to be called back."""
    c = calls.c
    query = sa.select(c.id).where(c.id.in_(ids), c.reason == str(MissedReason.CALLBACK_REQUESTED))
    return set(connection.execute(query).scalars()) if ids else set()


def requested(connection: sa.Connection, call_id: str, now: datetime) -> None:
    """A caller left the queue by the key that asks for a call: somebody calls them in their turn."""
    c, j = calls.c, journeys.c
    call = connection.execute(sa.select(calls).where(c.id == call_id)).one_or_none()
    if call is None or call.person is None or now - call.started_at >= _STILL_WANTED:
        return
    account = call.account_id
    if wishes.settings_of(connection, account) is None:
        return
    theirs = (j.account_id == account) & (j.person == call.person) & (j.state == "open")
    journey = connection.execute(sa.select(j.id).where(theirs).order_by(j.last_missed_at.desc())).scalars().first()
    if journey is None:
        return
    about = business(connection, account, now)
    due = business_deadline(
        now, CALLED_WITHIN, hours=hours_at(about, call.site, call.department), zone=zone_at(about, call.site)
    )
    need = Need(
        kind=Kind.CALLBACK,
        key=ASKED.format(call_id),
        person=call.person,
        journey=journey,
        site=call.site,
        department=call.department,
        due_at=due,
        requested_at=call.ended_at or call.started_at,
        about={"call": call_id, "joined": joined(call).isoformat()},
    )
    open_item(connection, account, need, now=now)


def joined(call: Any) -> datetime:
    """When the caller of a missed call joined the queue; when they called, where no queue or wait is told."""
    if call.queued and call.wait_s is not None and call.ended_at is not None:
        return max(call.started_at, call.ended_at - timedelta(seconds=call.wait_s))  # type: ignore[no-any-return]
    return call.started_at  # type: ignore[no-any-return]


def place_in(connection: sa.Connection, account: str, journey: str | None) -> dict[str, str]:
    """The place of somebody who asks for a call after a miss, as an item keeps it: that of the last missed call."""
    j, c = journeys.c, calls.c
    told = connection.execute(sa.select(j.missed_calls).where(j.account_id == account, j.id == journey)).scalar()
    missed = [] if told is None else msgspec.json.decode(told, type=list[str])
    if not missed:
        return {}
    call = connection.execute(sa.select(calls).where(c.account_id == account, c.id == missed[-1])).one_or_none()
    return {} if call is None else {"joined": joined(call).isoformat()}


def their_turn(connection: sa.Connection, item: WorkItem, *, now: datetime) -> Estimate | None:
    """About when the person of an item that was asked for is called; None: not known yet."""
    mine = item.joined_at
    if mine is None or item.promised_at is not None:
        return None
    about = business(connection, item.account_id, now)
    hours, zone = hours_at(about, item.site, item.department), zone_at(about, item.site)
    paces = _paces(connection, item, hours, zone, now)
    if not any(paces):
        return None
    others = open_items(connection, item.account_id, now=now, kinds=(Kind.CALLBACK,), site=item.site)
    ahead = sum(
        each.id != item.id and (bool(each.emergencies) or ((at := each.joined_at) is not None and at < mine))
        for each in others
    )
    return when_we_call(ahead=ahead, paces=paces, now=now, hours=hours, zone=zone)


def _paces(
    connection: sa.Connection, item: WorkItem, hours: Any, zone: ZoneInfo, now: datetime
) -> tuple[float | None, ...]:
    """How many are called in an open minute: what we promise in slots, where that is told, and what we did lately."""
    told = settings_for(connection, item.account_id).slots
    slots = SlotSettings.read(told)
    promised = slots.capacity / slots.minutes if "capacity" in told else None
    n, w = work_notes.c, work_items.c
    since = now - _LOOK_BACK
    query = (
        sa.select(sa.func.count())
        .select_from(work_notes.join(work_items, w.id == n.item_id))
        .where(w.account_id == item.account_id, w.site == item.site, w.kind == str(Kind.CALLBACK))
        .where(n.kind == str(Note.OUTCOME), n.at > since, n.at <= now)
    )
    minutes = _LOOK_BACK / timedelta(minutes=1)
    if hours is not None:
        minutes = business_minutes(since, now, hours=hours, zone=zone)
    return promised, pace_of(made=int(connection.execute(query).scalar_one()), open_min=minutes)
