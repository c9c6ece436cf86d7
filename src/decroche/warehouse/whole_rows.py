"""Tells from call numbers that only grow, or only fall, that every row is a whole call: less is stored of such rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np

from decroche.connector_kit.files import COLUMNS
from decroche.warehouse.engine import Engine

#: The number of a call in rows of which less is stored.
NUMBER = "call_number"
#: What is asked of a row only to find the other rows of its call, and rows that are written twice.
_JOINING = ("call_key", "caller", "called", "agent", "raw_reason")


def only_numbered(rows: ir.Table) -> ir.Table:
    """``rows`` (with ``NUMBER``) without what joins rows into calls, and without the columns that are null everywhere.

    They say enough of calls whose numbers are ``in_order``. ``with_every_column`` puts the columns back.
    """
    values = rows.op().values
    return rows.drop(*_JOINING, *(name for name in COLUMNS if name not in _JOINING and _is_nothing(values[name])))


def with_every_column(rows: ir.Table, names: Collection[str] = COLUMNS.keys()) -> ir.Table:
    """``rows``, or calls, with the canonical columns ``names`` that were not stored, null everywhere."""
    missing = {*names} - {*rows.columns}
    return rows.mutate(**{name: ibis.null(COLUMNS[name]) for name in sorted(missing)}) if missing else rows


def numbers_in_order(engine: Engine, table: str) -> bool:
    """Whether every kept row of the stored ``table`` has a number, and these are ``in_order``."""
    rows = engine.table(table)
    kept = rows.filter(rows.fate.isnull())
    if engine.records(kept.filter(kept[NUMBER].isnull()).select(NUMBER).limit(1)):
        return False
    return in_order(part.column(0).to_numpy() for part in engine.batches(kept.select(NUMBER)))


def in_order(parts: Iterable[np.ndarray[tuple[int], np.dtype[np.int64]]]) -> bool:
    """Whether the numbers, in parts, grow from each one to the next, or fall from each one to the next.

    Then no two of them are equal.
    """
    grows = falls = True
    last = np.empty(0, np.int64)
    for part in parts:
        numbers = np.concatenate((last, part))
        grows = grows and bool(np.all(numbers[1:] > numbers[:-1]))
        falls = falls and bool(np.all(numbers[1:] < numbers[:-1]))
        if not grows and not falls:
            return False
        last = numbers[-1:]
    return True


def _is_nothing(value: ops.Value) -> bool:
    """Whether a column is null whatever the rows say."""
    while isinstance(value, ops.Field) and value.name in value.rel.values:
        value = value.rel.values[value.name]
    return isinstance(value, ops.Literal) and value.value is None
