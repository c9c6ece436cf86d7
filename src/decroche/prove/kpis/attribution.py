"""Which touch earned the sale: five rules that split one euro over the contacts before it. Every split sums to 1."""

from __future__ import annotations

from collections.abc import Sequence

#: Days after which a touch counts half, unless the account says otherwise; near the sales cycle is a good choice.
HALF_LIFE_DAYS = 7.0


def first_touch(touches: int) -> list[float]:
    """Everything to the first contact."""
    return [1.0 if i == 0 else 0.0 for i in range(touches)]


def last_touch(touches: int) -> list[float]:
    """Everything to the last contact before the sale."""
    return first_touch(touches)[::-1]


def linear(touches: int) -> list[float]:
    """The same to each contact."""
    return [1 / touches] * touches


def u_shape(touches: int) -> list[float]:
    """40 % to the first, 40 % to the last, 20 % shared between; one touch takes all, two share equally [PB1][ATT1]."""
    if touches <= 2:
        return linear(touches) if touches else []
    return [0.4, *([0.2 / (touches - 2)] * (touches - 2)), 0.4]


def decay(days_before: float, *, half_life: float = HALF_LIFE_DAYS) -> float:
    """The weight of a touch before normalising: 2^(−days/half-life) [ATT2]."""
    return float(2 ** (-days_before / half_life))


def time_decay(days_before: Sequence[float], *, half_life: float = HALF_LIFE_DAYS) -> list[float]:
    """Shares that fall with the age of each touch, normalised so that they sum to the revenue."""
    nearest = min(days_before, default=0.0)
    weights = [decay(days - nearest, half_life=half_life) for days in days_before]
    return [weight / sum(weights) for weight in weights]
