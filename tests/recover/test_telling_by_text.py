"""People of the business are told by text through the connected providers, as the rules allow."""

from __future__ import annotations

from typing import Any

from decroche.ledger import refusals
from decroche.ledger.recovery_tables import notices
from decroche.ledger.store import Ledger
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.telling import notify, tell
from tests.recover.telling import ANNE, KEY, Story, story

LUC = 33612345678
TEAM: dict[str, Any] = {"members": [{"name": "luc", "roles": ["owner"], "text": "06 12 34 56 78"}]}


def told(garage: Story) -> Any:
    """The owner's notice, after its time has come."""
    garage.call(ANNE)
    garage.wait(minutes=45)
    subject = {"journey": garage.journey().id, "episode": "1", "step": "owner", "item": garage.work(kind="task")[0].id}
    tell(garage.tools, subject)
    with garage.ledger.reading() as connection:
        (row,) = connection.execute(notices.select())
    notify(garage.tools, {"notice": row.id, "step": "owner"}, {})
    garage.heed()
    with garage.ledger.reading() as connection:
        return connection.execute(notices.select()).one()


def test_the_owner_gets_a_text_that_shows_no_number(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", team=TEAM)
    notice = told(garage)
    assert (notice.state, notice.channel, notice.problem) == ("handed", "text", None)
    (message,) = [each for each in garage.provider.accepted if each.recipient == f"+{LUC}"]
    assert "Garage Martin" in message.body and str(ANNE)[-4:] not in message.body
    assert garage.decisions() >= 2


def test_whoever_said_stop_is_told_by_no_text(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", team=TEAM)
    with ledger.writing() as connection:
        mark = fingerprint(KEY, garage.account, LUC)
        refusals.refuse(connection, garage.account, mark, scope="all", source="person", at=garage.clock.now)
    notice = told(garage)
    assert (notice.state, notice.problem) == ("intended", "OPT-01")
    assert all(each.recipient != f"+{LUC}" for each in garage.provider.accepted)


def test_what_was_said_of_a_time_that_changed_is_not_sent(ledger: Ledger) -> None:
    """She chooses 9:00, then 10:00 while the provider is away: she is told of 10:00 only, and reminded once."""
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.provider.mood = "away"
    garage.choose("2026-03-05 09:00")
    garage.choose("2026-03-05 10:00")
    garage.provider.mood = "well"
    garage.wait(minutes=20)
    slots = [each for each in garage.texts() if (each.template or "").startswith("slot_")]
    assert [(each.template, each.state, each.raw_failure) for each in slots] == [
        ("slot_confirmed", "cancelled", "slot_changed"), ("slot_moved", "handed", None),
    ]  # fmt: skip
    garage.until("2026-03-05 09:30")
    assert [each.template for each in garage.texts() if each.template == "reminder"] == ["reminder"]
