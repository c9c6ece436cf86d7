"""``decroche sources``: numbers, exports of Google Ads, figures, and what it refuses, from an empty business."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.test_ledger_commands import data, plain, run

__all__ = ["data"]

pytestmark = pytest.mark.hard
MAY = ("--from", "2026-05-01", "--to", "2026-05-31")


def test_from_nothing_to_a_month(data: Path, tmp_path: Path) -> None:
    assert "Aucune source connue" in run("sources", "show", *MAY, "--data", data).stdout
    added = run(
        "sources", "add", "01 99 00 00 01", "site web", "--campaign", "Accueil", "--from", "2026-05-01", "--data", data
    )
    assert added.exit_code == 0 and "+33199000001 : Site web" in plain(added.stdout)
    numbers = tmp_path / "numeros.csv"
    numbers.write_text(
        "numéro;source;campagne;du;au\n0199000002;Google Ads;Pneus;01/05/2026;\n"
        "0199000001;Presse;;2026-05-03;\n0199000003;Salon;;jamais;\n",
        encoding="utf-8",
    )
    told = plain(run("sources", "import", numbers, "--data", data).stdout)
    assert (
        "1 numéro ajouté, 0 déjà là, 2 refusés" in told and "ligne 4 : premier jour" in told and "autre chose" in told
    )
    costs = tmp_path / "couts.csv"
    costs.write_text(
        "Rapport sur les campagnes\nJour;Campagne;Code de devise;Coût\n2026-05-04;Pneus;EUR;12,34\n"
        "2026-05-05;Pneus;EUR;10,00\nTotal : compte;;EUR;22,34\n",
        encoding="utf-8",
    )
    for _ in range(2):
        read = plain(run("sources", "import", costs, "--data", data).stdout)
        assert "2 coûts (0 déjà lus chez Google), 0 refusé" in read
    calls = tmp_path / "appels.csv"
    calls.write_text(
        "Heure de début;Durée (secondes);État;Campagne\n2026-05-04 10:00:00;63;Reçu;Pneus\n", encoding="utf-8"
    )
    assert "1 appel (1 nouveau, 0 retrouvés)" in plain(run("sources", "import", calls, "--data", data).stdout)
    assert "1 appel (0 nouveau, 0 retrouvés)" in plain(run("sources", "import", calls, "--data", data).stdout)
    result = run("sources", "show", *MAY, "--data", data)
    assert result.exception is None
    shown = plain(result.stdout)
    assert "Google Ads" in shown and "22,34 €" in shown and "comptés par la plateforme : 1" in shown
    found = json.loads(run("sources", "show", *MAY, "--json", "--data", data).stdout)
    (ads,) = [each for each in found["sources"] if each["source"] == "google_ads"]
    assert (ads["cost"], ads["campaigns"][0]["campaign"]) == ("22.34", "Pneus")
    assert run("sources", "show", *MAY, "--lang", "en", "--data", data).stdout.startswith("Where the calls of")
    listed = json.loads(run("sources", "list", "--json", "--data", data).stdout)
    assert {each["number"] for each in listed} == {"+33199000001", "+33199000002"}
    id = next(each["id"] for each in listed if each["source"] == "website")
    assert run("sources", "end", id[:8], "2026-05-10", "--data", data).exit_code == 0
    assert "10 mai 2026" in plain(run("sources", "list", "--data", data).stdout)
    assert run("sources", "remove", id[:8], "--data", data).exit_code == 0
    assert "Rien à décider" in run("sources", "doubts", "--data", data).stdout


def test_it_refuses_in_sentences(data: Path, tmp_path: Path) -> None:
    run("sources", "add", "0199000001", "print", "--from", "2026-05-01", "--data", data)
    bad, dollars = tmp_path / "bad.csv", tmp_path / "dollars.csv"
    bad.write_text("a;b\n1;2\n", encoding="utf-8")
    dollars.write_text("Day,Campaign,Cost,Currency code\n2026-05-01,Tyres,12.34,USD\n", encoding="utf-8")
    for words, said in (
        (("add", "0199000001", "radio"), "déjà autre chose"),
        (("add", "beaucoup", "radio"), "« beaucoup » ne se lit pas"),
        (("end", "nothing", "2026-01-01"), "Aucun numéro ne commence par nothing"),
        (("import", bad), "colonnes numéro et source"),
        (("import", dollars), "paie en USD et l’entreprise compte en EUR"),
        (("import", tmp_path / "none.csv"), "none.csv"),
        (("show", "--window", "7"), "30, 60, 90 ou 180"),
        (("decide", "x", "none"), "Aucun appel de plateforme"),
    ):
        result = run("sources", *words, "--data", data)
        assert result.exit_code != 0 and said in plain(result.stderr), (words, result.stderr, result.stdout)
