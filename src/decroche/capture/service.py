"""Runs capture: the journal, the folder and what listens to phone systems, from start to a graceful stop."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

import structlog
from cryptography.fernet import Fernet

from decroche.capture.endpoint_health import EndpointHealth
from decroche.capture.endpoint_watch import EndpointWatch
from decroche.capture.feed import Feed
from decroche.capture.folder import USUAL, Folder, Quiet
from decroche.capture.receive.door import Doors, Outcome, Received
from decroche.capture.receive.journal import Journal
from decroche.connector_kit.connector import Connector, Record
from decroche.connector_kit.errors import Malformed
from decroche.ledger.folding import Folded
from decroche.ledger.observations import Observation
from decroche.ledger.setting_up import Endpoint, read_endpoints
from decroche.ledger.store import Ledger
from decroche.model.fact import Heard
from decroche.telemetry import Metrics

#: Deliveries that were turned away for what they are, not for our sake.
_REFUSED = frozenset({Received.NOT_AUTHENTIC, Received.TOO_LARGE})
_WELCOME = frozenset({Received.ACCEPTED, Received.IGNORED})

log = structlog.get_logger()


class Listener(Protocol):
    """What only one process does: asks histories, follows log files and sockets, tells others what changed."""

    def start(self) -> None:
        """Begin; again after a stop, when it is the turn of this process again."""

    def stop(self) -> None:
        """End within seconds; what was heard is kept."""

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
        quiet: Quiet = USUAL,
    ) -> None:
        self.ledger = ledger
        self.platforms = platforms
        self.clock = clock
        self.metrics = metrics
        self.doors = Doors()
        self.feed = Feed(ledger)
        self._box = box
        self._listeners: list[Listener] = []
        self._wakes: list[Callable[[], None]] = []
        self._listening = threading.RLock()
        self._endpoints: Mapping[str, tuple[Endpoint, Connector]] = {}
        self._health = EndpointHealth(ledger)
        self._watch = EndpointWatch(ledger, self.read_endpoints)
        self.journal = Journal(ledger, kept=self._kept)
        self.folder = Folder(
            ledger,
            self.hear,
            clock=clock,
            folded=self._folded,
            turned=self._turned,
            quiet=quiet,
            rush=lambda: self.journal.rush,
        )
        metrics.waiting.set_function(lambda: self.journal.waiting)

    def listen_with(self, listener: Listener) -> None:
        """Have ``listener`` started and stopped with the folding, which one process does, and told of the endpoints."""
        self._listeners.append(listener)

    def wake_with(self, wake: Callable[[], None]) -> None:
        """Have ``wake`` called whenever calls, journeys or texts have changed."""
        self._wakes.append(wake)

    @property
    def endpoints(self) -> Mapping[str, tuple[Endpoint, Connector]]:
        """The endpoints as they are set up now, by id."""
        return self._endpoints

    def hear(self, connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
        """What a record says. Raises Malformed, also where its platform is not known any more, or Ignored."""
        platform = self.platforms.get(connector)
        if platform is None or platform.hear is None:
            raise Malformed(f"{connector} cannot be heard")
        return platform.hear(record, settings)

    def start(self, *, folds: bool = True) -> None:
        """Begin to keep, and (``folds``) to fold and to listen, when no other process does."""
        self.read_endpoints()
        self.journal.start()
        self._health.start()
        self._watch.start()
        if folds:
            self.folder.start()

    def stop(self) -> None:
        """End: listeners first, then what is waiting is written; what is not folded is folded at the next start."""
        self._watch.stop()
        self.folder.stop()
        self.journal.stop()
        self._health.stop()

    def read_doors(self) -> Mapping[str, tuple[Endpoint, Connector]]:
        """Have the endpoints that are set up now be heard, and return them; who else listens to them is told later."""
        with self.ledger.reading() as connection:
            found = read_endpoints(connection, self._box)
        known = {each.id: (each, self.platforms[each.connector]) for each in found if each.connector in self.platforms}
        self.doors.by_key = {(each.connector, each.key): (each, platform) for each, platform in known.values()}
        return known

    def read_endpoints(self) -> None:
        """Take the endpoints as they are set up now."""
        known = self.read_doors()
        with self._listening:
            self._endpoints = known
            for listener in self._listeners:
                listener.endpoints_changed(known)

    def note_delivery(self, outcome: Outcome, seconds: float) -> None:
        """Count what became of a delivery, and log what a person should know of."""
        endpoint, result = outcome.endpoint, outcome.result
        connector = "" if endpoint is None else endpoint.connector
        self.metrics.deliveries.labels(connector, str(result)).inc()
        self.metrics.keeping.observe(seconds)
        if outcome.problem:
            said = "delivery_unreadable" if result is Received.MALFORMED else "delivery_refused"
            log.warning(said, connector=connector, result=str(result), problem=outcome.problem)
        if endpoint is not None and result in _WELCOME:
            self._health.welcomed(endpoint.id, self.clock())
        elif endpoint is not None and result is Received.MALFORMED:
            self._health.unreadable(endpoint.id, outcome.problem, self.clock())
        elif endpoint is not None and result in _REFUSED:
            self._health.refused(endpoint.id, outcome.problem, self.clock())

    def _kept(self, observations: Sequence[Observation]) -> None:
        self._health.heard(observations)
        self.folder.wake()

    def _turned(self, ours: bool) -> None:
        """It is the turn of this process to fold and to listen, or no more."""
        with self._listening:
            if not ours:
                for listener in reversed(self._listeners):
                    listener.stop()
                return
            for listener in self._listeners:
                listener.endpoints_changed(self._endpoints)
                listener.start()

    def _folded(self, batch: Folded) -> None:
        self.metrics.observations.inc(batch.observations)
        self.metrics.malformed.inc(batch.malformed)
        for _, kind, _ in batch.changes:
            self.metrics.changes.labels(kind).inc()
        if batch.changes:
            for wake in (self.feed.wake, *self._wakes):
                wake()
