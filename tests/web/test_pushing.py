"""A part that moves is made once for all who are shown the same, and sent to nobody who may not see it any more."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import StreamingResponse

from decroche.ledger.members import change_member
from decroche.ledger.sessions import Session, end_session, session_of
from decroche.model.member import Right, Role
from decroche.server_settings import ServerSettings
from decroche.web.access import NotSignedIn, Services, Visit
from decroche.web.pushing import ALIVE, CHANGED, Push, Pushed
from tests.web.garage import Garage, garage

PART = b"event: part\ndata: 0.0\ndata: <p>one</p>\ndata: <p>two</p>\n\n"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


class Pages:
    """Pages of which one part moves; ``made`` notes for whom it was made."""

    def __init__(self, here: Garage) -> None:
        box = ServerSettings(data=here.folder).box()
        self.services = Services(
            ledger=here.server.ledger, feed=here.server.capture.feed, clock=lambda: here.now, platforms=(), box=box,
        )  # fmt: skip
        self.push = Push(self.services, Right.WORK)
        self.made: list[str] = []
        self.apart: frozenset[str] = frozenset()
        self.own = False

    def make(self, visit: Visit) -> Pushed | None:
        self.made.append(visit.member.role)
        return None if self.own else Pushed(text=Markup("<p>one</p>\r\n<p>two</p>"), apart=self.apart)

    def request(self, token: str, *, query: str = "", packed: bool = False) -> Request:
        headers = [(b"cookie", f"{self.services.cookie()}={token}".encode())]
        if packed:
            headers.append((b"accept-encoding", b"gzip, br"))
        return Request(
            {
                "type": "http", "method": "GET", "path": "/list/follow", "query_string": query.encode(),
                "app": FastAPI(), "headers": headers,
                "client": ("192.0.2.1", 1), "scheme": "http", "server": ("desk", 80),
            }
        )  # fmt: skip

    async def open(self, request: Request, turns: AsyncIterator[int | None]) -> StreamingResponse:
        return await self.push.answer(request, lambda _: turns, self.make)


async def of(*turns: int | None) -> AsyncIterator[int | None]:
    for turn in turns:
        yield turn


async def heard(answer: StreamingResponse) -> list[bytes]:
    return [each async for each in answer.body_iterator]  # type: ignore[misc]


def test_who_is_shown_the_same_is_sent_what_was_made_once(here: Garage) -> None:
    pages = Pages(here)
    agents = [here.session(here.member(Role.AGENT)) for _ in range(3)]
    owner = here.session(here.member(Role.OWNER))

    async def watch() -> list[list[bytes]]:
        asked = [*(pages.request(each) for each in agents), pages.request(owner), pages.request(owner, query="site=x")]
        return await asyncio.gather(*[heard(await pages.open(each, of(None, 1, 2))) for each in asked])

    assert asyncio.run(watch()) == [[ALIVE, PART, PART]] * 5
    assert sorted(pages.made) == ["agent"] * 2 + ["owner"] * 4, "each turn: by role, and by what the address asks for"


def test_it_is_compressed_as_one_stream(here: Garage) -> None:
    pages = Pages(here)
    token = here.session(here.member(Role.AGENT))

    async def watch() -> list[bytes]:
        answer = await pages.open(pages.request(token, packed=True), of(None, 1, 2))
        assert answer.headers["content-encoding"] == "gzip"
        return await heard(answer)

    parts = asyncio.run(watch())
    assert gzip.decompress(b"".join(parts)) == ALIVE + PART + PART
    assert len(parts) == 5, "its head, each message by itself, its end"


@pytest.mark.parametrize("because", ["theirs", "each their own"])
def test_whoever_sees_something_else_asks_for_it(here: Garage, because: str) -> None:
    pages = Pages(here)
    ann, bob = here.member(Role.AGENT), here.member(Role.AGENT)
    if because == "theirs":
        pages.apart = frozenset({bob})
    else:
        pages.own = True

    async def watch() -> list[list[bytes]]:
        asked = [pages.request(here.session(each)) for each in (ann, bob)]
        return [await heard(await pages.open(each, of(1))) for each in asked]

    assert asyncio.run(watch()) == [[PART if because == "theirs" else CHANGED], [CHANGED]]


@pytest.mark.parametrize("end", ["signed out", "another role"])
@pytest.mark.parametrize("turn", [2, None], ids=["at a change", "at a sign of life"])
def test_nothing_is_sent_once_a_session_has_ended_or_has_other_rights(here: Garage, end: str, turn: int | None) -> None:
    pages = Pages(here)
    member = here.member(Role.AGENT)
    token = here.session(member)

    async def turns() -> AsyncIterator[int | None]:
        yield 1
        with here.server.ledger.writing() as connection:
            if end == "signed out":
                end_session(connection, found(here, token).id)
            else:
                change_member(connection, "a1", member, role=Role.SUPERVISOR, sites=None, now=here.now)
        yield turn
        raise AssertionError("it would have gone on")

    async def watch() -> list[bytes]:
        return await heard(await pages.open(pages.request(token), turns()))

    assert asyncio.run(watch()) == [PART, CHANGED]
    assert len(pages.made) == 1


def test_nobody_else_is_let_in(here: Garage) -> None:
    pages = Pages(here)
    with pytest.raises(NotSignedIn):
        asyncio.run(pages.open(pages.request("nobody"), of(1)))
    reader = here.browser(Role.READER)
    for path in ("/callbacks/follow", "/inbox/follow"):
        assert reader.get(path, follow_redirects=False).status_code == 403
    for path in ("/callbacks/follow", "/inbox/follow", "/live/follow"):
        assert here.visitor().get(path, follow_redirects=False).status_code == 303


def found(here: Garage, token: str) -> Session:
    with here.server.ledger.reading() as connection:
        session = session_of(connection, token, now=here.now)
    assert session is not None
    return session
