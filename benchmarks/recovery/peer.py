"""Stands for a gateway: takes texts as Kannel does, at once, and notes when each came. A process of its own.

    python -m benchmarks.recovery.peer PORT OUT

OUT receives a line for each text: the recipient, and the moment (Unix seconds).
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from pathlib import Path
from typing import IO, cast

_LENGTH = re.compile(rb"(?i)\ncontent-length: *(\d+)")
_TO = re.compile(rb"(?i)\nx-kannel-to: *(\S+)")
_ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Type: text/plain\r\nContent-Length: 26\r\n\r\n0: Accepted for delivery\r\n"


class _Door(asyncio.Protocol):
    def __init__(self, out: IO[str]) -> None:
        self._out = out
        self._heard = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Some of a request."""
        self._heard += data
        while (found := self._heard.partition(b"\r\n\r\n"))[1]:
            head, _, rest = found
            length = _LENGTH.search(head)
            size = int(length[1]) if length else 0
            if len(rest) < size:
                return
            self._heard = rest[size:]
            if to := _TO.search(head):
                self._out.write(f"{to[1].decode()} {time.time()}\n")
            assert self._transport is not None
            self._transport.write(_ANSWER)


async def serve(port: int, out: Path) -> None:
    """Take texts until the process is ended."""
    with out.open("w", buffering=1) as lines:
        server = await asyncio.get_running_loop().create_server(lambda: _Door(lines), "127.0.0.1", port)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
