"""Forgets people in the background: those who asked for it, and whatever a business keeps no longer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime

import structlog

from decroche.connector_kit.connector import Connector
from decroche.ledger.erased_late import forget_late_texts
from decroche.ledger.erasing import erase_next, forget_late
from decroche.ledger.folding import STORE_TROUBLE
from decroche.ledger.hearing import Hear
from decroche.ledger.keeping import forget_old
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.telemetry import where

#: How often it is looked whether somebody asked, and whether something is too old, in seconds.
LOOK_EVERY_S, OLD_EVERY_S = 5.0, 3600.0
#: Between two batches: deliveries and pages come first.
_REST_S = 0.05
_PATIENCE_S = 10.0

log = structlog.get_logger()


class Forgetter:
    """One thread, in the process whose turn it is to fold. ``key`` is the server's key of fingerprints."""

    def __init__(self, ledger: Ledger, hear: Hear, *, key: bytes, clock: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._hear = hear
        self._key = key
        self._clock = clock
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin; again after a stop."""
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(self._ending,), name="forgetter", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the batch in hand; the rest is done later."""
        self._ending.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE_S)

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """Which platforms are connected does not matter here."""

    def _run(self, ending: threading.Event) -> None:
        old_at = time.monotonic() + LOOK_EVERY_S
        while not ending.wait(LOOK_EVERY_S):
            try:
                self._asked(ending)
                if time.monotonic() >= old_at:
                    self._old(ending)
                    old_at = time.monotonic() + OLD_EVERY_S
            except STORE_TROUBLE as error:
                log.warning("forgetting_failed", error=type(error).__name__)
            except Exception as error:
                log.error("forgetting_failed", error=type(error).__name__, where=where(error))

    def _asked(self, ending: threading.Event) -> None:
        while erase_next(self._ledger, self._hear, now=self._clock()):
            if ending.wait(_REST_S):
                return
        while forget_late(self._ledger, self._hear, key=self._key, now=self._clock()):
            if ending.wait(_REST_S):
                return
        while forget_late_texts(self._ledger, self._hear, key=self._key, now=self._clock()):
            if ending.wait(_REST_S):
                return

    def _old(self, ending: threading.Event) -> None:
        for count in forget_old(self._ledger, self._hear, key=self._key, now=self._clock()):
            if ending.wait(_REST_S if count else 0):
                return
