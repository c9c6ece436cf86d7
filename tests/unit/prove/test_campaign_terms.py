"""What people tell of a campaign's money, as they write it; and what is said of its figures."""

from __future__ import annotations

import pytest

from decroche.language import Language
from decroche.model.campaign import CampaignCounts, Denominator, Row, Tally
from decroche.model.money import Money
from decroche.prove.campaign_terms import BadTerm, read_terms
from decroche.prove.campaign_words import advice_said, figures
from decroche.prove.kpis.campaign_indicators import indicators
from decroche.prove.kpis.campaign_lever import advise


def test_terms_are_read_as_people_write_them() -> None:
    terms = read_terms({
        "currency": "cad", "cost": "4 000 $", "margin": "400", "closing": "10-15 %", "profit": "25 %", "goal": "3,5 %",
        "goal_per": "contact", "bands": "0 %: faible; 3 %: bon", "bands_source": "notre secteur, 2025", "revenue": None,
    })  # fmt: skip
    assert terms.cost == Money.of(4000.0, "CAD") and terms.revenue is None
    assert terms.closing == (0.1, 0.15)
    assert terms.goal is not None and terms.goal[0] is Denominator.CONTACT and round(terms.goal[1], 6) == 0.035
    assert terms.bands is not None and terms.bands.limits == ((0.0, "faible"), (0.03, "bon"))


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("currency", {"currency": "euros"}),
        ("cost", {"cost": "beaucoup"}),
        ("margin", {"margin": "200-300"}),
        ("closing", {"closing": "120 %"}),
        ("closing", {"closing": "15-10 %"}),
        ("goal_per", {"goal": "3 %", "goal_per": "visite"}),
        ("bands", {"bands": "bon", "bands_source": "x"}),
        ("bands", {"bands": "3 %: bon; 1 %: faible", "bands_source": "x"}),
        ("bands_source", {"bands": "0 %: faible"}),
    ],
)
def test_what_cannot_be_read_is_named(key: str, told: dict[str, str]) -> None:
    with pytest.raises(BadTerm) as error:
        read_terms(told)
    assert error.value.key == key


@pytest.mark.parametrize("code", ["fr", "fr-CA", "en"])
def test_every_figure_says_what_it_is_of_or_what_is_missing(code: str) -> None:
    language = Language(code)
    terms = read_terms({"cost": "4000", "margin": "400", "closing": "12.5 %", "profit": "10 %"})
    tally = Tally(dials=2667, opportunities=80)
    shown = list(figures(indicators(tally, terms), terms, language))
    assert all(each.of or each.missing or each.interval or each.shown for each in shown)
    assert [each.shown for each in shown if each.missing] == ["–", "–", "–"]
    conversion = shown[0]
    assert conversion.shown.replace(",", ".").startswith("3.00")
    assert conversion.interval is not None and "95" in conversion.interval
    advice = list(advice_said(advise(CampaignCounts(row=Row.DIAL, total=tally), terms), language))
    assert advice and all(sentence.strip() for sentence in advice)
