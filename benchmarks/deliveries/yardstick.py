"""What the same database does with bare inserts of the same bodies: no check, no parsing, no folding."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import psycopg

#: How long each is measured, in seconds.
LONG_S = 2.0
_BODY = b"x" * 600


def sqlite_rates(folder: Path, batch: int) -> float:
    """Rows a second into SQLite (WAL, full sync), ``batch`` rows in a transaction."""
    connection = sqlite3.connect(folder / f"yardstick-{batch}.db", isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body BLOB)")
    rows, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < LONG_S:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(
            "INSERT INTO t (key, body) VALUES (?, ?)", [(f"{rows + number}", _BODY) for number in range(batch)]
        )
        connection.execute("COMMIT")
        rows += batch
    connection.close()
    return rows / spent


def postgresql_rates(url: str, batch: int) -> float:
    """Rows a second into PostgreSQL, ``batch`` rows in a transaction."""
    with psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS yardstick")
        connection.execute("CREATE TABLE yardstick (id BIGSERIAL PRIMARY KEY, key TEXT UNIQUE, body BYTEA)")
        rows, began = 0, time.perf_counter()
        while (spent := time.perf_counter() - began) < LONG_S:
            with connection.transaction(), connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO yardstick (key, body) VALUES (%s, %s)",
                    [(f"{rows + number}", _BODY) for number in range(batch)],
                )
            rows += batch
        connection.execute("DROP TABLE yardstick")
    return rows / spent
