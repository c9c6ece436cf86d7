"""Keys with which programs and pages come in: only their digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import tokens


class Scope(StrEnum):
    """What a token allows."""

    READ = "read"
    NUMBERS = "numbers"
    WRITE = "write"
    #: Each line of salaries; all else of costs is for whoever may read.
    SALARIES = "salaries"


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who comes in with a token, and what they may do."""

    account_id: str
    scopes: frozenset[Scope]
    token_id: str = ""
    name: str = ""


def add_token(connection: sa.Connection, account: str, *, name: str, scopes: Iterable[Scope], now: datetime) -> str:
    """A new token. Returns it: it cannot be read again."""
    token = f"dcr_{secrets.token_urlsafe(32)}"
    row = {
        "id": new_id(),
        "account_id": account,
        "name": name,
        "digest": _digest(token),
        "scopes": " ".join(sorted(set(scopes))),
        "created_at": now,
    }
    connection.execute(sa.insert(tokens).values(**row))
    return token


def bearer_of(connection: sa.Connection, token: str) -> Bearer | None:
    """Who a token belongs to; None when nobody, or no more."""
    c = tokens.c
    row = connection.execute(
        sa.select(c.id, c.name, c.account_id, c.scopes).where(c.digest == _digest(token), c.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return Bearer(row.account_id, frozenset(Scope(word) for word in row.scopes.split()), row.id, row.name)


@dataclass(frozen=True, slots=True)
class KnownToken:
    """A token that still opens something, as far as it can be told: never the token itself."""

    id: str
    name: str
    scopes: frozenset[Scope]
    created_at: datetime


def tokens_of(connection: sa.Connection, account: str) -> list[KnownToken]:
    """The tokens of an account that were not revoked, the oldest first."""
    c = tokens.c
    query = sa.select(c.id, c.name, c.scopes, c.created_at).where(c.account_id == account, c.revoked_at.is_(None))
    return [
        KnownToken(row.id, row.name, frozenset(Scope(word) for word in row.scopes.split()), row.created_at)
        for row in connection.execute(query.order_by(c.created_at, c.id))
    ]


def revoke_token(connection: sa.Connection, account: str, id: str, *, now: datetime) -> None:
    """Let nobody in with a token of ``account`` from now on."""
    c = tokens.c
    known = sa.update(tokens).where(c.account_id == account, c.id == id, c.revoked_at.is_(None))
    connection.execute(known.values(revoked_at=now))


def _digest(token: str) -> bytes:
    # A token has 256 bits of chance: a plain digest cannot be guessed back.
    return hashlib.sha256(token.encode()).digest()
