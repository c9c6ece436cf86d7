"""Two weeks of a small branch, small enough to be counted by hand, in every form that an export can have."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import xlsxwriter  # type: ignore[import-untyped]
from pyarrow import parquet

HEADERS = (
    "Call ID", "Start time", "Direction", "Caller number", "Called number", "Agent", "Outcome", "Wait (s)", "Talk (s)",
)  # fmt: skip
OURS = "0199000100"

#: Day from Monday 2 March 2026, time, direction, caller, agent, outcome, wait, talk. 01 is missed and then answered, 02
#: is missed three times and never answered, 03 is missed and called back, one hides the number; the wait of the last
#: call cannot be, and its row is rejected.
_CALLS = """
0  09:00:10 Inbound  0639980001 -    Missed     25   0
0  09:20:40 Inbound  0639980001 Nora Answered    8  90
0  10:05:00 Inbound  0639980002 -    Abandoned  40   0
1  10:05:00 Inbound  0639980002 -    Abandoned   3   0
1  15:30:00 Inbound  0639980003 -    Busy        0   0
1  16:10:00 Outbound 0639980003 Omar Answered   12 120
2  11:00:00 Inbound  0639980004 Nora Answered   20  60
2  11:30:00 Inbound  0639980005 Omar Answered   21  45
3  09:15:00 Inbound  Anonymous  -    Missed     18   0
3  14:00:00 Inbound  0639980002 -    Voicemail  30   0
4  17:00:00 Inbound  0639980006 Omar Answered    5 200
7  09:30:00 Inbound  0639980004 Nora Answered    4  75
8  13:10:00 Inbound  0639980007 Nora Answered   10  30
13 16:00:00 Inbound  0639980008 Omar Answered   11  80
13 16:30:00 Inbound  0639980009 Omar Answered   -5  80
"""
_MONDAY = datetime(2026, 3, 2)  # noqa: DTZ001 - an export writes local times without a zone

#: What the table says, by its path in report.json.
COUNTED: Mapping[str, int] = {
    "accounting.rows_read": 15,
    "accounting.calls": 14,
    "accounting.legs_joined": 0,
    "accounting.ignored": 0,
    "accounting.rejected": 1,
    "totals.calls": 14,
    "totals.outbound": 1,
    "totals.offered": 13,
    "totals.answered": 7,
    "totals.missed": 6,
    "totals.abandoned": 2,
    "totals.short_abandoned": 1,
    "totals.voicemail_left": 1,
    "totals.masked_missed": 1,
    "journeys.journeys": 3,
    "journeys.recovered_by_caller": 1,
    "journeys.recovered_by_us": 1,
    "journeys.lost": 1,
}


def rows(first: int = 0, last: int | None = None) -> list[dict[str, Any]]:
    """The rows from ``first`` up to ``last``, counted from 0, with typed values."""
    found = []
    for number, line in enumerate(_CALLS.strip().splitlines(), start=1):
        day, clock, direction, caller, agent, outcome, wait, talk = line.split()
        hours, minutes, seconds = map(int, clock.split(":"))
        start = _MONDAY + timedelta(days=int(day), hours=hours, minutes=minutes, seconds=seconds)
        person = None if agent == "-" else agent
        numbers = (OURS, caller) if direction == "Outbound" else (caller, OURS)
        values = (f"B{number:04d}", start, direction, *numbers, person, outcome, int(wait), int(talk))
        found.append(dict(zip(HEADERS, values, strict=True)))
    return found[first:last]


def csv(calls: list[dict[str, Any]], delimiter: str = ",") -> str:
    """The calls as a delimited text."""
    lines = [delimiter.join(HEADERS)]
    lines += [delimiter.join("" if value is None else str(value) for value in call.values()) for call in calls]
    return "\n".join(lines) + "\n"


def _xlsx(path: Path) -> None:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Calls")
        moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
        sheet.write_row(0, 0, HEADERS)
        for number, call in enumerate(rows(), start=1):
            for place, value in enumerate(call.values()):
                if isinstance(value, datetime):
                    sheet.write_datetime(number, place, value, moment)
                elif value is not None:
                    sheet.write(number, place, value)


def packed() -> bytes:
    """The CSV file, compressed."""
    return gzip.compress(csv(rows()).encode())


def _zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("calls of march.csv", csv(rows()))


def _json_lines(path: Path) -> None:
    lines = [json.dumps(call, default=lambda moment: moment.isoformat()) for call in rows()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


#: Ways to write the same calls; the names of the files say nothing about what is inside.
WAYS: Mapping[str, Callable[[Path], object]] = {
    "tabs in UTF-16": lambda path: path.write_text(csv(rows(), "\t"), encoding="utf-16"),
    "zip": _zip,
    "Excel": _xlsx,
    "Parquet": lambda path: parquet.write_table(pa.Table.from_pylist(rows()), path),
    "JSON lines": _json_lines,
}
