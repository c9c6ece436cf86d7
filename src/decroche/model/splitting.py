"""Divides an amount of money into parts that sum to it exactly: no cent is lost between campaigns, queues or calls."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from decroche.model.money import Money

#: Amounts are written in cents; one that is written finer keeps its own places.
_PLACES = 2


class NothingToSplitBy(ValueError):
    """Shares that divide nothing: none above zero, or one below it."""


def split(total: Money, shares: Sequence[float | int | Fraction]) -> list[Money]:
    """``total`` in parts as near to ``shares`` as whole cents allow, which sum to it exactly.

    Largest remainder: each part is first rounded down, then the cents that are left go one each to the parts that lost
    most by it, the earlier ones first where they lost the same. ``shares`` need not sum to 1. A negative total, as a
    refund is, is divided as its opposite. Raises NothingToSplitBy.
    """
    exact = [Fraction(share) for share in shares]
    whole = sum(exact, Fraction(0))
    if whole <= 0 or min(exact) < 0:
        raise NothingToSplitBy(f"{list(shares)} divide nothing: shares are not below zero, and one of them is above")
    unit = Decimal(1).scaleb(-_places(total.amount))
    units = int(abs(total.amount) / unit)
    wanted = [units * share / whole for share in exact]
    parts = [each.numerator // each.denominator for each in wanted]
    most_lost = sorted(range(len(parts)), key=lambda i: parts[i] - wanted[i])
    for i in most_lost[: units - sum(parts)]:
        parts[i] += 1
    sign = -1 if total.amount < 0 else 1
    return [Money(sign * part * unit, total.currency) for part in parts]


def _places(amount: Decimal) -> int:
    exponent = amount.normalize().as_tuple().exponent
    return max(_PLACES, -exponent) if isinstance(exponent, int) else _PLACES
