"""Writes many rows in one statement, in the one form that both databases understand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as insert_postgresql
from sqlalchemy.dialects.sqlite import insert as insert_sqlite

_Rows = Sequence[Mapping[str, Any]]


def insert_new(connection: sa.Connection, table: sa.Table, rows: _Rows, *, unique: Sequence[str]) -> int:
    """Add the rows whose ``unique`` columns are not there yet, and leave the others as they are. Returns the new."""
    if not rows:
        return 0
    statement = _adding(connection.dialect.name, table, tuple(unique))
    return connection.execute(statement, list(rows), execution_options={"preserve_rowcount": True}).rowcount


def put(connection: sa.Connection, table: sa.Table, rows: _Rows) -> None:
    """Add the rows; one whose primary key is there already takes the place of the old one. Rows name equal columns."""
    if not rows:
        return
    connection.execute(_replacing(connection.dialect.name, table, tuple(rows[0])), list(rows))


def insert_for(connection: sa.Connection) -> Any:
    """The ``insert`` of the database that ``connection`` speaks to."""
    return _insert(connection.dialect.name)


def _insert(dialect: str) -> Any:
    return insert_sqlite if dialect == "sqlite" else insert_postgresql


# To build such a statement takes longer than to execute it.
@cache
def _adding(dialect: str, table: sa.Table, unique: tuple[str, ...]) -> Any:
    return _insert(dialect)(table).on_conflict_do_nothing(index_elements=list(unique))


@cache
def _replacing(dialect: str, table: sa.Table, columns: tuple[str, ...]) -> Any:
    key = [column.name for column in table.primary_key]
    statement = _insert(dialect)(table)
    new = {name: statement.excluded[name] for name in columns if name not in key}
    return statement.on_conflict_do_update(index_elements=key, set_=new)
