"""Chance decides once, by person, the same everywhere; nobody is left alone in an emergency."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.recover.holdout import ACT, HOLDOUT, Arm, BadExperiment, Experiment, How, assign, draw

KEY = bytes(range(32))
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PEOPLE = st.integers(1_000_000, 999_999_999_999_999)
MANY = range(33_600_000_000, 33_600_020_000)


@given(PEOPLE, st.floats(0.01, 0.5))
def test_a_person_is_in_one_arm_for_ever(person: int, share: float) -> None:
    experiment = Experiment.holdout(share=share)
    first = assign(person, experiment, key=KEY, emergency=False, at=NOW)
    again = assign(person, experiment, key=KEY, emergency=False, at=NOW.replace(year=2030))
    assert (again.arm, again.drawn) == (first.arm, first.drawn)
    assert first.counted
    assert (first.arm == HOLDOUT) == (first.drawn is not None and first.drawn < share)


@given(PEOPLE, st.floats(0, 0.5))
def test_nobody_is_left_alone_in_an_emergency(person: int, share: float) -> None:
    experiment = Experiment.holdout(share=share)
    given = assign(person, experiment, key=KEY, emergency=True, at=NOW)
    assert (given.arm, given.how, given.counted) == (ACT, How.EMERGENCY, False)
    held_out = replace(given, arm=HOLDOUT, how=How.CHANCE)
    assert assign(person, experiment, key=KEY, emergency=True, at=NOW, earlier=held_out).arm == ACT


@given(PEOPLE)
def test_nothing_is_held_out_unless_turned_on(person: int) -> None:
    given = assign(person, Experiment.holdout(), key=KEY, emergency=False, at=NOW)
    assert (given.arm, given.how, given.counted, given.drawn) == (ACT, How.OFF, False, None)


@given(PEOPLE, PEOPLE)
def test_what_the_log_holds_stays(person: int, other: int) -> None:
    logged = assign(person, Experiment.holdout(share=0.5), key=KEY, emergency=False, at=NOW)
    now = assign(
        person, Experiment.holdout(share=0.1), key=str(other).encode() * 16, emergency=False, at=NOW, earlier=logged
    )
    assert now is logged


@given(PEOPLE, st.floats(0.05, 0.25), st.floats(0, 0.25))
def test_a_hold_out_that_grows_keeps_those_it_had(person: int, share: float, more: float) -> None:
    small = Experiment.holdout(share=share)
    large = Experiment.holdout("holdout-2", share=share + more, nested_in=small.name)
    before, after = (assign(person, one, key=KEY, emergency=False, at=NOW) for one in (small, large))
    assert after.arm == HOLDOUT or before.arm == ACT


def test_draws_are_even_and_tell_nothing_of_each_other() -> None:
    draws = np.array([draw(person, experiment="holdout", key=KEY) for person in MANY])
    counts, _ = np.histogram(draws, bins=20, range=(0, 1))
    # χ² with 19 degrees of freedom exceeds 43.8 once in a thousand.
    assert ((counts - len(MANY) / 20) ** 2 / (len(MANY) / 20)).sum() < 43.8
    others = [
        np.array([draw(person, experiment="words", key=KEY) for person in MANY]),
        np.array([draw(person, experiment="holdout", key=KEY[::-1]) for person in MANY]),
        np.roll(draws, 1),
    ]
    assert max(abs(np.corrcoef(draws, other)[0, 1]) for other in others) < 4 / np.sqrt(len(MANY))


def test_variants_share_the_callers_beside_a_hold_out() -> None:
    three = Experiment(name="words", arms=(Arm(HOLDOUT, 0.1), Arm("short", 0.45), Arm(ACT, 0.45)))
    arms = [assign(person, three, key=KEY, emergency=False, at=NOW).arm for person in MANY]
    assert {arm.name: arms.count(arm.name) / len(arms) for arm in three.arms} == pytest.approx(
        {HOLDOUT: 0.1, "short": 0.45, ACT: 0.45}, abs=0.015
    )
    two = Experiment.between("tone", ["as now", "warmer"])
    assert assign(33_612_345_678, two, key=KEY, emergency=True, at=NOW).arm == "as now"
    assert two.arm_at(0.999_999) == "warmer"


def test_shares_that_make_one_only_nearly_still_have_an_arm_for_the_last_draw() -> None:
    sevenths = Experiment.between("sevenths", [f"v{number}" for number in range(7)])
    assert sevenths.arm_at(1.0) == "v6"


@pytest.mark.parametrize(
    ("name", "arms"),
    [
        ("", (Arm("a", 1.0),)),
        ("twice", (Arm("a", 0.5), Arm("a", 0.5))),
        ("nobody acts", (Arm(HOLDOUT, 0.5), Arm("a", 0.5))),
        ("too much", (Arm("a", 0.5), Arm("b", 0.6))),
        ("nearly all alone", (Arm(HOLDOUT, 0.51), Arm(ACT, 0.49))),
        ("less than none", (Arm("a", 1.5), Arm("b", -0.5))),
    ],
)
def test_an_experiment_that_cannot_be_is_refused(name: str, arms: tuple[Arm, ...]) -> None:
    with pytest.raises(BadExperiment):
        Experiment(name=name, arms=arms)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(BadExperiment, match="16 bytes"):
        draw(33_612_345_678, experiment="holdout", key=b"short")
