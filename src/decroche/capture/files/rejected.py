"""Finds the lines of rejected rows again, so that people can look at them in their own file."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from decroche.capture.files.opening import Kind, OpenedFile
from decroche.capture.files.phone_signs import NUMBER
from decroche.capture.files.records import records
from decroche.capture.files.tables import Table
from decroche.language import Language

#: Characters of a rejected line that are kept.
KEPT_TEXT = 500


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that could not be used: its file, its line there (from 1), the word of the reason, and its text."""

    file: str
    line: int
    reason: str
    text: str


def lines_of_rows(
    opened: OpenedFile, table: Table, rows: Iterator[tuple[int, str]], skipped: Iterator[int]
) -> Iterator[tuple[int, str, str]]:
    """(line, reason, text) of each of the ``rows`` (row, reason) of a file, of which the lines ``skipped`` gave no row.

    Rows and lines come in ascending order and are taken as the file is read: nothing is held.
    """
    if opened.kind is not Kind.TEXT:
        yield from ((table.first_line + row, reason, "") for row, reason in rows)
        return
    if (target := next(rows, None)) is None:
        return
    row = -1
    not_row = next(skipped, None)
    dialect = table.dialect
    with opened.path.open("rb") as stream:
        for _ in range(table.first_line - 1):
            stream.readline()
        marks = ("", "") if dialect is None else (dialect.delimiter, dialect.quote)
        for record in records(stream, delimiter=marks[0], quote=marks[1]):
            line = record.line + table.first_line - 1
            while not_row is not None and not_row < line:
                not_row = next(skipped, None)
            if line == not_row or (dialect is None and not record.text.strip()):
                continue
            row += 1
            if row == target[0]:
                text = record.text[: 4 * KEPT_TEXT].decode("utf-8", "replace").strip("\r\n")[:KEPT_TEXT]
                yield line, target[1], text
                if (target := next(rows, None)) is None:
                    return


_YEAR = r"(?:19|20)\d\d"
#: A date alone, or with the hour of the time that follows: then nothing of a number can stand in it.
_DATE = re.compile(
    rf"(?:{_YEAR}(?P<a>[/.\-])\d\d?(?P=a)\d\d?|\d\d?(?P<b>[/.\-])\d\d?(?P=b)(?:{_YEAR}|\d\d))(?P<hour> \d\d?)?"
)
_NUMBER = re.compile(NUMBER)
#: A number this long is known again by its first digits without being told.
_LONG = 10
#: Where a cell may begin when a spreadsheet opens the list, whichever sign it takes for the separator.
_BEGINS_FORMULA = re.compile(r"(^|[;,\t\r\n])(\s*)(?=[=+\-@])")


def write_rejections(path: Path, rejections: Iterable[Rejection], language: Language, *, masked: bool) -> None:
    """Write ``rejections`` as a table of file, line, reason, sentence and text; a file without rows has its header."""
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("file", "line", "reason", "explanation", "text"))
        for found in rejections:
            text = _NUMBER.sub(_hidden, found.text) if masked else found.text
            why = language.say(f"fate.{found.reason}")
            writer.writerow((_inert(found.file), found.line, found.reason, why, _inert(text)))


def _hidden(match: re.Match[str]) -> str:
    text = match[0]
    date = _DATE.fullmatch(text)
    if date and (date["hour"] is None or match.string[match.end() : match.end() + 1] in {":", "h", "H"}):
        return text
    shown = 3 if sum(char.isdigit() for char in text) >= _LONG else 0
    return text[:shown] + "•" * (len(text) - shown - 2) + text[-2:]


def _inert(text: str) -> str:
    """``text`` as a spreadsheet shows it without ever calculating with it."""
    return _BEGINS_FORMULA.sub(r"\1\2'", text)
