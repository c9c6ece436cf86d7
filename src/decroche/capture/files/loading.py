"""Reads planned exports into the stored table of rows: a table in one pass, a format's files all at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis.expr.types as ir

from decroche.capture.files import tables
from decroche.capture.files.guess import Guess
from decroche.capture.files.mapping import Mapping
from decroche.capture.files.opening import OpenedFile
from decroche.capture.files.planning import Plan, Progress, damage_told
from decroche.capture.files.records import lines_at, without_stray_quotes
from decroche.capture.files.texts import SHOWN
from decroche.model.figures import SourceFile
from decroche.warehouse.engine import Engine
from decroche.warehouse.rows import ROW_WORDS, completed

#: The stored table of rows.
ROWS = "rows"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """One input: how it was read. ``guess`` is set when its mapping was guessed."""

    index: int
    opened: OpenedFile
    source: SourceFile
    table: tables.Table
    mapping: Mapping | None = None
    guess: Guess | None = None
    malformed: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What holds for every file of an audit: the zone of local times, the country of the lines, the present moment."""

    zone: str
    region: str
    now: datetime
    scratch: Path

    def completed(self, rows: ir.Table, plan: Plan) -> ir.Table:
        """The canonical ``rows`` of files read as ``plan`` says, with UTC times, persons and fates."""
        return completed(
            rows,
            zone=self.zone,
            clock=plan.clock,
            region=self.region,
            caller_is_id=plan.mapping is not None and plan.mapping.caller_kind == "id",
            direction_told=plan.mapping is None or plan.mapping.direction is not None,
            latest=(self.now.astimezone(UTC) + timedelta(days=2)).replace(tzinfo=None),
        )


def load(engine: Engine, plans: Sequence[Plan], circumstances: Circumstances, progress: Progress) -> list[ReadFile]:
    """Read every plan into ``ROWS``; the files in the order of the plans.

    A phone system may write a file a minute, and one call into two of them: the files of one format and the same
    columns are translated together. A table is read and translated in one pass over its file.
    """
    done: list[ReadFile] = []
    for together in _together(plans):
        for plan in together:
            progress("read", plan.opened.name, 0, plan.opened.size)
            with damage_told(plan.opened):
                if plan.format is None:
                    done.append(_load_table(engine, plan, circumstances))
                else:
                    done.append(_store(engine, plan, together[0], circumstances))
        first = together[0]
        if first.format is not None:
            stored = tables.stored(first.table)
            translated = first.format.translate(tables.relation(stored))
            engine.append(ROWS, circumstances.completed(translated, first), words=ROW_WORDS)
            engine.drop(stored.name)
    return sorted(done, key=lambda file: file.index)


def _together(plans: Sequence[Plan]) -> list[list[Plan]]:
    groups: dict[tuple[object, ...], list[Plan]] = {}
    for plan in plans:
        alike = (plan.index,) if plan.format is None else (plan.format.name, plan.table.names)
        groups.setdefault(alike, []).append(plan)
    return list(groups.values())


def _load_table(engine: Engine, plan: Plan, circumstances: Circumstances) -> ReadFile:
    def take() -> None:
        engine.append(ROWS, circumstances.completed(plan.translated(circumstances.now), plan), words=ROW_WORDS)

    opened, lost = _cut(
        engine, plan, circumstances.scratch, take=take, undo=f"DELETE FROM {ROWS} WHERE file = {plan.index}"
    )
    engine.number_rows(ROWS, file=plan.index)
    return _read_file(plan, opened, lost, engine.count(ROWS, file=plan.index))


def _store(engine: Engine, plan: Plan, first: Plan, circumstances: Circumstances) -> ReadFile:
    stored = tables.stored(first.table)

    def take() -> None:
        tables.store(engine, plan.table, into=stored, file=plan.index)

    undo = f'DELETE FROM "{stored.name}" WHERE "_file" = {plan.index}'
    opened, lost = _cut(engine, plan, circumstances.scratch, take=take, undo=undo)
    return _read_file(plan, opened, lost, tables.number(engine, stored, file=plan.index))


def _cut(
    engine: Engine, plan: Plan, scratch: Path, *, take: Callable[[], None], undo: str
) -> tuple[OpenedFile, list[tuple[int, str]]]:
    """Take the rows of a file; where a quote that is never closed swallowed lines, again without its line.

    Returns the file as it was taken, and the lines that gave no row.
    """
    opened, dialect = plan.opened, plan.dialect
    taken_out: list[tuple[int, str]] = []
    while True:
        if plan.table.rejects and dialect is not None:
            engine.drop(plan.table.rejects)
            engine.drop(f"{plan.table.rejects}_scan")
        take()
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
        engine.connection.execute(undo)
        tables.delimited(engine, opened, dialect, plan.table.names, name=plan.table.name)
    return opened, sorted({*taken_out, *malformed, *opened.dropped_lines})


def _read_file(plan: Plan, opened: OpenedFile, lost: list[tuple[int, str]], rows: int) -> ReadFile:
    return ReadFile(
        index=plan.index,
        opened=opened,
        table=plan.table,
        mapping=plan.mapping if plan.format is None else None,
        guess=plan.guess,
        malformed=tuple(lost),
        source=SourceFile(
            name=plan.opened.name,
            format=plan.format.name if plan.format is not None else "table",
            title=plan.format.title if plan.format is not None else "",
            rows=rows + len(lost),
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
