"""Runs recovery: follows the ledger, and takes what is due, from start to a graceful stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import sqlalchemy as sa
import structlog

from decroche.ledger.store import Ledger
from decroche.recover.timers import AlreadyRunning, Timers
from decroche.recover.workflows.advancing import ADVANCE, SEND, advance
from decroche.recover.workflows.following import AT_ONCE, follow
from decroche.recover.workflows.sending import send
from decroche.recover.workflows.tools import Tools
from decroche.telemetry import where

#: How often the ledger is asked when nobody in this process says that something changed, in seconds.
_LOOK_EVERY_S = 0.5
_PATIENCE_S = 10.0
_AFTER_TROUBLE_S = 2.0

log = structlog.get_logger()


class Recovery:
    """Everything of recovery that runs in a process. ``more`` are steps of other rooms' making, by name."""

    def __init__(
        self, tools: Tools, timers: Timers, *, more: Mapping[str, Callable[[Tools, Mapping[str, str]], None]]
    ) -> None:
        self._tools = tools
        self._timers = timers
        self._more = more
        self._awake = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def ledger(self) -> Ledger:
        """The ledger that it acts on."""
        return self._tools.ledger

    def start(self) -> None:
        """Begin to follow and to act. Where somebody else acts on the same embedded ledger, it is left to them."""
        steps = {ADVANCE: advance, SEND: send, **self._more}
        try:
            self._timers.start({name: self._bound(step) for name, step in steps.items()})
        except AlreadyRunning:
            log.warning("recovery_runs_elsewhere")
            return
        self._ending.clear()
        self._thread = threading.Thread(target=self._follow, name="recovery", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End within seconds; what is due meanwhile waits for the next start."""
        if self._thread is None:
            return
        self._ending.set()
        self._awake.set()
        self._thread.join(timeout=_PATIENCE_S)
        self._thread = None
        self._timers.stop(patience_s=_PATIENCE_S)

    def wake(self) -> None:
        """Something changed in the ledger."""
        self._awake.set()

    def _bound(self, step: Callable[[Tools, Mapping[str, str]], None]) -> Callable[[Mapping[str, str]], None]:
        return lambda subject: step(self._tools, subject)

    def _follow(self) -> None:
        while not self._ending.is_set():
            self._awake.clear()
            try:
                seen = follow(self._tools)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                log.warning("recovery_waits_for_the_store", error=type(error).__name__)
                seen = 0
                self._ending.wait(_AFTER_TROUBLE_S)
            except Exception as error:
                log.error("recovery_failed", error=type(error).__name__, where=where(error))
                seen = 0
                self._ending.wait(_AFTER_TROUBLE_S)
            if seen < AT_ONCE:
                self._awake.wait(_LOOK_EVERY_S)
