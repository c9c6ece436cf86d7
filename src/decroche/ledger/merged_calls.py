"""What people have to do about a call goes on when the phone system tells that it was a part of another call."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.call_ids import call_id
from decroche.ledger.tables import call_keys, calls
from decroche.ledger.work_items import (
    Kind,
    WorkItem,
    change_item,
    close,
    in_turn,
    item_id,
    known_item,
    read_item,
    written,
)
from decroche.ledger.work_notes import Note, add_note

#: Why one of two items ends that turn out to be about the same call.
MERGED = "merged"
#: A call began so long before somebody had to do something about it, at the most.
_BEFORE = timedelta(days=3)


def hand_down(connection: sa.Connection, account: str, old: str, *, kind: Kind, key: str, now: datetime) -> None:
    """The call ``old`` became part of another: what was opened about it is about that one from now on, and not twice.

    ``key`` is the key of the need, with ``{}`` where the id of the call stands.
    """
    known = known_item(connection, item_id(account, kind, key.format(old)))
    if known is None:
        return
    heir = _heir(connection, account, old, read_item(connection, account, known))
    if heir is None:
        return
    item = in_turn(connection, account, known)
    theirs = item_id(account, kind, key.format(heir))
    other = known_item(connection, theirs)
    if other is None:
        add_note(connection, item.id, kind=Note.JOINED, who="", now=now, body=item.journey_id or "", key=theirs)
    elif other != item.id and kind is Kind.VOICEMAIL:
        close(connection, account, item.id, because=MERGED, now=now, done=False)
        item = read_item(connection, account, item.id)
    if item.about.get("call") == old:
        change_item(connection, item.id, about=written({**item.about, "call": heir}))


def _heir(connection: sa.Connection, account: str, old: str, item: WorkItem) -> str | None:
    """The call that ``old`` became part of: it is known by the name of which the old id was made."""
    c, k = calls.c, call_keys.c
    lately = (c.account_id == account) & (c.started_at > item.opened_at - _BEFORE) & (c.started_at <= item.opened_at)
    query = sa.select(k.connector, k.key, k.call_id).select_from(calls.join(call_keys, k.call_id == c.id)).where(lately)
    found = (row for row in connection.execute(query) if call_id(account, row.connector, row.key) == old)
    return next((str(row.call_id) for row in found), None)
