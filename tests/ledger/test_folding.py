"""What becomes of journeys and of the feed when calls turn out to be others, and when one cannot be read."""

from __future__ import annotations

import traceback
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.ledger.account import Account
from decroche.ledger.call_ids import call_id
from decroche.ledger.folding import fold_pending, refold_calls, refold_people
from decroche.ledger.observations import Observation, append, pending
from decroche.ledger.store import Ledger
from decroche.ledger.tables import reached
from decroche.model.call import Direction
from decroche.model.fact import AgentFact, Fact, Heard, Presence, Stage, UnknownWord
from tests.ledger.business import Shop, shop
from tests.ledger.stories import LINES, NOW, START, Body, hear

HOUR = timedelta(hours=1)


def miss(key: str, at: datetime = START, caller: str = "0611111111") -> Fact:
    return Fact(
        call_key=key,
        stage=Stage.ENDED,
        at=at,
        final=True,
        direction=Direction.INBOUND,
        caller=caller,
        called=LINES[0],
        ended_at=at + timedelta(seconds=30),
        started_at=at,
    )


def answered(key: str, at: datetime, caller: str = "0611111111") -> Fact:
    return replace(miss(key, at, caller), answered=True)


def say(found: Shop, *facts: Fact, now: datetime = START + 2 * HOUR) -> list[str]:
    found.keep([Body(facts=(fact,)) for fact in facts])
    return [kind for kind, _ in found.fold(now=now)]


def join(*keys: str) -> Fact:
    return Fact(call_key=keys[0], same_call=keys[1:], stage=Stage.ENRICHED, at=START)


def test_two_calls_that_are_one_leave_no_journey_of_the_other_person(ledger: Ledger) -> None:
    found = shop(ledger)
    for first, second in (("a", "b"), ("d", "c")):
        say(found, miss(first, caller="0611111111"), miss(second, START + HOUR, caller="0622222222"))
        say(found, join(first, second))
    assert {row["person"] for row in found.journeys().values()} == {row["person"] for row in found.calls().values()}
    assert sum(kind == "call.merged" for kind, _ in found.changes()) == 2


def test_a_journey_keeps_its_id_when_its_call_gets_another(ledger: Ledger) -> None:
    """The trunk tells another id of the missed call: whoever holds the journey's old id still finds it."""
    found = shop(ledger)
    keys = sorted((f"k{number}" for number in range(6)), key=lambda key: call_id("garage", "told", key), reverse=True)
    say(found, miss(keys[0]))
    (old,) = found.journeys()
    changes = [kind for key in keys[1:] for kind in say(found, join(key, keys[0]))]
    (now,) = found.journeys()
    assert old != now
    assert "journey.opened" not in changes and "journey.withdrawn" not in changes
    assert "journey.merged" in changes
    with ledger.reading() as connection:
        assert Account(connection, "garage").journey(old)["id"] == now


def test_an_earlier_miss_that_comes_late_takes_the_journey_over(ledger: Ledger) -> None:
    found = shop(ledger)
    assert say(found, miss("b", START + HOUR)) == ["call.updated", "call.missed", "journey.opened"]
    (old,) = found.journeys()
    learned = _learned(found)
    assert say(found, miss("a"), now=START + 3 * HOUR) == ["call.updated", "call.missed", "journey.merged"]
    (journey,) = found.journeys().values()
    assert (journey["attempts"], journey["opened_at"], _learned(found)) == (2, START, learned)
    # The earlier one was answered after all: the journey begins with the later one again, under its own id.
    assert say(found, replace(answered("a", START), at=START + timedelta(seconds=1))) == [
        "call.updated",
        "journey.merged",
    ]
    assert list(found.journeys()) == [old]
    with ledger.reading() as connection:
        mine = Account(connection, "garage")
        assert mine.journey(old)["id"] == mine.journey(journey["id"])["id"] == old


def test_a_miss_at_another_place_does_not_save_a_journey_from_withdrawal(ledger: Ledger) -> None:
    """The first site's miss was answered; the journey of the second site is another and stays what it is."""
    found = shop(ledger)
    say(found, miss("a", START + HOUR), replace(miss("b"), called=LINES[1]))
    changes = say(found, replace(answered("a", START + HOUR), at=START + 2 * HOUR))
    assert changes == ["call.updated", "journey.withdrawn", "journey.closed"]


def test_a_number_that_was_wrong_takes_the_journey_to_the_right_person(ledger: Ledger) -> None:
    found = shop(ledger)
    for wrong, right in (("0622222222", "0611111111"), ("0633333333", "0644444444")):
        say(found, miss(wrong, caller=wrong))
        say(found, Fact(call_key=wrong, stage=Stage.ENRICHED, at=START + HOUR, caller=right))
    assert {row["person"]: row["state"] for row in found.journeys(withdrawn=True).values()} == {
        33611111111: "open",
        33644444444: "open",
    }


def test_what_was_heard_before_changes_nothing(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, miss("a"))
    with ledger.reading() as connection:
        before = connection.execute(sa.text("select revision from calls")).scalar_one()
    assert say(found, replace(miss("a"), leg_key="")) == []
    twice = Body(facts=(miss("a"), miss("a")))
    found.keep([twice], source="history")
    assert [kind for kind, _ in found.fold(now=START)] == ["call.updated"]
    with ledger.reading() as connection:
        assert connection.execute(sa.text("select revision from calls")).scalar_one() > before


