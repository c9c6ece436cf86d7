"""``decroche attribution``: two spreadsheets become credits that sum to the cent, delays, closing rates and costs."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.test_ledger_commands import plain, run

pytestmark = pytest.mark.hard
CONTACTS = """\
Personne;Date;Canal;Sens
anna;2025-03-01 09:00;radio;entrant
anna;2025-03-20;pub;entrant
anna;25/03/2025 10:00;relance;sortant
bob;2025-03-22T10:00:00Z;pub;entrant
bob;2025-04-02;site;entrant
carl;2025-03-02;site;entrant
dora;never;site;entrant
dora;2025-03-02;;entrant
dora;2025-03-02;site;sideways
"""
SALES = """\
client;date;montant
Anna;2025-03-31 12:00;1 000,01 €
bob;2025-03-31;500
zoe;2025-03-31;99,99
bob;2025-04-03;beaucoup
"""


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    contacts, sales = tmp_path / "contacts.csv", tmp_path / "ventes.csv"
    contacts.write_text(CONTACTS, encoding="utf-8")
    sales.write_text(SALES, encoding="utf-8")
    return contacts, sales


def test_every_rule_sums_to_the_sales(files: tuple[Path, Path]) -> None:
    asked = ("attribution", *files, "--window", 30, "--cost", "pub=200", "--cost", "outbound=50", "--json")
    found = json.loads(run(*asked).stdout)
    assert (found["revenue"], found["sales"]) == ("1600.00", 3)
    for rule, parts in found["rules"].items():
        assert sum(Decimal(part["revenue"]) for part in parts) == Decimal("1600.00"), rule
        assert {part["channel"]: part["revenue"] for part in parts}[None] == "99.99"
    last = {part["channel"]: part["revenue"] for part in found["rules"]["last"]}
    assert last["relance"] == "1000.01" and last["pub"] == "500.00"
    assert found["refused"] == {"contacts.csv": 3, "ventes.csv": 1}
    assert found["acquisition"]["pub"]["customers"] == pytest.approx(1.5)
    assert found["acquisition"]["outbound"]["each"] == pytest.approx(50 / 0.5)
    closing = {each["channel"]: (each["numerator"], each["denominator"]) for each in found["closing"]}
    assert closing == {"radio": (0, 1), "pub": (1, 1), "site": (0, 2)}


def test_it_says_it_in_words_and_refuses_in_words(files: tuple[Path, Path], tmp_path: Path) -> None:
    told = plain(run("attribution", *files, "--window", 60, "--cost", "pub=200").stdout)
    assert "1 600 €, 3 ventes, contacts des 60 jours d’avant" in told and "aucun contact" in told
    assert "1 600,00 €" in told and "par client (entre" in told and "3 lignes refusées" in told
    english = plain(run("attribution", *files, "--lang", "en").stdout)
    assert "Each column sums to the sales, to the cent." in english
    other = tmp_path / "other.csv"
    other.write_text("a;b\n", encoding="utf-8")
    for words, said in (
        ((*files, "--window", 45), "30, 60, 90 ou 180"),
        ((other, files[1]), "il faut les colonnes"),
        ((*files, "--cost", "pub"), "--cost se donne ainsi"),
        ((*files, "--currency", "euros"), "EUROS"),
        ((*files, "--zone", "Mars/Olympus"), "n’est pas un fuseau"),
    ):
        found = run("attribution", *words)
        assert found.exit_code == 2 and said in plain(found.stderr), words


def test_without_files_the_ledger_is_asked(tmp_path: Path, files: tuple[Path, Path]) -> None:
    data = tmp_path / "data"
    assert run("account", "Garage", "--data", data).exit_code == 0
    told = plain(run("attribution", "--data", data).stdout)
    assert "0 €, 0 vente, contacts des 90 jours d’avant" in told
    found = json.loads(run("attribution", "--data", data, "--json").stdout)
    assert (found["revenue"], found["sales"], found["refused"]) == ("0.00", 0, {})
    assert "Il faut les deux fichiers" in run("attribution", files[0], "--data", data).stderr
    empty = ("attribution", "--data", data, "--from", "2026-03-02", "--to", "2026-03-01")
    assert "La période est vide" in run(*empty).stderr
