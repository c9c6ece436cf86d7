"""A store that is busy, full or away: the platform is asked to come again, nothing is half written, and it may."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest
import sqlalchemy as sa

from decroche.capture.receive.door import RETRY_AFTER_S, Received
from decroche.ledger.store import Ledger
from tests.databases import database, opened
from tests.postgresql import Server
from tests.receive.asking import Answered, run
from tests.receive.doors import Door, door


def sent_back(answered: Answered) -> bool:
    return answered.status == 503 and answered.headers["retry-after"] == str(RETRY_AFTER_S)


class HeldLedger(Ledger):
    """Commits when it is told to, or fails to."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.written = threading.Event()
        self.go_on = threading.Event()
        self.failure: Exception | None = None

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        with super().writing() as connection:
            yield connection
            self.written.set()
            assert self.go_on.wait(20)
            if self.failure is not None:
                raise self.failure


@contextmanager
def held(kind: str) -> Iterator[tuple[HeldLedger, Door]]:
    with database(kind) as url, ExitStack() as stack:
        ledger = HeldLedger(url)
        stack.callback(ledger.close)
        ledger.go_on.set()
        found = stack.enter_context(door(ledger))
        ledger.written.clear()
        yield ledger, found


BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@BOTH
def test_nobody_is_answered_before_the_commit(kind: str) -> None:
    async def deliver(ledger: HeldLedger, found: Door) -> None:
        ledger.go_on.clear()
        asked = asyncio.create_task(found.ask())
        await asyncio.to_thread(ledger.written.wait, 20)
        for _ in range(50):
            await asyncio.sleep(0)
        assert not asked.done()
        assert found.kept() == []
        ledger.go_on.set()
        assert (await asked).status == 202
        assert found.kept() == ["one"]

    with held(kind) as (ledger, found):
        run(lambda: deliver(ledger, found))


