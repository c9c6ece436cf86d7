"""Tells those who follow the ledger of a change that no platform told."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.inserting import insert_for
from decroche.ledger.tables import changes, counters


def tell_change(connection: sa.Connection, account: str, kind: str, subject: str, now: datetime) -> None:
    """Note a change for whoever follows them. Nobody else notes one before this transaction ends."""
    next_revision(connection, 1)
    connection.execute(sa.insert(changes).values(account_id=account, at=now, kind=kind, subject=subject))


def next_revision(connection: sa.Connection, count: int) -> int:
    """The first of ``count`` revisions; nobody else gets one until this transaction ends, so they are in its order."""
    add = insert_for(connection)(counters).values(name="revision", value=count)
    more = add.on_conflict_do_update(index_elements=["name"], set_={"value": counters.c.value + count})
    last = connection.execute(more.returning(counters.c.value)).scalar_one()
    return int(last) - count + 1
