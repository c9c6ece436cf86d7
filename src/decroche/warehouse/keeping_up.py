"""Keeps the prepared calls and journeys of an account in memory, and mends them by what changed instead of anew."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from functools import lru_cache

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from decroche.warehouse.engine import Engine
from decroche.warehouse.lake_rows import CALLS, JOURNEYS
from decroche.warehouse.prepared import (
    BASE_SCHEMA,
    JOURNEYS_SCHEMA,
    Clocks,
    base_calls,
    prepared_calls,
    prepared_journeys,
)

#: What replaced rows leave behind is cleared when it is so large a part of a table.
_CLEARED_AT = 0.2
_SMALL = 10_000
#: Clocks are known for so long after the first call. All that are known would cost most of the time of a change.
_YEARS_AHEAD = 12
_BASE, _KEPT = ", ".join(f'"{name}"' for name in BASE_SCHEMA), ", ".join(f'"{name}"' for name in JOURNEYS_SCHEMA)


class Prepared:
    """The calls of an account from ``since`` on (UTC, naive), and its journeys that were open then or later.

    ``calls`` and ``journeys`` are the names of their tables, with CALLS_SCHEMA and JOURNEYS_SCHEMA.
    """

    def __init__(self, engine: Engine, number: int, clocks: Clocks, since: datetime) -> None:
        self.calls, self.journeys = f"calls_prepared_{number}", f"journeys_prepared_{number}"
        self.clocks, self.since = clocks, since
        self.rows = 0
        self._engine = engine
        self._lake_calls = ibis.table(ibis.Schema.from_pyarrow(CALLS.schema), name="lake_calls")
        self._lake_journeys = ibis.table(ibis.Schema.from_pyarrow(JOURNEYS.schema), name="lake_journeys")
        years = (since.year - 1, since.year + _YEARS_AHEAD)
        self._base = Engine.sql(base_calls(self._lake_calls, clocks, years=years))
        around = ibis.table(BASE_SCHEMA, name="calls_around")
        self._with_calls = Engine.sql(prepared_journeys(self._journeys_needed(), around, clocks, years=years))

    def build(self, calls: ir.Table, journeys: ir.Table) -> None:
        """Make both from all rows of the lake and its tail."""
        self._view("lake_calls", calls.filter((calls.month >= f"{self.since:%Y-%m}") & (calls.started >= self.since)))
        with self._engine.on_disk():
            self._make("calls_moved", self._base)
            self._make(self.calls, _with_the_rest())
            self._run("DROP TABLE calls_moved")
            self._view("lake_journeys", journeys)
            self._run("CREATE OR REPLACE TEMP VIEW journeys_moved AS " + Engine.sql(self._of_interest()))
            self._run(f"CREATE OR REPLACE TEMP VIEW calls_around AS SELECT {_BASE} FROM {self.calls}")
            self._make(self.journeys, self._with_calls)
        for view in ("journeys_moved", "calls_around", "lake_calls", "lake_journeys"):
            self._run(f"DROP VIEW {view}")
        self._count()

    def change(
        self, calls: pa.Table, gone_calls: Collection[str], journeys: pa.Table, gone_journeys: Collection[str]
    ) -> None:
        """Put these rows of the lake in place of those with their ids, and take out those gone.

        All other calls and journeys of the same people are judged again.
        """
        self._load("lake_calls", calls)
        self._load("lake_journeys", journeys)
        self._load("calls_touched", _ids(calls, gone_calls))
        self._load("journeys_touched", _ids(journeys, gone_journeys))
        fresh = f"SELECT * FROM ({self._base}) WHERE started >= TIMESTAMP '{self.since}'"
        self._make("calls_moved", fresh)
        # Ids are compared once: they are long, and there are as many as calls.
        self._make(
            "calls_old",
            f"SELECT rowid AS number, person FROM {self.calls} WHERE id IN (SELECT id FROM calls_touched)",
        )
        self._make(
            "people",
            "SELECT person FROM calls_moved WHERE person IS NOT NULL UNION "
            "SELECT person FROM calls_old WHERE person IS NOT NULL",
        )
        theirs = "person IN (SELECT person FROM people)"
        self._run(f"DELETE FROM {self.calls} WHERE rowid IN (SELECT number FROM calls_old)")
        self._run(f"INSERT INTO calls_moved SELECT {_BASE} FROM {self.calls} WHERE {theirs}")
        self._run(f"DELETE FROM {self.calls} WHERE {theirs}")
        self._run(f"INSERT INTO {self.calls} {_with_the_rest()}")
        self._change_journeys()
        for table in ("lake_calls", "lake_journeys", "calls_touched", "journeys_touched", "calls_old", "people",
                      "calls_moved", "journeys_moved", "calls_around"):  # fmt: skip
            self._engine.drop(table)
        self._clear()

    def drop(self) -> None:
        """Give back the memory."""
        self._engine.drop(self.calls)
        self._engine.drop(self.journeys)

    def _change_journeys(self) -> None:
        names = ", ".join(f'"{name}"' for name in self._journeys_needed().columns)
        theirs = "person IN (SELECT person FROM people) OR first_call IN (SELECT id FROM calls_touched)"
        self._run(f"DELETE FROM {self.journeys} WHERE id IN (SELECT id FROM journeys_touched)")
        self._make(
            "journeys_moved",
            f"SELECT {names} FROM {self.journeys} WHERE {theirs} UNION ALL {Engine.sql(self._of_interest())}",
        )
        self._run(f"DELETE FROM {self.journeys} WHERE {theirs}")
        of_journeys = "person IN (SELECT person FROM journeys_moved)"
        self._make("calls_around", f"SELECT {_BASE} FROM {self.calls} WHERE {of_journeys}")
        self._run(
            f"INSERT INTO calls_around SELECT {_BASE} FROM {self.calls} WHERE id IN (SELECT first_call FROM"
            " journeys_moved WHERE first_call NOT IN (SELECT id FROM calls_around))"
        )
        self._run(f"INSERT INTO {self.journeys} {self._with_calls}")

    def _journeys_needed(self) -> ir.Table:
        schema = {name: kind for name, kind in self._lake_journeys.schema().items() if name in JOURNEYS_SCHEMA}
        return ibis.table(schema, name="journeys_moved")

    def _of_interest(self) -> ir.Table:
        journeys = self._lake_journeys
        lasting = journeys.closed.isnull() | (journeys.closed >= self.since) | (journeys.opened >= self.since)
        return journeys.filter(lasting).select(*self._journeys_needed().columns)

    def _clear(self) -> None:
        """Copy a table of which many rows were replaced: what they leave behind is read with it."""
        self._count()
        for table in (self.calls, self.journeys):
            found = self._engine.connection.execute(
                f"SELECT count(*), coalesce(max(rowid) + 1, 0) FROM {table}"
            ).fetchall()
            held, numbered = found[0]
            if numbered - held > _CLEARED_AT * held + _SMALL:
                with self._engine.on_disk():
                    self._make(f"{table}_copied", f"SELECT * FROM {table}")
                self._engine.drop(table)
                self._run(f"ALTER TABLE {table}_copied RENAME TO {table}")

    def _count(self) -> None:
        found = self._engine.connection.execute(
            f"SELECT (SELECT count(*) FROM {self.calls}) + (SELECT count(*) FROM {self.journeys})"
        ).fetchall()
        self.rows = int(found[0][0])

    def _view(self, name: str, rows: ir.Table) -> None:
        self._run(f"CREATE OR REPLACE TEMP VIEW {name} AS {Engine.sql(rows)}")

    def _make(self, name: str, sql: str) -> None:
        self._run(f"CREATE OR REPLACE TABLE {name} AS {sql}")

    def _load(self, name: str, rows: pa.Table) -> None:
        self._engine.load(name, rows)

    def _run(self, sql: str) -> None:
        self._engine.connection.execute(sql)


@lru_cache(maxsize=1)
def _with_the_rest() -> str:
    """The calls ``calls_moved`` with what other calls of the same people say of them."""
    moved = ibis.table({**BASE_SCHEMA, "rowid": "int64"}, name="calls_moved").rename(row="rowid")
    return Engine.sql(prepared_calls(moved))


def _ids(rows: pa.Table, gone: Collection[str]) -> pa.Table:
    return pa.table({"id": pa.array([*rows.column("id").to_pylist(), *gone], pa.string())})
