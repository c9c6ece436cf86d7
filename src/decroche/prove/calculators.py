"""What a calculator is: things to type, and an answer that holds the figure of a brochure beside the right one.

Nothing that is typed is kept. Benchmarks are shown beside an answer and never enter it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from decroche.model.money import Money, NotACurrency

#: Nobody types more: a longer number is an accident.
_MOST = 1e12
_NUMBER = re.compile(r"[+\-]?(\d+(\.\d*)?|\.\d+)")
_SIGNS = dict.fromkeys(map(ord, " \u00a0\u202f\u2009'’_€$£%"), None)


class FieldKind(StrEnum):
    """What a field holds: an amount, a percentage (typed as 12.5), a count, a length in months, a currency, a word."""

    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    NUMBER = "number"
    MONTHS = "months"
    CURRENCY = "currency"
    CHOICE = "choice"


class LineKind(StrEnum):
    """How a figure of an answer is written; points are signed shares of a hundred."""

    MONEY = "money"
    PERCENT = "percent"
    COUNT = "count"
    NUMBER = "number"
    MONTHS = "months"
    POINTS = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing to type. ``example`` is that of the brochure (empty: it told none), ``needed`` for any answer."""

    key: str
    kind: FieldKind
    example: str = ""
    needed: bool = True
    least: float = 0.0
    most: float = _MOST
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure of an answer, with the ends of its interval where it is an estimate, and of how many it is."""

    key: str
    value: float | None
    kind: LineKind
    currency: str = ""
    low: float | None = None
    high: float | None = None
    n: int | None = None
    strong: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """An input moved to a worse and a better value, and the returns that come of it."""

    key: str
    worse: float
    better: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The naive figure, ours, and what else must be told. ``ask`` is a question without whose answer ours stay open."""

    naive: tuple[Line, ...]
    right: tuple[Line, ...]
    bars: tuple[Bar, ...] = ()
    base: float | None = None
    ask: str = ""
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Calculator:
    """One of them. ``seed`` is the document that prints the naive figure, ``missions`` find its claims."""

    name: str
    fields: tuple[Field, ...]
    work_out: Callable[[Mapping[str, float | str]], Answer]
    seed: str
    missions: tuple[str, ...]

    def example(self) -> dict[str, str]:
        """What the brochure typed."""
        return {field.key: field.example for field in self.fields}


class BadInput(ValueError):
    """A field that cannot be used: its key, and why (number, least, most, choice, currency, more, equal)."""

    def __init__(self, key: str, word: str) -> None:
        super().__init__(f"{key}: {word}")
        self.key, self.word = key, word


def answer(calculator: Calculator, typed: Mapping[str, str]) -> Answer:
    """What comes of what was typed; empty fields are not told. Raises BadInput; with a needed one untold says which."""
    given: dict[str, float | str] = {}
    missing = []
    for field in calculator.fields:
        text = typed.get(field.key, "").strip()
        if text:
            given[field.key] = _read(field, text)
        elif field.needed:
            missing.append(field.key)
    if missing:
        return Answer(naive=(), right=(), missing=tuple(missing))
    return calculator.work_out(given)


def _read(field: Field, text: str) -> float | str:
    if field.kind is FieldKind.CHOICE:
        if text not in field.choices:
            raise BadInput(field.key, "choice")
        return text
    if field.kind is FieldKind.CURRENCY:
        try:
            return Money.of(0, text.upper()).currency
        except NotACurrency:
            raise BadInput(field.key, "currency") from None
    plain = text.translate(_SIGNS).replace(",", ".")
    if not _NUMBER.fullmatch(plain):
        raise BadInput(field.key, "number")
    value = float(plain)
    if field.kind is FieldKind.COUNT and not value.is_integer():
        raise BadInput(field.key, "whole")
    if value < field.least:
        raise BadInput(field.key, "least")
    if value > field.most:
        raise BadInput(field.key, "most")
    return value
