"""A client that calls an ASGI application in this process: no socket, no server."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx


class InProcess(httpx.BaseTransport):
    """Hands each request to ``app`` in an event loop of its own. ``raises`` lets faults of the application through."""

    def __init__(self, app: Any, *, raises: bool = True) -> None:
        self._app, self._raises = app, raises

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        asked = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        # A browser of the tests keeps the event loop of its thread busy.
        if asyncio._get_running_loop() is None:
            return asyncio.run(self._answer(asked))
        with ThreadPoolExecutor(1) as another:
            return another.submit(lambda: asyncio.run(self._answer(asked))).result()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        answer = await httpx.ASGITransport(self._app, raise_app_exceptions=self._raises).handle_async_request(request)
        content = httpx.ByteStream(b"".join([part async for part in answer.aiter_raw()]))
        return httpx.Response(answer.status_code, headers=answer.headers, stream=content, request=request)


def client(app: Any, base: str = "http://decroche", *, raises: bool = True, **more: Any) -> httpx.Client:
    """A client whose every request goes to ``app``."""
    return httpx.Client(transport=InProcess(app, raises=raises), base_url=base, **more)
