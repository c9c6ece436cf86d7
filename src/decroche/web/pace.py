"""Slows down whoever asks too often, without keeping who asks: only keyed fingerprints, in memory, for minutes."""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

#: So many askers are remembered; beyond them the one that asked longest ago is forgotten.
_REMEMBERED = 20_000


class Pace:
    """At most ``most`` requests of one asker in any stretch of ``per``. What comes beyond is not counted."""

    def __init__(self, most: int, per: timedelta) -> None:
        self._most = most
        self._per = per
        self._key = secrets.token_bytes(32)
        self._asked: OrderedDict[bytes, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, asker: str, now: datetime) -> timedelta:
        """How long ``asker`` must wait; nothing when they may ask, which is then counted."""
        mark = hmac.digest(self._key, asker.encode("utf-8", "surrogatepass"), "sha256")[:16]
        with self._lock:
            moments = self._asked.setdefault(mark, deque())
            self._asked.move_to_end(mark)
            while len(self._asked) > _REMEMBERED:
                self._asked.popitem(last=False)
            # A clock that went back forgets nobody, and keeps nobody out for longer than ``per``.
            while moments and not now - self._per < moments[0] <= now:
                moments.popleft()
            if len(moments) >= self._most:
                return moments[0] + self._per - now
            moments.append(now)
            return timedelta()
