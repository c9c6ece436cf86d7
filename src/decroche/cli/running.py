"""Runs the web server until it is told to stop; pages that listen for ever do not keep it waiting."""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from types import FrameType

import uvicorn

from decroche.capture.feed import Feed
from decroche.server import Server

#: How long requests in hand may take once the server is told to stop, in seconds.
_LAST_REQUESTS_S = 10
_STARTUP_FAILURE = 3


def run(server: Server, *, host: str, port: int, listening: socket.socket | None = None, seconds: float = 0) -> None:
    """Serve until a signal or Ctrl-C, or for ``seconds`` when they are told. ``listening`` is a socket to serve on."""
    config = uvicorn.Config(
        server.app, host=host, port=port, access_log=False, log_config=None, server_header=False,
        proxy_headers=False, timeout_graceful_shutdown=_LAST_REQUESTS_S,
    )  # fmt: skip
    web = _Web(config, server.capture.feed)
    ending = threading.Timer(seconds, web.end)
    ending.daemon = True
    if seconds:
        ending.start()
    with contextlib.suppress(KeyboardInterrupt):
        web.run(None if listening is None else [listening])
    ending.cancel()
    if not web.started:
        sys.exit(_STARTUP_FAILURE)


class _Web(uvicorn.Server):
    """Ends with those who listen to the feed before it waits for the requests in hand."""

    def __init__(self, config: uvicorn.Config, feed: Feed) -> None:
        super().__init__(config)
        self._feed = feed

    def end(self) -> None:
        """Stop soon; any thread may say so."""
        self.should_exit = True

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Stop; a second Ctrl-C does not wait. Who stops as told has not failed: the signal itself is not obeyed."""
        self.force_exit = self.should_exit and sig == signal.SIGINT
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._feed.close()
        await super().shutdown(sockets)
