"""While sending is off nothing leaves for callers, and people are put on the list of callbacks all the same."""

from __future__ import annotations

from decroche.ledger.store import Ledger
from decroche.recover.workflows.post import NotHanded
from tests.recover.provider import Provider
from tests.recover.telling import ANNE, story

WEDNESDAY = "2026-03-04 10:42"
BY_MAIL = """
name = "mail"
title = { fr = "Courriel" }

[[step]]
name = "missed"
act = "email"
after = "30 s"
template = "missed"

[[step]]
name = "callback"
act = "callback"
to = "role:reception"

[[step]]
name = "end"
act = "close"
"""


def test_nobody_is_written_to_and_everybody_is_put_on_the_list(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, active=False)
    garage.call(ANNE)
    garage.wait(minutes=5)
    (callback,) = garage.work(kind="callback")
    assert (callback.state, callback.person, callback.assigned_to) == ("open", ANNE, "role:reception")
    assert garage.why("missed") == ["not_active"] and garage.decisions() > 0
    garage.wait(minutes=40)
    assert (garage.acts()["callback"], garage.acts()["owner"]) == ("done", "done")
    assert garage.texts() == []
    garage.call(ANNE, ours=True, answered=True)
    assert {item.state for item in garage.work()} == {"done"}


def test_what_is_too_old_for_the_list_stays_too_old(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, active=False)
    garage.recovery_rests = True
    garage.call(ANNE)
    garage.wait(days=6)
    garage.recovery_rests = False
    garage.look()
    garage.wait(minutes=5)
    assert garage.work() == []


def test_an_emergency_still_goes_to_people(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 18:05", active=False, emergency_places=("accueil",))
    garage.call(ANNE)
    assert garage.acts()["emergency-first"] == "done"
    garage.wait(minutes=1)
    assert len(garage.work(person=ANNE, state="open")) == 1
    assert garage.texts() == []


def test_off_and_on_while_a_text_waits_drops_the_text_and_nobody(ledger: Ledger) -> None:
    """Off when the text was about to leave, on half a minute later: it is not sent late, and she is called."""
    garage = story(ledger, WEDNESDAY, Provider(mood="away"))
    garage.call(ANNE)
    garage.wait(seconds=31)
    assert [text.state for text in garage.texts()] == ["intended"]
    garage.switch(on=False)
    garage.wait(seconds=29)
    garage.provider.mood = "well"
    garage.switch(on=True)
    garage.wait(minutes=1)
    assert [(text.state, text.raw_failure) for text in garage.texts()] == [("cancelled", "not_active")]
    garage.wait(minutes=15)
    (callback,) = garage.work(kind="callback")
    assert (callback.state, callback.person) == ("open", ANNE)
    assert garage.ended() is None
    garage.wait(hours=2)
    assert garage.sent == []


def test_off_and_on_before_the_text_is_due_changes_nothing(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(seconds=5)
    garage.switch(on=False)
    garage.wait(seconds=20)
    garage.switch(on=True)
    garage.wait(seconds=5)
    assert len(garage.sent) == 1 and garage.work() == []
    garage.wait(minutes=10)
    assert [item.kind for item in garage.work()] == ["callback"]


def test_an_email_that_waits_is_dropped_too(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, own=BY_MAIL)
    garage.know(ANNE, email="anne@example.org")
    garage.mail_mood = NotHanded("away")
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.switch(on=False)
    garage.mail_mood = None
    garage.wait(minutes=10)
    assert [(text.state, text.raw_failure) for text in garage.texts()] == [("cancelled", "not_active")]
    assert garage.mailed == []
    assert [item.kind for item in garage.work()] == ["callback"]
