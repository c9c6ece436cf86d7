"""Notices endpoints that were added or removed by another process."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

import sqlalchemy as sa

from decroche.connector_kit.connector import Connector
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints

#: How often the ledger is asked, in seconds.
LOOK_S = 2.0


class EndpointWatch:
    """One thread that calls ``changed`` when the endpoints are not those of the look before."""

    def __init__(self, ledger: Ledger, changed: Callable[[], None]) -> None:
        self._ledger = ledger
        self._changed = changed
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="endpoints", daemon=True)
        self._known: object = None

    def start(self) -> None:
        """Begin to look."""
        self._known = self._look()
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join()

    def endpoints_changed(self, found: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """The others have been told."""

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_S):
            try:
                seen = self._look()
            except sa.exc.SQLAlchemyError:
                continue
            if seen != self._known:
                self._known = seen
                self._changed()

    def _look(self) -> object:
        c = endpoints.c
        with self._ledger.reading() as connection:
            query = sa.select(c.id, c.settings, c.secrets).where(c.removed_at.is_(None)).order_by(c.id)
            return [tuple(row) for row in connection.execute(query)]
