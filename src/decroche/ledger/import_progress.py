"""How far the last import of each phone system has come, kept in the ledger: every process tells the same."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.tables import endpoints, positions

_NAME = "import"
#: An import that gave no sign of life for so long has ended with its process.
SILENT = timedelta(seconds=30)


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """One file that was read: its rows, and as what it was recognised; an empty ``title``: its columns were guessed."""

    name: str
    rows: int
    title: str


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an import, as the accounting of its rows; ``new`` are those that the ledger did not know."""

    rows_read: int
    calls: int
    legs_joined: int
    ignored: int
    rejected: int
    new: int
    ignored_by_reason: dict[str, int]
    rejected_by_reason: dict[str, int]
    files: tuple[Read, ...]


class Failed(msgspec.Struct, frozen=True, kw_only=True):
    """Why an import ended without: a word, and what fills its sentence."""

    word: str
    values: dict[str, str | int | tuple[str, ...]] = {}


class ImportProgress(msgspec.Struct, kw_only=True):
    """One import. ``stage``, ``done`` and ``total`` move while it runs; afterwards there is ``made`` or ``failed``.

    ``seen_at`` is its last sign of life; ``rejected`` are some of the rows that could not be read: line and reason.
    """

    id: str
    endpoint: str
    file: str
    started_at: datetime
    seen_at: datetime
    stage: str = "open"
    done: int = 0
    total: int = 0
    made: Made | None = None
    failed: Failed | None = None
    rejected: list[tuple[int, str]] = []

    def runs(self, now: datetime) -> bool:
        """Whether it goes on."""
        return self.made is None and self.failed is None and now - self.seen_at < SILENT


_decoder = msgspec.json.Decoder(ImportProgress)


def write_progress(connection: sa.Connection, endpoint: str, found: ImportProgress) -> None:
    """Keep how far an import of a phone system has come."""
    body = msgspec.json.encode(found).decode()
    put(connection, positions, [{"endpoint_id": endpoint, "name": _NAME, "value": body}])


def last_import(connection: sa.Connection, account: str) -> ImportProgress | None:
    """The import of a business that began last; None where there was none."""
    p, e = positions.c, endpoints.c
    mine = sa.select(p.value).join(endpoints, e.id == p.endpoint_id).where(e.account_id == account, p.name == _NAME)
    found = [_decoder.decode(value) for value in connection.execute(mine).scalars()]
    return max(found, key=lambda each: each.started_at, default=None)
