"""The files that BI tools read: the same rows in each format, and nothing in them that a spreadsheet would compute."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from decroche.model.feed import FEEDS, TOLD_IN, Kind
from decroche.prove.service_feed_files import Format, schema_of, write_file
from decroche.prove.service_feed_meta import meaning

_COLUMNS: list[tuple[str, pa.DataType]] = [
    ("name", pa.string()), ("n", pa.int64()), ("x", pa.float64()), ("at", pa.timestamp("us", tz="UTC")),
    ("local", pa.timestamp("us")), ("day", pa.date32()),
]  # fmt: skip
SCHEMA = pa.schema(_COLUMNS)
AT = datetime(2026, 3, 4, 5, 6, 7, 890_000, tzinfo=UTC)


def row(name: str | None, **more: Any) -> dict[str, Any]:
    return {"name": name, "n": 1, "x": 2.5, "at": AT, "local": AT.replace(tzinfo=None), "day": date(2026, 3, 4), **more}


def written(rows: list[dict[str, Any]], format: Format = Format.CSV, **more: Any) -> bytes:
    out = io.BytesIO()
    parts = [pa.Table.from_pylist([each], schema=SCHEMA) for each in rows]
    assert write_file(out, parts, SCHEMA, format, **more) == len(rows)
    return out.getvalue()


def cells(text: bytes, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter))


def test_every_format_has_the_same_rows() -> None:
    rows = [row("Atelier"), row(None, n=None, x=None)]
    assert cells(written(rows)) == [
        SCHEMA.names,
        ["Atelier", "1", "2.5", "2026-03-04T05:06:07Z", "2026-03-04T05:06:07", "2026-03-04"],
        ["", "", "", "2026-03-04T05:06:07Z", "2026-03-04T05:06:07", "2026-03-04"],
    ]
    parquet = pq.read_table(io.BytesIO(written(rows, Format.PARQUET)))
    arrow = pa.ipc.open_stream(written(rows, Format.ARROW)).read_all()
    assert parquet.to_pylist() == arrow.to_pylist() == rows
    assert parquet.schema == arrow.schema == SCHEMA


@pytest.mark.parametrize("format", list(Format))
def test_without_rows_there_are_columns(format: Format) -> None:
    content = written([], format)
    if format is Format.CSV:
        assert cells(content) == [SCHEMA.names]
    elif format is Format.PARQUET:
        assert pq.read_table(io.BytesIO(content)).schema == SCHEMA
    else:
        assert pa.ipc.open_stream(content).read_all().schema == SCHEMA


@pytest.mark.parametrize("name", ["=1+1", "+33611111111", "-2", "@SUM(A1)", " =1", "\u00a0=1", "\u202e@x", "'=1"])
def test_no_cell_is_a_formula(name: str) -> None:
    assert cells(written([row(name)]))[1][0] == f"'{name}"


def test_cells_are_quoted_and_have_no_breaks() -> None:
    content = written([row('dit "le 7", à 9\r\nh\t=2'), row("a;b")])
    assert content.count(b"\r\n") == content.count(b"\n") == 3
    assert [each[0] for each in cells(content)] == ["name", 'dit "le 7", à 9  h =2', "a;b"]


def test_french_spreadsheets_get_semicolons_commas_and_a_mark() -> None:
    content = written([row("é", x=-1234.5)], separator=";", bom=True)
    assert content.startswith(b"\xef\xbb\xbf")
    assert cells(content[3:], ";")[1][:3] == ["é", "1", "-1234,5"]


def test_every_column_is_told_in_both_languages_and_once() -> None:
    for feed in FEEDS.values():
        names = schema_of(feed).names
        assert len(set(names)) == len(names)
        assert set(feed.key) <= set(names) and (not feed.dated or feed.dated in names)
        assert "updated_at" in names
        for column in feed.columns:
            said = {meaning(feed, column.name, code) for code in TOLD_IN}
            assert len(said) == 2 or column.name in {"site", "agent", "pipeline", "source"}, column.name
            assert not column.adds or column.kind in (Kind.WHOLE, Kind.NUMBER)
