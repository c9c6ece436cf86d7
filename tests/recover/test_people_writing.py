"""People of the business write: an answer closes the journey of whoever wrote, a test goes to colleagues only."""

from __future__ import annotations

from typing import Any

import pytest

from decroche.ledger.recovery_settings import note_person
from decroche.ledger.store import Ledger
from decroche.ledger.tables import lines
from decroche.model.text import TextFailure
from decroche.recover.workflows.replying import NotSent, reply, send_test
from tests.recover.provider import Provider
from tests.recover.telling import ANNE, KEY, PAUL, Story, story

WEDNESDAY = "2026-03-04 10:42"


def answer(told: Story, body: str = "Bonjour, oui, jeudi 9 h.", **more: Any) -> str:
    """Zoé answers Anne."""
    with told.ledger.writing() as connection:
        row = reply(
            connection, told.account, told.journey(ANNE).id, body, author="zoe", key=KEY, now=told.clock.now, **more
        )
    told.heed()
    told.heed()
    return str(row["id"])


def refused(told: Story, body: str = "Bonjour") -> NotSent:
    with told.ledger.writing() as connection, pytest.raises(NotSent) as raised:
        reply(connection, told.account, told.journey(ANNE).id, body, author="zoe", key=KEY, now=told.clock.now)
    return raised.value


def test_a_question_stays_open_until_a_person_answers(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Bonjour, ma voiture est prête ?")
    assert (garage.journey().state, garage.ended()) == ("open", None)
    assert len(garage.work(kind="reply", state="open")) == 1
    garage.wait(minutes=2)
    id = answer(garage)
    assert garage.sent[-1] == "Bonjour, oui, jeudi 9 h."
    journey = garage.journey()
    assert (journey.state, journey.recovered_by, journey.recovered_ref) == ("recovered", "reply", id)
    assert journey.closed_at == garage.clock.now
    assert garage.ended() == "recovered"
    assert garage.work(state="open") == []
    garage.wait(days=2)
    assert len(garage.sent) == 2


def test_the_same_request_is_sent_once(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Bonjour ?")
    assert answer(garage, request="a") == answer(garage, request="a")
    assert len(garage.sent) == 2
    garage.wait(seconds=1)
    assert answer(garage, request="b") != answer(garage, request="a")
    assert len(garage.sent) == 3


def test_an_answer_in_the_night_waits_and_closes_nothing_before_it_left(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.until("2026-03-04 21:00")
    garage.write(ANNE, "Vous ouvrez demain ?")
    garage.until("2026-03-04 22:30")
    answer(garage)
    assert (len(garage.sent), garage.journey().state) == (1, "open")
    garage.until("2026-03-05 08:01")
    assert (len(garage.sent), garage.journey().recovered_by) == (2, "reply")


def test_an_answer_that_the_provider_refuses_closes_nothing(ledger: Ledger) -> None:
    provider = Provider()
    garage = story(ledger, WEDNESDAY, provider)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Bonjour ?")
    provider.mood = TextFailure.UNREACHABLE
    answer(garage)
    assert garage.journey().state == "open"
    assert len(garage.work(kind="reply", state="open")) == 1


def test_an_answer_whose_outcome_was_lost_closes_once_it_is_found(ledger: Ledger) -> None:
    provider = Provider()
    garage = story(ledger, WEDNESDAY, provider)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Bonjour ?")
    provider.mood = "loses"
    answer(garage)
    assert garage.journey().state == "open"
    provider.mood = "well"
    garage.wait(minutes=3)
    assert (garage.journey().recovered_by, len(garage.sent)) == ("reply", 2)


def test_who_never_wrote_gets_no_conversation(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    before = garage.decisions()
    error = refused(garage)
    assert error.word == "refused" and error.ruling is not None
    assert [each.rule for each in error.ruling.against] == ["TXT-CONVERSATION"]
    assert garage.decisions() == before + 1
    assert len(garage.sent) == 1


def test_who_wrote_before_the_last_miss_is_still_waited_for(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Bonjour ?")
    answer(garage)
    garage.wait(hours=2)
    garage.call(ANNE)
    garage.wait(minutes=1)
    answer(garage, "Nous vous rappelons.")
    assert garage.sent[-1] == "Nous vous rappelons."
    assert garage.journey().state == "open"


@pytest.mark.parametrize(("body", "kind"), [("Ma voiture ?", "reply"), ("RAPPEL", "callback")])
def test_what_a_text_asks_for_is_for_the_site_that_missed_the_call(ledger: Ledger, body: str, kind: str) -> None:
    garage = story(ledger, WEDNESDAY)
    with ledger.writing() as connection:
        connection.execute(lines.update().values(site="Lyon"))
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, body)
    assert [item.site for item in garage.work(kind=kind)] == ["Lyon"]


def test_stop_is_stronger_than_an_answer(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "STOP")
    error = refused(garage)
    assert error.ruling is not None and error.ruling.against[0].rule == "OPT-01"


@pytest.mark.parametrize(("settings", "word"), [({"active": False}, "not_active"), ({"ways": ()}, "no_way")])
def test_without_recovery_nothing_is_written(ledger: Ledger, settings: dict[str, Any], word: str) -> None:
    garage = story(ledger, WEDNESDAY, **settings)
    garage.call(ANNE)
    assert refused(garage).word == word


def test_a_test_goes_to_staff_only_also_before_recovery_is_on(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, active=False)
    with ledger.writing() as connection:
        with pytest.raises(NotSent) as raised:
            send_test(connection, garage.account, PAUL, "Essai", author="zoe", key=KEY, now=garage.clock.now)
        assert raised.value.ruling is not None and raised.value.ruling.against[0].rule == "TEST-01"
        note_person(connection, garage.account, PAUL, staff=True)
        send_test(connection, garage.account, PAUL, "Essai", author="zoe", key=KEY, now=garage.clock.now)
    garage.heed()
    assert garage.sent == ["Essai"]
    (text,) = garage.texts()
    assert (text.state, text.purpose, text.author) == ("handed", "test", "zoe")


def test_a_text_that_nobody_takes_says_why_until_somebody_does(ledger: Ledger) -> None:
    provider = Provider()
    garage = story(ledger, WEDNESDAY, provider, active=False)
    provider.mood = "away"
    with ledger.writing() as connection:
        note_person(connection, garage.account, PAUL, staff=True)
        send_test(connection, garage.account, PAUL, "Essai", author="zoe", key=KEY, now=garage.clock.now)
    garage.heed()
    (text,) = garage.texts()
    assert (text.state, text.raw_failure) == ("intended", "unavailable")
    provider.mood = "well"
    garage.wait(seconds=20)
    (text,) = garage.texts()
    assert (text.state, text.raw_failure, garage.sent) == ("handed", None, ["Essai"])
