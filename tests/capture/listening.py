"""A garage with one phone system that is listened to, in a time of the test's own: nothing here waits."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.capture.patience import Patience
from decroche.capture.receive.journal import Journal
from decroche.connector_kit.connector import Connector, Record, Settings
from decroche.connectors.platforms import platform
from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import read_observations
from decroche.ledger.part_problems import read_problems
from decroche.ledger.setting_up import Endpoint, add_account, add_endpoint, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import agent_states, calls, endpoints, observations
from decroche.model.fact import Heard
from tests.databases import opened

BOX = Fernet(Fernet.generate_key())
NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)


class Time:
    """The clock and the pauses of a test: whoever waits makes the time pass. ``pauses`` are those that were made."""

    def __init__(self, now: datetime = NOW) -> None:
        self.began = self.now = now
        self.pauses: list[float] = []

    def clock(self) -> datetime:
        return self.now

    def wait(self, stopping: threading.Event, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.now += timedelta(seconds=seconds)
        return stopping.is_set()

    @property
    def patience(self) -> Patience:
        return Patience(wait=self.wait, elapsed=lambda: (self.now - self.began).total_seconds())


class Turnstile:
    """The pauses of other threads: each lasts until the test says ``go_on``. ``elapsed`` passes only by its hand."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        self._pauses: queue.Queue[float] = queue.Queue()
        self._let_by = threading.Semaphore(0)

    @property
    def patience(self) -> Patience:
        return Patience(wait=self._wait, elapsed=lambda: self.elapsed)

    def pause(self) -> float:
        """Wait until a thread pauses. Returns for how many seconds it wants to."""
        return self._pauses.get(timeout=20)

    def go_on(self) -> None:
        """End a pause, this one or the next."""
        self._let_by.release()

    def _wait(self, stopping: threading.Event, seconds: float) -> None:
        self._pauses.put(seconds)
        while not stopping.is_set() and not self._let_by.acquire(timeout=0.01):
            continue


@dataclass(frozen=True)
class Listening:
    """An endpoint, its ledger, and what became of what it said."""

    ledger: Ledger
    journal: Journal
    connector: Connector
    endpoint: Endpoint
    changed: threading.Condition

    def until(self, happened: Callable[[Listening], object]) -> None:
        """Wait until something was kept that makes ``happened`` true."""
        with self.changed:
            assert self.changed.wait_for(lambda: happened(self), timeout=20), "it did not happen"

    @property
    def problem(self) -> str | None:
        with self.ledger.reading() as connection:
            found = read_problems(connection.execute(sa.select(endpoints.c.problem)).scalar_one())
            return "; ".join(str(each) for each in found) or None

    def kept(self, source: str | None = None) -> list[Record]:
        """Everything that was kept, in order."""
        with self.ledger.reading() as connection:
            ids = list(connection.execute(sa.select(observations.c.id)).scalars())
            found = read_observations(connection, ids)
        return [each.record for each in found if source is None or each.source == source]

    def fold(self, now: datetime = NOW) -> list[dict[str, Any]]:
        """Every call, in order of start, made of all that was kept."""
        while fold_pending(self.ledger, self._hear, now=now).observations:
            continue
        with self.ledger.reading() as connection:
            query = sa.select(calls).order_by(calls.c.started_at, calls.c.id)
            return [dict(row._mapping) for row in connection.execute(query)]

    def agent_states(self) -> list[dict[str, Any]]:
        with self.ledger.reading() as connection:
            query = sa.select(agent_states).order_by(agent_states.c.at, agent_states.c.agent)
            return [dict(row._mapping) for row in connection.execute(query)]

    def _hear(self, name: str, record: Record, settings: Mapping[str, str]) -> Heard:
        assert self.connector.hear is not None
        return self.connector.hear(record, settings)


@contextmanager
def listening(name: str, settings: Settings, *, connector: Connector | None = None) -> Iterator[Listening]:
    """An endpoint of the platform ``name``."""
    found = connector or platform(name)
    with opened("sqlite") as ledger:
        with ledger.writing() as connection:
            account = add_account(
                connection, id="garage", name="Garage", country="FR", zone="Europe/Paris", language="fr", now=NOW
            )
            set_week(connection, account, "mon-fri 08:00-18:00")
            secret = {field.key for field in found.fields if field.secret}
            endpoint = add_endpoint(
                connection,
                account,
                connector=name,
                name=found.title,
                settings={"zone": "Europe/Paris", "country": "FR", **found.open_settings(settings)},
                secret={key: value for key, value in settings.items() if key in secret},
                box=BOX,
                now=NOW,
            )
        changed = threading.Condition()

        def kept(_: object = None) -> None:
            with changed:
                changed.notify_all()

        journal = Journal(ledger, kept=kept)
        journal.start()
        try:
            yield Listening(ledger, journal, found, endpoint, changed)
        finally:
            journal.stop()
