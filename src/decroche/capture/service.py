"""Runs capture: the journal, the folder and what listens to phone systems, from start to a graceful stop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Protocol

import structlog
from cryptography.fernet import Fernet

from decroche.capture.feed import Feed
from decroche.capture.folder import Folder
from decroche.capture.receive.door import Doors, Received
from decroche.capture.receive.journal import Journal
from decroche.connector_kit.connector import Connector, Record
from decroche.connector_kit.errors import Malformed
from decroche.ledger.folding import Folded
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.ledger.store import Ledger
from decroche.model.fact import Heard
from decroche.telemetry import Metrics

log = structlog.get_logger()


class Listener(Protocol):
    """Something that listens to the endpoints by itself: histories, log files, sockets, clocks."""

    def start(self) -> None:
        """Begin to listen."""

    def stop(self) -> None:
        """End; what was heard is kept."""

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """These are the endpoints now, by id."""


class Capture:
    """Everything of capture that runs in a process. ``platforms`` are the connectors by name."""

    def __init__(
        self,
        ledger: Ledger,
        platforms: Mapping[str, Connector],
        *,
        box: Fernet,
        clock: Callable[[], datetime],
        metrics: Metrics,
    ) -> None:
        self.ledger = ledger
        self.platforms = platforms
        self.clock = clock
        self.metrics = metrics
        self.doors = Doors()
        self.feed = Feed(ledger)
        self._box = box
        self._listeners: list[Listener] = []
        self.folder = Folder(ledger, self.hear, clock=clock, folded=self._folded)
        self.journal = Journal(ledger, kept=self.folder.wake)
        metrics.waiting.set_function(lambda: self.journal.waiting)

    def listen_with(self, listener: Listener) -> None:
        """Have ``listener`` started, stopped and told of the endpoints with the rest."""
        self._listeners.append(listener)

    def hear(self, connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
        """What a record says. Raises Malformed, also where its platform is not known any more, or Ignored."""
        platform = self.platforms.get(connector)
        if platform is None or platform.hear is None:
            raise Malformed(f"{connector} cannot be heard")
        return platform.hear(record, settings)

    def start(self, *, folds: bool = True) -> None:
        """Begin to keep, and (``folds``) to fold and to listen."""
        self.journal.start()
        self.read_endpoints()
        if folds:
            self.folder.start()
            for listener in self._listeners:
                listener.start()
        self._folds = folds

    def stop(self) -> None:
        """End: listeners first, then what is waiting is written; what is not folded is folded at the next start."""
        if self._folds:
            for listener in reversed(self._listeners):
                listener.stop()
        self.journal.stop()
        if self._folds:
            self.folder.stop()

    def read_endpoints(self) -> None:
        """Take the endpoints as they are set up now."""
        with self.ledger.reading() as connection:
            found = read_endpoints(connection, self._box)
        known = {each.id: (each, self.platforms[each.connector]) for each in found if each.connector in self.platforms}
        self.doors.by_key = {(each.connector, each.key): (each, platform) for each, platform in known.values()}
        for listener in self._listeners:
            listener.endpoints_changed(known)

    def note_delivery(self, endpoint: Endpoint | None, result: Received, problem: str) -> None:
        """Count what became of a delivery, and log what a person should know of."""
        connector = "" if endpoint is None else endpoint.connector
        self.metrics.deliveries.labels(connector, str(result)).inc()
        if problem:
            log.warning("delivery_refused", connector=connector, result=str(result), problem=problem)

    def _folded(self, batch: Folded) -> None:
        self.metrics.observations.inc(batch.observations)
        self.metrics.malformed.inc(batch.malformed)
        for _, kind, _ in batch.changes:
            self.metrics.changes.labels(kind).inc()
        if batch.changes:
            self.feed.wake()
