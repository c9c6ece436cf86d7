"""Takes the files that people send from a page: never more bytes than are wanted, under names that do no harm."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import Message


class TooLarge(Exception):
    """More comes than is taken."""


def bounded(request: Request, most: int) -> Request:
    """The same request, whose body ends with TooLarge once it is longer than ``most`` bytes."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        message = await request.receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge
        return message

    return Request(request.scope, receive)


def harmless(name: str) -> str:
    """A name for a file of ours that keeps what tells its kind."""
    kept = "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in name).lstrip(".")
    return kept[-80:] or "export"
