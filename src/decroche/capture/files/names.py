"""Gives every column of a table a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

#: Names of the columns that say where a row stands.
_OURS = ("_file", "_row")


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Column names, trimmed, none empty and none twice (compared without case), in the given order."""
    seen: Counter[str] = Counter(_OURS)
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        clean = " ".join(str(name).replace("\ufeff", "").replace("\0", "").split()) or f"column_{position}"
        while clean.casefold() in seen:
            seen[clean.casefold()] += 1
            clean = f"{clean}_{seen[clean.casefold()]}"
        seen[clean.casefold()] += 1
        unique.append(clean)
    return tuple(unique)
