"""``decroche crm`` and ``opportunities``: connected, imported, shown and decided from the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.test_ledger_commands import plain, run

pytestmark = pytest.mark.hard


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    return folder


def test_a_crm_is_connected_listed_and_removed(data: Path) -> None:
    assert "Aucun CRM" in plain(run("crm", "list", "--data", data).stdout)
    steps = run("crm", "connect", "salesforce", "--steps", "--lang", "en")
    assert steps.exit_code == 0 and steps.stdout.startswith("# Connect Salesforce")
    missing = run("crm", "connect", "hubspot", "--data", data)
    assert missing.exit_code == 2 and "token" in missing.stderr
    made = run("crm", "connect", "hubspot", "--set", "token=pat-secret", "--calls", "missed", "--data", data)
    assert made.exit_code == 0 and "pat-secret" not in made.stdout
    listed = plain(run("crm", "list", "--data", data).stdout)
    assert "HubSpot" in listed and "pas encore lu" in listed and "manqués" in listed
    assert run("crm", "connect", "siebel", "--data", data).exit_code == 2
    assert run("crm", "connect", "hubspot", "--set", "token=x", "--calls", "some", "--data", data).exit_code == 2
    assert run("crm", "remove", "Siebel", "--data", data).exit_code == 2
    assert run("crm", "remove", "HubSpot", "--data", data).exit_code == 0
    assert "Aucun CRM" in plain(run("crm", "list", "--data", data).stdout)


def test_sales_are_imported_and_shown(data: Path, tmp_path: Path) -> None:
    assert "Aucune opportunité" in plain(run("opportunities", "--data", data).stdout)
    file = tmp_path / "ventes.csv"
    file.write_text("numéro;montant;état\n06 39 98 00 01;1 501,00 €;gagnée\n06 39 98 00 02;cher;perdue\n", "utf-8")
    done = run("opportunities", "import", file, "--data", data)
    said = plain(done.stdout)
    assert done.exit_code == 0 and "1 nouvelle" in said and "ligne 3 : montant illisible (cher)" in said
    shown = plain(run("opportunities", "show", "--data", data).stdout)
    assert "gagnée" in shown and "1 501 €" in shown and "…0001" in shown and "39980001" not in shown
    assert "Aucune opportunité" in plain(run("opportunities", "doubts", "--data", data).stdout)
    assert run("opportunities", "decide", "0" * 32, "06 39 98 00 01", "--data", data).exit_code == 2
    assert run("opportunities", "import", "--data", data).exit_code == 2
    other = tmp_path / "other.csv"
    other.write_text("a;b\n1;2\n", "utf-8")
    refused = run("opportunities", "import", other, "--data", data, "--lang", "en")
    assert refused.exit_code == 2 and "no column says who" in plain(refused.stderr)
