"""Reads planned exports into the stored table of rows: a table in one pass, a format's files all at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import ibis.expr.types as ir
import numpy as np

from decroche.capture.files import lost_lines, tables
from decroche.capture.files.guess import Guess
from decroche.capture.files.mapping import Mapping
from decroche.capture.files.opening import OpenedFile
from decroche.capture.files.planning import Plan, Progress, damage_told
from decroche.capture.files.records import without_stray_quotes
from decroche.capture.files.texts import is_bare
from decroche.model.figures import SourceFile
from decroche.warehouse.engine import Engine
from decroche.warehouse.rows import ROW_WORDS, completed
from decroche.warehouse.whole_rows import NUMBER, in_order, numbers_in_order, only_numbered

#: The stored table of rows.
ROWS = "rows"
#: Rows looked at to tell whether calls are numbered in order.
_SEEN = 400
_NUMBER = re.compile(r"[0-9]{1,18}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """One input: how it was read. ``guess`` is set when its mapping was guessed.

    ``malformed`` lines could not be cut into columns; ``lost_lines`` has them, and those that were too long. Where
    each row is told to be one of the ``whole_calls``, less of it is stored.
    """

    index: int
    opened: OpenedFile
    source: SourceFile
    table: tables.Table
    mapping: Mapping | None = None
    guess: Guess | None = None
    malformed: int = 0
    whole_calls: bool = False


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
    lost_lines.none_yet(engine)
    done: list[ReadFile] = []
    for together in _together(plans):
        for plan in together:
            progress("read", plan.opened.name, 0, plan.opened.size)
            with damage_told(plan.opened):
                if plan.format is None:
                    done.append(_load_table(engine, plan, circumstances, alone=len(plans) == 1))
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


def _load_table(engine: Engine, plan: Plan, circumstances: Circumstances, *, alone: bool) -> ReadFile:
    """Read a table. Of one that is ``alone`` and numbers its calls, only what whole calls need is stored."""
    numbered = alone and _seems_numbered(plan)
    cut = plan.dialect
    bare = cut is not None and is_bare(plan.opened.path, delimiter=cut.delimiter, quote=cut.quote)

    def take() -> None:
        rows = circumstances.completed(plan.translated(circumstances.now, numbered=numbered, bare=bare), plan)
        engine.append(ROWS, only_numbered(rows) if numbered else rows, words=ROW_WORDS)

    opened, malformed = cut_file(
        engine, plan, circumstances.scratch, take=take, undo=f"DELETE FROM {ROWS} WHERE file = {plan.index}"
    )
    if numbered and numbers_in_order(engine, ROWS):
        # They proved what they could: the memory is worth more to what follows.
        engine.drop_column(ROWS, NUMBER)
    elif numbered:
        numbered = False
        engine.drop(ROWS)
        _forget_rejects(engine, plan.table)
        take()
    engine.number_rows(ROWS, file=plan.index)
    read = _read_file(plan, opened, malformed, engine.count(ROWS, file=plan.index))
    return replace(read, whole_calls=numbered)


def _seems_numbered(plan: Plan) -> bool:
    """Whether the calls of a table seem to be numbered in order, by a few of its rows. All are looked at later."""
    if plan.numbered_by is None or plan.dialect is None:
        return False
    seen = tables.spread(plan.opened, plan.dialect, plan.table.names, _SEEN)
    written = next(seen[name] for name in seen.column_names if name.casefold() == plan.numbered_by.casefold())
    texts = [str(text or "").strip() for text in written.to_pylist()]
    return all(_NUMBER.match(text) for text in texts) and in_order([np.array([*map(int, texts)], np.int64)])


def _store(engine: Engine, plan: Plan, first: Plan, circumstances: Circumstances) -> ReadFile:
    stored = tables.stored(first.table)

    def take() -> None:
        tables.store(engine, plan.table, into=stored, file=plan.index)

    undo = f'DELETE FROM "{stored.name}" WHERE "_file" = {plan.index}'
    opened, malformed = cut_file(engine, plan, circumstances.scratch, take=take, undo=undo)
    return _read_file(plan, opened, malformed, tables.number(engine, stored, file=plan.index))


def cut_file(
    engine: Engine, plan: Plan, scratch: Path, *, take: Callable[[], None], undo: str
) -> tuple[OpenedFile, int]:
    """Take the rows of a file; where a quote that is never closed swallowed lines, again without its line.

    Returns the file as it was taken, and how many lines were malformed: those and the long ones are kept as lost.
    """
    opened, table, dialect, malformed = plan.opened, plan.table, plan.dialect, 0
    _forget_rejects(engine, table)
    take()
    if dialect is not None:
        if lost_lines.swallowed(engine, table):
            repaired = scratch / f"repaired-{plan.index}"
            stray = without_stray_quotes(
                opened.path, repaired, delimiter=dialect.delimiter, quote=dialect.quote, width=len(table.names)
            )
            malformed = lost_lines.keep(engine, stray, file=plan.index, reason="malformed")
            opened = replace(opened, path=repaired) if malformed else opened
        in_pieces = not tables.may_miss_its_end(opened, dialect, len(table.names))
        if malformed or not in_pieces:
            engine.connection.execute(undo)
            tables.delimited(engine, opened, dialect, table.names, name=table.name, in_pieces=in_pieces)
            _forget_rejects(engine, table)
            take()
    malformed += lost_lines.keep_uncut(engine, table, opened.path, file=plan.index)
    lost_lines.keep(engine, opened.dropped_lines, file=plan.index, reason="line_too_long")
    return opened, malformed


def _forget_rejects(engine: Engine, table: tables.Table) -> None:
    if table.rejects is not None and table.dialect is not None:
        engine.drop(table.rejects)
        engine.drop(f"{table.rejects}_scan")


def _read_file(plan: Plan, opened: OpenedFile, malformed: int, rows: int) -> ReadFile:
    return ReadFile(
        index=plan.index,
        opened=opened,
        table=plan.table,
        mapping=plan.mapping if plan.format is None else None,
        guess=plan.guess,
        malformed=malformed,
        source=SourceFile(
            name=plan.opened.name,
            format=plan.format.name if plan.format is not None else "table",
            title=plan.format.title if plan.format is not None else "",
            rows=rows + malformed + len(opened.dropped_lines),
            note=None if opened.encoding == "utf-8" else opened.encoding,
        ),
    )
