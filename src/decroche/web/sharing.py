"""Makes a part of a page once for all who see the same, and hands it to each of them until the data change."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup

#: How long a part is handed out at the longest though nothing is known to have changed: time itself changes some.
LASTS = timedelta(seconds=5)
#: So many parts are kept; beyond them the one that was asked for longest ago goes.
_KEPT = 512


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page as text, made of the data of ``revision`` at ``made_at``."""

    text: Markup
    revision: int
    state: Hashable
    made_at: datetime


class Shared:
    """The parts that are handed out now. Of those who ask for the same at once, one makes it and the others wait."""

    def __init__(self, *, lasts: timedelta = LASTS) -> None:
        self._lasts = lasts
        self._parts: OrderedDict[Hashable, Part] = OrderedDict()
        self._makers: dict[Hashable, threading.Lock] = {}
        self._lock = threading.Lock()

    def part(self, key: Hashable, *, revision: int, state: Hashable, now: datetime, make: Callable[[], Markup]) -> Part:
        """What ``make`` writes, or wrote for ``key`` when the data were the same.

        ``key`` is everything that what is seen depends on besides the data: business, rights, sites, language.
        ``revision`` grows with the data; ``state`` is compared where a change of the data makes no revision.
        """
        found = self._known(key, revision, state, now)
        if found is not None:
            return found
        with self._lock:
            maker = self._makers.setdefault(key, threading.Lock())
        with maker:
            found = self._known(key, revision, state, now)
            if found is None:
                found = Part(make(), revision, state, now)
                self._keep(key, found)
            return found

    def _known(self, key: Hashable, revision: int, state: Hashable, now: datetime) -> Part | None:
        with self._lock:
            found = self._parts.get(key)
            if found is None:
                return None
            self._parts.move_to_end(key)
        fresh = timedelta() <= now - found.made_at < self._lasts
        # Who began to read before the last change is given what came after it.
        return (
            found
            if fresh and (found.revision > revision or (found.revision, found.state) == (revision, state))
            else None
        )

    def _keep(self, key: Hashable, part: Part) -> None:
        with self._lock:
            self._parts[key] = part
            self._parts.move_to_end(key)
            while len(self._parts) > _KEPT:
                gone, _ = self._parts.popitem(last=False)
                self._makers.pop(gone, None)
