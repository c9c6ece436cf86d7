"""What people whom nobody has reached yet may be worth, as an interval: the open ones by our own rate. Pure."""

from __future__ import annotations

import numpy as np

from decroche.model.figures import Rate
from decroche.model.money import MoneyRange
from decroche.understand.beliefs import Belief, Beta
from decroche.understand.loss import money_range

#: Enough for two digits of the ends of an interval.
DRAWS = 20_000


def value_of(
    *, lost: int, open: int, recovered: Rate, value: Belief, currency: str, rng: np.random.Generator
) -> MoneyRange:
    """The worth of ``lost`` journeys, and of those of the ``open`` ones that will not be recovered.

    ``recovered`` is how many of the decided ones were; ``value`` what a caller who is won brings. An 80 % interval:
    it covers how few the decided ones are, the chance of each open one, and what is not known of the value.
    """
    back = Beta.counted(recovered.denominator - recovered.numerator, recovered.denominator)
    unrecovered = lost + rng.binomial(open, back.draw(rng, DRAWS))
    mean = (lost + open * back.mean) * value.mean
    return money_range(unrecovered * value.draw(rng, DRAWS), mean=mean, currency=currency).rounded()


def worth_of(recovered: int, *, value: Belief, currency: str, rng: np.random.Generator) -> MoneyRange:
    """The worth of ``recovered`` journeys; without anything uncertain the ends are the mean."""
    return money_range(recovered * value.draw(rng, DRAWS), mean=recovered * value.mean, currency=currency).rounded()
