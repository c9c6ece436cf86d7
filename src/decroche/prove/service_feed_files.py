"""Writes rows as files that BI tools read: CSV, Parquet or Arrow, a part at a time, however many rows there are."""

from __future__ import annotations

import io
from collections.abc import Iterable
from enum import StrEnum
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.compute
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from decroche.model.feed import Feed, Kind

#: Its types know less than it can do.
_compute: Any = pyarrow.compute
#: What a spreadsheet takes for the beginning of a formula, also behind spaces and marks that nobody sees.
_FORMULA = "^[\\s\u00a0\u202f\u200e\u200f\u202a\u202b\u202d\u202e\u2066\u2067\u2068']*[=+\\-@]"
_CONTROL = "[\\x00-\\x1f]"
_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.MOMENT: pa.timestamp("us", tz="UTC"),
    Kind.LOCAL: pa.timestamp("us"),
    Kind.DAY: pa.date32(),
}


class Format(StrEnum):
    """The kinds of files, as the ends of their names."""

    CSV = "csv"
    PARQUET = "parquet"
    ARROW = "arrow"


#: What browsers and tools call them.
MEDIA = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.PARQUET: "application/vnd.apache.parquet",
    Format.ARROW: "application/vnd.apache.arrow.stream",
}


def schema_of(feed: Feed) -> pa.Schema:
    """The columns of a feed."""
    return pa.schema([(each.name, _TYPES[each.kind]) for each in feed.columns])


def write_file(
    out: IO[bytes],
    parts: Iterable[pa.Table],
    schema: pa.Schema,
    format: Format,
    *,
    separator: str = ",",
    bom: bool = False,
) -> int:
    """Write ``parts``, all with ``schema``, to ``out``. Returns how many rows. Without any there are only columns.

    With ``;`` between cells numbers have a comma, as French spreadsheets want both.
    """
    if format is Format.CSV:
        return _csv(out, parts, schema, separator, bom=bom)
    rows = 0
    writer: Any = pa.ipc.new_stream(cast("io.IOBase", out), schema)
    if format is Format.PARQUET:
        writer = pq.ParquetWriter(out, schema, compression="zstd")
    with writer:
        for part in parts:
            writer.write_table(part)
            rows += part.num_rows
    return rows


def _csv(out: IO[bytes], parts: Iterable[pa.Table], schema: pa.Schema, separator: str, *, bom: bool) -> int:
    """RFC 4180: texts in quotes, nothing for what is not known, and no cell that a spreadsheet would compute."""
    out.write(b"\xef\xbb\xbf" if bom else b"")
    out.write(separator.join(schema.names).encode() + b"\r\n")
    told = pacsv.WriteOptions(include_header=False, delimiter=separator, quoting_style="needed")
    rows = 0
    for part in parts:
        cells = [_cells(part.column(name), french=separator == ";") for name in schema.names]
        written = io.BytesIO()
        pacsv.write_csv(pa.table(cells, names=schema.names), written, told)
        # No cell has a break of its own any more.
        out.write(written.getvalue().replace(b"\n", b"\r\n"))
        rows += part.num_rows
    return rows


def _cells(column: Any, *, french: bool) -> Any:
    kind = column.type
    if pa.types.is_string(kind):
        plain = _compute.replace_substring_regex(column, _CONTROL, " ")
        return _compute.if_else(
            _compute.match_substring_regex(plain, _FORMULA), _compute.binary_join_element_wise("'", plain, ""), plain
        )
    if pa.types.is_timestamp(kind):
        seconds = column.cast(pa.timestamp("s", tz=kind.tz), safe=False)
        return _compute.strftime(seconds, "%Y-%m-%dT%H:%M:%SZ" if kind.tz else "%Y-%m-%dT%H:%M:%S")
    if french and pa.types.is_floating(kind):
        return _compute.replace_substring(column.cast(pa.string()), ".", ",")
    return column