def test_revisions_increase_with_every_change(ledger: Ledger) -> None:
    found = shop(ledger)
    seen: list[int] = []
    for key in ("a", "b", "a2"):
        say(found, miss(key))
        with ledger.reading() as connection:
            seen.append(connection.execute(sa.text("select max(revision) from calls")).scalar_one())
    assert seen == sorted(set(seen))
    with ledger.reading() as connection:
        rows = connection.execute(sa.text("select revision from calls union all select revision from journeys")).all()
    assert len(rows) == len(set(rows))


def test_text_that_no_database_keeps_is_kept_without_it(ledger: Ledger) -> None:
    found = shop(ledger)
    long = "k" * 5000

    def odd(connector: str, heard: Record, settings: Mapping[str, str]) -> Heard:
        return Heard(
            facts=(replace(miss(long), queue="a\0b\ud800", same_call=("x\0y",)),),
            agents=(AgentFact(agent="\0" + long, presence=Presence.BUSY, at=START, reason="\ud800"),),
            unknown=(UnknownWord("field", "\0" + long),),
        )

    kept = Record(kind="event", key="\0" + long, body=b"\0", about={"\ud800": "a\0"})
    observation = Observation(endpoint_id=found.endpoint, record=kept, source="live", received_at=NOW)
    with ledger.writing() as connection:
        assert [append(connection, [observation]) for _ in range(2)] == [1, 0]
    assert fold_pending(ledger, odd, now=NOW).failed == 0
    (call,) = found.calls().values()
    assert call["queue"] == "ab?"
    assert len(found.unknown()) == 1


def test_an_observation_that_breaks_the_fold_fails_alone(ledger: Ledger) -> None:
    found = shop(ledger)
    poison = miss("poison")

    def careless(connector: str, heard: Record, settings: Mapping[str, str]) -> Heard:
        said = hear(connector, heard, settings)
        if said.facts and said.facts[0].call_key == "poison":
            return Heard(facts=(replace(poison, started_at=datetime(2026, 1, 1)),))  # noqa: DTZ001 - the mistake itself
        if said.facts and said.facts[0].call_key == "crash":
            raise KeyError("a bug of ours")
        return said

    found.keep([Body(facts=(miss(key),)) for key in ("a", "poison", "b", "crash", "c")])
    batch = fold_pending(ledger, careless, now=NOW)
    assert (batch.observations, batch.failed) == (5, 2)
    assert {call["external_key"] for call in found.calls().values()} == {"a", "b", "c"}
    with ledger.reading() as connection:
        states = connection.execute(sa.text("select state, count(*) from observations group by 1 order by 1")).all()
        assert [tuple(row) for row in states] == [("failed", 2), ("heard", 3)]


@pytest.mark.parametrize(
    "statement",
    [
        "insert into reached (id, account_id, person, at, kind) values (:id, :account_id, :person, :at, :kind)",
        "insert into reached (id, person) values (:id, :person)",
        "insert into nothing (person) values (:person)",
    ],
)
def test_no_error_of_the_store_repeats_a_number(ledger: Ledger, statement: str) -> None:
    row = {"id": "x", "account_id": "nobody", "person": 33611111111, "at": START.isoformat(), "kind": "reply"}
    with pytest.raises(sa.exc.SQLAlchemyError) as error, ledger.writing() as connection:
        connection.execute(sa.text(statement), row)
    assert "33611111111" not in "".join(traceback.format_exception(error.value))


def test_the_pending_are_found_by_their_index(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, *(miss(f"{number}") for number in range(300)))
    asked: list[str] = []
    sa.event.listen(ledger.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
    with ledger.reading() as connection:
        pending(connection, 200)
        query = asked[-1].replace("?", "200").replace("%(param_1)s::INTEGER", "200")
        if not ledger.embedded:
            connection.exec_driver_sql("set enable_seqscan = off")
        plan = connection.exec_driver_sql(("explain query plan " if ledger.embedded else "explain ") + query).all()
    assert "ix_observations_pending" in str(plan)


def test_calls_made_again_after_the_business_changed(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, miss("a"))
    (id,) = found.calls()
    with ledger.writing() as connection:
        connection.execute(sa.text("update lines set name = 'Atelier' where name = 'Lyon'"))
        assert refold_calls(connection, found.account, [id], START) == [("garage", "call.updated", id)]
        assert refold_calls(connection, found.account, [id], START) == []
    (call,) = found.calls().values()
    assert call["line"] == "Atelier"


def test_a_reply_closes_the_journey_wherever_it_was_opened(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, miss("a"), replace(miss("b"), called=LINES[1]))
    reply = {"id": "r", "account_id": "garage", "person": 33611111111, "at": START + HOUR, "kind": "reply"}
    with ledger.writing() as connection:
        connection.execute(sa.insert(reached).values(**reply))
        changes = refold_people(connection, "garage", [33611111111], START + HOUR)
    assert [kind for _, kind, _ in changes] == ["journey.closed", "journey.closed"]
    assert {(row["state"], row["recovered_by"], row["recovered_ref"]) for row in found.journeys().values()} == {
        ("recovered", "reply", "r")
    }


def _learned(found: Shop) -> datetime:
    with found.ledger.reading() as connection:
        (row,) = Account(connection, found.account).journeys()[0]
    learned: datetime = row["learned_at"]
    return learned
