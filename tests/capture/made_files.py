"""Exports of a small French business, whole or spoilt, and what reading them gives."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]

from decroche.capture.files.loading import ROWS
from decroche.capture.files.opening import Limits
from decroche.capture.files.planning import Request, plan
from decroche.capture.files.reading import Known, accounting, read, rejections
from decroche.connectors.registry import FORMATS
from decroche.model.figures import Accounting
from decroche.warehouse.engine import Engine

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADINGS = ("Date", "Appelant", "Appelé", "Sens", "Résultat", "Attente (s)", "Conversation (s)")
ROWS_MADE = tuple(
    (
        (datetime(2026, 3, 16, 8, 0, tzinfo=UTC) + timedelta(minutes=37 * number)).strftime("%d/%m/%Y %H:%M:%S"),
        f"06{12345600 + number:08d}",
        "0387000000",
        "Entrant",
        "Manqué" if number % 3 == 0 else "Répondu",
        str(5 + number),
        "0" if number % 3 == 0 else str(60 + number),
    )
    for number in range(24)
)


@dataclass(frozen=True)
class Outcome:
    """What reading a set of files gave: where the rows went, (file, line, reason) of the rejected, UTC starts."""

    accounting: Accounting
    rejected: tuple[tuple[str, int, str], ...]
    texts: tuple[str, ...]
    starts: tuple[datetime, ...]
    hours_repeated: int
    hours_missing: int
    warned: tuple[str, ...]


def table(rows: Iterable[Sequence[str]] = ROWS_MADE, headings: Sequence[str] = HEADINGS, ends: str = "\n") -> str:
    """A delimited text."""
    return "".join(";".join(row) + ends for row in (headings, *rows) if row)


def lines_with(**changed: str | None) -> str:
    """The table with some lines replaced, by "l" and their number from 1; None leaves a line out."""
    lines = table().splitlines()
    for name, text in changed.items():
        lines[int(name[1:]) - 1] = "\0" if text is None else text
    return "\n".join(line for line in lines if line != "\0") + "\n"


def undated(row: int) -> str:
    """The data row (from 0) with a date that does not exist."""
    return ";".join(("31/02/2026 10:00:00", *ROWS_MADE[row][1:]))


def row_text(row: int) -> str:
    """The data row (from 0) as it stands in the table."""
    return ";".join(ROWS_MADE[row])


def zipped(members: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip archive."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def workbook(sheets: Sequence[tuple[str, Sequence[Sequence[Any]]]]) -> bytes:
    """An Excel file; datetimes become real date cells."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    dated = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    for name, rows in sheets:
        sheet = book.add_worksheet(name)
        for place, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(place, column, value, dated)
                else:
                    sheet.write(place, column, value)
    book.close()
    return packed.getvalue()


def dated_rows() -> list[list[Any]]:
    """The rows with their dates and durations as values."""
    return [
        [datetime.strptime(row[0], "%d/%m/%Y %H:%M:%S"), *row[1:5], int(row[5]), int(row[6])]  # noqa: DTZ007
        for row in ROWS_MADE
    ]


def silent(stage: str, name: str, done: int, total: int) -> None:
    """Take no note of progress."""


def outcome(
    folder: Path, *files: tuple[str, str | bytes], zone: str = "Europe/Paris", limits: Limits | None = None
) -> Outcome:
    """Write the files, read them together, and see that every row of them is accounted for."""
    paths = []
    for name, content in files:
        path = folder / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append(path)
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    request = Request(paths=paths, scratch=scratch, now=NOW, formats=FORMATS, limits=limits or Limits())

    with Engine(scratch, threads=1) as engine:
        reading = read(
            engine,
            plan(engine, request, silent),
            Known(machine_zone=zone, zone=zone, region="FR"),
            request,
            silent,
        )
        rows = engine.table(ROWS)
        kept = rows.filter(rows.fate.isnull())
        starts = tuple(row["started"] for row in engine.records(kept.select("started").order_by("started")))
        counted = accounting(engine, reading, len(starts))
        rejected = tuple(rejections(engine, reading))
    assert counted.rows_read == counted.calls + counted.legs_joined + counted.ignored + counted.rejected
    assert counted.rejected == len(rejected)
    return Outcome(
        accounting=counted,
        rejected=tuple((each.file, each.line, each.reason) for each in rejected),
        texts=tuple(each.text for each in rejected),
        starts=starts,
        hours_repeated=reading.hours_repeated,
        hours_missing=reading.hours_missing,
        warned=tuple(each.word for each in reading.warnings),
    )
