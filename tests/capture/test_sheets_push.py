"""A spreadsheet holds what the tables hold, each row once, whatever Google and the machine do meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import httpx
import pyarrow as pa
import pytest
from cryptography.fernet import Fernet

from decroche.capture.patience import Patience
from decroche.capture.sheets_api import BadKey, read_key, spreadsheet_of
from decroche.capture.sheets_push import BLOCK, EVERY, SheetPusher, lasting_rows
from decroche.connector_kit.errors import Misconfigured
from decroche.ledger.setting_up import add_account
from decroche.ledger.sheet_pushes import SheetPush, add_sheet, remove_sheet, sheets_of
from decroche.ledger.store import Ledger
from decroche.model.feed import FEEDS, Kind
from decroche.prove.service_feed_files import schema_of
from tests.databases import opened
from tests.ledger.business import BOX
from tests.platforms.google_sheets import EMAIL, ID, Google, key_file

pytestmark = pytest.mark.hard
NOW = datetime.fromisoformat("2026-11-16T09:12:00+00:00")
FIRST = date(2026, 1, 1)


class NotYet(Exception):
    """Columns are being made."""


@dataclass
class Place:
    """A garage, a spreadsheet at Google's, and a clock."""

    ledger: Ledger
    google: Google
    now: datetime
    rows: dict[str, list[dict[str, Any]]]
    ready: bool = True

    def read(self, account: str, table: str, since: date) -> Iterator[pa.Table]:
        if not self.ready:
            raise NotYet
        assert account == "a1" and since == FIRST
        rows = self.rows.get(table, [])
        for first in range(0, len(rows), 300):
            yield pa.Table.from_pylist(rows[first : first + 300], schema=schema_of(FEEDS[table]))

    def turn(self, *, later: timedelta = timedelta(0)) -> None:
        """A new process looks what is due."""
        self.now += later
        patience = Patience(wait=lambda event, seconds: None, elapsed=lambda: 0.0)
        pusher = SheetPusher(
            self.ledger, self.read, not_ready=NotYet, box=BOX, clock=lambda: self.now, patience=_free(patience)
        )
        with httpx.Client(transport=self.google.transport()) as client:
            pusher.turn(client, threading.Event())

    def sheet(self) -> SheetPush:
        with self.ledger.reading() as connection:
            (found,) = sheets_of(connection, BOX)
        return found

    def holds(self, table: str) -> bool:
        """Whether the tab holds the rows, each once."""
        names = [each.name for each in FEEDS[table].columns]
        cells = self.google.cells(table)
        return cells[0] == names and cells == [list(row) for row in lasting_rows(self.read("a1", table, FIRST), table)]


def _free(patience: Patience) -> Patience:
    """Time that passes as it is asked for."""
    passed = [0.0]

    def elapsed() -> float:
        passed[0] += 60.0
        return passed[0]

    return Patience(wait=patience.wait, elapsed=elapsed)


def row(table: str, number: int, **more: Any) -> dict[str, Any]:
    at = NOW - timedelta(hours=5000 - number)
    values: dict[Kind, Any] = {
        Kind.TEXT: f"=mot {number}", Kind.WHOLE: number, Kind.NUMBER: number / 2, Kind.MOMENT: at,
        Kind.LOCAL: at.replace(tzinfo=None), Kind.DAY: FIRST + timedelta(days=number),
    }  # fmt: skip
    return {each.name: values[each.kind] for each in FEEDS[table].columns} | more


@pytest.fixture
def here() -> Iterator[Place]:
    with opened("sqlite") as ledger:
        with ledger.writing() as connection:
            add_account(connection, id="a1", name="Garage", country="FR", zone="Europe/Paris", language="fr", now=NOW)
            add_sheet(
                connection, "a1", name="Tableau", spreadsheet=ID, tables=["v1_daily_kpi", "v1_calls"], since=FIRST,
                key=read_key(key_file()), box=BOX, now=NOW,
            )  # fmt: skip
        made = Place(ledger, Google(lambda: made.now), NOW, {})
        made.rows = {
            "v1_daily_kpi": [row("v1_daily_kpi", number) for number in range(40)],
            "v1_calls": [
                row("v1_calls", number, call_id=f"c{number:05}") for number in reversed(range(2 * BLOCK + 10))
            ],
        }
        yield made


def test_tables_become_tabs_with_their_header(here: Place) -> None:
    here.turn()
    assert here.holds("v1_daily_kpi") and here.holds("v1_calls")
    first = dict(zip(here.google.cells("v1_daily_kpi")[0], here.google.cells("v1_daily_kpi")[1], strict=True))
    assert first["local_date"] == "2026-01-01" and first["offered"] == 0 and first["site"] == "=mot 0"
    told = here.sheet()
    assert told.pushed_at == NOW and told.problem is None


def test_only_what_changed_is_written_again(here: Place) -> None:
    here.turn()
    written = len(here.google.writes())
    here.turn(later=EVERY)
    assert len(here.google.writes()) == written
    here.rows["v1_calls"][0] |= {"talk_s": None, "agent": None}
    here.rows["v1_calls"].insert(0, row("v1_calls", 9000, call_id="new"))
    here.turn(later=EVERY)
    (last,) = here.google.writes()[written:]
    assert [each["range"] for each in last["data"]] == [f"'v1_calls'!A{2 * BLOCK + 1}"]
    assert here.holds("v1_calls") and here.google.cells("v1_calls")[-1][0] == "new"


def test_a_table_that_shrinks_leaves_nothing_behind(here: Place) -> None:
    here.turn()
    here.rows["v1_calls"] = here.rows["v1_calls"][-5:]
    here.rows["v1_daily_kpi"] = []
    here.turn(later=EVERY)
    assert here.holds("v1_calls") and here.holds("v1_daily_kpi")
    assert len(here.google.cells("v1_calls")) == 6 and len(here.google.cells("v1_daily_kpi")) == 1


