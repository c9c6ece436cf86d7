"""Sends deliveries over a few connections and says how long each took. A process of its own, beside the server.

    python -m benchmarks.deliveries.load PORT KEY FIRST CALLS CONNECTIONS RATE OUT

RATE is calls a second; 0: as fast as the answers come. OUT receives JSON: the latencies in seconds, how many were
accepted, and when each miss was sent (Unix seconds, by the number of its call).
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path

from benchmarks.deliveries.platform import account, present, requests


async def _send(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            await reader.readexactly(int(line[15:]))
    return status


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
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for call in waiting:
            if rate:
                await asyncio.sleep(max(0.0, began + call / rate - time.perf_counter()))
            for part in (0, 1):
                start = time.perf_counter()
                if part:
                    sent_at[first + call] = time.time()
                status = await _send(reader, writer, sent[2 * call + part])
                accepted += status == 200
                latencies.append(time.perf_counter() - start)
        writer.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return {
        "seconds": time.perf_counter() - began,
        "accepted": accepted,
        "latencies": latencies,
        "sent_at": sent_at,
    }


if __name__ == "__main__":
    port, key, first, calls, connections, rate, out = sys.argv[1:]
    found = asyncio.run(load(int(port), key, int(first), int(calls), int(connections), float(rate)))
    Path(out).write_text(json.dumps(found))
