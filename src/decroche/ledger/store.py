"""Opens the ledger's database, SQLite or PostgreSQL, and hands out its transactions."""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from decroche.ledger.account import Account
from decroche.ledger.bi_views import Grant, drop_views, renew_views

MIGRATIONS = Path(__file__).parent / "migrations"
#: How long a transaction waits for another process that writes, in milliseconds.
_BUSY_MS = 5_000
#: How many read at once, each of whom may read something else meanwhile, and the connections that are left to those
#: who write: deliveries wait for no page.
_READERS, _FOR_WRITERS = 16, 4
_POOL = {"pool_size": 10, "max_overflow": 2 * _READERS + _FOR_WRITERS - 10}
#: How long who reads waits for a connection, in seconds.
_LONGEST_WAIT_S = 30
#: The tables are counted when so many changes were made, and again when there are so many times more.
_WORTH_LEARNING, _GROWN = 1_000, 4
#: Entries of an index that are counted.
_COUNTED_AT_MOST = 10_000
#: With these a transaction of another engine begins to write; and the mark of its connection while it does.
_WRITE, _IN_LINE = frozenset({"INSERT", "UPDATE", "DELETE", "REPLAC"}), "in_line"
#: Any number, always the same: who holds it folds; the others wait.
FOLDING_LOCK = 0x6465_6372
#: The same for who migrates.
_MIGRATING_LOCK = FOLDING_LOCK + 1
#: Alembic knows one migration at a time in a process.
_alembic_lock = threading.Lock()


class Turn:
    """The right to fold: true while the caller has it. It is lost with the connection that holds it."""

    def __init__(self, held: Callable[[], bool]) -> None:
        self._held = held

    def __bool__(self) -> bool:
        return self._held()


