"""A FreeSWITCH for tests: it speaks its event socket over a real connection, politely or not."""

from __future__ import annotations

import json
import queue
import socketserver
import threading
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote

Event = Mapping[str, str]

REJECTION = b"Content-Type: text/rude-rejection\nContent-Length: 24\n\nAccess Denied, go away.\n"
GOODBYE = b"Disconnected, goodbye.\n"
NOTICE = b"Content-Type: text/disconnect-notice\nContent-Length: %d\n\n%s" % (len(GOODBYE), GOODBYE)


def json_frame(event: Event) -> bytes:
    """An event as ``event json`` gives it."""
    body = json.dumps(event, ensure_ascii=False).encode()
    return b"Content-Length: %d\nContent-Type: text/event-json\n\n%s" % (len(body), body)


def plain_frame(event: Event) -> bytes:
    """An event as ``event plain`` gives it: its values percent-encoded."""
    body = "".join(f"{name}: {quote(value, safe='')}\n" for name, value in event.items()).encode() + b"\n"
    return b"Content-Length: %d\nContent-Type: text/event-plain\n\n%s" % (len(body), body)


class EventSocketServer:
    """Listens on ``port``, and gives every client that logs in all that it was told to ``say``, from the beginning.

    ``cut`` sends so many bytes at a time; ``rejects`` turns every address away; ``plain`` writes events as text.
    ``asked`` are the commands that it heard. ``hang_up`` says goodbye and closes the connections that are open.
    """

    def __init__(
        self,
        events: Iterable[Event] = (),
        *,
        password: str = "ClueCon",
        cut: int | None = None,
        rejects: bool = False,
        plain: bool = False,
    ) -> None:
        self.asked: list[str] = []
        self.password, self.cut, self.rejects = password, cut, rejects
        self._frame = plain_frame if plain else json_frame
        self._said: list[bytes] = []
        self._lock = threading.Lock()
        self._waiting: list[queue.Queue[bytes | None]] = []
        fake = self

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                fake._serve(self)

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]
        self.say(*events)

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self.hang_up()
        self._server.server_close()

    def say(self, *events: Event) -> None:
        """Send events to everybody who listens, and keep them for whoever comes."""
        with self._lock:
            for event in events:
                frame = self._frame(event)
                self._said.append(frame)
                for waiting in self._waiting:
                    waiting.put(frame)

    def hang_up(self) -> None:
        """Say goodbye to everybody who listens, and close."""
        with self._lock:
            for waiting in self._waiting:
                waiting.put(None)

    def _serve(self, client: socketserver.StreamRequestHandler) -> None:
        try:
            self._converse(client)
        except OSError:
            return  # The client is gone.

    def _converse(self, client: socketserver.StreamRequestHandler) -> None:
        if self.rejects:
            self._send(client, REJECTION)
            return
        self._send(client, b"Content-Type: auth/request\n\n")
        if self._command(client) != f"auth {self.password}":
            self._send(client, b"Content-Type: command/reply\nReply-Text: -ERR invalid\n\n" + NOTICE)
            return
        self._send(client, b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n")
        self._command(client)
        self._send(client, b"Content-Type: command/reply\nReply-Text: +OK event listener enabled json\n\n")
        waiting: queue.Queue[bytes | None] = queue.Queue()
        with self._lock:
            for frame in self._said:
                waiting.put(frame)
            self._waiting.append(waiting)
        while (frame_or_end := waiting.get()) is not None:
            self._send(client, frame_or_end)
        with self._lock:
            self._waiting.remove(waiting)
        self._send(client, NOTICE)

    def _command(self, client: socketserver.StreamRequestHandler) -> str:
        """A command ends with an empty line."""
        lines: list[str] = []
        while line := client.rfile.readline().decode().rstrip("\n"):
            lines.append(line)
        self.asked.append("\n".join(lines))
        return self.asked[-1]

    def _send(self, client: socketserver.StreamRequestHandler, data: bytes) -> None:
        step = self.cut or max(1, len(data))
        for start in range(0, len(data), step):
            client.wfile.write(data[start : start + step])


def channel(name: str, uuid: str, *, sequence: int, at_us: int, **headers: str) -> dict[str, str]:
    """An event of a channel; ``headers`` by name with underscores for dashes, variables as ``variable_…``."""
    told = {key if key.startswith("variable_") else key.replace("_", "-"): value for key, value in headers.items()}
    return {
        "Event-Name": name,
        "Core-UUID": "3f8c6a1e-0001-4000-8000-000000000001",
        "Event-Sequence": str(sequence),
        "Event-Date-Timestamp": str(at_us),
        "Unique-ID": uuid,
        "Channel-Call-UUID": uuid,
        **told,
    }


def missed_call(uuid: str, *, start_s: int, rang_s: int = 20, caller: str = "33199000101") -> list[dict[str, str]]:
    """The events of a call to a public number that rang for ``rang_s`` seconds, until the caller hung up."""
    start, end = start_s * 1_000_000, (start_s + rang_s) * 1_000_000
    own = {
        "Call_Direction": "inbound",
        "Caller_Caller_ID_Number": caller,
        "Caller_Destination_Number": "33199000199",
        "Caller_Context": "public",
        "Caller_Channel_Created_Time": str(start),
    }
    return [
        channel("CHANNEL_CREATE", uuid, sequence=start_s * 2, at_us=start, **own),
        channel(
            "CHANNEL_HANGUP_COMPLETE",
            uuid,
            sequence=start_s * 2 + 1,
            at_us=end,
            Hangup_Cause="ORIGINATOR_CANCEL",
            Caller_Channel_Hangup_Time=str(end),
            variable_duration=str(rang_s),
            variable_billsec="0",
            **own,
        ),
    ]
