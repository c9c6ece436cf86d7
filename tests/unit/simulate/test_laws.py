from __future__ import annotations

import numpy as np
import pytest

from decroche.simulate.chance import Chance
from decroche.simulate.demand import People
from decroche.simulate.phone_numbers import TooManyPeople, national_numbers, written
from decroche.simulate.world import HandleTime, Numbering, Patience

DRAWS = 20_000


def chance() -> Chance:
    return Chance(np.random.default_rng(1))


@pytest.mark.parametrize("law", [HandleTime(mean_s=200, cv=0.9), HandleTime(mean_s=200, exponential=True)])
def test_conversations_have_their_mean(law: HandleTime) -> None:
    """Within four standard errors: the standard deviation is at most the mean."""
    source = chance()
    mean = np.mean([source.conversation(law) for _ in range(DRAWS)])
    assert mean == pytest.approx(200, abs=4 * 200 / np.sqrt(DRAWS))


@pytest.mark.parametrize("shape", [0.7, 1.0, 2.0])
def test_patience_has_its_mean_whatever_its_shape(shape: float) -> None:
    """Within four standard errors: a Weibull law of shape 0.7 has a standard deviation of 1.46 means."""
    source = chance()
    mean = np.mean([source.patience(Patience(mean_s=100, shape=shape)) for _ in range(DRAWS)])
    assert mean == pytest.approx(100, abs=4 * 146 / np.sqrt(DRAWS))


def test_some_hang_up_at_once() -> None:
    source = chance()
    law = Patience(mean_s=1e9, hang_up_share=0.25, hang_up_max_s=6)
    share = np.mean([source.patience(law) <= 6 for _ in range(DRAWS)])
    assert share == pytest.approx(0.25, abs=4 * 0.44 / np.sqrt(DRAWS))


def people(count: int) -> People:
    nobody = np.zeros(count, dtype=np.bool_)
    return People(masked=nobody, mobile=~nobody, spam=nobody)


@pytest.mark.parametrize("numbering", list(Numbering))
def test_people_have_numbers_of_their_own(numbering: Numbering) -> None:
    numbers = national_numbers(people(9000), numbering, np.random.default_rng(1))
    assert len(set(numbers)) == 9000
    assert {len(number) for number in numbers} == {9 if numbering is Numbering.FRANCE else 10}


def test_too_many_people_for_the_ranges_is_an_error_that_says_so() -> None:
    with pytest.raises(TooManyPeople, match="10001 people, but only 10000 numbers"):
        national_numbers(people(10_001), Numbering.FRANCE, np.random.default_rng(1))


@pytest.mark.parametrize(
    ("national", "numbering", "inland", "abroad"),
    [
        ("639981234", Numbering.FRANCE, "0639981234", "+33639981234"),
        ("5145550123", Numbering.QUEBEC, "514-555-0123", "+15145550123"),
        ("6222000001", Numbering.UNASSIGNED, "6222000001", "+16222000001"),
    ],
)
def test_phone_systems_write_numbers_in_two_ways(national: str, numbering: Numbering, inland: str, abroad: str) -> None:
    assert written(national, numbering, international=False) == inland
    assert written(national, numbering, international=True) == abroad
