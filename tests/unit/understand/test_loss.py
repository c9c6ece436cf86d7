from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.model.figures import Journeys
from decroche.model.money import Money
from decroche.understand.beliefs import BadRange, Belief, Beta, Fixed, LogitNormal, LogNormal, read_amount, read_share
from decroche.understand.loss import DRAWS, Loss, LossCounts, estimate, spread
from decroche.understand.loss_beside import NOTES, lifetime_value
from decroche.understand.loss_inputs import BadLossInput, LossInputs, Prices


def rng(seed: int = 7) -> np.random.Generator:
    return np.random.default_rng(seed)


COUNTS = LossCounts(journeys=130, observable=100, lost=45, open_at_end=30, new_callers=39)
RANGES = LossInputs.from_mapping({"margin": [200, 600], "conversion": "20-30 %", "need": "40-60 %"})


def priced(counts: LossCounts, inputs: LossInputs, seed: int = 7, draws: int = DRAWS) -> Loss:
    found = estimate(counts, inputs, days=90, rng=rng(seed), draws=draws)
    assert found.period is not None
    return found


def test_same_seed_same_answer() -> None:
    assert priced(COUNTS, RANGES) == priced(COUNTS, RANGES)
    assert priced(COUNTS, RANGES, seed=8) != priced(COUNTS, RANGES)


def test_monte_carlo_mean_is_the_closed_form() -> None:
    beliefs = (LogNormal.between(200, 600), LogitNormal.between(0.2, 0.3), Beta.counted(45, 100), Fixed(0.4))
    generator = rng()
    product = np.prod([belief.draw(generator, 1_000_000) for belief in beliefs], axis=0)
    assert product.mean() == pytest.approx(np.prod([belief.mean for belief in beliefs]), rel=0.005)


def test_interval_surrounds_the_mean_and_scales_by_days() -> None:
    found = priced(COUNTS, RANGES)
    assert found.period is not None and found.month is not None and found.year is not None
    assert found.period.low < found.period.middle < found.period.mean < found.period.high
    assert float(found.year.mean) == pytest.approx(float(found.period.mean) * 365 / 90, abs=0.02)
    assert float(found.month.mean) == pytest.approx(float(found.year.mean) / 12, abs=0.01)


def test_departments_have_their_own_prices_and_share_the_doubts() -> None:
    counts = LossCounts(journeys=100, observable=100, lost=60, open_at_end=0, departments={"sales": 20, "parts": 20})
    inputs = LossInputs.from_mapping(
        {"margin": 100, "conversion": 0.5, "departments": {"sales": {"margin": 1000}, "body": {"margin": 9}}}
    )
    found = priced(counts, inputs)
    assert found.period is not None
    assert {name: float(amount.mean) for name, amount in found.departments.items()} == {"sales": 10_000, "parts": 1_000}
    assert float(found.period.mean) == 12_000

    shared = LossInputs.from_mapping({"margin": [10, 1000], "conversion": 1})
    both = priced(counts, shared).departments
    assert both["sales"].low == both["parts"].low


def test_new_customers_bring_their_lifetime() -> None:
    told = {"margin": 100, "conversion": 1, "lifetime_value": 1100, "new_customers": 0.3, "referral": 0.5}
    found = priced(COUNTS, LossInputs.from_mapping(told))
    assert found.customer is not None and float(found.customer.mean) == 600

    del told["new_customers"]
    from_log = priced(COUNTS, LossInputs.from_mapping(told))
    assert from_log.customer is not None
    assert float(from_log.customer.mean) == pytest.approx((100 + 1000 * 39.5 / 131) * 1.5, abs=0.01)
    assert "new_customers_from_log" in from_log.notes

    blind = priced(LossCounts(journeys=1, observable=1, lost=1, open_at_end=0), LossInputs.from_mapping(told))
    assert blind.customer is not None and float(blind.customer.mean) == 150
    assert "lifetime_value_unused" in blind.notes


def test_notes_say_what_the_interval_covers() -> None:
    exact = LossInputs.from_mapping({"margin": 400, "conversion": 0.25, "need": 1})
    assert priced(COUNTS, exact).notes == ("only_counting", "open_journeys")
    assert "need_not_told" in priced(COUNTS, LossInputs.from_mapping({"margin": 400, "conversion": 0.25})).notes
    assert "only_counting" not in priced(COUNTS, RANGES).notes
    assert all(NOTES[note].fr and NOTES[note].en for note in priced(COUNTS, exact).notes)


def test_a_free_remedy_needs_nobody_and_an_unsold_product_has_none() -> None:
    told: dict[str, object] = {"margin": 400, "conversion": 0.25, "remedy_per_month": 150, "ad_spend": "1 000 €"}
    inputs = LossInputs.from_mapping(told)
    assert inputs.ad_spend == Money.of(1000.0, "EUR")
    assert priced(COUNTS, inputs).remedy is not None
    assert priced(COUNTS, LossInputs.from_mapping({**told, "conversion": 0})).remedy is None


def test_no_observable_journey_gives_no_rate() -> None:
    found = priced(LossCounts(journeys=3, observable=0, lost=0, open_at_end=3), RANGES)
    assert found.not_recovered.value is None and found.not_recovered_spread is None
    assert found.period is not None and float(found.period.mean) > 0


