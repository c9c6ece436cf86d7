"""Runs the column form of a definition on the rows of a spec, in a small engine of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa

from decroche.connector_kit.files import COLUMNS
from decroche.warehouse.engine import Engine
from tests.spec.table import Row

ARROW = {
    "int32": pa.int32(),
    "int64": pa.int64(),
    "string": pa.string(),
    "boolean": pa.bool_(),
    "float64": pa.float64(),
    "timestamp": pa.timestamp("us"),
}
#: What completing the rows adds to the canonical columns.
COMPLETED = {"local_started": "timestamp", "caller_kind": "string", "person": "int64"}


@contextmanager
def engine() -> Iterator[Engine]:
    """An empty engine, gone afterwards."""
    with tempfile.TemporaryDirectory() as directory, Engine(Path(directory), threads=1) as opened:
        yield opened


def typed(kinds: Mapping[str, str], rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """``rows`` as an Arrow table of the columns ``kinds`` (Ibis types); what a row does not say is null."""
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], ARROW[kind]) for name, kind in kinds.items()
    }
    return pa.table(columns)


def kept_rows(opened: Engine, rows: Sequence[Mapping[str, Any]], *, name: str = "rows") -> ir.Table:
    """The stored table of kept rows that reading an export leaves behind, with what ``rows`` say."""
    numbered = [{"file": 0, "row": number, "caller_kind": "external", **row} for number, row in enumerate(rows)]
    return opened.load(name, typed(COLUMNS | COMPLETED, numbered))


def at(text: object, day: str = "2026-03-02") -> datetime:
    """A clock time of a spec as a moment of one day."""
    return datetime.fromisoformat(f"{day} {text}")


def word(row: Row, name: str) -> str | None:
    """A cell as text: a short number such as 101 is drawn without quotes."""
    value = row.get(name)
    return None if value is None else str(value)
