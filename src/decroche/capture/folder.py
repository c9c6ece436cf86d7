"""Turns kept observations into calls and journeys, as soon as they are kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from decroche.ledger.folding import STORE_TROUBLE, Folded, Hear, fold_pending
from decroche.ledger.observations import SettledElsewhere
from decroche.ledger.rejudging import judge_next_again
from decroche.ledger.store import Ledger
from decroche.ledger.sweeping import QUIET_ANSWERED, QUIET_UNANSWERED, close_lost_calls, expire
from decroche.telemetry import where

#: Observations in one transaction: enough to be quick, few enough that a delivery need not wait for long.
BATCH = 100
#: In a rush: observations in one transaction (a smaller one costs more for each), and how many times as long as it took
#: the folder then rests; how long the calls may lag behind, and its rests once they have.
RUSHED_BATCH, RESTS, LONGEST_BEHIND_S, RESTS_BEHIND = 60, 3.0, 20.0, 1.0
#: How long the folder waits when nobody wakes it: another process may have kept something, in seconds. An embedded
#: ledger is written by this process alone, which wakes it.
IDLE_S, IDLE_EMBEDDED_S = 0.25, 1.0
#: What comes within so many seconds is folded together: a batch of one costs nearly as much as one of ten.
GATHER_S = 0.1
#: How long it waits after the store refused, and before it asks again whether it may fold, in seconds.
AFTER_FAILURE_S = 1.0
#: How often it looks for what time alone does. Not at once: what platforms held back while we were away comes first.
SWEEP_S = 60.0
#: How long the end waits for a store that does not answer, in seconds.
PATIENCE_S = 10.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Quiet:
    """How long nothing is heard of a call until it is taken for ended, by whether somebody had answered."""

    unanswered: timedelta = QUIET_UNANSWERED
    answered: timedelta = QUIET_ANSWERED


USUAL = Quiet()


class Folder:
    """One thread; of several processes on one database only one folds.

    ``folded`` hears of every batch. ``turned`` hears True when it becomes the turn of this process, and False when it
    is over: whatever else only one process may do goes with it. In a ``rush`` the deliveries come first.
    """

    def __init__(
        self,
        ledger: Ledger,
        hear: Hear,
        *,
        clock: Callable[[], datetime],
        folded: Callable[[Folded], None],
        turned: Callable[[bool], None] = lambda ours: None,
        quiet: Quiet = USUAL,
        rush: Callable[[], bool] = lambda: False,
        after_failure_s: float = AFTER_FAILURE_S,
    ) -> None:
        self._ledger = ledger
        self._hear = hear
        self._clock = clock
        self._folded = folded
        self._turned = turned
        self._quiet = quiet
        self._rush = rush
        self._after_failure_s = after_failure_s
        self._sweep_at = 0.0
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
        if self._thread.ident is not None:
            self._thread.join(PATIENCE_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with self._ledger.folding() as ours:
                    if ours:
                        self._fold_while(lambda: bool(ours))
            except Exception as error:
                _log_failure(error)
            self._stopping.wait(self._after_failure_s)

    def _fold_while(self, ours: Callable[[], bool]) -> None:
        self._sweep_at = time.monotonic() + SWEEP_S
        try:
            self._turned(True)
            while not self._stopping.is_set() and ours():
                try:
                    self._fold_waiting()
                except Exception as error:
                    _log_failure(error)
                    self._stopping.wait(self._after_failure_s)
        finally:
            self._turned(False)

    def _fold_waiting(self) -> None:
        self._wake.clear()
        behind_since, gathered = time.monotonic(), False
        while not self._stopping.is_set():
            began, rushed = time.monotonic(), self._rush()
            limit = RUSHED_BATCH if rushed else BATCH
            batch = fold_pending(self._ledger, self._hear, now=self._clock(), limit=limit)
            if not batch.observations:
                break
            self._folded(batch)
            if rushed:
                now = time.monotonic()
                rests = RESTS if now - behind_since < LONGEST_BEHIND_S else RESTS_BEHIND
                self._stopping.wait(rests * (now - began))
            elif batch.observations < limit:
                gathered = True
                break
        if time.monotonic() >= self._sweep_at:
            self.sweep()
            self._sweep_at = time.monotonic() + SWEEP_S
        if (changes := judge_next_again(self._ledger, now=self._clock())) is not None:
            self._folded(Folded(0, 0, changes))
            return
        # After a batch of what comes now the next is gathered, also where another process keeps it and wakes nobody.
        if gathered or self._wake.wait(IDLE_EMBEDDED_S if self._ledger.embedded else IDLE_S):
            self._stopping.wait(GATHER_S)

    def sweep(self) -> None:
        """Do what time alone does: journeys expire, and calls of which nothing is heard any more are over."""
        now = self._clock()
        changes = expire(self._ledger, now=now)
        self._folded(Folded(0, 0, changes))
        lost = close_lost_calls(self._ledger, now=now, unanswered=self._quiet.unanswered, answered=self._quiet.answered)
        if lost:
            self._wake.set()


def _log_failure(error: Exception) -> None:
    if isinstance(error, (*STORE_TROUBLE, SettledElsewhere)):
        log.warning("folding_failed", error=type(error).__name__)
    else:
        log.error("folding_failed", error=type(error).__name__, where=where(error))
