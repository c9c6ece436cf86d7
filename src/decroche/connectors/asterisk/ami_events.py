"""What an event of Asterisk's manager interface says of a call, of a queue or of an agent.

The call's key is its ``Linkedid``. Its legs: ``""`` is the channel that came first, ``queue:<queue>`` the wait in a
queue and the talk with the agent who took it, ``queue:<queue>/<agent>`` an agent that was rung, and the name of a phone
or trunk (``101``) a dial outside queues. ``queue_log_lines`` and ``cdr_lines`` give legs the same names.

The interface tells no time-out of a queue (only that the caller left it) and no menu: ``queue_log`` and the CDR do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import from_epoch
from decroche.connectors.asterisk.ami import OF_AGENTS, OF_QUEUES, Block, decode
from decroche.connectors.asterisk.ends import (
    Rank,
    agent_name,
    dialled_number,
    direction,
    endpoint,
    is_closed,
    is_inside,
    is_local,
    is_long,
    is_short,
    why_missed,
)
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import AgentFact, Fact, Heard, Presence, Stage, UnknownWord

_NOTHING = ("", "<unknown>", "<none>", "<null>")
_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")
_DIALLED = re.compile(r"\+?[0-9]{7,}")

#: How a dial ended without an answer.
DIAL_ENDS: dict[str, tuple[Rank, MissedReason]] = {
    "NOANSWER": (Rank.NO_ANSWER, MissedReason.NO_ANSWER),
    "BUSY": (Rank.BUSY, MissedReason.BUSY),
    "CANCEL": (Rank.GAVE_UP, MissedReason.ABANDONED_RINGING),
    "CONGESTION": (Rank.FAILED, MissedReason.TECHNICAL_FAILURE),
    "CHANUNAVAIL": (Rank.SWITCHED_OFF, MissedReason.TECHNICAL_FAILURE),
}
#: The dial plan went on or did something else; that says nothing of why.
_SILENT_ENDS = frozenset({"ABORT", "CONTINUE", "GOTO", "DONTCALL", "TORTURE"})
#: A queue member's device, by number. An unknown device (0) says nothing.
_DEVICES: dict[str, Presence | None] = {
    "0": None,
    "1": Presence.AVAILABLE,
    "2": Presence.BUSY,
    "3": Presence.BUSY,
    "4": Presence.OFFLINE,
    "5": Presence.OFFLINE,
    "6": Presence.RINGING,
    "7": Presence.RINGING,
    "8": Presence.BUSY,
}


def heard(body: bytes, about: Mapping[str, str]) -> Heard:
    """What one block says; ``about["at"]`` dates it where it does not date itself. Raises Ignored and Malformed."""
    block = {name: value for name, value in decode(body).items() if value not in _NOTHING}
    event = block.get("event", "")
    at = from_epoch(block.get("timestamp") or about.get("at"))
    if at is None:
        raise Malformed("an event that does not say when it happened")
    if event in OF_AGENTS:
        return _agent(event, block, at)
    if "channel" not in block and event.startswith("Dial"):
        raise Ignored("a dial of our own phone before a call to the outside")
    call, channel = block.get("linkedid") or block.get("uniqueid"), block.get("uniqueid")
    if not call or not channel:
        raise Malformed(f"an event without its channel: {event[:40]}")
    if event in OF_QUEUES:
        return _QUEUE[event](block, _of_queue(block, call, channel, at))
    if event not in _CHANNEL:
        raise Ignored(f"an event that says nothing of a call: {event[:40]}")
    return _CHANNEL[event](block, Fact(call_key=call, stage=Stage.CREATED, at=at), channel == call)


def _created(block: Block, fact: Fact, own: bool) -> Heard:
    if not own or is_local(block.get("channel")):
        raise Ignored("a channel that was made for a call")
    exten = dialled_number(block.get("exten"))
    caller = block.get("calleridnum")
    way = direction(
        channel=block.get("channel"), context=block.get("context"), number=caller, destination=None, exten=exten
    )
    inbound = way is Direction.INBOUND
    line = exten if inbound and is_long(exten) else None
    closed = is_closed(block.get("context")) or None
    return _said(replace(fact, direction=way, caller=caller, called=exten, line=line, after_hours=closed))


def _dial(block: Block, fact: Fact) -> tuple[Fact, str]:
    """The leg that a dial rings, and the name of its phone or trunk."""
    to = block.get("destchannel")
    name = endpoint(to)
    if is_local(to) or name is None:
        raise Ignored("a dial of a channel within Asterisk")
    ours = next((each for each in (name, endpoint(block.get("channel"))) if is_short(each)), name)
    return replace(fact, leg_key=name, agent=ours), name


def _dialled(block: Block, fact: Fact, own: bool) -> Heard:
    leg, name = _dial(block, fact)
    rings = replace(leg, stage=Stage.RINGING, rang=True)
    number = _DIALLED.search(block.get("dialstring", ""))
    if own and number and not is_short(name) and is_short(endpoint(block.get("channel"))):
        # A click-to-call begins at our own phone, and only its dial says where it goes.
        return _said(rings, replace(fact, direction=Direction.OUTBOUND, called=number.group()))
    return _said(rings)


def _dial_ended(block: Block, fact: Fact, own: bool) -> Heard:
    leg, name = _dial(block, fact)
    word = block.get("dialstatus", "").upper()
    if word == "ANSWER":
        return _said(replace(leg, stage=Stage.ANSWERED, rang=True))
    ended = replace(leg, stage=Stage.ENDED, raw_reason=word or None)
    if word not in DIAL_ENDS:
        strange = () if not word or word in _SILENT_ENDS else (UnknownWord("DialStatus", word[:100]),)
        return Heard(facts=(ended,), unknown=strange)
    rank, reason = DIAL_ENDS[word]
    if word == "CHANUNAVAIL" and is_short(name):
        reason = MissedReason.NO_AGENT_AVAILABLE
    return _said(ended, why_missed(fact.call_key, rank, reason, raw=word, at=fact.at))


def _bridged(block: Block, fact: Fact, own: bool) -> Heard:
    """A phone of ours talks in this call: after a transfer or a pick-up nothing else says so."""
    name = endpoint(block.get("channel"))
    holding = block.get("bridgetechnology", "").startswith("holding")
    if own or holding or is_local(block.get("channel")) or not is_short(name):
        raise Ignored("a bridge that says nothing new")
    return _said(replace(fact, leg_key=name or "", stage=Stage.ANSWERED, agent=name))


def _hung_up(block: Block, fact: Fact, own: bool) -> Heard:
    name = endpoint(block.get("channel"))
    if is_local(block.get("channel")):
        raise Ignored("a coupling within Asterisk was taken away")
    ended = replace(fact, stage=Stage.ENDED)
    if not own:
        return _said(replace(ended, leg_key=name or ""))
    context, caller = block.get("context"), block.get("calleridnum")
    outside = not is_inside(channel=block.get("channel"), context=context, number=caller)
    return _said(
        replace(
            ended,
            final=True,
            direction=Direction.INBOUND if outside else None,
            after_hours=is_closed(context) or None,
        )
    )


_CHANNEL: dict[str, Callable[[Block, Fact, bool], Heard]] = {
    "Newchannel": _created,
    "DialBegin": _dialled,
    "DialEnd": _dial_ended,
    "BridgeEnter": _bridged,
    "Hangup": _hung_up,
}


def _of_queue(block: Block, call: str, channel: str, at: datetime) -> Fact:
    """The wait in a queue; the log of queues knows the call by the caller's channel."""
    queue = block.get("queue")
    return Fact(
        call_key=call,
        leg_key=f"queue:{queue or ''}",
        same_call=(channel,) if channel != call else (),
        stage=Stage.QUEUED,
        at=at,
        queue=queue,
        queued=True,
    )


