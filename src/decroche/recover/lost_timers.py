"""Finds the steps whose process died while it ran them, so that another runs them again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from contextlib import suppress

import sqlalchemy as sa

#: The only version there is: with DBOS's own, a changed line would strand every timer that was set before.
VERSION = "1"
#: PostgreSQL lets go of a process on a machine that vanished after so long: 10 s of silence, then three questions.
_KEEPALIVE = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
#: Begins the locks by which processes show that they live.
_LOCK = "decroche-timers:"


def requeue(status: sa.TableClause, name: str) -> sa.Update:
    """Give the steps that run back to whoever is free. To be narrowed to those that are lost."""
    return (
        sa.update(status)
        .where(status.c.status == "PENDING", status.c.application_name == name)
        .values(
            status="ENQUEUED",
            queue_name=name,
            owner_xid=None,
            started_at_epoch_ms=None,
            application_version=VERSION,
            updated_at=int(time.time() * 1000),
        )
    )


class Liveness:
    """Shows other processes on PostgreSQL that this one lives: a lock that ends with its connection."""

    def __init__(self, engine: sa.Engine, executor: str) -> None:
        self._engine = engine
        self._executor = executor
        self._connection: sa.Connection | None = None
        self.renew()

    def renew(self) -> None:
        """Take the lock again when it was lost with its connection."""
        if self._connection is not None:
            try:
                self._connection.execute(sa.select(1))
                self._connection.commit()
                return
            except sa.exc.SQLAlchemyError:
                self.close()
        connection = self._engine.connect()
        try:
            connection.detach()  # closed at the end, not kept for others with the lock still on it
            for option, seconds in _KEEPALIVE.items():
                connection.execute(sa.text(f"SET {option} = {seconds}"))
            connection.execute(sa.select(sa.func.pg_advisory_lock(_key(self._executor))))
            connection.commit()
        except BaseException:
            connection.close()
            raise
        self._connection = connection

    def close(self) -> None:
        """Let go of the lock."""
        if self._connection is not None:
            with suppress(sa.exc.SQLAlchemyError):
                self._connection.close()
            self._connection = None


class Lost:
    """The steps that somebody took and nobody runs. One is taken over when it has been lost for ``grace_s`` seconds."""

    def __init__(
        self,
        engine: sa.Engine,
        status: sa.TableClause,
        *,
        name: str,
        executor: str,
        running: Callable[[str], bool],
        grace_s: float,
    ) -> None:
        self._engine = engine
        self._embedded = engine.dialect.name == "sqlite"
        self._status = status
        self._name = name
        self._executor = executor
        self._running = running
        self._grace_s = grace_s
        self._since: dict[Hashable, float] = {}

    def take(self) -> int:
        """Requeue the steps that have been lost for long enough. Returns how many."""
        now = time.monotonic()
        with self._engine.connect() as connection:
            taken = connection.execute(
                sa.select(self._status.c.executor_id, self._status.c.workflow_uuid, self._status.c.owner_xid).where(
                    self._status.c.status == "PENDING", self._status.c.application_name == self._name
                )
            ).all()
            connection.commit()
        mine = [(each.workflow_uuid, each.owner_xid) for each in taken if each.executor_id == self._executor]
        strays = [(step, owner) for step, owner in mine if not self._running(step)]
        # The embedded ledger has one process, which took back at its start what the last one left.
        others = set() if self._embedded else {each.executor_id for each in taken} - {self._executor}
        dead = [other for other in others if self._is_dead(other)]
        self._since = {each: self._since.get(each, now) for each in [*strays, *dead]}
        due = {each for each, since in self._since.items() if now - since >= self._grace_s}
        found = sum(self._requeue_stray(step, owner) for step, owner in strays if (step, owner) in due)
        return found + sum(self._requeue_of(other) for other in dead if other in due)

    def _requeue_stray(self, step: str, owner: str | None) -> int:
        """A step that this process took and did not begin: the database failed between the two."""
        status = self._status.c
        with self._engine.begin() as connection:
            return connection.execute(
                requeue(self._status, self._name).where(
                    status.workflow_uuid == step, status.executor_id == self._executor, status.owner_xid == owner
                )
            ).rowcount

    def _requeue_of(self, other: str) -> int:
        with self._engine.begin() as connection:
            if not _free(connection, other):
                return 0
            return connection.execute(
                requeue(self._status, self._name).where(self._status.c.executor_id == other)
            ).rowcount

    def _is_dead(self, other: str) -> bool:
        with self._engine.begin() as connection:
            return _free(connection, other)


def _free(connection: sa.Connection, executor: str) -> bool:
    """Whether nobody shows that this process lives; nobody can until the transaction ends."""
    return bool(connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_key(executor)))).scalar_one())


def _key(executor: str) -> sa.Function[int]:
    return sa.func.hashtextextended(_LOCK + executor, 0)
