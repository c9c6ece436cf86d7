"""Wakes each step of a recovery at its time, through restarts, crashes, upgrades and clock changes.

A recovery is a chain of short steps. Each step opens a transaction of its own on the ledger, and in it writes down
what it did and sets the timer of the next. DBOS keeps the timers, in the database of the ledger, and runs what is due;
nothing but this module knows it (``docs/decisions/0016-timers-are-rows-of-dbos.md``).

A step runs at least once: one whose process died is run again, so steps recognise by their own rows what they did
before. Two processes that live never run one step at the same time.
"""

from __future__ import annotations

import functools
import logging
import math
import os
import socket
import sqlite3
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer, EnqueueOptions, WorkflowSerializationFormat

from decroche.ledger.store import Ledger
from decroche.recover.lost_timers import VERSION, Liveness, Lost, requeue
from decroche.telemetry import where

log = structlog.get_logger()

#: Does one thing for one subject, which the words name: ids only, never a number or a text.
Step = Callable[[Mapping[str, str]], None]

#: Steps that one process runs at a time, and how often it looks for steps that are due, in seconds.
_AT_ONCE, _LOOKS_EVERY_S = 16, 0.15
#: Threads of DBOS's own beside those of the steps.
_MORE_THREADS = 4
_WORKFLOW = "decroche.step"
#: A step that fails is tried again after so long, doubling to an hour; after so many times it is given up.
_FIRST_PAUSE, _LONGEST_PAUSE, TRIES = timedelta(seconds=5), timedelta(hours=1), 60
#: How often lost steps are looked for in the time after which they are taken over, and old ones forgotten, in seconds.
_LOOKS_IN_GRACE, _TIDY_EVERY_S = 3, 3600.0
#: After a pause, what has just been missed goes before all that slept meanwhile.
_FIRST, _SECOND = 1, 2
#: How long a finished timer is remembered: setting its key again does nothing for so long.
REMEMBERED = timedelta(days=30)
_TIDIED_AT_ONCE = 500
_SLEEPING, _DUE, _RUNNING = "DELAYED", "ENQUEUED", "PENDING"
_FAILED = ("ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")

#: DBOS has one runtime in a process.
_runtime = threading.Lock()


class AlreadyRunning(Exception):
    """Timers run in this process already, or in another one on the same embedded ledger."""


class GivenUp(Exception):
    """A step failed too often."""


class _Abandoned(BaseException):
    """Nothing could be written about a failure. DBOS lets it pass: the step counts as lost, and is run again."""


