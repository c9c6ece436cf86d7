"""The interval for every look: against a published implementation, the ordinary interval and its own optimum."""

from __future__ import annotations

import math

import numpy as np
import pytest

from decroche.understand.sequential import callers_needed, price, share_error, share_variance, tuning

#: Half widths at σ = 1 from ``ville`` 0.1.0 (AsymptoticCS, two-sided): planned callers, risk, callers, half width.
PEER = [
    (200, 0.05, 100, 0.30786626408536333),
    (200, 0.05, 10_000, 0.03469980638327866),
    (500, 0.01, 100, 0.38537236153893434),
    (500, 0.05, 500, 0.1357348007113025),
    (2000, 0.05, 100, 0.46653355989021283),
    (2000, 0.05, 2000, 0.06786740035565131),
    (2000, 0.01, 2000, 0.07986354369327549),
    (4000, 0.01, 10_000, 0.036130348943467755),
]


@pytest.mark.parametrize(("planned", "risk", "callers", "half"), PEER)
def test_it_is_as_wide_as_a_published_implementation_says(planned: int, risk: float, callers: int, half: float) -> None:
    ours = float(price(float(callers), planned=planned, risk=risk)) / math.sqrt(callers)
    assert ours == pytest.approx(half, rel=1e-6)


@pytest.mark.parametrize("planned", [100.0, 2000.0])
def test_nothing_is_narrower_at_the_planned_number(planned: float) -> None:
    others = [float(price(planned, planned=planned * factor)) for factor in np.geomspace(0.1, 10, 101)]
    assert min(others) == pytest.approx(float(price(planned, planned=planned)), rel=1e-9)


def test_it_is_always_wider_than_the_interval_of_a_single_look() -> None:
    assert float(price(np.geomspace(1, 1e9, 200), planned=2000).min()) > 1.96 * 1.5


def test_the_error_is_that_of_the_ordinary_test() -> None:
    ordinary = math.sqrt(0.2 * 0.8 / 20_000 + 0.3 * 0.7 / 30_000)
    found = share_error(control=20_000.0, control_hits=4_000.0, treated=30_000.0, treated_hits=9_000.0)
    assert float(found) == pytest.approx(ordinary, rel=1e-3)


def test_the_difference_of_shares_is_the_mean_of_the_scores_of_each_caller() -> None:
    """AIPW with the arms' own shares: its mean is the difference, its standard error ours, for any split."""
    rng = np.random.default_rng(5)
    treated = rng.random(30_000) < 0.8
    hit = rng.random(30_000) < np.where(treated, 0.3, 0.2)
    share = treated.mean()
    rate, base = hit[treated].mean(), hit[~treated].mean()
    scores = (rate - base) + np.where(treated, (hit - rate) / share, -(hit - base) / (1 - share))
    assert scores.mean() == pytest.approx(rate - base, abs=1e-12)
    error = share_error(
        control=float((~treated).sum()),
        control_hits=float(hit[~treated].sum()),
        treated=float(treated.sum()),
        treated_hits=float(hit[treated].sum()),
    )
    assert scores.std() / math.sqrt(len(scores)) == pytest.approx(float(error), rel=1e-3)


@pytest.mark.parametrize("planned", [None, 500.0, 20_000.0])
@pytest.mark.parametrize("difference", [0.3, 0.05, 0.01])
def test_with_the_callers_needed_the_interval_just_leaves_zero(planned: float | None, difference: float) -> None:
    variance = share_variance(base=0.2, changed=0.2 + difference, share=0.5)
    callers = callers_needed(variance=variance, difference=difference, planned=planned)
    half = float(price(callers, planned=planned or callers)) * math.sqrt(variance / callers)
    assert half == pytest.approx(difference, rel=1e-6)


def test_more_certainty_a_smaller_difference_or_fewer_held_out_need_more_callers() -> None:
    half = share_variance(base=0.2, changed=0.3, share=0.5)
    tenth = share_variance(base=0.2, changed=0.3, share=0.1)
    expected = callers_needed(variance=half, difference=0.1)
    assert expected < callers_needed(variance=half, difference=0.1, power=0.8)
    assert expected < callers_needed(variance=half, difference=0.1, risk=0.01)
    assert expected < callers_needed(variance=tenth, difference=0.1)
    assert expected < callers_needed(variance=half, difference=0.1, planned=50 * expected)


@pytest.mark.parametrize(("planned", "risk"), [(0, 0.05), (100, 0.0), (100, 1.0)])
def test_a_plan_without_callers_or_risk_is_refused(planned: float, risk: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        tuning(planned, risk)


@pytest.mark.parametrize(("variance", "difference"), [(0.0, 0.1), (1.0, 0.0)])
def test_no_number_of_callers_tells_nothing_from_nothing(variance: float, difference: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        callers_needed(variance=variance, difference=difference)
