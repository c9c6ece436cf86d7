"""A thousand deliveries at once, backwards, many times over, and clocks that jump: the calls are always the same."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from datetime import timedelta
from typing import Any

import pytest

from decroche.server import Server
from decroche.simulate.ringover import Scheme, Sent
from tests.databases import database
from tests.faults.in_process import BASE, Clock, deliver, folded, serving
from tests.faults.story import Outcome, outcome, shuffled, told, undisturbed

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
Deliver = Callable[[Server, Clock], Coroutine[Any, Any, None]]


def came_of_it(kind: str, work: Deliver) -> Outcome:
    async def run(url: str) -> Outcome:
        clock = Clock()
        async with serving(url, clock) as server:
            await work(server, clock)
            await folded(server)
            return outcome(server.ledger)

    with database(kind) as url:
        return asyncio.run(run(url))


@pytest.mark.hard
@BOTH
def test_a_thousand_at_once(kind: str) -> None:
    sent = told(BASE, 300)[:1000]
    assert len(sent) == 1000

    async def crowd(server: Server, _: Clock) -> None:
        assert await deliver(server, sent) == {200: 1000}

    assert came_of_it(kind, crowd) == undisturbed(sent)


@pytest.mark.hard
@BOTH
@pytest.mark.parametrize("at_once", [1, 7, 10_000])
def test_backwards(kind: str, at_once: int) -> None:
    sent = told(BASE, 40)

    async def backwards(server: Server, _: Clock) -> None:
        await in_groups(server, sent[::-1], at_once)

    assert came_of_it(kind, backwards) == undisturbed(sent)


@pytest.mark.hard
@BOTH
def test_many_times_over_and_mixed(kind: str) -> None:
    sent = told(BASE, 40)

    async def over_and_over(server: Server, _: Clock) -> None:
        for seed in range(4):
            await in_groups(server, shuffled(sent, seed, again=0.9), 50)

    assert came_of_it(kind, over_and_over) == undisturbed(sent)


@pytest.mark.hard
@BOTH
@pytest.mark.parametrize("jumps", [(-1,), (24,), (-1, 24, -48, 0), (24 * 6, 0)], ids=str)
def test_our_clock_jumps(kind: str, jumps: Sequence[int]) -> None:
    """Hours forward and back; what time alone does is done at each."""
    sent = told(BASE, 40)

    async def jumping(server: Server, clock: Clock) -> None:
        part = len(sent) // (len(jumps) + 1) + 1
        for number, hours in enumerate((0, *jumps)):
            clock.wrong = timedelta(hours=hours)
            await in_groups(server, sent[number * part : (number + 1) * part], 20)
            await folded(server)
            await asyncio.to_thread(server.capture.folder.sweep)
            await folded(server)
        clock.wrong = timedelta()
        await asyncio.to_thread(server.capture.folder.sweep)

    expected, found = undisturbed(sent), came_of_it(kind, jumping)
    assert found.calls == expected.calls
    assert found.journeys == expected.journeys
    # The word of the clock is kept beside what was delivered.
    assert [key for key in found.keys if not key.startswith("clock/")] == expected.keys


def test_a_signed_time_far_from_ours_is_refused_until_the_clock_is_right() -> None:
    sent = told(BASE, 1, scheme=Scheme.V3)

    async def refused(server: Server, clock: Clock) -> None:
        for hours in (-1, 24):
            clock.wrong = timedelta(hours=hours)
            assert await deliver(server, sent) == {401: len(sent)}
            assert outcome(server.ledger).keys == []
        clock.wrong = timedelta()
        assert await deliver(server, sent) == {200: len(sent)}

    assert came_of_it("sqlite", refused).keys == undisturbed(sent).keys


async def in_groups(server: Server, sent: Sequence[Sent], at_once: int) -> None:
    for start in range(0, len(sent), at_once):
        assert set(await deliver(server, sent[start : start + at_once])) == {200}
