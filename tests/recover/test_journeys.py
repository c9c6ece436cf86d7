"""Journeys, told in frozen time: what a caller whom nobody answered lives through, from the miss to the end."""

from __future__ import annotations

from datetime import timedelta

from decroche.ledger.store import Ledger
from decroche.model.text import TextFailure, TextState
from decroche.recover.workflows.post import MaybeHanded, NotHanded
from tests.recover.provider import Provider
from tests.recover.telling import ANNE, OTHER_LINE, PAUL, local, story

WEDNESDAY = "2026-03-04 10:42"


def test_the_garage_at_ten_to_eleven(ledger: Ledger) -> None:
    """Missed at 10:42; texted half a minute later; she answers nothing; reception calls her and she picks up."""
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    assert garage.sent == []
    garage.wait(seconds=29)
    assert garage.sent == []
    garage.wait(seconds=1)
    (text,) = garage.sent
    assert "Garage Martin" in text and "10 h 41" in text and "STOP" in text
    garage.wait(minutes=10)
    (callback,) = garage.work(kind="callback")
    assert (callback.state, callback.person, callback.assigned_to) == ("open", ANNE, "role:reception")
    garage.wait(minutes=5)
    garage.call(ANNE, ours=True, answered=True)
    assert garage.journey().recovered_by == "our_call"
    assert garage.ended() == "recovered"
    assert [item.state for item in garage.work()] == ["done"]
    garage.wait(days=3)
    assert len(garage.sent) == 1


def test_the_garage_at_five_past_six(ledger: Ledger) -> None:
    """Closed for five minutes: she is offered times for tomorrow, and nobody is asked to call tonight."""
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.wait(minutes=1)
    (text,) = garage.sent
    assert "https://rappel.example/r/" in text
    garage.wait(hours=3)
    assert garage.work() == []
    garage.until("2026-03-05 08:11")
    (callback,) = garage.work(kind="callback")
    assert callback.due_at == local("2026-03-05 08:40")


