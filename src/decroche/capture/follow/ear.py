"""What every follower needs: somewhere to keep what it hears, a light for what is wrong, and time to wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from decroche.capture.lights import Lights
from decroche.capture.patience import Patience
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.connector_kit.connector import Record
from decroche.ledger.observations import Observation
from decroche.ledger.setting_up import Endpoint
from decroche.model.problem import Problem

#: Records that are handed to the journal at once: more may be more than it takes.
_AT_ONCE = 500
#: How long we wait before we try to keep again what nobody will say again, in seconds.
_STORE_WAIT_S = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """One thing that is followed: ``part`` of ``endpoint``, until ``stopping``."""

    endpoint: Endpoint
    part: str
    stopping: threading.Event
    journal: Journal
    lights: Lights
    clock: Callable[[], datetime]
    patience: Patience

    def keep(self, source: str, records: Iterable[Record]) -> None:
        """Keep what was heard, in its order. Raises StoreUnavailable; then it must be heard again."""
        now = self.clock()
        found = [
            Observation(endpoint_id=self.endpoint.id, record=each, source=source, received_at=now) for each in records
        ]
        for start in range(0, len(found), _AT_ONCE):
            self.journal.keep_all(found[start : start + _AT_ONCE])

    def keep_surely(self, source: str, records: Sequence[Record]) -> None:
        """Keep what nobody says twice. While the store takes nothing, nothing more is listened to."""
        while records:
            try:
                self.keep(source, records)
                return
            except StoreUnavailable as error:
                if self.stopping.is_set():
                    log.error("heard_and_not_kept", part=self.part, records=len(records), error=str(error))
                    raise
                self.patience.wait(self.stopping, _STORE_WAIT_S)

    def well(self) -> None:
        """Nothing is wrong (any more)."""
        self.lights.note(self.endpoint, None, part=self.part)

    def wrong(self, problem: Problem) -> None:
        """Something is wrong, in words without secrets."""
        self.lights.note(self.endpoint, Problem(self.part, because=problem), part=self.part)
