"""What happened to each thing that was to be done, in order and for good."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from decroche.ledger.inserting import insert_new
from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.searching import enter_note
from decroche.ledger.turns import take_turns


class Note(StrEnum):
    """What happened to an item. JOINED: another need of the same person became part of it."""

    CLAIMED = "claimed"
    CALLED = "called"
    OUTCOME = "outcome"
    NOTE = "note"
    SNOOZED = "snoozed"
    RELEASED = "released"
    CLOSED = "closed"
    JOINED = "joined"
    LISTENED = "listened"
    ASSIGNED = "assigned"


def add_note(
    connection: sa.Connection, item: str, *, kind: Note, who: str, now: datetime, body: str = "", key: str | None = None
) -> None:
    """Write down what happened to an item. Of a ``key``, unlike all others of all items, only the first is kept."""
    take_turns(connection, "notes", item)
    if key is None:
        query = sa.select(sa.func.count()).where(work_notes.c.item_id == item)
        id = f"{item}{connection.execute(query).scalar_one():06x}"
    else:
        id = note_id(key)
    row = {"id": id, "item_id": item, "at": now, "who": who, "kind": str(kind), "body": body}
    if insert_new(connection, work_notes, [row], unique=("id",)) and kind is Note.NOTE and who:
        enter_note(connection, item, id, at=now, said=body)


def notes_of(connection: sa.Connection, account: str, id: str) -> list[Mapping[str, Any]]:
    """What happened to an item, in order; nothing when the account has no such item."""
    mine = sa.select(work_notes).join(work_items, work_items.c.id == work_notes.c.item_id)
    here = (work_items.c.account_id == account) & (work_notes.c.item_id == id)
    query = mine.where(here).order_by(work_notes.c.at, work_notes.c.id)
    return [dict(row._mapping) for row in connection.execute(query)]


def note_id(key: str) -> str:
    """The id of the note of a ``key``."""
    return hashlib.blake2b(f"note|{key}".encode(), digest_size=16).hexdigest()


def called_lately(connection: sa.Connection, item: str, *, since: datetime) -> bool:
    """Whether somebody had the phone system call for an item since then."""
    c = work_notes.c
    query = sa.select(c.id).where(c.item_id == item, c.kind == str(Note.CALLED), c.at >= since).limit(1)
    return connection.execute(query).first() is not None
