"""Looks once more for a door that nobody knows here: an endpoint may have been added a moment ago, by whomever.

However many knock at doors that there are not, the ledger is asked some few times in a second, for all of them at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

from decroche.telemetry import where

#: Between two looks at the ledger pass so many seconds, and so many wait for one at most: the others are told at once.
APART_S, MOST = 0.25, 64

log = structlog.get_logger()


class LateDoors:
    """``look`` asks the ledger which doors there are. It may take a while, and is called in a thread."""

    def __init__(self, look: Callable[[], object], *, apart_s: float = APART_S, most: int = MOST) -> None:
        self._look = look
        self._apart_s = apart_s
        self._most = most
        self._waiting: list[asyncio.Future[None]] = []
        self._looker: asyncio.Task[None] | None = None

    async def looked(self) -> bool:
        """Wait for a look that begins from now on; False: too many wait already, and nobody looked."""
        if len(self._waiting) >= self._most:
            return False
        seen: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(seen)
        if self._looker is None or self._looker.done():
            self._looker = asyncio.create_task(self._look_for_all())
        await seen
        return True

    async def _look_for_all(self) -> None:
        while self._waiting:
            served, self._waiting = self._waiting, []
            try:
                await asyncio.to_thread(self._look)
            except Exception as error:
                log.error("doors_not_read", error=type(error).__name__, where=where(error))
            for each in served:
                if not each.done():
                    each.set_result(None)
            # Whoever knocks meanwhile waits for the next look.
            await asyncio.sleep(self._apart_s)
