"""Turns one number into one cell of a table, as the reader's language writes it."""

from __future__ import annotations

import math
import unicodedata

from decroche.language import Language
from decroche.model.figures import Rate
from decroche.prove.reports.blocks import Cell, Kind

#: Shown where a figure cannot be known.
NOTHING = "–"


def plain(text: str, longest: int = 60) -> str:
    """A stored name on one line: control and direction-changing characters out, cut at ``longest``."""
    kept = "".join(
        " " if char.isspace() else char
        for char in text
        if unicodedata.category(char) not in {"Cf", "Cc", "Cs"} or char.isspace()
    )
    kept = " ".join(kept.split())
    return kept if len(kept) <= longest else kept[: longest - 1] + "…"


def words(text: str, *, strong: bool = False) -> Cell:
    """A cell of text."""
    return Cell(text, strong=strong)


def count(language: Language, value: float | None, decimals: int = 0) -> Cell:
    """A whole number (or one with ``decimals``); nothing when unknown."""
    if value is None:
        return Cell(NOTHING, None, Kind.COUNT)
    return Cell(language.number(value, decimals), value, Kind.NUMBER if decimals else Kind.COUNT)


def share(language: Language, value: float | Rate | None, decimals: int = 1) -> Cell:
    """A fraction as a percentage."""
    fraction = value.value if isinstance(value, Rate) else value
    if fraction is None:
        return Cell(NOTHING, None, Kind.PERCENT)
    return Cell(language.percent(fraction, decimals), fraction, Kind.PERCENT)


def seconds(language: Language, value: float | None) -> Cell:
    """A duration in seconds."""
    if value is None:
        return Cell(NOTHING, None, Kind.DURATION)
    return Cell(language.duration(value), value, Kind.DURATION)


def money(language: Language, amount: float | None, currency: str) -> Cell:
    """An estimate, rounded to two significant digits: more would pretend to know."""
    if amount is None:
        return Cell(NOTHING, None, Kind.MONEY)
    return Cell(language.money(rounded(amount), currency), amount, Kind.MONEY)


def rounded(amount: float) -> float:
    """``amount`` to two significant digits, and never finer than a unit."""
    if abs(amount) < 10:
        return float(round(amount))
    step = 10.0 ** (math.floor(math.log10(abs(amount))) - 1)
    return round(amount / step) * step
