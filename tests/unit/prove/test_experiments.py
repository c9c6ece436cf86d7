"""What may be said of an experiment does not depend on the order of the rows, and never on those still undecided."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.money import Money
from decroche.prove.experiments import (
    ArmCount,
    Caller,
    MixedCurrencies,
    Plan,
    Verdict,
    by_arm,
    compare,
    compare_money,
)
from decroche.understand.live_journeys import RecoveredBy

BEGIN = datetime(2026, 3, 2, tzinfo=UTC)
NOW = BEGIN + timedelta(days=30)
PLAN = Plan(planned=2000)
COUNTS = st.tuples(st.integers(0, 5000), st.floats(0, 1)).map(
    lambda drawn: ArmCount(callers=drawn[0], recovered=int(drawn[0] * drawn[1]))
)

_callers = st.builds(
    lambda person, arm, hour, after, cents: Caller(
        person=person,
        arm=arm,
        assigned_at=BEGIN + timedelta(hours=hour),
        recovered_at=None if after is None else BEGIN + timedelta(hours=hour + after),
        recovered_by=None if after is None else RecoveredBy.REPLY,
        amount=None if after is None else Money.of(cents / 100, "EUR"),
    ),
    st.integers(1, 40),
    st.sampled_from(["act", "holdout"]),
    st.integers(0, 30 * 24),
    st.none() | st.integers(0, 300),
    st.integers(0, 100_000),
)


@given(st.lists(_callers, max_size=40, unique_by=lambda caller: caller.person), st.randoms(use_true_random=False))
def test_rows_in_any_order_are_the_same_counts(callers: list[Caller], chance) -> None:  # type: ignore[no-untyped-def]
    counts = by_arm(callers, now=NOW)
    chance.shuffle(callers)
    assert by_arm(callers, now=NOW) == counts
    assert sum(count.callers + count.waiting for count in counts.values()) == len(callers)
    for count in counts.values():
        assert sum(count.by.values()) == count.recovered >= count.payers


@given(st.lists(_callers, max_size=40, unique_by=lambda caller: caller.person))
def test_who_is_not_settled_changes_nothing_however_soon_recovered(callers: list[Caller]) -> None:
    young = [caller for caller in callers if caller.assigned_at + timedelta(days=7) > NOW]
    healed = [
        replace(caller, recovered_at=caller.assigned_at, recovered_by=RecoveredBy.OUR_CALL)
        if caller in young
        else caller
        for caller in callers
    ]
    assert by_arm(healed, now=NOW) == by_arm(callers, now=NOW)


def test_two_currencies_are_not_added() -> None:
    callers = [
        Caller(person=n, arm="act", assigned_at=BEGIN, recovered_at=BEGIN, amount=Money.of(5, currency))
        for n, currency in enumerate(("EUR", "CAD"))
    ]
    with pytest.raises(MixedCurrencies, match="CAD, EUR"):
        by_arm(callers, now=NOW)


@given(COUNTS, COUNTS)
def test_exchanging_the_arms_exchanges_the_verdict(control: ArmCount, treated: ArmCount) -> None:
    there = compare(control=control, treated=treated, plan=PLAN)
    back = compare(control=treated, treated=control, plan=PLAN)
    turned = {Verdict.BETTER: Verdict.WORSE, Verdict.WORSE: Verdict.BETTER}
    assert back.verdict == turned.get(there.verdict, there.verdict)
    assert back.difference.middle == -there.difference.middle
    assert (there.difference.low is None) == (back.difference.high is None)
    if there.difference.low is not None:
        assert back.difference.high == pytest.approx(-there.difference.low)


@given(COUNTS, COUNTS, st.floats(1, 1000))
def test_without_a_verdict_there_is_a_number_of_weeks(control: ArmCount, treated: ArmCount, per_week: float) -> None:
    found = compare(control=control, treated=treated, plan=PLAN, per_week=per_week)
    assert (found.weeks is None) == (found.verdict is not Verdict.NOT_YET)
    if found.weeks is not None:
        twice = compare(control=control, treated=treated, plan=PLAN, per_week=2 * per_week).weeks
        assert twice is not None and 1 <= twice <= found.weeks
    assert compare(control=control, treated=treated, plan=PLAN).weeks is None


def test_the_weeks_announced_lead_to_a_verdict_when_the_rates_stay() -> None:
    control, treated = ArmCount(callers=100, recovered=20), ArmCount(callers=100, recovered=30)
    found = compare(control=control, treated=treated, plan=PLAN, per_week=100)
    assert found.verdict is Verdict.NOT_YET and found.weeks is not None
    later = 100 + 50 * found.weeks
    assert (
        compare(
            control=ArmCount(callers=later, recovered=int(0.2 * later)),
            treated=ArmCount(callers=later, recovered=int(0.3 * later)),
            plan=PLAN,
        ).verdict
        is Verdict.BETTER
    )


def test_those_who_wait_for_their_seven_days_shorten_the_weeks() -> None:
    arms = [ArmCount(callers=100, recovered=20, waiting=waiting) for waiting in (0, 300)]
    weeks = [compare(control=arm, treated=arm, plan=PLAN, per_week=100).weeks for arm in arms]
    assert weeks == [10, 4]


def test_where_callers_come_and_hardly_any_is_recovered_the_weeks_are_until_five_are() -> None:
    arm = ArmCount(callers=1000, recovered=2)
    assert compare(control=arm, treated=arm, plan=PLAN, per_week=100).weeks == 31


def test_a_difference_that_stays_on_the_margin_is_told_to_go_on() -> None:
    control, treated = ArmCount(callers=2000, recovered=1000), ArmCount(callers=2000, recovered=1000)
    plan = Plan(planned=2000, margin=0.0)
    assert compare(control=control, treated=treated, plan=plan, per_week=100).weeks == 2


def test_several_variants_share_the_risk() -> None:
    control, treated = ArmCount(callers=500, recovered=100), ArmCount(callers=500, recovered=150)
    alone, of_three = (
        compare(control=control, treated=treated, plan=replace(PLAN, comparisons=count)).difference for count in (1, 3)
    )
    assert alone.low is not None and of_three.low is not None
    assert of_three.low < alone.low


@given(COUNTS, COUNTS)
def test_money_of_one_euro_each_is_the_share_recovered(control: ArmCount, treated: ArmCount) -> None:
    paid = [
        replace(
            arm, amount=Money.of(arm.recovered, "EUR").amount, squares=arm.amount + arm.recovered, payers=arm.recovered
        )
        for arm in (control, treated)
    ]
    shares = compare(control=control, treated=treated, plan=PLAN)
    money = compare_money(control=paid[0], treated=paid[1], plan=PLAN, margin=Money.of("0.05", "EUR"))
    assert money.per_caller.middle == pytest.approx(shares.difference.middle, abs=1e-9)
    assert (money.currency, money.n) == ("EUR", shares.n)
    if money.per_caller.low is not None and shares.difference.low is not None:
        half, other = money.per_caller.middle - money.per_caller.low, shares.difference.middle - shares.difference.low
        assert half == pytest.approx(other, rel=0.1)


@pytest.mark.parametrize("counts", [{"recovered": 1}, {"callers": 3, "recovered": 4}, {"callers": 1, "payers": 2}])
def test_more_hits_than_callers_are_refused(counts: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="more hits than callers"):
        ArmCount(**counts)  # type: ignore[arg-type]
