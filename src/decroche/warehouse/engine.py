"""The embedded column engine: runs Ibis expressions on DuckDB within a stated memory, spilling to disk."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from functools import cache, lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr.operations import Node

#: What the engine raises when the bytes of a file are not what they should be, and when its memory is too small.
CANNOT_READ = (
    duckdb.InvalidInputException,
    duckdb.IOException,
    duckdb.ConversionException,
    duckdb.SerializationException,
)
TOO_LITTLE_MEMORY = duckdb.OutOfMemoryException
#: The memory of an engine to which nobody gave another.
MEMORY = "1200MB"
_DISK = "kept"


class BadMemory(ValueError):
    """Not an amount of memory."""


class Engine:
    """One private DuckDB database in memory; what does not fit is spilled into ``directory``.

    Expressions are written on unbound Ibis tables and compiled here, so the same expressions serve another engine.
    """

    def __init__(self, directory: Path, *, memory: str = MEMORY, threads: int | None = None) -> None:
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": str(directory / "spill"),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        if threads is not None:
            config["threads"] = threads
        try:
            # Writing every table into a database file costs a fifth more than spilling what does not fit.
            self.connection = duckdb.connect(":memory:", config=config)
        except duckdb.ParserException as error:
            raise BadMemory(memory) from error
        self.connection.execute("SET TimeZone = 'UTC'")
        self._directory = directory
        self._disk: finalize[..., Engine] | None = None

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back the memory, and the disk."""
        self.connection.close()
        if self._disk is not None:
            self._disk()

    @contextmanager
    def on_disk(self) -> Iterator[None]:
        """Meanwhile new tables are written compressed into a file, and take memory only while they are read."""
        if self._disk is None:
            self._directory.mkdir(parents=True, exist_ok=True)
            folder = mkdtemp(prefix="kept-", dir=self._directory)
            self._disk = finalize(self, shutil.rmtree, folder, ignore_errors=True)
            file = Path(folder) / "kept.db"
            # Without a log of writes: after a crash everything is made anew.
            self.connection.execute(f"ATTACH '{file}' AS {_DISK} (RECOVERY_MODE no_wal_writes)")
            # The open file stays; its bytes are given back however this process ends.
            file.unlink()
        try:
            self.connection.execute(f"SET search_path = '{_DISK}.main,memory.main'")
            yield
        finally:
            self.connection.execute(f"SET search_path = 'memory.main,{_DISK}.main'")

    def table(self, name: str) -> ir.Table:
        """The table or view ``name`` as an unbound expression with its schema."""
        schema = self.connection.sql(f'SELECT * FROM "{name}" LIMIT 0').to_arrow_table().schema
        return ibis.table(ibis.Schema.from_pyarrow(schema), name=name)

    def numbered(self, table: ir.Table) -> ir.Table:
        """The stored ``table`` with ``id``, a number of each row: to fetch a few of its rows again."""
        numbered = ibis.Schema({**table.schema(), "rowid": "int64"})
        return ibis.table(numbered, name=table.get_name()).rename(id="rowid")

    def create(self, name: str, expression: ir.Table, *, words: Mapping[str, Sequence[str]] | None = None) -> ir.Table:
        """Compute ``expression`` into the table ``name`` (replaced if it exists), keeping the order of its source.

        ``words`` are the only values that some text columns have: such a column takes one byte a row, and is grouped
        and compared several times as fast. Another value is an error of ours.
        """
        self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS {self._worded(expression, words)}')
        return self.table(name)

    def append(self, name: str, expression: ir.Table, *, words: Mapping[str, Sequence[str]] | None = None) -> None:
        """Add the rows of ``expression`` to the table ``name`` (made when missing), in the order of their source.

        ``words`` are as those of ``create``.
        """
        exists = self.connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = ?", [name]).fetchall()
        verb = f'INSERT INTO "{name}"' if exists else f'CREATE TABLE "{name}" AS'
        self.connection.execute(f"{verb} {self._worded(expression, words)}")

    def count(self, name: str, *, file: int) -> int:
        """How many rows of ``file`` the table ``name`` has."""
        counted = self.connection.execute(f'SELECT count(*) FROM "{name}" WHERE file = ?', [file]).fetchall()
        return int(counted[0][0])

    def number_rows(self, name: str, *, file: int) -> None:
        """Number the rows of ``file`` in the table ``name`` from 0, in the order in which they were added."""
        found = self.connection.execute(f'SELECT min(rowid) FROM "{name}" WHERE file = ?', [file]).fetchall()
        if found[0][0] is not None:
            self.connection.execute(f'UPDATE "{name}" SET "row" = rowid - {found[0][0]} WHERE file = {file}')

    def load(self, name: str, rows: pa.Table) -> ir.Table:
        """Store an Arrow table under ``name`` (replaced if it exists)."""
        self.connection.register("_incoming", rows)
        try:
            self.connection.execute(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM _incoming')
        finally:
            self.connection.unregister("_incoming")
        return self.table(name)

    def view(self, name: str, files: Sequence[str], *, parted_by: str) -> ir.Table:
        """The rows of Parquet ``files`` under ``name``, read whenever they are asked for.

        ``parted_by`` is a text column that stands in the folders' names (``month=2026-11``) and not in the files.
        """
        listed = f"[{_quoted(files)}], hive_partitioning = true, hive_types = {{{_quoted([parted_by])}: VARCHAR}}"
        self.connection.execute(f'CREATE OR REPLACE VIEW "{name}" AS SELECT * FROM read_parquet({listed})')
        return self.table(name)

    def register(self, name: str, rows: Any) -> ir.Table:
        """A dataset of Arrow under ``name``, read whenever it is asked for."""
        self.connection.register(name, rows)
        return self.table(name)

    def drop(self, name: str) -> None:
        """Remove the table ``name`` if it exists."""
        self.connection.execute(f'DROP TABLE IF EXISTS "{name}"')

    def drop_column(self, name: str, column: str) -> None:
        """Remove a column of the stored table ``name``."""
        self.connection.execute(f'ALTER TABLE "{name}" DROP COLUMN "{column}"')

    def arrow(self, expression: ir.Table) -> pa.Table:
        """The rows of ``expression``."""
        rows: pa.Table = self.connection.sql(self.sql(expression)).to_arrow_table()
        return rows

    def records(self, expression: ir.Table) -> Sequence[Mapping[str, Any]]:
        """The rows of ``expression`` as dictionaries: for results of a few thousand rows at most. Sums are integers."""
        return self.records_of(self.sql(expression))

    def records_of(self, sql: str) -> Sequence[Mapping[str, Any]]:
        """The same of ``sql`` that ``sql`` made: writing it takes longer than a question of a hundred thousand rows."""
        rows: pa.Table = self.connection.sql(sql).to_arrow_table()
        whole = [pa.types.is_decimal(kind) and kind.scale == 0 for kind in rows.schema.types]
        fields = [
            field.with_type(pa.int64()) if is_whole else field
            for field, is_whole in zip(rows.schema, whole, strict=True)
        ]
        records: list[dict[str, Any]] = rows.cast(pa.schema(fields)).to_pylist()
        return records

    def stream(self, expression: ir.Table) -> Iterator[tuple[Any, ...]]:
        """The rows of ``expression``, a few thousand at a time, however many there are."""
        # A cursor of its own: other questions may be asked before the last row is taken.
        with closing(self.connection.cursor()) as cursor:
            cursor.execute(self.sql(expression))
            while rows := cursor.fetchmany(2000):
                yield from rows

    def batches(self, expression: ir.Table, *, at_once: int = 1_000_000) -> Iterator[pa.RecordBatch]:
        """The rows of ``expression`` in their order, in parts of about ``at_once``, however many there are."""
        with closing(self.connection.cursor()) as cursor:
            yield from cursor.sql(self.sql(expression)).to_arrow_reader(at_once)

    def _worded(self, expression: ir.Table, words: Mapping[str, Sequence[str]] | None) -> str:
        sql = self.sql(expression)
        if not words:
            return sql
        known = (f'CAST("{column}" AS ENUM({_quoted(values)})) AS "{column}"' for column, values in words.items())
        return f"SELECT * REPLACE ({', '.join(known)}) FROM ({sql})"

    @staticmethod
    def sql(expression: ir.Table) -> str:
        """``expression`` in DuckDB's SQL.

        As ``ibis.to_sql``, without its copies and its layout: a quarter less time, and nobody reads the text.
        """
        return _sql(expression.op())


@lru_cache(maxsize=512)
def _sql(expression: Node) -> str:
    # The same questions are asked again and again, and writing one takes longer than many an answer.
    compiler = _compiler()
    return str(compiler.to_sqlglot(expression.to_expr()).sql(dialect=compiler.dialect, copy=False))


@cache
def _compiler() -> Any:
    """Ibis's compiler for DuckDB. It comes with those of twenty other databases, so it waits until it is needed."""
    from ibis.backends.sql.compilers import DuckDBCompiler

    return DuckDBCompiler()


def _quoted(values: Sequence[str]) -> str:
    return ", ".join("'" + value.replace("'", "''") + "'" for value in values)
