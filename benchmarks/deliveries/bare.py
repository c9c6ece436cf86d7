"""A bare door with group commit, the peer of the real one: the hash is checked, the body decoded and kept, no more.

python -m benchmarks.deliveries.bare FOLDER PORT [DATABASE]
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import queue
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import psycopg
import uvicorn
from fastapi import FastAPI, Request, Response

from benchmarks.deliveries.platform import CALL_KEY

#: Keeps rows of (key, body): all of them on disk when it returns.
Write = Callable[[Sequence[tuple[str, bytes]]], None]


def sqlite_writer(folder: Path) -> Write:
    """Rows into SQLite (WAL, full sync)."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None, check_same_thread=False)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL"):
        connection.execute(statement)
    connection.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, key TEXT UNIQUE, body BLOB)")

    def write(rows: Sequence[tuple[str, bytes]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT OR IGNORE INTO t (key, body) VALUES (?, ?)", rows)
        connection.execute("COMMIT")

    return write


def postgresql_writer(url: str) -> Write:
    """Rows into PostgreSQL."""
    connection = psycopg.connect(url.replace("postgresql+psycopg", "postgresql"), autocommit=True)
    connection.execute("DROP TABLE IF EXISTS bare")
    connection.execute("CREATE TABLE bare (id BIGSERIAL PRIMARY KEY, key TEXT UNIQUE, body BYTEA)")

    def write(rows: Sequence[tuple[str, bytes]]) -> None:
        with connection.transaction(), connection.cursor() as cursor:
            cursor.executemany("INSERT INTO bare (key, body) VALUES (%s, %s) ON CONFLICT DO NOTHING", rows)

    return write


class _Group:
    """One thread that commits what has gathered."""

    def __init__(self, write: Write) -> None:
        self._write = write
        self._waiting: queue.SimpleQueue[tuple[str, bytes, asyncio.Future[None]]] = queue.SimpleQueue()
        self._loop = asyncio.get_running_loop()
        threading.Thread(target=self._run, daemon=True).start()

    async def keep(self, key: str, body: bytes) -> None:
        kept: asyncio.Future[None] = self._loop.create_future()
        self._waiting.put((key, body, kept))
        await kept

    def _run(self) -> None:
        while True:
            batch = [self._waiting.get()]
            while not self._waiting.empty() and len(batch) < 500:
                batch.append(self._waiting.get())
            self._write([(key, body) for key, body, _ in batch])
            self._loop.call_soon_threadsafe(_tell, [kept for _, _, kept in batch])


def _tell(waiting: Sequence[asyncio.Future[None]]) -> None:
    for each in waiting:
        each.set_result(None)


def app(url: str, open_writer: Callable[[], Write]) -> FastAPI:
    """The door at ``url``."""
    group: _Group

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        nonlocal group
        group = _Group(open_writer())
        yield

    found = FastAPI(lifespan=lifespan)

    @found.get("/ready")
    async def ready() -> Response:
        return Response()

    @found.post("/hooks/ringover/{key}")
    async def receive(request: Request, key: str) -> Response:
        body = await request.body()
        signed_at = request.headers["x-ringover-request-signature-v3-timestamp"]
        message = b"POST" + f"{url}/hooks/ringover/{key}".encode() + body + signed_at.encode()
        made = base64.b64encode(hmac.digest(CALL_KEY.encode(), message, hashlib.sha256))
        if not hmac.compare_digest(made, request.headers["x-ringover-webhook-signature-v3"].encode()):
            return Response(status_code=401)
        event = msgspec.json.decode(body)
        await group.keep(f"{event['event']}/{event['data']['call_id']}", body)
        return Response()

    return found


def serve(folder: Path, port: int, database: str | None) -> None:
    """Serve until told to stop."""
    url = f"http://127.0.0.1:{port}"
    made = app(url, lambda: sqlite_writer(folder) if database is None else postgresql_writer(database))
    uvicorn.run(made, port=port, access_log=False, log_config=None, proxy_headers=False)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
