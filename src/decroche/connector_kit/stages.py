"""Reads a table of strings in stages, so that what several columns need is computed once for each row."""

from __future__ import annotations

import ibis.expr.types as ir


def staged(table: ir.Table, **columns: ir.Value) -> ir.Table:
    """``file``, ``row`` and the given columns of ``table``, computed before anything that is built on them.

    Without the barrier, Ibis writes each expression again wherever it is used, and the query grows with every use.
    """
    place = ("_file", "_row") if "_file" in table.columns else ("file", "row")
    return table.select(file=table[place[0]], row=table[place[1]], **columns).view()


def further(rows: ir.Table, **columns: ir.Value) -> ir.Table:
    """The columns of a stage with others built on them."""
    return rows.mutate(**columns).view()
