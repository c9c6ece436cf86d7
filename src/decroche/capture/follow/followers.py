"""Keeps following every endpoint that can be followed: again after every failure, on from where it stopped."""

from __future__ import annotations

import random
import select
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path

import httpx
import msgspec
import sqlalchemy as sa
import structlog

from decroche.capture.follow.tail import Place, read_lines
from decroche.capture.receive.journal import Journal, StoreUnavailable
from decroche.connector_kit.connector import Connector, LogFile, LongPoll, Record, Socket
from decroche.connector_kit.errors import Ignored, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.ledger.observations import Observation
from decroche.ledger.positions import read_position, write_position
from decroche.ledger.problems import note_problem
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger

#: Waits between attempts grow from the first to the longest, and are spread so that many do not return at once.
FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 60.0
#: How often a log file is looked at, and how long a socket is listened to before we look whether to stop.
LOOK_S = 0.5
_RECEIVE = 65_536
_CONNECT_S = 10.0

log = structlog.get_logger()


class Followers:
    """One thread for each thing that is followed."""

    def __init__(
        self,
        ledger: Ledger,
        journal: Journal,
        *,
        clock: Callable[[], datetime],
        chance: random.Random,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._ledger = ledger
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self._transport = transport
        self._running: dict[tuple[str, str], tuple[threading.Thread, threading.Event]] = {}
        self._endpoints: Mapping[str, tuple[Endpoint, Connector]] = {}
        self._started = False
        self._problems: dict[tuple[str, str], str | None] = {}

    def start(self) -> None:
        """Begin to follow."""
        self._started = True
        self.endpoints_changed(self._endpoints)

    def stop(self) -> None:
        """End; what was heard is kept."""
        self._started = False
        self._keep_running({})

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """Follow these endpoints from now on, and no others."""
        self._endpoints = endpoints
        wanted = {
            (endpoint.id, part.name): (endpoint, part)
            for endpoint, connector in endpoints.values()
            for part in connector.follow
            if _is_set_up(endpoint, part)
        }
        self._keep_running(wanted if self._started else {})

    def _keep_running(self, wanted: Mapping[tuple[str, str], tuple[Endpoint, LogFile | Socket | LongPoll]]) -> None:
        ended = [self._running.pop(key) for key in [key for key in self._running if key not in wanted]]
        for _, stopping in ended:
            stopping.set()
        for thread, _ in ended:
            thread.join()
        for key, (endpoint, part) in wanted.items():
            if key not in self._running:
                stopping = threading.Event()
                thread = threading.Thread(
                    target=self._follow, args=(endpoint, part, stopping), name=f"follow-{part.name}", daemon=True
                )
                self._running[key] = thread, stopping
                thread.start()

    def _follow(self, endpoint: Endpoint, part: LogFile | Socket | LongPoll, stopping: threading.Event) -> None:
        wait = FIRST_WAIT_S
        while not stopping.is_set():
            began = self._clock()
            try:
                if isinstance(part, LogFile):
                    self._follow_file(endpoint, part, stopping)
                elif isinstance(part, Socket):
                    self._follow_socket(endpoint, part, stopping)
                else:
                    self._follow_poll(endpoint, part, stopping)
            except (OSError, Unavailable, StoreUnavailable, sa.exc.SQLAlchemyError) as error:
                self._note(endpoint, part.name, f"{part.name}: {_told(error)}")
            except Misconfigured as error:
                self._note(endpoint, part.name, f"{part.name}: {error}")
                wait = LONGEST_WAIT_S
            if (self._clock() - began).total_seconds() > LONGEST_WAIT_S:
                wait = FIRST_WAIT_S
            stopping.wait(wait * self._chance.uniform(0.5, 1.0))
            wait = min(wait * 2, LONGEST_WAIT_S)

    def _follow_file(self, endpoint: Endpoint, part: LogFile, stopping: threading.Event) -> None:
        path = Path(endpoint.settings[f"{part.name}_path"])
        with self._ledger.reading() as connection:
            text = read_position(connection, endpoint.id, part.name)
        place = None if text is None else msgspec.json.decode(text, type=Place)
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist")
        self._note(endpoint, part.name, None)
        while not stopping.is_set():
            lines, after = read_lines(path, place)
            self._keep(endpoint, "log", _records(part, lines))
            if after is not None and after != place:
                # A crash before this line reads the same lines again, whose records are known then.
                self._save(endpoint, part.name, msgspec.json.encode(after).decode())
                place = after
            if not lines:
                stopping.wait(LOOK_S)

    def _follow_socket(self, endpoint: Endpoint, part: Socket, stopping: threading.Event) -> None:
        host = endpoint.settings.get(f"{part.name}_host") or ("0.0.0.0" if part.listens else "127.0.0.1")  # noqa: S104
        port = int(endpoint.settings.get(f"{part.name}_port") or part.port)
        if not part.listens:
            with socket.create_connection((host, port), timeout=_CONNECT_S) as connection:
                self._converse(endpoint, part, connection, stopping)
            return
        with socket.create_server((host, port)) as server:
            server.settimeout(LOOK_S)
            while not stopping.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    try:
                        self._converse(endpoint, part, connection, stopping)
                    except ConnectionError:
                        continue

    def _converse(self, endpoint: Endpoint, part: Socket, connection: socket.socket, stopping: threading.Event) -> None:
        talk = part.converse(endpoint.all_settings)
        connection.settimeout(_CONNECT_S)
        if first := talk.opened():
            connection.sendall(first)
        quiet, reminded = 0.0, 0.0
        while not stopping.is_set():
            readable, _, _ = select.select([connection], [], [], LOOK_S)
            if not readable:
                quiet += LOOK_S
                if part.silence is not None and quiet > part.silence.total_seconds():
                    raise ConnectionError(f"nothing heard for {quiet:.0f} s")
                if part.silence is not None and part.keep_alive and quiet - reminded > part.silence.total_seconds() / 3:
                    connection.sendall(part.keep_alive)
                    reminded = quiet
                continue
            quiet = reminded = 0.0
            data = connection.recv(_RECEIVE)
            if not data:
                raise ConnectionError("the phone system closed the connection")
            heard: list[Record] = []
            for part_heard in talk.received(data):
                if isinstance(part_heard, bytes):
                    connection.sendall(part_heard)
                else:
                    heard.append(part_heard)
            self._keep(endpoint, "live", heard)
            if heard:
                self._note(endpoint, part.name, None)

    def _follow_poll(self, endpoint: Endpoint, part: LongPoll, stopping: threading.Event) -> None:
        with self._ledger.reading() as connection:
            position = read_position(connection, endpoint.id, part.name)
        with httpx.Client(timeout=httpx.Timeout(10, read=90), transport=self._transport) as client:
            http = Http(client)
            while not stopping.is_set():
                records, after = part.poll(http, endpoint.all_settings, position)
                self._keep(endpoint, "live", records)
                if after is not None and after != position:
                    self._save(endpoint, part.name, after)
                    position = after
                self._note(endpoint, part.name, None)
                stopping.wait(part.pause.total_seconds())

    def _keep(self, endpoint: Endpoint, source: str, records: Iterable[Record]) -> None:
        now = self._clock()
        self._journal.keep_all(
            [Observation(endpoint_id=endpoint.id, record=each, source=source, received_at=now) for each in records]
        )

    def _save(self, endpoint: Endpoint, name: str, position: str) -> None:
        with self._ledger.writing() as connection:
            write_position(connection, endpoint.id, name, position)

    def _note(self, endpoint: Endpoint, name: str, problem: str | None) -> None:
        if self._problems.get((endpoint.id, name), "") == problem:
            return
        self._problems[endpoint.id, name] = problem
        if problem is not None:
            log.warning("following", connector=endpoint.connector, problem=problem)
        try:
            with self._ledger.writing() as connection:
                note_problem(connection, endpoint.id, problem)
        except sa.exc.SQLAlchemyError:
            return


def _records(part: LogFile, lines: Iterable[str]) -> Iterable[Record]:
    for line in lines:
        try:
            yield part.record(line)
        except Ignored:
            continue


def _is_set_up(endpoint: Endpoint, part: LogFile | Socket | LongPoll) -> bool:
    """A log file or a connection is followed when somebody named its place; a long poll always."""
    if isinstance(part, LogFile):
        return bool(endpoint.settings.get(f"{part.name}_path"))
    if isinstance(part, Socket):
        return bool(endpoint.settings.get(f"{part.name}_host") or endpoint.settings.get(f"{part.name}_port"))
    return True


def _told(error: Exception) -> str:
    """What went wrong, without what a database or a library may have put into its message."""
    if isinstance(error, OSError):
        return error.strerror or str(error) or type(error).__name__
    return str(error) if isinstance(error, Unavailable) else type(error).__name__
