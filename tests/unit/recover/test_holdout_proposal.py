"""A hold-out is proposed only where it will answer, and its price is told."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.figures import Rate
from decroche.recover.holdout_proposal import SAYINGS, SHARES, Decision, Proposal, propose
from decroche.understand.beliefs import Fixed, LogNormal


def asked(a_day: float, recovered: int = 200, of: int = 1000, *, value: float | None = None) -> Proposal:
    told = None if value is None else Fixed(value)
    return propose(
        callers_per_day=a_day, base=Rate(recovered, of), rng=np.random.default_rng(7), value=told, currency="CAD"
    )


@given(st.integers(0, 45_000), st.integers(0, 1000))
def test_what_is_proposed_answers_in_time_and_what_is_not_would_not(a_quarter: int, recovered: int) -> None:
    a_day = a_quarter / 90
    found = asked(a_day, recovered)
    if found.decision is Decision.PROPOSED:
        assert found.callers is not None and found.share in SHARES
        assert found.callers / a_day + 7 <= 90
    if found.decision is Decision.NOT_ENOUGH_CALLERS:
        assert found.weeks is not None and found.weeks > 90 / 7
        assert found.share is None and found.recoveries is None


def test_more_callers_need_a_smaller_share() -> None:
    shares = [asked(a_day).share for a_day in (14, 16, 20, 30, 60)]
    assert shares == sorted(filter(None, shares), reverse=True)
    assert shares[-1] == 0.1 < (shares[0] or 0)


def test_the_price_is_an_interval_around_what_is_expected() -> None:
    found = asked(40, value=150)
    assert found.recoveries is not None and found.money is not None and found.held_out is not None
    assert found.recoveries.low < found.recoveries.mean < found.recoveries.high < found.held_out
    assert found.money.low < found.money.mean < found.money.high
    assert float(found.money.mean) == round(150 * found.recoveries.mean, 2)
    assert found.money.currency == "CAD"


def test_an_uncertain_value_widens_the_price() -> None:
    sure, unsure = (
        propose(callers_per_day=40, base=Rate(200, 1000), rng=np.random.default_rng(7), value=value).money
        for value in (Fixed(100), LogNormal.around(mean=100, sigma=1))
    )
    assert sure is not None and unsure is not None
    assert unsure.high - unsure.low > (sure.high - sure.low) * 1.2


def test_the_reason_has_all_its_numbers() -> None:
    for found in (asked(40), asked(1), asked(0), asked(40, 950)):
        for language in ("fr", "en"):
            assert "{" not in found.why.text(language).format(**found.values)
            assert "None" not in found.why.text(language).format(**found.values)
    assert {found.decision for found in (asked(40), asked(1), asked(0), asked(40, 950))} == set(SAYINGS)
