"""Single random draws, taken from blocks so that a long story stays fast."""

from __future__ import annotations

import math

import numpy as np

from decroche.simulate.world import HandleTime, Patience

_BLOCK = 8192


class Chance:
    """Draws one number at a time from a NumPy generator; the same generator state gives the same numbers."""

    def __init__(self, generator: np.random.Generator) -> None:
        self._generator = generator
        self._uniforms: list[float] = []
        self._normals: list[float] = []

    def uniform(self) -> float:
        """A number in [0, 1)."""
        if not self._uniforms:
            self._uniforms = self._generator.random(_BLOCK).tolist()
        return self._uniforms.pop()

    def normal(self) -> float:
        """A standard normal number."""
        if not self._normals:
            self._normals = self._generator.standard_normal(_BLOCK).tolist()
        return self._normals.pop()

    def happens(self, share: float) -> bool:
        """Whether an event of this probability occurs."""
        return share > 0 and self.uniform() < share

    def between(self, low: float, high: float) -> float:
        """A uniform number."""
        return low + (high - low) * self.uniform()

    def exponential(self, mean: float) -> float:
        """An exponential number; 0 when the mean is 0."""
        return -mean * math.log(1.0 - self.uniform())

    def lognormal(self, *, median: float, spread: float) -> float:
        """A lognormal number; ``spread`` is the standard deviation of its logarithm."""
        return median * math.exp(spread * self.normal())

    def patience(self, law: Patience) -> float:
        """Seconds that a caller is ready to wait."""
        if self.happens(law.hang_up_share):
            return self.between(0.5, law.hang_up_max_s)
        return law.scale_s * math.pow(-math.log(1.0 - self.uniform()), 1 / law.shape)

    def conversation(self, law: HandleTime) -> float:
        """Seconds of talk with a person."""
        if self.happens(law.wrong_number_share):
            return self.between(3.0, 9.0)
        if law.exponential:
            return self.exponential(law.mean_s)
        variance = math.log1p(law.cv**2)
        return max(1.0, law.mean_s * math.exp(math.sqrt(variance) * self.normal() - variance / 2))
