"""Reads a member of an object that an export carries as JSON text in one column."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir


def member(text: ir.StringValue, *path: str) -> ir.StringValue:
    """The text or whole number at ``path`` in a JSON object, trimmed, empty as null; null when absent or not JSON."""
    value = text.try_cast("json")
    for name in path:
        value = value[name]
    found = ibis.coalesce(value.unwrap_as("string"), value.unwrap_as("int64").cast("string"))
    return found.strip().nullif("")