def _caller(block: Block, wait: Fact) -> Fact:
    """The caller, where nothing earlier was heard of the call."""
    number = block.get("calleridnum")
    inside = is_inside(channel=block.get("channel"), context=block.get("context"), number=number)
    way = None if inside else Direction.INBOUND
    return replace(
        wait, leg_key="", stage=Stage.ENRICHED, queue=None, queued=None, queued_at=None, direction=way, caller=number
    )


def _joined(block: Block, wait: Fact) -> Heard:
    # What a dial before the queue said of the call no longer stands.
    superseded = why_missed(
        wait.call_key, Rank.QUEUED, MissedReason.UNKNOWN, raw="", at=wait.at, same_call=wait.same_call
    )
    return _said(wait, _caller(block, wait), superseded)


def _waits(block: Block, wait: Fact) -> Heard:
    """A caller who was in the queue before we connected; the entry knows the channel only."""
    waited = _seconds(block, "wait")
    joined = None if waited is None else wait.at - timedelta(seconds=waited)
    return _said(replace(wait, queued_at=joined, started_at=joined), _caller(block, wait))


def _abandoned(block: Block, wait: Fact) -> Heard:
    left = replace(
        wait,
        stage=Stage.ENDED,
        reason=MissedReason.ABANDONED_QUEUE,
        raw_reason=block["event"],
        wait_s=_seconds(block, "holdtime"),
    )
    return _said(left, _caller(block, wait))


