"""The log of rulings on what might have gone out: append-only, each entry sealed with the one before."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from decroche.ledger.acting import act_for
from decroche.ledger.recovery_tables import decisions
from decroche.ledger.remembering import memory
from decroche.rules.chain import Break, Entry, next_entry, verify
from decroche.rules.outreach import Outreach
from decroche.rules.ruling import Ruling

_LAST = (
    sa.select(decisions)
    .where(decisions.c.account_id == sa.bindparam("account"))
    .order_by(decisions.c.number.desc())
    .limit(1)
)
_ADD = sa.insert(decisions)
_CHAIN = "last_ruling"


def log_ruling(
    connection: sa.Connection, account: str, outreach: Outreach, ruling: Ruling, *, key: bytes, journey: str | None
) -> int:
    """Add a ruling to the account's chain, under the account's ``key``. Returns its number."""
    act_for(connection, account)
    entry = next_entry(_last(connection, account), outreach=outreach, ruling=ruling, key=key, journey=journey)
    row = {
        "account_id": account,
        "number": entry.number,
        "at": entry.at,
        "fingerprint": entry.fingerprint,
        "journey_id": journey,
        "body": entry.body,
        "digest": entry.digest,
    }
    connection.execute(_ADD, row)
    if (known := memory(connection)) is not None:
        known[_CHAIN, account] = entry
    return entry.number


def _last(connection: sa.Connection, account: str) -> Entry | None:
    """The last entry of an account: who acts for it adds the next."""
    known: Entry | None = (memory(connection) or {}).get((_CHAIN, account))
    if known is not None:
        return known
    row = connection.execute(_LAST, {"account": account}).one_or_none()
    return None if row is None else _entry(row)


def rulings(connection: sa.Connection, account: str, *, journey: str | None = None) -> Iterator[Entry]:
    """The entries of an account, or of one journey, the oldest first."""
    c = decisions.c
    query = sa.select(decisions).where(c.account_id == account).order_by(c.number)
    for row in connection.execute(query if journey is None else query.where(c.journey_id == journey)):
        yield _entry(row)


def of_person(connection: sa.Connection, account: str, fingerprint: bytes) -> Iterator[Entry]:
    """The entries about one person, the oldest first."""
    c = decisions.c
    query = sa.select(decisions).where(c.account_id == account, c.fingerprint == fingerprint).order_by(c.number)
    for row in connection.execute(query):
        yield _entry(row)


def broken_link(connection: sa.Connection, account: str) -> Break | None:
    """The first entry that was changed, or before which one is missing; None when the chain is whole."""
    return verify(rulings(connection, account))


def _entry(row: sa.Row[tuple[object, ...]]) -> Entry:
    found = row._mapping
    return Entry(
        number=found["number"],
        at=found["at"],
        fingerprint=bytes(found["fingerprint"]),
        body=found["body"],
        digest=bytes(found["digest"]),
    )
