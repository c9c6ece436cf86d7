from __future__ import annotations

import operator
import re
from dataclasses import fields

import pytest

from decroche.prove.claims import FACTS, GRADES, BadLedger, Claim, ClaimIsDisplayOnly, cited, load, parse

LEDGER = load()

ONE = """
[[claim]]
id = "a"
fr = "un"
en = "one"
values = ["1"]
source = "s"
publisher = "p"
grade = 2
reproducible = false
"""


def test_the_seeds_figures_are_all_there() -> None:
    missions = {mission for claim in LEDGER.values() for mission in claim.missions}
    assert {f"M{number:03}" for number in range(43, 59)} | {"M075", "M165", "M166", "M195"} <= missions
    assert {claim.id for claim in LEDGER.values() if "003" in claim.seeds} == {
        "missed-share-per-hour",
        "outside-hours-25",
        "ten-million-missed",
    }


def test_every_claim_is_worded_in_both_languages_and_graded() -> None:
    for claim in LEDGER.values():
        assert claim.wording("fr-CA") == claim.fr and claim.wording("en") == claim.en
        assert bool(claim.note("fr")) == bool(claim.note("en"))
        assert claim.grade in GRADES and claim.population and claim.source


@pytest.mark.parametrize("fact", FACTS)
def test_what_is_told_of_a_claim_is_told_in_both_languages(fact: str) -> None:
    untold = [claim.id for claim in LEDGER.values() if bool(claim.fact(fact, "fr")) != bool(claim.fact(fact, "en"))]
    assert untold == []
    english = re.compile(r"\b(the|of|no|not|and|in|said|unclear|calls|people|dealers|health|small)\b")
    foreign = [
        claim.id for claim in LEDGER.values() if english.search(claim.fact(fact, "fr-CA").replace("Future of", ""))
    ]
    assert foreign == []


def test_a_source_not_found_never_gets_a_star() -> None:
    for claim in LEDGER.values():
        if "no source given" in claim.source or "no study found" in claim.source:
            assert claim.grade == 0 and claim.stars == "✗"
    assert LEDGER["nps-best-sector"].stars == "★★★"


@pytest.mark.parametrize("calculate", [float, int, operator.index, lambda c: c * 2, lambda c: 2 * c, lambda c: c + 1])
def test_a_claim_refuses_to_be_calculated_with(calculate: object) -> None:
    assert callable(calculate)
    with pytest.raises(ClaimIsDisplayOnly, match="never-call-again is for display"):
        calculate(LEDGER["never-call-again"])


def test_a_claim_holds_no_number_but_its_year_and_grade() -> None:
    numbers = {
        f.name
        for claim in LEDGER.values()
        for f in fields(Claim)
        if isinstance(getattr(claim, f.name), (int, float)) and not isinstance(getattr(claim, f.name), bool)
    }
    assert numbers <= {"year", "grade"}
    assert all(isinstance(value, str) for claim in LEDGER.values() for value in claim.values)


def test_claims_are_found_by_mission_best_first() -> None:
    assert [claim.id for claim in cited(LEDGER, missions=["M165"])] == ["nps-best-sector", "nps-above-70"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE + ONE, "two claims share an id"),
        (ONE + 'contradicted_by = ["b"]', "a: contradicted by b"),
        (ONE + 'contradicted_by = ["a"]', "a: contradicted by a"),
        (ONE + "default = 3", "a: default is not a key"),
        (ONE.replace("[[claim]]", "[[claim]]\nyear = 2.5"), "a: year = 2.5 is not a int"),
        (ONE.replace('["1"]', "[1]"), "is not a list of text"),
        (ONE.replace("grade = 2", "grade = 4"), "the grade is 0 to 3"),
        (ONE.replace("grade = 2", ""), "a: grade is missing"),
        (ONE.replace("reproducible = false", "reproducible = 0"), "reproducible = 0 is not a bool"),
    ],
)
def test_a_bad_ledger_names_the_claim(text: str, message: str) -> None:
    with pytest.raises(BadLedger, match=message.replace("[", r"\[")):
        parse(text)
