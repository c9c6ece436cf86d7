"""Speaks FreeSWITCH's event socket: logs in, asks for the events of calls and queues, and cuts what comes into events.

It holds no connection: bytes are handed in as they arrive, cut anywhere, and it gives what to answer and what it heard.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from urllib.parse import unquote

import msgspec

from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connectors.freeswitch.pushed import is_secret

EVENTS = (
    *("HEARTBEAT", "CHANNEL_CREATE", "CHANNEL_PROGRESS", "CHANNEL_PROGRESS_MEDIA", "CHANNEL_ANSWER", "CHANNEL_BRIDGE"),
    *("CHANNEL_HOLD", "CHANNEL_UNHOLD", "CHANNEL_HANGUP_COMPLETE", "CUSTOM callcenter::info"),
)
_LONGEST_HEAD = 64 * 1024
_LONGEST_BODY = 8 * 1024 * 1024
_JSON, _PLAIN = "text/event-json", "text/event-plain"


class EventSocket:
    """One connection to the event socket. What it yields: what to send back, and one Record for each event."""

    def __init__(self, settings: Settings) -> None:
        self._password = settings.get("esl_password", "")
        if "\n" in self._password or "\r" in self._password:
            raise Misconfigured("the password of the event socket holds a line break", ["esl_password"])
        self._buffer = bytearray()
        self._head: dict[str, str] | None = None
        self._length = 0
        self._searched = 0
        self._asked: list[str] = []
        self._greeted = False

    def opened(self) -> bytes:
        """Nothing: FreeSWITCH speaks first."""
        return b""

    def received(self, data: bytes) -> Iterator[bytes | Record]:
        """What to say back, and what was heard.

        A notice that FreeSWITCH is about to close the connection needs no answer. Raises Misconfigured when the log-in
        is refused or this is no event socket, Unavailable when what is said can no longer be followed.
        """
        self._buffer += data
        while (frame := self._next_frame()) is not None:
            yield from self._react(*frame)

    def _next_frame(self) -> tuple[dict[str, str], bytes] | None:
        if self._head is None:
            end = self._buffer.find(b"\n\n", max(0, self._searched - 1))
            if end > _LONGEST_HEAD or (end < 0 and len(self._buffer) > _LONGEST_HEAD):
                raise self._lost()
            if end < 0:
                self._searched = len(self._buffer)
                return None
            self._head = headers(bytes(self._buffer[:end]))
            told = self._head.get("Content-Length", "0")
            if not (told.isascii() and told.isdigit() and len(told) < 9 and int(told) <= _LONGEST_BODY):
                raise self._lost()
            self._length = int(told)
            self._searched = 0
            del self._buffer[: end + 2]
        if len(self._buffer) < self._length:
            return None
        frame = self._head, bytes(self._buffer[: self._length])
        del self._buffer[: self._length]
        self._head = None
        return frame

    def _lost(self) -> Misconfigured | Unavailable:
        if not self._greeted:
            return Misconfigured("what answers there is not FreeSWITCH's event socket", ["esl_host", "esl_port"])
        return Unavailable("FreeSWITCH said something that cannot be followed")

    def _react(self, head: dict[str, str], body: bytes) -> Iterator[bytes | Record]:
        kind = head.get("Content-Type", "")
        if kind == "auth/request":
            self._greeted = True
            yield from self._say("auth", f"auth {self._password}")
        elif kind == "text/rude-rejection":
            raise Misconfigured("FreeSWITCH refuses connections from our address (its access list)", ["esl_host"])
        elif not self._greeted:
            raise self._lost()
        elif kind == "command/reply":
            yield from self._replied(head.get("Reply-Text", ""))
        elif kind in (_JSON, _PLAIN) and (record := event_record(kind, body)) is not None:
            yield record

    def _replied(self, reply: str) -> Iterator[bytes]:
        asked = self._asked.pop(0) if self._asked else ""
        if asked == "auth":
            if not reply.startswith("+OK"):
                raise Misconfigured("FreeSWITCH refuses the password of the event socket", ["esl_password"])
            yield from self._say("event", f"event json {' '.join(EVENTS)}")
        elif asked == "event" and not reply.startswith("+OK"):
            raise Misconfigured("FreeSWITCH does not let this password listen to events", ["esl_password"])

    def _say(self, what: str, line: str) -> Iterator[bytes]:
        self._asked.append(what)
        yield f"{line}\n\n".encode()


def headers(block: bytes) -> dict[str, str]:
    """The headers of a block, decoded; a line without a colon continues the value before it."""
    found: dict[str, str] = {}
    last = ""
    for line in block.decode("utf-8", "replace").replace("\r\n", "\n").split("\n"):
        name, colon, value = line.partition(": ")
        if not colon and line.endswith(":"):
            name, colon = line[:-1], ":"
        if colon:
            last = unquote(name.strip())
            found[last] = unquote(value.strip())
        elif last:
            found[last] += f"\n{unquote(line)}"
    return found


def event_record(kind: str, body: bytes) -> Record | None:
    """What is kept of an event; None for a heartbeat and for what is no event at all."""
    if kind == _JSON:
        try:
            told = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            # Kept as it is: to listen again would not make it readable.
            return Record(kind="event", key=f"event/{hashlib.sha256(body).hexdigest()[:32]}", body=body)
    else:
        told = headers(body.partition(b"\n\n")[0])
    if not isinstance(told, dict) or told.get("Event-Name") == "HEARTBEAT":
        return None
    kept = {name: value for name, value in told.items() if isinstance(value, str) and not is_secret(name)}
    encoded = msgspec.json.encode(kept)
    core, number = kept.get("Core-UUID"), kept.get("Event-Sequence")
    unique = f"{core}/{number}" if core and number else hashlib.sha256(encoded).hexdigest()[:32]
    return Record(kind="event", key=f"event/{unique}", body=encoded)
