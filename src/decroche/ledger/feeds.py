"""The addresses at which BI tools read, of which only digests are kept; and how far the ledger had come, and when."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.feed_tables import feed_addresses, revision_marks
from decroche.ledger.inserting import insert_new
from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import counters, sites

#: How exactly it is known when something changed, and how long that is.
MARKED_EVERY, MARKS_KEPT = timedelta(minutes=1), timedelta(days=400)
#: How exactly it is kept when an address was read last.
_READ_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedAddress:
    """An address that still opens something: never its secret. ``sites`` are ids of those it shows; None: all.

    ``tables`` are those that it shows; empty: all.
    """

    id: str
    account_id: str
    name: str
    tables: tuple[str, ...]
    sites: tuple[str, ...] | None
    numbers: bool
    made_by: str
    created_at: datetime
    read_at: datetime | None


def add_feed(
    connection: sa.Connection,
    account: str,
    *,
    name: str,
    tables: Iterable[str] = (),
    sites: Iterable[str] | None = None,
    numbers: bool = False,
    by: str,
    now: datetime,
) -> str:
    """A new address. Returns its secret, which cannot be read again."""
    secret = f"dcf_{secrets.token_urlsafe(32)}"
    row = {
        "id": new_id(),
        "account_id": account,
        "name": name,
        "digest": _digest(secret),
        "tables": " ".join(sorted(set(tables))),
        "sites": None if sites is None else json.dumps(sorted(set(sites))),
        "numbers": numbers,
        "made_by": by,
        "created_at": now,
    }
    connection.execute(sa.insert(feed_addresses).values(**row))
    return secret


def feed_of(connection: sa.Connection, secret: str) -> FeedAddress | None:
    """The address with this secret; None when there is none, or no more."""
    c = feed_addresses.c
    query = sa.select(feed_addresses).where(c.digest == _digest(secret), c.revoked_at.is_(None))
    row = connection.execute(query).one_or_none()
    return None if row is None else _read(row)


def feeds_of(connection: sa.Connection, account: str) -> list[FeedAddress]:
    """The addresses of an account that were not revoked, the oldest first."""
    c = feed_addresses.c
    query = sa.select(feed_addresses).where(c.account_id == account, c.revoked_at.is_(None))
    return [_read(row) for row in connection.execute(query.order_by(c.created_at, c.id))]


def revoke_feed(connection: sa.Connection, account: str, id: str, *, now: datetime) -> bool:
    """Show nothing any more at an address of ``account``. Whether there was one."""
    c = feed_addresses.c
    known = sa.update(feed_addresses).where(c.account_id == account, c.id == id, c.revoked_at.is_(None))
    return connection.execute(known.values(revoked_at=now)).rowcount > 0


def reading_is_news(found: FeedAddress, now: datetime) -> bool:
    """Whether it is worth writing down that an address is read now."""
    return found.read_at is None or now - found.read_at >= _READ_EVERY


def note_feed_read(connection: sa.Connection, id: str, *, now: datetime) -> None:
    """Write down that an address was read."""
    connection.execute(sa.update(feed_addresses).where(feed_addresses.c.id == id).values(read_at=now))


def names_of_sites(connection: sa.Connection, account: str, ids: Sequence[str] | None) -> frozenset[str] | None:
    """The names of sites by their ids, as calls have them; None for all."""
    if ids is None:
        return None
    c = sites.c
    query = sa.select(c.name).where(c.account_id == account, c.id.in_(list(ids)))
    return frozenset(connection.execute(query).scalars())


def mark(connection: sa.Connection, *, now: datetime) -> None:
    """Write down how far the revisions have come, unless that was done a moment ago or nothing has changed."""
    c = revision_marks.c
    last = connection.execute(sa.select(c.revision, c.at).order_by(c.revision.desc()).limit(1)).one_or_none()
    reached = connection.execute(sa.select(counters.c.value).where(counters.c.name == "revision")).scalar() or 0
    if last is not None and (last.revision >= reached or now - last.at < MARKED_EVERY):
        return
    insert_new(connection, revision_marks, [{"revision": reached, "at": now}], unique=("revision",))
    connection.execute(sa.delete(revision_marks).where(c.at < now - MARKS_KEPT))


def marks(connection: sa.Connection) -> list[tuple[int, datetime]]:
    """The revisions that were written down, the smallest first, each with its moment."""
    c = revision_marks.c
    return [(row.revision, row.at) for row in connection.execute(sa.select(c.revision, c.at).order_by(c.revision))]


def revision_before(known: Sequence[tuple[int, datetime]], moment: datetime) -> int:
    """A revision so small that all that changed at ``moment`` or later has a greater one."""
    return max((revision for revision, at in known if at <= moment), default=0)


def _read(row: sa.Row[tuple[object, ...]]) -> FeedAddress:
    told = row._mapping
    return FeedAddress(
        **{name: told[name] for name in ("id", "account_id", "name", "numbers", "made_by", "created_at", "read_at")},
        tables=tuple(told["tables"].split()),
        sites=None if told["sites"] is None else tuple(json.loads(told["sites"])),
    )


def _digest(secret: str) -> bytes:
    # A secret has 256 bits of chance: a plain digest cannot be guessed back.
    return hashlib.sha256(secret.encode()).digest()
