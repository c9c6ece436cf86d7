"""What time alone does: journeys expire, calls whose end is lost are closed, and a late word still wins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.sweeping import close_lost_calls, expire
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.ledger.business import Shop, emptied, shop
from tests.ledger.stories import LINES, START, Body

MINUTE = timedelta(minutes=1)
ARRIVES = Fact(
    call_key="c", stage=Stage.CREATED, at=START, direction=Direction.INBOUND, caller="0611111111", called=LINES[0]
)
RINGS = Fact(call_key="c", stage=Stage.RINGING, at=START + timedelta(seconds=2), leg_key="a")
ANSWERS = Fact(call_key="c", stage=Stage.ANSWERED, at=START + timedelta(seconds=9), leg_key="a", agent="Ana")
ENDS = Fact(call_key="c", stage=Stage.ENDED, at=START + timedelta(seconds=30), final=True)


def say(found: Shop, *facts: Fact, at: datetime = START) -> list[tuple[str, str]]:
    found.keep([Body(facts=(fact,)) for fact in facts], at=at)
    return found.fold(now=at)


def kinds(changes: list[tuple[str, str]]) -> list[str]:
    return [kind for kind, _ in changes]


def sweep(found: Shop, now: datetime) -> list[str]:
    close_lost_calls(found.ledger, now=now)
    return kinds(found.fold(now=now))


def state(found: Shop) -> tuple[str, str | None, str]:
    (call,) = found.calls().values()
    return call["progress"], call["disposition"], call["sources"]


def test_a_journey_expires_when_seven_days_are_over(ledger: Ledger) -> None:
    found = shop(ledger)
    assert "journey.opened" in kinds(say(found, ARRIVES, ENDS))
    assert expire(ledger, now=START + timedelta(days=7)) == ()
    changes = expire(ledger, now=START + timedelta(days=7, seconds=1))
    (journey,) = found.journeys().values()
    assert [kind for _, kind, _ in changes] == ["journey.closed"]
    assert (journey["state"], journey["closed_at"]) == ("expired", START + timedelta(days=7))
    assert found.changes()[-1] == ("journey.closed", journey["id"])
    assert expire(ledger, now=START + timedelta(days=8)) == ()


def test_more_journeys_than_one_transaction_takes_expire_in_one_sweep(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, *(replace(ENDS, call_key=f"{n}", caller=f"06{n:08d}", direction=Direction.INBOUND) for n in range(510)))
    assert len(expire(ledger, now=START + timedelta(days=8))) == 510


def test_an_unanswered_call_without_an_end_is_missed_after_a_quarter_of_an_hour(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, ARRIVES, RINGS)
    assert sweep(found, START + 15 * MINUTE) == []
    assert sweep(found, START + 16 * MINUTE) == ["call.updated", "call.missed", "journey.opened"]
    assert state(found) == ("ended", "missed", "clock live")
    (call,) = found.calls().values()
    assert (call["ended_at"], call["total_s"], call["reason"]) == (None, None, "no_answer")
    assert sweep(found, START + 60 * MINUTE) == []


def test_an_answered_call_is_given_four_hours(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, ARRIVES, RINGS, ANSWERS)
    assert sweep(found, START + 240 * MINUTE) == []
    assert sweep(found, START + 241 * MINUTE) == ["call.updated"]
    assert state(found) == ("ended", "answered", "clock live")
    (call,) = found.calls().values()
    assert call["talk_s"] is None


def test_what_was_heard_last_counts_by_our_clock_not_by_theirs(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, ARRIVES, at=START + 30 * MINUTE)
    assert sweep(found, START + 40 * MINUTE) == []
    assert sweep(found, START + 46 * MINUTE) == ["call.updated", "call.missed", "journey.opened"]


def test_a_late_end_gives_the_call_that_it_would_have_given_in_time(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, ARRIVES, RINGS, ENDS)
    undisturbed = (found.calls(), found.journeys())
    emptied(found)
    say(found, ARRIVES, RINGS)
    sweep(found, START + 16 * MINUTE)
    assert found.calls() != undisturbed[0]
    assert kinds(say(found, ENDS)) == ["call.updated"]
    assert (found.calls(), found.journeys()) == undisturbed


def test_a_late_answer_withdraws_the_journey_and_a_call_that_goes_on_is_in_progress(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, ARRIVES, RINGS)
    sweep(found, START + 16 * MINUTE)
    later = START + 20 * MINUTE
    assert kinds(say(found, replace(ANSWERS, at=later), at=later)) == ["call.updated", "journey.withdrawn"]
    assert state(found) == ("talking", None, "live")
    assert sweep(found, later + 241 * MINUTE) == ["call.updated"]
    assert state(found) == ("ended", "answered", "clock live")


def test_a_message_found_later_does_not_bring_the_call_back(ledger: Ledger) -> None:
    found = shop(ledger)
    say(found, ARRIVES, RINGS)
    sweep(found, START + 16 * MINUTE)
    later = START + 20 * MINUTE
    voicemail = Fact(call_key="c", stage=Stage.ENRICHED, at=later, voicemail=True)
    assert kinds(say(found, voicemail, at=later)) == ["call.updated"]
    assert state(found) == ("ended", "missed", "clock live")


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
def test_the_word_of_the_clock_may_come_before_what_it_speaks_of(ledger: Ledger, order: tuple[int, ...]) -> None:
    found = shop(ledger)
    say(found, ARRIVES, RINGS)
    sweep(found, START + 16 * MINUTE)
    expected = found.calls()
    with ledger.writing() as connection:
        for table in ("calls", "call_keys", "facts"):
            connection.execute(sa.text(f"delete from {table}"))
    with ledger.reading() as connection:
        ids = list(connection.execute(sa.text("select id from observations order by id")).scalars())
    for place in order:
        with ledger.writing() as connection:
            connection.execute(sa.text("update observations set state = 'pending' where id = :id"), {"id": ids[place]})
        found.fold()
    assert found.calls() == expected


def test_our_clock_may_jump(ledger: Ledger) -> None:
    """Forward: the call is closed too early, and the real end puts it right. Back: nothing happens."""
    found = shop(ledger)
    say(found, ARRIVES, RINGS)
    sweep(found, START - timedelta(days=1))
    assert state(found) == ("ringing", None, "live")
    sweep(found, START + timedelta(days=365))
    say(found, ANSWERS, ENDS, at=START + MINUTE)
    assert state(found) == ("ended", "answered", "live")
