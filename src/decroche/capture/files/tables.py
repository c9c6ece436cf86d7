"""Cuts an opened file into columns of strings, one row in the engine for each record of the file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.names import unique_names
from decroche.capture.files.opening import OpenedFile
from decroche.capture.files.phone_signs import is_heading
from decroche.capture.files.records import records
from decroche.capture.files.texts import SAMPLE_BYTES, SHOWN
from decroche.capture.files.workbooks import Sheet, heading_line
from decroche.connector_kit.files import Dialect, Sample
from decroche.warehouse.engine import Engine

_DELIMITERS = (",", ";", "\t", "|")
_MAX_COLUMNS = 1000
_LINE_BYTES = 2 * 1024 * 1024
#: The engine cuts a text of this size in one piece.
_PIECE_BYTES = 4 * _LINE_BYTES


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a relation of strings in the engine, named ``name``, with the columns ``names``.

    ``first_line`` is the 1-based line of the first data row (spreadsheets count their rows alike). ``rejects`` is the
    engine's table of lines that could not be cut, or None. ``dialect`` is how a delimited text is cut.
    """

    name: str
    names: tuple[str, ...]
    first_line: int
    rejects: str | None = None
    dialect: Dialect | None = None


def sample_of(opened: OpenedFile) -> Sample:
    """The beginning of a text file as a sample of whole lines."""
    with opened.path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    text = head.decode("utf-8", "ignore").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(head) == SAMPLE_BYTES and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return Sample(text)


def sniff(sample: Sample) -> Dialect | None:
    """The dialect of a delimited table, or None when the sample is not one with at least two columns.

    The delimiter is the one whose most frequent number of columns is shared by most rows; lines above the headings
    (titles, export dates) are skipped.
    """
    best: tuple[float, int, str, list[tuple[int, list[str]]]] | None = None
    for delimiter in _DELIMITERS:
        rows = _rows(sample, delimiter)
        counts = Counter(len(cells) for _, cells in rows)
        if not counts:
            continue
        width, shared = max(counts.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]))
        if width > 1 and (best is None or (shared / len(rows), width) > best[:2]):
            best = (shared / len(rows), width, delimiter, rows)
    if best is None or best[0] < 0.5:
        return None
    _, width, delimiter, rows = best
    whole = [(last_line, cells) for last_line, cells in rows if len(cells) == width]
    last_line, header = whole[heading_line([sum(bool(cell.strip()) for cell in cells) for _, cells in whole])]
    if is_heading(header):
        return Dialect(delimiter=delimiter, header_line=last_line - 1, names=unique_names(header))
    return Dialect(delimiter=delimiter, header_line=None, names=unique_names([""] * width))


def _rows(sample: Sample, delimiter: str) -> list[tuple[int, list[str]]]:
    """(last line from 1, cells) of the first rows of a sample; a stray quote spoils only its line."""
    raw = [line.encode() + b"\n" for line in sample.lines(400)]
    found = []
    for record in records(raw, delimiter=delimiter, quote='"'):
        text = record.text.decode().rstrip("\r\n")
        if not record.stray and text.strip() and (cells := next(_cells([text], Dialect(delimiter=delimiter)), None)):
            found.append((record.line + text.count("\n"), cells))
    return found


def header_names(sample: Sample, dialect: Dialect) -> tuple[str, ...]:
    """The column names of a delimited file: those given, else those of its header line."""
    if dialect.header_line is None or dialect.names:
        return dialect.names
    line = sample.lines(dialect.header_line + 1)[dialect.header_line]
    return unique_names(next(_cells([line], dialect), []))


