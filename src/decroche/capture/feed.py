"""Hands out what changes, as it changes, to whoever listens: pages, programs and outgoing webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
import structlog

from decroche.ledger.store import Ledger
from decroche.ledger.tables import changes

#: How often the ledger is asked when nobody in this process says that something changed, in seconds.
LOOK_AGAIN_S = 0.5
#: How often a listener is given a sign of life, in seconds: proxies hang up on those who are silent for a minute.
STILL_HERE_S = 15.0
_AT_ONCE = 500

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that changed. ``id`` increases; ``subject`` is the id of the call or the journey."""

    id: int
    account_id: str
    at: datetime
    kind: str
    subject: str


class Feed:
    """The changes of the ledger. What was missed while away is read again by its position."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._listening: set[asyncio.Event] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = False
        self._woken = 0
        self._asking: dict[tuple[str, int, int], asyncio.Task[list[Change]]] = {}

    def open(self) -> None:
        """Serve the listeners of the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._ending = False

    def close(self) -> None:
        """End with every listener, so that nobody waits for those who would listen for ever."""
        self._ending = True
        self._wake_all()

    @property
    def ending(self) -> bool:
        """Whether listeners are to leave."""
        return self._ending

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return len(self._listening)

    def wake(self) -> None:
        """Something changed; any thread may say so."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        self._woken += 1
        for event in self._listening:
            event.set()

    def after(self, position: int, *, account: str | None = None, limit: int = _AT_ONCE) -> list[Change]:
        """The changes later than ``position``, of one account or of all, the oldest first."""
        query = sa.select(changes).where(changes.c.id > position).order_by(changes.c.id).limit(limit)
        if account is not None:
            query = query.where(changes.c.account_id == account)
        with self._ledger.reading() as connection:
            return [Change(**row._mapping) for row in connection.execute(query)]

    def end(self) -> int:
        """The position of the last change."""
        with self._ledger.reading() as connection:
            return connection.execute(sa.select(sa.func.max(changes.c.id))).scalar() or 0

    async def follow(
        self, account: str, position: int, *, alive_s: float = STILL_HERE_S
    ) -> AsyncIterator[list[Change]]:
        """The changes of ``account`` after ``position``, as they come, until the server ends.

        An empty list at first and every ``alive_s`` seconds is a sign of life; what others do makes no sign.
        """
        woken = asyncio.Event()
        self._listening.add(woken)
        now = asyncio.get_running_loop().time
        sign_at = now()
        try:
            while not self._ending:
                woken.clear()
                found = await self._found(position, account)
                if found:
                    position = found[-1].id
                    yield found
                if now() >= sign_at:
                    yield []
                    sign_at = now() + alive_s
                if len(found) < _AT_ONCE and not self._ending:
                    look = alive_s if self._ledger.embedded else min(LOOK_AGAIN_S, alive_s)
                    await _wait(woken, max(0.0, min(look, sign_at - now())))
        finally:
            self._listening.discard(woken)

    async def _found(self, position: int, account: str) -> list[Change]:
        """The next changes; none while the store does not answer. Those who ask the same at once ask it once."""
        # Who was woken since the question was asked asks anew: its answer may lack what woke them.
        key = (account, position, self._woken)
        asked = self._asking.get(key)
        if asked is None:
            asked = self._asking[key] = asyncio.create_task(self._ask(position, account))
            asked.add_done_callback(lambda _: self._asking.pop(key, None))
        # A listener that leaves takes the question from nobody else.
        return await asyncio.shield(asked)

    async def _ask(self, position: int, account: str) -> list[Change]:
        try:
            return await asyncio.to_thread(self.after, position, account=account)
        except sa.exc.SQLAlchemyError as error:
            log.warning("feed_not_read", error=type(error).__name__)
            return []


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return
