"""What a browser is known by once a member has signed in: a token of 256 bits, of which the digest alone is kept."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.member_tables import members, memberships, sessions, sign_in_rules
from decroche.ledger.members import read_sites, site_names
from decroche.ledger.setting_up import new_id
from decroche.model.member import Role

#: A session that nobody uses ends, and every session some day. Between password and code there is a little time.
IDLE, LASTS, FOR_THE_CODE = timedelta(hours=12), timedelta(days=30), timedelta(minutes=10)
#: How exactly it is kept when a session was last used: not every look at a page is written down.
_SEEN_EVERY = timedelta(minutes=5)
_LONGEST_BROWSER = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who signed in: a member of a business. ``sites`` are names; None: all. ``complete``: with their second factor.

    ``needs_second``: the business wants one of them, and they have none yet. ``businesses``: in how many they work.
    """

    id: str
    account_id: str
    member_id: str
    name: str
    email: str
    language: str
    role: Role
    sites: frozenset[str] | None
    complete: bool
    needs_second: bool
    stale: bool
    businesses: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSession:
    """A session as its member is shown it."""

    id: str
    created_at: datetime
    seen_at: datetime
    browser: str
    client: str


def open_session(
    connection: sa.Connection, account: str, member: str, *, complete: bool, browser: str, client: str, now: datetime
) -> str:
    """Let a member in. Returns the token of their browser: it cannot be read again."""
    token = secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "digest": digest(token),
        "member_id": member,
        "account_id": account,
        "created_at": now,
        "seen_at": now,
        "ends_at": now + (LASTS if complete else FOR_THE_CODE),
        "complete": complete,
        "browser": browser[:_LONGEST_BROWSER],
        "client": client,
    }
    connection.execute(sa.insert(sessions).values(**row))
    c = sessions.c
    over = (c.ends_at <= now) | (c.seen_at <= now - IDLE)
    connection.execute(sa.delete(sessions).where(c.member_id == member, over))
    return token


def session_of(connection: sa.Connection, token: str, *, now: datetime) -> Session | None:
    """Who a browser belongs to; None when nobody, or no more."""
    row = connection.execute(_alive(now).where(sessions.c.digest == digest(token))).one_or_none()
    return None if row is None else _session(connection, row, now)


def sessions_of_account(connection: sa.Connection, account: str, *, now: datetime) -> dict[bytes, Session]:
    """All who are signed in at a business, by the digest of their browser's token."""
    rows = connection.execute(_alive(now).where(sessions.c.account_id == account))
    return {bytes(row.digest): _session(connection, row, now) for row in rows.all()}


def _alive(now: datetime) -> sa.Select[Any]:
    s, m, w, r = sessions.c, members.c, memberships.c, sign_in_rules.c
    all_of_them = memberships.alias()
    of_them = sa.select(sa.func.count()).where(all_of_them.c.member_id == s.member_id).scalar_subquery()
    return (
        sa.select(
            s.id, s.digest, s.account_id, s.member_id, s.complete, s.seen_at, m.name, m.email, m.language, m.totp,
            w.role, w.sites, r.owners_need_second, of_them.label("businesses"),
        )
        .join(members, m.id == s.member_id)
        .join(memberships, (w.member_id == s.member_id) & (w.account_id == s.account_id))
        .outerjoin(sign_in_rules, r.account_id == s.account_id)
        .where(s.ends_at > now, s.seen_at > now - IDLE, m.disabled_at.is_(None))
    )  # fmt: skip


def _session(connection: sa.Connection, row: sa.Row[Any], now: datetime) -> Session:
    return Session(
        id=row.id,
        account_id=row.account_id,
        member_id=row.member_id,
        name=row.name,
        email=row.email,
        language=row.language,
        role=Role(row.role),
        sites=site_names(connection, row.account_id, read_sites(row.sites)),
        complete=row.complete,
        needs_second=bool(row.owners_need_second) and row.role == Role.OWNER and row.totp is None,
        stale=row.seen_at <= now - _SEEN_EVERY,
        businesses=row.businesses,
    )


def note_seen(connection: sa.Connection, id: str, *, now: datetime) -> None:
    """A session was used."""
    connection.execute(sa.update(sessions).where(sessions.c.id == id).values(seen_at=now))


def renew_session(connection: sa.Connection, id: str, *, now: datetime, complete: bool = True) -> str | None:
    """Another token for the same session: the old one opens nothing any more. None when it has ended."""
    token = secrets.token_urlsafe(32)
    values = {"digest": digest(token), "seen_at": now, "complete": complete, "ends_at": now + LASTS}
    changed = connection.execute(sa.update(sessions).where(sessions.c.id == id).values(**values))
    return token if changed.rowcount else None


def move_session(connection: sa.Connection, id: str, account: str, *, now: datetime) -> str | None:
    """Go on in another business of the member, with another token. None when they do not work there."""
    token, c, w = secrets.token_urlsafe(32), sessions.c, memberships.c
    there = sa.exists().where(w.account_id == account, w.member_id == c.member_id)
    moved = sa.update(sessions).where(c.id == id, c.complete.is_(True), there)
    changed = connection.execute(moved.values(account_id=account, digest=digest(token), seen_at=now))
    return token if changed.rowcount else None


def end_session(connection: sa.Connection, id: str) -> None:
    """Sign out."""
    connection.execute(sa.delete(sessions).where(sessions.c.id == id))


def end_sessions(connection: sa.Connection, member: str, *, but: str | None = None) -> int:
    """Sign a member out everywhere, but for one session. Returns of how many."""
    query = sa.delete(sessions).where(sessions.c.member_id == member)
    if but is not None:
        query = query.where(sessions.c.id != but)
    return connection.execute(query).rowcount


def sessions_of(connection: sa.Connection, member: str, *, now: datetime) -> list[KnownSession]:
    """Where a member is signed in, the latest used first."""
    c = sessions.c
    alive = c.complete.is_(True) & (c.ends_at > now) & (c.seen_at > now - IDLE)
    query = sa.select(c.id, c.created_at, c.seen_at, c.browser, c.client).where(c.member_id == member, alive)
    return [KnownSession(**row._mapping) for row in connection.execute(query.order_by(c.seen_at.desc(), c.id))]


def digest(token: str) -> bytes:
    """What is kept of a token: it has 256 bits of chance, so that a plain digest cannot be guessed back."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
