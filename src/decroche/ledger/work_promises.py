"""What a person was promised is written on what is to be done for them, and taken off it again."""

from __future__ import annotations

import hashlib
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.bookings import Booking
from decroche.ledger.folding import refold_people
from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import work_items
from decroche.ledger.tables import reached
from decroche.ledger.work_items import Kind, Need, change_item, close, in_turn, open_item
from decroche.ledger.work_notes import Note, add_note
from decroche.understand.live_journeys import RecoveredBy


def promise(connection: sa.Connection, account: str, booking: Booking, *, now: datetime) -> str:
    """Have somebody call at the time of ``booking``. Returns the item. The call, not the promise, meets the need.

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
    return id


def take_back(connection: sa.Connection, account: str, booking: Booking, *, now: datetime) -> None:
    """The person needs no call any more: what was to be done ends, and the journey was met by what they told us."""
    c = work_items.c
    theirs = (c.account_id == account) & (c.person == booking.person) & (c.kind == str(Kind.CALLBACK))
    query = sa.select(c.id).where(theirs, c.state == "open")
    for id in connection.execute(query).scalars().all():
        add_note(connection, id, kind=Note.NOTE, who="", now=now, body="cancelled_by_caller")
        close(connection, account, id, because="cancelled_by_caller", now=now, done=False)
    row = {
        "id": hashlib.blake2b(f"{account}|reached|{booking.id}".encode(), digest_size=16).hexdigest(),
        "account_id": account,
        "person": booking.person,
        "at": now,
        "kind": str(RecoveredBy.REPLY),
    }
    insert_new(connection, reached, [row], unique=("id",))
    refold_people(connection, account, [booking.person], now)
