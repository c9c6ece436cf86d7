"""Asks every platform that has a history, page by page, and keeps each page before it asks for the next."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import httpx
import msgspec
import sqlalchemy as sa
import structlog

from decroche.capture.history.plan import History, Reading, Sweep
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.connector_kit.connector import Connector
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.observations import Observation
from decroche.ledger.positions import read_position, write_position
from decroche.ledger.problems import note_problem
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger

POSITION = "history"
#: How long to wait after a refusal that says nothing about it: doubled each time, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
#: How often an endpoint with nothing due is looked at.
IDLE_S = 1.0
TIMEOUT_S = 30.0

log = structlog.get_logger()


class HistoryPoller:
    """One thread for each endpoint that has a history. ``polls`` says whether nothing comes from it by itself."""

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        polls: Callable[[Connector], bool],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._polls = polls
        self._transport = transport
        self._running: dict[str, tuple[threading.Thread, threading.Event]] = {}
        self._started = False
        self._endpoints: Mapping[str, tuple[Endpoint, Connector]] = {}

    def start(self) -> None:
        """Begin to ask."""
        self._started = True
        self.endpoints_changed(self._endpoints)

    def stop(self) -> None:
        """End after the page in hand."""
        self._started = False
        self.endpoints_changed({})

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """Ask these endpoints from now on, and no others."""
        self._endpoints = endpoints or self._endpoints
        wanted = {id: found for id, found in endpoints.items() if found[1].history is not None}
        wanted = wanted if self._started else {}
        for id in [id for id in self._running if id not in wanted]:
            thread, stopping = self._running.pop(id)
            stopping.set()
            thread.join(timeout=TIMEOUT_S)
        for id, (endpoint, connector) in wanted.items():
            if id not in self._running:
                stopping = threading.Event()
                thread = threading.Thread(
                    target=self._run,
                    args=(endpoint, connector, stopping),
                    name=f"history-{connector.name}",
                    daemon=True,
                )
                self._running[id] = thread, stopping
                thread.start()

    def _run(self, endpoint: Endpoint, connector: Connector, stopping: threading.Event) -> None:
        wait = FIRST_WAIT
        with httpx.Client(timeout=TIMEOUT_S, transport=self._transport) as client:
            http = Http(client)
            while not stopping.is_set():
                try:
                    asked = self.ask_once(endpoint, connector, http)
                except (Unavailable, StoreUnavailable, sa.exc.SQLAlchemyError) as error:
                    told = error.retry_after if isinstance(error, Unavailable) else None
                    self._note(endpoint, str(error) or type(error).__name__)
                    stopping.wait((told or wait).total_seconds())
                    wait = min(wait * 2, LONGEST_WAIT)
                except Misconfigured as error:
                    self._note(endpoint, str(error))
                    stopping.wait(LONGEST_WAIT.total_seconds())
                else:
                    if asked and wait != FIRST_WAIT:
                        self._note(endpoint, None)
                    wait = FIRST_WAIT
                    per_minute = connector.history.per_minute if connector.history is not None else 60
                    stopping.wait(60 / per_minute if asked else IDLE_S)

    def ask_once(self, endpoint: Endpoint, connector: Connector, http: Http) -> bool:
        """Ask for one page and keep it; False when nothing is due. Raises what the platform and the store raise."""
        history = connector.history
        if history is None:
            return False
        state = self._state(endpoint.id)
        now = self._clock()
        reading = state.next_reading(now, polls=self._polls(connector))
        if reading is None:
            return False
        state = state.began(reading, now)
        begin, end = reading.slice(history.longest)
        page = history.fetch(http, endpoint.all_settings, begin, end, reading.next)
        self._journal.keep_all(
            [
                Observation(endpoint_id=endpoint.id, record=record, source="history", received_at=now)
                for record in page.records
            ]
        )
        # A crash before this line asks for the same page again, whose records are known then.
        self._save(endpoint.id, state.read(reading, reading.after(page.next, history.longest)))
        return True

    def backfill(self, endpoint: Endpoint, begin: datetime, end: datetime) -> None:
        """Have the period ``[begin, end)`` read, in the pauses that the trailing sweeps leave."""
        reading = Reading(sweep=Sweep.BACKFILL, at=begin, until=end)
        self._save(endpoint.id, replace(self._state(endpoint.id), backfill=reading))

    def _state(self, endpoint: str) -> History:
        with self._ledger.reading() as connection:
            text = read_position(connection, endpoint, POSITION)
        return History() if text is None else msgspec.json.decode(text, type=History)

    def _save(self, endpoint: str, state: History) -> None:
        with self._ledger.writing() as connection:
            write_position(connection, endpoint, POSITION, msgspec.json.encode(state).decode())

    def _note(self, endpoint: Endpoint, problem: str | None) -> None:
        log.warning("history", connector=endpoint.connector, problem=problem)
        try:
            with self._ledger.writing() as connection:
                note_problem(connection, endpoint.id, problem)
        except sa.exc.SQLAlchemyError:
            return
