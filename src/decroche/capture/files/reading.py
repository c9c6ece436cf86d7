"""Reads a set of export files into one stored table of rows, and accounts for every row of them."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import ibis
import ibis.expr.types as ir

from decroche.capture.files import tables
from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.generic import check_columns, translate
from decroche.capture.files.guess import Guess, guess
from decroche.capture.files.mapping import Mapping, MappingError
from decroche.capture.files.opening import Kind, Limits, OpenedFile, open_files
from decroche.capture.files.places import guess_region
from decroche.capture.files.records import lines_at, without_stray_quotes
from decroche.capture.files.rejected import Rejection, lines_of_rows
from decroche.capture.files.sentences import Sentence
from decroche.capture.files.texts import SHOWN
from decroche.capture.files.workbooks import read_workbook
from decroche.connector_kit.files import Clock, Dialect, FileFormat
from decroche.model.figures import Accounting, SourceFile
from decroche.warehouse.calls import mark_duplicates
from decroche.warehouse.engine import CANNOT_READ, Engine
from decroche.warehouse.numbers import decide_shapes
from decroche.warehouse.rows import completed

#: Rows looked at to guess a mapping and a country.
SAMPLE_ROWS = 2000
#: The stored table that ``read`` makes.
ROWS = "rows"


class Progress(Protocol):
    """Told what is being done: a stage ("open", "read", "check"), the file, how much of how much."""

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
class Known:
    """What is known about the business. ``zone`` and ``region`` are None when nobody said them.

    ``mapping`` replaces the guess for tables that have its columns.
    """

    machine_zone: str
    zone: str | None = None
    region: str | None = None
    mapping: Mapping | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """One input: how it was read. ``guess`` is set when its mapping was guessed."""

    opened: OpenedFile
    source: SourceFile
    table: tables.Table
    mapping: Mapping | None = None
    guess: Guess | None = None
    malformed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The outcome of ``read``: the stored table ``ROWS`` and what was supposed on the way.

    ``zone_from`` is "given", "mapping" or "machine"; ``region_share`` is the share of the numbers looked at that are
    of ``region`` (None when it was given).
    """

    files: tuple[ReadFile, ...]
    zone: str
    zone_from: str
    region: str
    subdivision: str | None
    region_share: float | None
    inputs: str
    hours_repeated: int
    hours_missing: int
    warnings: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How one input is to be read: as a format, or by a mapping (guessed when ``guess`` is set)."""

    opened: OpenedFile
    table: tables.Table
    dialect: Dialect | None
    format: FileFormat | None
    mapping: Mapping | None
    guess: Guess | None
    index: int
    told: tuple[Sentence, ...] = ()

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

    def translated(self, now: datetime) -> ir.Table:
        """Its canonical rows."""
        raw = tables.relation(self.table).mutate(_file=ibis.literal(self.index, "int32"))
        if self.format is not None:
            return self.format.translate(raw)
        if self.mapping is None:
            raise AssertionError("a plan has a format or a mapping")
        rows = translate(raw, self.mapping, now=now)
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
        with _damage_told(opened):
            plans += _plans(engine, request, opened, first=len(plans))
    return plans


def read(engine: Engine, plans: Sequence[Plan], known: Known, request: Request, progress: Progress) -> Reading:
    """Read the planned files into the stored table ``ROWS`` (canonical columns, completed, duplicates marked)."""
    if known.mapping is not None:
        plans = [_by_saved_mapping(each, known.mapping) for each in plans]
    zone, zone_from = _zone(known, plans)
    region, subdivision, share = _region(engine, known, plans, zone=zone, now=request.now)
    engine.drop(ROWS)
    done: list[ReadFile] = []
    for plan in plans:
        progress("read", plan.opened.name, 0, plan.opened.size)
        with _damage_told(plan.opened):
            done.append(_load(engine, plan, zone=zone, region=region, now=request.now, scratch=request.scratch))
    progress("check", "", 0, 0)
    decide_shapes(engine, ROWS, region=region)
    mark_duplicates(engine, ROWS)
    rows = engine.table(ROWS)
    kept = rows.filter(rows.fate.isnull())
    doubts = engine.records(kept.agg(repeated=kept.hour_repeated.sum(), missing=kept.hour_missing.sum()))[0]
    return Reading(
        files=tuple(done),
        zone=zone,
        zone_from=zone_from,
        region=region,
        subdivision=subdivision,
        region_share=share,
        inputs=inputs_word(plans),
        hours_repeated=doubts["repeated"] or 0,
        hours_missing=doubts["missing"] or 0,
        warnings=tuple(
            sentence for plan in plans for sentence in (*plan.told, *(plan.guess.warnings if plan.guess else ()))
        ),
    )


@contextmanager
def _damage_told(opened: OpenedFile) -> Iterator[None]:
    """Say of which file the bytes are not what they should be."""
    try:
        yield
    except CANNOT_READ as error:
        if "No space left" in str(error):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise UnreadableFile("file_damaged", file=opened.name) from error


def inputs_word(plans: Sequence[Plan]) -> str:
    """A word for the kinds of files that are read: settings saved for other kinds are not taken by themselves."""
    return " + ".join(sorted({planned.kind for planned in plans}))


def _by_saved_mapping(planned: Plan, mapping: Mapping) -> Plan:
    if planned.guess is None:
        return planned
    try:
        check_columns(mapping, planned.table.names)
    except MappingError:
        return planned
    return replace(planned, mapping=mapping, guess=None)


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
    mapping, guessed = request.mapping, None
    if known is None and mapping is None:
        sample_rows = (
            tables.spread(opened, dialect, table.names, SAMPLE_ROWS)
            if dialect is not None
            else tables.head(engine, table, SAMPLE_ROWS)
        )
        if sample_rows.num_rows == 0:
            raise UnreadableFile("no_rows", file=opened.name)
        guessed = guess(table.names, sample_rows)
        mapping = guessed.mapping
    if known is None and mapping is not None:
        check_columns(mapping, table.names)
    return Plan(
        opened=opened, table=table, dialect=dialect, format=known, mapping=mapping, guess=guessed, index=index
    )


def _zone(known: Known, plans: Sequence[Plan]) -> tuple[str, str]:
    if known.zone is not None:
        return known.zone, "given"
    told = next((plan.mapping.zone for plan in plans if plan.mapping is not None and plan.mapping.zone), None)
    return (told, "mapping") if told else (known.machine_zone, "machine")


def _region(
    engine: Engine, known: Known, plans: Sequence[Plan], *, zone: str, now: datetime
) -> tuple[str, str | None, float | None]:
    if known.region is not None:
        country, _, subdivision = known.region.partition("-")
        return country, subdivision or None, None
    numbers: list[str] = []
    for plan in plans:
        if plan.mapping is not None and plan.mapping.caller_kind == "id":
            continue
        sample = plan.translated(now).limit(SAMPLE_ROWS).select("caller", "called", "line")
        for row in engine.records(sample):
            numbers.extend(value for value in (row["line"], row["called"], row["caller"]) if value)
    return guess_region(numbers, zone=zone)


def _load(engine: Engine, plan: Plan, *, zone: str, region: str, now: datetime, scratch: Path) -> ReadFile:
    latest = (now.astimezone(UTC) + timedelta(days=2)).replace(tzinfo=None)
    opened = plan.opened
    taken_out: list[tuple[int, str]] = []
    dialect = plan.dialect
    while True:
        if plan.table.rejects and dialect is not None:
            engine.drop(plan.table.rejects)
            engine.drop(f"{plan.table.rejects}_scan")
        if plan.format is not None:
            tables.store_numbered(engine, plan.table)
        rows = completed(
            plan.translated(now),
            zone=zone,
            clock=plan.clock,
            region=region,
            caller_is_id=plan.mapping is not None and plan.mapping.caller_kind == "id",
            direction_told=plan.mapping is None or plan.mapping.direction is not None,
            latest=latest,
        )
        engine.append(ROWS, rows)
        malformed, swallowed = _malformed(engine, plan.table, opened)
        if not swallowed or taken_out or dialect is None:
            break
        repaired = scratch / f"repaired-{plan.index}"
        taken_out = without_stray_quotes(
            opened.path, repaired, delimiter=dialect.delimiter, quote=dialect.quote, width=len(plan.table.names)
        )
        if not taken_out:
            break
        opened = replace(opened, path=repaired)
        engine.connection.execute(f"DELETE FROM {ROWS} WHERE file = {plan.index}")
        tables.delimited(engine, opened, dialect, plan.table.names, name=plan.table.name)
    if plan.format is None:
        engine.number_rows(ROWS, file=plan.index)
    count = engine.count(ROWS, file=plan.index)
    lost = sorted({*taken_out, *malformed, *opened.dropped_lines})
    title = plan.format.title if plan.format is not None else ""
    return ReadFile(
        opened=opened,
        table=plan.table,
        mapping=plan.mapping if plan.format is None else None,
        guess=plan.guess,
        malformed=tuple(lost),
        source=SourceFile(
            name=plan.opened.name,
            format=plan.format.name if plan.format is not None else "table",
            title=title,
            rows=count + len(lost),
            note=None if opened.encoding == "utf-8" else opened.encoding,
        ),
    )


def _malformed(engine: Engine, table: tables.Table, opened: OpenedFile) -> tuple[list[tuple[int, str]], bool]:
    """Lines that could not be cut into the columns, with their text; and whether one of them swallowed others."""
    if table.rejects is None:
        return [], False
    if table.dialect is None:
        return engine.connection.execute(f'SELECT number, text FROM "{table.rejects}" ORDER BY 1').fetchall(), False
    found = engine.connection.execute(
        f"""SELECT line_byte_position - 1, trim(any_value(csv_line), chr(13) || chr(10)) AS text, left(text, {SHOWN}),
        contains(text, chr(10)) FROM "{table.rejects}" GROUP BY 1 ORDER BY 1"""
    )
    places, texts, swallowed = [], [], False
    while part := found.fetchmany(10_000):
        for place, _, text, several in part:
            places.append(int(place))
            texts.append(str(text or ""))
            swallowed |= bool(several)
    return list(zip(lines_at(opened.path, places), texts, strict=True)), swallowed


def accounting(engine: Engine, reading: Reading, calls: int) -> Accounting:
    """Where every row went, once the kept rows were joined into ``calls`` calls."""
    rows = engine.table(ROWS)
    fates = engine.records(rows.group_by("fate", "fate_reason").agg(n=ibis._.count()))
    ignored = {row["fate_reason"]: row["n"] for row in fates if row["fate"] == "ignored"}
    rejected = {row["fate_reason"]: row["n"] for row in fates if row["fate"] == "rejected"}
    too_long = sum(len(file.opened.dropped_lines) for file in reading.files)
    malformed = sum(len(file.malformed) for file in reading.files) - too_long
    rejected |= {word: n for word, n in (("malformed", malformed), ("line_too_long", too_long)) if n}
    kept = sum(row["n"] for row in fates if row["fate"] is None)
    return Accounting(
        rows_read=sum(file.source.rows for file in reading.files),
        calls=calls,
        legs_joined=kept - calls,
        ignored=sum(ignored.values()),
        rejected=sum(rejected.values()),
        ignored_by_reason=dict(sorted(ignored.items())),
        rejected_by_reason=dict(sorted(rejected.items())),
    )


def rejections(engine: Engine, reading: Reading) -> Iterator[Rejection]:
    """Every rejected row, by file and line."""
    for index, file in enumerate(reading.files):
        rows = engine.table(ROWS)
        wrong = rows.filter((rows.file == index) & (rows.fate == "rejected")).select("row", "fate_reason")
        reasons = {row["row"]: row["fate_reason"] for row in engine.records(wrong)}
        too_long = {line for line, _ in file.opened.dropped_lines}
        found = [
            Rejection(file.source.name, line, "line_too_long" if line in too_long else "malformed", text)
            for line, text in file.malformed
        ]
        if reasons:
            skipped = [line for line, _ in file.malformed]
            located = lines_of_rows(file.opened, file.table, sorted(reasons), skipped)
            found += [Rejection(file.source.name, line, reasons[row], text) for row, line, text in located]
        yield from sorted(found, key=lambda rejection: rejection.line)