def test_a_lost_answer_makes_no_row_twice(here: Place) -> None:
    for _ in range(12):
        here.google.lose_answers = 1
        here.turn(later=EVERY)
        if here.sheet().problem is None:
            break
    here.google.lose_answers = 0
    here.turn(later=EVERY)
    assert here.holds("v1_calls") and here.holds("v1_daily_kpi")
    assert here.sheet().problem is None


def test_bad_days_are_waited_out(here: Place) -> None:
    here.google.bad_days = [httpx.Response(429, headers={"Retry-After": "7"})]
    here.turn()
    assert "429" in str(here.sheet().problem) and here.google.tabs == {}
    here.google.bad_days = [httpx.Response(503), httpx.Response(500, text="<html>")]
    for _ in range(3):
        here.turn(later=timedelta(hours=1))
    assert here.holds("v1_calls") and here.sheet().problem is None


def test_what_is_told_to_wait_waits(here: Place) -> None:
    patience = Patience(wait=lambda event, seconds: None, elapsed=lambda: 0.0)
    pusher = SheetPusher(
        here.ledger, here.read, not_ready=NotYet, box=BOX, clock=lambda: here.now, patience=_free(patience)
    )
    here.google.bad_days = [httpx.Response(429, headers={"Retry-After": "100"})]
    with httpx.Client(transport=here.google.transport()) as client:
        pusher.turn(client, threading.Event())
        here.now += timedelta(seconds=99)
        pusher.turn(client, threading.Event())
        assert len(here.google.asked) == 1
        here.now += timedelta(seconds=2)
        pusher.turn(client, threading.Event())
        assert here.holds("v1_calls")
        asked = len(here.google.asked)
        pusher.turn(client, threading.Event())
        assert len(here.google.asked) == asked, "not due again before a quarter of an hour"


def test_a_token_that_ends_early_is_asked_for_again(here: Place) -> None:
    here.turn()
    here.google.ended = set(here.google._tokens)
    here.rows["v1_daily_kpi"].append(row("v1_daily_kpi", 41))
    here.turn(later=timedelta(hours=2))
    assert here.holds("v1_daily_kpi")


def test_a_tab_that_somebody_removes_is_written_anew(here: Place) -> None:
    here.turn()
    del here.google.tabs["v1_calls"]
    here.turn(later=EVERY)
    assert here.holds("v1_calls")


def test_what_only_a_person_can_mend_is_said(here: Place) -> None:
    here.google.shared = False
    here.turn()
    problem = here.sheet().problem
    assert problem is not None and EMAIL in str(problem) and "BEGIN" not in str(problem)
    here.google.shared = True
    here.turn(later=timedelta(hours=2))
    assert here.sheet().problem is None and here.holds("v1_calls")


def test_columns_that_are_being_made_are_waited_for(here: Place) -> None:
    here.ready = False
    here.turn()
    assert here.sheet().problem is None and here.sheet().pushed_at is None
    here.ready = True
    here.turn(later=EVERY)
    assert here.holds("v1_calls")


def test_a_sheet_that_is_removed_is_written_no_more(here: Place) -> None:
    with here.ledger.writing() as connection:
        assert not remove_sheet(connection, "b2", here.sheet().id, now=NOW)
        assert remove_sheet(connection, "a1", here.sheet().id, now=NOW)
    here.turn()
    assert here.google.asked == []


def test_a_key_that_does_not_open_keeps_no_other_spreadsheet_waiting(here: Place) -> None:
    other = Fernet(Fernet.generate_key())
    with here.ledger.writing() as connection:
        bad = add_sheet(
            connection, "a1", name="Autre", spreadsheet="x" * 44, tables=["v1_calls"], since=FIRST, key={}, box=other,
            now=NOW - timedelta(days=1),
        )  # fmt: skip
    here.turn()
    assert here.holds("v1_calls")
    with here.ledger.writing() as connection:
        first, second = sheets_of(connection, BOX)
        assert (first.id, first.key, first.pushed_at) == (bad, None, None) and second.pushed_at == NOW
        assert "connect it again" in str(first.problem) and second.problem is None
        assert remove_sheet(connection, "a1", bad, now=NOW)


def test_too_many_rows_are_told() -> None:
    names = schema_of(FEEDS["v1_costs"])
    many = pa.Table.from_pylist([{"cost_line_id": str(number)} for number in range(50_001)], schema=names)
    with pytest.raises(Misconfigured):
        lasting_rows([many], "v1_costs")


def test_of_too_many_rows_no_more_are_read_than_it_takes_to_know() -> None:
    part = pa.Table.from_pylist([{"label": "x"}] * 20_000, schema=schema_of(FEEDS["v1_costs"]))
    asked: list[int] = []

    def parts() -> Iterator[pa.Table]:
        for number in range(50):
            asked.append(number)
            yield part

    with pytest.raises(Misconfigured):
        lasting_rows(parts(), "v1_costs")
    assert len(asked) == 3


def test_keys_and_addresses_are_read() -> None:
    assert spreadsheet_of(f"https://docs.google.com/spreadsheets/d/{ID}/edit#gid=0") == ID == spreadsheet_of(ID)
    assert spreadsheet_of("https://example.com/") is None and spreadsheet_of("../../x") is None
    assert read_key(key_file())["client_email"] == EMAIL
    for wrong in ("", "{}", "[]", '{"type": "authorized_user"}', key_file().replace("service_account", "user"),
                  key_file().replace("BEGIN PRIVATE", "BEGIN PUBLIC")):  # fmt: skip
        with pytest.raises(BadKey):
            read_key(wrong)
