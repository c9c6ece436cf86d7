"""A trial that is looked at every day is wrong no more often than it says, and pools what would mislead together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from decroche.prove import trials
from decroche.prove.experiments import ArmCount, Verdict

BEGAN = datetime(2026, 3, 2, tzinfo=UTC)
ARMS = ("today", "question")
NEEDS = trials.needs(base=0.1, changed=0.2)
DAY = timedelta(days=1)


def drawn(rng: np.random.Generator, *, a_day: int, days: int, rates: dict[str, float]) -> list[trials.Called]:
    """People of two places, one of which sells ten points more whatever is said."""
    found = []
    for day in range(days):
        for _ in range(a_day):
            arm, place = ARMS[int(rng.integers(2))], "north" if rng.random() < 0.5 else "south"
            at = BEGAN + day * DAY
            hit = rng.random() < rates[arm] + (0.1 if place == "north" else 0.0)
            found.append(trials.Called(arm=arm, at=at, hit_at=at if hit else None, place=place))
    return found


def look(called: list[trials.Called], days: int) -> trials.FirstVerdict | None:
    return trials.first_verdict(
        called, arms=ARMS, plan=trials.plan_of(NEEDS), began_at=BEGAN, now=BEGAN + days * DAY, window=DAY
    )


@pytest.mark.parametrize(
    ("base", "changed", "arms"), [(0.1, 0.1, 2), (0.1, 0.10005, 2), (0.0, 0.1, 2), (0.1, 1.0, 2), (0.1, 0.2, 1)]
)
def test_some_trials_cannot_be(base: float, changed: float, arms: int) -> None:
    with pytest.raises(trials.BadTrial):
        trials.needs(base=base, changed=changed, arms=arms)


def test_a_large_difference_is_found_and_the_first_verdict_is_kept() -> None:
    called = drawn(np.random.default_rng(1), a_day=40, days=60, rates={"today": 0.1, "question": 0.3})
    found = look(called, 61)
    assert found is not None and (found.arm, found.verdict) == ("question", Verdict.BETTER)
    assert found == look(called, 45), "what comes later changes nothing"
    now = trials.standing(called, arms=ARMS, plan=trials.plan_of(NEEDS), now=BEGAN + 61 * DAY, window=DAY)
    assert now.verdict is Verdict.BETTER and now.places == 2 and now.weeks is None
    assert sum(arm.rate.denominator for arm in now.arms) == len(called)


def test_a_worse_opener_is_said_to_be_worse_and_too_few_say_nothing() -> None:
    called = drawn(np.random.default_rng(2), a_day=40, days=60, rates={"today": 0.4, "question": 0.1})
    found = look(called, 61)
    assert found is not None and found.verdict is Verdict.WORSE
    few = trials.standing(called[:60], arms=ARMS, plan=trials.plan_of(NEEDS), now=BEGAN + 3 * DAY, window=DAY)
    assert few.verdict is Verdict.NOT_YET and few.weeks is not None and few.weeks > 0
    assert few.arms[1].against is not None and few.arms[1].against.low is None
    nobody = trials.standing([], arms=ARMS, plan=trials.plan_of(NEEDS), now=BEGAN, window=DAY)
    assert nobody.verdict is Verdict.NOT_YET and nobody.weeks is None and nobody.arms[0].interval is None


def test_of_several_openers_the_best_speaks_and_one_that_is_open_keeps_the_trial_open() -> None:
    def arm(verdict: Verdict | None) -> trials.ArmStanding:
        return trials.ArmStanding(
            name="x", rate=ArmCount().rate, interval=None, waiting=0, against=None, verdict=verdict
        )  # fmt: skip

    def of(*verdicts: Verdict | None) -> Verdict:
        return trials.TrialStanding(looked_at=BEGAN, arms=tuple(map(arm, verdicts)), places=1, weeks=None).verdict

    assert of(None, Verdict.BETTER, Verdict.NOT_YET) is Verdict.BETTER
    assert of(None, Verdict.WORSE, Verdict.NOT_YET) is Verdict.NOT_YET
    assert of(None, Verdict.WORSE, Verdict.NO_LARGER_DIFFERENCE) is Verdict.WORSE
    assert of(None, Verdict.NO_LARGER_DIFFERENCE) is Verdict.NO_LARGER_DIFFERENCE
    assert of(None) is Verdict.NOT_YET


@pytest.mark.hard
def test_looking_every_day_misleads_less_than_once_in_twenty() -> None:
    rng = np.random.default_rng(20261123)
    wrong = 0
    for _ in range(400):
        found = look(drawn(rng, a_day=30, days=50, rates={"today": 0.15, "question": 0.15}), 51)
        wrong += found is not None and found.verdict in (Verdict.BETTER, Verdict.WORSE)
    assert wrong <= 20


@pytest.mark.hard
def test_a_trial_of_the_told_size_finds_the_difference_four_times_in_five() -> None:
    rng = np.random.default_rng(7)
    days = 40
    a_day = -(-2 * NEEDS.per_arm_at_will // days)
    hits = 0
    for _ in range(300):
        called = drawn(rng, a_day=a_day, days=days, rates={"today": 0.05, "question": 0.15})
        found = look(called, days + 1)
        hits += found is not None and found.verdict is Verdict.BETTER
    assert hits >= 0.75 * 300
