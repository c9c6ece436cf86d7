"""Calls and journeys in columns as the ledger has them now: the lake, with what is not merged yet in place of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import ibis.expr.types as ir
import pyarrow as pa
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import counters
from decroche.warehouse.engine import CANNOT_READ, Engine
from decroche.warehouse.lake import Lake, LakeTable, Snapshot
from decroche.warehouse.lake_files import lake_view
from decroche.warehouse.lake_rows import CALLS, JOURNEYS, Kept
from decroche.warehouse.ledger_tail import Rewound, Tail, tail
from decroche.warehouse.refresh import gone_of

_Answer = TypeVar("_Answer")
#: With more changed rows than this the lake has to be refreshed before anybody asks it.
TAIL_AT_MOST = 20_000
#: Accounts whose tables stay open.
_OPEN = 32
MEMORY = "800MB"
#: Rows of the tables that are kept for the next questions, and how many tables are kept however large they are.
PARTS_AT_MOST, _LEAST_PARTS = 3_000_000, 6


class NotReady(Exception):
    """The lake of this account is still being made: ask again in a moment."""


class Parts:
    """Tables made for one question that the next ones are answered from as well; the oldest make room.

    In memory, and on disk what does not fit there.
    """

    def __init__(self, engine: Engine, most_rows: int = PARTS_AT_MOST) -> None:
        self._engine = engine
        self._most_rows = most_rows
        self._made: OrderedDict[Hashable, tuple[str, int]] = OrderedDict()
        self._number = 0

    def part(self, key: Hashable, rows: Callable[[], ir.Table]) -> str:
        """The name of the table that holds ``rows``, made now unless it was for the same ``key``."""
        if key in self._made:
            self._made.move_to_end(key)
            return self._made[key][0]
        self._number += 1
        name = f"part_{self._number}"
        table = self._engine.create(name, rows())
        self._made[key] = (name, int(self._engine.records(table.agg(rows=table.count()))[0]["rows"]))
        while len(self._made) > _LEAST_PARTS and sum(size for _, size in self._made.values()) > self._most_rows:
            _, (oldest, _) = self._made.popitem(last=False)
            self._engine.drop(oldest)
        return name

    def clear(self) -> None:
        """Forget them all."""
        for name, _ in self._made.values():
            self._engine.drop(name)
        self._made.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What can be asked of one account, as of one revision of the ledger. Moments are UTC, naive."""

    engine: Engine
    calls: ir.Table
    journeys: ir.Table
    revision: int
    account: str
    parts: Parts


@dataclass(slots=True)
class _Open:
    """One table of one account as it stands in the engine: a version of the lake, and the tail of one revision."""

    snapshot: Snapshot
    revision: int
    held: ir.Table
    rows: ir.Table


class LiveColumns:
    """Answers questions about accounts, one at a time: what many ask at once would need many times the memory."""

    def __init__(
        self, ledger: Ledger, lake: Lake, *, scratch: Path, memory: str = MEMORY, threads: int | None = None
    ) -> None:
        self.ledger = ledger
        self.lake = lake
        self._open_engine = partial(Engine, scratch, memory=memory, threads=threads)
        self._one_at_a_time = threading.Lock()
        self._tables: OrderedDict[tuple[str, str], _Open] = OrderedDict()
        self._names: dict[tuple[str, str], str] = {}

    def __enter__(self) -> LiveColumns:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the memory."""
        with self._one_at_a_time:
            if "_engine" in self.__dict__:
                self._engine.connection.close()

    @cached_property
    def _engine(self) -> Engine:
        """Opened by the first question: who never asks needs none."""
        return self._open_engine()

    @cached_property
    def _parts(self) -> Parts:
        return Parts(self._engine)

    def revision(self) -> int:
        """How often the ledger has changed: what was answered at the same revision is still right."""
        with self.ledger.reading() as connection:
            query = sa.select(counters.c.value).where(counters.c.name == "revision")
            return int(connection.execute(query).scalar() or 0)

    def ask(self, account: str, question: Callable[[Columns], _Answer]) -> _Answer:
        """The answer to ``question``, which is asked of the newest state. Raises NotReady."""
        with self._one_at_a_time:
            try:
                return question(self._columns(account))
            except CANNOT_READ:
                # Files of a version that is older than the lake keeps: the newest version has others.
                self._tables.clear()
                self._parts.clear()
                return question(self._columns(account))

    def _columns(self, account: str) -> Columns:
        tables = {kept.name: self.lake.table(account, kept) for kept in (CALLS, JOURNEYS)}
        snapshots = {name: table.snapshot() for name, table in tables.items()}
        rows, revision = {}, 0
        with self.ledger.reading() as connection:
            for name, table in tables.items():
                snapshot = snapshots[name]
                if snapshot is None:
                    raise NotReady(account)
                opened = self._opened(connection, account, table, snapshot)
                rows[name], revision = opened.rows, opened.revision
        return Columns(
            engine=self._engine,
            calls=rows["calls"],
            journeys=rows["journeys"],
            revision=revision,
            account=account,
            parts=self._parts,
        )

    def _opened(self, connection: sa.Connection, account: str, table: LakeTable, snapshot: Snapshot) -> _Open:
        key = (account, table.kept.name)
        known = self._tables.get(key)
        revision = connection.execute(
            sa.select(counters.c.value).where(counters.c.name == "revision")
        ).scalar()  # fmt: skip
        if known is not None and known.snapshot.version == snapshot.version and known.revision == (revision or 0):
            self._tables.move_to_end(key)
            return known
        try:
            new = tail(
                connection,
                account,
                table.kept,
                snapshot.watermark,
                fingerprint=self.lake.fingerprints(account),
                most=TAIL_AT_MOST,
            )
        except Rewound:
            raise NotReady(account) from None
        if not new.whole:
            raise NotReady(account)
        name = self._names.setdefault(key, f"{table.kept.name}_{len(self._names)}")
        if known is None or known.snapshot.version != snapshot.version:
            held = lake_view(self._engine, table, snapshot, f"{name}_held")
        else:
            held = known.held
        rows = self._united(held, table.kept, new, name)
        self._tables[key] = _Open(snapshot, new.watermark.revision, held, rows)
        self._tables.move_to_end(key)
        while len(self._tables) > _OPEN:
            self._tables.popitem(last=False)
        return self._tables[key]

    def _united(self, held: ir.Table, kept: Kept, new: Tail, name: str) -> ir.Table:
        """The rows of the lake that still hold, and the newer ones."""
        gone = gone_of(new)
        held = held.select(*kept.schema.names)
        if not new.rows.num_rows and not gone:
            return held
        fresh = self._engine.load(f"{name}_new", new.rows)
        ids = pa.array([*new.rows.column("id").to_pylist(), *gone], pa.string())
        # Looked for once, so that no later question has to compare ids.
        named = self._engine.load("_named", pa.table({"id": ids}))
        old = self._engine.create(
            f"{name}_old", held.semi_join(named, "id").select(*_identity(kept))
        )  # fmt: skip
        if self._engine.records(old.agg(rows=old.count()))[0]["rows"]:
            held = held.anti_join(old, list(_identity(kept)))
        return held.union(fresh.select(*kept.schema.names))


def _identity(kept: Kept) -> tuple[str, ...]:
    """What tells rows apart within the lake: a revision is one call's, but all journeys' of one change."""
    return ("revision",) if kept is CALLS else ("id",)
