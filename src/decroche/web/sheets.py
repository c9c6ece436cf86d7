"""Writes rows as a file that a spreadsheet opens as it should: CSV or a workbook, in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO

from starlette.responses import Response, StreamingResponse

from decroche.language import Language

#: The kinds of files, by the ends of their names, and what browsers call them.
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
#: What a spreadsheet takes for the beginning of a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CHUNK = 64 * 1024
#: A workbook of up to so many bytes is made in memory.
_IN_MEMORY = 2_000_000

Value = str | float | int | datetime | None


def sheet(
    name: str, kind: str, columns: Sequence[str], rows: Iterator[Sequence[Value]], language: Language
) -> Response:
    """The answer that holds the file ``name``; ``kind`` is one of KINDS."""
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    body = _csv(columns, rows, language) if kind == "csv" else _xlsx(columns, rows)
    return StreamingResponse(body, media_type=KINDS[kind], headers=headers)


def _csv(columns: Sequence[str], rows: Iterator[Sequence[Value]], language: Language) -> Iterator[bytes]:
    """As Excel opens it in the language: in French a semicolon between cells and a comma in numbers."""
    french = language.locale.startswith("fr")
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=";" if french else ",", lineterminator="\r\n")
    buffer.write("\ufeff")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value, french) for value in row])
        if buffer.tell() >= _CHUNK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def _cell(value: Value, french: bool) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, int | float):
        shown = f"{value:g}" if isinstance(value, int) else f"{value:.3f}".rstrip("0").rstrip(".")
        return shown.replace(".", ",") if french else shown
    return harmless(value)


def harmless(text: str) -> str:
    """``text`` for a cell of a CSV file: what a spreadsheet would take for a formula is marked as text."""
    plain = text.replace("\x00", "")
    return (
        f"'{plain}"
        if plain.lstrip(" \u00a0\u202f\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068").startswith(_FORMULA)
        else plain
    )


def _xlsx(columns: Sequence[str], rows: Iterator[Sequence[Value]]) -> Iterator[bytes]:
    """A workbook: moments and durations are values, names and numbers text, nothing a formula."""
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - open until all of it is sent
    try:
        _write_book(file, columns, rows)
    except BaseException:
        file.close()
        raise
    return _sent(file)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with closing(file):
        file.seek(0)
        while chunk := file.read(_CHUNK):
            yield chunk


_BOOK: Mapping[str, bool] = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


def _write_book(file: IO[bytes], columns: Sequence[str], rows: Iterator[Sequence[Value]]) -> None:
    import xlsxwriter  # type: ignore[import-untyped]

    with xlsxwriter.Workbook(file, dict(_BOOK)) as book:
        sheet = book.add_worksheet()
        strong, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
        for at, name in enumerate(columns):
            sheet.write_string(0, at, name, strong)
        for line, row in enumerate(rows, 1):
            for at, value in enumerate(row):
                if isinstance(value, datetime):
                    sheet.write_datetime(line, at, value, moment)
                elif isinstance(value, int | float):
                    sheet.write_number(line, at, value)
                elif value:
                    sheet.write_string(line, at, value)
