"""What a person was promised is written on what is to be done for them, and taken off it again."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.bookings import Booking
from decroche.ledger.folding import refold_people
from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import bookings, work_items
from decroche.ledger.tables import reached
from decroche.ledger.work_items import Kind, Need, change_item, close, in_turn, open_item
from decroche.ledger.work_notes import Note, add_note
from decroche.understand.live_journeys import RecoveredBy

#: Bookings made so long before the last one were another matter.
_CHAIN = timedelta(days=14)


def promise(connection: sa.Connection, account: str, booking: Booking, *, now: datetime) -> str:
    """Have somebody call at the time of ``booking``, and count the journey as met by it. Returns the item.

    What was to be done earlier for the same person waits until then.
    """
    need = Need(
        kind=Kind.CALLBACK,
        key=f"booking:{booking.id}",
        person=booking.person,
        journey=booking.journey_id,
        site=booking.site,
        department=booking.department,
        due_at=booking.ends_at,
        promised_at=booking.starts_at,
        requested_at=now,
    )
    id = open_item(connection, account, need, now=now)
    item = in_turn(connection, account, id)
    if item.state == "open":
        change_item(connection, id, promised_at=booking.starts_at, due_at=booking.ends_at, snoozed_until=None)
    _answered(connection, account, booking, now)
    return id


def take_back(connection: sa.Connection, account: str, booking: Booking, *, now: datetime) -> None:
    """The person needs no call any more: what was to be done ends, and the journey was met by what they told us."""
    c = work_items.c
    theirs = (c.account_id == account) & (c.person == booking.person) & (c.kind == str(Kind.CALLBACK))
    query = sa.select(c.id).where(theirs, c.state == "open")
    for id in connection.execute(query).scalars().all():
        add_note(connection, id, kind=Note.NOTE, who="", now=now, body="cancelled_by_caller")
        close(connection, account, id, because="cancelled_by_caller", now=now, done=False)
    made = sa.select(bookings.c.id).where(bookings.c.account_id == account, bookings.c.person == booking.person)
    ids = [_id(account, id) for id in connection.execute(made).scalars()]
    r = reached.c
    taken_back = sa.update(reached).where(
        r.id.in_(ids), r.kind == str(RecoveredBy.BOOKING), r.at > booking.made_at - _CHAIN
    )
    connection.execute(taken_back.values(kind=str(RecoveredBy.REPLY)))
    refold_people(connection, account, [booking.person], now)


def _answered(connection: sa.Connection, account: str, booking: Booking, now: datetime) -> None:
    row = {
        "id": _id(account, booking.id),
        "account_id": account,
        "person": booking.person,
        "at": booking.made_at,
        "kind": str(RecoveredBy.BOOKING),
    }
    insert_new(connection, reached, [row], unique=("id",))
    refold_people(connection, account, [booking.person], now)


def _id(account: str, booking: str) -> str:
    return hashlib.blake2b(f"{account}|reached|{booking}".encode(), digest_size=16).hexdigest()
