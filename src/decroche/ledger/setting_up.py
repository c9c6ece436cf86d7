"""Writes what people set up: accounts, sites, lines, hours and endpoints."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.ledger.inserting import put
from decroche.ledger.tables import accounts, endpoints, lines, opening_hours, sites
from decroche.understand.hours import format_week, parse_week


def new_id() -> str:
    """An id that nobody can guess and nobody else will make."""
    return secrets.token_hex(16)


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A phone system of an account. ``settings`` has no secrets; ``secret`` has only them."""

    id: str
    account_id: str
    connector: str
    name: str
    key: str
    settings: Mapping[str, str]
    secret: Mapping[str, str]
    site: str = ""

    @property
    def all_settings(self) -> dict[str, str]:
        """Open and secret settings together, as a connector wants them."""
        return {**self.settings, **self.secret}


def add_account(
    connection: sa.Connection,
    *,
    name: str,
    country: str,
    zone: str,
    language: str,
    now: datetime,
    id: str | None = None,
) -> str:
    """A new business. Returns its id."""
    account = id or new_id()
    row = {"id": account, "name": name, "country": country, "zone": zone, "language": language, "created_at": now}
    connection.execute(sa.insert(accounts).values(**row))
    return account


def set_week(connection: sa.Connection, account: str, week: str, *, site: str = "", department: str = "") -> None:
    """The opening hours of a place, of all places by default. Raises HoursUnreadable."""
    text = format_week(parse_week(week))
    put(connection, opening_hours, [{"account_id": account, "site": site, "department": department, "week": text}])


def add_site(connection: sa.Connection, account: str, name: str, *, zone: str | None = None) -> str:
    """A place of the business. Returns its id."""
    row = {"id": new_id(), "account_id": account, "name": name, "zone": zone}
    connection.execute(sa.insert(sites).values(**row))
    return row["id"] or ""


def add_line(
    connection: sa.Connection, account: str, *, name: str, number: int | None, site: str = "", department: str = ""
) -> str:
    """One of the business's numbers (E.164 digits). Returns its id."""
    line = new_id()
    row = {"id": line, "account_id": account, "name": name, "number": number, "site": site, "department": department}
    connection.execute(sa.insert(lines).values(**row))
    return line


def add_endpoint(
    connection: sa.Connection,
    account: str,
    *,
    connector: str,
    name: str,
    settings: Mapping[str, str],
    secret: Mapping[str, str],
    box: Fernet,
    now: datetime,
    site: str = "",
    key: str | None = None,
) -> Endpoint:
    """A phone system to listen to. ``box`` seals the secrets."""
    found = Endpoint(
        id=new_id(),
        account_id=account,
        connector=connector,
        name=name,
        key=key or secrets.token_urlsafe(24),
        settings=settings,
        secret=secret,
        site=site,
    )
    row = {
        "id": found.id,
        "account_id": account,
        "connector": connector,
        "name": name,
        "key": found.key,
        "settings": msgspec.json.encode(dict(settings)).decode(),
        "secrets": box.encrypt(msgspec.json.encode(dict(secret))),
        "site": site,
        "created_at": now,
    }
    connection.execute(sa.insert(endpoints).values(**row))
    return found


def read_endpoints(connection: sa.Connection, box: Fernet, *, account: str | None = None) -> list[Endpoint]:
    """Every endpoint that is not removed, of one account or of all."""
    query = sa.select(endpoints).where(endpoints.c.removed_at.is_(None)).order_by(endpoints.c.created_at)
    if account is not None:
        query = query.where(endpoints.c.account_id == account)
    return [
        Endpoint(
            id=row.id,
            account_id=row.account_id,
            connector=row.connector,
            name=row.name,
            key=row.key,
            settings=msgspec.json.decode(row.settings, type=dict[str, str]),
            secret=msgspec.json.decode(box.decrypt(row.secrets), type=dict[str, str]),
            site=row.site,
        )
        for row in connection.execute(query)
    ]
