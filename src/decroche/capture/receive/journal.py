"""Writes accepted deliveries to the ledger, many in one commit, and tells each when it is on disk."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import structlog

from decroche.ledger.folding import STORE_TROUBLE
from decroche.ledger.observations import Observation, append
from decroche.ledger.store import Ledger
from decroche.telemetry import where

#: Deliveries in one commit: a disk flush costs as much for one as for hundreds. Their bytes are limited as well.
BATCH, BATCH_BYTES = 500, 16 * 1024 * 1024
#: Deliveries that may wait for the disk, and their bytes; more are sent back, and the platform keeps them.
LONGEST_QUEUE, LARGEST_QUEUE = 20_000, 128 * 1024 * 1024
#: So many deliveries within so many seconds leave too little of a core to make calls of them at once. That is believed
#: for a second: whoever makes calls meanwhile keeps deliveries from coming as quickly.
RUSH, RUSH_WITHIN_S, RUSH_LASTS_S = 250, 0.5, 1.0
#: In a rush: how long a commit waits for more, in seconds. It costs as much for one as for all that come meanwhile.
GATHER_S = 0.002
#: How long the end waits for a disk that does not answer, in seconds.
PATIENCE_S = 10.0

log = structlog.get_logger()


class StoreUnavailable(Exception):
    """Nothing was kept: the store is full, busy or away. The platform must deliver again."""


class Journal:
    """One thread that commits what others hand over. A delivery is kept or refused, never half of it.

    ``kept`` hears of every batch that is on disk. ``longest`` and ``largest`` limit what waits: deliveries and bytes.
    ``seconds`` is a clock that only goes forward.
    """

    def __init__(
        self,
        ledger: Ledger,
        *,
        kept: Callable[[Sequence[Observation]], None] = lambda kept: None,
        longest: int = LONGEST_QUEUE,
        largest: int = LARGEST_QUEUE,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._seconds = seconds
        self._kept = kept
        self._longest = longest
        self._largest = largest
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._stopping = False
        self._lately: deque[tuple[float, int]] = deque(maxlen=RUSH)
        self._rush_until = 0.0
        self._thread = threading.Thread(target=self._run, name="journal", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what was handed over, then end. What a store that hangs does not take was never answered."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.ident is not None:
            self._thread.join(PATIENCE_S)

    async def keep(self, observation: Observation) -> None:
        """Return when the observation is on disk. Raises StoreUnavailable when it is not."""
        loop = asyncio.get_running_loop()
        kept: asyncio.Future[None] = loop.create_future()
        self._hand_over(_Waiting(observation, kept, loop))
        await kept

    def keep_all(self, observations: Sequence[Observation]) -> None:
        """The same for a thread that has several, in their order."""
        promises: list[Future[None]] = []
        for observation in observations:
            kept: Future[None] = Future()
            promises.append(kept)
            self._hand_over(_Waiting(observation, kept, None))
        for promise in promises:
            promise.result()

    @property
    def waiting(self) -> int:
        """How many observations wait for the disk."""
        return len(self._waiting)

    @property
    def rush(self) -> bool:
        """Whether more was handed over just now than calls can be made of beside it."""
        return self._seconds() < self._rush_until

    def _hand_over(self, waiting: _Waiting) -> None:
        with self._changed:
            if self._stopping:
                raise StoreUnavailable("the server is stopping")
            if len(self._waiting) >= self._longest or self._bytes + waiting.size > self._largest:
                raise StoreUnavailable("too much waits for the disk")
            self._waiting.append(waiting)
            self._bytes += waiting.size
            if len(self._waiting) == 1:
                self._changed.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            self._write(batch)

    def _next_batch(self) -> list[_Waiting]:
        """What to write next; empty when all is written and nothing more comes."""
        with self._changed:
            while not self._waiting and not self._stopping:
                self._changed.wait()
            if self.rush and not self._stopping:
                self._changed.wait(GATHER_S)
            batch: list[_Waiting] = []
            size = 0
            while self._waiting and len(batch) < BATCH and (not batch or size + self._waiting[0].size <= BATCH_BYTES):
                batch.append(self._waiting.popleft())
                size += batch[-1].size
            self._bytes -= size
            self._note(len(batch))
            return batch

    def _note(self, count: int) -> None:
        """So many were handed over."""
        now = self._seconds()
        self._lately.append((now, count))
        if sum(each for at, each in self._lately if at >= now - RUSH_WITHIN_S) >= RUSH:
            self._rush_until = now + RUSH_LASTS_S

    def _write(self, batch: Sequence[_Waiting]) -> None:
        try:
            with self._ledger.writing() as connection:
                append(connection, [each.observation for each in batch])
        except STORE_TROUBLE as error:
            _tell_all(batch, StoreUnavailable(type(error).__name__))
        except Exception as error:
            if len(batch) == 1:
                log.error("observation_not_kept", error=type(error).__name__, where=where(error))
                _tell_all(batch, StoreUnavailable(type(error).__name__))
                return
            # One that cannot be kept must not take the others with it.
            half = len(batch) // 2
            self._write(batch[:half])
            self._write(batch[half:])
        else:
            _tell_all(batch, None)
            self._kept([each.observation for each in batch])


class _Waiting:
    """An observation, and who waits to hear that it is on disk: a task of an event loop, or a thread."""

    __slots__ = ("future", "loop", "observation", "size")

    def __init__(
        self,
        observation: Observation,
        future: asyncio.Future[None] | Future[None],
        loop: asyncio.AbstractEventLoop | None,
    ) -> None:
        self.observation = observation
        self.future = future
        self.loop = loop
        self.size = len(observation.record.body)

    def tell(self, failure: StoreUnavailable | None) -> None:
        if self.future.done():  # whoever waited has gone
            return
        if failure is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(failure)


def _tell_all(batch: Sequence[_Waiting], failure: StoreUnavailable | None) -> None:
    """Tell everybody; each event loop is woken once, however many of its tasks wait."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Waiting]] = {}
    for each in batch:
        if each.loop is None:
            each.tell(failure)
        else:
            by_loop.setdefault(each.loop, []).append(each)
    for loop, waiting in by_loop.items():
        try:
            loop.call_soon_threadsafe(_tell, waiting, failure)
        except RuntimeError:  # the loop is closed, and everybody in it gone
            continue


def _tell(waiting: Sequence[_Waiting], failure: StoreUnavailable | None) -> None:
    for each in waiting:
        each.tell(failure)
