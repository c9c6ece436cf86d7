"""The evidence of a cause is sentences; the advertisement says which calls it is charged with."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from decroche.language import Language
from decroche.model.figures import Cause
from decroche.model.money import Money
from decroche.prove.reports.annex_money import cost
from decroche.prove.reports.annex_people import CAUSES, reasons
from decroche.prove.reports.assumptions import WORDS
from decroche.prove.reports.blocks import Table
from decroche.prove.vendor_profiles import PROFILES
from decroche.understand.causes import HourOfDay, Signs, first_signs
from decroche.understand.loss_beside import sunk_ad_spend
from tests.unit.reports import sample


def evidence(causes: tuple[Cause, ...], code: str = "fr") -> dict[str, str]:
    inputs = replace(sample.inputs(), figures=replace(sample.figures(), causes=causes))
    table = next(
        block
        for block in reversed(reasons(inputs, Language(code)).blocks)
        if isinstance(block, Table) and len(block.rows) == len(CAUSES)
    )
    return {name: re.sub(r"[\u00a0\u202f]", " ", row[3].text) for name, row in zip(CAUSES, table.rows, strict=True)}


def signs(**changes: object) -> Signs:
    quiet = [HourOfDay(weekday=2, hour=10, offered=20, missed=2) for _ in range(10)]
    worst = [HourOfDay(weekday=1, hour=13, offered=20, missed=14) for _ in range(10)]
    peak = [HourOfDay(weekday=2, hour=10, offered=60, missed=9)]
    base = Signs(
        missed=400,
        missed_closed=100,
        missed_by_reason={"abandoned_queue": 40, "no_answer": 60, "busy": 12, "technical_failure": 1},
        open_hours=[*quiet, *worst, *peak],
        wait_before_leaving_s=29.4,
        waits_known=40,
        outbound_calls=55,
        journeys=200,
        not_called_back=150,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_each_cause_says_what_was_seen() -> None:
    assert evidence(first_signs(signs())) == {
        "understaffing": "100 appels ont sonné ou attendu sans que personne ne les prenne. Aux heures ouvertes, "
        "169 appels ont été manqués en tout. La moitié de ceux qui renoncent sont partis en 29 s ou moins.",
        "unforeseen_peak": "1 heure ouverte a reçu au moins 1,5 fois le nombre habituel d’appels ; "
        "9 y ont été manqués.",
        "bad_planning": "1 heure de la semaine est manquée au moins 2 fois plus que les autres. La pire : le lundi à "
        "13 h, 70 % d’appels manqués. Seuls sont comptés les appels manqués en trop.",
        "saturated_lines": "12 fois, la ligne était occupée et 1 fois, l’installation était en panne ou mal réglée.",
        "no_overflow": "12 fois, la ligne était occupée ou la file pleine, et l’appel s’est arrêté là sans passer "
        "ailleurs.",
        "no_cover": "100 des 400 appels manqués sont arrivés quand la maison est fermée.",
        "no_callback": "150 personnes manquées sur 200 n’ont reçu aucun appel de vous dans les 24 heures. "
        "Le relevé contient 55 appels émis.",
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("fr", "Ce relevé ne permet pas de le dire."),
        ("fr-CA", "Ce relevé ne permet pas de le dire."),
        ("en", "This export cannot tell."),
    ],
)
def test_what_the_export_cannot_tell_is_said(code: str, words: str) -> None:
    found = evidence(first_signs(signs(missed_by_reason={"unknown": 400}, outbound_calls=0)), code)
    silent = {"understaffing", "saturated_lines", "no_overflow", "no_callback"}
    assert {name for name, text in found.items() if text == words} == silent


@pytest.mark.parametrize(
    ("code", "words"),
    [("fr", "tous les appels reçus"), ("fr-CA", "tous les appels reçus"), ("en", "all calls received")],
)
def test_calls_are_charged_to_the_advertisement_only_as_far_as_told(code: str, words: str) -> None:
    def said(told: bool) -> str:
        ads = sunk_ad_spend(spend=Money.of(1000, "EUR"), calls=50, missed=30, told=told)
        blocks = cost(replace(sample.inputs(), ads=ads), Language(code)).blocks
        return next(text for text in blocks if isinstance(text, str) and re.match("Vos annonces|Vos pub|Your ad", text))

    assert words in said(told=False) and "--ad-missed" in said(told=False)
    assert words not in said(told=True) and "--ad-missed" not in said(told=True)


def test_other_tools_are_named_in_french() -> None:
    english = re.compile(r"\b(short|off|model|basic|advanced|ignored|negative|positive|called|back)\b")
    assert [p.key for p in PROFILES if english.search(p.named("fr-CA") + p.written("fr"))] == []
    assert {p.named("en") for p in PROFILES} == {p.vendor for p in PROFILES}


@pytest.mark.parametrize("code", ["fr", "en"])
def test_what_changes_an_assumption_is_a_key_that_the_settings_know(code: str) -> None:
    language = Language(code)
    hints = " ".join(language.say(f"assume.{word}.change") for word in WORDS)
    keys = set(re.findall(r"[«“\"][\s\u00a0\u202f]*([a-z_]+)[\s\u00a0\u202f]*[»”\"][^.]{0,12}audit\.toml", hints))
    assert keys == {"zone", "country", "hours", "holidays", "short_abandon", "answer_within"}
