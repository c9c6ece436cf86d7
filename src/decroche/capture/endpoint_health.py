"""Notes when each phone system was last heard or refused, and says so where deliveries are refused or unreadable."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
import structlog

from decroche.capture.tally import Tally
from decroche.ledger.moments import note_moments
from decroche.ledger.observations import Observation
from decroche.ledger.part_problems import note_part
from decroche.ledger.store import Ledger
from decroche.model.problem import Problem

#: How often what was noted is written, in seconds: never once for each delivery.
WRITE_S = 3.0
#: The parts of an endpoint that such problems are of: what is refused at its door, and what nobody can read.
PART, READ_PART = "door", "door/unreadable"
#: What they are called.
REFUSED, UNREADABLE = "deliveries are refused", "deliveries cannot be read"

log = structlog.get_logger()


@dataclass(slots=True)
class _Noted:
    """What is not written yet of one endpoint, and how it went lately: what its door let in, what could be read."""

    heard_at: datetime | None = None
    refused_at: datetime | None = None
    let_in: Tally = field(default_factory=Tally)
    read: Tally = field(default_factory=Tally)

    @property
    def parts(self) -> dict[str, Problem | None]:
        """What is wrong with each part of which there is something to say."""
        told: dict[str, Problem | None] = {}
        for part, tally, sentence in (
            (PART, self.let_in, REFUSED),
            (READ_PART, self.read, UNREADABLE),
        ):
            if tally.often:
                told[part] = Problem(sentence, because=Problem(tally.why))
            elif tally.well:
                told[part] = None
        return told


class EndpointHealth:
    """One thread that writes, every few seconds, what the doors and listeners of this process noted."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._noted: dict[str, _Noted] = {}
        self._changed: set[str] = set()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="health", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what is left, then end."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()
        self.write()

    def heard(self, kept: Iterable[Observation]) -> None:
        """These observations were kept."""
        with self._lock:
            for each in kept:
                self._of(each.endpoint_id).heard_at = each.received_at

    def welcomed(self, endpoint: str, at: datetime) -> None:
        """A delivery was the platform's, whatever it said."""
        with self._lock:
            noted = self._of(endpoint)
            noted.heard_at = at
            noted.let_in.good()
            noted.read.good()

    def unreadable(self, endpoint: str, why: str, at: datetime) -> None:
        """A delivery was the platform's and kept, and nobody can read it."""
        with self._lock:
            noted = self._of(endpoint)
            noted.heard_at = at
            noted.let_in.good()
            noted.read.wrong(why)

    def refused(self, endpoint: str, why: str, at: datetime) -> None:
        """A delivery was refused."""
        with self._lock:
            noted = self._of(endpoint)
            noted.refused_at = at
            noted.let_in.wrong(why)

    def write(self) -> None:
        """Write what is not written yet; a store that does not take it is asked again the next time."""
        with self._lock:
            changed, self._changed = self._changed, set()
            found = {id: self._noted[id] for id in changed}
            rows = [(id, each.heard_at, each.refused_at, each.parts) for id, each in found.items()]
        if not rows:
            return
        try:
            with self._ledger.writing() as connection:
                for id, heard_at, refused_at, parts in rows:
                    note_moments(connection, id, heard_at=heard_at, refused_at=refused_at)
                    for part, problem in parts.items():
                        note_part(connection, id, part, problem)
        except (sa.exc.SQLAlchemyError, OSError) as error:
            log.warning("health_not_written", error=type(error).__name__)
            with self._lock:
                self._changed |= changed

    def _of(self, endpoint: str) -> _Noted:
        self._changed.add(endpoint)
        return self._noted.setdefault(endpoint, _Noted())

    def _run(self) -> None:
        while not self._stopping.wait(WRITE_S):
            self.write()
