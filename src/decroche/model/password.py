"""Which passwords are too easily guessed: short ones, and those that everybody tries first."""

from __future__ import annotations

import re
from collections.abc import Iterable

SHORTEST, LONGEST = 12, 200
#: What passwords are made of that are guessed first, whatever is hung on to them.
_OBVIOUS = (
    "password", "passwort", "motdepasse", "azerty", "qwerty", "qwertz", "bonjour", "bienvenue", "welcome", "admin",
    "administrateur", "administrator", "secret", "letmein", "iloveyou", "jetaime", "soleil", "doudou", "football",
    "dragon", "monkey", "sunshine", "princess", "princesse", "chocolat", "loulou", "marseille", "camille", "decroche",
    "standard", "telephone", "changeme", "default", "master", "user", "utilisateur", "test", "demo",
)  # fmt: skip
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "0123456789012345678901234567890", "azertyuiopqsdfghjklmwxcvbn",
    "qwertyuiopasdfghjklzxcvbnm", "1q2w3e4r5t6y7u8i9o0p", "1a2z3e4r5t6y7u8i9o0p",
)  # fmt: skip
#: So many letters and digits must be left once what is obvious is taken out, and so many different ones be there.
_LEFT, _DIFFERENT = 6, 5
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})


def why_weak(password: str, about: Iterable[str] = ()) -> str | None:
    """``too_short``, ``too_long`` or ``obvious``; None when it will do. ``about``: names that others know."""
    if len(password) < SHORTEST:
        return "too_short"
    if len(password) > LONGEST:
        return "too_long"
    plain = password.casefold()
    if len(set(plain)) < _DIFFERENT:
        return "obvious"
    known = {part for name in about for part in re.split(r"[\W_]+", name.casefold()) if len(part) > 3}
    if min(_left(plain, known), _left(plain.translate(_LEET), known)) < _LEFT:
        return "obvious"
    return None


def _left(text: str, known: Iterable[str]) -> int:
    """How many different letters or digits are left without what is obvious, rows of keys, years and repeats."""
    bare = re.sub(r"[\W_]+", "", text)
    for word in sorted({*_OBVIOUS, *known}, key=len, reverse=True):
        bare = bare.replace(word, "")
    bare = re.sub(r"(?:19|20)\d\d", "", bare)
    for row in _ROWS:
        for way in (row, row[::-1]):
            for length in range(len(way), 3, -1):
                for start in range(len(way) - length + 1):
                    bare = bare.replace(way[start : start + length], "")
    bare = re.sub(r"(.+?)\1{2,}", r"\1", bare)
    return len(bare)
