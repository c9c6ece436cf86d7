"""The outgoing webhooks of a business: where changes are sent, from when on, signed with which secret."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import httpx
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import webhooks

#: What may be told; ``api.schemas.Kind`` says the same.
KINDS = (
    "call.updated", "call.missed", "call.merged", "journey.opened", "journey.reopened", "journey.closed",
    "journey.withdrawn", "journey.marked", "journey.merged", "text.received", "text.written", "text.settled",
    "booking.made", "booking.cancelled",
)  # fmt: skip
#: The longest address that is kept.
_LONGEST = 2_000


class BadAddress(ValueError):
    """There can be no such address."""


def webhooks_of(connection: sa.Connection, account: str) -> Sequence[sa.Row[Any]]:
    """Those that are not removed, the first made first."""
    c = webhooks.c
    query = sa.select(webhooks).where(c.account_id == account, c.removed_at.is_(None))
    return connection.execute(query.order_by(c.created_at, c.id)).all()


def add_webhook(
    connection: sa.Connection,
    account: str,
    *,
    url: str,
    kinds: Sequence[str],
    numbers: bool,
    box: Fernet,
    position: int,
    now: datetime,
) -> tuple[str, str]:
    """Send changes after ``position`` to an address; no kinds are all. Returns its id and its secret.

    Raises BadAddress.
    """
    check_address(url)
    secret = secrets.token_urlsafe(32)
    row = {
        "id": new_id(),
        "account_id": account,
        "url": url,
        "kinds": " ".join(dict.fromkeys(kinds)),
        "numbers": numbers,
        "secret": box.encrypt(secret.encode()),
        "position": position,
        "created_at": now,
    }
    connection.execute(sa.insert(webhooks).values(**row))
    return str(row["id"]), secret


def remove_webhook(connection: sa.Connection, account: str, id: str, *, now: datetime) -> bool:
    """Send nothing there any more. Whether something was."""
    c = webhooks.c
    here = (c.account_id == account) & (c.id == id) & c.removed_at.is_(None)
    return connection.execute(sa.update(webhooks).where(here).values(removed_at=now)).rowcount > 0


def check_address(url: str) -> None:
    """Raise BadAddress unless something can be sent there by http or https."""
    try:
        parts = urlsplit(url)
        possible = parts.scheme in {"http", "https"} and parts.hostname and httpx.URL(url).host
    except (httpx.InvalidURL, ValueError):
        possible = None
    if not possible or len(url) > _LONGEST or any(sign.isspace() or not sign.isprintable() for sign in url):
        raise BadAddress(url)