class Timers:
    """The timers of one ledger. Any process sets them; those that ``start`` run the steps that are due.

    ``migrate`` comes first, once. ``name`` names the queue that all processes share; ``executor`` is another for each
    process, and by default is. A process that has shown no life for ``grace_s`` loses its steps to the others.
    """

    def __init__(
        self, ledger: Ledger, *, name: str = "decroche-recovery", executor: str | None = None, grace_s: float = 15.0
    ) -> None:
        self._ledger = ledger
        self._grace_s = grace_s
        self._name = name
        self._executor = executor or f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._engine = _engine(ledger)
        self._status = sa.table(
            "workflow_status",
            *map(sa.column, _COLUMNS),
            schema=None if ledger.embedded else "dbos",
        )
        waits = _waits(self._status)
        moment: sa.BindParameter[int] = sa.bindparam("moment")
        self._drop = waits.values(status="CANCELLED", queue_name=None, updated_at=moment, completed_at=moment)
        self._hurry = waits.where(self._status.c.status == _SLEEPING).values(
            status=_DUE, priority=_FIRST, delay_until_epoch_ms=None, updated_at=moment
        )
        _quiet()
        self._client = DBOSClient(
            # Its statements are written once for the connections on which they run, which are the ledger's.
            system_database_engine=self._engine if ledger.embedded else ledger.engine,
            serializer=DBOSPortableJSONSerializer(),
            application_name=name,
            lazy=True,
        )
        self._running: set[str] = set()
        self._running_changes = threading.Lock()
        self._held: ExitStack | None = None
        self._stopping = threading.Event()
        self._patience_s = 0.0

    def migrate(self) -> None:
        """Make the tables of the timers, or bring them to the newest form. Changes nothing when they have it."""
        DBOS.migrate(self._ledger.engine.url.render_as_string(hide_password=False))

    def set(
        self, connection: sa.Connection, key: str, step: str, subject: Mapping[str, str], *, at: datetime, now: datetime
    ) -> None:
        """Run ``step`` with ``subject`` at ``at``, at once when that is not after ``now``.

        Part of the caller's transaction on the ledger. A key that was set before changes nothing, whatever became of
        it. ``subject`` holds ids only: it outlives the step, and erasure does not look here.
        """
        self._enqueue(connection, key, 0, step, subject, delay=at - now)

    def bring_forward(self, connection: sa.Connection, key: str) -> None:
        """Run the step at once, when it still waits. Part of the caller's transaction."""
        connection.execute(self._hurry, _names(key) | {"moment": _milliseconds(time.time())})

    def cancel(self, connection: sa.Connection, key: str) -> None:
        """Never run the step, when it still waits; its key stays taken. Part of the caller's transaction."""
        connection.execute(self._drop, _names(key) | {"moment": _milliseconds(time.time())})

    def waiting(self) -> int:
        """How many steps wait for their time or their turn."""
        return self._count(_SLEEPING, _DUE)

    def failed(self) -> int:
        """How many steps were given up in the time that timers are remembered."""
        return self._count(*_FAILED)

    def start(self, steps: Mapping[str, Step]) -> None:
        """Run here what is due, from now on, in threads. Raises AlreadyRunning."""
        if not _runtime.acquire(blocking=False):
            raise AlreadyRunning
        with ExitStack() as held:
            held.callback(_runtime.release)
            self.migrate()
            if self._ledger.embedded:
                held.enter_context(_alone(f"{self._ledger.engine.url.database}-timers"))
                with self._engine.begin() as connection:
                    # Nobody else is there: whatever ran when the last process ended was cut off.
                    connection.execute(requeue(self._status, self._name))
                alive = None
            else:
                alive = held.enter_context(closing(Liveness(self._engine, self._executor)))
            held.callback(self._destroy)
            self._launch(steps)
            self._stopping.clear()
            lost = Lost(
                self._engine,
                self._status,
                name=self._name,
                executor=self._executor,
                running=self._runs,
                grace_s=self._grace_s,
            )
            watch = threading.Thread(target=self._watch, args=(lost, alive), name="timers-watch", daemon=True)
            watch.start()
            held.callback(watch.join)
            held.callback(self._stopping.set)
            self._held = held.pop_all()

    def stop(self, *, patience_s: float) -> None:
        """Begin no more steps, wait for those that run, then let go of the database.

        A step that takes longer than ``patience_s`` counts as cut off: it will be run again.
        """
        self._patience_s = patience_s
        if self._held is not None:
            self._held.close()
            self._held = None
        self._engine.dispose()

    def _launch(self, steps: Mapping[str, Step]) -> None:
        config: DBOSConfig = {
            "name": self._name,
            "system_database_engine": self._engine,
            "application_version": VERSION,
            "executor_id": self._executor,
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            "log_level": "WARNING",
            "max_executor_threads": _AT_ONCE + _MORE_THREADS,
            # Nothing waits for notifications; the thread that would look for them ends sooner when it sleeps shorter.
            "notification_listener_polling_interval_sec": 0.2,
            "use_listen_notify": False,
        }
        DBOS(config=config)

        def run(key: str, attempt: int, step: str, subject: dict[str, str]) -> None:
            self._run(steps, key, attempt, step, subject)

        DBOS.workflow(name=_WORKFLOW, serialization_type=WorkflowSerializationFormat.PORTABLE)(run)
        self._client.register_queue(
            self._name, worker_concurrency=_AT_ONCE, polling_interval_sec=_LOOKS_EVERY_S, application_name=self._name
        )
        DBOS.launch()

    def _destroy(self) -> None:
        # With patience, DBOS looks once a second whether its steps have ended.
        DBOS.destroy(destroy_registry=True, workflow_completion_timeout_sec=math.ceil(self._patience_s))

    def _run(self, steps: Mapping[str, Step], key: str, attempt: int, step: str, subject: dict[str, str]) -> None:
        """One step; when it fails, the timer of the next attempt takes its place."""
        name = _attempt(key, attempt)
        with self._running_changes:
            if name in self._running:
                return
            self._running.add(name)
        try:
            steps[step](subject)
        except Exception as error:
            last = attempt + 1 >= TRIES
            log.error(
                "step_failed", step=step, key=key, attempt=attempt + 1, error=type(error).__name__, where=where(error)
            )
            if last:
                raise GivenUp(step) from None
            try:
                with self._engine.begin() as connection:
                    self._enqueue(connection, key, attempt + 1, step, subject, delay=pause(attempt))
            except Exception:
                raise _Abandoned from None
        finally:
            with self._running_changes:
                self._running.discard(name)

    def _runs(self, name: str) -> bool:
        with self._running_changes:
            return name in self._running

    def _watch(self, lost: Lost, alive: Liveness | None) -> None:
        tidied = time.monotonic() - _TIDY_EVERY_S
        while not self._stopping.wait(self._grace_s / _LOOKS_IN_GRACE):
            try:
                if alive is not None:
                    alive.renew()
                if found := lost.take():
                    log.warning("steps_taken_over", steps=found)
                if time.monotonic() - tidied >= _TIDY_EVERY_S:
                    self.forget(before=datetime.now().astimezone() - REMEMBERED)
                    tidied = time.monotonic()
            except Exception as error:
                log.error("timers_watch_failed", error=type(error).__name__, where=where(error))

    def idle_for_good(self) -> bool:
        """Whether nothing waits, and no step runs in any process."""
        return not self._count(_SLEEPING, _DUE, _RUNNING)

    def idle(self) -> bool:
        """Whether nothing is due, and no step runs in any process."""
        return not self._count(_DUE, _RUNNING)

    def forget(self, *, before: datetime) -> None:
        """Remove the timers that finished before, and with them what their keys remember."""
        while True:
            old = self._client.list_workflows(
                completed_before=before.isoformat(), limit=_TIDIED_AT_ONCE, load_input=False, load_output=False
            )
            if not old:
                return
            self._client.delete_workflows([each.workflow_id for each in old])

    def _enqueue(
        self,
        connection: sa.Connection,
        key: str,
        attempt: int,
        step: str,
        subject: Mapping[str, str],
        *,
        delay: timedelta,
    ) -> None:
        options: EnqueueOptions = {
            "workflow_name": _WORKFLOW,
            "queue_name": self._name,
            "app_version": VERSION,
            "workflow_id": _attempt(key, attempt),
            "serialization_type": WorkflowSerializationFormat.PORTABLE,
        }
        options["priority"] = _FIRST
        if delay > timedelta():
            options["delay_seconds"] = delay.total_seconds()
            options["priority"] = _SECOND
        self._client.enqueue_in_transaction(connection, options, key, attempt, step, dict(subject))
        # What it tells the connection of its schema would have every later statement of the caller rewritten.
        connection.execution_options(schema_translate_map=None)

    def _count(self, *states: str) -> int:
        query = sa.select(sa.func.count()).where(
            self._status.c.status.in_(states), self._status.c.application_name == self._name
        )
        with self._ledger.reading() as connection:
            return connection.execute(query).scalar_one()


