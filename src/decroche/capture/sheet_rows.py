"""The rows of a small spreadsheet, CSV or XLSX, as cells of text with their lines: money, contacts, sales."""

from __future__ import annotations

import csv
import unicodedata
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from pathlib import Path

import pyarrow as pa

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.workbooks import check_workbook, read_workbook

Row = tuple[int, Sequence[str]]
_CELLS, _UNPACKED = 2_000_000, 100_000_000


class UnusableSheet(ValueError):
    """A file without the rows that are wanted: ``why`` is large, damaged, or columns (a needed one is missing)."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no rows: {why}")
        self.why = why


def rows_of(path: Path, name: str, *, most_bytes: int, most_rows: int) -> Iterator[Row]:
    """The rows of a file with their lines, from 1; the first one holds the headings. Raises UnusableSheet."""
    if path.stat().st_size > most_bytes:
        raise UnusableSheet("large")
    with path.open("rb") as stream:
        beginning = stream.read(4)
    rows = _of_workbook(path, name) if beginning == b"PK\x03\x04" else _of_text(path)
    for number, row in enumerate(rows):
        if number > most_rows:
            raise UnusableSheet("large")
        yield row


def places_of(headings: Sequence[str], columns: Mapping[str, tuple[str, ...]]) -> dict[str, int]:
    """Where each word of ``columns`` stands, by the headings it is known by; the first of two that say the same."""
    found: dict[str, int] = {}
    for place, heading in enumerate(headings):
        word = next((word for word, known in columns.items() if bare(heading) in known), None)
        if word is not None:
            found.setdefault(word, place)
    return found


def bare(text: str) -> str:
    """A word as it is compared: without accents, capitals, hyphens and surplus spaces."""
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    return " ".join(plain.casefold().replace("_", " ").replace("-", " ").split())


def _of_text(path: Path) -> Iterator[Row]:
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("cp1252", errors="replace")
    if "\0" in text:
        raise UnusableSheet("damaged")
    first = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(";,\t|", key=first.count))
    try:
        for cells in reader:
            yield reader.line_num, cells
    except csv.Error:
        raise UnusableSheet("damaged") from None


def _of_workbook(path: Path, name: str) -> Iterator[Row]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(each.file_size for each in archive.infolist()) > _UNPACKED:
                raise UnusableSheet("large")
            check_workbook(archive, name, cells=_CELLS)
        sheet = read_workbook(path, name).sheets[0]
    except UnusableSheet:
        raise
    except (UnreadableFile, zipfile.BadZipFile, OSError, ValueError):
        raise UnusableSheet("damaged") from None
    yield 1, sheet.names
    yield from _numbered(sheet.rows, sheet.first_row)


def _numbered(rows: pa.Table, first: int) -> Iterator[Row]:
    for number, row in enumerate(rows.to_pylist(), first):
        yield number, [str(cell or "") for cell in row.values()]
