"""Has transactions that concern the same thing follow one another, in one process or in many."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa


def take_turns(connection: sa.Connection, *thing: object) -> None:
    """Wait until no other transaction has its turn with ``thing``, and keep it until this one ends.

    ``connection`` is one that writes. On SQLite writers follow one another anyway. A transaction that takes turns with
    several things takes them in an order that all keep, or two of them wait for each other.
    """
    if connection.dialect.name == "sqlite":
        return
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_key(thing))))


def turn_free(connection: sa.Connection, *thing: object) -> bool:
    """Take a turn with ``thing`` without waiting for it; False when another transaction has it."""
    if connection.dialect.name == "sqlite":
        return True
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_key(thing)))).scalar_one())


def _key(thing: tuple[object, ...]) -> int:
    word = "|".join(str(part) for part in thing).encode()
    return int.from_bytes(hashlib.blake2b(word, digest_size=8).digest(), "big", signed=True)
