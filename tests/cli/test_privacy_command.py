"""``decroche privacy``: with no server running, everything is done before the command ends."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from decroche.ledger.erasing import erasures_of
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from tests.cli.test_ledger_commands import plain, run

NUMBER = "06 39 98 00 12"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    return folder


def test_access_writes_one_file(data: Path, tmp_path: Path) -> None:
    file = tmp_path / "one.zip"
    assert run("privacy", "access", NUMBER, file, "--data", data).exit_code == 0
    assert "everything.json" in zipfile.ZipFile(file).namelist()
    assert file.stat().st_mode & 0o077 == 0
    again = run("privacy", "access", NUMBER, file, "--data", data)
    assert again.exit_code == 2 and "existe déjà" in plain(again.stderr)
    assert run("privacy", "access", "rien", tmp_path / "two.zip", "--data", data).exit_code == 2


def test_erase_asks_first_and_then_does_it(data: Path) -> None:
    asked = run("privacy", "erase", NUMBER, "--data", data, "--lang", "en")
    assert asked.exit_code == 2 and "--yes" in asked.stderr
    done = run("privacy", "erase", NUMBER, "--yes", "--data", data, "--lang", "en")
    assert done.exit_code == 0 and done.stdout.startswith("Erased.")
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.reading() as connection:
        (found,) = erasures_of(connection, connection.execute(accounts.select()).one().id)
    ledger.close()
    assert found.number is None and found.done_at is not None and found.done_at < datetime.now(UTC)


def test_erase_leaves_the_work_to_a_server_that_folds(data: Path) -> None:
    ledger = Ledger(f"sqlite:///{data / 'ledger.db'}")
    with ledger.folding() as ours:
        assert ours
        done = run("privacy", "erase", NUMBER, "--yes", "--data", data, "--lang", "en")
    ledger.close()
    assert "the server erases the rest" in done.stdout


def test_keep_shows_and_shortens(data: Path) -> None:
    assert "12 months (13 at most)" in plain(run("privacy", "keep", "--data", data, "--lang", "en").stdout)
    short = plain(run("privacy", "keep", "--numbers", "6", "--data", data, "--lang", "en").stdout)
    assert "6 months (13 at most)" in short
    wrong = run("privacy", "keep", "--texts", "24", "--data", data)
    assert wrong.exit_code == 2 and "de 1 à 12 mois" in plain(wrong.stderr)
