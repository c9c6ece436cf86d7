"""Exports become calls of the ledger: every row accounted for, nothing twice, and one call with what was told live."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from decroche.capture.files.importing import Import, Imported, import_files
from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Malformed
from decroche.connectors.platforms import platform
from decroche.ledger.file_rows import COLUMNS, file_row, hear_file_row
from decroche.ledger.observations import Observation, append
from tests.capture.listening import NOW, Listening, listening
from tests.cli.auditing import GARAGE

BEGAN = datetime(2026, 5, 18, 9, 0)  # noqa: DTZ001 (as the reader hands it over: UTC without saying so)


def quiet(stage: str, name: str, done: int, total: int) -> None:
    """Nobody looks on."""


def imported(place: Listening, *paths: Path) -> Imported:
    rejected: list[Any] = []

    def tell(found: Iterator[Any]) -> None:
        rejected.extend(found)

    return import_files(place.ledger, Import(paths=paths, endpoint=place.endpoint, now=NOW), quiet, tell)


def master_csv(path: Path, rows: Sequence[tuple[str, int, str, int]]) -> Path:
    """Rows of Asterisk's call records: (uniqueid, minutes after BEGAN, disposition, seconds of talk)."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        for unique, minutes, disposition, talk in rows:
            start = BEGAN + timedelta(hours=2, minutes=minutes)
            end = start + timedelta(seconds=15 + talk)
            answered = f"{end - timedelta(seconds=talk):%F %T}" if talk else ""
            writer.writerow(
                [
                    "", "0639980001", "201", "from-trunk", '"0639980001" <0639980001>', "PJSIP/trunk-0000002a",
                    "PJSIP/201-0000002b", "Dial", "PJSIP/201,30", f"{start:%F %T}", answered, f"{end:%F %T}",
                    15 + talk, talk, disposition, "DOCUMENTATION", unique, "",
                ]
            )  # fmt: skip
    return path


def unique(minutes: int, number: int = 1) -> str:
    return f"{int((NOW - timedelta(days=2, hours=3)).timestamp()) + minutes * 60}.{number}"


@pytest.mark.hard
def test_every_row_of_an_export_is_accounted_for_and_known_the_second_time() -> None:
    with listening("asterisk", {}) as place:
        first = imported(place, GARAGE)
        assert first.accounting.rows_read == 4509
        assert first.new == first.accounting.calls + first.accounting.legs_joined > 4000
        assert imported(place, GARAGE).new == 0
        calls = place.fold()
        assert len(calls) == first.accounting.calls
        missed = [call for call in calls if call["disposition"] == "missed"]
        assert 100 < len(missed) < len(calls) / 2
        assert {call["sources"] for call in calls} == {"file"}


@pytest.mark.hard
def test_exports_that_overlap_count_each_call_once(tmp_path: Path) -> None:
    rows = [(unique(minutes), minutes, "NO ANSWER", 0) for minutes in range(0, 40, 4)]
    with listening("asterisk", {}) as place:
        assert imported(place, master_csv(tmp_path / "one.csv", rows[:7])).new == 7
        second = imported(place, master_csv(tmp_path / "two.csv", rows[4:]))
        assert second.accounting.calls == 6 and second.new == 3
        assert len(place.fold()) == 10


@pytest.mark.parametrize("live_first", [True, False])
def test_a_call_that_was_told_live_and_by_a_file_is_one_call(tmp_path: Path, live_first: bool) -> None:
    path = master_csv(tmp_path / "Master.csv", [(unique(0), 0, "ANSWERED", 60), (unique(9), 9, "NO ANSWER", 0)])
    log = next(part for part in _asterisk_follow() if part.name == "cdr")
    line = path.read_text(encoding="utf-8").splitlines()[0]
    with listening("asterisk", {}) as place:

        def hear_live() -> None:
            record = log.record(line)
            assert isinstance(record, Record)
            with place.ledger.writing() as connection:
                append(
                    connection,
                    [Observation(endpoint_id=place.endpoint.id, record=record, source="log", received_at=NOW)],
                )

        if live_first:
            hear_live()
        imported(place, path)
        place.fold()
        if not live_first:
            hear_live()
        answered, missed = place.fold()
        assert (answered["disposition"], answered["talk_s"], answered["sources"]) == ("answered", 60.0, "file log")
        assert (missed["disposition"], missed["sources"]) == ("missed", "file")


def _asterisk_follow() -> Sequence[Any]:
    return platform("asterisk").follow


def test_a_file_gives_the_end_that_was_never_told(tmp_path: Path) -> None:
    path = master_csv(tmp_path / "Master.csv", [(unique(0), 0, "ANSWERED", 60)])
    queue_log = next(part for part in _asterisk_follow() if part.name == "queue_log")
    second = unique(0).partition(".")[0]
    with listening("asterisk", {}) as place:
        lines = [f"{second}|{unique(0)}|accueil|NONE|ENTERQUEUE||0639980001|1"]
        found = [
            Observation(endpoint_id=place.endpoint.id, record=queue_log.record(each), source="log", received_at=NOW)
            for each in lines
        ]
        with place.ledger.writing() as connection:
            append(connection, found)
        assert [call["progress"] for call in place.fold()] == ["waiting"]
        imported(place, path)
        [call] = place.fold()
        assert (call["progress"], call["disposition"], call["talk_s"]) == ("ended", "answered", 60.0)


def test_callers_who_hide_their_number_at_the_same_minute_are_several(tmp_path: Path) -> None:
    path = tmp_path / "calls.csv"
    lines = ["Date;Heure;Sens;Appelant;Appelé;Résultat;Durée"]
    lines += ["18/05/2026;11:04;Entrant;Anonyme;0199000002;Manqué;0:00:20"] * 3
    lines += [f"18/05/2026;11:{minute};Entrant;063998{minute}01;0199000002;Répondu;0:02:00" for minute in range(10, 40)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    with listening("asterisk", {}) as place:
        done = imported(place, path)
        assert (done.accounting.calls, done.new) == (33, 33)
        assert len(place.fold()) == 33
        assert imported(place, path).new == 0


def row(**told: Any) -> dict[str, Any]:
    return {**dict.fromkeys(COLUMNS), "started": BEGAN, "direction": "inbound", **told}


def test_an_export_made_later_mends_the_row_of_the_one_before() -> None:
    before, after = (file_row(row(call_key="7", agent="Zoé", answered=True, talk_s=talk)) for talk in (10.0, 70.0))
    [old], [new] = hear_file_row(before).facts, hear_file_row(after).facts
    assert before.key != after.key
    assert (old.call_key, old.leg_key) == (new.call_key, new.leg_key)


def test_two_rows_of_a_call_are_two_legs_and_a_row_without_a_key_is_a_call() -> None:
    [first], [second] = (hear_file_row(file_row(row(call_key="7", agent=agent))).facts for agent in ("Zoé", "Ali"))
    assert first.call_key == second.call_key == "7" and first.leg_key != second.leg_key
    records = [file_row(row(total_s=total)) for total in (10.0, 20.0)] + [file_row(row(total_s=10.0), alike=2)]
    assert len({hear_file_row(each).facts[0].call_key for each in records}) == 3


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"started": "soon"}', b"\xff", b'{"started": null}'])
def test_a_row_that_is_none_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        hear_file_row(Record(kind="file_row", key="k", body=body))
