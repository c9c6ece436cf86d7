"""Tells the pages of those who work that something changed on the list or in a conversation, within half a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.tables import changes
from decroche.web.access import Services

#: How often the ledger is asked for each business that somebody watches, in seconds; however many watch.
LOOK_S = 0.4
#: How often a browser is given a sign of life, in seconds.
_ALIVE_S = 15.0


@dataclass(frozen=True, slots=True)
class _Seen:
    """How things stood when somebody last looked: counts since ``at`` tell what came after."""

    at: datetime
    notes: int = -1
    opened: int = -1
    change: int = -1


class Watch:
    """One look at the ledger serves all who watch a business: each asks how often something changed."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._seen: dict[str, _Seen] = {}
        self._turns: dict[str, int] = {}
        self._looked: dict[str, float] = {}
        self._looking: dict[str, asyncio.Lock] = {}

    async def nudges(self, account: str) -> AsyncIterator[bytes]:
        """Server-sent events: a word whenever something changed, and now and then a sign of life."""
        turn = await self._turn(account)
        said_at = 0.0
        clock = asyncio.get_running_loop().time
        while not self._services.feed.ending:
            now = clock()
            latest = await self._turn(account)
            if latest != turn:
                turn, said_at = latest, now
                yield b"data: changed\n\n"
            elif now - said_at >= _ALIVE_S or not said_at:
                said_at = now
                yield b"event: alive\ndata: still here\n\n"
            await asyncio.sleep(LOOK_S)

    async def _turn(self, account: str) -> int:
        """How often something changed since somebody began to watch this business."""
        clock = asyncio.get_running_loop().time
        async with self._looking.setdefault(account, asyncio.Lock()):
            if clock() - self._looked.get(account, -LOOK_S) >= LOOK_S / 2:
                try:
                    changed = await asyncio.to_thread(self._look, account)
                except sa.exc.SQLAlchemyError:
                    changed = False
                self._looked[account] = clock()
                self._turns[account] = self._turns.get(account, 0) + changed
            return self._turns.get(account, 0)

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
