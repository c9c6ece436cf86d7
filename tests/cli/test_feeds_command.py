"""``decroche feeds``: tables written as files, and addresses made, listed and closed from the terminal."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.cli.test_ledger_commands import plain, run
from tests.databases import database
from tests.platforms.google_sheets import EMAIL, ID, key_file

pytestmark = pytest.mark.hard


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    assert run("account", "Garage", "--data", folder).exit_code == 0
    return folder


def test_tables_are_written_as_files(data: Path, tmp_path: Path) -> None:
    shown = run("feeds", "read", "v1_calls", "--data", data)
    assert shown.exit_code == 0 and shown.stdout.startswith("call_id,updated_at,")
    french = tmp_path / "jours.csv"
    done = run(
        "feeds", "read", "v1_daily_kpi", "--out", french, "--french-excel", "--from", "2026-01-01", "--data", data
    )
    assert done.exit_code == 0 and "0 ligne de v1_daily_kpi" in plain(done.stdout)
    assert french.read_bytes().startswith(b"\xef\xbb\xbflocal_date;iso_week")
    parquet = tmp_path / "calls.parquet"
    assert run("feeds", "read", "v1_calls", "--out", parquet, "--data", data).exit_code == 0
    assert pq.read_table(parquet).num_rows == 0
    for wrong in (
        ("v1_nothing",), ("v1_calls", "--out", tmp_path / "calls.xls"), ("v1_calls", "--from", "soon"),
        ("v1_costs", "--from", "2026-01-01"), ("v1_calls", "--out", tmp_path / "nowhere" / "calls.csv"),
    ):  # fmt: skip
        assert run("feeds", "read", *wrong, "--data", data).exit_code == 2, wrong


def test_addresses_are_made_listed_and_closed(data: Path) -> None:
    assert "Aucune adresse" in plain(run("feeds", "list", "--data", data).stdout)
    made = plain(run("feeds", "make", "Looker Studio", "--table", "v1_daily_kpi", "--data", data).stdout)
    assert "/feeds/dcf_" in made and "montrée cette seule fois" in made
    listed = plain(run("feeds", "list", "--data", data).stdout)
    assert "Looker Studio" in listed and "jamais lue" in listed and "dcf_" not in listed
    assert run("feeds", "make", "x", "--table", "v1_secrets", "--data", data).exit_code == 2
    assert run("feeds", "make", "x", "--site", "Nulle part", "--data", data).exit_code == 2
    assert run("feeds", "revoke", "Excel", "--data", data).exit_code == 2
    closed = run("feeds", "revoke", "Looker Studio", "--data", data, "--lang", "en")
    assert closed.exit_code == 0 and "is closed" in plain(closed.stdout)
    assert "Aucune adresse" in plain(run("feeds", "list", "--data", data).stdout)


def test_views_are_made_in_postgresql_for_roles_that_are_told_their_password_once(data: Path) -> None:
    refused = run("feeds", "views", "bi_garage", "--data", data)
    assert refused.exit_code == 2 and "PostgreSQL" in refused.stderr
    shown = run("feeds", "views", "--print")
    assert shown.exit_code == 0 and "CREATE VIEW decroche_bi.v1_calls WITH (security_barrier)" in shown.stdout
    with database("postgresql") as url:
        where = ("--database", url, "--data", data)
        assert run("account", "Garage", *where).exit_code == 0
        assert "aucun rôle" in plain(run("feeds", "views", *where).stdout)
        made = run("feeds", "views", "bi_garage_cli", *where)
        assert made.exit_code == 0 and "montré cette seule fois" in plain(made.stdout)
        assert "bi_garage_cli – tous les sites – sans les numéros" in plain(run("feeds", "views", *where).stdout)
        assert run("feeds", "views", "postgres", *where).exit_code == 2
        assert run("feeds", "views", "bi_nobody", "--remove", *where).exit_code == 2
        assert run("feeds", "views", "bi_garage_cli", "--remove", *where).exit_code == 0


def test_spreadsheets_are_connected_listed_and_removed(data: Path, tmp_path: Path) -> None:
    key = tmp_path / "key.json"
    key.write_text(key_file(), "utf-8")
    where, address = ("--data", data), f"https://docs.google.com/spreadsheets/d/{ID}/edit"
    assert "Aucune feuille" in plain(run("sheets", "list", *where).stdout)
    made = run("sheets", "connect", address, "--key", key, "--name", "Tableau", *where)
    assert made.exit_code == 0 and EMAIL in made.stdout and "PRIVATE" not in made.stdout
    listed = plain(run("sheets", "list", *where).stdout)
    assert "Tableau – v1_daily_kpi – pas encore écrite" in listed
    for wrong in (
        ("https://example.com", "--key", key), (address, "--key", tmp_path / "none.json"), (address, "--key", data),
        (address, "--key", key, "--table", "v1_nothing"), (address, "--key", key, "--from", "soon"),
    ):  # fmt: skip
        assert run("sheets", "connect", *wrong, *where).exit_code == 2, wrong
    assert run("sheets", "remove", "Autre", *where).exit_code == 2
    assert run("sheets", "remove", "Tableau", *where).exit_code == 0
    assert "Aucune feuille" in plain(run("sheets", "list", *where).stdout)
