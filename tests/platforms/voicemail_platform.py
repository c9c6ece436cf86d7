"""A platform that keeps voicemails, in this process: its API says where they lie, its store gives them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from decroche.connector_kit.http import Http

Answer = Callable[[httpx.Request], httpx.Response]

SOUND = b"ID3" + bytes(range(256)) * 40


@dataclass
class Keeper:
    """Answers by the host and path of an address, and keeps what it was asked."""

    answers: dict[str, httpx.Response | Answer] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)

    def http(self) -> Http:
        return Http(httpx.Client(transport=httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        found = self.answers.get(f"{request.url.host}{request.url.path}", httpx.Response(404))
        return found(request) if callable(found) else found


def sound(body: bytes = SOUND, kind: str = "audio/mpeg", status: int = 200, **headers: str) -> Answer:
    """A recording, each time anew; the headers are written with underscores."""
    told = {"content-type": kind, "content-length": str(len(body))}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, content=iter([body]), headers=told)
