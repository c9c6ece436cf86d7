"""A platform that delivers to an application in this process, politely or not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from starlette.types import ASGIApp

_T = TypeVar("_T")
_Message = MutableMapping[str, Any]

PEER = "203.0.113.9"


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


async def ask(
    app: ASGIApp,
    path: str,
    body: bytes | Iterable[bytes] = b"",
    *,
    method: str = "POST",
    headers: Iterable[tuple[str, str]] = (),
    query: str = "",
    peer: str = PEER,
    scheme: str = "http",
    raw_path: str | None = None,
    then: str = "end",
) -> Answered:
    """Deliver ``body``, whole or in pieces. ``then`` the request ends, or the sender goes ("leave") or says no more."""
    pieces = iter([body] if isinstance(body, bytes) else body)
    told: list[_Message] = []

    async def receive() -> _Message:
        piece = next(pieces, None)
        if piece is not None:
            return {"type": "http.request", "body": piece, "more_body": True}
        if then == "leave":
            return {"type": "http.disconnect"}
        if then == "end":
            return {"type": "http.request", "body": b"", "more_body": False}
        return await asyncio.Future()

    async def send(message: _Message) -> None:
        told.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": scheme,
        "path": path, "raw_path": (raw_path or path).encode(), "query_string": query.encode(), "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers],
        "client": (peer, 4711), "server": ("127.0.0.1", 8350), "state": {},
    }  # fmt: skip
    await app(scope, receive, send)
    head = next(message for message in told if message["type"] == "http.response.start")
    back = b"".join(message.get("body", b"") for message in told if message["type"] == "http.response.body")
    return Answered(head["status"], {name.decode(): value.decode() for name, value in head["headers"]}, back)


def run(work: Callable[[], Coroutine[Any, Any, _T]]) -> _T:
    """Run ``work`` in an event loop of its own, for half a minute at most."""

    async def limited() -> _T:
        async with asyncio.timeout(30):
            return await work()

    return asyncio.run(limited())
