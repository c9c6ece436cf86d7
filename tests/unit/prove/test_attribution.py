"""Credits sum to the revenue whatever the paths are, and agree with an independent count of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.money import CurrencyMismatch, Money
from decroche.model.splitting import NothingToSplitBy, split
from decroche.model.touch import Path, Sale, Touch, Way
from decroche.prove.kpis import winning
from decroche.prove.kpis.credits import WINDOWS, Rule, credits, shares

SOLD = datetime(2026, 3, 31, 12, tzinfo=UTC)
cents = st.integers(-(10**9), 10**9)
weights = st.lists(st.floats(0, 1e6) | st.integers(0, 1000), min_size=1, max_size=30).filter(lambda w: sum(w) > 0)
touches = st.lists(
    st.builds(
        Touch,
        at=st.integers(-10, 200 * 24).map(lambda hours: SOLD - timedelta(hours=hours)),
        channel=st.sampled_from("abcdef"),
        way=st.sampled_from(Way),
    ),
    max_size=12,
)


def euros(amount: int) -> Money:
    return Money(Decimal(amount) / 100, "EUR")


@given(cents, weights)
def test_parts_sum_to_the_whole_and_are_less_than_a_cent_off(total: int, wanted: list[float]) -> None:
    parts = [Fraction(part.amount) * 100 for part in split(euros(total), wanted)]
    assert sum(parts) == total
    whole = sum((Fraction(each) for each in wanted), Fraction(0))
    for part, share in zip(parts, wanted, strict=True):
        assert part.denominator == 1
        assert abs(part - total * Fraction(share) / whole) < 1
        assert share or not part


@pytest.mark.parametrize("wanted", [[], [0.0, 0], [1, -1, 1]])
def test_some_shares_divide_nothing(wanted: list[float]) -> None:
    with pytest.raises(NothingToSplitBy):
        split(euros(100), wanted)


@given(st.lists(st.tuples(touches, cents.map(abs)), max_size=8), st.sampled_from(Rule), st.sampled_from(WINDOWS))
def test_credits_sum_to_the_revenue(sales: list[tuple[list[Touch], int]], rule: Rule, window: int) -> None:
    paths = [Path(touches=before, sale=Sale(at=SOLD, revenue=euros(revenue))) for before, revenue in sales]
    found = credits(paths, rule, currency="EUR", window_days=window)
    assert sum((part.revenue.amount for part in found.parts), Decimal(0)) == found.revenue.amount
    assert found.revenue == euros(sum(revenue for _, revenue in sales))
    assert sum(part.sales for part in found.parts) == pytest.approx(found.sales)


@given(touches, st.sampled_from(Rule), st.randoms(use_true_random=False))
def test_the_order_in_which_contacts_are_told_does_not_matter(before: list[Touch], rule: Rule, chance: object) -> None:
    sale = Sale(at=SOLD, revenue=euros(100_001))
    shuffled = list(before)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    first, second = (credits([Path(touches=each, sale=sale)], rule, currency="EUR") for each in (before, shuffled))
    assert first == second


@given(touches, st.sampled_from(Rule), st.integers(-12, 14))
def test_the_time_zone_does_not_matter(before: list[Touch], rule: Rule, hours: int) -> None:
    there = timezone(timedelta(hours=hours))
    moved = [Touch(at=each.at.astimezone(there), channel=each.channel, way=each.way) for each in before]
    sale = Sale(at=SOLD, revenue=euros(99_999))
    far = Sale(at=SOLD.astimezone(there), revenue=sale.revenue)
    assert credits([Path(touches=before, sale=sale)], rule, currency="EUR") == credits(
        [Path(touches=moved, sale=far)], rule, currency="EUR"
    )


def test_the_ages_of_the_reference_give_its_shares() -> None:
    before = [Touch(at=SOLD - timedelta(days=days), channel="x", way=Way.INBOUND) for days in (22, 15, 8, 1)]
    found = shares(before, Sale(at=SOLD, revenue=euros(1)), Rule.TIME_DECAY)
    assert found == pytest.approx([0.0667, 0.1333, 0.2667, 0.5333], abs=5e-5)


def test_two_currencies_are_not_added() -> None:
    path = Path(touches=[], sale=Sale(at=SOLD, revenue=Money.of(1, "CAD")))
    with pytest.raises(CurrencyMismatch):
        credits([path], Rule.LAST, currency="EUR")


def random_paths(number: int) -> list[tuple[list[str], int, int]]:
    """Channels in order, how many bought, and for how many cents in all."""
    rng = np.random.default_rng(20261123)
    names = [f"channel {letter}" for letter in "abcdefgh"]
    return [
        (
            [names[i] for i in rng.integers(0, len(names), rng.integers(1, 13))],
            int(rng.integers(0, 4)),
            int(rng.integers(1, 10**6)),
        )
        for _ in range(number)
    ]


def drawn(paths: Sequence[tuple[list[str], int, int]]) -> list[Path]:
    """Each as one sale, its contacts an hour apart."""
    found = []
    for channels, _, revenue in paths:
        n = len(channels)
        before = [
            Touch(at=SOLD - timedelta(hours=n - i), channel=channel, way=Way.INBOUND)
            for i, channel in enumerate(channels)
        ]
        found.append(Path(touches=before, sale=Sale(at=SOLD, revenue=euros(revenue))))
    return found


#: What the package ChannelAttribution 2.2.5 (heuristic_models) answered for ``random_paths(10_000)``, each one sale, on
#: 2026-11-23: the value of first and last touch, then the conversions and the value of linear touch.
_PEER = {
    "a": (6505909.36, 6493940.35, 1278.3189033188867, 6454597.777338021),
    "b": (6299447.83, 6156212.07, 1249.3516955266846, 6266657.392512609),
    "c": (6150368.10, 6333695.93, 1235.0241341991232, 6284993.116533174),
    "d": (6209621.13, 6224268.22, 1264.4991341991213, 6287126.070494565),
    "e": (6379864.27, 6383084.72, 1225.1736652236532, 6194558.271294362),
    "f": (6290188.92, 6306773.25, 1243.2107864357772, 6230373.01432071),
    "g": (6480077.71, 6084054.78, 1252.4577561327394, 6322575.718137808),
    "h": (5951290.01, 6284738.01, 1251.9639249639129, 6225885.969368678),
}


@pytest.mark.hard
def test_ten_thousand_random_paths_as_the_peer_divides_them() -> None:
    paths = drawn(random_paths(10_000))
    first, last, even = (
        {part.channel: part for part in credits(paths, rule, currency="EUR").parts}
        for rule in (Rule.FIRST, Rule.LAST, Rule.LINEAR)
    )
    for letter, (of_first, of_last, sales, value) in _PEER.items():
        channel = f"channel {letter}"
        assert float(first[channel].revenue) == of_first
        assert float(last[channel].revenue) == of_last
        assert even[channel].sales == pytest.approx(sales, abs=1e-6)
        # The peer divides cents, we do not: a hundredth of a cent a sale, rounded up and down.
        assert float(even[channel].revenue) == pytest.approx(value, abs=1.0)


@pytest.mark.hard
def test_ten_thousand_random_paths_against_a_plain_count() -> None:
    """The oracle knows no shares: it walks each path and adds exact fractions of cents."""
    paths = random_paths(10_000)
    wanted: dict[Rule, dict[str, Fraction]] = {Rule.FIRST: {}, Rule.LAST: {}, Rule.LINEAR: {}}
    for channels, _, revenue in paths:
        for rule, earning in (
            (Rule.FIRST, channels[:1]),
            (Rule.LAST, channels[-1:]),
            (Rule.LINEAR, channels),
        ):
            for channel in earning:
                earned = wanted[rule].get(channel, Fraction(0))
                wanted[rule][channel] = earned + Fraction(revenue, len(earning))
    for rule, expected in wanted.items():
        found = credits(drawn(paths), rule, currency="EUR")
        assert sum(part.revenue.amount for part in found.parts) * 100 == sum(revenue for *_, revenue in paths)
        for part in found.parts:
            assert part.channel is not None
            # Under 12 contacts, less than a cent is rounded away for each sale that a channel was part of.
            assert abs(Fraction(part.revenue.amount) * 100 - expected.get(part.channel, 0)) <= part.touched
            if rule is not Rule.LINEAR:
                assert Fraction(part.revenue.amount) * 100 == expected.get(part.channel, 0)


@pytest.mark.parametrize("n", [*range(6, 60), 999, 1000, 1001, 1500])
def test_the_interval_of_a_median_is_wide_enough(n: int) -> None:
    place = winning.median_interval(n)
    assert place is not None and 2 * sum(math.comb(n, k) for k in range(place + 1)) / 2**n <= 0.05
