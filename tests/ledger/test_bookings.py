"""Slots are promised no more often than there is room for, and each promise is held against our calls."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.ledger.bookings import (
    Booking,
    Promises,
    SlotFull,
    book,
    booked,
    booking_of,
    cancel,
    note_reminder,
    promises,
    settle_promises,
)
from decroche.ledger.recovery_tables import slot_links
from decroche.ledger.slot_links import LASTS, LinkExpired, NoSuchLink, link_of, make_link, note_opened
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journey_aliases
from tests.ledger.business import Shop, shop
from tests.ledger.callers import ANN, BOB, called, minutes


def promised(
    found: Shop,
    journey: str = "j1",
    person: int = ANN,
    *,
    starts: float = 60,
    at: float = 0,
    length: float = 30,
    capacity: int = 1,
    site: str = "Lyon",
) -> Booking:
    with found.ledger.writing() as connection:
        return book(
            connection,
            found.account,
            journey=journey,
            person=person,
            starts_at=minutes(starts),
            ends_at=minutes(starts + length),
            capacity=capacity,
            now=minutes(at),
            site=site,
        )


def states(found: Shop, *, at: float) -> dict[str, str]:
    """How each promise stands, by its journey and beginning, after it was held against the calls."""
    with found.ledger.writing() as connection:
        settle_promises(connection, found.account, now=minutes(at))
        assert settle_promises(connection, found.account, now=minutes(at)) == []
        rows = connection.execute(sa.text("select journey_id, starts_at, state from bookings order by made_at, id"))
        return {f"{row.journey_id} {number}": row.state for number, row in enumerate(rows)}


def test_a_slot_takes_what_it_can_and_no_more(ledger: Ledger) -> None:
    found = shop(ledger)
    promised(found, capacity=2)
    promised(found, "j2", BOB, capacity=2)
    with pytest.raises(SlotFull):
        promised(found, "j3", capacity=2)
    with pytest.raises(SlotFull):
        promised(found, "j3", starts=75, capacity=2)
    promised(found, "j3", starts=90, capacity=2)
    promised(found, "j4", capacity=2, site="Bron")
    with pytest.raises(SlotFull):
        promised(found, "j5", starts=200, capacity=0)
    with found.ledger.writing() as connection:
        assert cancel(connection, found.account, "j1") is not None
        assert cancel(connection, found.account, "j1") is None
        left = booked(connection, found.account, since=minutes(60), until=minutes(90))
    assert {each.journey_id for each in left} == {"j2", "j4"}
    promised(found, "j5", capacity=2)


def test_the_same_choice_again_changes_nothing_and_another_moves_it(ledger: Ledger) -> None:
    found = shop(ledger)
    first = promised(found)
    assert promised(found, at=5) == first
    second, third = promised(found, starts=90, at=6), promised(found, starts=120, at=7)
    assert promised(found, starts=60, at=8, journey="j2").starts_at == first.starts_at, "what was left is free"
    with pytest.raises(SlotFull):
        promised(found, starts=60, at=9)
    with found.ledger.reading() as connection:
        assert booking_of(connection, found.account, "j1") == third
        assert booking_of(connection, "another", "j1") is None
    assert len({first.id, second.id, third.id}) == 3
    overlapping = promised(found, starts=135, at=10)
    assert overlapping.starts_at == minutes(135), "its own former slot is not in its way"
    assert states(found, at=20) == {
        "j1 0": "moved",
        "j1 1": "moved",
        "j1 2": "moved",
        "j2 3": "booked",
        "j1 4": "booked",
    }


def test_a_booking_is_found_by_what_its_journey_is_called_now(ledger: Ledger) -> None:
    found = shop(ledger)
    made = promised(found)
    with found.ledger.writing() as connection:
        row = {"account_id": found.account, "old_id": "j1", "journey_id": "heir"}
        connection.execute(sa.insert(journey_aliases).values(**row))
        assert booking_of(connection, found.account, "heir") == made
        note_reminder(connection, made.id, now=minutes(30))
        kept = booking_of(connection, found.account, "j1")
    assert kept is not None and kept.reminded_at == minutes(30)


def test_several_who_choose_at_once_never_fill_it_beyond_its_capacity(ledger: Ledger) -> None:
    found = shop(ledger)
    begin = threading.Barrier(6, timeout=30)
    got: list[str] = []
    full: list[str] = []

    def choose(journey: str, starts: float) -> None:
        begin.wait()
        try:
            got.append(promised(found, journey, starts=starts, capacity=2).id)
        except SlotFull:
            full.append(journey)

    threads = [threading.Thread(target=choose, args=(f"j{n}", 60 + 10 * (n % 2))) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(got), len(full)) == (2, 4)


@pytest.mark.parametrize(
    ("at", "direction", "answered", "state"),
    [
        (49, "outbound", False, "broken"),
        (50, "outbound", False, "kept"),
        (75, "outbound", True, "kept"),
        (99, "outbound", False, "kept"),
        (100, "outbound", True, "broken"),
        (30, "outbound", True, "cancelled"),
        (30, "inbound", True, "cancelled"),
        (30, "inbound", False, "broken"),
        (-1, "inbound", True, "broken"),
        (95, "inbound", True, "cancelled"),
    ],
)
def test_a_promise_is_kept_by_a_call_in_its_time(
    ledger: Ledger, at: float, direction: str, answered: bool, state: str
) -> None:
    found = shop(ledger)
    promised(found)
    called(found, "other", BOB, at=75)
    assert states(found, at=99) == {"j1 0": "booked"}
    assert states(found, at=100) == {"j1 0": "broken"}
    called(found, "c", ANN, at=at, direction=direction, answered=answered, heard=105)
    assert states(found, at=110) == {"j1 0": state}, "a call that is told late counts as one told in time"


def test_what_was_broken_is_looked_at_again_only_when_something_is_told(ledger: Ledger) -> None:
    found = shop(ledger)
    people = range(33600000000, 33600000020)
    for person in people:
        promised(found, f"j{person}", person, capacity=99)
        called(found, f"before{person}", person, at=5, direction="inbound", answered=False)
    assert set(states(found, at=200).values()) == {"broken"}
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(found.ledger.engine, "before_cursor_execute", note)
    with found.ledger.writing() as connection:
        del asked[:]
        assert settle_promises(connection, found.account, now=minutes(300)) == []
        assert len(asked) == 1, "whatever was broken, in one look"
    called(found, "late", people[3], at=70, heard=310)
    with found.ledger.writing() as connection:
        (mended,) = settle_promises(connection, found.account, now=minutes(320))
    assert (mended.person, mended.state) == (people[3], "kept")


def test_how_late_we_called_is_known(ledger: Ledger) -> None:
    found = shop(ledger)
    made = promised(found)
    called(found, "c", ANN, at=200)
    with found.ledger.writing() as connection:
        broken = settle_promises(connection, found.account, now=minutes(210))
    assert [(each.id, each.state, each.called_at) for each in broken] == [(made.id, "broken", minutes(200))]


def test_the_rate_says_how_many_promises_it_is_of(ledger: Ledger) -> None:
    found = shop(ledger)
    for number, starts in enumerate((60, 120, 180, 240)):
        promised(found, f"j{number}", 33600000000 + number, starts=starts)
    promised(found, "j4", ANN, starts=300)
    promised(found, "j4", ANN, starts=360)
    with found.ledger.writing() as connection:
        cancel(connection, found.account, "j3")
    called(found, "c", 33600000001, at=130)
    states(found, at=380)
    with found.ledger.reading() as connection:
        told = promises(connection, found.account, since=minutes(0), until=minutes(1000))
        assert told == Promises(kept=1, broken=2, cancelled=1, moved=1)
        assert (told.n, told.rate) == (3, 1 / 3)
        none = promises(connection, found.account, since=minutes(0), until=minutes(1000), site="Bron")
        assert (none.n, none.rate) == (0, None)


def test_an_address_is_hard_to_guess_and_ends(ledger: Ledger) -> None:
    found = shop(ledger)
    with found.ledger.writing() as connection:
        token = make_link(connection, found.account, journey="j1", person=ANN, now=minutes(0))
        other = make_link(connection, found.account, journey="j1", person=ANN, now=minutes(0))
        assert len(token) == 24 and token != other
        link = link_of(connection, token, now=minutes(1))
        assert (link.account_id, link.journey_id, link.person) == (found.account, "j1", ANN)
        row = {"account_id": found.account, "old_id": "j1", "journey_id": "heir"}
        connection.execute(sa.insert(journey_aliases).values(**row))
        assert link_of(connection, token, now=minutes(1)).journey_id == "heir"
        with pytest.raises(LinkExpired) as error:
            link_of(connection, token, now=minutes(0) + LASTS)
        assert error.value.link.account_id == found.account
        for wrong in ("", token[:-1], token + "x", "\ud800"):
            with pytest.raises(NoSuchLink):
                link_of(connection, wrong, now=minutes(1))
        note_opened(connection, token, now=minutes(2))
        note_opened(connection, token, now=minutes(3))
        rows = connection.execute(sa.select(slot_links)).all()
    assert [row.opened_at for row in rows if row.opened_at] == [minutes(2)]
    assert all(token.encode() not in row.digest for row in rows)


def test_an_address_lasts_as_long_as_it_is_told_to(ledger: Ledger) -> None:
    found = shop(ledger)
    with found.ledger.writing() as connection:
        token = make_link(
            connection, found.account, journey="j1", person=ANN, now=minutes(0), lasts=timedelta(minutes=5)
        )
        link_of(connection, token, now=minutes(4.9))
        with pytest.raises(LinkExpired):
            link_of(connection, token, now=minutes(5))
