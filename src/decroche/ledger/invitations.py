"""Invitations to work in a business: a link for seven days, for one e-mail address."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.member_tables import invitations
from decroche.ledger.members import email_key, read_sites, written_sites
from decroche.ledger.sessions import digest
from decroche.ledger.setting_up import new_id
from decroche.model.member import Role

LASTS = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Somebody who may come and work in a business. ``sites`` are ids; None: all."""

    id: str
    account_id: str
    email: str
    role: Role
    sites: frozenset[str] | None
    invited_by: str
    created_at: datetime
    expires_at: datetime


def invite(
    connection: sa.Connection,
    account: str,
    *,
    email: str,
    role: Role,
    sites: Iterable[str] | None,
    by: str,
    now: datetime,
) -> tuple[str, str]:
    """A new invitation; an older one of the same e-mail opens nothing any more. Returns its id and its token.

    Raises BadEmail.
    """
    key, token = email_key(email), secrets.token_urlsafe(32)
    c = invitations.c
    for row in connection.execute(sa.select(c.id, c.email).where(c.account_id == account, c.used_at.is_(None))).all():
        if email_key(row.email) == key:
            take_back(connection, account, row.id, now=now)
    values = {
        "id": new_id(),
        "account_id": account,
        "digest": digest(token),
        "email": email.strip(),
        "role": str(role),
        "sites": written_sites(role, sites),
        "invited_by": by,
        "created_at": now,
        "expires_at": now + LASTS,
    }
    connection.execute(sa.insert(invitations).values(**values))
    return str(values["id"]), token


def look_at_invitation(connection: sa.Connection, token: str, *, now: datetime) -> Invitation | None:
    """What a link invites to; None when to nothing, or nothing any more."""
    c = invitations.c
    return _first(connection, (c.digest == digest(token)) & c.used_at.is_(None) & (c.expires_at > now))


def accept(connection: sa.Connection, token: str, *, now: datetime) -> Invitation | None:
    """Use an invitation: this once."""
    found, c = look_at_invitation(connection, token, now=now), invitations.c
    mine = (c.digest == digest(token)) & c.used_at.is_(None)
    used = sa.update(invitations).where(mine).values(used_at=now)
    return found if found is not None and connection.execute(used).rowcount else None


def take_back(connection: sa.Connection, account: str, id: str, *, now: datetime) -> Invitation | None:
    """Have an invitation open nothing any more. Returns it; None when there was none."""
    c = invitations.c
    mine = (c.account_id == account) & (c.id == id) & c.used_at.is_(None)
    found = _first(connection, mine)
    connection.execute(sa.update(invitations).where(mine).values(used_at=now))
    return found


def invitations_of(connection: sa.Connection, account: str, *, now: datetime) -> list[Invitation]:
    """Those that still open something, the latest first."""
    c = invitations.c
    alive = (c.account_id == account) & c.used_at.is_(None) & (c.expires_at > now)
    query = sa.select(invitations).where(alive).order_by(c.created_at.desc(), c.id)
    return [_invitation(row) for row in connection.execute(query)]


def invited_of_email(connection: sa.Connection, email: str, *, now: datetime) -> Invitation | None:
    """The latest invitation of an e-mail address that somebody else vouches for."""
    c, key = invitations.c, email_key(email)
    query = sa.select(invitations).where(c.used_at.is_(None), c.expires_at > now).order_by(c.created_at.desc())
    return next((_invitation(row) for row in connection.execute(query) if email_key(row.email) == key), None)


def _first(connection: sa.Connection, which: sa.ColumnElement[bool]) -> Invitation | None:
    row = connection.execute(sa.select(invitations).where(which)).first()
    return None if row is None else _invitation(row)


def _invitation(row: sa.Row[tuple[object, ...]]) -> Invitation:
    found = row._mapping
    return Invitation(
        id=found["id"],
        account_id=found["account_id"],
        email=found["email"],
        role=Role(found["role"]),
        sites=read_sites(found["sites"]),
        invited_by=found["invited_by"],
        created_at=found["created_at"],
        expires_at=found["expires_at"],
    )
