from __future__ import annotations

from datetime import UTC, datetime, timedelta

from decroche.model.call import MissedReason
from decroche.model.fact import Fact, Stage
from decroche.understand.live import live_call

BEGAN = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
CALLER = Fact(call_key="1", stage=Stage.CREATED, at=BEGAN)
BUSY = Fact(
    call_key="1",
    leg_key="a",
    stage=Stage.ENDED,
    at=BEGAN + timedelta(seconds=1),
    agent="camille",
    reason=MissedReason.BUSY,
    raw_reason="busy",
)
RUNG = Fact(
    call_key="1",
    leg_key="b",
    stage=Stage.ENDED,
    at=BEGAN + timedelta(seconds=21),
    agent="noa",
    rang=True,
    reason=MissedReason.NO_ANSWER,
    raw_reason="no-answer",
)


def test_a_busy_telephone_is_the_reason_only_where_none_rang() -> None:
    assert live_call([CALLER, BUSY]).call.reason is MissedReason.BUSY
    assert live_call([CALLER, BUSY, RUNG]).call.reason is MissedReason.NO_ANSWER


def test_what_is_told_of_the_call_or_of_a_queue_is_its_reason_whoever_rang() -> None:
    for told in (
        Fact(call_key="1", stage=Stage.ENDED, at=BEGAN, agent="noa", reason=MissedReason.TECHNICAL_FAILURE),
        Fact(call_key="1", leg_key="queue", stage=Stage.ENDED, at=BEGAN, reason=MissedReason.NO_AGENT_AVAILABLE),
    ):
        assert live_call([CALLER, told, RUNG]).call.reason is told.reason
