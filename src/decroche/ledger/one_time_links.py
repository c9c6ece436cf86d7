"""Links that open something once, for an hour or a day: a new password, a sign-in, the first run."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa

from decroche.ledger.member_tables import members, one_time_links
from decroche.ledger.sessions import digest


class LinkKind(StrEnum):
    """What a link opens."""

    RESET = "reset"
    SIGN_IN = "sign_in"
    FIRST_RUN = "first_run"


#: How long each opens something.
LASTS = {
    LinkKind.RESET: timedelta(hours=1),
    LinkKind.SIGN_IN: timedelta(hours=1),
    LinkKind.FIRST_RUN: timedelta(days=1),
}


@dataclass(frozen=True, slots=True)
class Opened:
    """What a link opens; ``member`` is None for the first run."""

    kind: LinkKind
    member: str | None


def make_one_time_link(
    connection: sa.Connection, kind: LinkKind, member: str | None, *, now: datetime, lasts: timedelta | None = None
) -> str:
    """A new link, of which only the end is told here; older ones of the kind open nothing any more."""
    token, c = secrets.token_urlsafe(32), one_time_links.c
    whose = c.member_id.is_(None) if member is None else c.member_id == member
    connection.execute(sa.delete(one_time_links).where(c.kind == str(kind), whose))
    row = {
        "digest": digest(token),
        "kind": str(kind),
        "member_id": member,
        "created_at": now,
        "expires_at": now + (lasts or LASTS[kind]),
    }
    connection.execute(sa.insert(one_time_links).values(**row))
    return token


def look_at_link(connection: sa.Connection, kind: LinkKind, token: str, *, now: datetime) -> Opened | None:
    """What a link would open; None when nothing, or nothing any more."""
    c, m = one_time_links.c, members.c
    query = (
        sa.select(c.member_id)
        .outerjoin(members, m.id == c.member_id)
        .where(c.digest == digest(token), c.kind == str(kind), c.used_at.is_(None), c.expires_at > now)
        .where(m.disabled_at.is_(None))
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else Opened(kind, row.member_id)


def use_link(connection: sa.Connection, kind: LinkKind, token: str, *, now: datetime) -> Opened | None:
    """Open it: this once. None when there is nothing to open."""
    found = look_at_link(connection, kind, token, now=now)
    c = one_time_links.c
    mine = (c.digest == digest(token)) & c.used_at.is_(None)
    used = sa.update(one_time_links).where(mine).values(used_at=now)
    # Of two who come at the same moment, the first one's row is used when the second looks again.
    return found if found is not None and connection.execute(used).rowcount else None


def spend_links(connection: sa.Connection, member: str, *, now: datetime) -> None:
    """None of a member's links opens anything any more."""
    c = one_time_links.c
    unused = (c.member_id == member) & c.used_at.is_(None)
    connection.execute(sa.update(one_time_links).where(unused).values(used_at=now))
