"""Two processes at the doors and two that fold, on one PostgreSQL: nothing is lost, and one folds at a time."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from contextlib import ExitStack
from statistics import median

import pytest
import sqlalchemy as sa

from decroche.ledger.store import FOLDING_LOCK, Ledger
from decroche.simulate.ringover import Sent
from tests.databases import database
from tests.faults.platform import Platform
from tests.faults.serving import Serving
from tests.faults.story import fold_rest, outcome, set_up, shuffled, told, undisturbed
from tests.faults.test_stopping import listening


def folding(ledger: Ledger) -> int:
    """How many processes may fold now."""
    query = (
        "select count(*) from pg_locks join pg_database d on d.oid = database"
        " where locktype = 'advisory' and granted and d.datname = current_database() and objid = :lock"
    )
    with ledger.reading() as connection:
        return int(connection.execute(sa.text(query), {"lock": FOLDING_LOCK}).scalar_one())


@pytest.mark.hard
def test_two_web_and_two_worker_processes() -> None:
    async def run(ledger: Ledger, sent: list[Sent], web: list[Serving], workers: list[Serving]) -> None:
        turns = itertools.cycle(workers)
        found: set[int] = set()

        def answered() -> None:
            found.add(folding(ledger))
            if platform.statuses.total() % 60 == 30:
                worker = next(turns)
                worker.kill()
                worker.start()

        platform = Platform(sent, [each.port for each in web], answered=answered)
        async with listening(web[1], ledger) as stream:
            await platform.deliver(range(len(sent)))
            assert set(platform.statuses) == {200}
            assert found <= {0, 1}
            while b"event: journey.opened" not in await stream.readuntil(b"\n\n"):
                pass

    with database("postgresql") as url, ExitStack() as stack:
        ledger = Ledger(url)
        set_up(ledger)
        web = [stack.enter_context(Serving(url, role="web"))]
        # Both stand behind one public address.
        web.append(stack.enter_context(Serving(url, role="web", more={"DECROCHE_PUBLIC_URL": web[0].base})))
        workers = [stack.enter_context(Serving(url, role="worker")) for _ in range(2)]
        sent = told(web[0].base, 60)
        asyncio.run(run(ledger, shuffled(sent, 4), web, workers))
        assert [each.stop() for each in (*web, *workers)] == [0, 0, 0, 0]
        fold_rest(ledger)
        assert outcome(ledger) == undisturbed(sent)
        ledger.close()


@pytest.mark.hard
def test_the_web_process_tells_of_a_miss_within_a_second_of_its_end_when_a_worker_folds_it() -> None:
    """The deliveries come in order, one by one; the one that says "missed" is the definitive end."""

    async def run(ledger: Ledger, sent: list[Sent], web: Serving) -> list[float]:
        platform = Platform(sent, [web.port])
        took: list[float] = []
        async with listening(web, ledger) as stream:
            for place, each in enumerate(sent):
                await platform.deliver([place], connections=1)
                if json.loads(each.body)["event"] == "missed":
                    taken = time.monotonic()
                    async with asyncio.timeout(30):
                        while b"event: call.missed" not in await stream.readuntil(b"\n\n"):
                            pass
                    took.append(time.monotonic() - taken)
        return took

    with database("postgresql") as url, ExitStack() as stack:
        ledger = Ledger(url)
        set_up(ledger)
        web = stack.enter_context(Serving(url, role="web"))
        worker = stack.enter_context(Serving(url, role="worker"))
        took = asyncio.run(run(ledger, told(web.base, 60), web))
        assert [web.stop(), worker.stop()] == [0, 0]
        ledger.close()
    assert len(took) >= 5
    # Half of them, since a busy machine may let one wait.
    assert median(took) < 1, took
