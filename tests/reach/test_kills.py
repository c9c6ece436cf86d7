"""The server is killed again and again while people are missed: no telephone shows a text twice, and none is lost."""

from __future__ import annotations

import asyncio
import random
import tempfile
import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from decroche.ledger.store import Ledger
from decroche.server import build_server
from decroche.server_settings import ServerSettings
from tests.databases import DATABASES, database
from tests.faults.platform import Platform
from tests.faults.serving import Serving
from tests.faults.story import SECRET_KEY
from tests.reach.garage import gateway, missed, sent, set_up, shown_by, work
from tests.recover.stage import eventually

pytestmark = pytest.mark.hard

KILLS, MISSED_IN_A_LIFE = 8, 7
#: A life ends so long, at most, after the platform has told its last miss: its texts take their turns of 0.1 s.
LONGEST_S = 0.9
#: What a restart leaves to be found out takes the grace of timers, and one question to the provider.
PATIENCE_S = 60.0
FIRST = 33639980001


@pytest.mark.parametrize("kind", DATABASES)
def test_killed_at_random_moments_nobody_is_texted_twice_and_nobody_is_lost(kind: str) -> None:
    chance = random.Random(kind)
    people = range(FIRST, FIRST + (KILLS + 1) * MISSED_IN_A_LIFE)
    with database(kind) as url, gateway() as (kannel, port):
        ledger = Ledger(url)
        set_up(ledger, kannel.settings, sender=kannel.settings["sender"])
        with Serving(url, port=port) as server:
            for life in range(KILLS + 1):
                if life:
                    if life % 2:
                        threading.Event().wait(chance.uniform(0, LONGEST_S))
                    else:
                        until_one_is_on_its_way(ledger)
                    server.kill()
                    server.start()
                told = [
                    each
                    for person in people[life * MISSED_IN_A_LIFE : (life + 1) * MISSED_IN_A_LIFE]
                    for each in missed(person, person, server.base, ended=datetime.now(UTC))
                ]
                asyncio.run(Platform(told, [port]).deliver(range(len(told))))
            eventually(lambda: tried(ledger) == set(people), patience_s=PATIENCE_S)
            assert server.stop() == 0
        asyncio.run(find_out(url, ledger))
        shown = Counter(int(each.recipient[1:]) for each in shown_by(kannel))
        texts = sent(ledger, direction="out")
        tasks = {each.person for each in work(ledger, kind="text_unknown", state="open")}
        ledger.close()
    assert sorted(each.person for each in texts) == list(people)
    assert max(shown.values()) == 1
    states = Counter(each.state for each in texts)
    assert set(states) <= {"delivered", "handed", "given_up"}, states
    for each in texts:
        assert each.person in (tasks if each.state == "given_up" else shown)


def until_one_is_on_its_way(ledger: Ledger) -> None:
    """Return while the gateway is being asked to take a text, or when all have been taken: the worst moment."""
    while not sent(ledger, state="unknown") and sent(ledger, state="intended"):
        pass


def tried(ledger: Ledger) -> set[int]:
    """Who was texted, as far as anybody knows."""
    return {each.person for each in sent(ledger, direction="out") if each.state != "intended"}


async def find_out(url: str, ledger: Ledger) -> None:
    """Eleven minutes later: whatever became of the texts, it is known now, or it is a person's task."""
    with tempfile.TemporaryDirectory(prefix="decroche-") as folder:
        settings = ServerSettings(data=Path(folder), database=url, secret_key=SecretStr(SECRET_KEY))
        server = build_server(settings, clock=lambda: datetime.now(UTC) + timedelta(minutes=11))
        async with server.app.router.lifespan_context(server.app):
            await asyncio.to_thread(eventually, lambda: not sent(ledger, state="unknown"), patience_s=PATIENCE_S)
