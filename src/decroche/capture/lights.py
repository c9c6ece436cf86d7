"""The light beside each phone system: says what is wrong when it begins to be, and that all is well once it is."""

from __future__ import annotations

import threading
from collections.abc import Collection

import sqlalchemy as sa
import structlog

from decroche.ledger.part_problems import forget_parts, note_part
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.model.problem import Problem

log = structlog.get_logger()


class Lights:
    """Writes to the ledger only what changed. ``kind`` is who looks: history, follow, subscription."""

    def __init__(self, ledger: Ledger, kind: str) -> None:
        self._ledger = ledger
        self._kind = kind
        self._known: dict[tuple[str, str], Problem | None] = {}
        self._writing = threading.Lock()

    def note(self, endpoint: Endpoint, problem: Problem | None, *, part: str = "") -> None:
        """What is wrong with ``part`` of an endpoint (in words without secrets); None: nothing any more."""
        key = endpoint.id, part
        with self._writing:
            if key in self._known and self._known[key] == problem:
                return
            if problem is not None:
                log.warning(self._kind, connector=endpoint.connector, part=part, problem=str(problem))
            try:
                with self._ledger.writing() as connection:
                    note_part(connection, endpoint.id, f"{self._kind}/{part}", problem)
            except sa.exc.SQLAlchemyError:
                return  # said again with the next look
            self._known[key] = problem

    def only(self, endpoint: str, parts: Collection[str]) -> None:
        """Forget what was wrong with parts of an endpoint that are not looked at any more."""
        with self._writing:
            for key in [key for key in self._known if key[0] == endpoint and key[1] not in parts]:
                del self._known[key]
            try:
                with self._ledger.writing() as connection:
                    forget_parts(connection, endpoint, f"{self._kind}/", keep={f"{self._kind}/{p}" for p in parts})
            except sa.exc.SQLAlchemyError:
                return
