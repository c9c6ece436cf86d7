"""One person calls back those who were missed: how much of their value each order of the list still finds.

Half of the callers lose interest in 15 minutes on average and half in 180, their values are lognormal, a callback takes
3 minutes, and callers come at 1.1 times what one person can call back, for two working days told end to end. The longer
it lasts the worse the first come, first served: nobody who is called back still wants it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from decroche.recover.priority import FLOOR_MIN, INTEREST_MIN, TURN_EVERY, loss_per_minute

HANDLE_MIN, QUICK_MIN, SLOW_MIN = 3.0, 15.0, 180.0
HOURS = 16.0

Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """Callers of several days: arrays of (days, callers). What is ``seen`` of value and interest may be wrong."""

    at: Table
    value: Table
    interest: Table
    seen_value: Table
    seen_interest: Table


#: A caller's score from how long they waited (days, callers); the largest is called.
Rule = Callable[[Missed, Table], Table]


def days(
    count: int,
    rng: np.random.Generator,
    *,
    load: float = 1.1,
    hours: float = HOURS,
    value_error: float = 0.0,
    interest_error: float = 0.0,
) -> Missed:
    """``value_error`` is the σ of a lognormal factor, ``interest_error`` the share taken for the other kind."""
    shape = (count, int(hours * 60 * load / HANDLE_MIN))
    at = np.cumsum(rng.exponential(HANDLE_MIN / load, shape), axis=1)
    quick = rng.random(shape) < 0.5
    value = rng.lognormal(0.0, 1.0, shape)
    taken_for_quick = quick ^ (rng.random(shape) < interest_error)
    return Missed(
        at=at,
        value=value,
        interest=np.where(quick, QUICK_MIN, SLOW_MIN),
        seen_value=value * rng.lognormal(0.0, value_error, shape),
        seen_interest=np.where(taken_for_quick, QUICK_MIN, SLOW_MIN),
    )


def first_come(_missed: Missed, waited: Table) -> Table:
    return waited


def last_come(_missed: Missed, waited: Table) -> Table:
    return -waited


def by_value(missed: Missed, _waited: Table) -> Table:
    return missed.value


def oracle(missed: Missed, waited: Table) -> Table:
    """The index that knows everybody's value and interest."""
    return _index(missed.value, missed.interest, waited)


def ours(missed: Missed, waited: Table) -> Table:
    """The index on what is seen."""
    return _index(missed.seen_value, missed.seen_interest, waited)


def unknowing(_missed: Missed, waited: Table) -> Table:
    """The index without any history."""
    return _index(np.ones_like(waited), np.full_like(waited, INTEREST_MIN), waited)


def _index(value: Table, interest: Table, waited: Table) -> Table:
    one = np.ones_like(waited)
    return loss_per_minute(
        value=value,
        reached=one,
        wanted=one,
        interest_min=interest,
        handle_min=HANDLE_MIN * one,
        waited_min=np.maximum(waited, 0.0),
    )


#: What each order is called in the results, and whether promises of fairness hold for it.
RULES: Mapping[str, tuple[Rule, bool]] = {
    "first come, first served": (first_come, False),
    "latest first": (last_come, False),
    "by value": (by_value, False),
    "ours, nothing known": (unknowing, True),
    "ours, from estimates": (ours, True),
    "ours, all known": (oracle, True),
    "index alone, from estimates": (ours, False),
    "index alone, all known": (oracle, False),
}


def picked(missed: Missed, rule: Rule, *, fair: bool) -> tuple[NDArray[np.int64], Table]:
    """Whom each day's picks are, and how long each of them had waited: arrays of (days, picks).

    ``fair`` applies the floor (here all minutes are open) and the turn of the longest wait, as ``priority.order`` does.
    """
    count, callers = missed.at.shape
    every_day = np.arange(count)
    waiting = np.ones((count, callers), dtype=bool)
    now = np.zeros(count)
    whom, waits = [], []
    for number in range(1, callers + 1):
        now = np.maximum(now, np.where(waiting, missed.at, np.inf).min(axis=1))
        waited = now[:, None] - missed.at
        score = rule(missed, waited)
        if fair:
            score = np.where(waited >= FLOOR_MIN, 1e9 + waited, score)
            score = waited if number % TURN_EVERY == 0 else score
        chosen = np.where(waiting & (waited >= 0), score, -np.inf).argmax(axis=1)
        whom.append(chosen)
        waits.append(waited[every_day, chosen])
        waiting[every_day, chosen] = False
        now = now + HANDLE_MIN
    return np.stack(whom, axis=1), np.stack(waits, axis=1)


def captured(missed: Missed, rule: Rule, *, fair: bool) -> float:
    """The share of the value that is still there when its caller is called back."""
    whom, waits = picked(missed, rule, fair=fair)
    value = np.take_along_axis(missed.value, whom, axis=1)
    left = np.exp(-waits / np.take_along_axis(missed.interest, whom, axis=1))
    return float((value * left).sum() / missed.value.sum())
