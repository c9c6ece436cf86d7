"""What an audit supposed stays supposed at the next one, until a person confirms, corrects or types it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from decroche.app import Audit
from decroche.capture.files.guess import ColumnNotFound
from decroche.settings import AuditSettings, merged, read_settings, written
from decroche.understand.hours import parse_week
from tests.cli.auditing import GARAGE, counted

SUPPOSED = {"zone_from_machine", "country_from_numbers", "hours_inferred", "mapping_guessed"}
TOLD = {"zone_given", "country_given", "hours_given"}


@pytest.fixture(scope="module")
def first(folder: Path) -> Audit:
    """The example of the README with nothing told: everything is supposed."""
    return counted([GARAGE], folder)


def saved(made: Audit, folder: Path, *corrections: tuple[str, str]) -> AuditSettings:
    """The settings that an audit writes, as a person corrected them in the file."""
    text = written(made.settings)
    for before, after in corrections:
        assert before in text
        text = text.replace(before, after)
    path = folder / "corrected by hand.toml"
    path.write_text(text, encoding="utf-8")
    return read_settings(path)


def words(made: Audit) -> set[str]:
    return {each.word for each in made.figures.assumptions}


def test_what_was_supposed_is_named_in_the_file(first: Audit) -> None:
    assert words(first) >= SUPPOSED
    assert 'supposed = ["zone", "country", "hours", "mapping"]' in written(first.settings)


@pytest.mark.hard
def test_what_nobody_confirmed_is_still_supposed_at_the_next_run(first: Audit, folder: Path) -> None:
    again = counted([GARAGE], folder, saved(first, folder))
    assert again.figures == first.figures
    assert again.settings == first.settings
    assert again.reading.warnings == first.reading.warnings


@pytest.mark.hard
def test_a_word_taken_off_the_list_is_confirmed(first: Audit, folder: Path) -> None:
    listed = '["zone", "country", "hours", "mapping"]'
    again = counted([GARAGE], folder, saved(first, folder, (listed, "[]")))
    assert words(again) >= TOLD
    assert not words(again) & SUPPOSED
    assert again.settings.supposed == ()


@pytest.mark.hard
def test_a_value_that_a_person_corrects_is_told(first: Audit, folder: Path) -> None:
    corrected = saved(
        first, folder, ("sat 09:00-12:00", "sat 09:00-13:00"), ("Europe/Paris", "Europe/Brussels"), ('"FR"', '"BE"')
    )
    assert corrected.supposed == ("mapping",)
    again = counted([GARAGE], folder, corrected)
    assert words(again) >= TOLD | {"mapping_guessed"}


def test_a_flag_confirms_what_it_says(first: Audit) -> None:
    flags = AuditSettings(zone="Europe/Paris", hours={(None, None): parse_week("mon-fri 9-17")})
    assert merged(flags, first.settings).supposed == ("country", "mapping")
    assert merged(AuditSettings(country="FR"), first.settings).supposed == ("zone", "hours", "mapping")
    site = AuditSettings(hours={("Lyon", None): parse_week("mon-fri 9-17")})
    assert merged(site, first.settings).supposed == first.settings.supposed


@pytest.mark.hard
def test_office_hours_that_nobody_confirmed_give_way_to_what_more_calls_tell(folder: Path, export: Path) -> None:
    few = counted([export], folder)
    assert "hours_default" in words(few)
    assert "hours_default" in words(counted([export], folder, few.settings))
    more = counted([GARAGE], folder, replace(few.settings, mapping=None, country=None))
    assert "hours_inferred" in words(more)


@pytest.mark.hard
def test_a_zone_supposed_on_another_machine_is_not_said_to_be_this_ones(first: Audit, folder: Path) -> None:
    elsewhere = saved(first, folder)
    assert elsewhere.zone == "Europe/Paris"
    again = counted([GARAGE], folder, elsewhere, machine_zone="America/Toronto")
    assert "zone_given" in words(again)
    assert again.figures.zone == "Europe/Paris"


@pytest.mark.hard
def test_a_machine_in_another_zone_than_the_numbers_is_told(first: Audit, folder: Path) -> None:
    abroad = counted([GARAGE], folder, machine_zone="UTC")
    told = {each.word: each for each in abroad.reading.warnings}
    assert "--zone Europe/Paris" in told["zone_elsewhere"].english
    assert "UTC" in told["zone_elsewhere"].french
    given = counted([GARAGE], folder, AuditSettings(zone="UTC"), machine_zone="UTC")
    for made in (first, given):
        assert "zone_elsewhere" not in {each.word for each in made.reading.warnings}


OWN = "Jour;Heure;Client;Code\n04/03/2026;9h05;0612345678;A1\n04/03/2026;9h12;0698765432;B2\n"
MAPPING = (
    '[mapping.start]\ndate = "Jour"\ndate_format = "d/m/y"\ntime = "Heure"\ntime_format = "letters"\n'
    '[mapping.columns]\ncaller = "Client"\n[mapping.outcome]\ncolumn = "Code"\n'
    '[mapping.outcome.words]\nanswered = ["A1"]\nabandoned = ["B2"]\n[mapping.constants]\ndirection = "inbound"\n'
)


@pytest.mark.hard
def test_a_saved_mapping_reads_the_table_that_cannot_be_guessed(folder: Path) -> None:
    table, path = folder / "own words.csv", folder / "own.toml"
    table.write_text(OWN, encoding="utf-8")
    path.write_text(MAPPING, encoding="utf-8")
    with pytest.raises(ColumnNotFound):
        counted([table], folder)
    found = counted([table], folder, typed=AuditSettings(), settings=read_settings(path))
    assert (found.figures.totals.offered, found.figures.totals.answered) == (2, 1)
    assert "mapping_guessed" not in words(found)


def test_a_saved_mapping_of_another_table_does_not(folder: Path, export: Path, first: Audit) -> None:
    table = folder / "own words.csv"
    table.write_text(OWN, encoding="utf-8")
    with pytest.raises(ColumnNotFound):
        counted([table], folder, typed=AuditSettings(), settings=first.settings)
