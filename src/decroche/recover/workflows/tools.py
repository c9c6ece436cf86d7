"""What every step of recovery is handed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import sqlalchemy as sa

from decroche.connector_kit.connector import Connector
from decroche.connector_kit.http import Http
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.recover.workflows.post import Sender


class SetsTimers(Protocol):
    """What steps ask of the timers."""

    def set(
        self, connection: sa.Connection, key: str, step: str, subject: Mapping[str, str], *, at: datetime, now: datetime
    ) -> None:
        """Run ``step`` at ``at``, in the caller's transaction; a key that is taken changes nothing."""

    def bring_forward(self, connection: sa.Connection, key: str) -> None:
        """Run it now, where it still waits."""

    def cancel(self, connection: sa.Connection, key: str) -> None:
        """Never run it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The ledger, the timers, the clock, the key of fingerprints, and the platforms that send.

    ``ways`` gives the connected platforms as they are set up now, by endpoint; ``http`` a client for one of them;
    ``hook`` its public address, empty when there is none. ``mail`` sends e-mails, where a mail server is told. ``rest``
    waits for less than a second.
    """

    ledger: Ledger
    timers: SetsTimers
    clock: Callable[[], datetime]
    key: bytes
    ways: Callable[[], Mapping[str, tuple[Endpoint, Connector]]]
    http: Callable[[Endpoint], Http]
    hook: Callable[[Endpoint], str] = lambda endpoint: ""
    mail: Sender | None = None
    rest: Callable[[timedelta], None] = lambda lasting: time.sleep(lasting.total_seconds())
