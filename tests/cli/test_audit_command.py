"""What ``decroche audit`` prints and writes, on the example of the README and on a table counted by hand."""

from __future__ import annotations

import csv
import re
import tomllib
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.cli import branch
from tests.cli.auditing import GARAGE, WRITTEN, Run, at, audit
from tests.cli.conftest import MONEY


@pytest.mark.hard
def test_the_example_of_the_readme_prints_its_headline_and_writes_its_files(garage: Run) -> None:
    assert garage.code == 0
    headline = [line for line in garage.lines if re.match(r"[\d ]+(lignes|appels|%|parcours)", line)]
    assert headline == [
        "4 509 lignes lues = 4 509 appels + 0 segment rattaché + 0 ignorée + 0 rejetée",
        "1 616 appels manqués sur 3 890 reçus (41,5 %)",
        "48 % des personnes manquées ont rappelé d’elles-mêmes dans les 7 jours (549 sur 1 147)",
        "607 parcours perdus (personne n’a joint l’appelant en 7 jours)",
    ]
    assert {path.name for path in garage.out.iterdir()} == WRITTEN
    for name in WRITTEN:
        assert str(garage.out / name) in garage.printed
    assert garage.report["loss"]["period"] is None
    assert garage.report["loss"]["missing_inputs"] == ["margin", "conversion"]


def test_the_mapping_is_shown_with_its_confidence_before_the_figures(branch_english: Run) -> None:
    lines = branch_english.lines
    shown = next(number for number, line in enumerate(lines) if line.startswith("Columns recognised"))
    assert lines[shown + 1] == "  start        ← Start time (100%)"
    assert any("15 rows read" in line for line in lines[shown:])


@pytest.mark.parametrize(
    "run", ["branch_english", *(pytest.param(run, marks=pytest.mark.hard) for run in ("garage", "branch_quebec"))]
)
def test_every_row_is_accounted_for(run: str, request: pytest.FixtureRequest) -> None:
    report = request.getfixturevalue(run).report
    rows = report["accounting"]
    assert rows["rows_read"] == rows["calls"] + rows["legs_joined"] + rows["ignored"] + rows["rejected"]
    assert rows["ignored"] == sum(rows["ignored_by_reason"].values())
    assert rows["rejected"] == sum(rows["rejected_by_reason"].values())
    totals = report["totals"]
    assert totals["offered"] == totals["answered"] + totals["missed"]
    assert totals["offered"] == sum(each["offered"] for each in report["hour_classes"])


@pytest.mark.parametrize(("path", "expected"), branch.COUNTED.items())
def test_the_report_says_what_was_counted_by_hand(branch_english: Run, path: str, expected: int) -> None:
    assert at(branch_english.report, path) == expected


def test_the_five_service_levels_are_plain_numbers(branch_english: Run) -> None:
    """A 7, B 6, within 20 s: A_T 6 (a wait of exactly 20 counts), B_T 3; short: B_s 1."""
    level = branch_english.report["service_level"]
    found = [level[formula] for formula in ("F1", "F2", "F3", "F4", "F5")]
    assert found == pytest.approx([9 / 13, 6 / 7, 6 / 13, 6 / 10, 7 / 13])


def test_english_is_spoken_when_asked_for(branch_english: Run) -> None:
    assert branch_english.code == 0
    assert "6 calls missed of 13 received (46.2%)" in branch_english.lines
    assert "67% of the people missed called again by themselves within 7 days (2 of 3)" in branch_english.lines
    assert "1 journey lost (nobody reached the caller within 7 days)" in branch_english.lines
    assert '<html lang="en"' in (branch_english.out / "report.html").read_text(encoding="utf-8")


def test_a_margin_and_a_conversion_give_an_interval(branch_english: Run) -> None:
    period = branch_english.report["loss"]["period"]
    assert 0 <= period["p10"] < period["mean"] < period["p90"]
    assert any(line.startswith("estimated cost over the period: ") for line in branch_english.lines)


@pytest.mark.hard
def test_the_same_calls_give_the_same_report_from_an_archive_too(folder: Path, branch_english: Run) -> None:
    """Neither the hour of the audit, nor the way it was packed, nor chance is in the report."""
    packed = folder / "packed" / "branch.csv"
    packed.parent.mkdir()
    packed.write_bytes(branch.packed())
    again = audit(packed, "--lang", "en", *MONEY, out=folder / "again")
    for name in ("report.json", "report.html", "rejected.csv", "audit.toml"):
        assert (again.out / name).read_bytes() == (branch_english.out / name).read_bytes(), name


