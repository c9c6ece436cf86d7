"""A Kannel of the tests' own: a gateway, its door for texts, and a telephone that stands for all others.

It runs in a temporary folder on ports of the loopback that were free, and ends with the tests. The telephone is
Debian's ``fakesmsc``: it shows what it is sent, and each start of it may say something first.
"""

from __future__ import annotations

import queue
import shutil
import socket
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO
from urllib.parse import quote, unquote_to_bytes

from decroche.connector_kit.connector import Delivery

MISSING = (
    "These tests need the gateway Kannel. Type: sudo apt-get update && sudo apt-get install -y kannel kannel-extras"
)
#: Where Debian puts the programs: off the path of ordinary users.
_SYSTEM = ("/usr/sbin", "/usr/lib/kannel/test")
_PATIENCE_S = 20.0
USER, PASSWORD, TOKEN = "decroche", "gateway-password", "gatewayToken1"

_CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = {password}
admin-deny-ip = "*.*.*.*"
smsbox-port = {box}
box-allow-ip = "127.0.0.1"
dlr-storage = internal
log-level = 0

group = smsc
smsc = fake
smsc-id = telephone
port = {carrier}
connect-allow-ip = 127.0.0.1

group = smsbox
bearerbox-host = 127.0.0.1
bearerbox-port = {box}
sendsms-port = {sendsms}
sendsms-interface = "127.0.0.1"
http-request-retry = 3
http-queue-delay = 1
log-level = 0

group = sendsms-user
username = {user}
password = {password}
max-messages = 10
concatenation = true

group = sms-service
keyword = default
catch-all = true
max-messages = 0
get-url = "{hook}?token={token}&id=%I&from=%p&to=%P&text=%b&charset=%C&coding=%c&at=%T"
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A text as the telephone shows it; ``alphabet`` is fakesmsc's word for how it came."""

    sender: str
    recipient: str
    alphabet: str
    body: str


class Hook:
    """An address that Kannel calls; what it says waits in ``said``."""

    def __init__(self) -> None:
        said: queue.Queue[Delivery] = queue.Queue()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                said.put(Delivery(url=f"{address}{self.path}", headers=headers, body=b"", method="GET"))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the tests look at what was said."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.said = said
        address = f"http://127.0.0.1:{self._server.server_port}"
        self.url = f"{address}/hooks/smpp/k3y"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Kannel:
    """A running gateway. ``sendsms_url`` is where it takes texts."""

    def __init__(self, hook_url: str) -> None:
        self._programs = {name: find_program(name) for name in ("bearerbox", "smsbox", "fakesmsc")}
        self._folder = Path(tempfile.mkdtemp(prefix="decroche-kannel-"))
        admin, box, self._carrier, sendsms = _free_ports(4)
        self.sendsms_url = f"http://127.0.0.1:{sendsms}/cgi-bin/sendsms"
        self.settings = {
            "sendsms_url": self.sendsms_url, "username": USER, "password": PASSWORD, "token": TOKEN, "sender": "36111",
        }  # fmt: skip
        (self._folder / "kannel.conf").write_text(
            _CONFIGURATION.format(
                admin=admin, box=box, carrier=self._carrier, sendsms=sendsms, user=USER, password=PASSWORD,
                token=TOKEN, hook=hook_url,
            )
        )  # fmt: skip
        self._shown: queue.Queue[Shown] = queue.Queue()
        self._running: list[subprocess.Popen[bytes]] = []
        self._telephone: subprocess.Popen[bytes] | None = None
        try:
            self._start("bearerbox", "entering mainloop")
            self._start("smsbox", "Connected to bearerbox")
            self.telephone()
        except BaseException:
            self.close()
            raise

    def telephone(self, *says: tuple[str, str]) -> None:
        """Switch the telephone on; from it, each person (a number) says a text."""
        self._hang_up()
        words = [f"{number} 36111 ucs2 {quote(body.encode('utf-16-be'))}" for number, body in says] or ["1 2 text none"]
        self._telephone = self._popen(
            "fakesmsc", "-H", "127.0.0.1", "-r", str(self._carrier), "-i", "0.05", "-m", str(len(says)), *words
        )
        threading.Thread(target=self._watch, args=(self._telephone.stderr,), daemon=True).start()

    def shown(self) -> Shown:
        """The next text that the telephone shows; waits for it."""
        return self._shown.get(timeout=_PATIENCE_S)

    def close(self) -> None:
        """Stop everything and remove it."""
        self._hang_up()
        # One that is asked nicely finishes what it has; nothing here is worth that.
        for process in reversed(self._running):
            process.kill()
            process.wait(_PATIENCE_S)
        self._running.clear()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _hang_up(self) -> None:
        if self._telephone is not None:
            self._telephone.kill()
            self._telephone.wait(_PATIENCE_S)
            self._telephone = None

    def _watch(self, lines: IO[bytes] | None) -> None:
        assert lines is not None
        with lines:
            for line in lines:
                if (found := _read(line.decode())) is not None:
                    self._shown.put(found)

    def _start(self, name: str, ready: str) -> None:
        """Start a part of the gateway, and return when it says that it is ready."""
        process = self._popen(name, "kannel.conf")
        self._running.append(process)
        said: deque[str] = deque(maxlen=20)
        waited = threading.Event()
        threading.Thread(target=_listen, args=(process, said, ready, waited), daemon=True).start()
        if not waited.wait(_PATIENCE_S) or process.poll() is not None:
            raise RuntimeError(f"Kannel's {name} did not start: " + "".join(said))

    def _popen(self, name: str, *words: str) -> subprocess.Popen[bytes]:
        """A program that ends with the thread that starts it, however that ends."""
        command: Sequence[str | Path] = ["setpriv", "--pdeathsig=KILL", self._programs[name], *words]
        nothing = subprocess.DEVNULL
        return subprocess.Popen(
            command, cwd=self._folder, stdin=nothing, stdout=nothing, stderr=subprocess.PIPE, process_group=0
        )


def _listen(process: subprocess.Popen[bytes], said: deque[str], ready: str, waited: threading.Event) -> None:
    """Read what a program says, so that it never waits for us, and tell when it is ready or gone."""
    assert process.stderr is not None
    with process.stderr as lines:
        for line in lines:
            said.append(line.decode(errors="replace"))
            if ready in said[-1]:
                waited.set()
    process.wait()
    waited.set()


@contextmanager
def gateway() -> Iterator[tuple[Kannel, Hook]]:
    """A gateway and the address to which it tells everything."""
    hook = Hook()
    try:
        kannel = Kannel(hook.url)
        try:
            yield kannel, hook
        finally:
            kannel.close()
    finally:
        hook.close()


def find_program(name: str, folders: Sequence[str] = _SYSTEM) -> Path:
    """Where a program of Kannel is. Raises RuntimeError when nowhere."""
    found = shutil.which(name) or shutil.which(name, path=":".join(folders))
    if found is None:
        raise RuntimeError(MISSING)
    return Path(found)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _read(line: str) -> Shown | None:
    """A line of fakesmsc's that shows a text, read."""
    _, found, rest = line.partition(": <")
    if not found or "Got message" not in line:
        return None
    sender, recipient, alphabet, body = rest.rstrip().removesuffix(">").split(" ", 3)
    if alphabet == "ucs-2":
        body = unquote_to_bytes(body.replace("+", " ")).decode("utf-16-be")
    return Shown(sender, recipient, alphabet, body)
