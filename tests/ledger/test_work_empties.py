"""The list empties by itself: who was reached need not be called, and who was promised a call is owed one."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from decroche.ledger.bookings import book
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journey_aliases
from decroche.ledger.work_claims import claim, snooze
from decroche.ledger.work_emptying import empty_by_itself
from decroche.ledger.work_items import Kind, read_item
from tests.ledger.business import Shop, shop
from tests.ledger.callers import ANN, BOB, called, journeyed, minutes, opened


def emptied(found: Shop, *, at: float = 60) -> dict[str, str]:
    """What closed by itself, with why."""
    with found.ledger.writing() as connection:
        gone = empty_by_itself(connection, found.account, [ANN, BOB], now=minutes(at))
        for each in gone:
            kept = read_item(connection, found.account, each.item)
            assert kept.state != "open" and kept.closed_because == each.because
            assert kept.about["emptied"]["by"] == each.by and kept.about["emptied"]["ref"] == each.ref
        assert not empty_by_itself(connection, found.account, [ANN, BOB], now=minutes(at))
    return {each.item: f"{each.because} {each.by}" for each in gone}


def promised(found: Shop, *, starts: float, made: float = 10) -> None:
    with found.ledger.writing() as connection:
        book(
            connection,
            found.account,
            journey="j1",
            person=ANN,
            starts_at=minutes(starts),
            ends_at=minutes(starts + 30),
            capacity=1,
            now=minutes(made),
        )


@pytest.mark.parametrize(
    ("state", "by"),
    [
        ("recovered", "our_call"),
        ("recovered", "their_call"),
        ("recovered", "reply"),
        ("recovered", "booking"),
        ("expired", None),
        ("withdrawn", None),
    ],
)
def test_the_end_of_the_journey_ends_what_was_to_be_done_for_it(ledger: Ledger, state: str, by: str | None) -> None:
    found = shop(ledger)
    ids = [opened(found, "1", kind=kind) for kind in (Kind.CALLBACK, Kind.VOICEMAIL, Kind.TASK)]
    others = [opened(found, "1", kind=kind) for kind in (Kind.REPLY, Kind.REFUSAL, Kind.TEXT_UNKNOWN)]
    journeyed(found, "j1", ANN, "open", at=0)
    assert emptied(found) == {}
    journeyed(found, "j1", ANN, state, at=20, by=by)
    assert emptied(found) == dict.fromkeys(ids, f"{state} {by}")
    with found.ledger.reading() as connection:
        states = {read_item(connection, found.account, id).state for id in ids}
        assert states == {"done" if state == "recovered" else "cancelled"}
        assert {read_item(connection, found.account, id).state for id in others} == {"open"}


def test_a_snoozed_or_claimed_item_is_emptied_too(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    journeyed(found, "j1", ANN, "recovered", at=20, by="their_call")
    with found.ledger.writing() as connection:
        snooze(connection, found.account, id, who="Zoé", until=minutes(900), now=minutes(1))
        claim(connection, found.account, id, who="Zoé", now=minutes(2))
    assert emptied(found) == {id: "recovered their_call"}


def test_of_two_journeys_that_an_item_joins_both_must_have_ended(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    opened(found, "2", at=1)
    journeyed(found, "j1", ANN, "withdrawn", at=20)
    journeyed(found, "j2", ANN, "open", at=20)
    assert emptied(found) == {}
    journeyed(found, "j2", ANN, "recovered", at=15, by="our_call")
    assert emptied(found) == {id: "recovered our_call"}


@pytest.mark.parametrize("by", ["reply", "booking"])
def test_who_asked_for_a_call_is_owed_one(ledger: Ledger, by: str) -> None:
    found = shop(ledger)
    id = opened(found, requested_at=minutes(5))
    journeyed(found, "j1", ANN, "recovered", at=5, by=by)
    called(found, "before", ANN, at=4, direction="inbound")
    called(found, "nobody", ANN, at=20, answered=False)
    assert emptied(found) == {}
    called(found, "talk", ANN, at=25)
    assert emptied(found) == {id: "recovered our_call"}


def test_a_slot_that_is_due_stays_unless_the_call_happened(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found, promised_at=minutes(120))
    promised(found, starts=120)
    journeyed(found, "j1", ANN, "recovered", at=10, by="booking")
    assert emptied(found) == {}
    journeyed(found, "j1", ANN, "expired", at=50)
    assert emptied(found, at=149) == {}
    called(found, "talk", ANN, at=100, direction="inbound")
    assert emptied(found, at=149) == {id: "recovered their_call"}


def test_a_slot_that_passed_is_still_owed_until_the_journey_expires(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    promised(found, starts=120)
    journeyed(found, "j1", ANN, "recovered", at=10, by="booking")
    assert emptied(found, at=500) == {}
    journeyed(found, "j1", ANN, "expired", at=400)
    assert emptied(found, at=149) == {}
    assert emptied(found, at=500) == {id: "expired None"}


def test_a_person_reached_by_hand_has_no_slot_any_more(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    promised(found, starts=120)
    journeyed(found, "j1", ANN, "recovered", at=9, by="our_call")
    assert emptied(found) == {}, "that call was before the promise"
    journeyed(found, "j1", ANN, "recovered", at=15, by="our_call")
    assert emptied(found) == {id: "recovered our_call"}


def test_a_text_waits_for_an_answer_until_somebody_talked(ledger: Ledger) -> None:
    found = shop(ledger)
    reply = opened(found, kind=Kind.REPLY, at=10)
    alone = opened(found, "b", BOB, journey=None)
    called(found, "before", ANN, at=9)
    called(found, "ringing", BOB, at=11, answered=False)
    assert emptied(found) == {}
    called(found, "after", ANN, at=12, direction="inbound")
    called(found, "bob", BOB, at=12)
    assert emptied(found) == {reply: "recovered their_call", alone: "recovered our_call"}


def test_a_journey_that_became_part_of_another_is_that_one(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    journeyed(found, "heir", ANN, "open", at=0)
    with found.ledger.writing() as connection:
        row = {"account_id": found.account, "old_id": "j1", "journey_id": "heir"}
        connection.execute(sa.insert(journey_aliases).values(**row))
    assert emptied(found) == {}
    journeyed(found, "heir", ANN, "recovered", at=20, by="reply")
    assert emptied(found) == {id: "recovered reply"}
