"""The CRMs that a business has connected: their settings, sealed keys, and how far each is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.ledger.crm_tables import crm_connections
from decroche.ledger.setting_up import new_id
from decroche.ledger.tables import changes
from decroche.model.problem import Problem

#: Which calls are written into a CRM.
WRITES = ("none", "missed", "all")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmConnection:
    """A CRM of an account. ``settings`` has no secrets; ``secret`` has only them."""

    id: str
    account_id: str
    crm: str
    name: str
    settings: Mapping[str, str]
    secret: Mapping[str, str] = field(repr=False)
    writes_calls: str = "none"
    writes_tasks: bool = False
    cursor: str | None = None
    written_up_to: int = 0
    read_at: datetime | None = None
    problem: Problem | None = None
    created_at: datetime | None = None

    @property
    def all_settings(self) -> dict[str, str]:
        """Open and secret settings together, as a connector wants them."""
        return {**self.settings, **self.secret}

    @property
    def writes(self) -> bool:
        """Whether anything is written there."""
        return self.writes_calls != "none" or self.writes_tasks


def add_crm(
    connection: sa.Connection,
    account: str,
    *,
    crm: str,
    name: str,
    settings: Mapping[str, str],
    secret: Mapping[str, str],
    box: Fernet,
    now: datetime,
    writes_calls: str = "none",
    writes_tasks: bool = False,
) -> CrmConnection:
    """Connect a CRM; only what happens from now on is ever written there. ``box`` seals the secrets."""
    newest = connection.execute(sa.select(sa.func.max(changes.c.id))).scalar_one() or 0
    row: dict[str, Any] = {
        "id": new_id(),
        "account_id": account,
        "crm": crm,
        "name": name,
        "settings": msgspec.json.encode(dict(settings)).decode(),
        "secrets": box.encrypt(msgspec.json.encode(dict(secret))),
        "writes_calls": writes_calls,
        "writes_tasks": writes_tasks,
        "written_up_to": newest,
        "created_at": now,
    }
    connection.execute(sa.insert(crm_connections).values(**row))
    return next(each for each in read_crms(connection, box, account=account) if each.id == row["id"])


def read_crms(connection: sa.Connection, box: Fernet, *, account: str | None = None) -> list[CrmConnection]:
    """Every CRM that is not removed, of one account or of all, in the order in which they were connected."""
    c = crm_connections.c
    query = sa.select(crm_connections).where(c.removed_at.is_(None)).order_by(c.created_at, c.id)
    if account is not None:
        query = query.where(c.account_id == account)
    return [
        CrmConnection(
            id=row.id,
            account_id=row.account_id,
            crm=row.crm,
            name=row.name,
            settings=msgspec.json.decode(row.settings, type=dict[str, str]),
            secret=msgspec.json.decode(box.decrypt(row.secrets), type=dict[str, str]),
            writes_calls=row.writes_calls,
            writes_tasks=row.writes_tasks,
            cursor=row.cursor,
            written_up_to=row.written_up_to,
            read_at=row.read_at,
            problem=None if row.problem is None else msgspec.json.decode(row.problem, type=Problem),
            created_at=row.created_at,
        )
        for row in connection.execute(query)
    ]


def change_crm(
    connection: sa.Connection,
    account: str,
    id: str,
    *,
    box: Fernet,
    settings: Mapping[str, str],
    secret: Mapping[str, str],
    writes_calls: str,
    writes_tasks: bool,
) -> None:
    """Give a CRM other settings and keys. What happened while nothing was written there is not written later."""
    c = crm_connections.c
    here = (c.account_id == account) & (c.id == id)
    silent = (c.writes_calls == "none") & c.writes_tasks.is_(False)
    newest = connection.execute(sa.select(sa.func.max(changes.c.id))).scalar_one() or 0
    connection.execute(sa.update(crm_connections).where(here, silent).values(written_up_to=newest))
    connection.execute(
        sa.update(crm_connections)
        .where(here)
        .values(
            settings=msgspec.json.encode(dict(settings)).decode(),
            secrets=box.encrypt(msgspec.json.encode(dict(secret))),
            writes_calls=writes_calls,
            writes_tasks=writes_tasks,
            problem=None,
        )
    )


def remove_crm(connection: sa.Connection, account: str, id: str, *, now: datetime) -> bool:
    """Ask a CRM no more; what it told stays. Whether there was one."""
    c = crm_connections.c
    here = (c.account_id == account) & (c.id == id) & c.removed_at.is_(None)
    return connection.execute(sa.update(crm_connections).where(here).values(removed_at=now)).rowcount > 0


def note_read(connection: sa.Connection, id: str, cursor: str, *, read_at: datetime | None) -> None:
    """How far a CRM is read. ``read_at`` is told once all that had changed was read."""
    values: dict[str, Any] = {"cursor": cursor} | ({} if read_at is None else {"read_at": read_at})
    connection.execute(sa.update(crm_connections).where(crm_connections.c.id == id).values(**values))


def note_looked(connection: sa.Connection, id: str, change: int) -> None:
    """Up to which change of ours it was looked what is to be written."""
    connection.execute(sa.update(crm_connections).where(crm_connections.c.id == id).values(written_up_to=change))


def note_problem(connection: sa.Connection, id: str, problem: Problem | None) -> None:
    """What is wrong with a CRM, in words without secrets; None: nothing any more."""
    told = None if problem is None else msgspec.json.encode(problem).decode()
    connection.execute(sa.update(crm_connections).where(crm_connections.c.id == id).values(problem=told))
