"""An Avaya IP Office for tests: it sends lines of SMDR over a real connection, whichever side opens it."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterable
from types import TracebackType
from typing import Self


def segment(
    call_id: int,
    *,
    start: str = "2026/03/04 09:12:05",
    connected: str = "00:00:00",
    ring: int = 24,
    caller: str = "+33199000101",
    phone: str = "E201,Agent One",
    more: bool = False,
) -> str:
    """A line of a call from outside to the group 200."""
    return (
        f"{start},{connected},{ring},{caller},I,200,33199000002,,0,{call_id},{int(more)},{phone},T9001,Line 1.1,0,0,"
        f",,,,,,,,,,,,,10.0.0.1,1016,10.0.0.1,1016"
    )


def encoded(lines: Iterable[str]) -> bytes:
    """Lines as they go over the wire."""
    return "".join(f"{line}\r\n" for line in lines).encode()


def send(port: int, lines: Iterable[str], *, cut: int | None = None, host: str = "127.0.0.1") -> None:
    """Connect to whoever listens there, send the lines, so many bytes at a time, and close."""
    data = encoded(lines)
    step = cut or max(1, len(data))
    with socket.create_connection((host, port)) as connection:
        for begin in range(0, len(data), step):
            connection.sendall(data[begin : begin + step])


class SmdrServer:
    """Listens on ``port``; every client gets all the lines, as after a break, and is let go."""

    def __init__(self, lines: Iterable[str], *, cut: int | None = None) -> None:
        data, step = encoded(lines), cut or 65_536

        class Server(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for begin in range(0, len(data), step):
                    self.wfile.write(data[begin : begin + step])

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