@BOTH
@pytest.mark.parametrize(
    "failure",
    [
        sa.exc.OperationalError("INSERT", {}, Exception("disk full")),
        sa.exc.InterfaceError("INSERT", {}, Exception("gone")),
        sa.exc.TimeoutError(),
        OSError(28, "No space left on device"),
        RuntimeError("a mistake of ours"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_fails_before_the_commit_leaves_nothing(kind: str, failure: Exception) -> None:
    async def deliver(ledger: HeldLedger, found: Door) -> None:
        ledger.failure = failure
        answers = await asyncio.gather(*(found.ask(b"%d" % number) for number in range(10)))
        assert all(sent_back(each) for each in answers)
        assert set(found.results()) == {Received.SENT_BACK}
        assert found.kept() == []
        ledger.failure = None
        assert (await found.ask()).status == 202
        assert found.kept() == ["one"]

    with held(kind) as (ledger, found):
        run(lambda: deliver(ledger, found))


def test_a_commit_that_fails_leaves_nothing(ledger: Ledger) -> None:
    with door(ledger) as found:

        @sa.event.listens_for(ledger.engine, "commit")
        def fail(connection: sa.Connection) -> None:
            raise sa.exc.OperationalError("COMMIT", {}, Exception("disk I/O error"))

        assert sent_back(run(found.ask))
        sa.event.remove(ledger.engine, "commit", fail)
        assert found.kept() == []
        assert run(found.ask).status == 202
        assert found.kept() == ["one"]


def filled(ledger: Ledger) -> Callable[[], None]:
    """Leave no room in the database; the function returned makes room again."""
    if not ledger.embedded:
        # What PostgreSQL says when its disk is full, said without filling one.
        function = (
            "create function full_disk() returns trigger language plpgsql as $$ begin raise sqlstate '53100'; end $$"
        )
        with ledger.writing() as connection:
            connection.exec_driver_sql(function)
            connection.exec_driver_sql(
                "create trigger full_disk before insert on observations for each row execute function full_disk()"
            )

        def empty() -> None:
            with ledger.writing() as connection:
                connection.exec_driver_sql("drop trigger full_disk on observations")

        return empty

    full = True

    @sa.event.listens_for(ledger.engine, "checkout")
    def limit(connection: sqlite3.Connection, _: object, __: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count={pages if full else 10**9}")

    def make_room() -> None:
        nonlocal full
        full = False

    return make_room


def test_a_full_store(ledger: Ledger) -> None:
    async def deliver(found: Door) -> None:
        answers = await asyncio.gather(*(found.ask(b"%d" % number + b"x" * 50_000) for number in range(3)))
        assert all(sent_back(each) for each in answers)
        assert found.kept() == []

    with door(ledger) as found:
        make_room = filled(ledger)
        run(lambda: deliver(found))
        make_room()
        assert run(lambda: found.ask(b"x" * 50_000)).status == 202
        assert len(found.kept()) == 1


@contextmanager
def locked(ledger: Ledger) -> Iterator[Callable[[], None]]:
    """Another process has the store to itself until it is told to let go."""
    engine = sa.create_engine(ledger.engine.url)
    with engine.connect() as other:
        if ledger.embedded:
            cursor = other.connection.cursor()
            cursor.execute("BEGIN IMMEDIATE")
        else:
            other.exec_driver_sql("LOCK TABLE observations IN EXCLUSIVE MODE")
        yield other.connection.rollback
    engine.dispose()


def test_a_delivery_waits_for_no_reader(ledger: Ledger) -> None:
    """As many read as can, and more wait."""
    all_read, over = threading.Barrier(17), threading.Event()

    def read() -> None:
        with ledger.reading() as connection:
            connection.execute(sa.text("select 1"))
            all_read.wait(30)
            over.wait(30)

    with door(ledger) as found:
        readers = [threading.Thread(target=read) for _ in range(16)]
        for reader in readers:
            reader.start()
        all_read.wait(30)
        more = threading.Thread(target=found.kept)
        more.start()
        assert run(found.ask).status == 202
        assert more.is_alive()
        over.set()
        for each in (*readers, more):
            each.join()


def test_a_store_that_is_busy_for_a_moment_is_waited_for(ledger: Ledger) -> None:
    async def deliver(found: Door, let_go: Callable[[], None]) -> None:
        taken = threading.Event()
        sa.event.listen(ledger.engine, "checkout", lambda *_: taken.set())
        asked = asyncio.create_task(found.ask())
        assert await asyncio.to_thread(taken.wait, 20)
        assert not asked.done()
        let_go()
        assert (await asked).status == 202
        assert found.kept() == ["one"]

    with door(ledger) as found, locked(ledger) as let_go:
        run(lambda: deliver(found, let_go))


def test_a_store_that_stays_busy_sends_back_and_keeps_it_once(ledger: Ledger) -> None:
    async def deliver(found: Door, let_go: Callable[[], None]) -> None:
        assert sent_back(await found.ask())
        assert found.kept() == []
        let_go()
        while (answered := await found.ask()).status == 503:
            assert sent_back(answered)
        assert answered.status == 202
        assert found.kept() == ["one"]

    with door(ledger, patience_s=0.05) as found, locked(ledger) as let_go:
        run(lambda: deliver(found, let_go))


@pytest.mark.hard
def test_sqlite_that_another_process_holds_for_seconds() -> None:
    """Longer than a transaction waits."""

    async def deliver(found: Door, let_go: Callable[[], None]) -> None:
        assert sent_back(await found.ask())
        let_go()
        assert (await found.ask()).status == 202
        assert found.kept() == ["one"]

    with opened("sqlite") as ledger, door(ledger) as found, locked(ledger) as let_go:
        run(lambda: deliver(found, let_go))


def test_connections_that_postgresql_ends() -> None:
    async def deliver(found: Door) -> None:
        for number in range(3):
            assert (await found.ask(b"%d" % number)).status == 202
            end_connections(found.ledger)
        answers = [await found.ask(b"last") for _ in range(2)]
        assert answers[-1].status == 202
        assert found.kept() == ["0", "1", "2", "last"]

    with opened("postgresql") as ledger, door(ledger) as found:
        run(lambda: deliver(found))


def end_connections(ledger: Ledger) -> None:
    """What an administrator does, or a firewall."""
    engine = sa.create_engine(ledger.engine.url)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "select pg_terminate_backend(pid) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
    engine.dispose()


@pytest.mark.hard
@pytest.mark.parametrize("how", ["fast", "immediate"])
def test_postgresql_stops_and_starts_again(how: str) -> None:
    async def deliver(server: Server, found: Door) -> None:
        assert (await found.ask(b"before")).status == 202
        server.stop(how)
        assert sent_back(await found.ask(b"meanwhile"))
        server.start()
        assert (await found.ask(b"meanwhile")).status == 202
        assert found.kept() == ["before", "meanwhile"]

    server = Server({})
    with server.database() as url:
        ledger = Ledger(url)
        with door(ledger) as found:
            run(lambda: deliver(server, found))
        ledger.close()
    server.remove()
