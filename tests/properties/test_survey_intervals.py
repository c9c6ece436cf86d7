"""Intervals of what callers say cover the truth at their level, also where nearly everybody is pleased."""

from __future__ import annotations

import numpy as np
import pytest

from decroche.model.survey import SCALES, Question
from decroche.prove.kpis.satisfaction import mean, promoters, top_two

pytestmark = pytest.mark.hard

_TIMES = 4000
#: 95 % and no less than so, for any of the populations: an interval is made of whole answers.
_LEAST, _ON_AVERAGE = 0.925, 0.945


def drawn(values: list[int], shares: list[float], n: int) -> list[dict[int, int]]:
    """Many samples of ``n`` answers."""
    counts = np.random.default_rng(20260304).multinomial(n, shares, size=_TIMES)
    return [dict(zip(values, (int(each) for each in row), strict=True)) for row in counts]


@pytest.mark.parametrize("n", [30, 50, 200])
def test_an_nps(n: int) -> None:
    covered = []
    for p, d in [(0.6, 0.2), (0.4, 0.4), (0.9, 0.05), (0.97, 0.01), (0.1, 0.7), (0.3, 0.1), (0.75, 0.25)]:
        truth = 100 * (p - d)
        found = [promoters(values) for values in drawn([10, 8, 0], [p, 1 - p - d, d], n)]
        share = np.mean([each.low <= truth <= each.high for each in found])  # type: ignore[operator]
        assert share >= _LEAST, (p, d, share)
        covered.append(share)
    assert np.mean(covered) >= _ON_AVERAGE


@pytest.mark.parametrize("n", [30, 50, 200])
def test_a_mean(n: int) -> None:
    scale, covered = SCALES[Question.COMPETENCE], []
    for shares in (
        [0.05, 0.05, 0.1, 0.3, 0.5], [0.2, 0.2, 0.2, 0.2, 0.2], [0.02, 0.0, 0.0, 0.08, 0.9], [0.5, 0, 0, 0, 0.5],
        [0.0, 0.0, 0.0, 0.01, 0.99],
    ):  # fmt: skip
        truth = sum(value * share for value, share in zip(range(1, 6), shares, strict=True))
        found = [mean("competence", values, scale) for values in drawn([1, 2, 3, 4, 5], shares, n)]
        share = np.mean([each.low <= truth <= each.high for each in found])  # type: ignore[operator]
        assert share >= _LEAST, (shares, share)
        covered.append(share)
    assert np.mean(covered) >= _ON_AVERAGE


@pytest.mark.parametrize("n", [10, 30, 200])
def test_a_csat(n: int) -> None:
    covered = []
    for good in (0.5, 0.7, 0.85, 0.95):
        found = [top_two(values) for values in drawn([5, 2], [good, 1 - good], n)]
        share = np.mean([each.low <= good <= each.high for each in found])  # type: ignore[operator]
        assert share >= 0.89, (good, share)
        covered.append(share)
    assert np.mean(covered) >= _ON_AVERAGE - 0.01
