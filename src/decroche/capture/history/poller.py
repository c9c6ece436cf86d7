"""Asks every platform that has a history, page by page, and keeps each page before it asks for the next.

What runs by itself and what a person asked for have each a position of their own, which only the thread of the
endpoint writes; the wish of a person has another, which only the command writes. So nobody undoes another's word.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import httpx
import msgspec
import sqlalchemy as sa
import structlog

from decroche.capture.endpoint_threads import Endpoints, EndpointThreads
from decroche.capture.history.plan import Asked, Backfill, Reading, Trailing
from decroche.capture.lights import Lights
from decroche.capture.pace import Pace, Paces
from decroche.capture.patience import REAL_TIME, Patience
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.capture.tasks import Stopping
from decroche.connector_kit.connector import Connector, History, Page
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.observations import Observation
from decroche.ledger.positions import read_position, write_position
from decroche.ledger.setting_up import Endpoint, new_id
from decroche.ledger.store import Ledger
from decroche.model.problem import Problem

#: The positions of an endpoint: the trailing sweeps, what a person asked for, and how far that has come.
TRAILING, ASKED, BACKFILL = "history", "backfill_asked", "backfill"
#: How long to wait after a refusal that says nothing about it: doubled each time, up to the longest.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=10)
#: How often an endpoint with nothing due is looked at.
IDLE_S = 4.0
TIMEOUT_S = 30.0
#: How a platform refuses a page that it no longer knows.
_NO_SUCH_PAGE = frozenset({400, 404, 410, 416, 422})
_Position = TypeVar("_Position")

log = structlog.get_logger()


@dataclass(slots=True)
class Conversation:
    """What one endpoint's thread has in hand: its client, its share of the platform's limit, how long it waits."""

    endpoint: Endpoint
    connector: Connector
    history: History
    http: Http
    pace: Pace
    wait: timedelta = FIRST_WAIT


class HistoryPoller(EndpointThreads[tuple[Endpoint, Connector]]):
    """One thread for each endpoint that has a history. ``polls`` says whether nothing comes from it by itself.

    ``paces`` are shared with whoever else asks the same platforms.
    """

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        polls: Callable[[Connector], bool],
        transport: httpx.BaseTransport | None = None,
        patience: Patience = REAL_TIME,
        paces: Paces | None = None,
    ) -> None:
        super().__init__("history", Lights(ledger, "history"), end_s=TIMEOUT_S)
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._polls = polls
        self._transport = transport
        self._patience = patience
        self._paces = paces or Paces(patience)
        self._told: set[tuple[str, ...]] = set()

    def _wanted(self, endpoints: Endpoints) -> dict[tuple[str, str], tuple[Endpoint, Connector]]:
        return {(id, ""): found for id, found in endpoints.items() if self._can_be_asked(*found)}

    def _can_be_asked(self, endpoint: Endpoint, connector: Connector) -> bool:
        if connector.history is None:
            return False
        missing = connector.history.missing(endpoint.all_settings)
        if missing and (endpoint.id, *missing) not in self._told:
            # Nothing is wrong: not everybody has a key.
            self._told.add((endpoint.id, *missing))
            log.info("history_not_asked", connector=connector.name, endpoint=endpoint.name, without=", ".join(missing))
        return not missing

    def _run(self, value: tuple[Endpoint, Connector], stopping: threading.Event) -> None:
        with httpx.Client(timeout=TIMEOUT_S, transport=self._transport) as client:
            talk = self.conversation(*value, client, stopping)
            while not stopping.is_set():
                try:
                    self._patience.wait(stopping, self.step(talk))
                except Stopping:
                    return

    def conversation(
        self, endpoint: Endpoint, connector: Connector, client: httpx.Client, stopping: threading.Event
    ) -> Conversation:
        """What a thread needs to ask an endpoint. Raises ValueError for a platform without a history."""
        history = connector.history
        if history is None:
            raise ValueError(f"{connector.name} has no history")
        pace = self._paces.of_history(endpoint, connector.name, history)
        return Conversation(endpoint, connector, history, Http(client, before=lambda: pace.take(stopping)), pace)

    def step(self, talk: Conversation) -> float:
        """Ask for a page, where one is due. Returns after how many seconds to come again; raises Stopping."""
        try:
            asked = self.ask_once(talk)
        except Unavailable as error:
            self._lights.note(talk.endpoint, error.problem)
            if error.retry_after is not None:
                talk.pace.hold(error.retry_after.total_seconds())
            return self._later(talk, error.retry_after)
        except (StoreUnavailable, sa.exc.SQLAlchemyError) as error:
            log.warning("history_not_kept", connector=talk.connector.name, error=type(error).__name__)
            return self._later(talk, None)
        except Misconfigured as error:
            self._lights.note(talk.endpoint, error.problem)
            # New settings begin a new thread: this one only asks whether the platform has changed its mind.
            return LONGEST_WAIT.total_seconds()
        except Stopping:
            raise
        except Exception as error:
            # A fault of ours must not end the asking for good.
            log.error("history_failed", connector=talk.connector.name, error=type(error).__name__)
            self._lights.note(
                talk.endpoint, Problem("reading past calls failed ({error})", {"error": type(error).__name__})
            )
            return LONGEST_WAIT.total_seconds()
        if not asked:
            return IDLE_S
        talk.wait = FIRST_WAIT
        self._lights.note(talk.endpoint, None)
        return 0.0

    def _later(self, talk: Conversation, told: timedelta | None) -> float:
        wait, talk.wait = told or talk.wait, min(talk.wait * 2, LONGEST_WAIT)
        return wait.total_seconds()

    def ask_once(self, talk: Conversation) -> bool:
        """Ask for one page and keep it; False when nothing is due. Raises what the platform and the store raise."""
        now, id = self._clock(), talk.endpoint.id
        trailing = self._position(id, TRAILING, Trailing) or Trailing()
        reading = trailing.next_reading(
            now, polls=self._polls(talk.connector), zone=_zone(talk.endpoint), reach=talk.history.reach
        )
        if reading is not None:
            trailing = trailing.begun(reading, now)
            left, _ = self._ask(talk, reading, now)
            self._save(id, TRAILING, trailing.read(reading.sweep, left))
            return True
        asked = self._position(id, ASKED, Asked)
        if asked is None:
            return False
        backfill = self._position(id, BACKFILL, Backfill)
        if backfill is None or backfill.asked != asked.id:
            backfill = Backfill.of(asked)
        if backfill.reading is None:
            return False
        left, kept = self._ask(talk, backfill.reading, now)
        self._save(id, BACKFILL, backfill.read(left, kept))
        return True

    def _ask(self, talk: Conversation, reading: Reading, now: datetime) -> tuple[Reading | None, int]:
        """Ask for the next page of ``reading`` and keep it. Returns what is left of it, and how many were kept.

        A crash before that is written asks for the same page again, whose records are known then.
        """
        begin, end = reading.slice(talk.history.longest)
        try:
            page = talk.history.fetch(talk.http, talk.endpoint.all_settings, begin, end, reading.next)
        except Misconfigured as error:
            if reading.next is None or reading.again or error.status not in _NO_SUCH_PAGE:
                raise
            return reading.anew(), 0
        self._keep(talk.endpoint, page, now)
        if page.next is not None and page.next == reading.next:
            raise Unavailable("the platform gives the same page again and again")
        return reading.after(page.next, talk.history.longest), len(page.records)

    def _keep(self, endpoint: Endpoint, page: Page, now: datetime) -> None:
        self._journal.keep_all(
            [
                Observation(endpoint_id=endpoint.id, record=record, source="history", received_at=now)
                for record in page.records
            ]
        )

    def _position(self, endpoint: str, name: str, kind: type[_Position]) -> _Position | None:
        with self._ledger.reading() as connection:
            return read_as(connection, endpoint, name, kind)

    def _save(self, endpoint: str, name: str, value: object) -> None:
        with self._ledger.writing() as connection:
            write_position(connection, endpoint, name, msgspec.json.encode(value).decode())


def read_as(connection: sa.Connection, endpoint: str, name: str, kind: type[_Position]) -> _Position | None:
    """A position of an endpoint; None at first, and where it is none of ours."""
    text = read_position(connection, endpoint, name)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.DecodeError:
        return None


def ask_for(connection: sa.Connection, endpoint: str, begin: datetime, end: datetime) -> Asked:
    """Have the period ``[begin, end)`` read, in the pauses of the trailing sweeps, instead of one asked for before."""
    asked = Asked(id=new_id(), begin=begin, end=end)
    write_position(connection, endpoint, ASKED, msgspec.json.encode(asked).decode())
    return asked


def backfill_of(connection: sa.Connection, endpoint: str) -> tuple[Asked, Backfill] | None:
    """The period that a person asked for last, and how far it has come; None when nobody did."""
    asked = read_as(connection, endpoint, ASKED, Asked)
    if asked is None:
        return None
    backfill = read_as(connection, endpoint, BACKFILL, Backfill)
    return asked, Backfill.of(asked) if backfill is None or backfill.asked != asked.id else backfill


def _zone(endpoint: Endpoint) -> ZoneInfo:
    try:
        return ZoneInfo(endpoint.settings.get("zone") or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")
