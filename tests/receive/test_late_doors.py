"""A door that was added a moment ago is heard at once, and knocking at doors that there are not costs little."""

from __future__ import annotations

import asyncio
import threading

from decroche.capture.receive.door import Received
from decroche.capture.receive.late_doors import LateDoors
from decroche.capture.service import Capture
from decroche.ledger.setting_up import add_endpoint
from decroche.ledger.store import Ledger
from decroche.telemetry import Metrics
from tests.ledger.business import BOX
from tests.receive.asking import run
from tests.receive.doors import HOOK, NOW, TOLD, door


def test_one_look_serves_all_who_knocked_before_it_began() -> None:
    looks: list[int] = []
    began, go_on = threading.Event(), threading.Event()

    def look() -> None:
        looks.append(1)
        began.set()
        assert go_on.wait(20)

    async def knock() -> list[bool]:
        late = LateDoors(look, apart_s=0, most=4)
        first = asyncio.create_task(late.looked())
        await asyncio.to_thread(began.wait, 20)
        others = [asyncio.create_task(late.looked()) for _ in range(6)]
        while not others[-1].done():
            await asyncio.sleep(0)
        go_on.set()
        return [await first, *[await each for each in others]]

    assert asyncio.run(knock()) == [True] * 5 + [False] * 2
    assert len(looks) == 2, "whoever knocks while somebody looks waits for the next look"


def test_looks_lie_apart() -> None:
    async def knock() -> list[float]:
        clock = asyncio.get_running_loop().time
        moments: list[float] = []
        late = LateDoors(lambda: moments.append(clock()), apart_s=0.02)
        for _ in range(3):
            assert await late.looked()
        return moments

    first, second, third = asyncio.run(knock())
    assert second - first >= 0.02 and third - second >= 0.02


def test_a_look_that_fails_leaves_nobody_waiting() -> None:
    def look() -> None:
        raise OSError

    async def knock() -> list[bool]:
        late = LateDoors(look, apart_s=0)
        return [await late.looked(), await late.looked()]

    assert asyncio.run(knock()) == [True, True]


def test_what_another_process_added_is_heard_at_the_first_delivery(ledger: Ledger) -> None:
    with door(ledger) as found:
        here = Capture(ledger, {"told": TOLD}, box=BOX, clock=lambda: NOW, metrics=Metrics())
        found.app = found.with_doors(here.doors, LateDoors(here.read_doors))
        assert run(lambda: found.ask(path=f"{HOOK}-late")).status == 404
        with ledger.writing() as connection:
            add_endpoint(
                connection, found.endpoint.account_id, connector="told", name="B", settings={},
                secret={"proof": "proof-of-the-platform"}, box=BOX, now=NOW, key=HOOK.rpartition("/")[2] + "-late",
            )  # fmt: skip
        assert run(lambda: found.ask(path=f"{HOOK}-late", headers=())).status == 401, "there is such a door"
        assert found.results() == [Received.NO_SUCH_DOOR, Received.NOT_AUTHENTIC]


def test_where_too_many_knock_a_delivery_is_asked_for_again(ledger: Ledger) -> None:
    with door(ledger) as found:
        found.app = found.with_doors(found.doors, LateDoors(lambda: None, most=0))
        answered = run(lambda: found.ask(path=f"{HOOK}-late"))
        assert (answered.status, answered.headers["retry-after"]) == (503, "5")
        assert run(found.ask).status == 202
