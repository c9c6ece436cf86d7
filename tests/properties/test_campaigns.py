"""Campaigns row by row and in columns give the same counts, whatever the table; and their figures hold together."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.campaign import Followed, Rung
from decroche.prove.kpis.campaign_attempts import attempts
from decroche.prove.kpis.campaign_cohorts import all_together
from tests.spec.campaigns import in_columns, in_plain
from tests.spec.table import Cell, Row

_TRUTH = st.booleans()
_FIRST = datetime.fromisoformat("2026-01-01")
_AT = st.none() | st.integers(0, 10_000_000).map(lambda seconds: _FIRST + timedelta(seconds=seconds))


@st.composite
def tables(draw: st.DrawFn) -> list[Row]:
    """Tables with any of the columns, some of them empty in places."""
    columns = draw(st.sets(st.sampled_from(["person", "dials", "at", "reached", "sale", "amount", "sold_at"])))
    rows = draw(st.integers(1, 12))
    values: dict[str, st.SearchStrategy[Cell]] = {
        "person": st.none() | st.sampled_from(["anna", "bob", "carl"]),
        "dials": st.integers(1, 4),
        "at": _AT,
        "reached": _TRUTH,
        "sale": _TRUTH,
        "amount": st.none() | st.integers(0, 5000),
        "sold_at": _AT,
    }
    return [{name: draw(values[name]) for name in sorted(columns)} | {"opportunity": draw(_TRUTH)} for _ in range(rows)]


@pytest.mark.hard
@given(tables(), st.sampled_from(["person", "dial"]))
def test_both_ways_to_count_agree(rows: list[Row], row: str) -> None:
    if row == "dial":
        rows = [{name: value for name, value in each.items() if name != "dials"} for each in rows]
    assert in_columns(rows, row) == in_plain(rows, row)


rungs = st.lists(
    st.tuples(st.integers(1, 6), st.none() | st.integers(1, 6), st.integers(0, 50)).map(
        lambda each: Rung(each[0], None if each[1] is None else min(each[0], each[1]), each[2])
    ),
    max_size=10,
)


@given(rungs)
def test_attempts_lose_nobody(ladder: list[Rung]) -> None:
    lines = attempts(ladder)
    assert sum(line.at.numerator for line in lines) == sum(each.people for each in ladder if each.converted_at)
    assert sum(line.last.denominator for line in lines) <= sum(each.people for each in ladder)
    assert [line.at.denominator for line in lines] == sorted((line.at.denominator for line in lines), reverse=True)


@pytest.mark.hard
def test_the_range_of_sales_to_come_covers_what_comes() -> None:
    """People buy with 20 %, after about 40 days; half of the campaign is young. 95 % of the ranges must hold."""
    rng = np.random.default_rng(7)
    held, worlds = 0, 400
    for _ in range(worlds):
        followed = np.where(np.arange(600) < 300, 120, rng.integers(5, 90, 600))
        delay = np.where(rng.random(600) < 0.2, rng.exponential(40, 600).astype(int), 10_000)
        cells = [
            Followed(_FIRST.date(), int(days), int(after) if after <= days else None, 1)
            for days, after in zip(followed, delay, strict=True)
        ]
        found = all_together(cells, horizons=(90,))[0]
        assert found.expected is not None
        held += found.low <= int((delay <= 90).sum()) <= found.high
    assert held / worlds >= 0.95
    assert held / worlds < 1
