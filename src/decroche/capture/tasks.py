"""Keeps a thread for each thing that is listened to, and begins it anew when its settings change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeVar

_Key = TypeVar("_Key", bound=Hashable)
_Value = TypeVar("_Value")


class Stopping(Exception):
    """The thread is to end: what is in hand is given up, and asked for again at the next start."""


class Tasks(Generic[_Key, _Value]):
    """One thread for each key. ``run`` gets its value, and an event that is set when it is to end."""

    def __init__(self, name: str, run: Callable[[_Value, threading.Event], None]) -> None:
        self._name = name
        self._run = run
        self._running: dict[_Key, tuple[_Value, threading.Thread, threading.Event]] = {}
        self._changing = threading.Lock()

    def keep(self, wanted: Mapping[_Key, _Value]) -> None:
        """Run for these values and for no others. A changed value begins when the thread of the old one has ended."""
        with self._changing:
            ending: dict[_Key, threading.Thread] = {}
            for key, (value, thread, stopping) in list(self._running.items()):
                if key not in wanted or wanted[key] != value:
                    stopping.set()
                    ending[key] = thread
                    del self._running[key]
            for key, value in wanted.items():
                if key not in self._running:
                    stopping = threading.Event()
                    thread = threading.Thread(
                        target=self._begin, args=(value, stopping, ending.get(key)), name=self._name, daemon=True
                    )
                    self._running[key] = value, thread, stopping
                    thread.start()

    def stop(self, *, patience_s: float) -> None:
        """End all, and wait so long that they do; one that waits for a platform's answer is left to end with us."""
        with self._changing:
            running, self._running = list(self._running.values()), {}
        for _, _, stopping in running:
            stopping.set()
        for _, thread, _ in running:
            thread.join(timeout=patience_s)

    def _begin(self, value: _Value, stopping: threading.Event, before: threading.Thread | None) -> None:
        if before is not None:
            before.join()
        if not stopping.is_set():
            self._run(value, stopping)
