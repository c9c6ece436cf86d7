"""Keeps passwords as Argon2id digests, and takes as long over a member whom nobody knows as over one who is there."""

from __future__ import annotations

import threading
import unicodedata

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from decroche.model.password import LONGEST

#: At once, of all that are asked for: each takes its memory, and there are as many threads as pages.
_AT_ONCE = 4


class Passwords:
    """Digests of passwords. ``memory_kib`` and ``rounds`` are what a guess costs (19 MiB and 2: some 30 ms)."""

    def __init__(self, *, memory_kib: int = 19_456, rounds: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=rounds, memory_cost=memory_kib, parallelism=1, type=Type.ID)
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._nobodys: str | None = None

    def digest(self, password: str) -> str:
        """What is kept of a password."""
        with self._turn:
            return self._hasher.hash(_same(password))

    def right(self, digest: str | None, password: str) -> bool:
        """Whether it is the password; the same work is done when there is no digest."""
        if self._nobodys is None:
            self._nobodys = self.digest("nobody has this password")
        with self._turn:
            try:
                self._hasher.verify(digest or self._nobodys, _same(password[: LONGEST + 1]))
            except (VerificationError, InvalidHashError):
                return False
        return digest is not None

    def outdated(self, digest: str) -> bool:
        """Whether a digest was made at a lower cost than now."""
        return self._hasher.check_needs_rehash(digest)


def _same(password: str) -> bytes:
    """The bytes of a password, however a keyboard composes its accents."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "surrogatepass")
