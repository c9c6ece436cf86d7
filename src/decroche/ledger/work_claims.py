"""Who does what: an item belongs to one person at a time, for a while, and so do all items about the same caller."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items
from decroche.ledger.turns import turn_free
from decroche.ledger.work_items import (
    AlreadyClosed,
    NoSuchItem,
    WorkItem,
    change_item,
    close,
    in_turn,
    read_item,
    whose_turn,
)
from decroche.ledger.work_notes import Note, add_note

#: How long somebody who claimed an item has it, unless they claim it again.
LEASE = timedelta(minutes=15)


class Taken(Exception):
    """Somebody else has this item, or another one of the same person, until ``until``."""

    def __init__(self, by: str, until: datetime) -> None:
        super().__init__("somebody else has it")
        self.by = by
        self.until = until


def claim(
    connection: sa.Connection, account: str, id: str, *, who: str, now: datetime, lease: timedelta = LEASE
) -> WorkItem:
    """The item, which is ``who``'s until the lease ends; again, and it lasts anew.

    While somebody has one item of a person, nobody else gets another of theirs: two of us never call the same person.
    Raises NoSuchItem, AlreadyClosed, Taken.
    """
    item = in_turn(connection, account, id)
    nobody_else(connection, item, who, now)
    if item.state != "open":
        raise AlreadyClosed(id)
    until = now + lease
    change_item(connection, id, claimed_by=who, claimed_until=until, snoozed_until=None)
    if item.holder(now) != who:
        add_note(connection, id, kind=Note.CLAIMED, who=who, now=now)
    return read_item(connection, account, id)


def claim_first(
    connection: sa.Connection,
    account: str,
    ids: Iterable[str],
    *,
    who: str,
    now: datetime,
    lease: timedelta = LEASE,
) -> WorkItem | None:
    """The first of ``ids`` that nobody else has or is about to have, and that is still to be done; None: none is."""
    for id in ids:
        try:
            if not turn_free(connection, *whose_turn(read_item(connection, account, id))):
                continue
            return claim(connection, account, id, who=who, now=now, lease=lease)
        except (Taken, AlreadyClosed, NoSuchItem):
            continue
    return None


def release(connection: sa.Connection, account: str, id: str, *, who: str, now: datetime) -> None:
    """Give a claimed item back. Raises NoSuchItem, and Taken when it is somebody else's."""
    item = in_turn(connection, account, id)
    nobody_else(connection, item, who, now)
    if item.claimed_by is not None:
        change_item(connection, id, claimed_by=None, claimed_until=None)
        add_note(connection, id, kind=Note.RELEASED, who=who, now=now)


def snooze(
    connection: sa.Connection, account: str, id: str, *, who: str, until: datetime, now: datetime, why: str = ""
) -> None:
    """Have an item come back at ``until``. Raises NoSuchItem, AlreadyClosed, Taken."""
    item = in_turn(connection, account, id)
    nobody_else(connection, item, who, now)
    if item.state != "open":
        raise AlreadyClosed(id)
    change_item(connection, id, snoozed_until=until, claimed_by=None, claimed_until=None)
    add_note(connection, id, kind=Note.SNOOZED, who=who, now=now, body=why)


def assign(connection: sa.Connection, account: str, id: str, *, to: str | None, who: str, now: datetime) -> WorkItem:
    """Give an item to somebody, or to nobody in particular (None). Whoever has claimed it keeps it meanwhile.

    Raises NoSuchItem, AlreadyClosed.
    """
    item = in_turn(connection, account, id)
    if item.state != "open":
        raise AlreadyClosed(id)
    if item.assigned_to != to:
        change_item(connection, id, assigned_to=to)
        add_note(connection, id, kind=Note.ASSIGNED, who=who, now=now, body=to or "")
    return read_item(connection, account, id)


def finish(connection: sa.Connection, account: str, id: str, *, who: str, now: datetime) -> WorkItem:
    """Say that an item is done, where no call has an outcome. Raises NoSuchItem, AlreadyClosed, Taken."""
    claim(connection, account, id, who=who, now=now)
    close(connection, account, id, because="done", now=now, who=who)
    return read_item(connection, account, id)


def nobody_else(connection: sa.Connection, item: WorkItem, who: str, now: datetime) -> None:
    """Raise Taken when somebody else has the item, or another one of its person."""
    c = work_items.c
    same = c.id == item.id
    if item.person is not None:
        same |= c.person == item.person
    query = (
        sa.select(c.claimed_by, c.claimed_until)
        .where(c.account_id == item.account_id, c.state == "open", same)
        .where(c.claimed_by != who, c.claimed_until > now)
        .order_by(c.claimed_until.desc())
    )
    if (held := connection.execute(query).first()) is not None:
        raise Taken(held.claimed_by, held.claimed_until)
