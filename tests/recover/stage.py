"""Where timers are tried: a diary of what the steps did, and a way to let them run that both kinds of timers have."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.recover.timers import Step, Timers
from tests.recover.frozen_timers import FrozenTimers

NOW = datetime(2026, 11, 20, 17, 5, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
_PATIENCE_S = 30.0


class AnyTimers(Protocol):
    """The door that both kinds have."""

    def migrate(self) -> None: ...
    def set(
        self, connection: sa.Connection, key: str, step: str, subject: Mapping[str, str], *, at: datetime, now: datetime
    ) -> None: ...
    def bring_forward(self, connection: sa.Connection, key: str) -> None: ...
    def cancel(self, connection: sa.Connection, key: str) -> None: ...
    def waiting(self) -> int: ...
    def failed(self) -> int: ...
    def start(self, steps: Mapping[str, Step]) -> None: ...
    def stop(self, *, patience_s: float) -> None: ...


class Diary:
    """What the steps did, in order."""

    def __init__(self) -> None:
        self.entries: list[str] = []
        self._changed = threading.Condition()

    def note(self, subject: Mapping[str, str]) -> None:
        """A step that does nothing but say whom it is about."""
        with self._changed:
            self.entries.append(subject["journey"])
            self._changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.entries) >= count, _PATIENCE_S), self.entries


class Stage(Protocol):
    """Timers over a ledger, and how their steps come to run."""

    ledger: Ledger
    timers: AnyTimers
    diary: Diary

    def run(self, count: int) -> list[str]:
        """Let what is due run, until the diary has ``count`` entries and nothing runs."""
        ...

    def set(self, key: str, *, step: str = "note", journey: str = "", at: datetime = NOW) -> None: ...


class _Setting:
    def __init__(self, ledger: Ledger, timers: AnyTimers) -> None:
        self.ledger = ledger
        self.timers = timers
        self.diary = Diary()

    def set(self, key: str, *, step: str = "note", journey: str = "", at: datetime = NOW) -> None:
        with self.ledger.writing() as connection:
            self.timers.set(connection, key, step, {"journey": journey or key}, at=at, now=NOW)


class LiveStage(_Setting):
    """The timers of the program: they run by themselves."""

    def __init__(self, ledger: Ledger, timers: Timers) -> None:
        super().__init__(ledger, timers)
        self._timers = timers

    def run(self, count: int) -> list[str]:
        self.diary.wait_for(count)
        eventually(lambda: self._timers.idle())
        return self.diary.entries


class FrozenStage(_Setting):
    """The twin: runs when told."""

    def __init__(self, ledger: Ledger, timers: FrozenTimers) -> None:
        super().__init__(ledger, timers)
        self._frozen = timers

    def run(self, count: int) -> list[str]:
        self._frozen.run_due(NOW)
        return self.diary.entries


def eventually(holds: Callable[[], bool], *, patience_s: float = _PATIENCE_S) -> None:
    """Wait until ``holds``: what another thread or process does shows in the database only."""
    pause = threading.Event()
    for _ in range(int(patience_s / 0.05)):
        if holds():
            return
        pause.wait(0.05)
    raise AssertionError("it never came")
