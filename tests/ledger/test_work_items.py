"""What is to be done is opened once, belongs to one person at a time, ends in one touch, and leaves a trace."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import journeys
from decroche.ledger.work_claims import LEASE, Taken, claim, claim_first, release, snooze
from decroche.ledger.work_items import AlreadyClosed, Kind, NoSuchItem, WorkItem, close, item_id, open_items, read_item
from decroche.ledger.work_notes import Note, add_note, notes_of
from decroche.ledger.work_outcomes import Outcome, OutOfDate, settle
from tests.databases import opened as opened_ledger
from tests.ledger.business import Shop, shop
from tests.ledger.callers import ANN, BOB, called, minutes, opened


def item(found: Shop, id: str) -> WorkItem:
    with found.ledger.reading() as connection:
        return read_item(connection, found.account, id)


def listed(found: Shop, *, at: float = 1, **wanted: object) -> list[str]:
    with found.ledger.reading() as connection:
        rows = open_items(connection, found.account, now=minutes(at), **wanted)  # type: ignore[arg-type]
        return [each.id for each in rows]


def claimed(found: Shop, id: str, who: str, *, at: float = 1) -> WorkItem:
    with found.ledger.writing() as connection:
        return claim(connection, found.account, id, who=who, now=minutes(at))


def noted(found: Shop, id: str) -> list[str]:
    with found.ledger.reading() as connection:
        return [note["kind"] for note in notes_of(connection, found.account, id)]


#: Whom the outcomes of a test would stop calling, and since when.
Refused = list[tuple[int, datetime]]


def outcome(
    found: Shop, id: str, told: Outcome, *, at: float = 2, refused: Refused | None = None, **values: object
) -> WorkItem:
    def opt_out(_: sa.Connection, person: int, moment: datetime) -> None:
        assert refused is not None
        refused.append((person, moment))

    with found.ledger.writing() as connection:
        return settle(
            connection,
            found.account,
            id,
            told,
            who=str(values.pop("who", "Zoé")),
            now=minutes(at),
            opt_out=opt_out,
            **values,  # type: ignore[arg-type]
        )


def test_the_same_need_told_again_is_the_same_item(ledger: Ledger) -> None:
    found = shop(ledger)
    first = opened(found)
    assert first == item_id(found.account, "callback", "1") == opened(found, at=5)
    assert item(found, first).opened_at == minutes(0)
    with found.ledger.writing() as connection:
        assert close(connection, found.account, first, because="test", now=minutes(6))
        assert not close(connection, found.account, first, because="again", now=minutes(7))
    assert opened(found, at=8) == first
    assert item(found, first).closed_because == "test"
    assert listed(found) == []


def test_a_second_need_of_a_person_joins_the_first(ledger: Ledger) -> None:
    found = shop(ledger)
    first = opened(found, due_at=minutes(60))
    with found.ledger.writing() as connection:
        snooze(connection, found.account, first, who="Zoé", until=minutes(90), now=minutes(1))
    joined = opened(found, "2", at=2, due_at=minutes(30), requested_at=minutes(2), about={"reason": "no_answer"})
    assert joined == first == opened(found, "2", at=3)
    kept = item(found, first)
    assert (kept.due_at, kept.requested_at, kept.snoozed_until) == (minutes(30), minutes(2), None)
    assert kept.journeys == ("j1", "j2")
    assert [need["reason"] for need in kept.about["needs"]] == ["no_answer"]
    assert noted(found, first) == ["snoozed", "joined"]
    with found.ledger.writing() as connection:
        close(connection, found.account, first, because="test", now=minutes(4))
    assert opened(found, "2", at=5) == first, "a need that was met is not opened again when it is told again"
    assert opened(found, "3", at=5) != first
    assert opened(found, "2", BOB, kind=Kind.VOICEMAIL) != first
    assert opened(found, "t", None, kind=Kind.TASK) != opened(found, "u", None, kind=Kind.TASK)


def test_lists_say_what_is_to_be_done_now(ledger: Ledger) -> None:
    found = shop(ledger)
    late, promised = opened(found), opened(found, "2", BOB, at=1, promised_at=minutes(30), department="atelier")
    voicemail = opened(found, "v", ANN, at=2, kind=Kind.VOICEMAIL)
    assert listed(found) == [promised, late, voicemail]
    assert listed(found, kinds=[Kind.VOICEMAIL]) == [voicemail]
    assert listed(found, department="atelier") == [promised] == listed(found, person=BOB)
    assert listed(found, site="Bron") == []
    with found.ledger.writing() as connection:
        snooze(connection, found.account, late, who="Zoé", until=minutes(20), now=minutes(3))
    assert listed(found, at=19) == [promised, voicemail]
    assert listed(found, at=20) == [promised, late, voicemail] == listed(found, at=19, asleep=True)


def test_while_one_has_an_item_nobody_else_has_one_of_the_same_person(ledger: Ledger) -> None:
    found = shop(ledger)
    callback, voicemail, other = opened(found), opened(found, "v", kind=Kind.VOICEMAIL), opened(found, "2", BOB)
    mine = claimed(found, callback, "Zoé")
    assert (mine.claimed_by, mine.claimed_until) == ("Zoé", minutes(1) + LEASE)
    for id in (callback, voicemail):
        with pytest.raises(Taken) as error:
            claimed(found, id, "Luc", at=2)
        assert (error.value.by, error.value.until) == ("Zoé", minutes(1) + LEASE)
    claimed(found, voicemail, "Zoé", at=2)
    claimed(found, other, "Luc", at=2)
    assert claimed(found, callback, "Zoé", at=5).claimed_until == minutes(5) + LEASE
    assert noted(found, callback) == ["claimed"], "holding on is not claiming anew"
    assert claimed(found, callback, "Luc", at=20).holder(minutes(20)) == "Luc", "a lease ends by itself"
    with found.ledger.writing() as connection:
        with pytest.raises(Taken):
            release(connection, found.account, callback, who="Zoé", now=minutes(21))
        release(connection, found.account, callback, who="Luc", now=minutes(21))
    assert claimed(found, voicemail, "Zoé", at=22).holder(minutes(22)) == "Zoé"
    assert item(found, callback).holder(minutes(22)) is None
    assert noted(found, callback) == ["claimed", "claimed", "released"]


def test_nobody_gets_what_is_not_there(ledger: Ledger) -> None:
    found = shop(ledger)
    with pytest.raises(NoSuchItem):
        claimed(found, "none", "Zoé")
    id = opened(found)
    with found.ledger.writing() as connection:
        with pytest.raises(NoSuchItem):
            claim(connection, "another", id, who="Zoé", now=minutes(1))
        close(connection, found.account, id, because="test", now=minutes(1))
        for refused in (
            lambda: claim(connection, found.account, id, who="Zoé", now=minutes(2)),
            lambda: snooze(connection, found.account, id, who="Zoé", until=minutes(9), now=minutes(2)),
        ):
            with pytest.raises(AlreadyClosed):
                refused()
        assert claim_first(connection, found.account, ["none", id], who="Zoé", now=minutes(2)) is None
        assert notes_of(connection, "another", id) == []


def test_the_next_one_is_the_first_that_is_free(ledger: Ledger) -> None:
    found = shop(ledger)
    first, second, third = opened(found), opened(found, "v", kind=Kind.VOICEMAIL), opened(found, "2", BOB)
    claimed(found, first, "Zoé")
    with found.ledger.writing() as connection:
        got = claim_first(connection, found.account, [first, second, third], who="Luc", now=minutes(2))
        assert got is not None and got.id == third


def test_an_attempt_that_reached_nobody_comes_back(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    claimed(found, id, "Zoé")
    again = outcome(found, id, Outcome.NO_ANSWER, next_at=minutes(120), attempt=0, note="ça sonne")
    assert (again.state, again.attempts, again.snoozed_until, again.claimed_by) == ("open", 1, minutes(120), None)
    with pytest.raises(OutOfDate):
        outcome(found, id, Outcome.NO_ANSWER, next_at=minutes(130), attempt=0)
    assert noted(found, id) == ["claimed", "outcome", "note"]
    last = outcome(found, id, Outcome.BUSY, at=125, attempt=1)
    assert (last.state, last.attempts, last.closed_because) == ("done", 2, "all_tried")


def test_somebody_else_cannot_tell_the_outcome(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    claimed(found, id, "Zoé")
    with pytest.raises(Taken):
        outcome(found, id, Outcome.REACHED, who="Luc")
    assert outcome(found, id, Outcome.REACHED, at=60, who="Luc").closed_because == "reached", "the lease had ended"


@pytest.mark.parametrize("told", ["reached", "appointment", "sold"])
def test_who_was_reached_has_no_open_journey(ledger: Ledger, told: str) -> None:
    found = shop(ledger)
    called(found, "c", ANN, at=-5, direction="inbound", answered=False)
    with found.ledger.writing() as connection:
        connection.execute(sa.text("update calls set disposition = 'missed'"))
    id = opened(found)
    done = outcome(found, id, Outcome(told))
    assert (done.state, done.outcome, done.closed_at) == ("done", told, minutes(2))
    with found.ledger.reading() as connection:
        row = connection.execute(sa.select(journeys)).one()
    assert (row.state, row.recovered_by, row.closed_at) == ("recovered", "our_call", minutes(2))
    assert outcome(found, id, Outcome.NO_ANSWER, at=3) == done, "what is settled stays settled"


def test_who_does_not_want_to_be_called_is_not(ledger: Ledger) -> None:
    found = shop(ledger)
    refused: Refused = []
    id, voicemail, reply = opened(found), opened(found, "v", kind=Kind.VOICEMAIL), opened(found, "r", kind=Kind.REPLY)
    bob = opened(found, "2", BOB)
    assert outcome(found, id, Outcome.DO_NOT_CALL, refused=refused).state == "done"
    assert refused == [(ANN, minutes(2))]
    assert (item(found, voicemail).state, item(found, voicemail).closed_because) == ("cancelled", "do_not_call")
    assert set(listed(found)) == {reply, bob}


def test_what_emptied_by_itself_still_takes_the_outcome(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    with found.ledger.writing() as connection:
        close(connection, found.account, id, because="recovered", now=minutes(1))
    told = outcome(found, id, Outcome.SOLD)
    assert (told.state, told.closed_because, told.outcome) == ("done", "recovered", "sold")
    wrong = opened(found, "2", BOB)
    assert outcome(found, wrong, Outcome.WRONG_NUMBER).closed_because == "wrong_number"


def test_notes_of_one_moment_keep_their_order(ledger: Ledger) -> None:
    found = shop(ledger)
    id = opened(found)
    with found.ledger.writing() as connection:
        for number in range(20):
            add_note(connection, id, kind=Note.NOTE, who="Zoé", now=minutes(1), body=str(number))
        told = [note["body"] for note in notes_of(connection, found.account, id)]
    assert told == [str(number) for number in range(20)]


def test_two_who_claim_at_once_never_both_have_it(ledger: Ledger) -> None:
    """Of the items of one person, whatever the order, one of us has all of those that are claimed."""
    found = shop(ledger)
    items = [opened(found, "c"), *(opened(found, f"v{n}", kind=Kind.VOICEMAIL) for n in range(5))]
    begin = threading.Barrier(2, timeout=30)
    got: dict[str, list[str]] = {"Zoé": [], "Luc": []}
    # Each has a store of their own, as in two processes.
    stores = {who: Ledger(ledger.engine.url.render_as_string(hide_password=False)) for who in got}

    def take(who: str, wanted: list[str]) -> None:
        for id in wanted:
            begin.wait()
            try:
                with stores[who].writing() as connection:
                    got[who].append(claim(connection, found.account, id, who=who, now=minutes(1)).id)
            except Taken as error:
                assert error.by != who

    threads = [
        threading.Thread(target=take, args=("Zoé", items)),
        threading.Thread(target=take, args=("Luc", items[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for store in stores.values():
        store.close()
    assert sorted(map(len, got.values())) == [0, len(items)]
    owner = max(got, key=lambda who: len(got[who]))
    assert {item(found, id).claimed_by for id in items} == {owner}
    other = "Luc" if owner == "Zoé" else "Zoé"
    assert claimed(found, items[0], other, at=1 + LEASE / timedelta(minutes=1)).claimed_by == other


def test_who_claims_another_item_of_the_person_waits_for_who_is_claiming_one() -> None:
    with opened_ledger("postgresql") as ledger:
        found = shop(ledger)
        callback, voicemail = opened(found), opened(found, "v", kind=Kind.VOICEMAIL)
        refused: list[str] = []

        def luc() -> None:
            try:
                claimed(found, voicemail, "Luc")
            except Taken as error:
                refused.append(error.by)

        other = threading.Thread(target=luc)
        with ledger.writing() as connection:
            claim(connection, found.account, callback, who="Zoé", now=minutes(1))
            other.start()
            waiting = sa.text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
            while other.is_alive() and not connection.execute(waiting).scalar_one():
                other.join(0.01)
            assert claim_first(connection, found.account, [voicemail], who="Zoé", now=minutes(1)) is not None
        other.join()
        assert refused == ["Zoé"]


def test_two_who_ask_for_the_next_at_once_get_different_people(ledger: Ledger) -> None:
    found = shop(ledger)
    items = [opened(found, str(number), 33600000000 + number) for number in range(12)]
    begin = threading.Barrier(2, timeout=30)
    got: dict[str, list[str]] = {"Zoé": [], "Luc": []}

    def take(who: str) -> None:
        for _ in range(6):
            begin.wait()
            with found.ledger.writing() as connection:
                one = claim_first(
                    connection,
                    found.account,
                    [id for id in items if id not in got[who]],
                    who=who,
                    now=minutes(1),
                )
            if one is not None:
                got[who].append(one.id)

    threads = [threading.Thread(target=take, args=(who,)) for who in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got["Zoé"]) == len(got["Luc"]) == 6
    assert set(got["Zoé"]).isdisjoint(got["Luc"])


def test_two_needs_told_at_once_make_one_callback(ledger: Ledger) -> None:
    found = shop(ledger)
    begin = threading.Barrier(4, timeout=30)
    made: list[str] = []

    def tell(key: str) -> None:
        begin.wait()
        made.append(opened(found, key))

    threads = [threading.Thread(target=tell, args=(str(number),)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1 and len(listed(found)) == 1
    assert len(item(found, made[0]).about["needs"]) == 3