def test_the_caller_is_reached_by_a_colleague_while_the_text_waits(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(seconds=20)
    garage.call(ANNE, ours=True, answered=True)
    garage.wait(days=1)
    assert garage.sent == []
    assert garage.work() == []
    assert garage.ended() == "recovered"


def test_the_caller_comes_back_by_the_other_line(ledger: Ledger) -> None:
    """Two lines, one person: she does not care which of them answers."""
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.call(ANNE, line=OTHER_LINE)
    garage.wait(minutes=11)
    assert len(garage.sent) == 1
    assert len(garage.work(kind="callback", state="open")) == 1
    garage.call(ANNE, line=OTHER_LINE, answered=True)
    assert garage.journey().recovered_by == "their_call"
    assert garage.work(state="open") == []


def test_stop_and_then_a_new_miss(ledger: Ledger) -> None:
    """STOP is confirmed once; a month later she calls again: no text, but a person may call her back."""
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Stop")
    assert len(garage.sent) == 2
    garage.wait(minutes=1)
    garage.write(ANNE, "STOP !")
    assert len(garage.sent) == 2
    garage.days_pass(30)
    garage.call(ANNE)
    garage.wait(minutes=15)
    assert len(garage.sent) == 2
    assert garage.why("missed")[0] == "opted_out"
    assert garage.acts()["missed"] == "refused"
    assert garage.work(state="open", kind="callback")


def test_start_allows_texts_again(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "STOP")
    garage.wait(hours=1)
    garage.write(ANNE, "START")
    assert len(garage.sent) == 3
    garage.days_pass(30)
    garage.call(ANNE)
    garage.wait(minutes=1)
    assert len(garage.sent) == 4


def test_rappel_at_ten_in_the_evening(ledger: Ledger) -> None:
    """Missed at 18:05, she answers RAPPEL at 22:00: it is noted and confirmed; somebody calls in the morning."""
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.until("2026-03-04 22:00")
    garage.write(ANNE, "rappel svp")
    (callback,) = garage.work(kind="callback")
    assert callback.requested_at == local("2026-03-04 22:00")
    assert len(garage.sent) == 2
    garage.write(ANNE, "Rappel")
    assert len(garage.work(kind="callback", state="open")) == 1
    assert len(garage.sent) == 2


def test_free_words_of_refusal_go_to_a_person_and_hold_meanwhile(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Laissez-moi tranquille")
    assert [item.kind for item in garage.work(state="open")] == ["refusal"]
    garage.wait(days=2)
    assert len(garage.sent) == 1
    assert garage.ended() == "opted_out"


def test_a_question_goes_to_a_person(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.write(ANNE, "Bonjour, c'est pour mon rendez-vous de demain")
    assert "reply" in [item.kind for item in garage.work(state="open")]


def test_a_number_that_turns_out_to_be_a_landline(ledger: Ledger) -> None:
    """In Québec nobody can tell: it is tried once, remembered, and from then on only called."""
    garage = story(ledger, "2026-03-04 17:00", country="CA-QC", language="fr-CA")
    person = 15145550199
    garage.call(person)
    garage.wait(minutes=1)
    assert len(garage.sent) == 1
    garage.receipt(TextState.FAILED, failure=TextFailure.LANDLINE)
    (text,) = garage.texts()
    assert (text.state, text.failure) == ("failed", "landline")
    assert [item.kind for item in garage.work(state="open")] == ["callback"]
    garage.days_pass(30)
    garage.call(person)
    garage.wait(hours=1)
    assert len(garage.sent) == 1


def test_the_provider_is_down_for_an_hour(ledger: Ledger) -> None:
    """Half an hour is not too late, two hours are; the second provider helps where there is one."""
    garage = story(ledger, WEDNESDAY, Provider(mood="away"))
    garage.call(ANNE)
    garage.wait(minutes=30)
    assert garage.sent == []
    garage.provider.mood = "well"
    garage.wait(minutes=5)
    assert len(garage.sent) == 1


def test_a_text_that_no_provider_takes_for_too_long_is_not_sent_any_more(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, Provider(mood="away"))
    garage.call(ANNE)
    garage.wait(minutes=90)
    garage.provider.mood = "well"
    garage.wait(minutes=30)
    assert garage.sent == []
    (text,) = garage.texts()
    assert (text.state, text.raw_failure) == ("cancelled", "too_old")


def test_another_provider_does_what_the_first_cannot(ledger: Ledger) -> None:
    first, second = Provider("first", mood="away"), Provider("second")
    garage = story(ledger, WEDNESDAY, first, second)
    for number in range(4):
        garage.call(ANNE + number)
    garage.wait(minutes=5)
    assert len(second.accepted) == 4
    assert first.asked < 6


def test_a_refused_sender_is_another_providers_turn(ledger: Ledger) -> None:
    first, second = Provider("first", mood=TextFailure.SENDER_REFUSED), Provider("second")
    garage = story(ledger, WEDNESDAY, first, second)
    garage.call(ANNE)
    garage.wait(minutes=2)
    assert (len(first.accepted), len(second.accepted)) == (0, 1)


def test_an_answer_that_was_lost_is_found_out(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, Provider(mood="loses"))
    garage.call(ANNE)
    garage.wait(minutes=3)
    assert len(garage.sent) == 1
    (text,) = garage.texts()
    assert (text.state, text.ref) == ("handed", garage.provider.ref(garage.provider.accepted[0]))


def test_a_request_that_was_lost_is_made_again_when_the_provider_is_sure(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, Provider(mood="drops"))
    garage.call(ANNE)
    garage.wait(seconds=45)
    garage.provider.mood = "well"
    garage.wait(minutes=5)
    assert len(garage.sent) == 1
    assert garage.texts()[0].state == "handed"


def test_what_nobody_can_tell_becomes_a_persons_task_and_is_never_sent_again(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, Provider(mood="drops", knows=False))
    garage.call(ANNE)
    garage.wait(minutes=10, seconds=29)
    assert garage.work(kind="text_unknown") == []
    garage.provider.mood = "well"
    garage.wait(minutes=2)
    assert len(garage.work(kind="text_unknown", state="open")) == 1
    assert (garage.sent, garage.texts()[0].state, garage.provider.asked) == ([], "given_up", 1)


def test_a_receipt_settles_what_nobody_could_tell(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, Provider(mood="loses", knows=False))
    garage.call(ANNE)
    garage.wait(minutes=2)
    garage.receipt(TextState.DELIVERED)
    garage.wait(minutes=20)
    assert garage.texts()[0].state == "delivered"
    assert garage.work(kind="text_unknown") == []


def test_a_provider_without_receipts_is_asked(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, Provider(receipts_come=False))
    garage.call(ANNE)
    garage.wait(minutes=3)
    assert garage.texts()[0].state == "handed"
    garage.provider.became = TextState.DELIVERED
    garage.wait(minutes=4)
    assert garage.texts()[0].state == "delivered"


BY_MAIL = """
name = "mail"
title = { fr = "Courriel" }

[[step]]
name = "missed"
act = "email"
after = "30 s"
template = "missed"

[[step]]
name = "end"
act = "close"
"""


def test_an_email_goes_to_who_has_an_address(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, own=BY_MAIL)
    garage.know(ANNE, email="anne@example.org")
    garage.call(ANNE)
    garage.call(PAUL)
    garage.wait(minutes=2)
    assert [address for address, _ in garage.mailed] == ["anne@example.org"]
    assert garage.why("missed", PAUL) == ["no_email"]
    assert garage.texts()[0].state == "handed"


def test_a_mail_server_that_is_away_is_asked_again_and_one_that_is_lost_is_not(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, own=BY_MAIL)
    garage.know(ANNE, email="anne@example.org")
    garage.know(PAUL, email="paul@example.org")
    garage.mail_mood = NotHanded("away")
    garage.call(ANNE)
    garage.wait(minutes=3)
    garage.mail_mood = None
    garage.wait(minutes=2)
    assert len(garage.mailed) == 1
    garage.mail_mood = MaybeHanded("lost")
    garage.call(PAUL)
    garage.wait(minutes=10)
    assert len(garage.mailed) == 1
    assert [item.person for item in garage.work(kind="text_unknown")] == [PAUL]


def test_a_slot_that_is_moved_twice(ledger: Ledger) -> None:
    """She chooses tomorrow morning, then the afternoon, then the morning again; each is confirmed, one is kept."""
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.choose("2026-03-05 09:00")
    garage.wait(minutes=1)
    garage.choose("2026-03-05 15:00")
    garage.wait(minutes=1)
    garage.choose("2026-03-05 11:00")
    assert len(garage.sent) == 4
    assert "9 h" in garage.sent[1] and "15 h" in garage.sent[2] and "11 h" in garage.sent[3]
    garage.until("2026-03-05 09:01")
    assert len(garage.sent) == 5
    garage.until("2026-03-05 11:05")
    (callback,) = garage.work(kind="callback", state="open")
    assert callback.promised_at == local("2026-03-05 11:00")
    garage.call(ANNE, ours=True, answered=True)
    garage.until("2026-03-05 12:30")
    assert garage.bookings() == ["moved", "moved", "kept"]
    assert garage.work(state="open") == []
    assert garage.journey().recovered_by == "our_call"


def test_a_promise_that_is_broken_is_seen(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.choose("2026-03-05 09:00")
    garage.until("2026-03-05 12:30")
    assert garage.bookings() == ["broken"]
    assert garage.work(kind="callback", state="open")


def test_a_business_says_how_late_a_call_still_keeps_a_promise(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 18:05", slots={"minutes": 30, "tolerance_minutes": 60})
    garage.call(ANNE)
    garage.wait(minutes=1)
    garage.choose("2026-03-05 09:00")
    garage.until("2026-03-05 10:20")
    garage.call(ANNE, ours=True)
    garage.until("2026-03-05 12:30")
    assert garage.bookings() == ["kept"]


def test_the_night_of_the_clock_change(ledger: Ledger) -> None:
    """Saturday 28 March 2026, 23:50: the text waits for 8:00 on Sunday, an hour earlier than it would have been."""
    garage = story(ledger, "2026-03-28 20:00", week="mon-sun 00:00-24:00")
    garage.call(PAUL, at=local("2026-03-28 20:00"))
    garage.wait(minutes=2)
    assert len(garage.sent) == 1
    garage.until("2026-03-28 23:30")
    garage.provider.mood = "away"
    garage.call(ANNE)
    garage.wait(minutes=31)
    garage.provider.mood = "well"
    garage.until("2026-03-29 07:59")
    assert len(garage.sent) == 1


def test_importing_two_years_of_history_texts_nobody(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, connected=local("2026-03-04 09:00"))
    for number in range(20):
        garage.call(ANNE + number, at=local("2026-03-04 08:59") - timedelta(days=number))
    garage.days_pass(3)
    assert (garage.sent, garage.work()) == ([], [])
    assert garage.ended(ANNE) in {"too_old", "expired"}


def test_a_voicemail_is_to_be_heard(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE, voicemail=True)
    garage.call(None, voicemail=True)
    assert [item.person for item in garage.work(kind="voicemail", state="open")] == [ANNE, None]
    garage.wait(minutes=5)
    garage.call(ANNE, ours=True, answered=True)
    assert [item.person for item in garage.work(kind="voicemail", state="open")] == [None]


def test_a_masked_caller_is_nobody(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(None)
    garage.wait(hours=2)
    assert (garage.sent, garage.work()) == ([], [])


def test_half_of_the_callers_are_left_alone_when_the_business_wants_to_know(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, holdout=0.5)
    people = [ANNE + number for number in range(24)]
    for person in people:
        garage.call(person)
    garage.wait(minutes=2)
    held = [person for person in people if garage.ended(person) == "held_out"]
    assert 4 <= len(held) <= 20
    assert len(garage.sent) == len(people) - len(held)


def test_the_day_has_cost_enough(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, daily_cap=0.20, price_per_segment=0.08)
    for number in range(6):
        garage.call(ANNE + number)
        garage.wait(minutes=2)
    assert len(garage.sent) == 3
    assert [text.raw_failure for text in garage.texts() if text.state == "failed"] == ["daily_cap"] * 3
    garage.until("2026-03-05 09:00")
    garage.call(PAUL)
    garage.wait(minutes=2)
    assert len(garage.sent) == 4
