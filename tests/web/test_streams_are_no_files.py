"""What is no page goes out as it comes, also where a file is asked for: a stream without end stops no server."""

from __future__ import annotations

import asyncio
from typing import cast

from starlette.types import Message, Receive, Scope, Send

from decroche.web.access import Services
from decroche.web.table_files import TableFiles


def asked(path: str) -> Scope:
    return {"type": "http", "method": "GET", "path": path, "query_string": b"format=csv", "headers": []}


def test_a_stream_is_passed_on_part_by_part_and_ends_when_its_reader_goes() -> None:
    sent: list[Message] = []
    heard: list[str] = []

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
        for number in range(3):
            await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            heard.append((await receive())["type"])
        assert scope["query_string"] == b""

    gone: list[Message] = [{"type": "http.disconnect"}, {"type": "http.disconnect"}]

    async def receive() -> Message:
        return gone.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    files = TableFiles(stream, cast("Services", None))
    asyncio.run(files(asked("/live/changes"), receive, send))
    assert heard == ["http.request", "http.disconnect", "http.disconnect"]
    assert [each.get("body") for each in sent] == [None, b"0", b"1", b"2"]
