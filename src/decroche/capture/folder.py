"""Turns kept observations into calls and journeys, as soon as they are kept."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa
import structlog

from decroche.ledger.folding import Folded, Hear, fold_pending
from decroche.ledger.store import Ledger

#: Observations in one transaction: enough to be quick, few enough that a delivery need not wait for long.
BATCH = 200
#: How long the folder waits when nobody wakes it: another process may have kept something, in seconds.
IDLE_S = 0.25
#: How long it waits after the store refused, in seconds.
AFTER_FAILURE_S = 1.0

log = structlog.get_logger()


class Folder:
    """One thread; of several processes on one database only one folds. ``folded`` hears of every batch."""

    def __init__(
        self, ledger: Ledger, hear: Hear, *, clock: Callable[[], datetime], folded: Callable[[Folded], None]
    ) -> None:
        self._ledger = ledger
        self._hear = hear
        self._clock = clock
        self._folded = folded
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="folder", daemon=True)

    def start(self) -> None:
        """Begin to fold."""
        self._thread.start()

    def wake(self) -> None:
        """Something was kept."""
        self._wake.set()

    def stop(self) -> None:
        """End after the batch in hand; what is left is folded at the next start."""
        self._stopping.set()
        self._wake.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._ledger.folding() as ours:
                    while ours and not self._stopping.is_set():
                        self._fold_waiting()
            except sa.exc.SQLAlchemyError as error:
                log.warning("folding_failed", error=type(error).__name__)
            self._stopping.wait(AFTER_FAILURE_S)

    def _fold_waiting(self) -> None:
        self._wake.clear()
        while not self._stopping.is_set():
            batch = fold_pending(self._ledger, self._hear, now=self._clock(), limit=BATCH)
            if not batch.observations:
                break
            self._folded(batch)
        self._wake.wait(IDLE_S)
