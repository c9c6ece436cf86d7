"""What a person of the business decides about a refusal: that it was one, that it was none, or that it is over."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.acting import act_for
from decroche.ledger.refusals import end_pending, in_force, refuse, undo
from decroche.ledger.work_items import Kind, WorkItem, close, in_turn, open_items, read_item
from decroche.ledger.work_notes import Note, add_note
from decroche.recover.fingerprints import fingerprint
from decroche.rules.outreach import Scope

#: Why an item of a refusal is over.
CONFIRMED, NOT_MEANT = "refusal_confirmed", "no_refusal"


class NoRefusal(ValueError):
    """The item is about no refusal, or about nobody."""


def refusals_of(connection: sa.Connection, account: str, person: int, *, key: bytes) -> list[dict[str, Any]]:
    """The refusals of a person that hold now, the oldest first."""
    return [dict(row) for row in in_force(connection, account, fingerprint(key, account, person))]


def settle_refusal(
    connection: sa.Connection, account: str, id: str, *, refused: bool, who: str, now: datetime, key: bytes
) -> WorkItem:
    """Say whether what a person wrote was a refusal. Until then it held; if it was none it ends.

    Raises NoSuchItem, and NoRefusal for an item of another kind.
    """
    act_for(connection, account)
    item = in_turn(connection, account, id)
    if item.kind != Kind.REFUSAL or item.person is None:
        raise NoRefusal(id)
    if item.state != "open":
        return item
    mark = fingerprint(key, account, item.person)
    if refused:
        refuse(connection, account, mark, scope=str(Scope.EVERYTHING), source="person", at=now)
    end_pending(connection, account, mark, by=who, at=now)
    close(connection, account, id, because=CONFIRMED if refused else NOT_MEANT, now=now, who=who)
    return read_item(connection, account, id)


def record_refusal(
    connection: sa.Connection, account: str, person: int, *, scope: Scope, who: str, now: datetime, key: bytes
) -> bool:
    """Somebody told us that they want no texts, no calls, or nothing any more. Whether that is new.

    What a person wrote and nobody has settled yet is settled by it.
    """
    act_for(connection, account)
    mark = fingerprint(key, account, person)
    new = refuse(connection, account, mark, scope=str(scope), source="person", at=now)
    for item in open_items(connection, account, now=now, kinds=(Kind.REFUSAL,), person=person, asleep=True):
        add_note(connection, item.id, kind=Note.NOTE, who=who, now=now, body=f"refused: {scope}")
        if scope is Scope.EVERYTHING:
            close(connection, account, item.id, because=CONFIRMED, now=now, who=who)
    return new


def undo_refusal(
    connection: sa.Connection,
    account: str,
    person: int,
    *,
    scopes: Collection[Scope],
    who: str,
    now: datetime,
    key: bytes,
) -> int:
    """At a new word of the person their refusals end. How many did."""
    act_for(connection, account)
    mark = fingerprint(key, account, person)
    return undo(connection, account, mark, scopes=[str(scope) for scope in scopes], by=who, at=now)
