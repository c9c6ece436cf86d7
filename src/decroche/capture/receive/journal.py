"""Writes accepted deliveries to the ledger, many in one commit, and tells each when it is on disk."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import sqlalchemy as sa

from decroche.ledger.observations import Observation, append
from decroche.ledger.store import Ledger

#: Deliveries in one commit: a disk flush costs as much for one as for hundreds.
BATCH = 500
#: Deliveries that may wait for the disk; more are sent back, and the platform keeps them.
LONGEST_QUEUE = 20_000


class StoreUnavailable(Exception):
    """Nothing was kept: the store is full, busy or away. The platform must deliver again."""


class Journal:
    """One thread that commits what others hand over. A delivery is kept or refused, never half of it."""

    def __init__(self, ledger: Ledger, *, kept: Callable[[], None] = lambda: None) -> None:
        self._ledger = ledger
        self._kept = kept
        self._waiting: deque[tuple[Observation, _Promise]] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was handed over, then end."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join()

    async def keep(self, observation: Observation) -> None:
        """Return when the observation is on disk. Raises StoreUnavailable when it is not."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._hand_over(observation, _Promise(kept, loop))
        await kept

    def keep_all(self, observations: Sequence[Observation]) -> None:
        """The same for a thread that has several, in their order."""
        promises: list[Future[None]] = []
        for observation in observations:
            kept: Future[None] = Future()
            promises.append(kept)
            self._hand_over(observation, _Promise(kept, None))
        for promise in promises:
            promise.result()

    @property
    def waiting(self) -> int:
        """How many observations wait for the disk."""
        return len(self._waiting)

    def _hand_over(self, observation: Observation, promise: _Promise) -> None:
        with self._changed:
            if self._stopping or len(self._waiting) >= LONGEST_QUEUE:
                raise StoreUnavailable("too much waits for the disk")
            self._waiting.append((observation, promise))
            self._changed.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            try:
                with self._ledger.writing() as connection:
                    append(connection, [observation for observation, _ in batch])
            except (sa.exc.SQLAlchemyError, OSError) as error:
                failure = StoreUnavailable(type(error).__name__)
                _settle([promise for _, promise in batch], failure)
            else:
                _settle([promise for _, promise in batch], None)
                self._kept()

    def _next_batch(self) -> list[tuple[Observation, _Promise]]:
        """What to write next; empty when all is written and nothing more comes."""
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            return [self._waiting.popleft() for _ in range(min(BATCH, len(self._waiting)))]


class _Promise:
    """Somebody who waits to hear that an observation is on disk: a task of an event loop, or a thread."""

    __slots__ = ("future", "loop")

    def __init__(self, future: asyncio.Future[None] | Future[None], loop: asyncio.AbstractEventLoop | None) -> None:
        self.future = future
        self.loop = loop

    def settle(self, failure: StoreUnavailable | None) -> None:
        if self.future.done():  # whoever waited has gone
            return
        if failure is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(failure)


def _settle(promises: Sequence[_Promise], failure: StoreUnavailable | None) -> None:
    """Tell everybody; each event loop is woken once, however many of its tasks wait."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Promise]] = {}
    for promise in promises:
        if promise.loop is None:
            promise.settle(failure)
        else:
            by_loop.setdefault(promise.loop, []).append(promise)
    for loop, waiting in by_loop.items():
        if not loop.is_closed():
            loop.call_soon_threadsafe(_tell, waiting, failure)


def _tell(waiting: Sequence[_Promise], failure: StoreUnavailable | None) -> None:
    for promise in waiting:
        promise.settle(failure)
