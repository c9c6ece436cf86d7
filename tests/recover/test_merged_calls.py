"""A call turns out to be a part of another one: what was left in it is still heard, and nobody has to do it twice."""

from __future__ import annotations

import msgspec

from decroche.ledger.call_ids import call_id
from decroche.ledger.store import Ledger
from decroche.ledger.voicemails import Left, what_was_left
from decroche.ledger.work_items import item_of
from decroche.model.call import MissedReason
from decroche.model.fact import Fact, Message, Stage
from tests.recover.telling import ANNE, Story, story

MORNING = "2026-03-04 10:42"


def before(key: str) -> str:
    """Another name of the call ``key`` that gives it the smaller id, which is then the id of both."""
    names = (f"trunk{number}" for number in range(1000))
    return next(name for name in names if call_id("garage", "told", name) < call_id("garage", "told", key))


def joins(garage: Story, key: str, other: str) -> Fact:
    return Fact(call_key=key, stage=Stage.ENRICHED, at=garage.clock.now, same_call=(other,))


def left(garage: Story, **wanted: object) -> list[Left | None]:
    """What was left, by item."""
    with garage.ledger.reading() as connection:
        return [what_was_left(connection, item_of(each)) for each in garage.work(kind="voicemail", **wanted)]


def test_a_voicemail_keeps_its_recording_and_stays_one_thing_to_do(ledger: Ledger) -> None:
    garage = story(ledger, MORNING)
    garage.call(ANNE, voicemail=True)
    message = Message(recording="RE1", text="Bonjour")
    garage.tell(Fact(call_key="c1", stage=Stage.ENRICHED, at=garage.clock.now, message=message))
    told = [Left(endpoint=garage.phone, recording="RE1", text="Bonjour")]
    assert left(garage) == told
    (item,) = garage.work(kind="voicemail")
    garage.tell(joins(garage, "c1", before("c1")))
    assert left(garage) == told
    (again,) = garage.work(kind="voicemail")
    assert again.id == item.id
    assert msgspec.json.decode(again.about)["call"] == call_id("garage", "told", before("c1"))


def test_two_items_of_one_call_become_one(ledger: Ledger) -> None:
    garage = story(ledger, MORNING)
    garage.call(ANNE, voicemail=True)
    trunk = before("c1")
    garage.tell(
        Fact(
            call_key=trunk, stage=Stage.ENDED, at=garage.clock.now, final=True, voicemail=True,
            message=Message(recording="RE1"),
        )
    )  # fmt: skip
    assert len(garage.work(kind="voicemail", state="open")) == 2
    garage.tell(joins(garage, "c1", trunk))
    assert left(garage, state="open") == [Left(endpoint=garage.phone, recording="RE1")]
    (gone,) = garage.work(kind="voicemail", state="cancelled")
    assert gone.closed_because == "merged"


def test_who_asked_to_be_called_is_called_once(ledger: Ledger) -> None:
    garage = story(ledger, MORNING)
    garage.call(ANNE, reason=MissedReason.CALLBACK_REQUESTED, lasts=120)
    garage.wait(minutes=2)
    garage.call(ANNE, ours=True, answered=True)
    assert [item.state for item in garage.work(kind="callback")] == ["done"]
    garage.tell(joins(garage, "c1", before("c1")))
    assert [item.state for item in garage.work(kind="callback")] == ["done"]
