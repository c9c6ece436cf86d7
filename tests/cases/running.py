"""Runs one connector case: recognise the input, cut it into strings, translate it, fold it, judge the calls.

A case is a JSON object:

- ``situation`` and ``source``: a sentence each; ``provenance``: recorded, vendor-docs or synthetic; ``format``: the
  name of the only format that may claim ``input``, a list of lines; ``zone``: of a local clock (else Europe/Paris).
- ``rows``: what each input row becomes, without nulls, ``file`` and ``row``.
- ``call``: fields of the folded call (an object, or a list in order of start when there are several); only the fields
  that it names are compared. ``verdict``: its ``disposition`` and ``reason``, in hours in which the business is open.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime, tzinfo
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from decroche.connector_kit.files import COLUMNS, Clock, Dialect, FileFormat, Sample
from decroche.connectors.registry import FORMATS
from decroche.model.call import Call, Direction, Leg, MissedReason
from decroche.understand.fold import fold
from decroche.understand.missed import judge
from decroche.understand.numbers import read_number
from decroche.warehouse.engine import Engine

CONNECTORS = Path(__file__).resolve().parents[2] / "src" / "decroche" / "connectors"
PROVENANCES = ("recorded", "vendor-docs", "synthetic")

Row = dict[str, Any]


def paths() -> list[Path]:
    """Every case file, in a stable order."""
    return sorted(CONNECTORS.glob("*/cases/*.json"))


def read(path: Path) -> dict[str, Any]:
    """The case in ``path``."""
    case: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return case


def claims(lines: list[str]) -> dict[str, tuple[FileFormat, Dialect | None]]:
    """Every format that claims the lines, by name: one, when recognition is as strict as it must be.

    Lines that are JSON objects are recognised by their names and have no dialect.
    """
    if lines[0].startswith("{"):
        names = frozenset(name for line in lines for name in json.loads(line))
        return {format_.name: (format_, None) for format_ in FORMATS if format_.recognise_columns(names)}
    sample = Sample("\n".join(lines) + "\n")
    found = [(format_, format_.recognise(sample)) for format_ in FORMATS]
    return {format_.name: (format_, dialect) for format_, dialect in found if dialect is not None}


def cut(lines: list[str], dialect: Dialect) -> pa.Table:
    """The lines as a table of strings with ``row``, short lines filled up with nulls."""
    if dialect.quote:
        cells = list(csv.reader(lines, delimiter=dialect.delimiter, quotechar=dialect.quote))
    else:
        cells = list(csv.reader(lines, delimiter=dialect.delimiter, quoting=csv.QUOTE_NONE))
    names = list(dialect.names)
    if dialect.header_line is not None:
        names = [name.strip() for name in cells[dialect.header_line]]
        cells = cells[dialect.header_line + 1 + dialect.skip_after_header :]
    columns: dict[str, pa.Array[Any]] = {
        name: pa.array([line[place] if place < len(line) else None for line in cells], pa.string())
        for place, name in enumerate(names)
    }
    columns["row"] = pa.array(range(len(cells)), pa.int64())
    return pa.table(columns)


def cut_objects(lines: list[str]) -> pa.Table:
    """JSON objects as a table of strings with ``row``: what is nested stays JSON text."""
    objects = [json.loads(line) for line in lines]
    names = list(dict.fromkeys(name for record in objects for name in record))
    columns: dict[str, pa.Array[Any]] = {
        name: pa.array([_as_text(record.get(name)) for record in objects], pa.string()) for name in names
    }
    columns["row"] = pa.array(range(len(objects)), pa.int64())
    return pa.table(columns)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


@dataclass(frozen=True)
class _Table:
    """A case's input cut into strings, and the format that reads it."""

    format: FileFormat
    strings: pa.Table

    @property
    def kind(self) -> tuple[str, tuple[str, ...]]:
        """What cases must have alike to be translated in one query."""
        return self.format.name, tuple(self.strings.schema.names)

    def numbered(self, file: int) -> pa.Table:
        """The strings as the rows of file number ``file``."""
        return self.strings.append_column("file", pa.array([file] * len(self.strings), pa.int32()))

    def translated(self, schema: ibis.Schema) -> ir.Table:
        """The canonical rows of the table ``one_case``, which has ``schema``."""
        rows = self.format.translate(ibis.table(schema, name="one_case"))
        if dict(rows.schema().items()) != dict(ibis.schema(COLUMNS).items()):
            raise AssertionError(f"{self.format.name} does not give the canonical columns")
        return rows


