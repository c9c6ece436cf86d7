"""Talks with phone systems over connections: ours to them, or theirs to us."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable, Sequence

import structlog

from decroche.capture.follow.ear import Ear
from decroche.connector_kit.connector import Record, Socket
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.model.problem import Problem

#: How long connections are listened to before we look whether to stop, in seconds.
LOOK_S = 0.5
#: A log-in that was not refused for so long was accepted, in seconds.
SETTLED_S = 5.0
#: Connections of phone systems to one port; when more come, the one that was silent for longest is closed.
MOST_CONNECTIONS = 8
_RECEIVE = 65_536
_CONNECT_S = 10.0

#: Which of the connections have something to say, within so many seconds.
Watch = Callable[[Sequence[socket.socket], float], Sequence[socket.socket]]

log = structlog.get_logger()


def readable(connections: Sequence[socket.socket], seconds: float) -> Sequence[socket.socket]:
    """Those of the connections that have something to say."""
    return select.select(connections, [], [], seconds)[0]


def follow_socket(part: Socket, ear: Ear, watch: Watch = readable) -> None:
    """Follow until we are to stop. Raises OSError, Unavailable and Misconfigured: then it is to be tried again."""
    host = ear.endpoint.settings.get(f"{part.name}_host", "").strip()
    port = _port(part, ear)
    if part.listens:
        _listen(part, ear, host or "0.0.0.0", port, watch)  # noqa: S104 (only the port was told: any way to us)
    else:
        _call(part, ear, host or "127.0.0.1", port, watch)


def _port(part: Socket, ear: Ear) -> int:
    told = ear.endpoint.settings.get(f"{part.name}_port", "").strip()
    if not told:
        return part.port
    if not (told.isascii() and told.isdigit() and 0 < int(told) < 65_536):
        raise Misconfigured("the port is not a number from 1 to 65535", [f"{part.name}_port"])
    return int(told)


def _call(part: Socket, ear: Ear, host: str, port: int, watch: Watch) -> None:
    """Our connection to the phone system."""
    with socket.create_connection((host, port), timeout=_CONNECT_S) as connection:
        talk = _Talk(part, ear, connection)
        while not ear.stopping.is_set():
            if watch([connection], LOOK_S):
                talk.listen()
            else:
                talk.mind_silence()
            if talk.age > SETTLED_S or talk.heard:
                ear.well()


def _listen(part: Socket, ear: Ear, host: str, port: int, watch: Watch) -> None:
    """Connections of phone systems to us. One that broke without a word does not keep out the one that follows it."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, port), family=family) as server:
        ear.well()
        talks: dict[socket.socket, _Talk] = {}
        try:
            while not ear.stopping.is_set():
                ready = watch([server, *talks], LOOK_S)
                for connection in ready:
                    if connection is server:
                        _accept(part, ear, server, talks)
                    elif connection in talks:
                        _go_on(talks, connection, talks[connection].listen)
                for connection in [each for each in talks if each not in ready]:
                    _go_on(talks, connection, talks[connection].mind_silence)
        finally:
            for connection in talks:
                connection.close()


def _accept(part: Socket, ear: Ear, server: socket.socket, talks: dict[socket.socket, _Talk]) -> None:
    try:
        connection, _ = server.accept()
    except OSError:
        return  # it has gone again
    if len(talks) >= MOST_CONNECTIONS:
        _close(talks, max(talks, key=lambda each: talks[each].silent_s))
    try:
        talks[connection] = _Talk(part, ear, connection)
    except OSError:
        connection.close()


def _go_on(talks: dict[socket.socket, _Talk], connection: socket.socket, step: Callable[[], None]) -> None:
    try:
        step()
    except (OSError, Unavailable, Misconfigured) as error:
        log.info("connection_ended", error=str(error))
        _close(talks, connection)


def _close(talks: dict[socket.socket, _Talk], connection: socket.socket) -> None:
    del talks[connection]
    connection.close()


class _Talk:
    """A connection and what is said on it."""

    def __init__(self, part: Socket, ear: Ear, connection: socket.socket) -> None:
        self._part = part
        self._ear = ear
        self._connection = connection
        self._talk = part.converse(ear.endpoint.all_settings)
        self._began = self._heard_at = self._reminded_at = ear.patience.elapsed()
        self.heard = False
        connection.settimeout(_CONNECT_S)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        if first := self._talk.opened():
            connection.sendall(first)

    @property
    def age(self) -> float:
        """How long the connection stands, in seconds."""
        return self._ear.patience.elapsed() - self._began

    @property
    def silent_s(self) -> float:
        """How long nothing was heard, in seconds."""
        return self._ear.patience.elapsed() - self._heard_at

    def listen(self) -> None:
        """Take what was said, and say what is to be said to it. Raises OSError and Unavailable: it ended."""
        data = self._connection.recv(_RECEIVE)
        if not data:
            raise Unavailable("the phone system closed the connection")
        self._heard_at = self._reminded_at = self._ear.patience.elapsed()
        heard: list[Record] = []
        try:
            for said in self._talk.received(data):
                if isinstance(said, bytes):
                    self._connection.sendall(said)
                else:
                    heard.append(said)
        finally:
            self._ear.keep_surely("live", heard)
        self.heard = self.heard or bool(heard)

    def mind_silence(self) -> None:
        """Ask whether somebody is there. Raises OSError and Unavailable: nobody did."""
        if self._part.silence is None:
            return
        longest = self._part.silence.total_seconds()
        if self.silent_s > longest:
            raise Unavailable(Problem("nothing heard for {seconds} s", {"seconds": f"{self.silent_s:.0f}"}))
        if self._part.keep_alive and self._ear.patience.elapsed() - self._reminded_at > longest / 3:
            self._connection.sendall(self._part.keep_alive)
            self._reminded_at = self._ear.patience.elapsed()
