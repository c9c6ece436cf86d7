"""Keeps the lake near the ledger while a server runs; of several processes only the one that folds does it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog

from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.telemetry import where
from decroche.warehouse.building import BuildBeside
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import TABLES
from decroche.warehouse.ledger_tail import erased_last, forgets, ledger_watermark
from decroche.warehouse.refresh import refresh, tidy

#: How often the ledger is asked whether it has changed, in seconds.
LOOK_S = 5.0
#: So many changed rows are merged at once; fewer wait, for figures read them from the ledger anyway.
WORTH_MERGING = 500
#: But no longer than this; who was forgotten is gone from the files at the next look.
LONGEST_WAIT = timedelta(minutes=10)
#: How often every table is compared with the ledger, and its small files are joined.
TIDY_AFTER = timedelta(hours=1)
_PATIENCE_S = 30.0

log = structlog.get_logger()


class LakeRefresher:
    """Refreshes the lake of every account in a thread of its own. Two of them at once do no harm, only work twice."""

    def __init__(self, ledger: Ledger, lake: Lake, *, scratch: Path, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._lake = lake
        self._scratch = scratch
        self._clock = clock
        self._ending = threading.Event()
        self._build = BuildBeside(self._ending.is_set)
        self._thread: threading.Thread | None = None
        self._merged: dict[str, datetime] = {}
        self._tidied: dict[str, datetime] = {}
        self._erased: dict[str, datetime | None] = {}
        self._seen: object = None

    def start(self) -> None:
        """Begin; again after a stop."""
        self._ending.clear()
        self._thread = threading.Thread(target=self._run, name="lake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the table that is being written."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def endpoints_changed(self, endpoints: Mapping[str, object]) -> None:
        """Nothing to do: which phone systems there are changes no call."""

    def look(self) -> None:
        """Refresh what is worth it. Raises what the stores raise."""
        now = self._clock()
        with self._ledger.reading() as connection:
            seen = ledger_watermark(connection)
            known = list(connection.execute(sa.select(accounts.c.id).order_by(accounts.c.id)).scalars())
        for account in known:
            if self._ending.is_set():
                return
            moved, overdue = seen != self._seen, now - self._merged.get(account, now) >= LONGEST_WAIT
            forgotten, erased = self._forgotten(account, moved=moved)
            if moved or overdue or forgotten or account not in self._merged:
                least = 1 if overdue or forgotten else WORTH_MERGING
                refresh(self._ledger, self._lake, account, scratch=self._scratch, least=least, build=self._build)
                if overdue or account not in self._merged:
                    self._merged[account] = now
            if forgotten:
                for kept in TABLES:
                    self._lake.table(account, kept).forget_past()
                self._erased[account] = erased
            if now - self._tidied.setdefault(account, now) >= TIDY_AFTER:
                self._tidied[account] = now
                if not tidy(self._ledger, self._lake, account, scratch=self._scratch, build=self._build):
                    log.warning("lake_made_anew", account=account)
        self._ledger.learn()
        for account in self._lake.accounts() - set(known):
            self._lake.remove(account)
        self._seen = seen

    def _forgotten(self, account: str, *, moved: bool) -> tuple[bool, datetime | None]:
        """Whether files may hold somebody who was forgotten since, and when the last erasure was done.

        At first they may: nobody knows what the process before came to.
        """
        with self._ledger.reading() as connection:
            erased = erased_last(connection, account)
            if account not in self._erased or erased != self._erased[account]:
                return True, erased
            if not moved:
                return False, erased
            snapshots = ((kept, self._lake.table(account, kept).snapshot()) for kept in TABLES)
            return any(
                forgets(connection, account, kept, snapshot.watermark)
                for kept, snapshot in snapshots
                if snapshot is not None
            ), erased

    def _run(self) -> None:
        while not self._ending.is_set():
            try:
                self.look()
            except Exception as error:
                if self._ending.is_set():
                    return  # what was being built is built anew by whoever starts next
                # Whatever it is, calls go on, and figures read from the ledger what the lake lacks.
                log.error("lake_refresh_failed", error=type(error).__name__, where=where(error))
                self._ending.wait(LOOK_S)
            self._ending.wait(LOOK_S)
