"""Decides how each export is to be read: as a phone system's own format, by a written mapping, or by a guessed one."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir

from decroche.capture.files import tables
from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.generic import check_columns, translate
from decroche.capture.files.guess import ColumnNotFound, Guess, guess
from decroche.capture.files.mapping import Mapping
from decroche.capture.files.opening import Kind, Limits, OpenedFile, open_files
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.workbooks import read_workbook
from decroche.connector_kit.files import Clock, Dialect, FileFormat
from decroche.warehouse.engine import CANNOT_READ, Engine
from decroche.warehouse.whole_rows import NUMBER

#: What a disk can answer.
_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.EIO)
#: Rows looked at to guess a mapping.
SAMPLE_ROWS = 2000


class Progress(Protocol):
    """Told what is being done: a stage ("open", "read", "check", "count", "render"), the file, how much of how much."""

    def __call__(self, stage: str, name: str, done: int, total: int) -> None:
        """Take note."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to read. ``mapping`` is how every table is to be read, None to recognise each file by its content."""

    paths: Sequence[Path]
    scratch: Path
    now: datetime
    formats: Sequence[FileFormat]
    mapping: Mapping | None = None
    limits: Limits = field(default_factory=Limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one input is to be read: as a format, or by a mapping (guessed when ``guess`` is set).

    ``unguessed`` says why no mapping could be guessed: only one that people saved can read the input.
    """

    opened: OpenedFile
    table: tables.Table
    dialect: Dialect | None
    format: FileFormat | None
    mapping: Mapping | None
    guess: Guess | None
    index: int
    told: tuple[Sentence, ...] = ()
    unguessed: ColumnNotFound | None = None

    @property
    def kind(self) -> str:
        """A word for what the file is: the format, or the columns of the table."""
        return self.format.name if self.format is not None else "table " + " | ".join(sorted(self.table.names))

    @property
    def clock(self) -> Clock:
        """In which time its start is written."""
        if self.format is not None:
            return self.format.clock
        return Clock.LOCAL if self.mapping is None else self.mapping.clock

    @property
    def numbered_by(self) -> str | None:
        """The column that may hold a number for each call, where rows are known by one column."""
        told = self.format is None and self.mapping is not None and len(self.mapping.call_id) == 1
        return self.mapping.call_id[0] if told and self.mapping is not None else None

    def translated(self, now: datetime, *, numbered: bool = False, bare: bool = False) -> ir.Table:
        """Its canonical rows; those of a table ``numbered``: with the number of each call, and without its key.

        ``bare`` is that of ``generic.translate``.
        """
        raw = tables.relation(self.table).mutate(_file=ibis.literal(self.index, "int32"))
        if self.format is not None:
            return self.format.translate(raw)
        if self.mapping is None:
            raise AssertionError("a plan has a format or a mapping")
        rows = translate(raw, self.mapping, now=now, bare=bare)
        if numbered:
            return rows.mutate(**{NUMBER: rows.call_key.try_cast("int64")})
        # A table may count its calls from 1 again each month or in each branch: an id is one call within a day.
        return rows.mutate(call_key=rows.call_key + "@" + rows.started.date().cast("string"))


def plan(engine: Engine, request: Request, progress: Progress) -> list[Plan]:
    """Open every file and decide how to read it.

    Raises UnreadableFile for a file that is no export of calls, and MappingError when the mapping does not fit.
    """

    def opening(done: int, total: int) -> None:
        progress("open", "", done, total)

    opened_files = open_files(list(request.paths), request.scratch, limits=request.limits, progress=opening)
    plans: list[Plan] = []
    for opened in opened_files:
        with damage_told(opened):
            plans += _plans(engine, request, opened, first=len(plans))
    return plans


def inputs_word(plans: Sequence[Plan]) -> str:
    """A word for the kinds of files that are read: settings saved for other kinds are not taken by themselves."""
    return " + ".join(sorted({planned.kind for planned in plans}))


def _plans(engine: Engine, request: Request, opened: OpenedFile, *, first: int) -> list[Plan]:
    """How to read one opened file: the sheets of a workbook are read one by one."""
    if opened.kind is Kind.TEXT:
        return [_plan_of_text(engine, request, opened, first)]
    if opened.kind is Kind.PARQUET:
        return [_plan(engine, request, opened, tables.parquet(engine, opened, name=_name(first)), first)]
    book = read_workbook(opened.path, opened.name)
    alone = len(book.sheets) == 1
    plans = []
    for index, sheet in enumerate(book.sheets, start=first):
        named = opened if alone else replace(opened, name=f"{opened.name}/{sheet.name}")
        plans.append(_plan(engine, request, named, tables.spreadsheet(engine, sheet, name=_name(index)), index))
    if book.left_out:
        told = Sentence("sheets_left_out", {"file": opened.name, "sheets": ", ".join(book.left_out)})
        plans[0] = replace(plans[0], told=(told,))
    return plans


def _name(index: int) -> str:
    return f"input_{index}"


def _plan_of_text(engine: Engine, request: Request, opened: OpenedFile, index: int) -> Plan:
    sample = tables.sample_of(opened)
    kind = tables.kind_of_text(sample)
    if kind == "json":
        return _plan(engine, request, opened, tables.json_lines(engine, opened, sample, name=_name(index)), index)
    if kind == "json_whole":
        raise UnreadableFile("json_not_lines", file=opened.name)
    dialect: Dialect | None = None
    known: FileFormat | None = None
    for candidate in request.formats:
        if request.mapping is None and (dialect := candidate.recognise(sample)) is not None:
            known = candidate
            break
    dialect = dialect or tables.sniff(sample)
    if dialect is None:
        raise UnreadableFile("not_a_call_export", file=opened.name)
    names = tables.header_names(sample, dialect)
    table = tables.delimited(engine, opened, dialect, names, name=_name(index))
    return _plan(engine, request, opened, table, index, known)


def _plan(
    engine: Engine,
    request: Request,
    opened: OpenedFile,
    table: tables.Table,
    index: int,
    known: FileFormat | None = None,
) -> Plan:
    dialect = table.dialect
    if known is None and request.mapping is None:
        columns = frozenset(table.names)
        known = next((candidate for candidate in request.formats if candidate.recognise_columns(columns)), None)
    mapping, guessed, unguessed = request.mapping, None, None
    if known is None and mapping is None:
        sample_rows = (
            tables.spread(opened, dialect, table.names, SAMPLE_ROWS)
            if dialect is not None
            else tables.head(engine, table, SAMPLE_ROWS)
        )
        if sample_rows.num_rows == 0:
            raise UnreadableFile("no_rows", file=opened.name)
        try:
            guessed = guess(table.names, sample_rows)
            mapping = guessed.mapping
        except ColumnNotFound as error:
            unguessed = error
    if known is None and mapping is not None:
        check_columns(mapping, table.names)
    return Plan(
        opened=opened,
        table=table,
        dialect=dialect,
        format=known,
        mapping=mapping,
        guess=guessed,
        index=index,
        unguessed=unguessed,
    )


@contextmanager
def damage_told(opened: OpenedFile) -> Iterator[None]:
    """Say of which file the bytes are not what they should be."""
    try:
        yield
    except CANNOT_READ as error:
        if (failed := _disk_failed(error)) is not None:
            raise failed from error
        raise UnreadableFile("file_damaged", file=opened.name) from error


@contextmanager
def machine_told() -> Iterator[None]:
    """Say what the machine or the person at it does to the engine: OSError for its disk, KeyboardInterrupt."""
    try:
        yield
    except CANNOT_READ as error:
        if (failed := _disk_failed(error)) is not None:
            raise failed from error
        raise
    except RuntimeError as error:
        if str(error) == "Query interrupted":
            raise KeyboardInterrupt from error
        raise


def _disk_failed(error: Exception) -> OSError | None:
    """The engine's own word for a disk, which names the problem only in its text."""
    said = next((code for code in _DISK if os.strerror(code) in str(error)), None)
    return None if said is None else OSError(said, os.strerror(said))
