"""Makes a table of the lake from nothing; a large one in a process of its own, so that calls do not wait for it."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import TABLES, Kept
from decroche.warehouse.ledger_tail import everything, ledger_watermark

#: Fewer rows are read in less time than a process needs to begin.
WORTH_A_PROCESS = 20_000
#: How much less urgent such a process is than the server, as nice(2) counts.
_NICE = 10
#: How often its end is looked for, in seconds.
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What was done to one table: rows written or removed, and whether it was made from nothing."""

    table: str
    rows: int
    built: bool = False


#: Makes one table of an account from nothing. Raises what SQLAlchemy and the lake raise.
Build: TypeAlias = Callable[[Ledger, Lake, str, Kept], Refreshed]


class NotBuilt(RuntimeError):
    """The process that was to build a table ended before it had; its own line of the log says why."""


def build(ledger: Ledger, lake: Lake, account: str, kept: Kept) -> Refreshed:
    """Make a table of an account from nothing but the ledger, in this thread."""
    rows = 0

    def counted() -> Iterator[pa.RecordBatch]:
        nonlocal rows
        for batch in everything(ledger, account, kept, watermark, fingerprint=lake.fingerprints(account)):
            rows += batch.num_rows
            yield batch

    with ledger.reading() as connection:
        watermark = ledger_watermark(connection)
    lake.table(account, kept).build(counted(), watermark)
    return Refreshed(kept.name, rows, built=True)


@dataclass(frozen=True, slots=True)
class BuildBeside:
    """Builds what is large in another process, until ``ending`` says that this one ends."""

    ending: Callable[[], bool]
    least: int = WORTH_A_PROCESS

    def __call__(self, ledger: Ledger, lake: Lake, account: str, kept: Kept) -> Refreshed:
        """As ``build`` does. Raises NotBuilt when the process failed or was ended."""
        if not self._large(ledger, account, kept):
            return build(ledger, lake, account, kept)
        url = ledger.engine.url.render_as_string(hide_password=False)
        # A copy of this process would hold the locks that its other threads hold now.
        process = multiprocessing.get_context("spawn").Process(
            target=_build_in_process, args=(url, lake, account, kept.name), daemon=True
        )
        process.start()
        while process.is_alive():
            if self.ending():
                process.terminate()
            process.join(_LOOK_S)
        made = lake.table(account, kept).snapshot()
        if process.exitcode != 0 or made is None:
            raise NotBuilt(f"the process that builds ended with {process.exitcode}")
        return Refreshed(kept.name, made.rows, built=True)

    def _large(self, ledger: Ledger, account: str, kept: Kept) -> bool:
        c = kept.table.c
        query = sa.select(c.id).where(c.account_id == account).offset(self.least).limit(1)
        with ledger.reading() as connection:
            return connection.execute(query).first() is not None


def _build_in_process(url: str, lake: Lake, account: str, name: str) -> None:
    # Who ends the server at a terminal ends this process too, and the server says so.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICE)
    ledger = Ledger(url)
    try:
        build(ledger, lake, account, next(kept for kept in TABLES if kept.name == name))
    finally:
        ledger.close()
