"""Writes down that a caller's need was met otherwise than by a call, and closes the journey that waited for it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.folding import refold_people
from decroche.ledger.inserting import insert_new
from decroche.ledger.tables import reached


def meet(
    connection: sa.Connection, account: str, person: int, *, kind: str, at: datetime, ref: str, now: datetime
) -> bool:
    """A reply of ours, or a booking made elsewhere (``kind``), reached the person ``at``. Whether it is new.

    ``ref`` is the id of the text or the booking: the same again changes nothing.
    """
    row = {"id": ref, "account_id": account, "person": person, "at": at, "kind": str(kind)}
    if not insert_new(connection, reached, [row], unique=("id",)):
        return False
    refold_people(connection, account, [person], now)
    return True
