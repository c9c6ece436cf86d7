"""No cent of a cost is lost: over the days of a period, over those who bear it, and over the lines."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.cost import Among, BadCostLine, CostKind, CostLine, Key, Nature, Rhythm, Sharing
from decroche.model.money import CurrencyMismatch, Money
from decroche.prove.kpis.costs import NOBODY, Counted, allocated, period_cost, prorated, runs_in

START = date(2024, 1, 1)
days = st.integers(0, 1200).map(lambda number: START + timedelta(days=number))
amounts = st.integers(0, 10**7).map(lambda cents: Money(Decimal(cents) / 100, "EUR"))
names = st.sampled_from(["Lyon", "Nice", "Metz", "Brest"])
counts = st.dictionaries(
    names, st.builds(Counted, calls=st.integers(0, 900), minutes=st.floats(0, 1e5), heads=st.integers(0, 9))
)
sharings = st.none() | st.builds(
    Sharing,
    among=st.sampled_from(Among),
    key=st.sampled_from([Key.CALLS, Key.MINUTES, Key.HEADS]),
    shares=st.dictionaries(names, st.just(1.0)),
) | st.builds(
    Sharing,
    among=st.sampled_from(Among),
    key=st.just(Key.FIXED),
    shares=st.dictionaries(names, st.sampled_from([0.05, 0.1, 0.25]), min_size=1),
)  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> CostLine:
    begins = draw(days)
    return CostLine(
        kind=draw(st.sampled_from(CostKind)),
        label="x",
        amount=draw(amounts),
        rhythm=draw(st.sampled_from(Rhythm)),
        begins=begins,
        ends=draw(st.none() | st.integers(0, 500).map(lambda number: begins + timedelta(days=number))),
        nature=draw(st.sampled_from(Nature)),
        per_call=draw(st.booleans()),
        sharing=draw(sharings),
    )


@given(lines(), st.lists(days, min_size=3, max_size=6))
def test_the_parts_of_a_period_sum_to_the_period(line: CostLine, cuts: list[date]) -> None:
    cuts = sorted(cuts)
    parts = [prorated(line, begin=a, end=b).amount for a, b in pairwise(cuts)]
    assert sum(parts) == prorated(line, begin=cuts[0], end=cuts[-1]).amount
    assert min(parts) >= 0
    if not runs_in(line, begin=cuts[0], end=cuts[-1]):
        assert sum(parts) == 0


@given(lines(), days)
def test_a_whole_rhythm_costs_its_amount(line: CostLine, day: date) -> None:
    whole = {
        Rhythm.MONTHLY: (day.replace(day=1), (day.replace(day=28) + timedelta(days=4)).replace(day=1)),
        Rhythm.YEARLY: (date(day.year, 1, 1), date(day.year + 1, 1, 1)),
    }
    if line.rhythm in whole:
        begin, end = whole[line.rhythm]
        if line.begins <= begin and (line.ends is None or line.ends >= end):
            assert abs(prorated(line, begin=begin, end=end).amount - line.amount.amount) <= Decimal("0.01")


@given(lines(), amounts, counts, st.sampled_from(Among))
def test_who_bears_a_cost_bears_all_of_it(
    line: CostLine, amount: Money, counted: dict[str, Counted], among: Among
) -> None:
    parts = allocated(amount, line, counted, among=among)
    assert sum((part.amount for part in parts.values()), Decimal(0)) == amount.amount
    assert all(part.amount >= 0 for part in parts.values())


@given(st.lists(lines(), max_size=6), days, st.integers(1, 400), counts, st.sampled_from(Among))
def test_every_sum_of_a_period_is_that_of_its_lines(
    given: list[CostLine], begin: date, length: int, counted: dict[str, Counted], among: Among
) -> None:
    end = begin + timedelta(days=length)
    found = period_cost(given, begin=begin, end=end, currency="EUR", counted=counted, among=among)
    total = found.total.amount
    assert total == sum(each.cost.amount for each in found.lines)
    for parts in (found.by_kind, found.by_nature, found.borne):
        assert sum(part.amount for part in parts.values()) == total
    assert found.per_call.amount == sum(each.cost.amount for each in found.lines if each.line.per_call)
    assert len(found.lines) == sum(runs_in(line, begin=begin, end=end) for line in given)


def test_a_key_that_nobody_has_anything_of_leaves_the_cost_to_nobody() -> None:
    line = CostLine(
        kind=CostKind.OTHER,
        label="x",
        amount=Money.of(10, "EUR"),
        rhythm=Rhythm.ONCE,
        begins=START,
        sharing=Sharing(among=Among.SITE, key=Key.CALLS),
    )
    assert allocated(line.amount, line, {"Lyon": Counted()}, among=Among.SITE) == {NOBODY: line.amount}


def test_another_currency_is_not_added() -> None:
    line = CostLine(
        kind=CostKind.OTHER, label="x", amount=Money.of(1, "CAD"), rhythm=Rhythm.ONCE, begins=START
    )  # fmt: skip
    with pytest.raises(CurrencyMismatch):
        period_cost([line], begin=START, end=START + timedelta(days=1), currency="EUR", counted={})


@pytest.mark.parametrize(
    ("why", "more"),
    [
        ("amount", {"amount": Money.of(-1, "EUR")}),
        ("days", {"ends": START - timedelta(days=1)}),
        ("days", {"ends": date(9999, 12, 31)}),
        ("begins", {"begins": date(1, 1, 1)}),
    ],
)
def test_some_lines_cannot_be(why: str, more: dict[str, object]) -> None:
    given = {"kind": CostKind.OTHER, "label": "x", "amount": Money.of(1, "EUR"), "rhythm": Rhythm.ONCE, "begins": START}
    with pytest.raises(BadCostLine) as error:
        CostLine(**{**given, **more})  # type: ignore[arg-type]
    assert error.value.why == why


@pytest.mark.parametrize("shares", [{}, {"": 0.5}, {"Lyon": -0.1}, {"Lyon": 0.7, "Nice": 0.4}])
def test_some_shares_cannot_be(shares: dict[str, float]) -> None:
    with pytest.raises(BadCostLine):
        Sharing(among=Among.SITE, key=Key.FIXED, shares=shares)
