"""Addresses of the page on which a person chooses when to be called: hard to guess, theirs alone, and not for ever."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.recovery_tables import slot_links
from decroche.ledger.tables import journey_aliases

#: Random bytes of a token: 144 bits, which make 24 signs that a text message need not escape.
_BYTES = 18
#: How long an address works unless somebody says otherwise.
LASTS = timedelta(days=7)


class NoSuchLink(LookupError):
    """Nobody was given this address."""


class LinkExpired(Exception):
    """The address worked once; ``link`` says whose it was."""

    def __init__(self, link: Link) -> None:
        super().__init__("expired")
        self.link = link


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Whose address it is."""

    account_id: str
    journey_id: str
    person: int = field(repr=False)
    made_at: datetime
    expires_at: datetime
    opened_at: datetime | None = None


def make_link(
    connection: sa.Connection, account: str, *, journey: str, person: int, now: datetime, lasts: timedelta = LASTS
) -> str:
    """A new token for ``/r/<token>``. It cannot be read again: only its digest is kept."""
    token = secrets.token_urlsafe(_BYTES)
    row = {
        "digest": digest_of(token),
        "account_id": account,
        "journey_id": journey,
        "person": person,
        "made_at": now,
        "expires_at": now + lasts,
    }
    connection.execute(sa.insert(slot_links).values(**row))
    return token


def link_of(connection: sa.Connection, token: str, *, now: datetime) -> Link:
    """Whose token it is, with the journey as it is called now. Raises NoSuchLink and LinkExpired."""
    c = slot_links.c
    row = connection.execute(sa.select(slot_links).where(c.digest == digest_of(token))).one_or_none()
    if row is None:
        raise NoSuchLink
    a = journey_aliases.c
    heir = connection.execute(
        sa.select(a.journey_id).where(a.account_id == row.account_id, a.old_id == row.journey_id)
    ).scalar_one_or_none()
    found = Link(
        account_id=row.account_id,
        journey_id=heir or row.journey_id,
        person=row.person,
        made_at=row.made_at,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
    )
    if now >= found.expires_at:
        raise LinkExpired(found)
    return found


def note_opened(connection: sa.Connection, token: str, *, now: datetime) -> None:
    """Remember when the person first looked."""
    c = slot_links.c
    here = (c.digest == digest_of(token)) & c.opened_at.is_(None)
    connection.execute(sa.update(slot_links).where(here).values(opened_at=now))


def digest_of(token: str) -> bytes:
    """What is kept of a token: it has 144 bits of chance, and cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
