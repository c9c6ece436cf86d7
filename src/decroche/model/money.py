"""An amount of money and its currency: two currencies are never added, and none is ever converted silently."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Self

_CODE = re.compile(r"[A-Z]{3}")


class CurrencyMismatch(ValueError):
    """Two amounts in different currencies met in one calculation."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be mixed: convert one of them yourself, at a rate you state")


class NotACurrency(ValueError):
    """A currency that is not a three-letter ISO 4217 code."""

    def __init__(self, word: str) -> None:
        super().__init__(f"{word!r} is not a currency code: write three letters, such as EUR or CAD")


@dataclass(frozen=True, slots=True)
class Money:
    """``amount`` in units of ``currency`` (ISO 4217). Exact: a decimal, not a binary fraction."""

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.currency):
            raise NotACurrency(self.currency)

    @classmethod
    def of(cls, amount: Decimal | float | str, currency: str) -> Self:
        """An amount from a number as it is written: 0.1 is one tenth, not its nearest binary fraction."""
        return cls(_decimal(amount), currency)

    def rounded(self, decimals: int = 2) -> Self:
        """The same amount with ``decimals`` places, halves away from zero as on an invoice."""
        places = Decimal(1).scaleb(-decimals)
        return type(self)(self.amount.quantize(places, rounding=ROUND_HALF_UP), self.currency)

    @property
    def exact(self) -> str:
        """The number as programs read it, with two places at least and no cent lost: "9450.00"."""
        exponent = self.amount.normalize().as_tuple().exponent
        places = max(2, -exponent) if isinstance(exponent, int) else 2
        return f"{self.amount:.{places}f}"

    def __float__(self) -> float:
        return float(self.amount)

    def __str__(self) -> str:
        return f"{self.amount:f} {self.currency}"

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.amount, self.currency)

    def __mul__(self, factor: Decimal | float) -> Money:
        return Money(self.amount * _decimal(factor), self.currency)

    __rmul__ = __mul__

    def __truediv__(self, divisor: Decimal | float) -> Money:
        return Money(self.amount / _decimal(divisor), self.currency)

    def ratio(self, other: Money) -> float:
        """How many times ``other`` goes into this amount, a plain number."""
        return float(self.amount / self._same(other))

    def __lt__(self, other: Money) -> bool:
        return self.amount < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.amount <= self._same(other)

    def _same(self, other: Money) -> Decimal:
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.amount


def _decimal(number: Decimal | float | str) -> Decimal:
    return number if isinstance(number, Decimal) else Decimal(str(number))


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyRange:
    """An uncertain amount: its mean, and the 10th, 50th and 90th percentiles (an 80 % interval with its middle)."""

    mean: Money
    low: Money
    middle: Money
    high: Money

    def __post_init__(self) -> None:
        for other in (self.low, self.middle, self.high):
            if other.currency != self.mean.currency:
                raise CurrencyMismatch(self.mean.currency, other.currency)

    @property
    def currency(self) -> str:
        """The currency of all four amounts."""
        return self.mean.currency

    def scaled(self, factor: float) -> MoneyRange:
        """The same range for another length of time: every amount times ``factor``."""
        return MoneyRange(
            mean=self.mean * factor, low=self.low * factor, middle=self.middle * factor, high=self.high * factor
        )

    def rounded(self, decimals: int = 2) -> MoneyRange:
        """The same range in ``decimals`` places."""
        return MoneyRange(
            mean=self.mean.rounded(decimals),
            low=self.low.rounded(decimals),
            middle=self.middle.rounded(decimals),
            high=self.high.rounded(decimals),
        )


#: Where amounts are not in euros.
_CURRENCIES = {"CA": "CAD", "CH": "CHF", "GB": "GBP", "US": "USD"}


def currency_of(country: str) -> str:
    """The currency in which a business of ``country`` (ISO, a subdivision may follow) counts."""
    return _CURRENCIES.get(country.partition("-")[0], "EUR")
