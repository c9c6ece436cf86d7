"""Ends of calls that no phone system ever told: what the clock says instead, and when it is to be believed.

The clock's word is an observation like any other, so that the ledger made again from its observations is the same. It
says "nothing more was heard of this call than what happened up to then". It is believed only while that is true and
nobody tells the end: whatever is heard later, in whatever order, gives the call that it would have given in time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from decroche.connector_kit.connector import Record
from decroche.model.fact import Fact, Heard, Stage

#: The source of these observations.
CLOCK = "clock"
_KIND = "lost_end"


class _LostEnd(msgspec.Struct):
    call_key: str
    heard: datetime


def lost_end(call_key: str, heard: datetime) -> Record:
    """The record of the end of a call of which the last that was told happened at ``heard``."""
    body = msgspec.json.encode(_LostEnd(call_key, heard))
    return Record(kind=_KIND, key=f"{CLOCK}/{call_key}/{heard.isoformat()}", body=body)


def hear_lost_end(record: Record) -> Heard:
    """What such a record says."""
    said = msgspec.json.decode(record.body, type=_LostEnd)
    return Heard(facts=(Fact(call_key=said.call_key, stage=Stage.ENRICHED, at=said.heard, final=True),))


def last_told(facts: Iterable[Fact]) -> datetime:
    """When the last thing happened that a platform tells of a call: tags and messages added later are no sign of it."""
    known = list(facts)
    return max(fact.at for fact in [f for f in known if f.stage is not Stage.ENRICHED] or known)


def end_of(told: Sequence[Fact], by_clock: Sequence[Fact]) -> Fact | None:
    """The end to add to what a platform ``told`` of a call; None when it tells the end, or spoke again since.

    It ends the call and claims no time for it: when the call ended, nobody knows.
    """
    if any(fact.final for fact in told):
        return None
    last = last_told(told)
    if not any(fact.at >= last for fact in by_clock):
        return None
    key, leg = min(fact.call_key for fact in told), min(fact.leg_key for fact in told)
    return Fact(call_key=key, leg_key=leg, stage=Stage.ENRICHED, at=last, final=True)
