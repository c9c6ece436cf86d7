"""The Google spreadsheets that are kept up to date: their sealed keys, what was written last, and what is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec
import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from decroche.ledger.feed_tables import sheet_pushes
from decroche.ledger.setting_up import new_id
from decroche.model.problem import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTable:
    """What stands in a tab: a digest of each block of rows, and how many rows and columns there are."""

    digests: tuple[str, ...] = ()
    rows: int = 0
    columns: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPush:
    """A spreadsheet of an account. ``key`` is that of the service account that writes there; None: it does not open."""

    id: str
    account_id: str
    name: str
    spreadsheet: str
    tables: tuple[str, ...]
    since: date
    key: Mapping[str, str] | None = field(repr=False)
    written: Mapping[str, WrittenTable]
    pushed_at: datetime | None
    problem: Problem | None


def add_sheet(
    connection: sa.Connection,
    account: str,
    *,
    name: str,
    spreadsheet: str,
    tables: Sequence[str],
    since: date,
    key: Mapping[str, str],
    box: Fernet,
    now: datetime,
) -> str:
    """Keep a spreadsheet up to date from now on. ``box`` seals the key. Returns its id."""
    id = new_id()
    row = {
        "id": id,
        "account_id": account,
        "name": name,
        "spreadsheet": spreadsheet,
        "tables": " ".join(tables),
        "since": since,
        "secrets": box.encrypt(msgspec.json.encode(dict(key))),
        "created_at": now,
    }
    connection.execute(sa.insert(sheet_pushes).values(**row))
    return id


def sheets_of(connection: sa.Connection, box: Fernet, *, account: str | None = None) -> list[SheetPush]:
    """The spreadsheets that are written, of one account or of all, the oldest first."""
    c = sheet_pushes.c
    query = sa.select(sheet_pushes).where(c.removed_at.is_(None)).order_by(c.created_at, c.id)
    if account is not None:
        query = query.where(c.account_id == account)
    return [
        SheetPush(
            id=row.id,
            account_id=row.account_id,
            name=row.name,
            spreadsheet=row.spreadsheet,
            tables=tuple(row.tables.split()),
            since=row.since,
            key=_opened(box, row.secrets),
            written=msgspec.json.decode(row.written, type=dict[str, WrittenTable]),
            pushed_at=row.pushed_at,
            problem=None if row.problem is None else msgspec.json.decode(row.problem, type=Problem),
        )
        for row in connection.execute(query)
    ]


def _opened(box: Fernet, sealed: bytes) -> dict[str, str] | None:
    try:
        return msgspec.json.decode(box.decrypt(sealed), type=dict[str, str])
    except InvalidToken:
        return None


def remove_sheet(connection: sa.Connection, account: str, id: str, *, now: datetime) -> bool:
    """Write there no more, and forget the key; what stands there stays. Whether there was one."""
    c = sheet_pushes.c
    here = (c.account_id == account) & (c.id == id) & c.removed_at.is_(None)
    return connection.execute(sa.update(sheet_pushes).where(here).values(removed_at=now, secrets=b"")).rowcount > 0


def note_written(connection: sa.Connection, id: str, written: Mapping[str, WrittenTable]) -> None:
    """What stands in the tabs now."""
    told = msgspec.json.encode(dict(written)).decode()
    connection.execute(sa.update(sheet_pushes).where(sheet_pushes.c.id == id).values(written=told))


def note_pushed(connection: sa.Connection, id: str, *, problem: Problem | None, at: datetime | None) -> None:
    """That all was written at a moment, or what is wrong."""
    told = None if problem is None else msgspec.json.encode(problem).decode()
    values = {"problem": told} | ({} if at is None else {"pushed_at": at})
    connection.execute(sa.update(sheet_pushes).where(sheet_pushes.c.id == id).values(**values))
