"""Tells the pages of those who work that something changed on the list or in a conversation, within half a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.tables import changes
from decroche.web.access import Services
from decroche.web.pushing import ALIVE, CHANGED, Turns

#: How often the ledger is asked for each business that somebody watches, in seconds; however many watch.
LOOK_S = 0.4
#: How much longer each who watches has each of them wait, and the longest wait: all of them ask when they are told.
LOOK_EACH_S, LONGEST_LOOK_S = 0.0025, 0.8
#: How often a browser is given a sign of life, in seconds.
_ALIVE_S = 15.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """How things stood when somebody last looked: counts since ``at`` tell what came after."""

    at: datetime
    notes: int = -1
    opened: int = -1
    change: int = -1


class _Watched:
    """A business that somebody watches: how often something changed, and whom to wake when it does."""

    def __init__(self) -> None:
        self.turn = 0
        self.listening: set[asyncio.Event] = set()


class Watch:
    """One look at the ledger serves all who watch a business: they hear of the same change at the same moment."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: dict[str, _Seen] = {}
        self._watched: dict[str, _Watched] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def nudges(self, account: str) -> AsyncIterator[bytes]:
        """Server-sent events: a word whenever something changed, and now and then a sign of life."""
        async for turn in self.turns(account):
            yield ALIVE if turn is None else CHANGED

    async def turns(self, account: str) -> Turns:
        """A number that grows whenever something changed, and None now and then."""
        woken = asyncio.Event()
        watched = self._listen(account, woken)
        clock = asyncio.get_running_loop().time
        turn, said_at = watched.turn, 0.0
        try:
            while not self._services.feed.ending:
                if watched.turn != turn:
                    turn, said_at = watched.turn, clock()
                    yield turn
                elif clock() - said_at >= _ALIVE_S or not said_at:
                    said_at = clock()
                    yield None
                else:
                    with suppress(TimeoutError):
                        await asyncio.wait_for(woken.wait(), _ALIVE_S)
                    woken.clear()
        finally:
            watched.listening.discard(woken)

    def _listen(self, account: str, woken: asyncio.Event) -> _Watched:
        watched = self._watched.get(account)
        if watched is None:
            watched = self._watched[account] = _Watched()
            task = asyncio.create_task(self._keep_looking(account, watched))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        watched.listening.add(woken)
        return watched

    async def _keep_looking(self, account: str, watched: _Watched) -> None:
        """Look again and again, until nobody listens or the server ends."""
        await self._looked(account)
        while watched.listening and not self._services.feed.ending:
            await asyncio.sleep(min(LONGEST_LOOK_S, LOOK_S + LOOK_EACH_S * len(watched.listening)))
            if await self._looked(account):
                watched.turn += 1
                for each in watched.listening:
                    each.set()
        del self._watched[account]
        for each in watched.listening:
            each.set()

    async def _looked(self, account: str) -> bool:
        try:
            return await asyncio.to_thread(self._look, account)
        except sa.exc.SQLAlchemyError:
            return False

    def _look(self, account: str) -> bool:
        before = self._seen.get(account) or _Seen(self._services.clock())
        n, w, c = work_notes.c, work_items.c, changes.c
        notes = (
            sa.select(sa.func.count(), sa.func.max(n.at))
            .select_from(work_notes.join(work_items, w.id == n.item_id))
            # Written so that the latest notes are read, and not all that an account ever had to do.
            .where(sa.func.coalesce(w.account_id, "") == account)
        )
        opened = sa.select(sa.func.count(), sa.func.max(w.opened_at)).where(
            w.account_id == account, w.state == sa.literal_column("'open'")
        )
        with self._services.ledger.reading() as connection:
            n_notes, last_note = connection.execute(notes.where(n.at >= before.at)).one()
            n_opened, last_opened = connection.execute(opened.where(w.opened_at >= before.at)).one()
            change = connection.execute(sa.select(sa.func.max(c.id)).where(c.account_id == account)).scalar() or 0
            now = replace(before, notes=n_notes, opened=n_opened, change=change)
            last = max((moment for moment in (last_note, last_opened) if moment is not None), default=before.at)
            if last > before.at:
                # Counting begins anew at the last of them: nothing is counted for ever.
                n_notes = connection.execute(notes.where(n.at >= last)).one()[0]
                n_opened = connection.execute(opened.where(w.opened_at >= last)).one()[0]
                self._seen[account] = _Seen(last, n_notes, n_opened, change)
            else:
                self._seen[account] = now
        return before.notes >= 0 and (now.notes, now.opened, now.change) != (before.notes, before.opened, before.change)
