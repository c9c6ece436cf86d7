"""``decroche campaign``: a file in, the three indicators out, with no server."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from decroche.cli import app
from tests.unit.capture.test_campaign_files import BANK, FRENCH


def run(path: Path, *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["campaign", str(path), *options])
    return result.exit_code, " ".join(result.output.split())


def test_a_campaign_is_told_in_french(tmp_path: Path) -> None:
    path = tmp_path / "campagne.csv"
    path.write_text(FRENCH, encoding="cp1252")
    code, said = run(path, "--cost", "60", "--margin", "100", "--save-mapping", str(tmp_path / "map.toml"))
    assert code == 0
    assert "10 lignes lues : 7 comptées, 2 laissées de côté, 1 illisible" in said
    assert "Coût par opportunité 20 €" in said and "60 € pour 3 opportunités" in said
    assert "Le levier à actionner d’abord" in said
    code, again = run(path, "--cost", "60", "--margin", "100", "--mapping", str(tmp_path / "map.toml"))
    assert code == 0 and "Coût par opportunité 20 €" in again


def test_a_campaign_is_told_to_programs(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text(BANK, encoding="utf-8")
    code, said = run(path, "--json", "--cost", "100")
    figures = json.loads(said)
    assert code == 0
    assert figures["conversion"]["person"]["numerator"] == 2
    assert figures["cost_per_opportunity"]["value"] == 50
    assert {"closing", "margin"} <= set(figures["missing"])


def test_what_is_wrong_is_said(tmp_path: Path) -> None:
    path = tmp_path / "bank.csv"
    path.write_text(BANK, encoding="utf-8")
    for options, said in (
        (("--cost", "cher"), "--cost"),
        (("--column", "y"), "USAGE=COLONNE"),
        (("--column", "opportunity=z"), "n’a pas de colonne « z »"),
        (("--until", "hier"), "--until"),
        (("--bands", "0 %: faible"), "--bands-source"),
    ):
        code, output = run(path, *options)
        assert code == 2 and said in output.replace("\u202f", " ").replace("\u00a0", " "), output
    code, output = run(tmp_path / "nothing.csv", "--lang", "en")
    assert code == 2 and "nothing.csv" in output
