"""The sector of a business bears on whatever goes out: on a text right before it is handed over, and on a callback."""

from __future__ import annotations

from datetime import timedelta

import pytest

from decroche.ledger import texts as sent
from decroche.ledger.refusals import consent
from decroche.ledger.store import Ledger
from decroche.ledger.work_items import item_of
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.calling_rules import rule_on_call
from decroche.recover.workflows.sending import send
from tests.recover.telling import ANNE, KEY, story

MORNING = "2026-03-04 10:42"


@pytest.mark.parametrize(
    ("sector", "state", "why"), [("ordinary", "handed", None), ("home_adaptation", "cancelled", "CALL-03")]
)
def test_the_last_look_before_a_text_leaves_knows_the_sector(
    ledger: Ledger, sector: str, state: str, why: str | None
) -> None:
    """A promotion to who consented: the law lets some sectors write none even so."""
    garage = story(ledger, MORNING, sector=sector)
    now, text = garage.clock.now, "promotion"
    with ledger.writing() as connection:
        given = {
            "id": "c1", "account_id": garage.account, "fingerprint": fingerprint(KEY, garage.account, ANNE),
            "means": "text", "purpose": "promotion", "obtained_at": now - timedelta(days=1), "evidence": "form",
        }  # fmt: skip
        consent(connection, given)
        row = {
            "id": text, "account_id": garage.account, "person": ANNE, "recipient": f"+{ANNE}", "body": "-20 %",
            "purpose": "promotion", "segments": 1, "created_at": now, "expires_at": now + timedelta(hours=1),
        }  # fmt: skip
        sent.intend(connection, row)
    send(garage.tools, {"text": text, "try": "0"})
    (found,) = garage.texts()
    assert (found.state, found.raw_failure) == (state, why)


def test_a_callback_is_judged_with_the_sector(ledger: Ledger) -> None:
    garage = story(ledger, MORNING, sector="energy_renovation")
    garage.call(ANNE)
    garage.wait(minutes=5)
    garage.write(ANNE, "RAPPEL")
    (callback,) = garage.work(kind="callback")
    with ledger.reading() as connection:
        outreach, ruling = rule_on_call(
            connection, item_of(callback), at=garage.clock.now, now=garage.clock.now, key=KEY
        )
    assert (str(outreach.sector), ruling.allowed) == ("energy_renovation", True)
