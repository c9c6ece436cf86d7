"""Cuts an opened file into columns of strings, one row in the engine for each record of the file."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import fastexcel
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.opening import SAMPLE_BYTES, Kind, OpenedFile
from decroche.connector_kit.files import Dialect, Sample
from decroche.warehouse.engine import Engine

_DELIMITERS = (",", ";", "\t", "|")
_MAX_COLUMNS = 1000
_LINE_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Table:
    """A file as a relation of strings in the engine, named ``name``, with the columns ``names``.

    ``first_line`` is the 1-based line of the first data row (spreadsheets count their rows alike). ``rejects`` is the
    engine's table of lines that could not be cut, or None.
    """

    name: str
    names: tuple[str, ...]
    first_line: int
    rejects: str | None = None


def sample_of(opened: OpenedFile) -> Sample:
    """The beginning of a text file as a sample of whole lines."""
    with opened.path.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    text = head.decode("utf-8", "ignore").removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if len(head) == SAMPLE_BYTES and "\n" in text:
        text = text[: text.rindex("\n") + 1]
    return Sample(text)


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Column names, trimmed, none empty and none twice (compared without case), in the given order."""
    seen: Counter[str] = Counter()
    unique: list[str] = []
    for position, name in enumerate(names, start=1):
        clean = " ".join(str(name).replace("\ufeff", "").split()) or f"column_{position}"
        while clean.casefold() in seen:
            seen[clean.casefold()] += 1
            clean = f"{clean}_{seen[clean.casefold()]}"
        seen[clean.casefold()] += 1
        unique.append(clean)
    return tuple(unique)


def sniff(sample: Sample) -> Dialect | None:
    """The dialect of a delimited table, or None when the sample is not one with at least two columns.

    The delimiter is the one whose most frequent number of columns is shared by most lines; lines above the header
    (titles, export dates) are skipped.
    """
    lines = [line for line in sample.lines(400) if line.strip()]
    best: tuple[float, int, str, list[list[str]]] | None = None
    for delimiter in _DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO("\n".join(lines)), delimiter=delimiter))
        except csv.Error:
            continue
        counts = Counter(len(row) for row in rows)
        width, shared = max(counts.items(), key=lambda item: (item[1] if item[0] > 1 else 0, item[0]))
        if width > 1 and (best is None or (shared / len(rows), width) > best[:2]):
            best = (shared / len(rows), width, delimiter, rows)
    if best is None or best[0] < 0.5:
        return None
    _, width, delimiter, rows = best
    header = next((row for row in rows if len(row) == width), None)
    if header is None:
        return None
    if _looks_like_header(header):
        return Dialect(delimiter=delimiter, header_line=_line_of(sample, header, delimiter), names=unique_names(header))
    return Dialect(
        delimiter=delimiter, header_line=None, names=tuple(f"column_{number}" for number in range(1, width + 1))
    )


_VALUE = re.compile(r"^[+\-]?[\d.,:/ \-]+$|\d{4}-\d\d-\d\d|\d\d/\d\d/\d\d")


