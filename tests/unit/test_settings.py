"""What is typed, what is saved and what is supposed: who wins, and what an unknown word in the file is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from decroche.settings import AuditSettings, BadSettings, merged, read_settings, written
from decroche.understand.hours import parse_week

SAVED = AuditSettings(
    answer_within_s=45,
    short_abandon_s=3,
    construction_holiday=True,
    hours={(None, None): parse_week("mon-fri 9-17"), ("Laval", None): parse_week("mon-sat 8-18")},
    loss={"margin": "100", "conversion": "20 %"},
)


def test_settings_that_nobody_typed_stay_as_saved() -> None:
    assert merged(AuditSettings(), SAVED) == SAVED


def test_a_flag_wins_over_the_settings_even_where_it_says_the_default() -> None:
    flags = AuditSettings(answer_within_s=20, short_abandon_s=5, construction_holiday=False)
    found = merged(flags, SAVED)
    assert (found.answer_within, found.short_abandon, found.construction_holiday) == (20, 5, False)


def test_without_a_word_from_anybody_the_usual_thresholds_hold() -> None:
    assert (AuditSettings().answer_within, AuditSettings().short_abandon) == (20, 5)


def test_general_hours_replace_the_general_week_only() -> None:
    week = parse_week("mon-fri 10-16")
    found = merged(AuditSettings(hours={(None, None): week}), SAVED)
    assert found.hours == {(None, None): week, ("Laval", None): SAVED.hours["Laval", None]}


def test_one_price_replaces_that_price_only() -> None:
    assert merged(AuditSettings(loss={"margin": "7"}), SAVED).loss == {"margin": "7", "conversion": "20 %"}


@pytest.mark.parametrize("settings", [AuditSettings(), SAVED, replace(SAVED, construction_holiday=None)])
def test_written_settings_are_read_back(tmp_path: Path, settings: AuditSettings) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(written(settings), encoding="utf-8")
    assert read_settings(path) == settings


@pytest.mark.parametrize(
    ("text", "key", "known"),
    [
        ("[loss]\nmargn = 3", "loss.margn", "margin"),
        ("[loss.departments.Sales]\nmargn = 3", "loss.departments.Sales.margn", "margin"),
        ("[loss.departments.Sales]\ncurrency = 'EUR'", "loss.departments.Sales.currency", "conversion"),
    ],
)
def test_an_unknown_price_is_named_with_the_known_ones(tmp_path: Path, text: str, key: str, known: str) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings) as raised:
        read_settings(path)
    assert raised.value.word == "setting_unknown"
    assert raised.value.told["key"] == key
    assert known in raised.value.told["known"].split(", ")


@pytest.mark.parametrize("text", ["[loss]\ndepartments = 3", "[loss.departments]\nSales = 3"])
def test_prices_of_a_department_are_a_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "audit.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadSettings) as raised:
        read_settings(path)
    assert raised.value.word == "setting_wrong"
