"""How sure a comparison is when somebody looks at it every morning: intervals that hold at every look.

An ordinary 95 % interval is right for one look, fixed in advance. Who looks every day and stops at the first
difference that seems sure is wrong far more often (37 % of the time at 400 looks, where 5 % was promised). A confidence
sequence is an interval that covers the truth at all looks at once with 95 %: the price is that it is wider.

The form is the asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas (Annals of
Statistics 2024; the boundary is Robbins' normal mixture, Howard et al. 2021). After t callers it is

    estimate ± σ √( 2 (t ρ² + 1) / (t² ρ²) · ln( √(t ρ² + 1) / α ) )

and σ/√t is the ordinary standard error, so that the price of looking at will is one number, ``price``.
Pure; all functions take numbers or arrays of numbers.
"""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

#: Share of comparisons that may ever mislead, over all looks.
RISK = 0.05

_Number = TypeVar("_Number", float, NDArray[np.float64])


@cache
def tuning(planned: float, risk: float = RISK) -> float:
    """ρ², for which the interval is narrowest after ``planned`` callers: ρ² = x/planned with x = ln((x + 1)/risk²).

    The width has its minimum there because d/dx of (x + 1)/x · ln((x + 1)/risk²) vanishes.
    """
    if planned <= 0 or not 0 < risk < 1:
        raise ValueError(f"{planned} callers at a risk of {risk}: both must be above 0, the risk below 1")
    x = 1.0
    for _ in range(100):
        x = math.log((x + 1) / risk**2)
    return x / planned


def price(callers: _Number, *, planned: float, risk: float = RISK) -> _Number:
    """By how many standard errors the interval reaches to each side after so many callers.

    1.96 would do for a single look; here it is 3.03 at ``planned`` callers, more before and after (risk 5 %).
    """
    spread = callers * tuning(planned, risk)
    found: _Number = np.sqrt((spread + 1) / spread * np.log((spread + 1) / risk**2))
    return found


def share_error(*, control: _Number, control_hits: _Number, treated: _Number, treated_hits: _Number) -> _Number:
    """The standard error of the difference of two shares, one hit and one miss added to each (Agresti and Caffo 2000).

    It is σ/√t of the AIPW scores in which each arm's own share stands for what its callers do: the mean of those
    scores is the plain difference of the shares, whatever the order in which callers came.
    """
    p, q = (control_hits + 1) / (control + 2), (treated_hits + 1) / (treated + 2)
    found: _Number = np.sqrt(p * (1 - p) / control + q * (1 - q) / treated)
    return found


def share_variance(*, base: float, changed: float, share: float) -> float:
    """σ², what one caller adds, when ``share`` of them are the control at rate ``base`` and the rest at ``changed``."""
    return base * (1 - base) / share + changed * (1 - changed) / (1 - share)


def callers_needed(
    *, variance: float, difference: float, planned: float | None = None, risk: float = RISK, power: float = 0.5
) -> float:
    """How many callers, of both arms together, until the interval tells ``difference`` from nothing.

    ``power`` is the chance that it does by then: 0.5 is when it is expected to, 0.8 is four times in five. ``planned``
    is what the interval is tuned to; None tunes it to the answer. ``variance`` is what one caller adds.
    """
    if difference <= 0 or variance <= 0:
        raise ValueError(f"a difference of {difference} with a variance of {variance}: both must be above 0")
    sure = NormalDist().inv_cdf(power)
    needed = variance / difference**2
    if planned is None:
        best = float(price(1.0, planned=1.0, risk=risk))
        return needed * (best + sure) ** 2
    low, high = 0.0, 1.0
    while needed * (float(price(high, planned=planned, risk=risk)) + sure) ** 2 > high:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        enough = needed * (float(price(middle, planned=planned, risk=risk)) + sure) ** 2 <= middle
        low, high = (low, middle) if enough else (middle, high)
    return high
