"""Compares names of departments and sites as people do: case, accents and outer spaces do not matter."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable


def plain(name: str) -> str:
    """A name without case, accents and outer spaces."""
    decomposed = unicodedata.normalize("NFKD", name.strip().casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def same_name(name: str | None, names: Iterable[str]) -> bool:
    """Whether ``name`` is one of ``names``; no name is none of them."""
    return name is not None and plain(name) in map(plain, names)
