"""Asks our own public address now and then whether it is us who answer there, as platforms would.

From some networks one's own address cannot be reached although it can from outside: then the light says that nobody
answers, and platforms with an API are asked each minute besides, which does no harm.
"""

from __future__ import annotations

import hmac
import re
import secrets
import threading
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import httpx
import sqlalchemy as sa
import structlog
from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.patience import REAL_TIME, Patience
from decroche.capture.tasks import Tasks
from decroche.connector_kit.connector import Connector
from decroche.ledger.reach import Reach, write_reach
from decroche.ledger.setting_up import Endpoint
from decroche.ledger.store import Ledger

#: After a start our door needs a moment to open, in seconds.
DOOR_OPENS_S = 5.0
#: How often we ask while all is well, and while it is not, in seconds.
WELL_S, NOT_WELL_S = 300.0, 60.0
_TIMEOUT_S = 10.0
_END_S = 2.0
_WORD = re.compile(r"[A-Za-z0-9_-]{16,64}")
#: What seals the secrets seals no other text that begins so.
_MARK = b"reach:"

log = structlog.get_logger()


class Reachability:
    """One thread that asks. ``box`` is what every process of ours has, and nobody else."""

    def __init__(
        self,
        ledger: Ledger,
        *,
        public_url: str | None,
        box: Fernet,
        clock: Callable[[], datetime],
        transport: httpx.BaseTransport | None = None,
        patience: Patience = REAL_TIME,
    ) -> None:
        self._ledger = ledger
        self._public_url = public_url
        self._box = box
        self._clock = clock
        self._transport = transport
        self._patience = patience
        self._tasks = Tasks[str, str]("reachability", self._run)
        #: What was found last; None before the first answer.
        self.found: Reach | None = None if public_url else Reach.NO_ADDRESS

    @property
    def deliveries_come(self) -> bool:
        """Whether platforms can deliver to us, as far as we know."""
        return self.found in {None, Reach.REACHABLE}

    def start(self) -> None:
        """Begin to ask."""
        self._tasks.keep({"": self._public_url or ""})

    def stop(self) -> None:
        """End."""
        self._tasks.stop(patience_s=_END_S)

    def endpoints_changed(self, endpoints: Mapping[str, tuple[Endpoint, Connector]]) -> None:
        """They do not change our address."""

    def _run(self, _: str, stopping: threading.Event) -> None:
        with httpx.Client(timeout=_TIMEOUT_S, transport=self._transport) as client:
            self._patience.wait(stopping, DOOR_OPENS_S if self._public_url else 0)
            while not stopping.is_set():
                self._patience.wait(stopping, self.step(client))

    def step(self, client: httpx.Client) -> float:
        """Ask once. Returns after how many seconds to ask again."""
        found = self.ask(client)
        if found is not self.found:
            log.info("reachability", found=str(found))
        self.found = found
        try:
            with self._ledger.writing() as connection:
                write_reach(connection, found, self._clock())
        except sa.exc.SQLAlchemyError as error:
            log.warning("reachability_not_kept", error=type(error).__name__)
        return WELL_S if found in {Reach.REACHABLE, Reach.NO_ADDRESS} else NOT_WELL_S

    def ask(self, client: httpx.Client) -> Reach:
        """What stands at our public address now."""
        if self._public_url is None:
            return Reach.NO_ADDRESS
        word = secrets.token_urlsafe(24)
        try:
            answer = client.get(f"{self._public_url}/reach/{word}", follow_redirects=False)
        except (httpx.HTTPError, httpx.InvalidURL):
            return Reach.SILENT
        try:
            told = self._box.decrypt(answer.content) if answer.status_code == 200 else b""
        except InvalidToken:
            return Reach.NOT_US
        return Reach.REACHABLE if hmac.compare_digest(told, _MARK + word.encode()) else Reach.NOT_US


def reach_door(box: Fernet) -> Callable[[Request], Awaitable[Response]]:
    """The request handler of ``/reach/{word}``: the word, sealed as only we can."""

    async def reach(request: Request) -> Response:
        word = request.path_params["word"]
        if not _WORD.fullmatch(word):
            return Response(status_code=404)
        sealed = box.encrypt(_MARK + word.encode())
        return Response(sealed, media_type="text/plain", headers={"Cache-Control": "no-store"})

    return reach
