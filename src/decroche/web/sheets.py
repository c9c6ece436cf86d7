"""Writes rows as a file that a spreadsheet opens as it should: CSV or a workbook, in which nothing is a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any

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
    body = _csv(columns, rows, language) if kind == "csv" else _xlsx(columns, rows)
    return StreamingResponse(body, media_type=KINDS[kind], headers=_headers(name))


def _headers(name: str) -> dict[str, str]:
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }


@dataclass(frozen=True, slots=True)
class Titled:
    """One of several tables of a file."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]


def sheets(name: str, kind: str, tables: Sequence[Titled], language: Language) -> Response:
    """The answer that holds the file ``name`` of several tables: a sheet for each, or one below the other in CSV.

    In CSV each row begins with the title of its table, where there are several.
    """
    first, *others = tables
    if not others:
        return sheet(name, kind, first.columns, iter(first.rows), language)
    if kind == "csv":
        below = ((each.title, *row) for each in tables for row in _with_columns(each, skip=each is first))
        return sheet(name, kind, [language.say("export.table"), *first.columns], below, language)
    file: IO[bytes] = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - open until all of it is sent
    try:
        with _book(file) as book:
            taken: set[str] = set()
            for each in tables:
                _write_sheet(book, _sheet_name(each.title, taken), each.columns, iter(each.rows))
    except BaseException:
        file.close()
        raise
    return StreamingResponse(_sent(file), media_type=KINDS[kind], headers=_headers(name))


def _with_columns(table: Titled, *, skip: bool) -> Iterator[Sequence[Value]]:
    if not skip:
        yield table.columns
    yield from table.rows


def _sheet_name(title: str, taken: set[str]) -> str:
    """A name that a workbook allows: 31 signs at most, none of a few, and each once."""
    bare = "".join(" " if sign in "[]:*?/\\" else sign for sign in title).strip(" '")[:28] or "…"
    name, number = bare, 1
    while name.lower() in taken:
        number += 1
        name = f"{bare} {number}"
    taken.add(name.lower())
    return name


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
    with _book(file) as book:
        _write_sheet(book, None, columns, rows)


def _book(file: IO[bytes]) -> Any:
    import xlsxwriter  # type: ignore[import-untyped]

    return xlsxwriter.Workbook(file, dict(_BOOK))


def _write_sheet(book: Any, name: str | None, columns: Sequence[str], rows: Iterator[Sequence[Value]]) -> None:
    sheet = book.add_worksheet(name)
    strong, moment = book.add_format({"bold": True}), book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, max(0, len(columns) - 1), 18)
    for at, title in enumerate(columns):
        sheet.write_string(0, at, title, strong)
    for line, row in enumerate(rows, 1):
        for at, value in enumerate(row):
            if isinstance(value, datetime):
                sheet.write_datetime(line, at, value, moment)
            elif isinstance(value, int | float):
                sheet.write_number(line, at, value)
            elif value:
                sheet.write_string(line, at, value)
