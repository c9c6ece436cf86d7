"""Calls and journeys in columns as the ledger has them now: the lake, with what is not merged yet in place of it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import ibis.expr.types as ir
import pyarrow as pa

from decroche.ledger.store import Ledger
from decroche.warehouse.engine import CANNOT_READ, Engine
from decroche.warehouse.keeping_up import Prepared
from decroche.warehouse.lake import Lake, Snapshot, Watermark
from decroche.warehouse.lake_files import lake_view
from decroche.warehouse.lake_rows import CALLS, JOURNEYS, TABLES, Kept
from decroche.warehouse.ledger_tail import Rewound, Tail, changed_since, ledger_watermark, tail
from decroche.warehouse.prepared import Clocks
from decroche.warehouse.refresh import gone_of

_Answer = TypeVar("_Answer")
#: With more changed rows than this the lake has to be refreshed before anybody asks it.
TAIL_AT_MOST = 20_000
#: Prepared rows are mended while no more calls or journeys than this changed; else they are made anew.
MENDED_AT_MOST = 5_000
MEMORY = "800MB"
#: Prepared rows that are kept for the next questions, of all accounts together. One account is kept however large.
PREPARED_AT_MOST = 3_000_000


class NotReady(Exception):
    """The lake of this account is still being made: ask again in a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """What one question can ask of one account.

    ``read`` gives the rows of the lake and its tail; moments are UTC, naive. ``prepare`` gives what is prepared from a
    moment on; ``at_hand`` tells whether that is there, or soon made. ``revision`` is the latest of the ledger at which
    something of the account changed. ``fingerprint`` gives what stands for the number of a person.
    """

    engine: Engine
    revision: int
    account: str
    read: Callable[[Kept], ir.Table]
    prepare: Callable[[Clocks, datetime], Prepared]
    at_hand: Callable[[Clocks, datetime], bool]
    fingerprint: Callable[[int], int] = int
    _asked: dict[Hashable, str] = field(default_factory=dict)

    @property
    def calls(self) -> ir.Table:
        """All calls, with the columns of ``lake_rows.CALLS``."""
        return self.read(CALLS)

    @property
    def journeys(self) -> ir.Table:
        """All journeys, with the columns of ``lake_rows.JOURNEYS``."""
        return self.read(JOURNEYS)

    def asked(self, key: Hashable, rows: Callable[[], ir.Table]) -> str:
        """A name for ``rows`` while this question is answered: the same for the same ``key``."""
        if key not in self._asked:
            expression = rows()
            name = f"asked_{len(self._asked)}"
            self.engine.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {Engine.sql(expression)}")
            self._asked[key] = name
        return self._asked[key]


@dataclass(slots=True)
class _State:
    """How far the ledger was looked at for one account, and the revision at which something of it last changed.

    ``made`` tells when the tables of the lake were made from nothing. ``prepared`` is as of ``mended``.
    """

    reached: Watermark
    revision: int
    made: tuple[int, ...]
    prepared: Prepared | None = None
    mended: Watermark = field(default_factory=Watermark)


