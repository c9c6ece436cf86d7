"""Past calls are asked for with one command, or come from a file; another command says how far they are."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from decroche.capture.history.plan import Backfill, Reading, Sweep
from decroche.capture.history.poller import BACKFILL, backfill_of
from decroche.cli import app
from decroche.ledger.positions import write_position
from decroche.ledger.reach import Reach, write_reach
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from tests.cli.auditing import GARAGE


def run(data: Path, *words: str) -> tuple[int, str]:
    found = CliRunner().invoke(app, [*words, "--data", str(data), "--lang", "en"])
    return found.exit_code, found.output


def day(ago: int) -> str:
    return (datetime.now(UTC).date() - timedelta(days=ago)).isoformat()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    assert run(tmp_path, "account", "Garage", "--zone", "UTC")[0] == 0
    assert run(tmp_path, "connect", "ringover", "--set", "api_key=k", "--name", "Phone")[0] == 0
    return tmp_path


def ledger(data: Path) -> Ledger:
    return Ledger(f"sqlite:///{data / 'ledger.db'}")


def endpoint(found: Ledger) -> str:
    with found.reading() as connection:
        id: str = connection.execute(sa.select(endpoints.c.id)).scalar_one()
        return id


def test_a_period_is_asked_for_and_its_progress_is_seen(data: Path) -> None:
    code, said = run(data, "backfill", "phone", "--from", day(10), "--to", day(1))
    assert code == 0 and f"from {day(10)} to {day(1)}" in said
    assert "0% read, 0 received" in run(data, "endpoints")[1]
    found = ledger(data)
    id = endpoint(found)
    with found.writing() as connection:
        wish = backfill_of(connection, id)
        assert wish is not None
        asked, _ = wish
        half = Reading(sweep=Sweep.BACKFILL, at=asked.begin + (asked.end - asked.begin) / 2, until=asked.end)
        state = Backfill(asked=asked.id, reading=half, records=12)
        write_position(connection, id, BACKFILL, msgspec.json.encode(state).decode())
    assert f"calls from {day(10)} to {day(1)}: 50% read, 12 received" in run(data, "endpoints")[1]
    assert "is given up" in run(data, "backfill", "Phone", "--from", day(3))[1]
    assert "0% read" in run(data, "endpoints")[1]
    found.close()


def test_no_more_is_asked_for_than_the_platform_keeps(data: Path) -> None:
    code, said = run(data, "backfill", "ringover", "--from", day(1000))
    assert code == 0
    assert f"keeps calls for 180 days: reading begins on {day(180)}" in said


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nobody", "--from", day(3)), "No phone system is called “nobody”. Those connected: Phone ("),
        (("Phone", "--from", "3 May"), "“3 May” is not a day"),
        (("Phone", "--from", "9999-12-31"), "There is nothing to read"),
        (("Phone", "--from", day(2), "--to", day(5)), "There is nothing to read"),
        (("Phone", "--from", day(900), "--to", day(800)), "older than Ringover keeps (180 days)"),
        (("Asterisk", "--from", day(3)), "does not give its past calls"),
        (("Desk", "--from", day(3)), "“Desk” has no API key (api_id, api_token)"),
    ],
)
def test_what_cannot_be_read_is_said(data: Path, words: tuple[str, ...], said: str) -> None:
    run(data, "connect", "asterisk", "--set", "queue_log_path=/var/log/x", "--name", "Asterisk")
    run(data, "connect", "aircall", "--set", "token=t", "--name", "Desk")
    code, told = run(data, "backfill", *words)
    assert code == 2 and said in told


def test_the_list_says_calmly_what_is_not_read_and_whether_we_are_reached(data: Path) -> None:
    said = run(data, "connect", "aircall", "--set", "token=t", "--name", "Desk")[1]
    assert "each minute" not in said
    assert "no API key for Aircall: past calls are not read" in run(data, "endpoints")[1]
    found = ledger(data)
    for reach in Reach:
        with found.writing() as connection:
            write_reach(connection, reach, datetime.now(UTC))
        assert "ublic address" in run(data, "endpoints")[1]
    found.close()


def test_an_export_is_imported_and_every_row_is_accounted_for(data: Path, tmp_path: Path) -> None:
    rejected = tmp_path / "rejected.csv"
    words = ("import", str(GARAGE), "--endpoint", "phone", "--rejected", str(rejected))
    code, said = run(data, *words)
    assert code == 0 and "4,509" in said and "0 known already" in said
    assert "0 new rows for “Phone”" in run(data, *words)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nowhere.csv", "--endpoint", "Phone"), "nowhere.csv"),
        ((str(GARAGE), "--endpoint", "Fax"), "No phone system is called “Fax”"),
        (
            (str(GARAGE), "--endpoint", "Phone", "--memory", "much"),
            "“much” is not an amount of memory. Example: --memory 1200MB",
        ),
    ],
)
def test_what_cannot_be_imported_is_said(data: Path, words: tuple[str, ...], said: str) -> None:
    code, told = run(data, "import", *words)
    assert code == 2 and said in told
