"""The log of who saw and changed what in a business: rows are added, never changed."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import msgspec
import sqlalchemy as sa

from decroche.ledger.member_tables import audit_log

#: What is longer than this in a detail is cut.
_LONGEST = 200


class ByKind(StrEnum):
    """Who can do something."""

    MEMBER = "member"
    TOKEN = "token"  # noqa: S105 - a word, not a secret
    COMMAND = "command"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class Who:
    """Who did something; ``client`` is their network address, cut short."""

    kind: ByKind
    id: str = ""
    name: str = ""
    client: str = ""


#: Whoever types commands on the machine of the server, and the server itself.
COMMAND, SYSTEM = Who(kind=ByKind.COMMAND), Who(kind=ByKind.SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A line of the log."""

    id: int
    at: datetime
    who: Who
    action: str
    subject: str
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which lines are wanted; what is None does not matter. ``actions`` is the beginning of an action's name."""

    since: datetime | None = None
    until: datetime | None = None
    by: str | None = None
    actions: str | None = None


def note(
    connection: sa.Connection,
    account: str,
    who: Who,
    action: str,
    subject: str = "",
    details: Mapping[str, object] | None = None,
    *,
    at: datetime,
) -> None:
    """Add a line, in the transaction of what it tells of.

    ``action`` is a word of ``noun.verb`` such as ``member.invited``; ``subject`` an id or name; ``details`` holds no
    secret and no whole number.
    """
    told = {name: str(value)[:_LONGEST] for name, value in (details or {}).items() if value is not None}
    row = {
        "account_id": account,
        "at": at,
        "by_kind": str(who.kind),
        "by_id": who.id,
        "by_name": who.name,
        "action": action,
        "subject": subject[:_LONGEST],
        "details": msgspec.json.encode(told).decode(),
        "client": who.client,
    }
    connection.execute(sa.insert(audit_log).values(**row))


def entries(
    connection: sa.Connection, account: str, wanted: EntryFilter, *, before: int | None = None, limit: int = 50
) -> tuple[list[Entry], int | None]:
    """The lines of a filter, the latest first, and what to give as ``before`` for the next page."""
    c = audit_log.c
    query = sa.select(audit_log).where(c.account_id == account)
    if before is not None:
        query = query.where(c.id < before)
    if wanted.since is not None:
        query = query.where(c.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(c.at < wanted.until)
    if wanted.by is not None:
        query = query.where(c.by_id == wanted.by)
    if wanted.actions is not None:
        query = query.where(c.action.startswith(wanted.actions, autoescape=True))
    rows = connection.execute(query.order_by(c.id.desc()).limit(limit + 1)).all()
    found = [
        Entry(
            id=row.id,
            at=row.at,
            who=Who(kind=ByKind(row.by_kind), id=row.by_id, name=row.by_name, client=row.client),
            action=row.action,
            subject=row.subject,
            details=msgspec.json.decode(row.details, type=dict[str, str]),
        )
        for row in rows[:limit]
    ]
    return found, found[-1].id if len(rows) > limit else None


def shortened(client: str) -> str:
    """A network address without what tells one machine from its neighbours: /24 and /48."""
    try:
        address = ipaddress.ip_address(client.partition("/")[0])
    except ValueError:
        return ""
    kept = 24 if isinstance(address, ipaddress.IPv4Address) else 48
    return str(ipaddress.ip_network((address, kept), strict=False))
