"""Shows a version of a lake's table to the column engine, without any extension of it."""

from __future__ import annotations

import ibis.expr.types as ir

from decroche.warehouse.engine import Engine
from decroche.warehouse.lake import LakeTable, Snapshot


def lake_view(engine: Engine, table: LakeTable, snapshot: Snapshot, name: str) -> ir.Table:
    """The rows of ``snapshot``: files on disk are read as they are asked for, others through Arrow.

    They are called ``name`` in the engine, where there are any.
    """
    if not snapshot.files:
        return engine.load(f"{name}_empty", table.kept.schema.empty_table())
    if table.on_disk:
        return engine.view(name, snapshot.files, parted_by="month")
    return engine.register(name, table.dataset(snapshot.version))
