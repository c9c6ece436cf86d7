"""Slows down who guesses passwords, and nobody else: who signed in with a browser before is not slowed by strangers.

What failed is kept in memory, in keyed fingerprints, for an hour. It is counted for each network address, for each
e-mail from one address, and for each e-mail from all browsers that nobody signed in with before. A browser that a
member did sign in with before carries a sealed mark of it, and answers for its own failures only: however often
strangers fail, it gets in. Whoever has no such browser at hand gets one by the link of "forgotten password".
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict
from collections.abc import Iterable
from datetime import datetime, timedelta

#: So many failures cost nothing; each one more doubles the wait, up to the longest. By what is counted.
_FREE = {"pair": 4, "client": 20, "email": 20, "device": 4, "code": 4}
_LONGEST = {
    "pair": timedelta(minutes=15),
    "client": timedelta(minutes=15),
    "email": timedelta(minutes=1),
    "device": timedelta(minutes=15),
    "code": timedelta(minutes=15),
}
_FORGOTTEN_AFTER = timedelta(hours=1)
_REMEMBERED = 50_000
_MOST_DOUBLINGS = 20


class Attempts:
    """What failed of late. Marks are told by ``marks``; a process keeps its own."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._failed: OrderedDict[tuple[str, bytes], tuple[int, datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def marks(self, *, email: str, client: str, device: str | None) -> tuple[tuple[str, bytes], ...]:
        """What an attempt is counted under; ``device`` is told by a browser that signed in with this e-mail before."""
        if device is not None:
            return (("device", self._mark("device", device)),)
        return (
            ("pair", self._mark("pair", email, client)),
            ("client", self._mark("client", client)),
            ("email", self._mark("email", email)),
        )

    def code_marks(self, *, member: str, device: str | None) -> tuple[tuple[str, bytes], ...]:
        """What a second factor is counted under: who comes so far has the password, from whichever address."""
        kind = "code" if device is None else "device"
        return ((kind, self._mark("code", member, device or "")),)

    def wait(self, marks: Iterable[tuple[str, bytes]], now: datetime) -> timedelta:
        """How long one must wait before the next attempt; nothing when one may try."""
        with self._lock:
            return max((self._until(mark, now) - now for mark in marks), default=timedelta())

    def failed(self, marks: Iterable[tuple[str, bytes]], now: datetime) -> None:
        """An attempt failed."""
        with self._lock:
            for mark in marks:
                times, at = self._failed.pop(mark, (0, now))
                self._failed[mark] = (times + 1 if now - at < _FORGOTTEN_AFTER else 1, now)
            while len(self._failed) > _REMEMBERED:
                self._failed.popitem(last=False)

    def succeeded(self, marks: Iterable[tuple[str, bytes]]) -> None:
        """An attempt was right: its failures are forgotten, but not those of an address, which may try other names."""
        with self._lock:
            for mark in marks:
                if mark[0] in {"pair", "device", "code"}:
                    self._failed.pop(mark, None)

    def _until(self, mark: tuple[str, bytes], now: datetime) -> datetime:
        times, at = self._failed.get(mark, (0, now))
        beyond = times - _FREE[mark[0]]
        # A clock that went back keeps nobody out.
        if beyond < 0 or not at <= now < at + _FORGOTTEN_AFTER:
            return now
        return at + min(_LONGEST[mark[0]], timedelta(seconds=2 ** min(beyond, _MOST_DOUBLINGS)))

    def _mark(self, *words: str) -> bytes:
        text = "\0".join(words).encode("utf-8", "surrogatepass")
        return hmac.digest(self._key, text, "sha256")[:16]