def _rung(block: Block, wait: Fact) -> Fact:
    agent = _member(block)
    return replace(wait, leg_key=f"{wait.leg_key}/{agent or ''}", stage=Stage.RINGING, agent=agent, rang=True)


def _offered(block: Block, wait: Fact) -> Heard:
    return _said(_rung(block, wait))


def _not_taken(block: Block, wait: Fact) -> Heard:
    return _said(replace(_rung(block, wait), stage=Stage.ENDED, raw_reason=block["event"]))


def _taken(block: Block, wait: Fact) -> Heard:
    answered = replace(
        wait,
        stage=Stage.ANSWERED,
        agent=_member(block),
        rang=True,
        wait_s=_seconds(block, "holdtime"),
        ring_s=_seconds(block, "ringtime"),
    )
    return _said(answered, replace(_rung(block, wait), stage=Stage.ENDED), _caller(block, wait))


def _completed(block: Block, wait: Fact) -> Heard:
    ended = replace(
        wait,
        stage=Stage.ENDED,
        answered=True,
        agent=_member(block),
        wait_s=_seconds(block, "holdtime"),
        talk_s=_seconds(block, "talktime"),
    )
    return _said(ended)


_QUEUE: dict[str, Callable[[Block, Fact], Heard]] = {
    "QueueCallerJoin": _joined,
    "QueueEntry": _waits,
    "QueueCallerAbandon": _abandoned,
    "AgentCalled": _offered,
    "AgentRingNoAnswer": _not_taken,
    "AgentDump": _not_taken,
    "AgentConnect": _taken,
    "AgentComplete": _completed,
}


def _agent(event: str, block: Block, at: datetime) -> Heard:
    agent = _member(block) or agent_name(block.get("agent"))
    if agent is None:
        raise Malformed(f"{event} does not name its agent")
    told = AgentFact(agent=agent, presence=Presence.AVAILABLE, at=at, queue=block.get("queue"))
    if event in ("QueueMemberRemoved", "AgentLogoff"):
        return Heard(agents=(replace(told, presence=Presence.OFFLINE),))
    if block.get("paused") == "1":
        reason = block.get("pausedreason") or block.get("reason")
        return Heard(agents=(replace(told, presence=Presence.PAUSED, reason=reason),))
    word = block.get("status")
    if word is None:
        return Heard(agents=(told,))
    if word not in _DEVICES:
        return Heard(unknown=(UnknownWord("Status", word[:100]),))
    presence = _DEVICES[word]
    if presence is None:
        raise Ignored("a device of which Asterisk knows nothing")
    return Heard(agents=(replace(told, presence=presence),))


def _member(block: Block) -> str | None:
    """The agent as the log of queues names him: by the member's name, which is his channel where he has none."""
    names = (block.get(name) for name in ("membername", "name", "interface", "location"))
    return next((agent_name(name) for name in names if name), None)


def _seconds(block: Block, name: str) -> float | None:
    text = block.get(name, "")
    return float(text) if _NUMBER.fullmatch(text) else None


def _said(*facts: Fact) -> Heard:
    return Heard(facts=facts)
