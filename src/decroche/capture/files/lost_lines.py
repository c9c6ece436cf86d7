"""Keeps the lines of files that gave no row until somebody asks for them: outside Python, for there may be millions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa

from decroche.capture.files.records import lines_at
from decroche.capture.files.tables import Table
from decroche.capture.files.texts import SHOWN
from decroche.warehouse.engine import Engine

#: The stored table of lost lines.
LOST = "lost_lines"
#: Lines handed to the engine at a time.
_BATCH = 2000


def none_yet(engine: Engine) -> None:
    """Begin with no lost line."""
    engine.connection.execute(
        f"CREATE OR REPLACE TABLE {LOST} (file INTEGER, line BIGINT, reason VARCHAR, text VARCHAR)"
    )


def keep(engine: Engine, lines: Iterable[tuple[int, str]], *, file: int, reason: str) -> int:
    """Keep (line, beginning) of each of the ``lines`` of ``file``. Returns how many there were."""
    source, count = iter(lines), 0
    while batch := list(islice(source, _BATCH)):
        numbers, texts = zip(*batch, strict=True)
        engine.load("_lost", pa.table({"line": numbers, "text": [text[:SHOWN] for text in texts]}))
        engine.connection.execute(f"INSERT INTO {LOST} SELECT {file}, line, '{reason}', text FROM _lost")
        count += len(batch)
    engine.drop("_lost")
    return count


def keep_uncut(engine: Engine, table: Table, path: Path, *, file: int) -> int:
    """Keep the lines of ``file`` that could not be cut into the columns of ``table``. Returns how many there were."""
    if table.rejects is None:
        return 0
    if table.dialect is None:
        found = f'SELECT number AS line, text FROM "{table.rejects}"'
    else:
        engine.connection.execute(f"CREATE OR REPLACE TABLE _uncut AS {_uncut(table)}")
        places = engine.connection.sql("SELECT place FROM _uncut ORDER BY 1").to_arrow_table()["place"]
        lines = np.fromiter(lines_at(path, (place.as_py() for place in places)), np.int64, len(places))
        engine.load("_lines", pa.table({"place": places, "line": pa.array(lines)}))
        found = "SELECT line, text FROM _uncut JOIN _lines USING (place)"
    [(before,)] = engine.connection.execute(f"SELECT count(*) FROM {LOST}").fetchall()
    engine.connection.execute(f"INSERT INTO {LOST} SELECT {file}, line, 'malformed', text FROM ({found})")
    [(after,)] = engine.connection.execute(f"SELECT count(*) FROM {LOST}").fetchall()
    for name in ("_uncut", "_lines"):
        engine.drop(name)
    return int(after - before)


def swallowed(engine: Engine, table: Table) -> bool:
    """Whether one of the lines that could not be cut holds others: a quote in it was never closed."""
    if table.rejects is None or table.dialect is None:
        return False
    [(found,)] = engine.connection.execute(f"SELECT bool_or(several) FROM ({_uncut(table)})").fetchall()
    return bool(found)


def lost(engine: Engine, *, file: int) -> Iterator[tuple[int, str, str]]:
    """(line, reason, beginning) of the lost lines of ``file``, by line."""
    rows = engine.table(LOST)
    found = rows.filter(rows.file == file).order_by("line", "text").select("line", "reason", "text")
    yield from engine.stream(found)


def _uncut(table: Table) -> str:
    return f"""SELECT line_byte_position - 1 AS place, left(whole, {SHOWN}) AS text, contains(whole, chr(10)) AS several
        FROM (SELECT line_byte_position, coalesce(trim(any_value(csv_line), chr(13) || chr(10)), '') AS whole
        FROM "{table.rejects}" GROUP BY 1)"""