class LiveColumns:
    """Answers questions about accounts, one at a time: what many ask at once would need many times the memory."""

    def __init__(
        self,
        ledger: Ledger,
        lake: Lake,
        *,
        scratch: Path,
        memory: str = MEMORY,
        threads: int | None = None,
        prepared_at_most: int = PREPARED_AT_MOST,
    ) -> None:
        self.ledger = ledger
        self.lake = lake
        self._prepared_at_most = prepared_at_most
        self._open_engine = partial(Engine, scratch, memory=memory, threads=threads)
        self._one_at_a_time = threading.Lock()
        self._states: OrderedDict[str, _State] = OrderedDict()
        self._numbers = count()

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
                self._engine.close()

    @cached_property
    def _engine(self) -> Engine:
        """Opened by the first question: who never asks needs none."""
        return self._open_engine()

    def revision(self) -> int:
        """How often the ledger has changed, whosever rows they were."""
        with self.ledger.reading() as connection:
            return ledger_watermark(connection).revision

    def revision_of(self, account: str) -> int | None:
        """At which revision something of the account last changed; None where it was not looked since the latest."""
        state = self._states.get(account)
        return state.revision if state is not None and state.reached.revision == self.revision() else None

    def ask(self, account: str, question: Callable[[Columns], _Answer]) -> _Answer:
        """The answer to ``question``, which is asked of the newest state. Raises NotReady."""
        with self._one_at_a_time:
            try:
                return question(self._columns(account))
            except CANNOT_READ:
                # Files of a version that is older than the lake keeps: the newest version has others.
                self._forget(account)
                return question(self._columns(account))

    def _columns(self, account: str) -> Columns:
        state = self._looked(account)
        mended: list[Prepared] = []

        def prepare(clocks: Clocks, since: datetime) -> Prepared:
            # Once for a question: all its figures are of one moment.
            if not mended or mended[0].clocks != clocks or mended[0].since > since:
                mended[:] = [self._prepared(account, state, clocks, since)]
            return mended[0]

        return Columns(
            engine=self._engine,
            revision=state.revision,
            account=account,
            read=lambda kept: self._read([kept], account)[0][0],
            prepare=prepare,
            at_hand=lambda clocks, since: self._at_hand(account, state, clocks, since),
            fingerprint=self.lake.fingerprints(account),
        )

    def _looked(self, account: str) -> _State:
        """The state of an account, after a look at the ledger."""
        with self.ledger.reading() as connection:
            reached = ledger_watermark(connection)
            state = self._states.get(account)
            if state is not None and state.reached == reached:
                return state
            back = state is not None and state.reached.is_ahead_of(reached)
            if state is not None and not back and not changed_since(connection, account, state.reached):
                state.reached = reached
                return state
        snapshots = [self._snapshot(account, kept) for kept in TABLES]
        if any(each.watermark.is_ahead_of(reached) for each in snapshots):
            self._forget(account)
            raise NotReady(account)
        made = tuple(each.made for each in snapshots)
        if state is None or back or state.made != made:
            self._forget(account)
            state = self._states[account] = _State(reached, reached.revision, made)
        state.reached, state.revision = reached, reached.revision
        return state

    def _prepared(self, account: str, state: _State, clocks: Clocks, since: datetime) -> Prepared:
        known = state.prepared
        if known is not None and known.clocks == clocks and known.since <= since:
            try:
                if state.mended == state.reached or self._mended(account, state, known):
                    self._states.move_to_end(account)
                    return known
            except BaseException:
                self._forget(account)
                raise
        if known is not None:
            since = min(since, known.since)
            known.drop()
            state.prepared = None
        # Whole months: the next question looks back a little further.
        first = since.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        made = Prepared(self._engine, next(self._numbers), clocks, first)
        (calls, journeys), state.mended = self._read(TABLES, account)
        made.build(calls, journeys)
        state.prepared = made
        self._states.move_to_end(account)
        self._make_room(account)
        return made

    def _at_hand(self, account: str, state: _State, clocks: Clocks, since: datetime) -> bool:
        known = state.prepared
        if known is not None and known.clocks == clocks and known.since <= since:
            return True
        return self._snapshot(account, CALLS).rows_since(since) <= self._prepared_at_most

    def _mended(self, account: str, state: _State, prepared: Prepared) -> bool:
        """Bring what is prepared up to the ledger; False where too much changed."""
        with self.ledger.reading() as connection:
            fingerprint = self.lake.fingerprints(account)
            try:
                tails = [
                    tail(connection, account, kept, state.mended, fingerprint=fingerprint, most=MENDED_AT_MOST)
                    for kept in TABLES
                ]
            except Rewound:
                return False
        if not all(each.whole for each in tails):
            return False
        calls, journeys = tails
        if any(each.rows.num_rows or each.gone for each in tails):
            prepared.change(calls.rows, gone_of(calls), journeys.rows, gone_of(journeys))
        state.mended = calls.watermark
        return True

    def _make_room(self, account: str) -> None:
        for other, state in list(self._states.items()):
            if sum(each.prepared.rows for each in self._states.values() if each.prepared) <= self._prepared_at_most:
                return
            if other != account and state.prepared is not None:
                state.prepared.drop()
                state.prepared = None

    def _forget(self, account: str) -> None:
        state = self._states.pop(account, None)
        if state is not None and state.prepared is not None:
            state.prepared.drop()

    def _snapshot(self, account: str, kept: Kept) -> Snapshot:
        found = self.lake.table(account, kept).snapshot()
        if found is None:
            raise NotReady(account)
        return found

    def _read(self, tables: Sequence[Kept], account: str) -> tuple[list[ir.Table], Watermark]:
        """The rows of these tables of the lake, each with its tail, and how far the ledger had come."""
        snapshots = [self._snapshot(account, kept) for kept in tables]
        fingerprint = self.lake.fingerprints(account)
        with self.ledger.reading() as connection:
            try:
                tails = [
                    tail(connection, account, kept, snapshot.watermark, fingerprint=fingerprint, most=TAIL_AT_MOST)
                    for kept, snapshot in zip(tables, snapshots, strict=True)
                ]
            except Rewound:
                raise NotReady(account) from None
        if not all(each.whole for each in tails):
            raise NotReady(account)
        rows = [
            self._united(
                lake_view(self._engine, self.lake.table(account, kept), snapshot, f"{kept.name}_held"),
                kept,
                new,
                kept.name,
            )
            for kept, snapshot, new in zip(tables, snapshots, tails, strict=True)
        ]
        return rows, tails[0].watermark

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
