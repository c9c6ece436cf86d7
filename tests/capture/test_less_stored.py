"""A table that numbers its calls in order is stored without what joins rows; all figures stay what they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from decroche.capture.files.loading import ROWS
from decroche.capture.files.planning import Request, plan
from decroche.capture.files.reading import Known, Reading, accounting, read
from decroche.capture.files.texts import is_bare
from decroche.connectors.registry import FORMATS
from decroche.warehouse.calls import folded_calls, whole_calls
from decroche.warehouse.engine import Engine
from decroche.warehouse.whole_rows import in_order
from tests.capture.made_files import HEADINGS, NOW, ROWS_MADE, silent, table

HALF = len(ROWS_MADE) // 2


def _read(path: Path, engine: Engine) -> Reading:
    request = Request(paths=[path], scratch=path.parent, now=NOW, formats=FORMATS)
    return read(engine, plan(engine, request, silent), Known(machine_zone="Europe/Paris"), request, silent)


def _numbered(numbers: list[str]) -> str:
    rows = [(number, *row) for number, row in zip(numbers, ROWS_MADE, strict=True)]
    return table(rows, ("ID appel", *HEADINGS))


def _numbers(*, changed: dict[int, str] | None = None, down: bool = False) -> list[str]:
    numbers = [str(1000 + number) for number in range(len(ROWS_MADE))]
    for place, number in (changed or {}).items():
        numbers[place] = number
    return numbers[::-1] if down else numbers


@pytest.mark.parametrize("down", [False, True])
def test_of_calls_numbered_in_order_the_key_is_not_stored(tmp_path: Path, *, down: bool) -> None:
    (tmp_path / "calls.csv").write_text(_numbered(_numbers(down=down)))
    with Engine(tmp_path) as engine:
        reading = _read(tmp_path / "calls.csv", engine)
        rows = engine.table(ROWS)
        calls = engine.records(whole_calls(rows))
        assert "call_key" not in rows.columns
        assert "agent" not in rows.columns
        assert not reading.legs
        assert len(calls) == len(ROWS_MADE)
        assert {call["direction"] for call in calls} == {"inbound"}
        assert {call["agent"] for call in calls} == {None}


@pytest.mark.parametrize(
    ("numbers", "calls"),
    [
        pytest.param(_numbers(changed={HALF: str(1000 + HALF - 1)}), len(ROWS_MADE) - 1, id="one call in two rows"),
        pytest.param(_numbers(changed={HALF: f"0{1000 + HALF - 1}"}), len(ROWS_MADE), id="zero in front"),
        pytest.param(_numbers(changed={HALF: ""}), len(ROWS_MADE), id="no number"),
        pytest.param(_numbers(changed={HALF: "A12"}), len(ROWS_MADE), id="no digits"),
        pytest.param(_numbers(changed={HALF: "7"}), len(ROWS_MADE), id="begins again"),
    ],
)
def test_calls_that_are_not_numbered_in_order_are_joined_by_their_key(
    tmp_path: Path, numbers: list[str], calls: int
) -> None:
    (tmp_path / "calls.csv").write_text(_numbered(numbers))
    with Engine(tmp_path) as engine:
        reading = _read(tmp_path / "calls.csv", engine)
        rows = engine.table(ROWS)
        assert "call_key" in rows.columns
        found = engine.records((folded_calls if reading.legs else whole_calls)(rows))
        assert len(found) == calls
        assert accounting(engine, reading, len(found)).legs_joined == len(ROWS_MADE) - calls


def test_a_number_that_comes_again_far_down_is_found(tmp_path: Path) -> None:
    rows = [(str(number), *ROWS_MADE[number % len(ROWS_MADE)]) for number in (*range(2100), 2099, 2099)]
    (tmp_path / "calls.csv").write_text(table(rows, ("ID appel", *HEADINGS)))
    with Engine(tmp_path) as engine:
        reading = _read(tmp_path / "calls.csv", engine)
        found = engine.records(folded_calls(engine.table(ROWS)))
        assert len(found) == 2100
        assert accounting(engine, reading, len(found)).ignored_by_reason == {"duplicate": 2}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[1, 2, 5], [6], [9, 12]], True),
        ([[12, 9], [6, 5]], True),
        ([[1, 2], [2, 3]], False),
        ([[1, 2], [3, 3]], False),
        ([[1, 2, 3], [2]], False),
        ([[3], [2], [4]], False),
        ([], True),
        ([[], [1], [], [2]], True),
        ([[], [2], [], [2]], False),
    ],
)
def test_numbers_are_in_order_across_parts(parts: list[list[int]], *, expected: bool) -> None:
    assert in_order(np.array(part, np.int64) for part in parts) is expected


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("a;b c;d\ne;;f\n", True),
        ("a;b c;d\r\ne;;f\r\n", True),
        ("a;b", True),
        ("a; b\n", False),
        ("a ;b\n", False),
        ("a;b\n c;d\n", False),
        ("a;b \nc;d\n", False),
        ("a;b\t\r\nc;d\r\n", False),
        (" a;b\n", False),
        ("a;b ", False),
        ('a;"b"\n', False),
        ("a;" + "b" * (256 * 1024 - 3) + " ;c\n", False),
        ("a;" + "b" * (256 * 1024 - 2) + " ;c\n", False),
        ("a;" + "b" * (256 * 1024 - 2) + "; c\n", False),
    ],
)
def test_a_text_is_bare_when_no_value_begins_or_ends_with_a_blank(tmp_path: Path, text: str, *, bare: bool) -> None:
    (tmp_path / "text").write_bytes(text.encode())
    assert is_bare(tmp_path / "text", delimiter=";", quote='"') is bare


def test_what_separates_is_no_blank(tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(b"a\tb\n\tc\n")
    assert is_bare(tmp_path / "text", delimiter="\t", quote='"')
    assert not is_bare(tmp_path / "text", delimiter=";", quote='"')
