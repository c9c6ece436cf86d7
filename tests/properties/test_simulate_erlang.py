"""A single queue with exponential laws obeys Erlang's formula with impatience, and a lognormal one nearly so."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from decroche.simulate.calls import simulate
from tests.unit.simulate.worlds import queue_world


def erlang_a(*, rate: float, handle_s: float, patience_s: float, agents: int) -> tuple[float, float]:
    """P(abandoned) and mean wait of all, by the balance equations of M/M/n+M; ``rate`` is calls per second."""
    weights = [1.0]
    while len(weights) < 2000:
        busy, waiting = min(len(weights), agents), max(len(weights) - agents, 0)
        weights.append(weights[-1] * rate / (busy / handle_s + waiting / patience_s))
    states = np.array(weights) / np.sum(weights)
    queue = float(np.sum(states * np.maximum(np.arange(len(states)) - agents, 0)))
    return queue / patience_s / rate, queue / rate


def test_the_formula_gives_the_published_answer() -> None:
    """300 calls over 10 hours against 3 people, 240 s a call, 180 s of patience: 12.10 % abandon."""
    abandoned, _ = erlang_a(rate=300 / 36_000, handle_s=240, patience_s=180, agents=3)
    assert round(abandoned, 4) == 0.1210


@pytest.mark.hard
@pytest.mark.parametrize(("calls_per_hour", "agents"), [(30, 3), (18, 3), (60, 4)])
def test_a_queue_of_exponential_laws_matches_the_formula(calls_per_hour: int, agents: int) -> None:
    """Twenty independent runs of 14 days: the mean of the runs lies within four standard errors of the formula.

    The standard error is taken from the runs themselves, so it allows for the calls of one run being alike; with
    four of them, one honest simulator in some 1,300 would fail (Student, 19 degrees of freedom). It must also be small
    enough for the comparison to mean something.
    """
    world = queue_world(calls_per_day=24 * calls_per_hour, agents=agents, handle_s=240, patience_s=180)
    expected = erlang_a(rate=calls_per_hour / 3600, handle_s=240, patience_s=180, agents=agents)
    runs = []
    for seed in range(20):
        played = simulate(world, seed=seed, days=14, start=date(2026, 3, 2))
        left = 1 - played.calls["answered"].to_numpy().mean()
        runs.append((left, played.truth["exact_wait_s"].to_numpy().mean()))
    for values, truth in zip(np.array(runs).T, expected, strict=True):
        error = values.std(ddof=1) / np.sqrt(len(values))
        assert error < 0.03 * truth
        assert abs(values.mean() - truth) < 4 * error
