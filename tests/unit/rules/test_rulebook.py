"""The rules as data: what a wrong file says, what a business may change, and that every reason has its words."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from decroche.language import LANGUAGES, Language
from decroche.rules.decision import decide
from decroche.rules.outreach import Known, Means, Outreach, Purpose
from decroche.rules.rulebook import BadRules, NotAdjustable, read_rules, rulebook
from decroche.rules.ruling import Basis, Grade, Verdict

RULE = """
[[rule]]
id = "X-1"
check = "limit"
count = 1
hours = 24
basis = "product"
source = "us"
grade = "I"
title_fr = "Un."
title_en = "One."
"""


def test_every_rule_says_where_it_comes_from() -> None:
    for rule in rulebook().rules:
        assert rule.source and rule.title_fr and rule.title_en, rule.id
        assert rule.grade in (Grade.D, Grade.I) or rule.source_date or rule.valid_from or rule.grade is Grade.B, rule.id
        assert rule.valid_from is None or rule.valid_until is None or rule.valid_from < rule.valid_until, rule.id


def test_what_is_not_verified_is_marked() -> None:
    unverified = {rule.id for rule in rulebook().rules if rule.grade is Grade.D}
    assert {"SMS-20", "SMS-11", "CALL-00", "CALL-13-LIST"} <= unverified


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rule =", "all: "),
        (RULE + RULE, "X-1 stands twice"),
        (RULE.replace('"limit"', '"magic"'), "X-1: 'magic'"),
        (RULE.replace("hours = 24", "weeks = 1"), "X-1: weeks is not known"),
        (RULE.replace('"product"', '"custom"'), "X-1: 'custom'"),
        (RULE.replace('title_fr = "Un."', ""), "title_fr"),
        (RULE.replace('"product"', '"law"') + "adjustable = true", "not adjustable"),
    ],
)
def test_a_wrong_file_says_which_rule(text: str, said: str) -> None:
    with pytest.raises(BadRules, match=said):
        read_rules({"all": text})


def test_a_business_changes_our_defaults_and_nothing_else() -> None:
    sunday = Outreach(
        means=Means.TEXT,
        purpose=Purpose.REPLY,
        recipient=33612345678,
        at=datetime(2026, 11, 23, 6, 30, tzinfo=UTC),
        country="FR",
    )
    earlier = rulebook().adjusted({"QUIET-01": {"hours": {"mon-sun": ["07:00-22:00"]}}})
    assert decide(sunday, Known()).verdict is Verdict.DELAY
    assert decide(sunday, Known(), rules=earlier).verdict is Verdict.ALLOW
    wrong: list[dict[str, dict[str, Any]]] = [{"SMS-04": {"hours": {}}}, {"QUIET-01": {"days": 3}}, {"NO-SUCH": {}}]
    for settings in wrong:
        with pytest.raises(NotAdjustable):
            rulebook().adjusted(settings)


def test_a_rule_holds_from_its_first_day_to_the_day_before_its_end() -> None:
    rule = rulebook().rule("SMS-04-2024")
    assert rule.basis is Basis.CHARTER
    held = [rule.in_force(day) for day in (date(2024, 8, 31), date(2024, 9, 1), date(2026, 2, 16), date(2026, 2, 17))]
    assert held == [False, True, True, False]


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_finding_speaks(code: str) -> None:
    night = Outreach(
        means=Means.TEXT,
        purpose=Purpose.REPLY,
        recipient=33612345678,
        at=datetime(2026, 11, 23, 22, tzinfo=UTC),
        country="FR",
    )
    found = decide(night, Known()).against[0]
    said = found.sentence(Language(code)).replace("\u00a0", " ").replace("\u202f", " ")
    assert "8" in said and "24" in said and "{" not in said
