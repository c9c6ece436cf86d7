"""The server stops as it is told: it answers what is in hand, writes it, ends streams of events, and exits with 0."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Scope, add_token
from tests.databases import database
from tests.faults.platform import Platform
from tests.faults.serving import Serving
from tests.faults.story import ACCOUNT, keys, record, set_up, told

BOTH = pytest.mark.parametrize("kind", ["sqlite", "postgresql"])


@asynccontextmanager
async def listening(serving: Serving, ledger: Ledger) -> AsyncIterator[asyncio.StreamReader]:
    """Follow the changes as a program does."""
    with ledger.writing() as connection:
        token = add_token(connection, ACCOUNT, name="t", scopes=[Scope.READ], now=datetime.now(UTC))
    reader, writer = await asyncio.open_connection("127.0.0.1", serving.port)
    writer.write(b"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n" % token.encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200"), head
    yield reader
    writer.close()


@pytest.mark.hard
@BOTH
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_told_to_stop_under_load(kind: str, sign: signal.Signals) -> None:
    async def run(serving: Serving, ledger: Ledger) -> None:
        sent = told(serving.base, 60)

        def answered() -> None:
            if platform.statuses.total() == 60:
                platform.up.clear()  # what is in hand goes on
                serving.process.send_signal(sign)

        platform = Platform(sent, [serving.port], answered=answered)
        async with listening(serving, ledger) as stream:
            delivering = asyncio.create_task(platform.deliver(range(len(sent)), connections=16))
            assert await asyncio.to_thread(serving.process.wait, 60) == 0
            await stream.read()  # to its end
        # Each was answered that it is kept, or nothing: then the connection was idle, and closed before it came.
        assert set(platform.statuses) == {200}
        kept = set(keys(ledger))
        assert {record(sent[place]).key for place in platform.accepted} == kept
        delivering.cancel()
        await asyncio.gather(delivering, return_exceptions=True)
        said = [json.loads(line) for line in serving.log().splitlines() if line.startswith("{")]
        assert not [line for line in said if line["level"] in {"warning", "error"}], said

    with database(kind) as url:
        ledger = Ledger(url)
        set_up(ledger)
        with Serving(url) as serving:
            asyncio.run(run(serving, ledger))
        ledger.close()
