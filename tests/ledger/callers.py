"""Calls, journeys and items of the tests of recovery's ledger, put straight into its tables."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.tables import calls, journeys
from decroche.ledger.work_items import Kind, Need, open_item
from tests.ledger.business import Shop
from tests.ledger.stories import NOW

ANN, BOB = 33611111111, 33622222222


def minutes(count: float) -> datetime:
    """So many minutes after the moment at which these tests begin."""
    return NOW + timedelta(minutes=count)


def need(key: str = "1", person: int | None = ANN, *, kind: Kind = Kind.CALLBACK, **values: Any) -> Need:
    """A need of Ann to be called back, unless told otherwise."""
    return Need(**{"kind": kind, "key": key, "person": person, "journey": f"j{key}", "site": "Lyon", **values})


def opened(found: Shop, key: str = "1", person: int | None = ANN, *, at: float = 0, **values: Any) -> str:
    """The item of a need."""
    with found.ledger.writing() as connection:
        return open_item(connection, found.account, need(key, person, **values), now=minutes(at))


def called(
    found: Shop,
    id: str,
    person: int,
    *,
    at: float,
    direction: str = "outbound",
    answered: bool = True,
    heard: float | None = None,
) -> None:
    """A call with a person; it is told as it happens, or when it is ``heard`` of."""
    row = {
        "id": id,
        "account_id": found.account,
        "revision": 1,
        "endpoint_id": found.endpoint,
        "external_key": id,
        "progress": "ended",
        "disposition": "answered" if answered else "no_answer",
        "direction": direction,
        "started_at": minutes(at),
        "last_heard_at": minutes(at if heard is None else heard),
        "caller_kind": "external",
        "person": person,
        "answered": answered,
        **dict.fromkeys(("queued", "rang", "voicemail", "after_hours"), False),
        "legs": "[]",
        "sources": "live",
    }
    with found.ledger.writing() as connection:
        connection.execute(sa.insert(calls).values(**row))


def journeyed(found: Shop, id: str, person: int, state: str, *, at: float, by: str | None = None) -> None:
    """A journey as it stands now."""
    over = state != "open"
    row = {
        "id": id,
        "account_id": found.account,
        "revision": 1,
        "site": "Lyon",
        "person": person,
        "state": state,
        "opened_at": minutes(-5),
        "last_missed_at": minutes(-5),
        "expires_at": minutes(10_000),
        "closed_at": minutes(at) if over else None,
        "recovered_by": by,
        "recovered_ref": "c" if by else None,
        "attempts": 1,
        "missed_calls": "[]",
        "calls": "[]",
        "learned_at": minutes(-5),
    }
    with found.ledger.writing() as connection:
        connection.execute(sa.delete(journeys).where(journeys.c.id == id))
        connection.execute(sa.insert(journeys).values(**row))
