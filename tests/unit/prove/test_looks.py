"""An experiment that is looked at every day: the first verdict is the one that was reached first, and stays."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.money import Money
from decroche.prove.experiments import ArmCount, Caller, Plan, Verdict, by_arm, compare
from decroche.prove.looks import Standing, look, plan_for
from decroche.understand.live_journeys import RecoveredBy

BEGIN = datetime(2026, 3, 2, 9, 17, tzinfo=UTC)
DAY = timedelta(days=1)
PLAN = plan_for(0.5)


def crowd(a_day: int, days: int, *, base: float, changed: float, seed: int = 1, share: float = 0.5) -> list[Caller]:
    """Callers who come evenly, of whom a share is left alone, and who are recovered a day later or never."""
    rng = np.random.default_rng(seed)
    callers = []
    for number in range(a_day * days):
        at = BEGIN + number * DAY / a_day
        arm = "holdout" if rng.random() < share else "act"
        recovered = rng.random() < (base if arm == "holdout" else changed)
        callers.append(
            Caller(
                person=number,
                arm=arm,
                assigned_at=at,
                recovered_at=at + DAY if recovered else None,
                recovered_by=RecoveredBy.OUR_CALL if recovered else None,
                amount=Money.of(100, "EUR") if recovered else None,
            )
        )
    return callers


def looked(callers: list[Caller], now: datetime, plan: Plan = PLAN, margin: Money | None = None) -> Standing:
    return look(callers, control="holdout", treated="act", plan=plan, began_at=BEGIN, now=now, margin=margin)


def test_the_first_verdict_is_kept_whatever_comes_after() -> None:
    """Far better for eight weeks; then those left alone do better for as long as it takes to hide it."""
    good = crowd(40, 56, base=0.2, changed=0.5)
    shift = timedelta(days=56)
    bad = [
        Caller(
            person=10_000 + each.person,
            arm="act" if each.arm == "holdout" else "holdout",
            assigned_at=each.assigned_at + shift,
            recovered_at=None if each.recovered_at is None else each.recovered_at + shift,
        )
        for each in good
    ]
    early = looked(good, BEGIN + timedelta(days=56))
    late = looked(good + bad, BEGIN + timedelta(days=130))
    assert early.reached is not None and early.reached.verdict is Verdict.BETTER
    assert late.reached == early.reached
    assert late.people.verdict is not Verdict.BETTER
    assert early.reached.difference.low is not None and early.reached.difference.low > 0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 60 * 24), st.floats(0.0, 0.5), st.integers(0, 1000))
def test_a_look_is_that_of_its_day_and_agrees_with_counting_anew(hours: int, lift: float, seed: int) -> None:
    callers = crowd(20, 60, base=0.3, changed=0.3 + lift, seed=seed)
    now = BEGIN + timedelta(hours=hours)
    found = looked(callers, now)
    assert found.looked_at <= now < found.looked_at + DAY
    counts = by_arm(callers, now=found.looked_at)
    assert (found.people.control, found.people.treated) == (counts["holdout"], counts["act"])
    looks = [BEGIN + day * DAY for day in range(7, hours // 24 + 1)]
    verdicts = []
    for at in looks:
        arms = by_arm(callers, now=at)
        compared = compare(control=arms["holdout"], treated=arms["act"], plan=PLAN)
        verdicts.append((compared.verdict, at, compared.n, compared.difference))
    first = next((each for each in verdicts if each[0] is not Verdict.NOT_YET), None)
    reached = found.reached
    assert first == (None if reached is None else (reached.verdict, reached.at, reached.n, reached.difference))


def test_money_has_its_own_verdict_and_none_without_a_value() -> None:
    callers = crowd(40, 90, base=0.2, changed=0.5)
    found = looked(callers, BEGIN + timedelta(days=97), margin=Money.of(5, "EUR"))
    assert found.money is not None and found.money_reached is not None and found.reached is not None
    assert found.money_reached.verdict is Verdict.BETTER
    assert (
        found.money.per_caller.middle == 100 * found.people.difference.middle
        or abs(found.money.per_caller.middle - 100 * found.people.difference.middle) < 1e-9
    )
    without = looked(callers, BEGIN + timedelta(days=97))
    assert (without.money, without.money_reached) == (None, None)


def test_before_the_first_outcome_it_says_how_many_weeks() -> None:
    found = looked(crowd(40, 3, base=0.2, changed=0.3), BEGIN + timedelta(days=3))
    assert (found.people.verdict, found.people.n, found.reached) == (Verdict.NOT_YET, 0, None)
    assert found.people.weeks is not None and found.people.weeks > 1
    nobody = looked([], BEGIN)
    assert (nobody.people.control, nobody.people.weeks) == (ArmCount(), None)


def test_the_plan_depends_on_the_share_alone() -> None:
    assert plan_for(0.1).planned > plan_for(0.5).planned > 500
    assert plan_for(0.1) == plan_for(0.1)
