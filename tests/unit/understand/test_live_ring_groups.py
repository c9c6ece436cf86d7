from __future__ import annotations

from datetime import UTC, datetime, timedelta

from decroche.model.fact import Fact, Progress, Stage
from decroche.understand.live import live_call

BEGAN = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)


def fact(leg: str, stage: Stage, seconds: float, *, final: bool = False) -> Fact:
    return Fact(call_key="1", leg_key=leg, stage=stage, at=BEGAN + timedelta(seconds=seconds), final=final)


def test_a_colleague_s_telephone_rings_no_longer_than_until_somebody_answers() -> None:
    facts = [
        fact("", Stage.CREATED, 0),
        fact("a", Stage.RINGING, 2),
        fact("b", Stage.RINGING, 2),
        fact("b", Stage.ANSWERED, 9),
    ]
    talking = live_call(facts)
    assert talking.progress is Progress.TALKING
    assert talking.call.ring_s == 7
    assert {leg.ended_at for leg in talking.legs} == {None, BEGAN + timedelta(seconds=9)}
    over = live_call([*facts, fact("", Stage.ENDED, 300, final=True)])
    assert over.call.ring_s == 7
    assert over.call.ended_at == BEGAN + timedelta(seconds=300)


def test_a_telephone_that_rings_after_the_answer_is_still_ringing() -> None:
    transferred = live_call(
        [
            fact("a", Stage.RINGING, 0),
            fact("a", Stage.ANSWERED, 3),
            fact("a", Stage.ENDED, 60),
            fact("b", Stage.RINGING, 60),
        ]
    )
    assert transferred.progress is Progress.RINGING


def test_who_hands_a_caller_on_talked_until_the_next_person_answered() -> None:
    facts = [
        fact("a", Stage.RINGING, 0),
        fact("a", Stage.ANSWERED, 5),
        fact("b", Stage.RINGING, 60),
        fact("b", Stage.ANSWERED, 65),
    ]
    assert live_call(facts).progress is Progress.TALKING
    over = live_call([*facts, fact("", Stage.ENDED, 100, final=True)])
    assert over.call.talk_s == 60 + 35
    # What is told wins: they talked with the caller together.
    told = live_call([*facts, fact("a", Stage.ENDED, 90), fact("", Stage.ENDED, 100, final=True)])
    assert told.call.talk_s == 85 + 35
