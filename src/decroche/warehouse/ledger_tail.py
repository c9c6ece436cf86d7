"""What the ledger knows that the lake does not know yet, and all that it knows when a lake is made from nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from decroche.ledger.privacy_tables import erasures
from decroche.ledger.store import Ledger
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
    ledger: Ledger, account: str, kept: Kept, until: Watermark, *, fingerprint: Fingerprint, at_once: int = _AT_ONCE
) -> Iterator[pa.RecordBatch]:
    """The rows of an account that were there at ``until``, by the moment that dates them, ``at_once`` at a time.

    Each part is what the ledger holds when it is read: who reads one state for minutes keeps SQLite from emptying its
    log, and when it ends somebody's write waits for seconds while all of that is done. What has changed since ``until``
    is left out, since it may lie in a part that was read already; it is newer than the table, which merges it next.
    """
    c = kept.table.c
    moment = c[kept.columns[kept.dated]]
    mine = (c.account_id == account, c.revision <= until.revision)
    query = sa.select(*selected(kept), moment.label("at")).where(*mine).order_by(moment, c.id)
    part: Sequence[Any] = ()
    while True:
        after = [sa.tuple_(moment, c.id) > sa.tuple_(sa.literal(part[-1].at, moment.type), part[-1].id)] if part else []
        with ledger.reading() as connection:
            part = connection.execute(query.where(*after).limit(at_once)).all()
        yield from arrow(kept, [row[:-1] for row in part], fingerprint=fingerprint).to_batches()
        if len(part) < at_once:
            return


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