#: The columns of DBOS's table that this module reads or writes itself, in the caller's transaction.
_COLUMNS = (
    "workflow_uuid", "status", "priority", "queue_name", "application_name", "application_version", "executor_id",
    "owner_xid", "delay_until_epoch_ms", "started_at_epoch_ms", "updated_at", "completed_at",
)  # fmt: skip


def pause(attempt: int) -> timedelta:
    """How long a step rests that failed for the ``attempt``-th time, counted from 0."""
    return min(_FIRST_PAUSE * (1 << min(attempt, 20)), _LONGEST_PAUSE)


def _waits(status: sa.TableClause) -> sa.Update:
    """Changes a timer that waits, under the name of whichever attempt it has: ``_names`` of its key."""
    names: list[sa.BindParameter[str]] = [sa.bindparam(f"name_{attempt}") for attempt in range(TRIES)]
    # Lists of other lengths would be written into the statement anew each time.
    states = [sa.literal(state) for state in (_SLEEPING, _DUE)]
    return sa.update(status).where(status.c.workflow_uuid.in_(names), status.c.status.in_(states))


def _names(key: str) -> dict[str, str | int]:
    return {f"name_{attempt}": _attempt(key, attempt) for attempt in range(TRIES)}


def _attempt(key: str, attempt: int) -> str:
    return f"{key}~{attempt}" if attempt else key


def _milliseconds(seconds: float) -> int:
    return int(seconds * 1000)


def _engine(ledger: Ledger) -> sa.Engine:
    """DBOS's own connections: on SQLite it wants transactions of another kind than the ledger's."""
    options: dict[str, object] = {"pool_size": 10, "max_overflow": 10 + _AT_ONCE, "hide_parameters": True}
    if not ledger.embedded:
        return sa.create_engine(ledger.engine.url, pool_pre_ping=True, **options)
    engine = sa.create_engine(ledger.engine.url, connect_args={"check_same_thread": False}, **options)
    sa.event.listen(engine, "connect", _prepare_sqlite)
    ledger.queue(engine)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver begins a transaction before the first statement that writes, and then as one that writes.
    connection.isolation_level = "IMMEDIATE"
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "busy_timeout=30000",
        "foreign_keys=ON",
        "temp_store=MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


@contextmanager
def _alone(path: str) -> Iterator[None]:
    """A lock on a file beside the ledger: it ends with its process, however that ends. Raises AlreadyRunning."""
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)) as file:
        try:
            file.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError:
            raise AlreadyRunning from None
        yield


@functools.cache
def _quiet() -> None:
    """DBOS writes to the screen, unless somebody listens to it: the structured log hears its warnings."""
    logging.getLogger("dbos").addHandler(logging.NullHandler())
    logging.getLogger("dbos").setLevel(logging.WARNING)
