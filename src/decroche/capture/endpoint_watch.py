"""Notices endpoints that were added, changed or removed, also by another process."""

from __future__ import annotations

import threading
from collections.abc import Callable

import sqlalchemy as sa
import structlog

from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from decroche.telemetry import where

#: How often the ledger is asked, in seconds.
LOOK_S = 2.0

log = structlog.get_logger()


class EndpointWatch:
    """One thread that calls ``changed`` when the endpoints are not those of the look before, and once at first."""

    def __init__(self, ledger: Ledger, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="endpoints", daemon=True)
        self._known: object = None

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join()

    def look(self) -> None:
        """Ask the ledger, and call ``changed`` if need be. What fails is tried again at the next look."""
        try:
            seen = self._read()
            if seen != self._known:
                self._changed()
                self._known = seen
        except sa.exc.SQLAlchemyError:
            return
        except Exception as error:
            log.error("endpoints_not_read", error=type(error).__name__, where=where(error))

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            self.look()

    def _read(self) -> object:
        c = endpoints.c
        with self._ledger.reading() as connection:
            query = sa.select(c.id, c.key, c.settings, c.secrets).where(c.removed_at.is_(None)).order_by(c.id)
            return [tuple(row) for row in connection.execute(query)]
