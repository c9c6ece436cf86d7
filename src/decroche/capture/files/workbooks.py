"""Reads Excel workbooks: every sheet that holds the calls, and no sheet that would fill the memory."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import pyarrow as pa

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.names import unique_names
from decroche.capture.files.phone_signs import is_heading

_CHUNK = 4 * 1024 * 1024
_CELL = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})(\d{1,7})["']""")
#: Longer than any reference of a cell: what is kept of one chunk to be looked at again with the next.
_REFERENCE = 32
#: Rows at the top of a sheet in which its headings are looked for.
_TOP = 50
#: A line of headings fills this share of the columns that the fullest line fills.
_HEADINGS = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A table of strings in a workbook. ``first_row`` is the row, from 1, in which its data begin."""

    name: str
    names: tuple[str, ...]
    rows: pa.Table
    first_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """The sheets that are read, which have the same headings, and the names of other tables that are not."""

    sheets: tuple[Sheet, ...]
    left_out: tuple[str, ...]


def check_workbook(archive: zipfile.ZipFile, name: str, *, cells: int) -> None:
    """Make sure that no sheet is damaged, or larger in memory than its text says.

    A sheet is unfolded into the rectangle that holds all its cells: two cells in opposite corners would fill the
    memory. Raises UnreadableFile, and what zipfile raises.
    """
    for info in archive.infolist():
        if not (info.filename.startswith("xl/") and info.filename.endswith(".xml")):
            continue
        columns: set[bytes] = set()
        rows: set[bytes] = set()
        for text in _overlapping(archive, info):
            if info.filename.startswith("xl/worksheets/"):
                for column, row in set(_CELL.findall(text)):
                    columns.add(column)
                    rows.add(row)
        if columns:
            numbers, places = [int(row) for row in rows], [_place(column) for column in columns]
            if (max(numbers) - min(numbers) + 1) * (max(places) - min(places) + 1) > cells:
                raise UnreadableFile("archive_bomb", file=name)


def read_workbook(path: Path, name: str) -> Workbook:
    """The sheets of ``path`` with the headings that most rows have. Raises UnreadableFile."""
    try:
        book = fastexcel.read_excel(path)
        shapes = {sheet: _headings(book, sheet) for sheet in book.sheet_names}
    except Exception as error:
        raise UnreadableFile("file_damaged", file=name) from error
    tables = {sheet: shape for sheet, shape in shapes.items() if shape is not None}
    if not tables:
        raise UnreadableFile("one_column", file=name)
    heights: dict[tuple[str, ...], int] = {}
    for names, _, height in tables.values():
        heights[names] = heights.get(names, 0) + height
    wanted = max(heights, key=lambda names: heights[names])
    return Workbook(
        sheets=tuple(
            _sheet(book, sheet, names, header, name) for sheet, (names, header, _) in tables.items() if names == wanted
        ),
        left_out=tuple(sheet for sheet, (names, _, _) in tables.items() if names != wanted),
    )


def heading_line(filled: Sequence[int]) -> int:
    """Which line holds the headings, from how many columns each of the first lines fills: titles fill only a few."""
    return next((number for number, count in enumerate(filled) if count and count >= _HEADINGS * max(filled)), 0)


def _headings(book: fastexcel.ExcelReader, sheet: str) -> tuple[tuple[str, ...], int, int] | None:
    """(names, row of the headings from 0 or -1, rows below) of a sheet; None when it holds no table."""
    top = book.load_sheet(sheet, header_row=None, dtypes="string", n_rows=_TOP)
    rows = pa.table(top.to_arrow())
    if rows.num_columns < 2 or rows.num_rows < 2:
        return None
    cells = [[row[column] or "" for column in rows.column_names] for row in rows.to_pylist()]
    header = heading_line([sum(bool(cell) for cell in row) for row in cells])
    if not is_heading(cells[header]):
        return unique_names([""] * len(cells[header])), -1, top.total_height
    return unique_names(cells[header]), header, top.total_height - header - 1


def _sheet(book: fastexcel.ExcelReader, sheet: str, names: tuple[str, ...], header: int, name: str) -> Sheet:
    try:
        rows = pa.table(book.load_sheet(sheet, header_row=None, dtypes="string").to_arrow())
        text = pa.schema([(column, pa.string()) for column in names])
        body = rows.slice(header + 1).rename_columns(list(names)).cast(text)
    except Exception as error:
        raise UnreadableFile("file_damaged", file=name) from error
    return Sheet(name=sheet, names=names, rows=body, first_row=header + 2)


def _overlapping(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The bytes of a member, chunk by chunk, each with the end of the one before."""
    tail = b""
    with archive.open(info) as stream:
        while chunk := stream.read(_CHUNK):
            yield tail + chunk
            tail = chunk[-_REFERENCE:]


def _place(column: bytes) -> int:
    """The number of a column from its letters: A is 1, AA is 27."""
    place = 0
    for letter in column.upper():
        place = place * 26 + letter - ord("A") + 1
    return place
