"""A whole server in this process, to which many can deliver at once and whose clock can jump."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from pydantic import SecretStr

from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations
from decroche.server import Server, build_server
from decroche.server_settings import ServerSettings
from decroche.simulate.ringover import Sent
from tests.faults.story import HOOK, SECRET_KEY, set_up
from tests.receive.asking import ask

BASE = "http://calls.example"


class Clock:
    """The present moment, and how wrong it is told."""

    def __init__(self) -> None:
        self.wrong = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.wrong


@asynccontextmanager
async def serving(url: str, clock: Clock | None = None) -> AsyncIterator[Server]:
    """The server of the story on the ledger ``url``."""
    with tempfile.TemporaryDirectory(prefix="decroche-") as folder:
        settings = ServerSettings(data=Path(folder), database=url, secret_key=SecretStr(SECRET_KEY), public_url=BASE)
        server = build_server(settings, clock=clock or Clock())
        set_up(server.ledger)
        async with server.app.router.lifespan_context(server.app):
            yield server


async def deliver(server: Server, sent: Iterable[Sent]) -> Counter[int]:
    """Deliver all at once. The answers by their status."""
    answers = await asyncio.gather(*(ask(server.app, HOOK, each.body, headers=each.headers.items()) for each in sent))
    return Counter(each.status for each in answers)


async def folded(server: Server) -> None:
    """Wait until calls are made of all that is kept."""
    while await asyncio.to_thread(_pending, server.ledger):
        await asyncio.sleep(0)


def _pending(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        query = sa.select(sa.func.count()).where(observations.c.state == "pending")
        return int(connection.execute(query).scalar_one())
