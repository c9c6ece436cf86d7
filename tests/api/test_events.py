"""Server-sent events: what changes, once, in order, and only to whom it belongs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from functools import wraps
from typing import Any

import sqlalchemy as sa

from decroche.api.access import Services
from decroche.capture.feed import Change, Feed
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Scope
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.api.listening import Listening, listening
from tests.api.serving import NUMBERS, READ, Served
from tests.ledger.business import BOX, Shop
from tests.ledger.stories import START, Body

_Test = Callable[..., Coroutine[Any, Any, None]]


def in_a_loop(test: _Test) -> Callable[..., None]:
    """The test as one that pytest can run."""

    @wraps(test)
    def run(*arguments: Any, **named: Any) -> None:
        asyncio.run(test(*arguments, **named))

    return run


def ring(api: Served, shop: Shop, key: str) -> None:
    """Somebody calls a business and is missed."""
    said = Fact(call_key=key, stage=Stage.CREATED, at=START, direction=Direction.INBOUND, caller="+33644444444")
    over = Fact(call_key=key, stage=Stage.ENDED, at=START + timedelta(seconds=30), final=True)
    shop.keep([Body(facts=(said,)), Body(facts=(over,))])
    shop.fold(now=api.now)
    api.feed.wake()


def follow(
    api: Served, *scopes: Scope, query: str = "", token: str | None = None, **headers: str
) -> AbstractAsyncContextManager[Listening]:
    api.feed.open()
    bearer = f"Bearer {token or api.token(*(scopes or (READ,)))}"
    return listening(api.app, f"/api/v1/events{query}", Authorization=bearer, **headers)


@in_a_loop
async def test_it_says_at_once_that_it_is_there_then_what_changes(api: Served) -> None:
    async with follow(api) as program:
        status, headers = await program.head()
        assert (status, headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert headers["cache-control"] == "no-store"
        assert await program.next() == b": still here\n\n"
        await asyncio.to_thread(ring, api, api.mine, "new")
        kinds = [await program.event() for _ in range(3)]
    assert [each.kind for each in kinds] == ["call.updated", "call.missed", "journey.opened"]
    assert [each.id for each in kinds] == sorted({each.id for each in kinds})
    call, journey = kinds[1].data, kinds[2].data
    assert (call["id"], call["kind"], call["subject"]["disposition"]) == (kinds[1].id, "call.missed", "missed")
    assert journey["subject"]["missed_calls"] == [call["subject"]["id"]]
    assert (call["subject"]["caller"], journey["subject"]["person"]) == ("…44", "…44")


@in_a_loop
async def test_numbers_are_whole_for_those_who_may_see_them(api: Served) -> None:
    async with follow(api, READ, NUMBERS, query="?after=0") as program:
        await program.head()
        count = len(api.feed.after(0, account=api.mine.account))
        calls = [(await program.event()).data["subject"] for _ in range(count)]
    assert "+33611111111" in {each.get("caller") for each in calls}


@in_a_loop
async def test_who_comes_back_goes_on_where_they_were(api: Served) -> None:
    mine = [each.id for each in api.feed.after(0, account=api.mine.account)]
    for headers, query, expected in (
        ({}, "?after=0", mine),
        ({"Last_Event_ID": str(mine[1])}, "?after=0", mine[2:]),
        ({"Last_Event_ID": "x"}, f"?after={mine[0]}", mine[1:]),
        ({"Last_Event_ID": "²"}, f"?after={mine[0]}", mine[1:]),
        ({"Last_Event_ID": ""}, f"?after={mine[3]}", mine[4:]),
    ):
        async with follow(api, query=query, **headers) as program:
            await program.head()
            assert [(await program.event()).id for _ in expected] == expected


@in_a_loop
async def test_a_position_beyond_everything_is_no_error(api: Served) -> None:
    for query, headers in (
        (f"?after={2**63 - 1}", {}), ("", {"Last_Event_ID": "9" * 19}), ("", {"Last_Event_ID": "9" * 6000}),
    ):  # fmt: skip
        async with follow(api, query=query, **headers) as program:
            assert (await program.head())[0] == 200
            assert await program.next() == b": still here\n\n"


@in_a_loop
async def test_what_others_do_is_not_even_a_sign_of_life(api: Served) -> None:
    async with follow(api) as program:
        await program.head()
        assert await program.next() == b": still here\n\n"
        await asyncio.to_thread(ring, api, api.other, "theirs")
        await asyncio.to_thread(ring, api, api.mine, "mine")
        next_piece = await program.next()
        assert next_piece is not None and b"event: call.updated" in next_piece
    mine = {each.id for each in api.feed.after(0, account=api.mine.account)}
    assert int(next_piece.split(b"\n")[0].removeprefix(b"id: ")) in mine


@in_a_loop
async def test_it_ends_when_the_server_stops(api: Served) -> None:
    async with follow(api) as program:
        await program.head()
        await program.next()
        api.feed.close()
        assert await program.next() is None


@in_a_loop
async def test_it_is_forgotten_when_the_program_goes(api: Served) -> None:
    async with follow(api) as program:
        await program.head()
        await program.next()
        assert api.feed.listeners == 1
    assert api.feed.listeners == 0


@in_a_loop
async def test_it_gives_signs_of_life_and_ends_when_the_token_is_revoked(api: Served) -> None:
    services = Services(ledger=api.ledger, feed=api.feed, clock=lambda: api.now, box=BOX, alive_s=0.01)
    api.app.state.services = services
    async with follow(api) as program:
        await program.head()
        assert [await program.next() for _ in range(3)] == [b": still here\n\n"] * 3
        with api.ledger.writing() as connection:
            connection.execute(sa.text("update tokens set revoked_at = created_at"))
        while (piece := await program.next()) is not None:
            assert piece == b": still here\n\n"


@in_a_loop
async def test_a_store_that_does_not_answer_ends_nothing() -> None:
    ledger = Ledger("sqlite:////nowhere/at/all.db")
    feed = Feed(ledger)
    feed.open()
    found = []
    async for each in feed.follow("a1", 0, alive_s=0.01):
        found.append(each)
        if len(found) == 3:
            feed.close()
    assert found == [[], [], []]
    ledger.close()


class _Counted(Feed):
    """Counts what it asks the ledger; the first answer takes until ``free`` is set."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.asked = 0
        self.free = threading.Event()
        self.reading = threading.Event()

    def after(self, position: int, *, account: str | None = None, limit: int = 500) -> list[Change]:
        self.asked += 1
        found = super().after(position, account=account, limit=limit)
        self.reading.set()
        self.free.wait(20)
        return found


@in_a_loop
async def test_those_who_listen_together_ask_once_and_miss_nothing(api: Served) -> None:
    feed = _Counted(api.ledger)
    feed.open()
    account, position = api.mine.account, feed.end()
    heard: list[list[Change]] = [[] for _ in range(20)]

    async def listen(place: int) -> None:
        async for found in feed.follow(account, position):
            heard[place] += found
            if len(heard[place]) >= 2:
                return

    early = [asyncio.create_task(listen(place)) for place in range(10)]
    await asyncio.to_thread(feed.reading.wait, 20)
    # What is being read lacks this, and who comes now must not wait for that answer.
    ring(api, api.mine, "late")
    feed.wake()
    await asyncio.sleep(0)
    late = [asyncio.create_task(listen(place)) for place in range(10, 20)]
    await asyncio.sleep(0)
    feed.free.set()
    await asyncio.wait_for(asyncio.gather(*early, *late), 20)
    kinds = [[each.kind for each in found] for found in heard]
    assert kinds == [kinds[0]] * 20
    assert feed.asked <= 6
    feed.close()
