"""Sends deliveries over a few connections and says how long each took. A process of its own, beside the server.

    python -m benchmarks.deliveries.load PORT KEY FIRST CALLS CONNECTIONS RATE OUT

RATE is calls a second; 0: as fast as the answers come. OUT receives JSON: the latencies in seconds, how many were
accepted, and when each miss was sent (Unix seconds, by the number of its call).
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
from pathlib import Path
from typing import cast

import uvloop

from benchmarks.deliveries.platform import account, present, requests

_LENGTH = re.compile(rb"(?i)\ncontent-length: *(\d+)")


class _Connection(asyncio.Protocol):
    """One connection that sends a request at a time. (Streams would cost more than the server spends on an answer.)"""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._answer: asyncio.Future[int] | None = None
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ready to send."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Some of an answer."""
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        found = _LENGTH.search(head)
        if end and len(body) >= (int(found[1]) if found else 0):
            self._heard = b""
            assert self._answer is not None
            self._answer.set_result(int(head[9:12]))

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing more will be answered."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError())

    async def send(self, request: bytes) -> int:
        """The status of the answer."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        """End."""
        assert self._transport is not None
        self._transport.close()


async def load(port: int, key: str, first: int, calls: int, connections: int, rate: float) -> dict[str, object]:
    """Send the calls and measure."""
    latencies: list[float] = []
    sent_at: dict[int, float] = {}
    accepted = 0
    sent = requests(range(first, first + calls), account(port, key), port, present())
    waiting = iter(range(calls))
    began = time.perf_counter()

    async def work() -> None:
        nonlocal accepted
        _, connection = await asyncio.get_running_loop().create_connection(_Connection, "127.0.0.1", port)
        for call in waiting:
            if rate:
                await asyncio.sleep(max(0.0, began + call / rate - time.perf_counter()))
            for part in (0, 1):
                start = time.perf_counter()
                if part:
                    sent_at[first + call] = time.time()
                status = await connection.send(sent[2 * call + part])
                accepted += status == 200
                latencies.append(time.perf_counter() - start)
        connection.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return {
        "seconds": time.perf_counter() - began,
        "accepted": accepted,
        "latencies": latencies,
        "sent_at": sent_at,
    }


if __name__ == "__main__":
    port, key, first, calls, connections, rate, out = sys.argv[1:]
    found = uvloop.run(load(int(port), key, int(first), int(calls), int(connections), float(rate)))
    Path(out).write_text(json.dumps(found))