class Ledger:
    """One database. Reads run side by side; on SQLite writes follow one another within the process.

    ``url`` is SQLAlchemy's, such as ``sqlite:////var/lib/decroche/ledger.db`` or ``postgresql+psycopg://…``.
    """

    def __init__(self, url: str) -> None:
        # What is written holds phone numbers: no error may repeat it.
        self.engine = sa.create_engine(url, hide_parameters=True, **_options(url))
        self.embedded = self.engine.dialect.name == "sqlite"
        self._learned = 0
        self._writing = threading.Lock()
        self._readers = threading.BoundedSemaphore(_READERS)
        self._reading = threading.local()
        if self.embedded:
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin)
        else:
            sa.event.listen(self.engine, "handle_error", _say_no_row)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database and changes nothing.

        However many read, some connections are left to those who write. Who reads already waits for nobody: readers
        that wait for one another would all wait. Raises SQLAlchemy's TimeoutError to those who would have to wait for
        too long.
        """
        within = getattr(self._reading, "depth", 0)
        if not within and not self._readers.acquire(timeout=_LONGEST_WAIT_S):
            raise sa.exc.TimeoutError("too many read at once")
        self._reading.depth = within + 1
        try:
            with self.engine.connect() as connection:
                if not self.embedded:
                    connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
                yield connection
                if not (self.embedded or connection.closed or connection.invalidated):
                    # Nothing was changed; but at a rollback the driver forgets what the server has planned for it.
                    connection.commit()
        finally:
            self._reading.depth = within
            if not within:
                self._readers.release()

    @contextmanager
    def for_account(self, account: str, *, sites: Collection[str] | None = None) -> Iterator[Account]:
        """What may be asked about one account, in one state of the database; only about ``sites``, where told."""
        with self.reading() as connection:
            yield Account(connection, account, sites)

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction: all of it is on disk when the block ends, or nothing."""
        if not self.embedded:
            with self.engine.begin() as connection:
                yield connection
            return
        # Waiting here costs nothing; waiting in the database polls, and the unlucky wait longest.
        with self._writing, self.engine.connect().execution_options(writes=True) as connection, connection.begin():
            yield connection

    def queue(self, engine: sa.Engine) -> None:
        """Have what another engine of this process writes to the embedded database wait in line with ``writing``.

        Otherwise it would wait in the database, which polls, and be passed over for seconds while much is written.
        """

        def begin(connection: sa.Connection, cursor: object, statement: str, *_: object) -> None:
            driver = connection.connection.dbapi_connection
            if not getattr(driver, "in_transaction", True) and statement.lstrip()[:6].upper() in _WRITE:
                # Who has waited for so long is left to the database.
                connection.info[_IN_LINE] = self._writing.acquire(timeout=_BUSY_MS / 1000)

        def end(_: object, record: sa.pool.ConnectionPoolEntry) -> None:
            if record.info.pop(_IN_LINE, False):
                self._writing.release()

        sa.event.listen(engine, "before_cursor_execute", begin)
        sa.event.listen(engine, "checkin", end)

    @contextmanager
    def folding(self) -> Iterator[Turn]:
        """Whether the caller is the one who may fold while the block lasts: of several, in all processes, only one."""
        with self._embedded_turn() if self.embedded else self._served_turn() as turn:
            yield turn

    @contextmanager
    def _embedded_turn(self) -> Iterator[Turn]:
        """A lock on a file beside the ledger: it ends with its process, however that ends."""
        with closing(sqlite3.connect(f"{self.engine.url.database}-folding", timeout=0, isolation_level=None)) as file:
            try:
                file.execute("BEGIN EXCLUSIVE")
            except sqlite3.OperationalError:
                yield Turn(lambda: False)
            else:
                yield Turn(lambda: True)

    @contextmanager
    def _served_turn(self) -> Iterator[Turn]:
        """A lock that PostgreSQL keeps for a connection, and for no longer than the connection lasts."""
        with self.engine.connect() as connection:
            taken = connection.execute(sa.select(sa.func.pg_try_advisory_lock(FOLDING_LOCK))).scalar_one()
            connection.commit()
            if not taken:
                yield Turn(lambda: False)
                return
            connection.detach()  # closed at the end, not kept for others with the lock still on it
            try:
                yield Turn(lambda: _answers(connection))
            finally:
                with suppress(sa.exc.SQLAlchemyError):
                    connection.rollback()
                    connection.execute(sa.select(sa.func.pg_advisory_unlock(FOLDING_LOCK)))
                    connection.commit()

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to ``revision``, the newest unless another is named. Changes nothing when they are.

        The views for BI tools, where there are any, make way meanwhile and are those of this version afterwards.
        """
        with self._migrating() as connection:
            now = MigrationContext.configure(connection).get_current_revision()
            # What follows begins anew, as one that writes: a transaction that has read may be refused at once.
            connection.rollback()
            newest = _newest()
            granted: list[Grant] = []
            if revision != "head" or now != newest:
                granted = self._without_views(connection)
                command.upgrade(_alembic(connection), revision)
            if not self.embedded and revision in ("head", newest):
                renew_views(connection, granted=granted)
                connection.commit()

    def downgrade(self, revision: str) -> None:
        """Bring the tables back to ``revision``; what only newer tables hold is lost."""
        with self._migrating() as connection:
            self._without_views(connection)
            command.downgrade(_alembic(connection), revision)

    def _without_views(self, connection: sa.Connection) -> list[Grant]:
        """Tables that views are made of do not change. Returns what roles might do with the views."""
        if self.embedded:
            return []
        granted = drop_views(connection)
        connection.commit()
        return granted

    @contextmanager
    def _migrating(self) -> Iterator[sa.Connection]:
        """A connection on which one process at a time changes the tables."""
        with _alembic_lock, self.engine.connect() as connection:
            if self.embedded:
                # A table is changed by making it anew; the rows that point to the old one must not go with it.
                # (Between transactions, past SQLAlchemy, which would begin one: within one the switch does nothing.)
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA foreign_keys=OFF")
                try:
                    yield connection
                finally:
                    connection.rollback()
                    driver.execute("PRAGMA foreign_keys=ON")
                return
            connection.execute(sa.select(sa.func.pg_advisory_lock(_MIGRATING_LOCK)))
            connection.commit()
            try:
                yield connection
            finally:
                connection.rollback()
                connection.execute(sa.select(sa.func.pg_advisory_unlock(_MIGRATING_LOCK)))
                connection.commit()

    def learn(self) -> None:
        """Have SQLite count how its tables are filled, so that it chooses indexes by what is in them.

        Without that it takes all calls of a business for fewer than the ten of a page. Nobody writes while a table is
        counted: of a large one some are, which tells few from many and takes a tenth of a second, not ten.
        PostgreSQL does it by itself, and few rows are not worth it.
        """
        if not self.embedded:
            return
        with self.reading() as connection:
            revision = connection.exec_driver_sql("SELECT value FROM counters WHERE name = 'revision'").scalar() or 0
        if revision < max(_WORTH_LEARNING, _GROWN * self._learned):
            return
        for table in sa.inspect(self.engine).get_table_names():
            with self.writing() as connection:
                connection.exec_driver_sql(f"PRAGMA analysis_limit={_COUNTED_AT_MOST}")
                connection.exec_driver_sql(f'ANALYZE "{table}"')
                for place, stat in connection.exec_driver_sql(
                    "SELECT rowid, stat FROM sqlite_stat1 WHERE tbl = ?", (table,)
                ).all():
                    connection.exec_driver_sql(
                        "UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?", (_taken_for_all(stat), place)
                    )
        self._learned = int(revision)
        # What was counted is read when a connection is opened.
        self.engine.dispose()

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()


def _taken_for_all(stat: str) -> str:
    """What SQLite notes of an index (entries, then how many are equal in its first column, its first two, and so on).

    More than were counted are taken for all: one business may have all calls, and looks rare among counted ones.
    """
    entries, *equal = stat.split()
    return " ".join([entries, *(each if int(each) <= _COUNTED_AT_MOST else entries for each in equal)])


def _answers(connection: sa.Connection) -> bool:
    """Whether the database still knows this connection, and with it what it locked."""
    try:
        connection.execute(sa.select(1))
        connection.commit()
    except sa.exc.SQLAlchemyError:
        return False
    return True


@functools.cache
def _newest() -> str | None:
    """The newest revision that there is."""
    return ScriptDirectory(str(MIGRATIONS)).get_current_head()


def _alembic(connection: sa.Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _options(url: str) -> dict[str, Any]:
    if url.startswith("sqlite"):
        return {**_POOL, "connect_args": {"check_same_thread": False}}
    return {**_POOL, "pool_pre_ping": True}


def _prepare_sqlite(connection: Any, _: Any) -> None:
    # The driver must not begin transactions of its own: ours say at once whether they will write.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        f"busy_timeout={_BUSY_MS}",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _say_no_row(context: sa.ExceptionContext) -> None:
    """PostgreSQL shows the whole row that it refuses in the second line of its error: keep the first."""
    original, shown = context.original_exception, context.sqlalchemy_exception
    first = getattr(getattr(original, "diag", None), "message_primary", None)
    if first is not None:
        original.args = (first,)
        if shown is not None:
            shown.args = (f"({type(original).__name__}) {first}",)


def _begin(connection: sa.Connection) -> None:
    """A transaction that will write says so at once: one that finds out later is refused, however long it waits."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