def _looks_like_header(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    values = sum(bool(_VALUE.search(cell)) for cell in filled)
    return bool(filled) and values == 0 and len(set(filled)) == len(filled)


def _line_of(sample: Sample, header: list[str], delimiter: str) -> int:
    for number, line in enumerate(sample.lines(400)):
        if next(csv.reader([line], delimiter=delimiter), []) == header:
            return number
    return 0


def header_names(sample: Sample, dialect: Dialect) -> tuple[str, ...]:
    """The column names of a delimited file: those given, else those of its header line."""
    if dialect.header_line is None or dialect.names:
        return dialect.names
    line = sample.lines(dialect.header_line + 1)[dialect.header_line]
    quote = dialect.quote or None
    return unique_names(
        next(csv.reader([line], delimiter=dialect.delimiter, quotechar=quote, quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE))
    )


def delimited(engine: Engine, opened: OpenedFile, dialect: Dialect, names: Sequence[str], *, name: str) -> Table:
    """A view over a delimited text: nothing is read yet. Lines that cannot be cut go to the engine's reject table."""
    if len(names) > _MAX_COLUMNS:
        raise UnreadableFile("too_many_columns", file=opened.name, count=len(names))
    skip = 0 if dialect.header_line is None else dialect.header_line + 1
    skip += dialect.skip_after_header
    columns = "{" + ", ".join(f"{_text(column)}: 'VARCHAR'" for column in names) + "}"
    rejects = f"{name}_rejects"
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS SELECT *, 0::INTEGER AS "_file", 0::BIGINT AS "_row" FROM read_csv(
        {_text(str(opened.path))}, auto_detect=false, header=false, skip={skip}, delim={_text(dialect.delimiter)},
        quote={_text(dialect.quote)}, escape={_text(dialect.quote)}, columns={columns}, max_line_size={_LINE_BYTES},
        null_padding={str(dialect.ragged).lower()}, store_rejects=true, rejects_table='{rejects}', rejects_scan='{rejects}_scan',
        rejects_limit=0)"""
    )
    return Table(name=name, names=tuple(names), first_line=skip + 1, rejects=rejects)


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
    values = ", ".join(
        f"""json_extract_string(_json, {_text('$."' + field.replace('"', '""') + '"')}) AS {_identifier(field)}"""
        for field in fields
    )
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS SELECT {values}, 0::INTEGER AS "_file", 0::BIGINT AS "_row"
        FROM (SELECT CASE WHEN json_valid(line) THEN line::JSON END AS _json FROM read_csv(
        {_text(str(opened.path))}, auto_detect=false, header=false, delim='\x01', quote='', escape='',
        columns={{'line': 'VARCHAR'}}, max_line_size={_LINE_BYTES}))"""
    )
    return Table(name=name, names=tuple(fields), first_line=1)


def parquet(engine: Engine, opened: OpenedFile, *, name: str) -> Table:
    """A view over a Parquet file, its values as text (times in ISO form)."""
    source = f"read_parquet({_text(str(opened.path))})"
    try:
        described = engine.connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()
    except Exception as error:
        raise UnreadableFile("file_damaged", file=opened.name) from error
    names = [row[0] for row in described]
    values = ", ".join(f"CAST({_identifier(column)} AS VARCHAR) AS {_identifier(column)}" for column in names)
    engine.connection.execute(
        f"""CREATE OR REPLACE VIEW "{name}" AS SELECT {values}, 0::INTEGER AS "_file", 0::BIGINT AS "_row" FROM {source}"""
    )
    return Table(name=name, names=tuple(names), first_line=1)


def spreadsheet(engine: Engine, opened: OpenedFile, *, name: str) -> Table:
    """The first sheet of a workbook that holds a table of at least two columns, as text."""
    try:
        book = fastexcel.read_excel(opened.path)
        sheets = [book.load_sheet(sheet, header_row=None, dtypes="string") for sheet in book.sheet_names]
    except Exception as error:
        raise UnreadableFile("file_damaged", file=opened.name) from error
    for sheet in sheets:
        rows = pa.table(sheet.to_arrow())
        if rows.num_columns < 2 or rows.num_rows < 2:
            continue
        header = _spreadsheet_header(rows)
        names = unique_names([rows.column(i)[header].as_py() or "" for i in range(rows.num_columns)])
        body = rows.slice(header + 1).rename_columns(list(names))
        text = body.cast(pa.schema([(column, pa.string()) for column in names]))
        engine.load(
            name,
            text.append_column("_file", pa.nulls(len(text), pa.int32()).fill_null(0)).append_column(
                "_row", pa.nulls(len(text), pa.int64()).fill_null(0)
            ),
        )
        return Table(name=name, names=names, first_line=header + 2)
    raise UnreadableFile("one_column", file=opened.name)


