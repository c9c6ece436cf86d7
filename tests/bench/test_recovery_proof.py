"""Quarters and callback lists whose truth is known: what issue 4 demands of the proof and of the order."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.recovery_proof import callbacks
from benchmarks.recovery_proof.__main__ import DAYS, ERRORS, PLANNED, QUARTERS, WORLDS, World, markdown, orders, proofs
from benchmarks.recovery_proof.quarters import CALLERS, Found, judge, live, money_covered

from decroche.prove.experiments import ArmCount, Plan, compare
from decroche.understand.sequential import callers_needed, share_variance

SAME, FIVE_MORE = (0.20, 0.20, 0.5), (0.20, 0.25, 0.5)


@pytest.fixture(scope="module")
def found() -> dict[World, Found]:
    return proofs(QUARTERS, seed=20)


@pytest.mark.hard
@pytest.mark.parametrize("world", WORLDS)
def test_the_interval_covers_the_truth_at_every_look(found: dict[World, Found], world: World) -> None:
    assert found[world].covered >= 0.95


@pytest.mark.hard
def test_it_stops_in_six_tenths_of_the_fixed_number(found: dict[World, Found]) -> None:
    assert found[FIVE_MORE].stop <= 0.6 * CALLERS
    assert found[FIVE_MORE].told > 0.8


@pytest.mark.hard
def test_it_is_wrong_less_than_a_seventh_as_often_as_the_peeked_test(found: dict[World, Found]) -> None:
    assert found[SAME].told <= 0.05
    assert found[SAME].told <= found[SAME].peeked / 7
    assert found[SAME].peeked > 0.3
    assert found[SAME].once == pytest.approx(0.05, abs=0.015)


@pytest.mark.hard
def test_amounts_are_covered_at_every_look() -> None:
    for sigma in (0.5, 1.2):
        covered = money_covered(
            base=0.2, changed=0.3, quarters=1000, rng=np.random.default_rng(3), planned=PLANNED, sigma=sigma
        )
        assert covered >= 0.95


@pytest.mark.hard
@pytest.mark.parametrize("held_out", [0.1, 0.5])
def test_the_callers_a_hold_out_is_said_to_need_do_answer_four_times_in_five(held_out: float) -> None:
    variance = share_variance(base=0.2, changed=0.3, share=held_out)
    needed = callers_needed(variance=variance, difference=0.1, power=0.8)
    callers = 10 * int(needed / 10)
    rng = np.random.default_rng(6)
    looks = live(base=0.2, changed=0.3, held_out=held_out, quarters=1000, rng=rng, callers=callers)
    assert 0.78 <= judge(looks, planned=needed).told <= 0.92


def test_the_columns_are_the_comparison_itself() -> None:
    looks = live(base=0.2, changed=0.3, held_out=0.2, quarters=3, rng=np.random.default_rng(9), callers=1000)
    spoken = 0
    for quarter in range(3):
        for look in range(0, 100, 3):
            here = (quarter, look)
            single = compare(
                control=ArmCount(callers=int(looks.control[here]), recovered=int(looks.control_hits[here])),
                treated=ArmCount(callers=int(looks.treated[here]), recovered=int(looks.treated_hits[here])),
                plan=Plan(planned=PLANNED),
            ).difference
            assert single.middle == pytest.approx(looks.difference[here])
            assert (single.low is not None) == looks.spoken[here]
            if single.low is not None:
                spoken += 1
                assert single.middle - single.low == pytest.approx(looks.reach(PLANNED)[here])
    assert spoken > 50


@pytest.mark.hard
def test_the_order_captures_more_than_the_first_come_and_nearly_as_much_as_who_knows_all() -> None:
    captured = orders(DAYS, seed=21)
    fifo, oracle = captured["first come, first served"], captured["index alone, all known"]
    assert captured["ours, from estimates"] >= max(1.8 * fifo, 0.96 * oracle)
    assert captured["ours, nothing known"] >= 1.5 * fifo
    assert captured["index alone, from estimates"] >= 0.97 * oracle
    assert captured["ours, all known"] >= 0.97 * oracle
    assert captured["ours, from estimates"] > captured["latest first"]


def test_the_page_shows_every_world_and_every_order() -> None:
    found = proofs(20, seed=1)
    missed = callbacks.days(2, np.random.default_rng(1), hours=1, **ERRORS)
    captured = {name: callbacks.captured(missed, rule, fair=fair) for name, (rule, fair) in callbacks.RULES.items()}
    page = markdown(found, 0.98, {(1.1, 1.0): captured}, 20)
    assert [name for name in callbacks.RULES if f"| {name} |" not in page] == []
    assert page.count("% → ") == len(WORLDS) + 3
