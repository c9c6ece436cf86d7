"""What became of missed callers, read back from stories that the real workflows lived through."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.bookings import book
from decroche.ledger.draws import Begun, Drawn, everybody_drawn, experiments, first_remedy
from decroche.ledger.recovery_rows import RecoveryRow, recovery_rows
from decroche.ledger.recovery_tables import assignments
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journey_aliases, journeys
from decroche.ledger.work_outcomes import Outcome, settle
from decroche.ledger.work_promises import promise
from decroche.recover.fingerprints import account_key
from tests.recover.telling import ANNE, KEY, PAUL, Story, local, story

WEDNESDAY = "2026-03-04 10:42"
A_LONG_TIME = timedelta(days=400)


def rows(told: Story, **wanted: object) -> list[RecoveryRow]:
    """What the ledger says of all journeys."""
    asked = {"until": told.clock.now + A_LONG_TIME, "key": account_key(KEY, told.account)} | wanted
    with told.ledger.reading() as connection:
        return list(recovery_rows(connection, told.account, **asked))  # type: ignore[arg-type]


def drawn(told: Story, at_once: int = 500) -> list[tuple[Begun, Drawn]]:
    with told.ledger.reading() as connection:
        key = account_key(KEY, told.account)
        since = told.clock.now - A_LONG_TIME
        return list(everybody_drawn(connection, told.account, since=since, key=key, at_once=at_once))


def minutes(row: RecoveryRow, moment: datetime | None) -> float | None:
    return None if moment is None else (moment - row.opened_at) / timedelta(minutes=1)


def test_texted_then_called_then_reached(ledger: Ledger) -> None:
    """Missed at 10:42, texted half a minute later, not reached at 10:50, reached at 11:02."""
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    missed = garage.clock.now
    garage.until("2026-03-04 10:50")
    garage.call(ANNE, ours=True)
    garage.until("2026-03-04 11:02")
    garage.call(ANNE, ours=True, answered=True, lasts=60)
    (row,) = rows(garage)
    assert row.texted_at == row.attempt_at == missed + timedelta(seconds=30)
    assert row.called_at == local("2026-03-04 10:50") - timedelta(seconds=25)
    assert row.contact_at == row.closed_at == local("2026-03-04 11:01")
    assert (row.recovered_by, row.arm, row.counted, row.drawn) == ("our_call", "act", False, ())
    assert row.booked_at is None and row.value is None


def test_a_reply_is_a_contact_and_a_stop_is_none(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.call(PAUL)
    garage.wait(minutes=5)
    garage.write(ANNE, "STOP")
    garage.write(PAUL, "Bonjour, c'est pour ma voiture")
    garage.days_pass(30)
    by_person = {row.person: row for row in rows(garage)}
    assert by_person[ANNE].contact_at is None
    assert by_person[PAUL].contact_at == local(WEDNESDAY) + timedelta(minutes=5)
    assert {row.state for row in by_person.values()} == {"expired"}
    assert garage.ended(ANNE) == "opted_out"


def test_a_booking_comes_before_the_talk_that_it_promises(ledger: Ledger) -> None:
    """Missed at 18:05, she chooses 9:00 at 18:20; the garage calls at 9:05."""
    garage = story(ledger, "2026-03-04 18:05")
    garage.call(ANNE)
    garage.until("2026-03-04 18:20")
    with ledger.writing() as connection:
        made = book(
            connection, garage.account, journey=garage.journey().id, person=ANNE, capacity=1, now=garage.clock.now,
            starts_at=local("2026-03-05 09:00"), ends_at=local("2026-03-05 09:30"),
        )  # fmt: skip
        promise(connection, garage.account, made, now=garage.clock.now)
    garage.heed()
    garage.until("2026-03-05 09:05")
    garage.call(ANNE, ours=True, answered=True, lasts=60)
    (row,) = rows(garage)
    assert (row.recovered_by, row.booked_at) == ("our_call", local("2026-03-04 18:20"))
    assert (row.slot_at, row.contact_at) == (local("2026-03-05 09:00"), local("2026-03-05 09:04"))


def test_an_attempt_by_a_mobile_phone_is_what_was_told_of_it(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    garage.call(ANNE)
    garage.wait(minutes=20)
    (item,) = garage.work(kind="callback")
    for outcome in (Outcome.NO_ANSWER, Outcome.REACHED):
        with ledger.writing() as connection:
            settle(
                connection, garage.account, item.id, outcome, who="zoe", now=garage.clock.now,
                opt_out=lambda connection, person, now: None, next_at=garage.clock.now + timedelta(minutes=5),
            )  # fmt: skip
        garage.wait(minutes=10)
    (row,) = rows(garage)
    assert row.called_at == local(WEDNESDAY) + timedelta(minutes=20)
    assert row.contact_at == row.closed_at == local(WEDNESDAY) + timedelta(minutes=30)
    assert row.recovered_by == "our_call"


def test_the_held_out_come_back_by_themselves_and_count(ledger: Ledger) -> None:
    """Some of five callers are left alone: each counts once, at the first miss, with the first answer."""
    garage = story(ledger, WEDNESDAY, holdout=0.5)
    people = range(33639980000, 33639980005)
    for person in people:
        garage.call(person)
        garage.wait(minutes=1)
    garage.wait(hours=2)
    for person in people:
        garage.call(person, answered=True)
    garage.wait(days=2)
    for person in people:
        garage.call(person)
    garage.wait(minutes=1)
    found = drawn(garage, at_once=2)
    assert drawn(garage) == found
    assert sorted(run.person for run, _ in found) == list(people)
    assert {each.arm for _, each in found} == {"act", "holdout"}
    texted = {text.person for text in garage.texts()}
    assert texted == {run.person for run, each in found if each.arm == "act"}
    assert all(each.counted and each.answered_by == "their_call" for _, each in found)
    assert all(
        timedelta(hours=1) < each.answered_at - each.at < timedelta(hours=3) for _, each in found if each.answered_at
    )
    with ledger.reading() as connection:
        (log,) = experiments(connection, garage.account)
        assert experiments(connection, "clinic") == []
        assert first_remedy(connection, garage.account) == garage.texts()[0].handed_at
        assert first_remedy(connection, "clinic") is None
    assert (log.name, log.share, sum(log.drawn.values())) == ("holdout-0.5", 0.5, 5)
    by_journey = rows(garage, at_once=2)
    assert [row.counted for row in by_journey] == [True] * 5
    assert {row.arm for row in by_journey if row.attempt_at is None} == {"holdout"}


def test_a_miss_that_is_learned_late_counts_in_neither_arm(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, holdout=0.5)
    garage.call(ANNE, at=garage.clock.now - timedelta(minutes=59))
    garage.call(PAUL, at=garage.clock.now - timedelta(minutes=61))
    counted = {run.person: each.counted for run, each in drawn(garage)}
    assert counted == {ANNE: True, PAUL: False}


def test_the_draw_goes_with_a_journey_that_became_part_of_another(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, holdout=0.5)
    garage.call(ANNE)
    garage.wait(minutes=1)
    old = garage.journey().id
    with ledger.writing() as connection:
        heir = {"id": "heir"}
        connection.execute(sa.update(journeys).values(**heir))
        alias = {"account_id": garage.account, "old_id": old, "journey_id": "heir"}
        connection.execute(sa.insert(journey_aliases).values(**alias))
    (row,) = rows(garage)
    ((run, each),) = drawn(garage)
    assert (row.id, row.counted, row.drawn) == ("heir", True, (each,))
    assert run.journey == "heir"
    assert (row.texted_at is None) == (each.arm == "holdout")


def test_another_key_and_another_account_find_nobody(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY, holdout=0.5)
    garage.call(ANNE)
    assert rows(garage)[0].counted
    assert not rows(garage, key=b"x" * 32)[0].counted
    with ledger.reading() as connection:
        there = recovery_rows(connection, "clinic", until=garage.clock.now, key=b"x" * 32)
        assert list(there) == []


def test_a_period_is_of_the_first_miss_and_a_site_of_the_journey(ledger: Ledger) -> None:
    garage = story(ledger, WEDNESDAY)
    for person in range(33639980000, 33639980005):
        garage.call(person)
        garage.wait(minutes=1)
    begin = local(WEDNESDAY)
    assert len(rows(garage, since=begin, at_once=2)) == 4
    assert len(rows(garage, until=begin, at_once=2)) == 1
    assert rows(garage, site="Bron") == []
    with ledger.writing() as connection:
        connection.execute(sa.delete(assignments))
        connection.execute(sa.update(journeys).where(journeys.c.person == 33639980000).values(state="withdrawn"))
    assert len(rows(garage)) == 4