def delimited(
    engine: Engine, opened: OpenedFile, dialect: Dialect, names: Sequence[str], *, name: str, in_pieces: bool = True
) -> Table:
    """A view over a delimited text: nothing is read yet. Lines that cannot be cut go to the engine's reject table.

    ``in_pieces`` is the fast way; not in pieces, the engine passes in silence over a quote that is never closed.
    """
    if len(names) > _MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", file=opened.name, count=len(names))
    above = 0 if dialect.header_line is None else dialect.header_line + 1
    above += dialect.skip_after_header
    # The engine skips rows, not lines: a heading may hold line ends.
    skip = above - _inner_line_ends(opened, dialect, above)
    columns = "{" + ", ".join(f"{_text(column)}: 'VARCHAR'" for column in names) + "}"
    rejects = f"{name}_rejects"
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS SELECT *, 0::INTEGER AS "_file", 0::BIGINT AS "_row" FROM read_csv(
        {_text(str(opened.path))}, auto_detect=false, header=false, skip={skip}, delim={_text(dialect.delimiter)},
        quote={_text(dialect.quote)}, escape={_text(dialect.quote)}, columns={columns}, max_line_size={_LINE_BYTES},
        parallel={str(in_pieces).lower()}, null_padding={str(dialect.ragged).lower()},
        store_rejects=true, rejects_limit=0, rejects_table='{rejects}', rejects_scan='{rejects}_scan')"""
    )
    return Table(name=name, names=tuple(names), first_line=above + 1, rejects=rejects, dialect=dialect)


def may_miss_its_end(opened: OpenedFile, dialect: Dialect, columns: int) -> bool:
    """Whether the engine may pass in silence over the end of a text that it cuts in several pieces at a time.

    It does so over a last piece in which no line is a whole row: here, over one that the last line is in.
    """
    with opened.path.open("rb") as stream:
        size = stream.seek(0, io.SEEK_END)
        stream.seek(max(0, size - _LINE_BYTES))
        last = stream.read().decode("utf-8", "replace").rstrip("\r\n").rpartition("\n")[2]
    width = len(next(_cells([last], dialect), ()))
    return size > _PIECE_BYTES and width != columns and not (dialect.ragged and width < columns)


def _inner_line_ends(opened: OpenedFile, dialect: Dialect, lines: int) -> int:
    """How many of the first ``lines`` of a text end inside a quoted field."""
    with opened.path.open("rb") as stream:
        rows = records(islice(stream, lines), delimiter=dialect.delimiter, quote=dialect.quote)
        return sum(row.text.rstrip(b"\r\n").count(b"\n") for row in rows)


def json_lines(engine: Engine, opened: OpenedFile, sample: Sample, *, name: str) -> Table:
    """A view over JSON lines: the fields of the first records are the columns; nested values stay JSON text."""
    fields: dict[str, None] = {}
    for line in sample.lines(2000):
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if isinstance(record, dict):
            fields.update(dict.fromkeys(record))
    if not fields:
        raise UnreadableFile("not_a_call_export", file=opened.name)
    if len(fields) > _MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", file=opened.name, count=len(fields))
    names = unique_names(tuple(fields))
    values = ", ".join(
        f"json_extract_string(_json, {_text(_json_path(field))}) AS {_identifier(column)}"
        for field, column in zip(fields, names, strict=True)
    )
    source = _json_source(opened)
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS SELECT {values}, 0::INTEGER AS "_file", 0::BIGINT AS "_row"
        FROM (SELECT line::JSON AS _json FROM {source} WHERE {_IS_OBJECT})"""
    )
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}_rejects" AS SELECT number, left(line, {SHOWN}) AS text
        FROM (SELECT row_number() OVER () AS number, line FROM {source})
        WHERE trim(line) <> '' AND NOT {_IS_OBJECT}"""
    )
    return Table(name=name, names=names, first_line=1, rejects=f"{name}_rejects")


_IS_OBJECT = "(CASE WHEN json_valid(line) THEN json_type(line) = 'OBJECT' ELSE false END)"
#: Four signs that no line of text has side by side: each line is one column.
_NOWHERE = "\x1c\x1d\x1e\x1f"


def _json_source(opened: OpenedFile) -> str:
    return (
        f"read_csv({_text(str(opened.path))}, auto_detect=false, header=false, delim={_text(_NOWHERE)}, quote='', "
        f"escape='', columns={{'line': 'VARCHAR'}}, max_line_size={_LINE_BYTES})"
    )


def _json_path(field: str) -> str:
    """A pointer to a field: unlike a path, it can name any."""
    return "/" + field.replace("~", "~0").replace("/", "~1")


def parquet(engine: Engine, opened: OpenedFile, *, name: str) -> Table:
    """A view over a Parquet file, its values as text: times in ISO form, those of a zone with their offset."""
    source = f"read_parquet({_text(str(opened.path))})"
    described = engine.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    names = unique_names([row[0] for row in described])
    offset = " || ':00'"  # the engine writes the offset of UTC, in which it runs, as +00
    values = ", ".join(
        f"CAST({_identifier(row[0])} AS VARCHAR){offset if row[1] == 'TIMESTAMP WITH TIME ZONE' else ''} "
        f"AS {_identifier(column)}"
        for row, column in zip(described, names, strict=True)
    )
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS
        SELECT {values}, 0::INTEGER AS "_file", 0::BIGINT AS "_row" FROM {source}"""
    )
    return Table(name=name, names=names, first_line=1)


