"""A server that is killed again and again while a phone system delivers: all that it answered is kept, and right."""

from __future__ import annotations

import asyncio
import random

import pytest

from decroche.ledger.store import Ledger
from decroche.simulate.ringover import Sent
from tests.databases import database
from tests.faults.platform import Platform
from tests.faults.serving import Serving
from tests.faults.story import fold_rest, keys, outcome, record, set_up, shuffled, told, undisturbed

KILLS = 26
MOST_BETWEEN = 40


@pytest.mark.hard
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_killed_at_random_moments_under_load(kind: str) -> None:
    chance = random.Random(kind)
    with database(kind) as url:
        ledger = Ledger(url)
        set_up(ledger)
        with Serving(url) as server:
            sent = told(server.base, 150)
            expected = undisturbed(sent)
            kills = asyncio.run(_deliver_and_kill(server, ledger, sent, chance))
            assert kills == KILLS
            assert server.stop() == 0
        fold_rest(ledger)
        assert outcome(ledger) == expected
        ledger.close()


async def _deliver_and_kill(server: Serving, ledger: Ledger, sent: list[Sent], chance: random.Random) -> int:
    """Deliver everything, out of order and partly again; kill the server meanwhile. Returns how often."""
    kills, answers, due, down = 0, 0, chance.randint(1, MOST_BETWEEN), False
    loop = asyncio.get_running_loop()

    def answered() -> None:
        nonlocal answers
        answers += 1
        if answers >= due and not down and kills < KILLS:
            # Not at the moment of an answer, but at any moment soon after.
            loop.call_later(chance.uniform(0, 0.03), kill)

    def kill() -> None:
        nonlocal down
        if not down:
            down = True
            platform.up.clear()
            server.process.kill()
            tasks.create_task(restart())

    async def restart() -> None:
        nonlocal kills, due, down
        await asyncio.to_thread(server.process.wait)
        kept = set(keys(ledger))
        assert {wanted[place] for place in platform.accepted} <= kept
        await asyncio.to_thread(server.start)
        kills, due, down = kills + 1, answers + chance.randint(1, MOST_BETWEEN), False
        platform.up.set()

    order = shuffled(sent, 1)
    wanted = [record(each).key for each in order]
    platform = Platform(order, [server.port], answered=answered)
    async with asyncio.TaskGroup() as tasks:
        while kills < KILLS:
            await platform.deliver(range(len(order)))
            await platform.up.wait()
    assert set(platform.statuses) == {200}
    return kills
