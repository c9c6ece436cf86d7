"""What recovery really brought: callers treated against callers left alone by chance, with an interval for every look.

One caller counts once, by the arm that chance gave and whatever was then done (intention to treat), from the miss at
which the arm was drawn, with what happened in the days that follow it. Only callers whose days are over count, also
those who were recovered at once: otherwise the quick arm would look better than it is.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.understand.journeys import SILENCE
from decroche.understand.live_journeys import RecoveredBy
from decroche.understand.sequential import RISK, callers_needed, price, share_error

#: Below this many callers in an arm, and this many of each outcome, nothing is said: the interval is right for many.
CALLERS_AT_LEAST = 50
OF_EACH_AT_LEAST = 5
_POWER = 0.8


class Verdict(StrEnum):
    """What may be said, at any moment, being wrong about an experiment at most once in twenty."""

    BETTER = "better"
    WORSE = "worse"
    NO_LARGER_DIFFERENCE = "no_larger_difference"
    NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One person of an experiment. ``assigned_at`` is when chance decided; ``amount`` what their recovery brought."""

    person: int
    arm: str
    assigned_at: datetime
    recovered_at: datetime | None = None
    recovered_by: RecoveredBy | None = None
    amount: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmCount:
    """Callers of one arm whose outcome is settled. ``waiting`` are those whose days are not over yet.

    ``amount`` is the sum over ``callers``, ``squares`` the sum of the squared amounts, ``payers`` those above zero.
    """

    callers: int = 0
    recovered: int = 0
    by: Mapping[RecoveredBy, int] = field(default_factory=dict)
    amount: Decimal = Decimal(0)
    squares: Decimal = Decimal(0)
    payers: int = 0
    waiting: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.recovered <= self.callers or not 0 <= self.payers <= self.callers:
            raise ValueError(f"more hits than callers: {self}")

    @property
    def rate(self) -> Rate:
        """Recovered of all callers of the arm."""
        return Rate(self.recovered, self.callers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was decided before the first caller.

    ``effect`` is the difference worth knowing and ``margin`` the one below which nobody would care, both as shares;
    ``planned`` callers are where the interval is narrowest. ``comparisons`` is how many arms are compared with the
    control: the risk is shared among them.
    """

    planned: float
    effect: float = 0.10
    margin: float = 0.05
    risk: float = RISK
    comparisons: int = 1

    @property
    def risk_of_each(self) -> float:
        """The risk of one comparison (Bonferroni)."""
        return self.risk / self.comparisons


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Treated minus control, for one caller, and the ends of its interval; None while nothing may be said."""

    middle: float
    low: float | None
    high: float | None

    def times(self, callers: int) -> Difference:
        """The same for so many callers."""
        return Difference(
            middle=self.middle * callers,
            low=None if self.low is None else self.low * callers,
            high=None if self.high is None else self.high * callers,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two arms beside each other. ``n`` counts both.

    ``difference`` is in shares of callers, ``incremental`` the recoveries that the treated callers owe to the remedy.
    ``weeks`` is about how long until a verdict: None with one, and where nobody comes.
    """

    control: ArmCount
    treated: ArmCount
    n: int
    difference: Difference
    incremental: Difference
    verdict: Verdict
    weeks: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MoneyComparison:
    """The same on amounts: ``per_caller`` and ``incremental`` (of all treated callers) are in ``currency``."""

    currency: str
    n: int
    per_caller: Difference
    incremental: Difference
    verdict: Verdict


class MixedCurrencies(ValueError):
    """Amounts of one experiment are in two currencies."""


def by_arm(callers: Iterable[Caller], *, now: datetime, window: timedelta = SILENCE) -> dict[str, ArmCount]:
    """The counts of each arm ``now``: recovered within ``window`` of ``assigned_at``, of those whose window is over.

    A person who appears twice counts once, by the first assignment. Raises MixedCurrencies.
    """
    first: dict[int, Caller] = {}
    for caller in callers:
        if caller.person not in first or caller.assigned_at < first[caller.person].assigned_at:
            first[caller.person] = caller
    currencies = {caller.amount.currency for caller in first.values() if caller.amount is not None}
    if len(currencies) > 1:
        raise MixedCurrencies(f"amounts in {', '.join(sorted(currencies))}")
    arms: dict[str, list[Caller]] = {}
    for caller in first.values():
        arms.setdefault(caller.arm, []).append(caller)
    return {arm: _count(arms[arm], now=now, window=window) for arm in sorted(arms)}


def _count(callers: Iterable[Caller], *, now: datetime, window: timedelta) -> ArmCount:
    known = list(callers)
    settled = [caller for caller in known if caller.assigned_at + window <= now]
    recovered = [
        caller
        for caller in settled
        if caller.recovered_at is not None and caller.recovered_at <= caller.assigned_at + window
    ]
    amounts = [caller.amount.amount for caller in recovered if caller.amount is not None]
    return ArmCount(
        callers=len(settled),
        recovered=len(recovered),
        by=Counter(caller.recovered_by for caller in recovered if caller.recovered_by is not None),
        amount=sum(amounts, Decimal(0)),
        squares=sum((amount * amount for amount in amounts), Decimal(0)),
        payers=sum(amount > 0 for amount in amounts),
        waiting=len(known) - len(settled),
    )


def compare(
    *, control: ArmCount, treated: ArmCount, plan: Plan, per_week: float = 0.0, window: timedelta = SILENCE
) -> Comparison:
    """Treated against control, recovered callers; ``per_week`` new callers enter both arms together.

    The interval covers the true difference at every look at once with 1 − ``plan.risk_of_each``, however often one
    looks and whenever one stops. Nothing is said below 50 callers in an arm, or 5 recovered and 5 not.
    """
    n = control.callers + treated.callers
    middle = (treated.rate.value or 0.0) - (control.rate.value or 0.0)
    least = min(_of_each(control) + _of_each(treated))
    half = None
    if min(control.callers, treated.callers) >= CALLERS_AT_LEAST and least >= OF_EACH_AT_LEAST:
        half = _error(control, treated) * float(price(float(n), planned=plan.planned, risk=plan.risk_of_each))
    difference = _around(middle, half)
    verdict = verdict_of(difference, plan.margin)
    return Comparison(
        control=control,
        treated=treated,
        n=n,
        difference=difference,
        incremental=difference.times(treated.callers),
        verdict=verdict,
        weeks=None if verdict is not Verdict.NOT_YET else _weeks(control, treated, plan, middle, per_week, window),
    )


def compare_money(
    *, control: ArmCount, treated: ArmCount, plan: Plan, margin: Money, payers_at_least: int = 20
) -> MoneyComparison:
    """The same on what recoveries brought; ``margin`` is the amount per caller below which nobody would care.

    Amounts have long tails: nothing is said below 50 callers and ``payers_at_least`` amounts above zero in each arm.
    """
    n = control.callers + treated.callers
    (mean_0, error_0), (mean_1, error_1) = _mean_and_error(control), _mean_and_error(treated)
    half = None
    enough = min(control.callers, treated.callers) >= CALLERS_AT_LEAST
    if enough and min(control.payers, treated.payers) >= payers_at_least:
        half = math.hypot(error_0, error_1) * float(price(float(n), planned=plan.planned, risk=plan.risk_of_each))
    per_caller = _around(mean_1 - mean_0, half)
    return MoneyComparison(
        currency=margin.currency,
        n=n,
        per_caller=per_caller,
        incremental=per_caller.times(treated.callers),
        verdict=verdict_of(per_caller, float(margin)),
    )


def _growth_until_enough(control: ArmCount, treated: ArmCount) -> float:
    """By what both arms must grow, at today's rates, until anything may be said; 0 while an arm is empty."""
    return max(
        max(CALLERS_AT_LEAST / arm.callers, *(OF_EACH_AT_LEAST / max(count, 1) for count in _of_each(arm)))
        if arm.callers
        else 0.0
        for arm in (control, treated)
    )


def _of_each(arm: ArmCount) -> tuple[int, int]:
    return arm.recovered, arm.callers - arm.recovered


def _error(control: ArmCount, treated: ArmCount) -> float:
    return float(
        share_error(
            control=float(max(control.callers, 1)),
            control_hits=float(control.recovered),
            treated=float(max(treated.callers, 1)),
            treated_hits=float(treated.recovered),
        )
    )


def _mean_and_error(arm: ArmCount) -> tuple[float, float]:
    """The mean amount of a caller, and its standard error."""
    if arm.callers < 2:
        return float(arm.amount), math.inf
    mean = arm.amount / arm.callers
    spread = max(Decimal(0), arm.squares - arm.callers * mean * mean) / (arm.callers - 1)
    return float(mean), math.sqrt(spread / arm.callers)


def _around(middle: float, half: float | None) -> Difference:
    if half is None:
        return Difference(middle=middle, low=None, high=None)
    return Difference(middle=middle, low=middle - half, high=middle + half)


def verdict_of(difference: Difference, margin: float) -> Verdict:
    """What an interval says: on which side of nothing it lies, or that all of it lies within ``margin``."""
    if difference.low is None or difference.high is None:
        return Verdict.NOT_YET
    if difference.low > 0:
        return Verdict.BETTER
    if difference.high < 0:
        return Verdict.WORSE
    if -margin <= difference.low and difference.high <= margin:
        return Verdict.NO_LARGER_DIFFERENCE
    return Verdict.NOT_YET


def _weeks(
    control: ArmCount, treated: ArmCount, plan: Plan, middle: float, per_week: float, window: timedelta
) -> int | None:
    """Weeks begun until a verdict: on the planned effect, or, when that many have come, on what is seen instead."""
    if per_week <= 0:
        return None
    n = control.callers + treated.callers
    # Before anybody has come: two halves of a coin, the most that shares can vary.
    variance = n * _error(control, treated) ** 2 if min(control.callers, treated.callers) else 1.0

    def needed(target: float, power: float) -> float:
        return callers_needed(
            variance=variance, difference=target, planned=plan.planned, risk=plan.risk_of_each, power=power
        )

    until = needed(plan.effect, _POWER)
    if until <= n:
        # Either the interval leaves zero, or it shrinks into the margin, with the difference as it looks today.
        targets = [target for target in (abs(middle), plan.margin - abs(middle)) if target > 0]
        until = min(needed(target, 0.5) for target in targets) if targets else n + per_week
    until = max(until, n * _growth_until_enough(control, treated))
    coming = max(0.0, until - n - control.waiting - treated.waiting)
    weeks = coming / per_week + (window / timedelta(weeks=1) if until > n else 0.0)
    return max(1, math.ceil(weeks))
