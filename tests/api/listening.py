"""A program that listens to the server-sent events of an application in this process."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

PATIENCE_S = 20


@dataclass(frozen=True)
class Event:
    """One server-sent event."""

    id: int
    kind: str
    data: dict[str, Any]


class Listening:
    """A request that is being answered, for as long as nobody hangs up."""

    def __init__(self, app: Any, path: str, headers: dict[str, str]) -> None:
        path, _, query = path.partition("?")
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET", "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1), "server": ("decroche", 80), "state": {},
        }  # fmt: skip
        self._sent: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._asked = False
        self.answering = asyncio.create_task(app(scope, self._receive, self._send))

    async def _receive(self) -> dict[str, Any]:
        if not self._asked:
            self._asked = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: dict[str, Any]) -> None:
        await self._sent.put(message)

    async def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the answer."""
        message = await asyncio.wait_for(self._sent.get(), PATIENCE_S)
        return message["status"], {name.decode(): value.decode() for name, value in message["headers"]}

    async def next(self) -> bytes | None:
        """The next piece of the answer; None when it is over."""
        message = await asyncio.wait_for(self._sent.get(), PATIENCE_S)
        return message["body"] if message.get("more_body") else None

    async def event(self) -> Event:
        """The next event, signs of life left out."""
        while True:
            text = await self.next()
            assert text is not None, "the answer is over"
            if text.startswith(b":"):
                continue
            lines = dict(line.split(": ", 1) for line in text.decode().strip().split("\n"))
            return Event(int(lines["id"]), lines["event"], json.loads(lines["data"]))

    async def hang_up(self) -> None:
        """Go away, and wait until the application has noticed."""
        self._gone.set()
        await asyncio.wait_for(self.answering, PATIENCE_S)


@asynccontextmanager
async def listening(app: Any, path: str, **headers: str) -> AsyncIterator[Listening]:
    """Listen at ``path`` for as long as the block lasts."""
    one = Listening(app, path, {name.replace("_", "-"): value for name, value in headers.items()})
    try:
        yield one
    finally:
        await one.hang_up()
