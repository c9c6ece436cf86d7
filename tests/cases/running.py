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
from dataclasses import fields
from datetime import UTC, datetime, tzinfo
from enum import Enum
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import ibis
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
    """The lines as a table of strings with ``file`` and ``row``, short lines filled up with nulls."""
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
    columns["file"] = pa.array([0] * len(cells), pa.int32())
    columns["row"] = pa.array(range(len(cells)), pa.int64())
    return pa.table(columns)


def cut_objects(lines: list[str]) -> pa.Table:
    """JSON objects as a table of strings with ``file`` and ``row``: what is nested stays JSON text."""
    objects = [json.loads(line) for line in lines]
    names = list(dict.fromkeys(name for record in objects for name in record))
    columns: dict[str, pa.Array[Any]] = {
        name: pa.array([_as_text(record.get(name)) for record in objects], pa.string()) for name in names
    }
    columns["file"] = pa.array([0] * len(objects), pa.int32())
    columns["row"] = pa.array(range(len(objects)), pa.int64())
    return pa.table(columns)


def _as_text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def translated(case: Mapping[str, Any], engine: Engine) -> list[Row]:
    """The canonical rows of the case, by row number, with all columns."""
    (format_, dialect) = claims(case["input"])[case["format"]]
    lines = case["input"]
    raw = engine.load("raw", cut_objects(lines) if dialect is None else cut(lines, dialect))
    rows = format_.translate(raw)
    if dict(rows.schema().items()) != dict(ibis.schema(COLUMNS).items()):
        raise AssertionError(f"{format_.name} does not give the canonical columns")
    return [dict(row) for row in engine.records(rows.order_by("row"))]


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
