"""A real ``decroche serve`` in a process of its own, to be killed, starved and stopped."""

from __future__ import annotations

import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.faults.story import SECRET_KEY

_PATIENCE_S = 60


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Serving:
    """A server, started, killed and started again on the same port and data."""

    def __init__(
        self, database: str, *, port: int | None = None, role: str = "all", more: Mapping[str, str] | None = None
    ) -> None:
        self.port = free_port() if port is None else port
        self._folder = tempfile.TemporaryDirectory(prefix="decroche-")
        self._log = Path(self._folder.name) / "log"
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("DECROCHE_")},
            "DECROCHE_DATA": self._folder.name,
            "DECROCHE_DATABASE": database,
            "DECROCHE_SECRET_KEY": SECRET_KEY,
            "DECROCHE_PORT": str(self.port),
            "DECROCHE_PUBLIC_URL": self.base,
            "DECROCHE_ROLE": role,
            **(more or {}),
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def process(self) -> subprocess.Popen[bytes]:
        """The process that runs."""
        assert self._process is not None
        return self._process

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        if error is not None:
            sys.stderr.write(self.log())
        self._folder.cleanup()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        program = Path(sys.executable).with_name("decroche")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen([program, "serve"], env=self._environment, stdout=log, stderr=log)
        for _ in range(_PATIENCE_S * 20):
            try:
                with socket.create_connection(("127.0.0.1", self.port)):
                    return
            except ConnectionRefusedError:
                try:
                    self._process.wait(0.05)
                except subprocess.TimeoutExpired:
                    continue
                raise AssertionError(self.log()) from None
        raise AssertionError("the server does not answer: " + self.log())

    def kill(self) -> None:
        """What the system does that runs out of memory, or a machine that loses its power."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """What systemd does; the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_PATIENCE_S)

    def limit_files(self, size: int | None) -> None:
        """Let no file grow beyond ``size`` bytes; None: as the system has it."""
        limit = resource.RLIM_INFINITY if size is None else size
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

    def log(self) -> str:
        """All that it has written."""
        return self._log.read_text(encoding="utf-8")
