"""``decroche rules``: the rules of a day, and a list tried row by row with every row accounted for."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner

from decroche.cli import app
from decroche.rules.rulebook import rulebook

LIST = """\
Numéro;Date;Heure;Consentement;Preuve;Refus;STOP
06 12 34 56 78;2026-11-23;11:00;2026-05-01;formulaire;;
01 42 34 56 78;2026-11-23;11:00;2026-05-01;formulaire;;
06 12 34 56 79;23/11/2026;22:00;2026-05-01;formulaire;;
06 12 34 56 80;2026-11-23;11:00;2026-05-01;formulaire;;oui
06 12 34 56 81;2026-11-23;11:00;2026-05-01;;;
abc;2026-11-23;11:00;;;;
0612345670;31/31/2026;11:00;;;;
0612345671;2026-11-23;11:00;;;;;trop
"""


def said(*words: object, code: int = 0) -> str:
    found = CliRunner().invoke(app, ["rules", *map(str, words)], catch_exceptions=False)
    assert found.exit_code == code, found.output
    return found.output.replace("\u00a0", " ").replace("\u202f", " ")


@pytest.fixture
def contacts(tmp_path: Path) -> Path:
    path = tmp_path / "contacts.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def test_every_row_has_its_verdict_and_its_reasons(contacts: Path) -> None:
    lines = said("check", contacts).splitlines()
    assert lines[0] == "ligne 2 (+33 •• 78) : permis"
    assert lines[1:3] == [
        "ligne 3 (+33 •• 78) : refusé",
        "    SMS-22-NUMBER: C’est un numéro fixe : il ne reçoit pas de SMS.",
    ]
    assert lines[3] == "ligne 4 (+33 •• 79) : à différer au mar. 24 nov., 8 h"
    assert "    OPT-01: La personne s’est désinscrite le 23 novembre 2026." in lines
    assert "    SMS-01: Aucun consentement prouvé et encore valable." in lines
    assert "ligne 7 : rejetée, numéro illisible" in lines
    assert "ligne 8 : rejetée, date ou heure illisible : 31/31/2026 11:00" in lines
    assert "ligne 9 : rejetée, plus de cellules que de titres" in lines


def test_no_number_is_shown_whole(contacts: Path) -> None:
    assert "612345678" not in said("check", contacts).replace(" ", "")


@pytest.mark.parametrize(
    ("lang", "totals"),
    [
        ("fr", "8 lignes = 1 permise + 1 différée + 3 refusées + 3 rejetées. Rien n’a été envoyé."),
        ("en", "8 rows = 1 allowed + 1 delayed + 3 refused + 3 rejected. Nothing was sent."),
    ],
)
def test_rows_add_up(contacts: Path, lang: str, totals: str) -> None:
    assert totals in said("check", contacts, "--lang", lang).splitlines()


def test_details_go_to_a_file(contacts: Path, tmp_path: Path) -> None:
    out = tmp_path / "verdicts.csv"
    assert "ligne 2" not in said("check", contacts, "--out", out)
    rows = list(csv.DictReader(out.read_text("utf-8-sig").splitlines()))
    assert [row["verdict"] for row in rows] == ["allow", "refuse", "delay", "refuse", "refuse", *["rejected"] * 3]
    assert rows[2]["until"] == "2026-11-24 08:00" and rows[2]["rules"] == "QUIET-02 SMS-04"


def test_options_fill_what_the_list_does_not_say(tmp_path: Path) -> None:
    path = tmp_path / "appels.csv"
    path.write_bytes("Téléphone,Prénom\n06 12 34 56 78,Zoé\n".encode("cp1252"))
    before = said("check", path, "--means", "appel", "--at", "2026-08-10 11:00", "--lang", "en")
    after = said("check", path, "--means", "call", "--at", "2026-08-11 11:00", "--lang", "en")
    assert "CALL-00" in before and "CALL-01" not in before
    assert "CALL-01" in after and "CALL-00" not in after
    assert "Column not read: Prénom." in after


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--means", "pigeon"), "“pigeon” is not known. Possible: text, call, automated_call, email"),
        (("--purpose", "spam"), "“spam” is not known"),
        (("--at", "tomorrow"), "“tomorrow” is no date and time"),
        (("--country", "JP"), "No rules for this country: JP"),
        (("--zone", "Europe/Lutetia"), "Europe/Lutetia"),
    ],
)
def test_what_cannot_be_used_is_said(contacts: Path, words: tuple[str, str], sentence: str) -> None:
    assert sentence in said("check", contacts, "--lang", "en", *words, code=2)


def test_a_list_without_numbers_or_rows_is_no_list(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("name;date\nA;2026-11-23\n", encoding="utf-8")
    assert "has no column of numbers" in said("check", path, "--lang", "en", code=2)
    path.write_text("number\n", encoding="utf-8")
    assert "has no row to check" in said("check", path, "--lang", "en", code=2)
    assert "not exist" in said("check", tmp_path / "none.csv", "--lang", "en", code=2)


def test_the_rules_of_a_day_are_listed_with_their_sources() -> None:
    before, after = (
        said("list", "--country", "FR", "--on", day, "--lang", "en") for day in ("2026-08-10", "2026-08-11")
    )
    assert "  CALL-00: " in before and "NOT VERIFIED" in before and "  CALL-01: " not in before
    assert "  CALL-01: " in after and "  CALL-00: " not in after
    assert "law, grade A. Loi n° 2025-594" in after
    assert "No such" not in after and "SMS-19" not in after


def test_all_rules_in_force_are_listed_in_french_by_default() -> None:
    text = said("list", "--on", "2026-11-22")
    assert all(
        f"  {rule.id}: {rule.title_fr}" in text
        for rule in rulebook().rules
        if rule.id != "CALL-00" and rule.id != "SMS-04-2024"
    )
    assert "Ceci n’est pas un avis juridique." in text
