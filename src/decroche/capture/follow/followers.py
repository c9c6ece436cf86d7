"""Keeps following every endpoint that can be followed: again after every failure, on from where it stopped."""

from __future__ import annotations

import errno
import random
import threading
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

import httpx
import msgspec
import sqlalchemy as sa
import structlog

from decroche.capture.endpoint_threads import Endpoints, EndpointThreads
from decroche.capture.follow.ear import Ear
from decroche.capture.follow.sockets import LOOK_S, Watch, follow_socket, readable
from decroche.capture.follow.tail import Place, Tail
from decroche.capture.lights import Lights
from decroche.capture.pace import Pace, Paces
from decroche.capture.patience import REAL_TIME, Patience
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.capture.tasks import Stopping
from decroche.connector_kit.connector import LogFile, LongPoll, Record, Socket
from decroche.connector_kit.errors import Ignored, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.positions import read_position, write_position
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger
from decroche.model.problem import Problem

#: Waits between attempts grow from the first to the longest, and are spread so that many do not return at once.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
#: How long a stop waits: a poll that hangs at the platform ends with the process.
_END_S = 5.0

log = structlog.get_logger()

#: What the system says of files and connections.
_SYSTEM = {
    "EACCES": Problem("we are not allowed to"),
    "EADDRINUSE": Problem("another program listens on this port"),
    "ECONNREFUSED": Problem("the connection is refused"),
    "ECONNRESET": Problem("the connection was cut"),
    "EHOSTUNREACH": Problem("no way leads to this address"),
    "EISDIR": Problem("it is a folder, not a file"),
    "ENETUNREACH": Problem("no way leads to this address"),
    "ENOENT": Problem("there is no such file"),
    "EPERM": Problem("we are not allowed to"),
    "EPIPE": Problem("the connection was cut"),
    "ETIMEDOUT": Problem("nobody answers at this address"),
}

Part = LogFile | Socket | LongPoll


