"""What unanswered calls cost: not one frightening number, but an interval from the account's own rates.

For each journey of a missed caller: P(new need) × P(not recovered) × P(converts) × margin, where margin becomes the
lifetime value for new customers. P(not recovered) is 0 or 1 for a journey whose end is in the log, and the account's
own rate for one that is still open. Pure: numbers in, numbers out, draws from the generator that is passed in.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from decroche.model.figures import Journeys, Rate
from decroche.model.money import Money, MoneyRange
from decroche.understand.beliefs import Belief, Beta, Draws, Fixed
from decroche.understand.loss_inputs import LossInputs, Prices

DRAWS = 100_000
#: The lengths that a period is scaled to, printed beside the amounts.
DAYS_PER_YEAR = 365
DAYS_PER_MONTH = DAYS_PER_YEAR / 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LossCounts:
    """The journeys to price. ``lost`` of the ``observable`` were not recovered; ``open_at_end`` are undecided.

    ``departments`` gives the lost journeys of each department; their sum may not exceed ``lost``.
    """

    journeys: int
    observable: int
    lost: int
    open_at_end: int
    new_callers: int | None = None
    departments: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, journeys: Journeys, departments: Mapping[str, int] | None = None) -> LossCounts:
        """The counts of an audit. Masked and internal callers belong to no journey and are not priced."""
        return cls(
            journeys=journeys.journeys,
            observable=journeys.observable,
            lost=journeys.lost,
            open_at_end=journeys.open_at_end,
            new_callers=journeys.new_callers,
            departments=departments or {},
        )

    def __post_init__(self) -> None:
        if not 0 <= self.lost <= self.observable or sum(self.departments.values()) > self.lost:
            raise ValueError(f"these journeys do not add up: {self}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """An uncertain plain number: mean, and 10th, 50th and 90th percentiles."""

    mean: float
    low: float
    middle: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Remedy:
    """The price of a remedy against what it must bring in.

    ``customers`` and ``journeys`` are how many kept customers, and how many recovered journeys, pay for a month of
    it; ``lost_per_month`` is how many journeys are lost in a month today.
    """

    per_month: Money
    customers: Spread
    journeys: Spread
    lost_per_month: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """Lost journeys, and their price when margin and conversion are told (else ``missing`` names what to ask).

    All ranges are 80 % intervals (10th to 90th percentile). ``period`` covers ``days`` days; ``month`` and ``year``
    are the same scaled to 365/12 and 365 days. ``customer`` is what one kept customer brings, ``lost_journey`` what a
    journey nobody recovered costs, ``missed_journey`` what any missed journey costs before one knows its end.
    ``notes`` are keys of ``NOTES``.
    """

    days: int
    counts: LossCounts
    not_recovered: Rate
    not_recovered_spread: Spread | None
    missing: tuple[str, ...]
    period: MoneyRange | None = None
    month: MoneyRange | None = None
    year: MoneyRange | None = None
    customer: MoneyRange | None = None
    lost_journey: MoneyRange | None = None
    missed_journey: MoneyRange | None = None
    departments: Mapping[str, MoneyRange] = field(default_factory=dict)
    remedy: Remedy | None = None
    notes: tuple[str, ...] = ()


def estimate(
    counts: LossCounts, inputs: LossInputs, *, days: int, rng: np.random.Generator, draws: int = DRAWS
) -> Loss:
    """The loss of ``days`` days. Same generator seed, same answer.

    The number of sales among N lost journeys is itself chance (binomial), so even exact inputs give an interval:
    it then covers counting only. Means are exact, percentiles come from ``draws`` Monte Carlo draws.
    """
    not_recovered = Rate(counts.lost, counts.observable)
    back = Beta.counted(counts.lost, counts.observable)
    unrecovered = back.draw(rng, draws)
    known = {
        "days": days,
        "counts": counts,
        "not_recovered": not_recovered,
        "not_recovered_spread": spread(unrecovered, mean=back.mean) if counts.observable else None,
    }
    if missing := inputs.prices.missing:
        return Loss(**known, missing=missing)  # type: ignore[arg-type]

    world = _World(rng, draws)
    prices = _with_new_customers(inputs.prices, counts)
    currency = inputs.currency
    usual = world.price(prices)

    amounts: dict[str, tuple[Draws, float]] = {}
    for name, lost in counts.departments.items():
        own = world.price(inputs.departments[name].completed_by(prices)) if name in inputs.departments else usual
        amounts[name] = world.total(own, np.full(draws, lost), mean=lost)
    elsewhere = counts.lost - sum(counts.departments.values())
    still_open = rng.binomial(counts.open_at_end, unrecovered)
    rest = world.total(usual, still_open + elsewhere, mean=elsewhere + counts.open_at_end * back.mean)

    total = sum((drawn for drawn, _ in amounts.values()), rest[0])
    period = money_range(total, mean=rest[1] + sum(mean for _, mean in amounts.values()), currency=currency)
    journey, mean_journey = usual.wants * usual.value, usual.mean_wants * usual.mean_value
    return Loss(
        **known,  # type: ignore[arg-type]
        missing=(),
        period=period.rounded(),
        month=period.scaled(DAYS_PER_MONTH / days).rounded(),
        year=period.scaled(DAYS_PER_YEAR / days).rounded(),
        customer=money_range(usual.value, mean=usual.mean_value, currency=currency).rounded(),
        lost_journey=money_range(journey, mean=mean_journey, currency=currency).rounded(),
        missed_journey=money_range(journey * unrecovered, mean=mean_journey * back.mean, currency=currency).rounded(),
        departments={
            name: money_range(drawn, mean=mean, currency=currency).rounded() for name, (drawn, mean) in amounts.items()
        },
        remedy=_remedy(inputs.remedy_per_month, usual, counts.lost * DAYS_PER_MONTH / days),
        notes=_notes(inputs, prices, counts, certain=world.certain),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Priced:
    """Draws and means of P(new need) × P(converts), and of what a customer brings."""

    wants: Draws
    value: Draws
    mean_wants: float
    mean_value: float


class _World:
    """One set of draws: a belief that two departments share is drawn once, so that they err together."""

    def __init__(self, rng: np.random.Generator, size: int) -> None:
        self._rng, self._size = rng, size
        self._drawn: dict[int, tuple[Belief, Draws]] = {}

    @property
    def certain(self) -> bool:
        """Whether every belief drawn so far is a single value."""
        return all(belief.certain for belief, _ in self._drawn.values())

    def draws(self, belief: Belief) -> Draws:
        """The draws of a belief, the same each time."""
        if id(belief) not in self._drawn:
            self._drawn[id(belief)] = (belief, belief.draw(self._rng, self._size))
        return self._drawn[id(belief)][1]

    def price(self, prices: Prices) -> _Priced:
        """What a journey is worth under these prices; margin and conversion must be told."""
        margin, conversion = prices.margin, prices.conversion
        assert margin is not None and conversion is not None
        need, referral = prices.need or _ONE, prices.referral or _ZERO
        new, lifetime = _ZERO if prices.new_customers is None else prices.new_customers, prices.lifetime_value
        if lifetime is None:
            new, lifetime = _ZERO, margin
        mixed = self.draws(margin) + self.draws(new) * (self.draws(lifetime) - self.draws(margin))
        mean = margin.mean + new.mean * (lifetime.mean - margin.mean)
        return _Priced(
            wants=self.draws(need) * self.draws(conversion),
            value=mixed * (1 + self.draws(referral)),
            mean_wants=need.mean * conversion.mean,
            mean_value=mean * (1 + referral.mean),
        )

    def total(self, priced: _Priced, journeys: np.ndarray, *, mean: float) -> tuple[Draws, float]:
        """The amount lost on that many journeys, drawn, and its exact mean."""
        customers = self._rng.binomial(journeys, priced.wants)
        return customers * priced.value, mean * priced.mean_wants * priced.mean_value


_ONE, _ZERO = Fixed(1.0), Fixed(0.0)


def _with_new_customers(prices: Prices, counts: LossCounts) -> Prices:
    """Where a lifetime value is told without a share of new customers, the share of callers new to the log."""
    if prices.lifetime_value is None or prices.new_customers is not None or counts.new_callers is None:
        return prices
    return Prices(new_customers=Beta.counted(counts.new_callers, counts.journeys)).completed_by(prices)


def _remedy(per_month: Money | None, priced: _Priced, lost_per_month: float) -> Remedy | None:
    if per_month is None or priced.mean_wants == 0:
        return None
    price = float(per_month)
    return Remedy(
        per_month=per_month,
        customers=spread(price / priced.value),
        journeys=spread(price / (priced.wants * priced.value)),
        lost_per_month=lost_per_month,
    )


def _notes(inputs: LossInputs, prices: Prices, counts: LossCounts, *, certain: bool) -> tuple[str, ...]:
    told = inputs.prices
    held = {
        "only_counting": certain,
        "need_not_told": told.need is None,
        "open_journeys": counts.open_at_end > 0,
        "new_customers_from_log": told.new_customers is None and prices.new_customers is not None,
        "lifetime_value_unused": told.lifetime_value is not None and prices.new_customers is None,
    }
    return tuple(key for key, holds in held.items() if holds)


def spread(drawn: Draws, *, mean: float | None = None) -> Spread:
    """Mean (exact when given) and 10th, 50th, 90th percentiles of draws.

    Of one rare loss the mean lies above the 90th percentile: then it is the end of the range.
    """
    low, middle, high = np.quantile(drawn, (0.1, 0.5, 0.9))
    exact = float(drawn.mean()) if mean is None else mean
    return Spread(mean=exact, low=min(float(low), exact), middle=float(middle), high=max(float(high), exact))


def money_range(drawn: Draws, *, mean: float | None = None, currency: str) -> MoneyRange:
    """The same as money."""
    found = spread(drawn, mean=mean)
    return MoneyRange(
        mean=Money.of(found.mean, currency),
        low=Money.of(found.low, currency),
        middle=Money.of(found.middle, currency),
        high=Money.of(found.high, currency),
    )
