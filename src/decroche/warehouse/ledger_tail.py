"""What the ledger knows that the lake does not know yet, and all that it knows when a lake is made from nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from decroche.ledger.privacy_tables import erasures
from decroche.ledger.tables import calls, changes, counters, journeys
from decroche.warehouse.lake import Watermark
from decroche.warehouse.lake_rows import Kept, arrow, selected

#: Rows that are read at once while a table is made from nothing.
_AT_ONCE = 20_000
Fingerprint = Callable[[int], int]


class Rewound(Exception):
    """The ledger is older than the lake: it was restored from a backup, or is another one."""


@dataclass(frozen=True, slots=True)
class Tail:
    """Rows newer than a watermark, ids that may have disappeared, and how far the ledger had come. ``whole``: all."""

    rows: pa.Table
    gone: frozenset[str]
    watermark: Watermark
    whole: bool = True


def ledger_watermark(connection: sa.Connection) -> Watermark:
    """How far the ledger has come.

    Whoever changes a call or journey holds the counter until its transaction ends, so what is seen has no holes: what
    is committed later has a greater revision, on PostgreSQL too.
    """
    revision = connection.execute(sa.select(counters.c.value).where(counters.c.name == "revision")).scalar()
    return Watermark(revision or 0, connection.execute(sa.select(sa.func.max(changes.c.id))).scalar() or 0)


def tail(
    connection: sa.Connection, account: str, kept: Kept, since: Watermark, *, fingerprint: Fingerprint, most: int
) -> Tail:
    """What of ``kept`` is newer than ``since``, at most ``most`` rows. Raises Rewound."""
    reached = ledger_watermark(connection)
    if since.is_ahead_of(reached):
        raise Rewound
    if reached == since:
        return Tail(kept.schema.empty_table(), frozenset(), reached)
    rows = _newer(connection, account, kept, since, most)
    gone = _noted(connection, account, kept.gone, since)
    return Tail(arrow(kept, rows[:most], fingerprint=fingerprint), gone, reached, whole=len(rows) <= most)


def changed_since(connection: sa.Connection, account: str, since: Watermark) -> bool:
    """Whether anything of an account changed after ``since``."""
    newer = [
        sa.exists().where(_mine(table.c.account_id, account), table.c.revision > since.revision)
        for table in (calls, journeys)
    ]
    noted = sa.exists().where(changes.c.account_id == account, changes.c.id > since.change)
    return bool(connection.execute(sa.select(sa.or_(*newer, noted))).scalar())


def forgets(connection: sa.Connection, account: str, kept: Kept, since: Watermark) -> bool:
    """Whether somebody has been forgotten since then: who was has a pseudonym, which is below nought."""
    c = kept.table.c
    query = sa.select(c.id).where(_mine(c.account_id, account), c.revision > since.revision, c.person < 0)
    return connection.execute(query.limit(1)).first() is not None


def erased_last(connection: sa.Connection, account: str) -> datetime | None:
    """When the last request of a person to be forgotten was done; None where none was."""
    e = erasures.c
    return connection.execute(sa.select(sa.func.max(e.done_at)).where(e.account_id == account)).scalar()


def everything(
    connection: sa.Connection, account: str, kept: Kept, *, fingerprint: Fingerprint
) -> Iterator[pa.RecordBatch]:
    """All rows of an account by the moment that dates them, some thousands at a time."""
    c = kept.table.c
    moment = c[kept.columns[kept.dated]]
    query = sa.select(*selected(kept)).where(c.account_id == account).order_by(moment, c.id)
    found = connection.execution_options(yield_per=_AT_ONCE).execute(query)
    for part in found.partitions(_AT_ONCE):
        yield from arrow(kept, part, fingerprint=fingerprint).to_batches()


def fingerprint_of_rows(connection: sa.Connection, account: str, kept: Kept) -> tuple[int, int]:
    """How many rows the ledger has, and the sum of their revisions: equal for a lake that holds the same."""
    c = kept.table.c
    query = sa.select(sa.func.count(), sa.func.sum(c.revision)).where(c.account_id == account)
    count, revisions = connection.execute(query).one()
    return int(count), int(revisions or 0)


def _newer(connection: sa.Connection, account: str, kept: Kept, since: Watermark, most: int) -> list[sa.Row[Any]]:
    c = kept.table.c
    query = sa.select(*selected(kept)).where(_mine(c.account_id, account), c.revision > since.revision)
    return list(connection.execute(query.order_by(c.revision).limit(most + 1)).all())


def _noted(connection: sa.Connection, account: str, kinds: tuple[str, ...], since: Watermark) -> frozenset[str]:
    c = changes.c
    query = sa.select(c.subject).where(c.account_id == account, c.id > since.change, c.kind.in_(kinds)).distinct()
    return frozenset(connection.execute(query).scalars())


def _mine(column: sa.ColumnElement[Any], account: str) -> sa.ColumnElement[bool]:
    # Written so that no index of the account is used: few rows are newer, and all rows may be one account's.
    return sa.func.coalesce(column, "") == account
