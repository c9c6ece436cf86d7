"""``decroche proof``: the figures in words, for programs, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decroche.ledger.recovery_settings import write_settings as keep
from decroche.ledger.store import Ledger
from decroche.ledger.tables import accounts
from decroche.recover.settings import RecoverySettings, write_settings
from decroche.server_settings import read_server_settings
from tests.cli.test_ledger_commands import plain, run
from tests.recover.quarter import write_quarter

DAYS = timedelta(days=1)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A business that measured for two months, with a true difference of 30 points."""
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    now = datetime.now(UTC)
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    with ledger.writing() as connection:
        account = connection.execute(accounts.select()).one().id
        keep(connection, account, write_settings(RecoverySettings(holdout=0.5, value=120.0)), now)
    key = read_server_settings(None, data=folder, database=None).fingerprint_key()
    write_quarter(ledger, account, a_day=20, days=50, base=0.2, changed=0.5, share=0.5, begin=now - 60 * DAYS, key=key)
    ledger.close()
    return folder


def test_it_tells_outcomes_delays_and_the_verdict(data: Path) -> None:
    told = plain(run("proof", "--data", data).stdout)
    assert told.startswith("Garage, du ")
    assert "Récupérés" in told and "médiane 1 min 10 s (" in told
    assert "Sans heures d’ouverture" in told
    assert "Groupe témoin holdout-0.5" in told
    assert "L’action récupère davantage d’appelants : c’est établi." in told and "Établi le" in told
    assert "points (entre +" in told and "récupérations (entre" in told and "€" in told
    assert "Définitions" in told and "quoi qu’on lui ait envoyé" in told
    english = plain(run("proof", "--data", data, "--lang", "en").stdout)
    assert "Left alone" in english and "The remedy recovers more callers" in english
    canadian = plain(run("proof", "--data", data, "--lang", "fr-CA").stdout)
    assert "notre premier texto remis" in canadian and "SMS" not in canadian


def test_with_open_hours_delays_are_told_in_both(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    assert run("account", "Garage", "--hours", "mon-sun 00:00-24:00", "--data", folder).exit_code == 0
    ledger = Ledger(f"sqlite:///{folder / 'ledger.db'}")
    with ledger.reading() as connection:
        account = connection.execute(accounts.select()).one().id
    write_quarter(
        ledger, account, a_day=2, days=2, base=0.0, changed=1.0, share=0.0, begin=datetime.now(UTC) - 9 * DAYS
    )
    ledger.close()
    told = plain(run("proof", "--data", folder).stdout)
    assert "médiane 3 h, dont 3 h d’ouverture (4 sur 4)" in told


def test_programs_get_what_the_api_gives(data: Path) -> None:
    found = json.loads(run("proof", "--data", data, "--json").stdout)
    (experiment,) = found["experiments"]
    assert (experiment["n"], experiment["verdict"], found["proposal"]) == (1000, "better", None)
    day = datetime.now(UTC).date() - timedelta(days=200)
    empty = json.loads(run("proof", "--data", data, "--json", "--from", day, "--to", day).stdout)
    assert empty["journeys"] == 0 and empty["experiments"][0]["n"] == 1000


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "hier"), "« hier » n’est pas un jour"),
        (("--from", "2026-03-02", "--to", "2026-03-01"), "La période est vide"),
        (("--site", "Lyon"), "Aucun site Lyon."),
    ],
)
def test_what_cannot_be_shown_is_said(data: Path, words: tuple[str, ...], said: str) -> None:
    answer = run("proof", *words, "--data", data)
    assert answer.exit_code == 2
    assert said in plain(answer.stderr)


def test_a_new_business_has_nothing_to_prove_yet(tmp_path: Path) -> None:
    run("account", "Garage", "--data", tmp_path / "data")
    told = plain(run("proof", "--data", tmp_path / "data").stdout)
    assert "0 parcours manqué" in told
    assert "On ne sait pas encore combien d’appelants sont récupérés sans message." in told
