"""Watches as browsers do: each is sent its part when something changed, or hears so and asks, and notes what is in it.

What live.js does, it does: one question at a time, and another 300 ms after an answer when something changed meanwhile.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import time
import zlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.deliveries.platform import account, present, requests
from benchmarks.desk.staff import DOOR
from decroche.web.access import COOKIE

_AGAIN_S = 0.3
_PATIENCE_S = 10.0
_DIGITS = re.compile(r"0[67](?:[\s\u00a0\u202f.]?\d\d){4}")
_HEAD = "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nCookie: {cookie}\r\nAccept-Language: fr\r\n"


@dataclass(frozen=True, slots=True)
class Place:
    """A part of a page that moves, and where it hears that it should."""

    part: str
    word: str


@dataclass(slots=True)
class Told:
    """The calls that were missed meanwhile: when each was sent, and the seconds until each browser showed it."""

    sent: dict[str, float] = field(default_factory=dict)
    shown: list[float] = field(default_factory=list)
    words: int = 0
    parts: int = 0
    bytes: int = 0


class Watcher:
    """One browser on one page. ``shows``: people's numbers stand in its part, so that a change can be found."""

    def __init__(self, port: int, session: str, place: Place, told: Told, *, shows: bool) -> None:
        self._port, self._place, self._told, self._shows = port, place, told, shows
        self._cookie = f"{COOKIE}={session}"
        self._seen: set[str] = set()
        self._asking = asyncio.Event()
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as both:
            both.create_task(self._listen())
            both.create_task(self._refresh())

    async def _listen(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = _HEAD.format(path=self._place.word, port=self._port, cookie=self._cookie)
        writer.write(f"{head}Accept: text/event-stream\r\nAccept-Encoding: gzip\r\n\r\n".encode())
        try:
            async for event in _events(reader, self._told):
                if event == "data: changed":
                    self._told.words += 1
                    self._asking.set()
                elif event.startswith("event: alive"):
                    self.ready.set()
                elif event.startswith("event: part"):
                    self._note(event)
            raise ConnectionResetError(self._place.word)
        finally:
            writer.close()

    async def _refresh(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        head = _HEAD.format(path=self._place.part, port=self._port, cookie=self._cookie)
        request = f"{head}Accept-Encoding: gzip\r\nAccept: text/html\r\n\r\n".encode()
        try:
            while True:
                await self._asking.wait()
                self._asking.clear()
                try:
                    writer.write(request)
                    self._note(await _answer(reader, self._told))
                except (ConnectionError, asyncio.IncompleteReadError):
                    # The server lets go of connections that are silent for some seconds.
                    writer.close()
                    reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
                    self._asking.set()
                    continue
                if self._asking.is_set():
                    await asyncio.sleep(_AGAIN_S)
        finally:
            writer.close()

    def _note(self, text: str) -> None:
        at = time.time()
        self._told.parts += 1
        if not self._shows:
            return
        here = {"".join(sign for sign in found if sign.isdigit()) for found in _DIGITS.findall(text)}
        for caller in here & self._told.sent.keys() - self._seen:
            self._seen.add(caller)
            self._told.shown.append(at - self._told.sent[caller])


async def _events(reader: asyncio.StreamReader, told: Told) -> AsyncIterator[str]:
    """Server-sent events that come in chunks, compressed or not."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    if not head.startswith(b"http/1.1 200") or b"transfer-encoding: chunked" not in head:
        raise RuntimeError(head.decode())
    unpacked = zlib.decompressobj(16 + zlib.MAX_WBITS) if b"content-encoding: gzip" in head else None
    waiting = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        chunk = (await reader.readexactly(size + 2))[:-2]
        told.bytes += size
        *events, waiting = (waiting + (unpacked.decompress(chunk) if unpacked else chunk)).split(b"\n\n")
        for event in events:
            yield event.decode()


async def _answer(reader: asyncio.StreamReader, told: Told) -> str:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
    if length is None or not head.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(head.decode())
    body = await reader.readexactly(int(length[1]))
    told.bytes += len(head) + len(body)
    return (gzip.decompress(body) if b"ontent-encoding: gzip" in head.lower() else body).decode()


async def watch(
    port: int, sessions: Sequence[tuple[str, Place]], *, shows: str, first: int, events: int, every_s: float
) -> Told:
    """Have so many browsers watch while so many calls are missed; ``shows`` is the part in which callers are found."""
    told = Told()
    watchers = [Watcher(port, session, place, told, shows=place.part == shows) for session, place in sessions]
    tasks = [asyncio.create_task(each.run()) for each in watchers]
    try:
        async with asyncio.timeout(60):
            await asyncio.gather(*(each.ready.wait() for each in watchers))
        sent = requests(range(first, first + events), account(port, DOOR), port, present())
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in range(events):
            began = time.time()
            for part in (0, 1):
                if part:
                    told.sent[caller(first + number)] = time.time()
                writer.write(sent[2 * number + part])
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\ncontent-length: *(\d+)", head)
                await reader.readexactly(int(length[1]) if length else 0)
                if not head.startswith(b"HTTP/1.1 200"):
                    raise RuntimeError(head.decode())
            await asyncio.sleep(max(0.0, began + every_s - time.time()))
        wanted = events * sum(place.part == shows for _, place in sessions)
        until = time.time() + _PATIENCE_S
        while len(told.shown) < wanted and time.time() < until:
            await asyncio.sleep(0.05)
        writer.close()
        for each in tasks:
            if each.done() and not each.cancelled():
                each.result()
    finally:
        for each in tasks:
            each.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return told


def caller(number: int) -> str:
    """The number of the caller of a call of the benchmark, as it is written in the country."""
    return f"06{number % 100_000_000:08d}"


def parts(places: Mapping[str, Place], count: int) -> list[Place]:
    """So many places in turn, most of them the day."""
    day = places["/"]
    others = [each for path, each in places.items() if path != "/"] or [day]
    return [day if number % 2 == 0 else others[number // 2 % len(others)] for number in range(count)]
