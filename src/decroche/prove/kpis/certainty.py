"""How sure a percentage is: intervals for rates and for NPS, and how many calls an experiment needs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from decroche.model.figures import Rate

#: Two-sided 95 %.
Z95 = NormalDist().inv_cdf(0.975)
#: Below this many answers an NPS is shown as insufficient.
NPS_MINIMUM = 30


def wilson(rate: Rate, *, z: float = Z95) -> tuple[float, float] | None:
    """The Wilson interval of a rate, inside [0, 1], right even for 0 of 3; None when there is nothing to count.

    (p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n), E. B. Wilson 1927. 95 % unless ``z`` says otherwise.
    """
    n = rate.denominator
    if not n:
        return None
    p = rate.numerator / n
    middle = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)


def difference(before: Rate, after: Rate, *, z: float = Z95) -> tuple[float, float] | None:
    """The interval of ``after`` minus ``before``, two rates of different people; None when one of them is empty.

    d ± √((p₁ − l₁)² + (u₂ − p₂)²) of the Wilson intervals (R. G. Newcombe 1998, method 10). 95 % unless ``z`` differs.
    """
    first, second = wilson(before, z=z), wilson(after, z=z)
    if first is None or second is None:
        return None
    p, q = before.numerator / before.denominator, after.numerator / after.denominator
    low = q - p - math.sqrt((q - second[0]) ** 2 + (first[1] - p) ** 2)
    high = q - p + math.sqrt((second[1] - q) ** 2 + (p - first[0]) ** 2)
    return low, high


@dataclass(frozen=True, slots=True, kw_only=True)
class NetPromoterScore:
    """``score`` and ``margin`` in points (−100 … 100); ``sufficient`` is false under 30 answers."""

    answers: int
    score: float | None
    margin: float | None
    sufficient: bool


def net_promoter_score(*, promoters: int, passives: int, detractors: int) -> NetPromoterScore:
    """NPS = % of 9–10 minus % of 0–6, with its 95 % margin: z √((p + d − (p − d)²)/n) [NP1]."""
    n = promoters + passives + detractors
    if not n:
        return NetPromoterScore(answers=0, score=None, margin=None, sufficient=False)
    p, d = promoters / n, detractors / n
    margin = Z95 * math.sqrt((p + d - (p - d) ** 2) / n)
    return NetPromoterScore(answers=n, score=100 * (p - d), margin=100 * margin, sufficient=n >= NPS_MINIMUM)


def sample_size_per_arm(*, base: float, changed: float, risk: float = 0.05, power: float = 0.8) -> int:
    """Calls (or people) each arm of an A/B test needs to tell ``changed`` from ``base``; both are rates.

    n = (z₁₋ₐ₂ √(2 p̄ q̄) + z_power √(p₁q₁ + p₂q₂))² / (p₁ − p₂)², two-sided risk, rounded up (Fleiss).
    """
    if base == changed:
        raise ValueError("the two rates are equal: no number of calls can tell them apart")
    normal = NormalDist()
    middle = (base + changed) / 2
    pooled = normal.inv_cdf(1 - risk / 2) * math.sqrt(2 * middle * (1 - middle))
    apart = normal.inv_cdf(power) * math.sqrt(base * (1 - base) + changed * (1 - changed))
    return math.ceil((pooled + apart) ** 2 / (base - changed) ** 2)


def months_needed(*, per_arm: int, arms: int = 2, per_month: float) -> float:
    """How long an experiment takes when ``per_month`` people a month can be put in one of its arms."""
    return per_arm * arms / per_month
