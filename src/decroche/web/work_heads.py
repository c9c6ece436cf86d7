"""Puts the list of callbacks in order once for all who look at it, for as long as nothing in it changes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.tables import changes
from decroche.recover.workflows.listing import Head

#: How long a list is handed out at the longest: waiting alone changes its order.
LASTS = timedelta(seconds=5)
_KEPT = 64


def state_of_work(connection: sa.Connection, account: str) -> Hashable:
    """What is another whenever something was opened, claimed, noted or closed, or a call or journey changed."""
    n, w, c = work_notes.c, work_items.c, changes.c
    noted = connection.execute(sa.select(sa.func.max(n.at))).scalar()
    notes = connection.execute(sa.select(sa.func.count()).where(n.at == noted)).scalar()
    is_open = (w.account_id == account) & (w.state == sa.literal_column("'open'"))
    opened = connection.execute(sa.select(sa.func.max(w.opened_at)).where(is_open)).scalar()
    items = connection.execute(sa.select(sa.func.count()).where(is_open, w.opened_at == opened)).scalar()
    change = connection.execute(sa.select(sa.func.max(c.id)).where(c.account_id == account)).scalar()
    return (noted, notes, opened, items, change)


@dataclass(frozen=True, slots=True)
class _Made:
    head: Head
    state: Hashable
    at: datetime


class Heads:
    """The heads of lists by what was asked. Of those who ask for the same at once, one reads it and the others wait."""

    def __init__(self) -> None:
        self._made: OrderedDict[Hashable, _Made] = OrderedDict()
        self._readers: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def head(self, key: Hashable, *, state: Hashable, now: datetime, read: Callable[[], Head]) -> Head:
        """What ``read`` gives, or gave for ``key`` in the same ``state``."""
        with self._lock:
            reader = self._readers.setdefault(key, threading.Lock())
        with reader:
            made = self._made.get(key)
            if made is None or made.state != state or not timedelta() <= now - made.at < LASTS:
                made = _Made(read(), state, now)
                with self._lock:
                    self._made[key] = made
                    self._made.move_to_end(key)
                    while len(self._made) > _KEPT:
                        gone, _ = self._made.popitem(last=False)
                        self._readers.pop(gone, None)
            return made.head
