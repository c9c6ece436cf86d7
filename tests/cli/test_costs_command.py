"""``decroche costs`` and ``decroche experiments``: from an empty business to figures, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_ledger_commands import data, plain, run

__all__ = ["data"]

pytestmark = pytest.mark.hard
MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")


def test_costs_from_nothing_to_a_month(data: Path, tmp_path: Path) -> None:
    empty = plain(run("costs", "show", *MARCH, "--data", data).stdout)
    assert "Aucune ligne de coût" in empty
    added = run(
        "costs", "add", "Accueil", "9 000,00", "--kind", "salaries", "--from", "2026-01-01", "--among", "site",
        "--shares", "Lyon=50 %; Nice=25 %", "--data", data,
    )  # fmt: skip
    assert added.exit_code == 0 and "Accueil" in added.stdout
    spreadsheet = tmp_path / "couts.csv"
    spreadsheet.write_text(
        "poste;libellé;montant;rythme;début;par appel\n"
        "téléphonie;Opérateur;450;mensuel;2026-01-01;oui\n;;x;;2026-01-01;\n",
        encoding="utf-8",
    )
    told = plain(run("costs", "import", spreadsheet, "--data", data).stdout)
    assert "1 ligne ajoutée, 0 déjà là, 1 refusée" in told and "ligne 3 : Montant" in told
    assert "0 ligne ajoutée, 1 déjà là" in plain(run("costs", "import", spreadsheet, "--data", data).stdout)
    shown = plain(run("costs", "show", *MARCH, "--data", data).stdout)
    assert "Coût complet" in shown and "9 450,00 €" in shown and "Lyon" in shown and "4 500,00 €" in shown
    assert "aucun appel traité" in shown and "Formation" in shown and "manque" in shown
    english = plain(run("costs", "show", *MARCH, "--lang", "en", "--data", data).stdout)
    assert "Full cost" in english and "€9,450.00" in english
    found = json.loads(run("costs", "show", *MARCH, "--json", "--data", data).stdout)
    assert (found["total"], found["per_call"], found["nobody"]) == ("9450.00", "450.00", "2700.00")
    assert {each["name"]: each["cost"] for each in found["bearers"]} == {"Lyon": "4500.00", "Nice": "2250.00"}
    lines = json.loads(run("costs", "list", "--json", "--data", data).stdout)
    assert len(lines) == 2
    id = next(each["id"] for each in lines if each["label"] == "Accueil")
    assert run("costs", "end", id[:8], "2026-03-10", "--data", data).exit_code == 0
    assert "10 mars 2026" in plain(run("costs", "list", "--data", data).stdout)
    assert run("costs", "remove", id[:8], "--data", data).exit_code == 0
    assert len(json.loads(run("costs", "list", "--json", "--data", data).stdout)) == 1


def test_costs_refuse_in_sentences(data: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("a;b\n1;2\n", encoding="utf-8")
    for words, said in (
        (("costs", "add", "x", "beaucoup", "--data", data), "Montant : « beaucoup »"),
        (("costs", "end", "nothing", "2026-01-01", "--data", data), "Aucune ligne ne commence par nothing"),
        (("costs", "import", bad, "--data", data), "il faut au moins une colonne"),
        (("costs", "import", tmp_path / "none.csv", "--data", data), "none.csv"),
        (("costs", "show", "--from", "2026-03-02", "--to", "2026-03-01", "--data", data), "La période est vide"),
        (("costs", "paid", 10, 3, 4), "plus de manqués que d’appels"),
        (("costs", "paid", 10, 4, 3, "--currency", "euros"), "Devise"),
    ):
        found = run(*words)
        assert found.exit_code == 2 and said in plain(found.stderr), words


def test_the_waste_of_paid_calls() -> None:
    told = plain(run("costs", "paid", 1000, 50, 30, "--currency", "usd").stdout)
    assert "30 manqués sur 50 appels payés : 60,0 % (entre 46,2 % et 72,4 %)" in told and "600" in told
    assert "sans l’y ajouter" in told
    found = json.loads(run("costs", "paid", 1000, 50, 30, "--json").stdout)
    assert (found["rate"], found["wasted"], found["each"]) == (0.6, "600.00", "20.00")
    assert "Aucun appel payé" in run("costs", "paid", 1000, 0, 0).stdout


def test_an_experiment_from_its_plan_to_not_yet(data: Path) -> None:
    told = plain(run("experiments", "needs", "--base", 0.03, "--changed", 0.04, "--per-week", 500).stdout)
    assert "5 301 personnes par façon pour un seul regard" in told
    arms = ("--arm", "aujourd’hui=Bonjour", "--arm", "question=Avez-vous une minute ?")
    rates = ("--base", 0.03, "--changed", 0.04)
    assert run("experiments", "begin", "Ouverture", *rates, *arms, "--data", data).exit_code == 0
    assert "s’appelle déjà" in run("experiments", "begin", "Ouverture", *rates, *arms, "--data", data).stderr
    drawn = run("experiments", "draw", "Ouverture", "06 39 98 00 01", "--data", data).stdout
    assert drawn == run("experiments", "draw", "Ouverture", "+33639980001", "--data", data).stdout
    assert run("experiments", "worked", "Ouverture", "+33639980001", "--data", data).exit_code == 0
    assert run("experiments", "worked", "Ouverture", "+33639980002", "--data", data).exit_code == 2
    shown = plain(run("experiments", "list", "--data", data).stdout)
    assert "Pas encore" in shown and "1 en attente" in shown
    found = json.loads(run("experiments", "list", "--json", "--lang", "en", "--data", data).stdout)[0]
    assert (found["verdict"], found["drawn"], found["needs"]["per_arm"]) == ("not_yet", 1, 5301)
    assert found["says"].startswith("Not yet")
    assert run("experiments", "end", "Ouverture", "--data", data).exit_code == 0
    assert run("experiments", "draw", "Ouverture", "+33639980009", "--data", data).exit_code == 2
    for words in (
        ("experiments", "begin", "x", "--base", 0.03, "--changed", 0.03, *arms),
        ("experiments", "begin", "x", *rates, "--arm", "alone=x"),
        ("experiments", "draw", "none", "+33639980001"),
        ("experiments", "draw", "Ouverture", "twelve"),
    ):
        assert run(*words, "--data", data).exit_code == 2