@pytest.mark.parametrize(("lost", "departments"), [(11, {}), (-1, {}), (5, {"a": 4, "b": 2})])
def test_counts_must_add_up(lost: int, departments: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="add up"):
        LossCounts(journeys=10, observable=10, lost=lost, open_at_end=0, departments=departments)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"margin": 0}, "margin: must be above 0"),
        ({"margin": "25 %"}, "margin: is an amount"),
        ({"margin": "1,200"}, "margin: 1,200 can be read two ways: write 1200"),
        ({"margin": "1.200-2.000"}, "margin: 1.200 can be read two ways"),
        ({"margin": "lots"}, "margin: 'lots' is not a number"),
        ({"margin": True}, "margin: True is not a number"),
        ({"margin": float("nan")}, "margin: nan is not a number"),
        ({"margin": -5}, "margin: -5 is not a number"),
        ({"margin": [600, 250]}, "margin: runs from 600 down to 250"),
        ({"margin": [1, 2, 3]}, "margin: is one number, or a low and a high one"),
        ({"conversion": 25}, "conversion: is a share: write 25 % or 0.25"),
        ({"conversion": "120 %"}, "conversion: cannot exceed 100 %"),
        ({"conversion": "0-30 %"}, "conversion: as a range must stay above 0 %"),
        ({"marge": 3}, "marge: is not an input: did you mean margin?"),
        ({"zzz": 3}, "zzz: is not an input: known are ad_calls"),
        ({"currency": "€"}, "currency: '€' is not a currency"),
        ({"remedy_per_month": [1, 2]}, "remedy_per_month: is one amount"),
        ({"ad_spend": "x"}, "ad_spend: 'x' is not a number"),
        ({"ad_calls": "50"}, "ad_calls: says nothing alone"),
        ({"ad_calls": 50, "ad_missed": "x"}, "ad_missed: is a whole number"),
        ({"ad_calls": 50, "ad_missed": 51}, "ad_missed: is at most ad_calls"),
        ({"departments": 3}, "departments: is a table"),
        ({"departments": {"sales": 3}}, "departments.sales: is a table"),
        ({"departments": {"sales": {"marge": 3}}}, "departments.sales.marge: is not an input"),
        ({"departments": {"sales": {"need": 3}}}, "departments.sales.need: is a share: write 3 %"),
    ],
)
def test_errors_name_the_key_and_the_way_out(told: dict[str, object], message: str) -> None:
    with pytest.raises(BadLossInput) as caught:
        LossInputs.from_mapping(told)
    assert str(caught.value).startswith(message)


def test_calls_that_advertising_brought_are_told_as_text_or_numbers() -> None:
    assert LossInputs.from_mapping({"ad_calls": "1 250", "ad_missed": 30}).ad_calls == (1250, 30)


def test_an_empty_mapping_has_no_defaults() -> None:
    assert LossInputs.from_mapping({}).prices == Prices()
    assert LossInputs.from_mapping({"referral": 0}).prices.referral == Fixed(0.0)


def test_spaces_and_commas_of_french_numbers() -> None:
    assert read_amount("1\u202f200,50 €") == Fixed(1200.5)
    assert read_share("12,5 %") == Fixed(0.125)
    with pytest.raises(BadRange):
        read_amount("12 50")


@given(low=st.floats(0.01, 0.98), width=st.floats(0.001, 0.5))
@settings(deadline=None, max_examples=40)
def test_a_range_of_shares_has_its_mean_inside_zero_and_one(low: float, width: float) -> None:
    high = min(low + width, 0.99)
    belief = LogitNormal.between(low, high)
    assert low - 0.05 <= belief.mean <= high + 0.05
    drawn = np.quantile(belief.draw(rng(), 20_000), (0.1, 0.9))
    assert drawn == pytest.approx([low, high], abs=0.02)


def test_only_single_values_are_certain() -> None:
    beliefs: list[Belief] = [Fixed(1), LogNormal.between(1, 2), LogitNormal.between(0.1, 0.2), Beta.counted(1, 2)]
    assert [belief.certain for belief in beliefs] == [True, False, False, False]


def test_counts_come_from_an_audit() -> None:
    journeys = Journeys(
        journeys=130,
        observable=100,
        recovered_by_caller=40,
        recovered_by_us=15,
        lost=45,
        open_at_end=30,
        attempts_mean=1.4,
        windows=(),
        masked_missed=12,
        internal_missed=3,
        new_callers=39,
        missed_called_back=None,
    )
    assert LossCounts.of(journeys) == COUNTS
    assert LossCounts.of(journeys, {"sales": 5}).departments == {"sales": 5}


def test_years_are_discounted_one_by_one() -> None:
    value = lifetime_value(per_purchase=Money.of(100, "EUR"), purchases_per_year=1, years=1.5, discount=0.25)
    assert float(value) == pytest.approx(100 + 0.5 * 100 / 1.25)


@pytest.mark.hard
def test_the_interval_covers_the_truth_eight_times_in_ten() -> None:
    world = rng(11)
    margin, conversion = LogNormal.between(200, 600), LogitNormal.between(0.15, 0.35)
    inputs = LossInputs(prices=Prices(margin=margin, conversion=conversion))
    covered, worlds = 0, 600
    for _ in range(worlds):
        stays_lost = world.beta(4, 4)
        lost, undecided = int(world.binomial(200, stays_lost)), int(world.binomial(40, stays_lost))
        buyers = world.binomial(lost + undecided, conversion.draw(world, 1)[0])
        truth = buyers * margin.draw(world, 1)[0]
        counts = LossCounts(journeys=240, observable=200, lost=lost, open_at_end=40)
        found = estimate(counts, inputs, days=90, rng=world, draws=4_000).period
        assert found is not None
        covered += float(found.low) <= truth <= float(found.high)
    assert 0.76 <= covered / worlds <= 0.84


def test_the_range_of_a_rare_loss_holds_its_mean() -> None:
    found = spread(np.array([0.0] * 95 + [1000.0] * 5))
    assert (found.low, found.mean, found.high) == (0, 50, 50)
