"""Under a real server and load the store fails: full, held by another process, stopped, cut off. Nothing is lost."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable

import pytest

from decroche.ledger.store import Ledger
from tests.databases import database
from tests.faults.platform import Platform
from tests.faults.serving import Serving
from tests.faults.story import fold_rest, outcome, set_up, shuffled, told, undisturbed
from tests.postgresql import Server, server

CALLS = 60
#: What to do after each answer; it is told the platform.
Trouble = Callable[[Platform], None]


def nothing_is_lost(url: str, trouble: Callable[[Serving], Trouble]) -> Platform:
    """Deliver under ``trouble``; what comes of it is what comes of an undisturbed run."""
    ledger = Ledger(url)
    set_up(ledger)
    with Serving(url) as serving:
        sent = told(serving.base, CALLS)

        async def run() -> Platform:
            after_answer = trouble(serving)
            platform = Platform(shuffled(sent, 2), [serving.port], answered=lambda: after_answer(platform))
            await platform.deliver(range(len(shuffled(sent, 2))))
            return platform

        platform = asyncio.run(run())
        assert serving.stop() == 0
    fold_rest(ledger)
    assert outcome(ledger) == undisturbed(sent)
    ledger.close()
    assert set(platform.statuses) <= {200, 503}
    return platform


@pytest.mark.hard
def test_a_full_disk() -> None:
    def trouble(serving: Serving) -> Trouble:
        def after(platform: Platform) -> None:
            if platform.statuses[503] >= 5:
                serving.limit_files(None)
            elif platform.statuses[200] == 30:
                serving.limit_files(1)

        return after

    with database("sqlite") as url:
        assert nothing_is_lost(url, trouble).statuses[503] >= 5


@pytest.mark.hard
def test_a_file_that_another_process_holds_for_seconds() -> None:
    held: list[sqlite3.Connection] = []

    def trouble(serving: Serving) -> Trouble:
        def after(platform: Platform) -> None:
            if platform.statuses[503] and held:
                held.pop().close()
            elif platform.statuses[200] == 30 and not platform.statuses[503]:
                held.append(sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None))
                held[0].execute("BEGIN IMMEDIATE")

        return after

    with database("sqlite") as url:
        assert nothing_is_lost(url, trouble).statuses[503]


@pytest.mark.hard
def test_connections_that_are_cut_off_again_and_again() -> None:
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where datname is not null and pid <> pg_backend_pid()"

    def trouble(serving: Serving) -> Trouble:
        def after(platform: Platform) -> None:
            if platform.statuses.total() % 20 == 10:
                server().ask(cut)

        return after

    with database("postgresql") as url:
        nothing_is_lost(url, trouble)


@pytest.mark.hard
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_postgresql_that_stops_and_starts_again(how: str) -> None:
    own = Server({})

    def trouble(serving: Serving) -> Trouble:
        stops, down, refused = [90, 30], False, 0

        def after(platform: Platform) -> None:
            nonlocal down, refused
            if not down and stops and platform.statuses[200] >= stops[-1]:
                stops.pop()
                down, refused = True, platform.statuses[503]
                own.stop(how)
            elif down and platform.statuses[503] >= refused + 3:
                down = False
                own.start()

        return after

    with own.database() as url:
        assert nothing_is_lost(url, trouble).statuses[503] >= 6
    own.remove()
