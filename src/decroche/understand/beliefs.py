"""What an owner knows about a number: one value, or a range from the 10th to the 90th percentile.

"Between 250 and 600" is read as: one time in ten it is lower, one time in ten it is higher. Amounts become
lognormal, shares logit-normal, counted shares Beta. Pure: draws come from the generator that is passed in.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Draws = NDArray[np.float64]

_Z90 = NormalDist().inv_cdf(0.9)
_BETWEEN = re.compile(r"\s*(?:\.\.|–|—|-|:|\bà\b|\bto\b)\s*")
_GROUPED = re.compile(r"\d{1,3}[.,]\d{3}")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


class Belief(Protocol):
    """A distribution that can be drawn from; ``certain`` when it is a single value."""

    @property
    def mean(self) -> float:
        """The exact mean."""
        ...

    @property
    def certain(self) -> bool:
        """Whether there is nothing to draw."""
        ...

    def draw(self, rng: np.random.Generator, size: int) -> Draws:
        """``size`` independent draws."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """A single value."""

    value: float

    @property
    def mean(self) -> float:
        """The value."""
        return self.value

    @property
    def certain(self) -> bool:
        """Yes."""
        return True

    def draw(self, rng: np.random.Generator, size: int) -> Draws:
        """The value, ``size`` times."""
        return np.full(size, self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogNormal:
    """A positive amount with a long tail to the right; ``mu`` and ``sigma`` are those of its logarithm."""

    mu: float
    sigma: float

    @classmethod
    def between(cls, low: float, high: float) -> LogNormal:
        """The lognormal whose 10th and 90th percentiles are ``low`` and ``high``."""
        return cls(mu=(math.log(low) + math.log(high)) / 2, sigma=(math.log(high) - math.log(low)) / (2 * _Z90))

    @classmethod
    def around(cls, *, mean: float, sigma: float) -> LogNormal:
        """The lognormal with this mean."""
        return cls(mu=math.log(mean) - sigma * sigma / 2, sigma=sigma)

    @property
    def mean(self) -> float:
        """exp(μ + σ²/2)."""
        return math.exp(self.mu + self.sigma * self.sigma / 2)

    @property
    def certain(self) -> bool:
        """No."""
        return False

    def draw(self, rng: np.random.Generator, size: int) -> Draws:
        """Amounts."""
        return rng.lognormal(self.mu, self.sigma, size)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogitNormal:
    """A share inside (0, 1), guessed as a range; ``mu`` and ``sigma`` are those of log(p/(1 − p))."""

    mu: float
    sigma: float

    @classmethod
    def between(cls, low: float, high: float) -> LogitNormal:
        """The logit-normal whose 10th and 90th percentiles are ``low`` and ``high``."""
        below, above = math.log(low / (1 - low)), math.log(high / (1 - high))
        return cls(mu=(below + above) / 2, sigma=(above - below) / (2 * _Z90))

    @property
    def mean(self) -> float:
        """By Gauss-Hermite quadrature: it has no closed form."""
        nodes, weights = np.polynomial.hermite_e.hermegauss(64)
        values = 1 / (1 + np.exp(-(self.mu + self.sigma * nodes)))
        return float(values @ weights / weights.sum())

    @property
    def certain(self) -> bool:
        """No."""
        return False

    def draw(self, rng: np.random.Generator, size: int) -> Draws:
        """Shares."""
        return np.asarray(1 / (1 + np.exp(-rng.normal(self.mu, self.sigma, size))), dtype=np.float64)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beta:
    """A share known from counts."""

    a: float
    b: float

    @classmethod
    def counted(cls, hits: int, of: int) -> Beta:
        """What ``hits`` among ``of`` teach about the share behind them (Jeffreys: half a hit, half a miss more)."""
        return cls(a=hits + 0.5, b=of - hits + 0.5)

    @property
    def mean(self) -> float:
        """a/(a + b)."""
        return self.a / (self.a + self.b)

    @property
    def certain(self) -> bool:
        """No."""
        return False

    def draw(self, rng: np.random.Generator, size: int) -> Draws:
        """Shares."""
        return rng.beta(self.a, self.b, size)


class BadRange(ValueError):
    """A number or range that cannot be read as meant; the message says how to write it."""


def read_amount(written: object) -> Fixed | LogNormal:
    """An amount of money, or its range: 400, [250, 600], "250-600", "250 à 600 €"."""
    low, high, shares = _ends(written)
    if shares:
        raise BadRange("is an amount of money, not a percentage")
    if low <= 0:
        raise BadRange("must be above 0")
    return Fixed(low) if low == high else LogNormal.between(low, high)


def read_share(written: object) -> Fixed | LogitNormal:
    """A share, or its range: 0.25, "25 %", [0.2, 0.3], "20-30 %"."""
    low, high, percents = _ends(written)
    if percents:
        low, high = low / 100, high / 100
    if high > 1:
        raise BadRange(f"is a share: write {high:g} % or {high / 100:g}" if not percents else "cannot exceed 100 %")
    if low == high:
        return Fixed(low)
    if low <= 0 or high >= 1:
        raise BadRange("as a range must stay above 0 % and below 100 % (1-30 %, say)")
    return LogitNormal.between(low, high)


def _ends(written: object) -> tuple[float, float, bool]:
    """Low end, high end (equal for a single value), and whether a % sign was written."""
    percents = False
    if isinstance(written, str):
        percents = "%" in written
        text = re.sub(r"(?<=\d)[\s\u00a0\u202f](?=\d{3}(?!\d))", "", written)
        text = re.sub(r"[%€$£]|\b[A-Z]{3}\b", "", text).strip()
        ends = [_number(part) for part in _BETWEEN.split(text)]
    elif isinstance(written, (list, tuple)):
        ends = [_number(part) for part in written]
    else:
        ends = [_number(written)]
    if len(ends) not in (1, 2):
        raise BadRange("is one number, or a low and a high one")
    low, high = ends[0], ends[-1]
    if low > high:
        raise BadRange(f"runs from {low:g} down to {high:g}: write the lower end first")
    return low, high, percents


def _number(written: object) -> float:
    if isinstance(written, str):
        text = written.strip()
        if _GROUPED.fullmatch(text) and not text.startswith("0"):
            plain = re.sub("[.,]", "", text)
            raise BadRange(f"{text} can be read two ways: write {plain}, or {text[:-2].replace(',', '.')}")
        if not _NUMBER.fullmatch(text):
            raise BadRange(f"{text!r} is not a number")
        return float(text.replace(",", "."))
    if isinstance(written, bool) or not isinstance(written, (int, float)) or not 0 <= written < math.inf:
        raise BadRange(f"{written!r} is not a number")
    return float(written)
