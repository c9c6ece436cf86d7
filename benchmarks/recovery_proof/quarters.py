"""A quarter of a business lived thousands of times, with a known effect, and the intervals looked at all along."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decroche.prove.experiments import CALLERS_AT_LEAST, OF_EACH_AT_LEAST
from decroche.understand.sequential import price, share_error

#: Callers of a quarter (about 44 a day), and how many come between two looks.
CALLERS, EVERY = 4_000, 10
Z95 = 1.959964

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """What is seen at each look of each quarter: arrays of (quarters, looks). ``effect`` is the truth."""

    effect: float
    control: Counts
    control_hits: Counts
    treated: Counts
    treated_hits: Counts

    @property
    def difference(self) -> Counts:
        return self.treated_hits / np.maximum(self.treated, 1) - self.control_hits / np.maximum(self.control, 1)

    @property
    def spoken(self) -> NDArray[np.bool_]:
        """Where enough has been counted for anything to be said."""
        least = np.minimum(
            np.minimum(self.control_hits, self.treated_hits),
            np.minimum(self.control - self.control_hits, self.treated - self.treated_hits),
        )
        enough: NDArray[np.bool_] = np.minimum(self.control, self.treated) >= CALLERS_AT_LEAST
        return enough & (least >= OF_EACH_AT_LEAST)

    def reach(self, planned: float) -> Counts:
        """Half of the confidence sequence's width."""
        counted = {"control": np.maximum(self.control, 1), "treated": np.maximum(self.treated, 1)}
        error = share_error(**counted, control_hits=self.control_hits, treated_hits=self.treated_hits)
        found: Counts = error * price(self.control + self.treated, planned=planned)
        return found

    def ordinary_reach(self) -> Counts:
        """Half of the ordinary 95 % interval's width, right for one look."""
        both = self.control + self.treated
        pooled = (self.control_hits + self.treated_hits) / both
        each = 1 / np.maximum(self.control, 1) + 1 / np.maximum(self.treated, 1)
        found: Counts = Z95 * np.sqrt(pooled * (1 - pooled) * each)
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Shares of quarters: ``covered`` at every look, ``told`` apart at some look; ``stop`` is the mean caller at which
    one stops, the whole quarter where nothing is told. ``peeked`` and ``once`` are the ordinary test, looked at as
    often or only at the end.
    """

    covered: float
    told: float
    stop: float
    peeked: float
    once: float


def live(
    *, base: float, changed: float, held_out: float, quarters: int, rng: np.random.Generator, callers: int = CALLERS
) -> Looks:
    """``quarters`` times ``callers`` people, each held out with a chance of ``held_out``."""
    shape = (quarters, callers)
    control = rng.random(shape, dtype=np.float32) < held_out
    hits = rng.random(shape, dtype=np.float32) < np.where(control, np.float32(base), np.float32(changed))

    def so_far(which: NDArray[np.bool_]) -> Counts:
        found: Counts = which.reshape(quarters, -1, EVERY).sum(axis=2).cumsum(axis=1).astype(np.float64)
        return found

    return Looks(
        effect=changed - base,
        control=so_far(control),
        control_hits=so_far(control & hits),
        treated=so_far(~control),
        treated_hits=so_far(~control & hits),
    )


def judge(looks: Looks, *, planned: float) -> Found:
    """What the confidence sequence and the ordinary test say of the same quarters."""
    apart, spoken, reach = np.abs(looks.difference), looks.spoken, looks.reach(planned)
    told = (apart > reach) & spoken
    ever = told.any(axis=1)
    stop = np.where(ever, told.argmax(axis=1) + 1, told.shape[1]) * EVERY
    ordinary = (apart > looks.ordinary_reach()) & spoken
    return Found(
        covered=float(((np.abs(looks.difference - looks.effect) <= reach) | ~spoken).all(axis=1).mean()),
        told=float(ever.mean()),
        stop=float(stop.mean()),
        peeked=float(ordinary.any(axis=1).mean()),
        once=float(ordinary[:, -1].mean()),
    )


def money_covered(
    *, base: float, changed: float, quarters: int, rng: np.random.Generator, planned: float, sigma: float = 0.8
) -> float:
    """The share of quarters in which the interval of the amount a caller brought covers the truth at every look."""
    shape = (quarters, CALLERS)
    control = rng.random(shape, dtype=np.float32) < 0.5
    hits = rng.random(shape, dtype=np.float32) < np.where(control, np.float32(base), np.float32(changed))
    amounts = np.where(hits, np.exp(sigma * rng.standard_normal(shape, dtype=np.float32)), np.float32(0))

    def so_far(values: NDArray[np.float32] | NDArray[np.bool_]) -> Counts:
        found: Counts = values.reshape(quarters, -1, EVERY).sum(axis=2, dtype=np.float64).cumsum(axis=1)
        return found

    means, errors, payers = [], [], []
    for arm in (control, ~control):
        n, total = np.maximum(so_far(arm), 2), so_far(np.where(arm, amounts, np.float32(0)))
        squares = so_far(np.where(arm, amounts * amounts, np.float32(0)))
        means.append(total / n)
        errors.append((squares - total * total / n) / (n - 1) / n)
        payers.append(so_far(arm & hits))
    callers = np.arange(EVERY, CALLERS + 1, EVERY, dtype=np.float64)
    reach = np.sqrt(errors[0] + errors[1]) * price(callers, planned=planned)
    truth = (changed - base) * np.exp(sigma * sigma / 2)
    spoken = np.minimum(payers[0], payers[1]) >= 20
    return float(((np.abs(means[1] - means[0] - truth) <= reach) | ~spoken).all(axis=1).mean())
