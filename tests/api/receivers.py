"""Receivers of webhooks: they remember what they were sent, and answer as they are told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import httpx

Answer = Callable[[httpx.Request], httpx.Response]


class Receivers(httpx.BaseTransport):
    """One receiver for each host. ``answers`` by host; 204 for the others."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.got: list[httpx.Request] = []
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        with self._lock:
            self.got.append(request)
        answer = self.answers.get(request.url.host)
        return httpx.Response(204) if answer is None else answer(request)

    def ids(self, host: str | None = None) -> list[int]:
        """The ids of the changes that were sent, in order, to a host or to all."""
        return [int(each.headers["decroche-event"]) for each in self.got if host in {None, each.url.host}]

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(each.content) for each in self.got]


def refusing(status: int, **headers: str) -> Answer:
    """A receiver that answers this status."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, headers=named)


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody there", request=request)


class Endless(httpx.SyncByteStream):
    """A body that never ends."""

    def __iter__(self) -> Any:
        while True:
            yield b"x" * 1000