def spreadsheet(engine: Engine, sheet: Sheet, *, name: str) -> Table:
    """A sheet of a workbook as a stored table."""
    rows = sheet.rows
    for column, kind in (("_file", pa.int32()), ("_row", pa.int64())):
        rows = rows.append_column(column, pa.nulls(len(rows), kind).fill_null(0))
    engine.load(name, rows)
    return Table(name=name, names=sheet.names, first_line=sheet.first_row)


def stored(table: Table) -> Table:
    """The stored table that ``store`` fills for ``table`` and the tables with the same columns."""
    return replace(table, name=f"{table.name}_stored", rejects=None)


def store(engine: Engine, table: Table, *, into: Table, file: int) -> None:
    """Add the rows of ``table`` to the stored table ``into`` (made when missing), as those of ``file``."""
    columns = ", ".join(_identifier(column) for column in table.names)
    kinds = ", ".join(f"{_identifier(column)} VARCHAR" for column in table.names)
    engine.connection.execute(f'CREATE TABLE IF NOT EXISTS "{into.name}" ({kinds}, "_file" INTEGER, "_row" BIGINT)')
    engine.connection.execute(f'INSERT INTO "{into.name}" SELECT {columns}, {file}, 0 FROM "{table.name}"')


def number(engine: Engine, into: Table, *, file: int) -> int:
    """Number the stored rows of ``file`` from 0 in the order of the file, before anything compares them.

    What compares rows may put them in another order, and a number given afterwards would name the wrong line. Returns
    how many there are.
    """
    [(count, first)] = engine.connection.execute(
        f'SELECT count(*), min(rowid) FROM "{into.name}" WHERE "_file" = {file}'
    ).fetchall()
    if count:
        engine.connection.execute(f'UPDATE "{into.name}" SET "_row" = rowid - {first} WHERE "_file" = {file}')
    return int(count)


def relation(table: Table) -> ir.Table:
    """The table of strings as an expression."""
    kinds = dict.fromkeys(table.names, "string") | {"_file": "int32", "_row": "int64"}
    return ibis.table(ibis.schema(kinds), name=table.name)


def head(engine: Engine, table: Table, rows: int) -> pa.Table:
    """The first rows of a table, strings only."""
    columns = ", ".join(_identifier(column) for column in table.names)
    found: pa.Table = engine.connection.sql(f'SELECT {columns} FROM "{table.name}" LIMIT {rows}').to_arrow_table()
    return found


def spread(opened: OpenedFile, dialect: Dialect, names: Sequence[str], rows: int) -> pa.Table:
    """About ``rows`` rows of a delimited text, taken in a few places of the file, strings only.

    The first lines of a log are one night of it: too few kinds of calls to tell what its words mean.
    """
    places = 1 if opened.size < 2 * SAMPLE_BYTES else 16
    skip = 0 if dialect.header_line is None else dialect.header_line + 1 + dialect.skip_after_header
    found: list[list[str]] = []
    with opened.path.open("rb") as stream:
        for place in range(places):
            stream.seek(opened.size * place // places)
            chunk = stream.read(2 * SAMPLE_BYTES if places == 1 else SAMPLE_BYTES // 8).decode("utf-8", "ignore")
            lines = chunk.removeprefix("\ufeff").split("\n")
            begin, end = 1 if place else skip, -1 if places > 1 else None
            cells = (row for text in _whole(lines[begin:end], dialect) for row in _cells([text], dialect))
            found += islice((row for row in cells if len(row) == len(names)), max(1, rows // places))
    columns = list(zip(*found, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def _whole(lines: Sequence[str], dialect: Dialect) -> Iterator[str]:
    """The rows among the lines; one with a stray quote is left out alone."""
    raw = (line.encode() + b"\n" for line in lines)
    for record in records(raw, delimiter=dialect.delimiter, quote=dialect.quote):
        if not record.stray:
            yield record.text.decode().rstrip("\r\n")


def _cells(lines: Sequence[str], dialect: Dialect) -> Iterator[list[str]]:
    if dialect.quote:
        reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote, skipinitialspace=True)
    else:
        reader = csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue


def kind_of_text(sample: Sample) -> str:
    """``json`` when the lines are JSON objects, ``json_whole`` for JSON of another shape, else ``delimited``."""
    first = next((line.strip() for line in sample.lines(50) if line.strip()), "")
    if first.startswith("{") and first.endswith("}"):
        return "json"
    return "json_whole" if re.match(r"\[?\s*\{\s*[\"}]|[\[{]\s*[\"{]", sample.text.lstrip()) else "delimited"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