class Translations:
    """The canonical rows of cases, each translated as a file of its own: ``translated[path]``.

    Writing and planning the query costs far more than running it, so it is done once for all the cases of one format
    with the same columns, when the first of them is asked for.
    """

    def __init__(self, engine: Engine, cases: Mapping[Path, Mapping[str, Any]]) -> None:
        self._engine = engine
        self._tables = {path: table for path, case in cases.items() if (table := _table_of(case)) is not None}
        self._rows: dict[Path, list[Row]] = {}

    def __getitem__(self, path: Path) -> list[Row]:
        """The rows of the case in ``path`` by row number, with all columns."""
        if path not in self._rows:
            kind = self._tables[path].kind
            alike = [each for each, table in self._tables.items() if table.kind == kind]
            self._rows.update(zip(alike, self._translated([self._tables[each] for each in alike]), strict=True))
        return self._rows[path]

    def alone(self, path: Path) -> list[Row]:
        """The same rows from the plain query, which knows no other case."""
        table = self._tables[path]
        stored = self._engine.load("one_case", table.numbered(0))
        return [dict(row) for row in self._engine.records(table.translated(stored.schema()).order_by("row"))]

    def _translated(self, tables: list[_Table]) -> list[list[Row]]:
        every = pa.concat_tables([table.numbered(number) for number, table in enumerate(tables)])
        stored = self._engine.load("every_case", every)
        rows = tables[0].translated(stored.schema())
        query = f"""
            SELECT rows.* FROM (SELECT DISTINCT file FROM every_case) AS cases, LATERAL (
                WITH one_case AS (SELECT * FROM every_case WHERE every_case.file = cases.file)
                SELECT * FROM ({self._engine.sql(rows)})
            ) AS rows ORDER BY rows.file, rows."row"
        """
        of_file: list[list[Row]] = [[] for _ in tables]
        for row in self._engine.connection.sql(query).to_arrow_table().to_pylist():
            of_file[row["file"]].append(row)
        return of_file


def _table_of(case: Mapping[str, Any]) -> _Table | None:
    claimed = claims(case["input"]).get(case["format"])
    if claimed is None:
        return None
    format_, dialect = claimed
    return _Table(format_, cut_objects(case["input"]) if dialect is None else cut(case["input"], dialect))


def folded(case: Mapping[str, Any], rows: list[Row]) -> list[Call]:
    """The calls of the kept rows, in order of start. A row without a key is a call."""
    clock = claims(case["input"])[case["format"]][0].clock
    zone = UTC if clock is Clock.UTC else ZoneInfo(case.get("zone", "Europe/Paris"))
    legs: dict[str, list[Leg]] = {}
    for row in rows:
        if row["fate"] is None:
            legs.setdefault(row["call_key"] or f"row {row['row']}", []).append(_leg(row, zone))
    return sorted((fold(of_call) for of_call in legs.values()), key=lambda call: (call.started_at, call.call_key))


def _leg(row: Row, zone: tzinfo) -> Leg:
    values = {field.name: row[field.name] for field in fields(Leg) if row.get(field.name) is not None}
    values["call_key"] = row["call_key"]
    values["direction"] = Direction(row["direction"] or Direction.UNKNOWN)
    if row["reason"] is not None:
        values["reason"] = MissedReason(row["reason"])
    return Leg(started_at=row["started"].replace(tzinfo=zone).astimezone(UTC), **values)


def verdict(call: Call) -> dict[str, Any]:
    """The call's disposition and missed reason in opening hours, its number read in France."""
    judged = judge(call, caller=read_number(call.caller, region="FR").kind, closed=False)
    return {"disposition": judged.disposition.value, "reason": judged.reason.value if judged.reason else None}


def excerpt(call: Call, names: Iterable[str]) -> dict[str, Any]:
    """The named fields of a call, as a case writes them."""
    return {name: _plain(getattr(call, name)) for name in names}


def described(rows: list[Row]) -> list[Row]:
    """Rows as a case writes them: without nulls, ``file`` and ``row``; times as text, whole seconds as integers."""
    return [
        {name: _plain(value) for name, value in row.items() if value is not None and name not in ("file", "row")}
        for row in rows
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value
