"""The whole way with nothing replaced: a signed webhook, the server, its timers, a gateway, and a telephone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from decroche.ledger.store import Ledger
from tests.databases import DATABASES, database
from tests.faults.platform import Platform
from tests.faults.serving import Serving
from tests.reach.garage import gateway, missed, sent, set_up, shown_by, work
from tests.recover.stage import eventually

pytestmark = pytest.mark.hard

ANNE = 33639980001


@pytest.mark.parametrize("kind", DATABASES)
def test_a_missed_caller_is_texted_asks_to_be_called_and_says_stop(kind: str) -> None:
    with database(kind) as url, gateway() as (kannel, port):
        ledger = Ledger(url)
        set_up(ledger, kannel.settings, sender=kannel.settings["sender"])

        def call(number: int) -> None:
            told = missed(ANNE, number, server.base, ended=datetime.now(UTC))
            asyncio.run(Platform(told, [server.port]).deliver(range(len(told)), connections=1))

        def heeded(count: int) -> None:
            """So many texts came in, and recovery has looked at each."""
            eventually(lambda: [bool(each.purpose) for each in sent(ledger, direction="in")] == [True] * count)

        with Serving(url, port=port) as server:
            call(1)
            first = kannel.shown()
            assert (first.sender, first.recipient) == ("36111", f"+{ANNE}")
            assert "Garage Martin" in first.body and "STOP" in first.body
            eventually(lambda: [each.state for each in sent(ledger, direction="out")] == ["delivered"])
            [text] = sent(ledger, direction="out")
            assert text.body == first.body and text.settled_at is not None

            kannel.telephone((f"+{ANNE}", "Rappel svp"))
            promise = kannel.shown()
            assert promise.recipient == f"+{ANNE}" and "rappel" in promise.body
            [callback] = work(ledger, kind="callback")
            assert (callback.person, callback.state) == (ANNE, "open") and callback.requested_at is not None

            kannel.telephone((f"+{ANNE}", "STOP"))
            goodbye = kannel.shown()
            assert goodbye.recipient == f"+{ANNE}"
            kannel.telephone((f"+{ANNE}", "stop !"))
            heeded(3)
            call(2)
            kannel.telephone((f"+{ANNE}", "STOP"))
            heeded(4)
            delivered = ["delivered"] * 3
            eventually(lambda: [each.state for each in sent(ledger, direction="out")] == delivered)
            out = sent(ledger, direction="out")
            assert [each.template for each in out] == ["missed", "callback_promise", "opted_out"]
            assert [each.body for each in out] == [first.body, promise.body, goodbye.body]
            assert server.stop() == 0
        assert [each.state for each in sent(ledger, direction="out")] == delivered
        assert shown_by(kannel) == []
        ledger.close()
