"""What the terminal says of the figures: its plurals, and what it must not say of a short or an outbound export."""

from __future__ import annotations

from dataclasses import replace

import pytest

from decroche.cli.telling import accounted, headlines, unknown_places
from decroche.language import Language
from decroche.model.figures import Accounting, Figures
from decroche.settings import AuditSettings
from decroche.understand.hours import parse_week
from decroche.understand.loss import Loss
from tests.unit.reports import sample

FIGURES, MONEY, NO_MONEY = sample.figures(), sample.inputs().loss, sample.without_money().loss


def lines(language: str, figures: Figures, loss: Loss | None) -> list[str]:
    assert loss is not None
    return [line.replace("\u00a0", " ").replace("\u202f", " ") for line in headlines(Language(language), figures, loss)]


def counted(*, offered: int, missed: int, lost: int, observable: int) -> Figures:
    journeys = FIGURES.journeys
    windows = tuple(replace(window, observable=observable, redialed=0) for window in journeys.windows)
    return replace(
        FIGURES,
        totals=replace(FIGURES.totals, offered=offered, missed=missed, answered=offered - missed),
        journeys=replace(journeys, lost=lost, observable=observable, windows=windows),
    )


@pytest.mark.parametrize(
    ("language", "number", "headline", "lost"),
    [
        ("fr", 0, "0 appel manqué sur 1 reçu", ""),
        ("fr", 1, "1 appel manqué sur 1 reçu", "1 parcours perdu ("),
        ("fr", 2, "2 appels manqués sur 2 reçus", "2 parcours perdus ("),
        ("en", 1, "1 call missed of 1 received", "1 journey lost ("),
        ("en", 2, "2 calls missed of 2 received", "2 journeys lost ("),
    ],
)
def test_one_is_not_several(language: str, number: int, headline: str, lost: str) -> None:
    said = lines(language, counted(offered=max(number, 1), missed=number, lost=number, observable=9), NO_MONEY)
    assert said[0].startswith(headline)
    assert number == 0 or [line for line in said if line.startswith(lost)]


@pytest.mark.parametrize(
    ("language", "number", "expected"),
    [
        ("fr", 0, "0 ligne lue = 0 appel + 0 segment rattaché + 0 ignorée + 0 rejetée"),
        ("fr", 1, "1 ligne lue = 1 appel + 1 segment rattaché + 1 ignorée + 1 rejetée"),
        ("fr", 2, "2 lignes lues = 2 appels + 2 segments rattachés + 2 ignorées + 2 rejetées"),
        ("en", 0, "0 rows read = 0 calls + 0 legs joined + 0 ignored + 0 rejected"),
        ("en", 1, "1 row read = 1 call + 1 leg joined + 1 ignored + 1 rejected"),
    ],
)
def test_every_counted_word_agrees(language: str, number: int, expected: str) -> None:
    rows = Accounting(
        rows_read=number,
        calls=number,
        legs_joined=number,
        ignored=number,
        rejected=number,
        ignored_by_reason={},
        rejected_by_reason={},
    )
    assert accounted(Language(language), rows).replace("\u00a0", " ") == expected


@pytest.mark.parametrize(
    ("language", "unknown", "money"), [("fr", "ne permet pas de compter", "€"), ("en", "cannot be counted", "€")]
)
def test_of_too_short_an_export_no_loss_is_said(language: str, unknown: str, money: str) -> None:
    short = counted(offered=20, missed=6, lost=0, observable=0)
    for loss in (MONEY, NO_MONEY):
        said = lines(language, short, loss)
        assert len(said) == 2
        assert unknown in said[1]
        assert money not in "".join(said)
    assert money in "".join(lines(language, FIGURES, MONEY))


@pytest.mark.parametrize(("language", "expected"), [("fr", "aucun appel reçu"), ("en", "no call from outside")])
def test_of_an_export_of_outbound_calls_only_that_is_said(language: str, expected: str) -> None:
    said = lines(language, counted(offered=0, missed=0, lost=0, observable=0), MONEY)
    assert len(said) == 1
    assert expected in said[0]


def test_where_nothing_was_missed_nothing_is_lost() -> None:
    said = lines("en", counted(offered=20, missed=0, lost=0, observable=0), NO_MONEY)
    assert said == ["0 calls missed of 20 received (0.0%)"]


def test_prices_and_hours_of_a_place_that_the_export_does_not_have_are_told() -> None:
    week = parse_week("mon-fri 9-17")
    settings = AuditSettings(
        hours={(None, None): week, (None, "Vente"): week, ("Lyon", "Atelié"): week},
        loss={"departments": {"Pièces": {"margin": 3}, "Ventes": {"margin": 4}}},
    )
    said = list(unknown_places(Language("en"), FIGURES, settings))
    assert [line.split("”")[0].split("“")[1] for line in said] == ["Lyon", "Atelié", "Ventes"]
    assert said[0].endswith("names none.")
    assert said[2].endswith("Atelier, Vente, Pièces.")
    assert "« Ventes »" in list(unknown_places(Language("fr"), FIGURES, settings))[2].replace("\u202f", " ")