def test_rejected_rows_are_listed_with_file_line_and_reason_and_without_numbers(branch_english: Run) -> None:
    with (branch_english.out / "rejected.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["file"], row["line"], row["reason"]) for row in rows] == [("branch.csv", "16", "negative_duration")]
    assert "0639980009" not in rows[0]["text"]
    assert "B0015" in rows[0]["text"]


@pytest.mark.hard
def test_settings_of_ones_own_are_used_and_kept(branch_quebec: Run) -> None:
    assert branch_quebec.code == 0
    report = branch_quebec.report
    assert (report["business"], report["period"]["country"]) == ("Succursale", "CA")
    assert report["settings"]["answer_within_s"] == 10
    assert report["service_level"]["F2"] == pytest.approx(4 / 7)
    classes = {each["hour_class"]: each["offered"] for each in report["hour_classes"]}
    assert classes == {"open": 4, "closed_weekday": 5, "weekend": 1, "holiday": 3}
    assert set(branch_quebec.assumptions()) >= {"hours_given", "country_given"}
    saved = tomllib.loads((branch_quebec.out / "audit.toml").read_text(encoding="utf-8"))
    assert saved["hours"]["exceptions"] == {"2026-03-03": "closed"}
    assert saved["holidays"]["added"] == {"2026-03-02": "fête maison"}
    assert saved["audit"]["country"] == "CA-QC"
    assert "0639980009" in (branch_quebec.out / "rejected.csv").read_text(encoding="utf-8-sig")


@pytest.mark.hard
def test_the_page_speaks_as_in_quebec(branch_quebec: Run) -> None:
    page = (branch_quebec.out / "report.html").read_text(encoding="utf-8")
    assert '<html lang="fr-CA"' in page
    assert "fin de semaine" in page
    assert "week-end" not in page


def test_the_first_page_of_the_pdf_is_page_one(branch_english: Run) -> None:
    first = " ".join(PdfReader(branch_english.out / "report.pdf").pages[0].extract_text().split())
    assert "6 of 13 received" in first.replace("\u202f", " ").replace("\u00a0", " ")


@pytest.mark.hard
def test_what_was_supposed_is_saved_and_taken_again(folder: Path, garage: Run) -> None:
    """The second run takes what the first one supposed, finds the same, and still says that it is supposed."""
    before = garage.report
    assert {"zone_from_machine", "country_from_numbers", "hours_inferred", "mapping_guessed"} <= set(
        garage.assumptions()
    )
    saved = (garage.out / "audit.toml").read_text(encoding="utf-8")
    again = folder / "garage again"
    again.mkdir()
    (again / "audit.toml").write_text(saved, encoding="utf-8")
    taken = audit(GARAGE, out=again)
    assert taken.lines[0].startswith("Réglages repris de ")
    assert taken.report == before
    assert tomllib.loads((again / "audit.toml").read_text(encoding="utf-8")) == tomllib.loads(saved)


@pytest.mark.hard
def test_corrected_hours_move_the_calls_to_their_class(folder: Path, branch_english: Run, export: Path) -> None:
    corrected = folder / "corrected.toml"
    saved = (branch_english.out / "audit.toml").read_text(encoding="utf-8")
    supposed = 'all = "mon-fri 08:00-18:00"'
    assert supposed in saved
    corrected.write_text(saved.replace(supposed, 'all = "mon-fri 09:10-16:10; sun 15:00-17:00"'), encoding="utf-8")
    run = audit(export, "--lang", "en", "--settings", corrected, out=folder / "corrected")
    before = {each["hour_class"]: each["offered"] for each in branch_english.report["hour_classes"]}
    after = {each["hour_class"]: each["offered"] for each in run.report["hour_classes"]}
    assert before == {"open": 12, "closed_weekday": 0, "weekend": 1, "holiday": 0}
    assert after == {"open": 11, "closed_weekday": 2, "weekend": 0, "holiday": 0}
    assert run.report["loss"]["period"]["p90"] > 0, "the saved margin and conversion are taken too"


@pytest.mark.hard
def test_settings_saved_for_another_export_are_left(folder: Path, garage: Run, export: Path) -> None:
    mixed = folder / "mixed"
    mixed.mkdir()
    (mixed / "audit.toml").write_text((garage.out / "audit.toml").read_text(encoding="utf-8"), encoding="utf-8")
    run = audit(export, "--lang", "en", out=mixed)
    assert run.code == 0
    assert any("was saved for another export: it is not taken" in line for line in run.lines)
    assert run.report["totals"]["offered"] == 13
