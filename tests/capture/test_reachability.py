"""The light that says whether it is us who answer at our public address."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
from cryptography.fernet import Fernet
from starlette.applications import Starlette
from starlette.routing import Route

from decroche.capture.reachability import DOOR_OPENS_S, NOT_WELL_S, WELL_S, Reachability, reach_door
from decroche.ledger.reach import Reach, read_reach
from tests.capture.listening import NOW, Time, Turnstile
from tests.databases import opened

OURS = "https://appels.garage.example"
BOX = Fernet(Fernet.generate_key())


def door(box: Fernet) -> Callable[[httpx.Request], httpx.Response]:
    """Our server as a proxy shows it to the world."""
    app = Starlette(routes=[Route("/reach/{word}", reach_door(box))])

    async def ask(request: httpx.Request) -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.get(request.url)

    def answer(request: httpx.Request) -> httpx.Response:
        found = asyncio.run(ask(request))
        return httpx.Response(found.status_code, content=found.content)

    return answer


def _away(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody", request=request)


def _never(request: httpx.Request) -> httpx.Response:
    raise AssertionError("asked without an address")


@contextmanager
def light(answer: Callable[[httpx.Request], httpx.Response], url: str | None) -> Iterator[tuple[Reachability, float]]:
    with opened("sqlite") as ledger, httpx.Client(transport=httpx.MockTransport(answer)) as client:
        found = Reachability(ledger, public_url=url, box=BOX, clock=Time().clock)
        pause = found.step(client)
        with ledger.reading() as connection:
            assert read_reach(connection) == (found.found, NOW)
        yield found, pause


@pytest.mark.parametrize(
    ("answer", "url", "found", "deliveries_come", "pause"),
    [
        (door(BOX), OURS, Reach.REACHABLE, True, WELL_S),
        (door(Fernet(Fernet.generate_key())), OURS, Reach.NOT_US, False, NOT_WELL_S),
        (lambda _: httpx.Response(200, text="<html>Welcome</html>"), OURS, Reach.NOT_US, False, NOT_WELL_S),
        (lambda r: httpx.Response(200, text=r.url.path.rpartition("/")[2]), OURS, Reach.NOT_US, False, NOT_WELL_S),
        (lambda _: httpx.Response(200, content=BOX.encrypt(b"reach:an-earlier-word")), OURS, Reach.NOT_US, False, 60.0),
        (lambda _: httpx.Response(302, headers={"Location": "/"}), OURS, Reach.NOT_US, False, NOT_WELL_S),
        (lambda _: httpx.Response(502), OURS, Reach.NOT_US, False, NOT_WELL_S),
        (_away, OURS, Reach.SILENT, False, NOT_WELL_S),
        (_never, None, Reach.NO_ADDRESS, False, WELL_S),
    ],
)
def test_the_light_says_who_answers(
    answer: Callable[[httpx.Request], httpx.Response],
    url: str | None,
    found: Reach,
    deliveries_come: bool,
    pause: float,
) -> None:
    with light(answer, url) as (it, waited):
        assert (it.found, it.deliveries_come, waited) == (found, deliveries_come, pause)


@pytest.mark.parametrize("word", ["short", "x" * 65, "a word with blanks in it", "%00" * 20])
def test_the_door_seals_no_other_words(word: str) -> None:
    assert door(BOX)(httpx.Request("GET", f"{OURS}/reach/{word}")).status_code == 404


def test_nothing_is_known_before_anybody_looked() -> None:
    with opened("sqlite") as ledger, ledger.reading() as connection:
        assert read_reach(connection) is None


def test_it_is_asked_again_and_again_once_the_door_is_open() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return door(BOX)(request)

    turn = Turnstile()
    with opened("sqlite") as ledger:
        found = Reachability(
            ledger,
            public_url=OURS,
            box=BOX,
            clock=Time().clock,
            transport=httpx.MockTransport(answer),
            patience=turn.patience,
        )
        assert found.deliveries_come
        found.start()
        assert turn.pause() == DOOR_OPENS_S and not asked
        turn.go_on()
        assert turn.pause() == WELL_S
        turn.go_on()
        assert turn.pause() == WELL_S
        found.stop()
    assert len(set(asked)) == 2, "a word is used once"
