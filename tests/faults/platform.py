"""A phone system that delivers over several connections, and again until each delivery is taken."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from urllib.parse import urlsplit

from decroche.simulate.ringover import Sent


def request(sent: Sent) -> bytes:
    """A delivery as it goes over the connection."""
    place = urlsplit(sent.url)
    headers = {"Host": place.netloc, "Content-Length": str(len(sent.body)), **sent.headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {place.path} HTTP/1.1\r\n{lines}\r\n".encode() + sent.body


class Platform:
    """``accepted`` are the places of the deliveries that were answered 2xx; ``statuses`` counts all answers.

    ``answered`` is called after each answer. While ``up`` is not set nothing is delivered.
    """

    def __init__(
        self, sent: Sequence[Sent], ports: Sequence[int], *, answered: Callable[[], None] = lambda: None
    ) -> None:
        self._requests = [request(each) for each in sent]
        self._ports = ports
        self._answered = answered
        self.accepted: set[int] = set()
        self.statuses: Counter[int] = Counter()
        self.up = asyncio.Event()
        self.up.set()

    async def deliver(self, places: Iterable[int], *, connections: int = 8) -> None:
        """Deliver these, each until it is taken."""
        waiting = deque(places)
        await asyncio.gather(*(self._work(waiting, self._ports[n % len(self._ports)]) for n in range(connections)))

    async def _work(self, waiting: deque[int], port: int) -> None:
        connection: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        try:
            while waiting:
                place = waiting.popleft()
                await self.up.wait()
                try:
                    connection = connection or await asyncio.open_connection("127.0.0.1", port)
                    status = await self._send(place, *connection)
                except (OSError, asyncio.IncompleteReadError):
                    if connection is not None:
                        connection[1].close()
                    connection = None
                    waiting.append(place)
                    continue
                self.statuses[status] += 1
                if 200 <= status < 300:
                    self.accepted.add(place)
                else:
                    waiting.append(place)
                self._answered()
        finally:
            if connection is not None:
                connection[1].close()

    async def _send(self, place: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        writer.write(self._requests[place])
        await writer.drain()
        head = await reader.readuntil(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                await reader.readexactly(int(line[15:]))
        return int(head[9:12])
