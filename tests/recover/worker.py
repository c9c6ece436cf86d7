"""A process that runs timers, for tests that stop it at the worst moment: ``python -m tests.recover.worker URL …``.

Its steps write into the table ``effects`` of the ledger's database what they did, once, and into ``tries`` each time
they are tried, with the process that tried. It says ``ready`` when its timers run, and ends when its input does.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.recover.timers import Timers

#: Steps of the chain that ``chain`` begins.
LENGTH = 3

_tables = sa.MetaData()
effects = sa.Table("effects", _tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("executor", sa.Text))
tries = sa.Table("tries", _tables, sa.Column("key", sa.Text, nullable=False), sa.Column("executor", sa.Text))
#: The steps that run at this moment: two at once would break the primary key.
running = sa.Table("running", _tables, sa.Column("key", sa.Text, primary_key=True), sa.Column("executor", sa.Text))


def prepare(ledger: Ledger) -> None:
    """Make the tables of these tests."""
    with ledger.writing() as connection:
        _tables.create_all(connection)


class Worker:
    """The steps, and where this process dies in them."""

    def __init__(self, ledger: Ledger, timers: Timers, executor: str, die: str | None) -> None:
        self._ledger = ledger
        self._timers = timers
        self._executor = executor
        self._die = die

    def chain(self, subject: Mapping[str, str]) -> None:
        """Write an effect, and in the same transaction set the next step a moment later."""
        journey, number = subject["journey"], int(subject["number"])
        self._boundary("before", number)
        with self._ledger.writing() as connection:
            self._note(connection, subject["key"])
            if number + 1 < LENGTH:
                key = f"{journey}/{number + 1}"
                now = datetime.now(UTC)
                words = {"journey": journey, "number": str(number + 1), "key": key}
                self._timers.set(connection, key, "chain", words, at=now + timedelta(milliseconds=50), now=now)
            self._boundary("inside", number)
        self._boundary("after", number)

    def slow(self, subject: Mapping[str, str]) -> None:
        """Takes a moment, and shows while it runs that it runs."""
        with self._ledger.writing() as connection:
            connection.execute(sa.insert(running).values(key=subject["key"], executor=self._executor))
        threading.Event().wait(0.02)
        with self._ledger.writing() as connection:
            connection.execute(sa.delete(running).where(running.c.key == subject["key"]))
            self._note(connection, subject["key"])

    def hang(self, subject: Mapping[str, str]) -> None:
        """Never ends in a process that dies there; is done at once in any other."""
        with self._ledger.writing() as connection:
            connection.execute(sa.insert(tries).values(key=subject["key"], executor=self._executor))
        if self._die == "hang":
            threading.Event().wait()
        with self._ledger.writing() as connection:
            self._note(connection, subject["key"])

    def _note(self, connection: sa.Connection, key: str) -> None:
        connection.execute(sa.insert(tries).values(key=key, executor=self._executor))
        if connection.execute(sa.select(effects.c.key).where(effects.c.key == key)).first() is None:
            connection.execute(sa.insert(effects).values(key=key, executor=self._executor))

    def _boundary(self, where: str, number: int) -> None:
        if self._die == f"{where}/{number}":
            os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--executor", required=True)
    parser.add_argument("--die", help="before/1, inside/1, after/1: where in which step; or hang")
    parser.add_argument("--grace", type=float, default=15.0)
    parser.add_argument("--clock", type=float, default=0.0, help="how far the clock is wrong, in seconds")
    asked = parser.parse_args()
    right = time.time
    time.time = lambda: right() + asked.clock
    ledger = Ledger(asked.url)
    timers = Timers(ledger, executor=asked.executor, grace_s=asked.grace)
    worker = Worker(ledger, timers, asked.executor, asked.die)
    timers.start({"chain": worker.chain, "slow": worker.slow, "hang": worker.hang})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    timers.stop(patience_s=2)
    ledger.close()


if __name__ == "__main__":
    main()
