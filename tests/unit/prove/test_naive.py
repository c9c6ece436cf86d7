from __future__ import annotations

import importlib

import pytest

from decroche.model.money import Money
from decroche.prove import kpis
from decroche.prove.kpis import campaign, certainty, shares
from decroche.prove.naive import EXAMPLES, SECTORS, WHY, yearly_mean_of_sectors
from decroche.prove.seed_errors import SEED_ERRORS
from decroche.prove.sources import SOURCES
from decroche.prove.vendor_profiles import PROFILES


def test_the_examples_are_what_the_seeds_print_and_what_they_should() -> None:
    assert {figure.key: (float(figure.printed), float(figure.right)) for figure in EXAMPLES} == {
        "per_call": (125, 125),
        "per_day": (625, 625),
        "lifetime": (3000, 750),
        "ads": (600, 600),
        "sectors": (126_000, 161_520),
    }


def test_the_sector_table_over_a_year() -> None:
    assert yearly_mean_of_sectors() == Money.of(161_520, "USD")
    yearly = sorted(float(sector.printed * 12) for sector in SECTORS)
    assert (yearly[0], yearly[-1]) == (117_600, 210_000)


def test_every_reason_is_given_in_both_languages() -> None:
    for why in WHY.values():
        assert why.fr != why.en and why.key.startswith("naive.")


def test_seed_errors_are_numbered_and_answered() -> None:
    assert [error.number for error in SEED_ERRORS] == list(range(1, 27))
    for error in SEED_ERRORS:
        assert error.shown_by or error.later


@pytest.mark.parametrize("name", sorted({name for error in SEED_ERRORS for name in error.shown_by}))
def test_what_answers_a_seed_error_exists(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)


def test_every_source_cited_by_a_profile_is_listed() -> None:
    assert {profile.source for profile in PROFILES} <= set(SOURCES)
    assert len({profile.key for profile in PROFILES}) == len(PROFILES)
    assert kpis.__doc__


def test_an_unlabelled_gain_is_refused() -> None:
    invested, gain = Money.of(120_000, "EUR"), Money.of(180_000, "EUR")
    assert campaign.roi(invested=invested, yearly_gain=gain, kind=campaign.GainKind.NET) == 1.5
    assert campaign.roi(invested=invested, yearly_gain=gain, kind=campaign.GainKind.GROSS) == 0.5
    with pytest.raises(TypeError, match="kind"):
        campaign.roi(invested=invested, yearly_gain=gain)  # type: ignore[call-arg]


def test_a_loss_making_investment_never_pays_back() -> None:
    found = campaign.return_on_investment(invested=Money.of(10, "EUR"), yearly_gain=Money.of(-1, "EUR"))
    assert found.payback_months is None


def test_bands_have_no_holes() -> None:
    bands = [(0.01, "common"), (0.03, "good"), (0.06, "excellent")]
    assert [campaign.band(rate, bands) for rate in (0.005, 0.01, 0.025, 0.03, 0.2)] == [
        None,
        "common",
        "common",
        "good",
        "excellent",
    ]


def test_rounding_up_to_two_thirds_is_not_the_number() -> None:
    assert round(100 - 37.8, 1) == 62.2
    assert shares.peak(share=3 * 0.027, group_share=0.75, group_hours=45).share == pytest.approx(0.081)


def test_equal_rates_cannot_be_told_apart() -> None:
    with pytest.raises(ValueError, match="equal"):
        certainty.sample_size_per_arm(base=0.3, changed=0.3)
