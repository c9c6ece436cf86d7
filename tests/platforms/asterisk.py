"""An Asterisk on a real local port: its manager interface with log-in, pings, and the events that it is told to say."""

from __future__ import annotations

import hashlib
import queue
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

USER, SECRET = "decroche", "a secret of the exchange"
CHALLENGE = "162534201"
#: When the exchange says a time without being told one.
NOW = "1772629990.250000"


def block(event: str, **fields: object) -> bytes:
    """An event as it travels."""
    lines = [f"Event: {event}", *(f"{name}: {value}" for name, value in fields.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


class Asterisk:
    """The exchange. ``say`` speaks to whoever is logged in; ``pieces`` cuts all that is said into such lengths."""

    def __init__(self, *, pieces: Sequence[int] = (), secret: str = SECRET, booted: bool = True) -> None:
        self._server = socket.create_server(("127.0.0.1", 0))
        self._pieces, self._secret, self._booted = tuple(pieces), secret, booted
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._stopping = False
        #: Every action that was asked for, in order: its name and its fields.
        self.actions: queue.Queue[dict[str, str]] = queue.Queue()
        self.logged_in = threading.Event()
        #: What QueueStatus tells.
        self.queue_status: tuple[bytes, ...] = ()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.getsockname()[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._stopping = True
        self.hang_up()
        with socket.create_connection(("127.0.0.1", self.port)):
            pass
        self._thread.join()
        self._server.close()

    def say(self, *blocks: bytes) -> None:
        """Say these events. What is said to nobody is lost, as an exchange loses it."""
        with self._lock:
            connection = self._connection
            if connection is None:
                return
            data = b"".join(blocks)
            for length in self._pieces or (len(data),):
                connection.sendall(data[:length])
                data = data[length:]
            connection.sendall(data)

    def hang_up(self) -> None:
        """Break the connection, as a restart does."""
        with self._lock:
            if self._connection is not None:
                self._connection.shutdown(socket.SHUT_RDWR)
                self._connection = None
        self.logged_in.clear()

    def _serve(self) -> None:
        while True:
            connection, _ = self._server.accept()
            if self._stopping:
                connection.close()
                return
            with connection:
                self._connection = connection
                self.say(b"Asterisk Call Manager/9.0.0\r\n")
                try:
                    for action in self._heard(connection):
                        self.actions.put(action)
                        self._answer(action)
                except OSError:
                    pass
                with self._lock:
                    self._connection = None

    def _heard(self, connection: socket.socket) -> Iterator[dict[str, str]]:
        said = b""
        while data := connection.recv(4096):
            said += data
            while b"\r\n\r\n" in said:
                raw, said = said.split(b"\r\n\r\n", 1)
                yield dict(line.split(": ", 1) for line in raw.decode().split("\r\n"))

    def _answer(self, action: dict[str, str]) -> None:
        def reply(word: str, *lines: str) -> bytes:
            return ("\r\n".join([f"Response: {word}", f"ActionID: {action['ActionID']}", *lines]) + "\r\n\r\n").encode()

        name = action["Action"]
        if name == "Challenge":
            self.say(reply("Success", f"Challenge: {CHALLENGE}"))
        elif name == "Login":
            digest = hashlib.md5(f"{CHALLENGE}{self._secret}".encode(), usedforsecurity=False).hexdigest()
            right = action.get("Key") == digest if "Key" in action else action.get("Secret") == self._secret
            if action["Username"] != USER or not right:
                self.say(reply("Error", "Message: Authentication failed"))
                self.hang_up()
                return
            booted = block("FullyBooted", Privilege="system,all", Status="Fully Booted") if self._booted else b""
            self.say(reply("Success", "Message: Authentication accepted"), booted)
            self.logged_in.set()
        elif name == "Ping":
            self.say(reply("Success", "Ping: Pong", f"Timestamp: {NOW}"))
        elif name == "QueueStatus":
            self.say(reply("Success", "EventList: start"), *self.queue_status)
        else:
            self.say(reply("Error", "Message: Invalid/unknown command"))


@contextmanager
def asterisk(*, pieces: Sequence[int] = (), secret: str = SECRET) -> Iterator[Asterisk]:
    """An exchange that runs, and is gone afterwards."""
    with Asterisk(pieces=pieces, secret=secret) as running:
        yield running


def settings(exchange: Asterisk, **more: str) -> dict[str, str]:
    """What a person would have typed to connect it."""
    return {
        "ami_host": "127.0.0.1",
        "ami_port": str(exchange.port),
        "ami_user": USER,
        "ami_secret": SECRET,
        "zone": "Europe/Paris",
        **more,
    }


def channel(number: str = "0639980001", at: float | None = 0.0, **more: object) -> dict[str, object]:
    """The fields by which every event tells the caller's channel, ``at`` seconds after the call came in."""
    dated = {} if at is None else {"Timestamp": f"{1772629878 + at:.6f}"}
    return {
        "Privilege": "call,all",
        **dated,
        "Channel": "PJSIP/trunk-0000002a",
        "CallerIDNum": number,
        "CallerIDName": "<unknown>",
        "Context": "from-trunk",
        "Exten": "0199000002",
        "Uniqueid": "1772629878.42",
        "Linkedid": "1772629878.42",
        **more,
    }


def abandoned_call(*, dated: bool = True) -> tuple[bytes, ...]:
    """A caller waits in a queue and gives up."""
    times: tuple[float | None, ...] = (0.0, 2.0, 39.0, 39.0, 39.1) if dated else (None,) * 5
    return (
        block("Newchannel", **channel(at=times[0])),
        block("QueueCallerJoin", **channel(at=times[1]), Queue="sales", Position=1, Count=1),
        block("QueueCallerAbandon", **channel(at=times[2]), Queue="sales", Position=1, HoldTime=37),
        block("QueueCallerLeave", **channel(at=times[3]), Queue="sales", Position=1, Count=0),
        block("Hangup", **channel(at=times[4]), Cause=16),
    )