class Followers(EndpointThreads[tuple[Endpoint, Part]]):
    """One thread for each thing that is followed. ``paces`` are shared with whoever else asks the same platforms."""

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        chance: random.Random,
        transport: httpx.BaseTransport | None = None,
        patience: Patience = REAL_TIME,
        watch: Watch = readable,
        paces: Paces | None = None,
    ) -> None:
        super().__init__("follow", Lights(ledger, "follow"), end_s=_END_S)
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self._transport = transport
        self._patience = patience
        self._watch = watch
        self._paces = paces or Paces(patience)

    def _wanted(self, endpoints: Endpoints) -> dict[tuple[str, str], tuple[Endpoint, Part]]:
        return {
            (endpoint.id, part.name): (endpoint, part)
            for endpoint, connector in endpoints.values()
            for part in connector.follow
            if _is_set_up(endpoint, part)
        }

    def _run(self, value: tuple[Endpoint, Part], stopping: threading.Event) -> None:
        endpoint, part = value
        ear = Ear(
            endpoint=endpoint,
            part=part.name,
            stopping=stopping,
            journal=self._journal,
            lights=self._lights,
            clock=self._clock,
            patience=self._patience,
        )
        wait = FIRST_WAIT_S
        while not stopping.is_set():
            began = self._patience.elapsed()
            refused = self._follow_until_it_fails(part, ear)
            if refused:
                wait = LONGEST_WAIT_S
            elif self._patience.elapsed() - began > LONGEST_WAIT_S:
                wait = FIRST_WAIT_S
            if not stopping.is_set():
                self._patience.wait(stopping, wait * self._chance.uniform(0.5, 1.0))
            wait = min(wait * 2, LONGEST_WAIT_S)

    def _follow_until_it_fails(self, part: Part, ear: Ear) -> bool:
        """Follow until it fails or we are to stop. Returns whether only a person can mend it."""
        try:
            if isinstance(part, LogFile):
                self._follow_file(part, ear)
            elif isinstance(part, Socket):
                follow_socket(part, ear, self._watch)
            else:
                self._follow_poll(part, ear)
        except Stopping:
            return False
        except (StoreUnavailable, sa.exc.SQLAlchemyError) as error:
            log.warning("following_not_kept", part=part.name, error=type(error).__name__)
        except (OSError, Unavailable) as error:
            ear.wrong(_told(error))
        except Misconfigured as error:
            ear.wrong(error.problem)
            return True
        except Exception as error:
            # A fault of ours must not end the listening for good.
            log.error("following_failed", part=part.name, error=type(error).__name__)
            ear.wrong(Problem("failed ({error})", {"error": type(error).__name__}))
            return True
        return False

    def _follow_file(self, part: LogFile, ear: Ear) -> None:
        path = Path(ear.endpoint.settings[f"{part.name}_path"])
        place = self._place(ear.endpoint.id, part.name)
        tail = Tail(path, place)
        try:
            while not ear.stopping.is_set():
                lines = tail.read()
                if not tail.is_open:
                    raise Unavailable(Problem("{path} does not exist", {"path": str(path)}))
                if tail.note is not None:
                    log.warning("log_followed", part=part.name, note=tail.note)
                    tail.note = None
                ear.keep("log", _records(part, lines))
                moved = tail.place != place
                if moved and tail.place is not None:
                    # A crash before this line reads the same lines again, whose records are known then.
                    self._save(ear.endpoint, part.name, msgspec.json.encode(tail.place).decode())
                    place = tail.place
                ear.well()
                if not moved:
                    self._patience.wait(ear.stopping, LOOK_S)
        finally:
            tail.close()

    def _follow_poll(self, part: LongPoll, ear: Ear) -> None:
        with self._ledger.reading() as connection:
            position = read_position(connection, ear.endpoint.id, part.name)
        pace = self._pace(ear.endpoint)
        with httpx.Client(timeout=httpx.Timeout(10, read=90), transport=self._transport) as client:
            http = Http(client) if pace is None else Http(client, before=lambda: pace.keep_still(ear.stopping))
            while not ear.stopping.is_set():
                asked = self._patience.elapsed()
                try:
                    records, after = part.poll(http, ear.endpoint.all_settings, position)
                except Unavailable as error:
                    if pace is not None and error.retry_after is not None:
                        pace.hold(error.retry_after.total_seconds())
                    raise
                ear.keep_surely("live", records)
                moved = after is not None and after != position
                if moved and after is not None:
                    self._save(ear.endpoint, part.name, after)
                    position = after
                ear.well()
                at_once = not records and not moved and self._patience.elapsed() - asked < FIRST_WAIT_S
                if (pause := max(part.pause.total_seconds(), FIRST_WAIT_S if at_once else 0)) > 0:
                    self._patience.wait(ear.stopping, pause)

    def _pace(self, endpoint: Endpoint) -> Pace | None:
        """What is held for the history of an endpoint is held for its polls: they ask with the same key."""
        found = self._endpoints.get(endpoint.id)
        history = None if found is None else found[1].history
        if history is None or history.missing(endpoint.all_settings):
            return None
        return self._paces.of_history(endpoint, endpoint.connector, history)

    def _place(self, endpoint: str, name: str) -> Place | None:
        with self._ledger.reading() as connection:
            told = read_position(connection, endpoint, name)
        try:
            return None if told is None else msgspec.json.decode(told, type=Place)
        except msgspec.DecodeError:
            return None

    def _save(self, endpoint: Endpoint, name: str, position: str) -> None:
        with self._ledger.writing() as connection:
            write_position(connection, endpoint.id, name, position)


def _records(part: LogFile, lines: Iterable[str]) -> Iterable[Record]:
    for line in lines:
        try:
            yield part.record(line)
        except Ignored:
            continue


def _is_set_up(endpoint: Endpoint, part: Part) -> bool:
    """A log file or a connection is followed when somebody named its place; a long poll always."""
    if isinstance(part, LogFile):
        return bool(endpoint.settings.get(f"{part.name}_path"))
    if isinstance(part, Socket):
        return bool(endpoint.settings.get(f"{part.name}_host") or endpoint.settings.get(f"{part.name}_port"))
    return True


def _told(error: OSError | Unavailable) -> Problem:
    """What went wrong. A word of the system that has no sentence of ours is said as it is."""
    if isinstance(error, Unavailable):
        return error.problem
    if (code := errno.errorcode.get(error.errno or 0)) in _SYSTEM:
        return _SYSTEM[code]
    return Problem("{system}", {"system": error.strerror or str(error) or type(error).__name__})
