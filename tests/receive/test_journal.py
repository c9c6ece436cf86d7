"""The journal commits what many hand over, tells each what became of it, and goes on whatever happens."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
import sqlalchemy as sa

from decroche.capture.receive import journal as journals
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.connector_kit.connector import Record
from decroche.ledger.observations import Observation
from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations
from tests.ledger.business import shop
from tests.receive.asking import run
from tests.receive.doors import NOW


def observed(endpoint: str, *keys: str, body: bytes = b"{}", kind: str = "event") -> list[Observation]:
    return [
        Observation(endpoint_id=endpoint, record=Record(kind=kind, key=key, body=body), source="live", received_at=NOW)
        for key in keys
    ]


def kept(ledger: Ledger) -> list[str]:
    with ledger.reading() as connection:
        return list(connection.execute(sa.select(observations.c.key).order_by(observations.c.id)).scalars())


def numbered(count: int) -> list[str]:
    return [f"{number:05d}" for number in range(count)]


@contextmanager
def counted(ledger: Ledger) -> Iterator[list[int]]:
    """How many commits there are."""
    commits: list[int] = []

    def count(_: sa.Connection) -> None:
        commits.append(1)

    sa.event.listen(ledger.engine, "commit", count)
    try:
        yield commits
    finally:
        sa.event.remove(ledger.engine, "commit", count)


def test_what_waits_is_committed_together_and_told_once(ledger: Ledger) -> None:
    found = shop(ledger)
    heard: list[Sequence[Observation]] = []
    journal = Journal(ledger, kept=heard.append)

    async def keep() -> None:
        tasks = [asyncio.create_task(journal.keep(each)) for each in observed(found.endpoint, *numbered(1200))]
        while journal.waiting < 1200:
            await asyncio.sleep(0)
        journal.start()
        await asyncio.gather(*tasks)

    with counted(ledger) as commits:
        run(keep)
    journal.stop()
    assert len(commits) == 3
    assert [len(each) for each in heard] == [500, 500, 200]
    assert sorted(kept(ledger)) == numbered(1200)
    assert journal.waiting == 0


def test_large_deliveries_are_committed_in_smaller_batches(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)
    size = journals.BATCH_BYTES // 2

    async def keep() -> None:
        told = observed(found.endpoint, *numbered(3), body=b"x" * size)
        tasks = [asyncio.create_task(journal.keep(each)) for each in told]
        while journal.waiting < 3:
            await asyncio.sleep(0)
        journal.start()
        await asyncio.gather(*tasks)

    with counted(ledger) as commits:
        run(keep)
    journal.stop()
    assert len(commits) == 2


def test_the_end_writes_what_was_handed_over_and_takes_no_more(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)

    async def keep() -> None:
        tasks = [asyncio.create_task(journal.keep(each)) for each in observed(found.endpoint, *numbered(700))]
        while journal.waiting < 700:
            await asyncio.sleep(0)
        ending = asyncio.create_task(asyncio.to_thread(stop))
        await asyncio.gather(*tasks, ending)
        with pytest.raises(StoreUnavailable):
            await journal.keep(observed(found.endpoint, "late")[0])

    def stop() -> None:
        journal.start()
        journal.stop()

    run(keep)
    assert kept(ledger) == numbered(700)
    with pytest.raises(StoreUnavailable):
        journal.keep_all(observed(found.endpoint, "later"))
    journal.stop()


def test_a_journal_that_never_began_ends(ledger: Ledger) -> None:
    Journal(ledger).stop()


def test_a_thread_hands_over_many_in_their_order(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)
    journal.start()
    journal.keep_all(observed(found.endpoint, *numbered(30)))
    journal.keep_all(observed(found.endpoint, *numbered(40)))
    journal.keep_all([])
    assert kept(ledger) == numbered(40)
    journal.stop()


def test_who_has_gone_is_kept_all_the_same_and_troubles_nobody(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)

    async def keep() -> None:
        gone, stays = (asyncio.create_task(journal.keep(each)) for each in observed(found.endpoint, "a", "b"))
        while journal.waiting < 2:
            await asyncio.sleep(0)
        gone.cancel()
        journal.start()
        await stays

    async def leave() -> None:
        asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)  # type: ignore[union-attr]
        await journal.keep(observed(found.endpoint, "c")[0])

    run(keep)
    with pytest.raises(asyncio.CancelledError):
        run(leave)  # its event loop is closed when the journal wants to tell it
    journal.keep_all(observed(found.endpoint, "d"))
    journal.stop()
    assert kept(ledger) == ["a", "b", "c", "d"]


def test_one_that_cannot_be_kept_takes_no_other_with_it(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)
    good, bad = observed(found.endpoint, *numbered(40)), observed("no-such-endpoint", "bad")

    async def keep() -> list[BaseException | None]:
        told = [*good[:13], *bad, *good[13:]]
        tasks = [asyncio.create_task(journal.keep(each)) for each in told]
        while journal.waiting < len(told):
            await asyncio.sleep(0)
        journal.start()
        return await asyncio.gather(*tasks, return_exceptions=True)

    results = run(keep)
    journal.stop()
    assert [number for number, each in enumerate(results) if each is not None] == [13]
    assert isinstance(results[13], StoreUnavailable)
    assert sorted(kept(ledger)) == numbered(40)


def test_words_that_no_database_keeps_are_kept_clean(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)
    journal.start()
    journal.keep_all(observed(found.endpoint, "a\0b", "\ud800", "x" * 10_000, body=b"\0\xff", kind="a\0\ud800"))
    journal.stop()
    assert len(kept(ledger)) == 3


def test_a_mistake_of_ours_does_not_end_the_journal(ledger: Ledger) -> None:
    class Broken(Ledger):
        breaks = True

        @contextmanager
        def writing(self) -> Iterator[sa.Connection]:
            if self.breaks:
                raise RuntimeError("a mistake of ours")
            with super().writing() as connection:
                yield connection

    found = shop(ledger)
    broken = Broken(ledger.engine.url.render_as_string(hide_password=False))
    journal = Journal(broken)
    journal.start()
    with pytest.raises(StoreUnavailable):
        journal.keep_all(observed(found.endpoint, "a", "b", "c"))
    broken.breaks = False
    journal.keep_all(observed(found.endpoint, "a", "b", "c"))
    journal.stop()
    broken.close()
    assert sorted(kept(ledger)) == ["a", "b", "c"]


def test_many_threads_hand_over_at_once(ledger: Ledger) -> None:
    found = shop(ledger)
    journal = Journal(ledger)
    journal.start()
    told = observed(found.endpoint, *numbered(300))
    threads = [
        threading.Thread(target=journal.keep_all, args=(told[start : start + 60],)) for start in range(0, 300, 30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    journal.stop()
    assert sorted(kept(ledger)) == numbered(300)


@pytest.mark.parametrize(("several", "rush"), [(journals.RUSH - 1, False), (journals.RUSH, True)])
def test_a_rush_is_when_more_comes_at_once_than_calls_are_made_of_beside_it(
    ledger: Ledger, several: int, rush: bool
) -> None:
    found = shop(ledger)
    rushes: list[bool] = []
    journal = Journal(ledger, kept=lambda _: rushes.append(journal.rush), seconds=lambda: 100.0)

    async def keep() -> None:
        waiting = [asyncio.create_task(journal.keep(each)) for each in observed(found.endpoint, *numbered(several))]
        await asyncio.sleep(0)
        journal.start()
        await asyncio.gather(*waiting)

    run(keep)
    journal.stop()
    assert rushes == [rush]
    assert len(kept(ledger)) == several
