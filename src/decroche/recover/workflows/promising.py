"""Says by text what was promised to a caller who chose a time, reminds them, and sees whether it was kept."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger import recovery_settings as wishes
from decroche.ledger import texts as sent
from decroche.ledger.acting import act_for
from decroche.ledger.bookings import BookingState, note_reminder, settle_promises
from decroche.ledger.recovery_tables import bookings
from decroche.ledger.slot_links import make_link
from decroche.ledger.tables import accounts
from decroche.recover.slots import SlotSettings
from decroche.recover.workflows.advancing import SEND, look_again
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.standing import read_office
from decroche.recover.workflows.surveying import plan_after_conversation
from decroche.recover.workflows.tools import Tools
from decroche.recover.workflows.writing import Unwritable, local, write
from decroche.rules.outreach import Purpose

REMIND, SETTLE = "remind", "settle_promise"
#: The templates that name a time.
_OF_A_TIME = ("slot_confirmed", "slot_moved", "reminder")
#: How long before the time they chose somebody is reminded, and of how late a choice nobody is.
_REMINDED, _NOT_WORTH_IT = timedelta(hours=2), timedelta(hours=6)


def promised(connection: sa.Connection, tools: Tools, id: str, now: datetime) -> None:
    """Somebody chose a time, or another: confirm it, and set the timers of what follows."""
    row = _read(connection, id)
    if row is None or row["state"] != BookingState.BOOKED:
        return
    for each in _left(connection, row):
        _forget(connection, tools, each, now)
    _text(
        connection, tools, row, "slot_moved" if _moved(connection, row) else "slot_confirmed", Purpose.CONFIRMATION, now
    )
    subject = {"booking": id}
    if row["starts_at"] - row["made_at"] >= _NOT_WORTH_IT:
        at = row["starts_at"] - _REMINDED
        tools.timers.set(connection, f"remind:{id}", REMIND, subject, at=at, now=now)
    ends = row["ends_at"] + _tolerance(connection, row["account_id"]) + timedelta(minutes=1)
    tools.timers.set(connection, f"promise:{id}", SETTLE, subject, at=ends, now=now)
    plan_after_conversation(
        connection, tools, row["account_id"], row["person"], subject=id, site=row["site"], at=row["made_at"], now=now
    )
    look_again(connection, tools, row["journey_id"], now)


def given_back(connection: sa.Connection, tools: Tools, id: str, now: datetime) -> None:
    """Somebody needs the call no more: confirm it."""
    row = _read(connection, id)
    if row is not None and row["state"] == BookingState.CANCELLED:
        _forget(connection, tools, id, now)
        _text(connection, tools, row, "slot_cancelled", Purpose.CONFIRMATION, now)
        look_again(connection, tools, row["journey_id"], now)


def remind(tools: Tools, subject: Mapping[str, str]) -> None:
    """The time that they chose comes near."""
    now = tools.clock()
    with tools.ledger.writing() as connection:
        row = _in_turn(connection, subject["booking"])
        if row is None or row["state"] != BookingState.BOOKED or row["reminded_at"] or now >= row["starts_at"]:
            return
        note_reminder(connection, row["id"], now=now)
        _text(connection, tools, row, "reminder", Purpose.REMINDER, now)


def settle(tools: Tools, subject: Mapping[str, str]) -> None:
    """The time that they chose is over: was the promise kept?"""
    now = tools.clock()
    with tools.ledger.writing() as connection:
        row = _in_turn(connection, subject["booking"])
        if row is not None:
            tolerance = _tolerance(connection, row["account_id"])
            settle_promises(connection, row["account_id"], now=now, tolerance=tolerance)


def _tolerance(connection: sa.Connection, account: str) -> timedelta:
    """How long after its slot a call still keeps the promise, as the business wants."""
    return timedelta(minutes=SlotSettings.read(settings_for(connection, account).slots).tolerance_minutes)


def _in_turn(connection: sa.Connection, id: str) -> dict[str, Any] | None:
    """The booking as it is in the turn of its account's recovery."""
    before = _read(connection, id)
    if before is None:
        return None
    act_for(connection, before["account_id"])
    return _read(connection, id)


def _read(connection: sa.Connection, id: str) -> dict[str, Any] | None:
    row = connection.execute(sa.select(bookings).where(bookings.c.id == id)).one_or_none()
    return None if row is None else dict(row._mapping)


def _moved(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    c = bookings.c
    mine = (c.account_id == row["account_id"]) & (c.journey_id == row["journey_id"])
    query = sa.select(c.id).where(mine, c.state == str(BookingState.MOVED))
    return connection.execute(query.limit(1)).first() is not None


def _left(connection: sa.Connection, row: Mapping[str, Any]) -> list[str]:
    """The times of the same journey that were chosen before this one."""
    c = bookings.c
    mine = (c.account_id == row["account_id"]) & (c.journey_id == row["journey_id"])
    return list(connection.execute(sa.select(c.id).where(mine, c.state == str(BookingState.MOVED))).scalars())


def _forget(connection: sa.Connection, tools: Tools, booking: str, now: datetime) -> None:
    """That time is given up: nobody is reminded of it, and what waits to be said of it is not said."""
    tools.timers.cancel(connection, f"remind:{booking}")
    tools.timers.cancel(connection, f"promise:{booking}")
    for template in _OF_A_TIME:
        sent.cancel(connection, _text_id(template, booking), "slot_changed", now)


def _text_id(template: str, booking: str) -> str:
    return hashlib.blake2b(f"{template}|{booking}".encode(), digest_size=16).hexdigest()


def _text(
    connection: sa.Connection, tools: Tools, row: Mapping[str, Any], template: str, purpose: Purpose, now: datetime
) -> None:
    """Write one text about a promise; the same promise has each of them once."""
    account, person = row["account_id"], row["person"]
    settings = settings_for(connection, account)
    if not settings.active or not settings.links:
        return
    office = read_office(connection, account, now, site=row["site"], department=row["department"])
    token = make_link(connection, account, journey=row["journey_id"], person=person, now=now)
    about = wishes.about_person(connection, account, person) or {}
    language = (
        about.get("language")
        or connection.execute(sa.select(accounts.c.language).where(accounts.c.id == account)).scalar_one()
    )
    values = {"slot_time": local(row["starts_at"], office), "link": f"{settings.links.rstrip('/')}/r/{token}"}
    written = write(
        connection,
        account,
        template,
        language=language,
        settings=settings,
        values=values,
        recipient=f"+{person}",
        office=office,
        now=now,
    )
    if isinstance(written, Unwritable):
        return
    id = _text_id(template, row["id"])
    text = {
        "id": id,
        "account_id": account,
        "journey_id": row["journey_id"],
        "person": person,
        "recipient": written.recipient,
        "body": written.body,
        "purpose": str(purpose),
        "template": template,
        "segments": written.segments,
        "created_at": now,
        "expires_at": max(row["starts_at"], now + timedelta(minutes=30)),
    }
    if sent.intend(connection, text):
        tools.timers.set(connection, f"send:{id}:0", SEND, {"text": id, "try": "0"}, at=now, now=now)
