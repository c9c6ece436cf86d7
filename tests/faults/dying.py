"""A server that dies at a chosen step of its writing. A process of its own, which forks one for each step.

    python -m tests.faults.dying

Reads orders, one line of JSON each: {"database": …, "folder": …, "ended": …, "step": [name, N] or null, "places": […]}.
It delivers the deliveries ``places`` of the story, in two crowds, to a server whose ledger ends the process when its
writing comes to that step the Nth time, and answers {"accepted": […], "died": true or null, "steps": {name: times}}.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pydantic import SecretStr

from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations
from decroche.server import build_server
from decroche.server_settings import ServerSettings
from decroche.simulate.ringover import Sent
from decroche.telemetry import configure_logging
from tests.faults.story import HOOK, SECRET_KEY, told
from tests.receive.asking import ask

BASE = "http://calls.example"
_DIED = 86


def story(ended: datetime) -> list[Sent]:
    """Calls that are answered, missed and called back; of some the beginning or the end is not told."""
    return told(BASE, 30, ended=ended)[21:35]


class DyingLedger(Ledger):
    """Ends the process, as if it were killed, when its writing comes to the step ``last``."""

    def __init__(self, url: str, last: list[Any] | None, tell: Any) -> None:
        super().__init__(url)
        self._last = last
        self._tell = tell
        self._ours = threading.local()
        self._counting = threading.Lock()
        self.steps: Counter[str] = Counter()
        sa.event.listen(self.engine, "before_cursor_execute", self._statement)
        sa.event.listen(self.engine, "commit", lambda _: self._step("COMMIT"))

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        self._ours.writes = True
        try:
            self._step("BEGIN")
            with super().writing() as connection:
                self._step("begun")
                yield connection
            self._step("committed")
        finally:
            self._ours.writes = False

    def _statement(self, connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        self._step(" ".join(statement.split("(")[0].split("=")[0].split())[:80])

    def _step(self, name: str) -> None:
        if not getattr(self._ours, "writes", False):
            return
        with self._counting:
            if self._last == [name, self.steps[name]]:
                self._tell({"died": True})
                os._exit(_DIED)
            self.steps[name] += 1


async def _deliver(order: dict[str, Any], tell: Any) -> None:
    settings = ServerSettings(
        data=Path(order["folder"]), database=order["database"], secret_key=SecretStr(SECRET_KEY), public_url=BASE
    )
    ledgers: list[DyingLedger] = []

    def opened(url: str) -> Ledger:
        ledgers.append(DyingLedger(url, order["step"], tell))
        return ledgers[0]

    server = build_server(settings, open_ledger=opened)

    sent = story(datetime.fromisoformat(order["ended"]))

    async def deliver(place: int) -> None:
        each = sent[place]
        answered = await ask(server.app, HOOK, each.body, headers=each.headers.items())
        assert answered.status == 200, answered
        tell({"accepted": place})

    half = len(order["places"]) // 2
    async with server.app.router.lifespan_context(server.app):
        for places in (order["places"][:half], order["places"][half:]):
            await asyncio.gather(*(deliver(place) for place in places))
        while await asyncio.to_thread(_pending, ledgers[0]):
            await asyncio.sleep(0)
    tell({"steps": ledgers[0].steps})


def _pending(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        query = sa.select(sa.func.count()).where(observations.c.state == "pending")
        return int(connection.execute(query).scalar_one())


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    """Fork, deliver in the fork, and gather what it said until it ended or died."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            asyncio.run(_deliver(order, lambda said: os.write(writing, json.dumps(said).encode() + b"\n")))
        except BaseException as error:
            os.write(writing, json.dumps({"failed": repr(error)}).encode() + b"\n")
            os._exit(1)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as lines:
        said = [json.loads(line) for line in lines]
    os.waitpid(child, 0)
    gathered: dict[str, Any] = {"accepted": [each["accepted"] for each in said if "accepted" in each]}
    for name in ("died", "steps", "failed"):
        gathered[name] = next((each[name] for each in said if name in each), None)
    return gathered


def main() -> None:
    """Obey until there are no more orders."""
    configure_logging("error")
    story(datetime.now(UTC))  # once for all forks
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_obey(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
