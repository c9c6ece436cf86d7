"""Changes what people set up; recent calls are judged again by what holds now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.ledger.inserting import put
from decroche.ledger.rejudging import ask_again
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.tables import accounts, closed_days, endpoints, lines, opening_hours, sites


class NotThere(LookupError):
    """There is no such thing in this account."""


def change_account(connection: sa.Connection, account: str, values: Mapping[str, Any], *, now: datetime) -> None:
    """Set columns of the account."""
    if values:
        connection.execute(sa.update(accounts).where(accounts.c.id == account).values(**values))
        ask_again(connection, account, now)


def change_site(
    connection: sa.Connection, account: str, id: str, values: Mapping[str, Any], *, now: datetime
) -> Mapping[str, Any]:
    """Set columns of a site; its lines, hours and phone systems follow its name. Raises NotThere."""
    here = (sites.c.account_id == account) & (sites.c.id == id)
    before = connection.execute(sa.select(sites).where(here)).one_or_none()
    if before is None:
        raise NotThere(id)
    if values:
        connection.execute(sa.update(sites).where(here).values(**values))
        name = values.get("name", before.name)
        if name != before.name:
            for table in (lines, opening_hours, endpoints):
                named = (table.c.account_id == account) & (table.c.site == before.name)
                connection.execute(sa.update(table).where(named).values(site=name))
        ask_again(connection, account, now)
    return {**before._mapping, **values}


def change_line(
    connection: sa.Connection, account: str, id: str, values: Mapping[str, Any], *, now: datetime
) -> Mapping[str, Any]:
    """Set columns of a line. Raises NotThere."""
    here = (lines.c.account_id == account) & (lines.c.id == id)
    before = connection.execute(sa.select(lines).where(here)).one_or_none()
    if before is None:
        raise NotThere(id)
    if values:
        connection.execute(sa.update(lines).where(here).values(**values))
        ask_again(connection, account, now)
    return {**before._mapping, **values}


def remove_line(connection: sa.Connection, account: str, id: str, *, now: datetime) -> None:
    """Forget a line. Raises NotThere."""
    _removed(connection, lines, (lines.c.account_id == account) & (lines.c.id == id))
    ask_again(connection, account, now)


def remove_week(connection: sa.Connection, account: str, *, site: str, department: str, now: datetime) -> None:
    """Forget the opening hours of a place. Raises NotThere."""
    c = opening_hours.c
    here = (c.account_id == account) & (c.site == site) & (c.department == department)
    _removed(connection, opening_hours, here)
    ask_again(connection, account, now)


def set_day(connection: sa.Connection, account: str, day: date, name: str | None, *, now: datetime) -> None:
    """Add a holiday with its name; without one, a public holiday on which the business works."""
    put(connection, closed_days, [{"account_id": account, "day": day, "name": name}])
    ask_again(connection, account, now)


def remove_day(connection: sa.Connection, account: str, day: date, *, now: datetime) -> None:
    """Have the holidays of the country hold again on a day. Raises NotThere."""
    _removed(connection, closed_days, (closed_days.c.account_id == account) & (closed_days.c.day == day))
    ask_again(connection, account, now)


def change_endpoint(
    connection: sa.Connection,
    endpoint: Endpoint,
    *,
    box: Fernet,
    name: str | None = None,
    settings: Mapping[str, str] | None = None,
    secret: Mapping[str, str] | None = None,
) -> None:
    """Give a phone system another name, or other settings and keys in place of those before; ``box`` seals the keys."""
    values: dict[str, Any] = {} if name is None else {"name": name}
    if settings is not None:
        values["settings"] = msgspec.json.encode(dict(settings)).decode()
    if secret is not None:
        values["secrets"] = box.encrypt(msgspec.json.encode(dict(secret)))
    if values:
        connection.execute(sa.update(endpoints).where(endpoints.c.id == endpoint.id).values(**values))


def remove_endpoint(connection: sa.Connection, endpoint: Endpoint, *, now: datetime) -> None:
    """Listen to a phone system no more; what it told stays."""
    here = endpoints.c.id == endpoint.id
    connection.execute(sa.update(endpoints).where(here).values(removed_at=now))


def _removed(connection: sa.Connection, table: sa.Table, here: sa.ColumnElement[bool]) -> None:
    if not connection.execute(sa.delete(table).where(here)).rowcount:
        raise NotThere(table.name)
