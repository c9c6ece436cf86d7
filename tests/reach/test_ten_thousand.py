"""Ten thousand open journeys go through a restart of the worker: none is lost, and nobody is texted twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from decroche.ledger.store import Ledger
from decroche.recover.timers import Timers
from tests.databases import DATABASES, database
from tests.faults.serving import Serving
from tests.faults.story import ACCOUNT
from tests.reach.garage import gateway, sent, set_up, shown_by
from tests.reach.sleepers import open_journeys, untouched
from tests.recover.stage import eventually

pytestmark = pytest.mark.hard

FIRST = 33611110001
OPEN, DUE = 10_000, 150


@pytest.mark.parametrize("kind", DATABASES)
def test_ten_thousand_open_journeys_through_a_restart(kind: str) -> None:
    with database(kind) as url, gateway() as (kannel, port):
        ledger = Ledger(url)
        set_up(ledger, kannel.settings, sender=kannel.settings["sender"])
        timers = Timers(ledger)
        timers.migrate()
        now = datetime.now(UTC)
        awake = range(FIRST, FIRST + DUE)
        asleep = range(FIRST + DUE, FIRST + OPEN)
        # Some are due before the worker starts, some while it runs, and some while it is away.
        due = {person: now + timedelta(seconds=(person - FIRST) / 10) for person in awake}
        open_journeys(ledger, timers, ACCOUNT, due, texted=False, now=now)
        due = {person: now + timedelta(hours=1, seconds=person - FIRST) for person in asleep}
        open_journeys(ledger, timers, ACCOUNT, due, texted=True, now=now)

        def taken() -> Counter[int]:
            """How often the gateway took a text for each person that was due."""
            found = (each for each in sent(ledger, template="missed") if each.state in ("handed", "delivered"))
            return Counter(each.person for each in found)

        with Serving(url, port=port) as server:
            eventually(lambda: taken().total() >= DUE // 3)
            assert server.stop() == 0
            assert taken().total() < DUE
            server.start()
            eventually(lambda: taken() == Counter(awake), patience_s=90)
            eventually(lambda: timers.waiting() == OPEN)
            # One who sleeps is woken by what they write.
            woken = asleep[OPEN // 2]
            kannel.telephone((f"+{woken}", "RAPPEL"))
            eventually(
                lambda: (
                    [each.state for each in sent(ledger, person=woken, template="callback_promise")]
                    in (["handed"], ["delivered"])
                )
            )
            assert server.stop() == 0
        shown = Counter(int(each.recipient[1:]) for each in shown_by(kannel))
        assert shown == Counter([*awake, woken])
        assert untouched(ledger, asleep) == len(asleep) - 1
        assert timers.failed() == 0
        timers.stop(patience_s=0)
        ledger.close()
