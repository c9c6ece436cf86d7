"""Runs recovery: follows the ledger, and takes what is due, from start to a graceful stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

import sqlalchemy as sa
import structlog

from decroche.ledger.recovery_settings import wanted
from decroche.recover.timers import AlreadyRunning, Timers
from decroche.recover.workflows.advancing import ADVANCE, MAIL, SEND, advance
from decroche.recover.workflows.following import AT_ONCE, follow
from decroche.recover.workflows.mailing import mail
from decroche.recover.workflows.promising import REMIND, SETTLE, remind, settle
from decroche.recover.workflows.sending import send
from decroche.recover.workflows.settling import ANSWERED, ASK, answered, ask
from decroche.recover.workflows.surveying import SURVEY
from decroche.recover.workflows.surveying import ask as ask_survey
from decroche.recover.workflows.tools import Tools
from decroche.telemetry import where

#: How often the ledger is asked when nobody in this process says that something changed, in seconds.
_LOOK_EVERY_S = 0.5
_PATIENCE_S = 10.0
_AFTER_TROUBLE_S = 2.0
#: How often whoever finds that another process acts looks whether it still does.
_ELSEWHERE_S = 30.0
Steps = Mapping[str, Callable[[Tools, Mapping[str, str]], None]]
#: Every durable step, by the name under which its timers know it.
STEPS: Steps = MappingProxyType(
    {
        ADVANCE: advance,
        SEND: send,
        ASK: ask,
        ANSWERED: answered,
        MAIL: mail,
        REMIND: remind,
        SETTLE: settle,
        SURVEY: ask_survey,
    }
)
_NONE: Steps = MappingProxyType({})

log = structlog.get_logger()


class Recovery:
    """Everything of recovery that runs in a process. ``more`` are steps that need more than tools, by name.

    Nothing runs, and nobody's time is taken, before an account says what it wants of recovery.
    """

    def __init__(self, tools: Tools, timers: Timers, *, more: Steps = _NONE) -> None:
        self.tools = tools
        self._timers = timers
        self._more = more
        self._awake = threading.Event()
        self._ending = threading.Event()
        self._thread: threading.Thread | None = None
        self._running = False
        self._ready = False
        self._readying = threading.Lock()

    def ready(self) -> None:
        """Make sure that timers can be set."""
        with self._readying:
            if not self._ready:
                self._timers.migrate()
                self._ready = True

    def start(self) -> None:
        """Begin to follow and to act."""
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
        if self._running:
            self._timers.stop(patience_s=_PATIENCE_S)
            self._running = False

    def wake(self) -> None:
        """Something changed in the ledger."""
        self._awake.set()

    def _act(self) -> None:
        """Begin to take what is due. Raises AlreadyRunning when somebody else does on the same embedded ledger."""
        self.ready()
        self._timers.start({name: partial(step, self.tools) for name, step in {**STEPS, **self._more}.items()})
        self._running = True

    def _look(self) -> int:
        """Follow what changed. Returns how much there was."""
        if not self._running:
            with self.tools.ledger.reading() as connection:
                if not wanted(connection):
                    return 0
            self._act()
        return follow(self.tools)

    def _follow(self) -> None:
        while not self._ending.is_set():
            self._awake.clear()
            seen, pause = 0, _LOOK_EVERY_S
            try:
                seen = self._look()
            except AlreadyRunning:
                log.warning("recovery_runs_elsewhere")
                self._ending.wait(_ELSEWHERE_S)
            except (sa.exc.SQLAlchemyError, OSError) as error:
                log.warning("recovery_waits_for_the_store", error=type(error).__name__)
                pause = _AFTER_TROUBLE_S
            except Exception as error:
                log.error("recovery_failed", error=type(error).__name__, where=where(error))
                pause = _AFTER_TROUBLE_S
            if seen < AT_ONCE:
                self._awake.wait(pause)