def _spreadsheet_header(rows: pa.Table) -> int:
    head = rows.slice(0, 50).to_pylist()
    filled = [sum(value not in (None, "") for value in row.values()) for row in head]
    return next((i for i, count in enumerate(filled) if count >= 0.6 * max(filled)), 0)


def store_numbered(engine: Engine, table: Table) -> None:
    """Read ``table`` in full, its rows numbered from 0 in the order of the file: for formats that look at several rows.

    What compares rows may put them in another order, and a number given afterwards would name the wrong line.
    """
    stored = f"{table.name}_stored"
    engine.connection.execute(f'CREATE OR REPLACE TABLE "{stored}" AS SELECT * FROM "{table.name}"')
    engine.connection.execute(f'UPDATE "{stored}" SET "_row" = rowid')
    engine.connection.execute(f'CREATE OR REPLACE VIEW "{table.name}" AS SELECT * FROM "{stored}"')


def relation(table: Table) -> ir.Table:
    """The table of strings as an expression."""
    kinds = dict.fromkeys(table.names, "string") | {"_file": "int32", "_row": "int64"}
    return ibis.table(ibis.schema(kinds), name=table.name)


def head(engine: Engine, table: Table, rows: int) -> pa.Table:
    """The first rows of a table, strings only."""
    columns = ", ".join(_identifier(column) for column in table.names)
    return engine.connection.sql(f'SELECT {columns} FROM "{table.name}" LIMIT {rows}').to_arrow_table()


def spread(opened: OpenedFile, dialect: Dialect, names: Sequence[str], rows: int) -> pa.Table:
    """About ``rows`` rows of a delimited text, taken in a few places of the file, strings only.

    The first lines of a log are one night of it: too few kinds of calls to tell what its words mean.
    """
    places = 1 if opened.size < 2 * SAMPLE_BYTES else 16
    found: list[list[str]] = []
    with opened.path.open("rb") as stream:
        for place in range(places):
            stream.seek(opened.size * place // places)
            chunk = stream.read(SAMPLE_BYTES if places == 1 else SAMPLE_BYTES // 8).decode("utf-8", "ignore")
            lines = chunk.removeprefix("\ufeff").splitlines()
            skip = (dialect.header_line or 0) + 1 + dialect.skip_after_header if dialect.header_line is not None else 0
            kept = lines[skip:-1] if place == 0 and opened.size > len(chunk) else lines[skip:] if place == 0 else lines[1:-1]
            found += [row for row in _cells(kept, dialect) if len(row) == len(names)][: max(1, rows // places)]
    columns = list(zip(*found, strict=True)) or [()] * len(names)
    return pa.table({name: pa.array(column, pa.string()) for name, column in zip(names, columns, strict=True)})


def _cells(lines: Sequence[str], dialect: Dialect) -> Iterator[list[str]]:
    quoting = csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE
    reader = csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote or None, quoting=quoting)
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            continue


def without_lines(source: Path, target: Path, lines: Sequence[int]) -> None:
    """Copy a text without the given 1-based lines (each left as an empty line, so that numbers stay the same)."""
    unwanted = set(lines)
    with source.open("rb") as read, target.open("wb") as write:
        for number, line in enumerate(read, start=1):
            write.write(b"\n" if number in unwanted else line)


def kind_of_text(sample: Sample) -> str:
    """``json`` when the lines are JSON objects, else ``delimited``."""
    first = next((line.strip() for line in sample.lines(50) if line.strip()), "")
    return "json" if first.startswith("{") and first.endswith("}") else "delimited"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


__all__ = [
    "Kind",
    "Table",
    "delimited",
    "head",
    "header_names",
    "json_lines",
    "kind_of_text",
    "parquet",
    "relation",
    "sample_of",
    "sniff",
    "spread",
    "spreadsheet",
    "unique_names",
    "without_lines",
]
