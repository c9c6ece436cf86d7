"""Callers leave the queue to be called back: each keeps their place, and is told about when their turn comes."""

from __future__ import annotations

from datetime import datetime

from decroche.ledger.recovery_settings import write_words
from decroche.ledger.store import Ledger
from decroche.ledger.work_items import Kind, item_of
from decroche.model.call import MissedReason
from decroche.recover.waiting_line import Estimate
from decroche.recover.workflows.requesting import their_turn
from decroche.recover.workflows.working import read_list
from tests.recover.telling import ANNE, PAUL, Story, local, story

KEY = MissedReason.CALLBACK_REQUESTED


def line(garage: Story) -> list[tuple[int | None, Estimate | None]]:
    """Who is called in which order, and about when."""
    now = garage.clock.now
    with garage.ledger.reading() as connection:
        listed = read_list(connection, garage.account, now=now, kinds=(Kind.CALLBACK,))
        return [(each.item.person, their_turn(connection, each.item, now=now)) for each in listed]


def between(since: str, until: str) -> Estimate:
    def on(clock: str) -> datetime:
        return local(f"2026-03-04 {clock}")

    return Estimate(earliest=on(since), latest=on(until))


def test_two_callers_leave_the_queue_and_keep_their_places(ledger: Ledger) -> None:
    """Paul waits since 10:30 and presses the key at 10:44; Anne joined at 10:38 and pressed at 10:40."""
    garage = story(ledger, "2026-03-04 10:40", slots={"capacity": 2, "minutes": 30})
    garage.call(ANNE, reason=KEY, lasts=120)
    assert [(each.requested_at, item_of(each).joined_at) for each in garage.work(kind="callback")] == [
        (local("2026-03-04 10:40"), local("2026-03-04 10:38"))
    ]
    garage.wait(minutes=4)
    garage.call(PAUL, reason=KEY, lasts=14 * 60)
    assert line(garage) == [(PAUL, between("10:44", "11:19")), (ANNE, between("10:49", "11:44"))]
    garage.wait(minutes=1)
    garage.call(PAUL, ours=True, answered=True)
    assert line(garage) == [(ANNE, between("10:45", "11:20"))]
    garage.wait(hours=1)
    assert len(garage.work(kind="callback")) == 2, "the playbook joins what is open"


def test_the_key_at_night_is_for_the_morning_and_nothing_is_promised_before(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 20:10", slots={"capacity": 2, "minutes": 30})
    garage.call(ANNE, reason=KEY, lasts=60)
    ((person, turn),) = line(garage)
    assert person == ANNE and turn is not None and turn.earliest >= local("2026-03-05 08:00")


def test_rappel_keeps_the_place_of_the_miss_and_nothing_tells_when(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    garage.call(ANNE, lasts=60)
    garage.wait(minutes=20)
    garage.write(ANNE, "RAPPEL")
    (callback,) = garage.work(kind="callback")
    assert item_of(callback).joined_at == local("2026-03-04 10:41")
    assert line(garage) == [(ANNE, None)]


def test_a_wish_of_last_week_is_nobodys_task(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    garage.call(ANNE, reason=KEY, at=local("2026-02-25 10:00"))
    assert garage.work() == []


SLOTS = {"capacity": 2, "minutes": 30}
OWN = '[[text]]\nname = "callback_promise"\nbody = "{business} : on rappelle avant {promised_time}. STOP = fin."'


def answer(garage: Story) -> str:
    """What we wrote last, in one segment."""
    garage.heed()
    last = [each for each in garage.texts() if each.direction == "out"][-1]
    assert last.segments == 1
    return str(last.body)


def test_the_answer_to_rappel_tells_the_turn_of_whoever_kept_a_place(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", slots=SLOTS)
    garage.call(PAUL, reason=KEY, lasts=120)
    garage.call(ANNE, lasts=60)
    garage.until("2026-03-04 10:50")
    garage.write(ANNE, "RAPPEL")
    assert line(garage)[1] == (ANNE, between("10:55", "11:50"))
    assert answer(garage) == (
        "Garage Martin : votre place est gardée. Nous pensons vous appeler entre 10 h 55 et 11 h 50. "
        "Un mot à ajouter ? Répondez ici. STOP = plus de SMS."
    )


def test_words_that_promise_an_hour_promise_none_that_their_turn_may_miss(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", slots=SLOTS)
    with ledger.writing() as connection:
        write_words(connection, garage.account, "fr", OWN, garage.clock.now)
    for person in (PAUL, 33633333333):
        garage.call(person, reason=KEY, lasts=120)
    garage.call(ANNE, lasts=60)
    garage.until("2026-03-04 10:50")
    garage.write(ANNE, "RAPPEL")
    assert line(garage)[2] == (ANNE, between("11:05", "12:10"))
    assert answer(garage) == "Garage Martin : on rappelle avant 12 h 10. STOP = fin."


def test_where_nobody_knows_when_the_hour_is_promised_and_a_clinic_asks_for_no_words(ledger: Ledger) -> None:
    clinic = story(ledger, "2026-03-04 22:00", playbook="clinic")
    clinic.call(ANNE, lasts=60)
    clinic.wait(minutes=5)
    clinic.write(ANNE, "RAPPEL")
    assert answer(clinic) == (
        "Garage Martin : c'est noté, l'accueil vous rappelle avant demain 9 h. "
        "Urgence vitale : 112. STOP = plus de SMS."
    )
