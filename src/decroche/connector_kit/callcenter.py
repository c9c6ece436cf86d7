"""What the queues of FreeSWITCH's mod_callcenter tell: who waits, which agent is rung, who talks, why a caller left.

FreeSWITCH writes the headers as ``CC-Member-Session-UUID``, OVH as ``QueueMemberSessionUUID``; both are handed in as
``MemberSessionUUID``, by ``bare_headers`` or otherwise. Times in them are seconds since 1970.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime

from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import from_epoch
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import AgentFact, Fact, Heard, Presence, Stage, UnknownWord

#: Why a caller left the queue without an agent, by ``CancelReason``. The caller who hangs up is BREAK_OUT or NONE.
CANCEL_REASONS: dict[str, MissedReason] = {
    "NONE": MissedReason.ABANDONED_QUEUE,
    "BREAK_OUT": MissedReason.ABANDONED_QUEUE,
    "TIMEOUT": MissedReason.QUEUE_TIMEOUT,
    "NO_AGENT_TIMEOUT": MissedReason.NO_AGENT_AVAILABLE,
    "EXIT_WITH_KEY": MissedReason.CALLBACK_REQUESTED,
}
STATUSES: dict[str, Presence] = {
    "Available": Presence.AVAILABLE,
    "Available (On Demand)": Presence.AVAILABLE,
    "On Break": Presence.PAUSED,
    "Logged Out": Presence.OFFLINE,
}
#: "Idle" only says that the agent is not offered calls: the status tells why, so it is no state of ours.
STATES: dict[str, Presence | None] = {
    "Waiting": Presence.AVAILABLE,
    "Receiving": Presence.RINGING,
    "In a queue call": Presence.BUSY,
    "Idle": None,
    "Reserved": None,
    "Unknown": None,
}
_PREFIX = re.compile(r"^(?:CC-|Queue(?=[A-Z]))")


def bare_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a queue event under their shared names, those that hold something."""
    return {
        _PREFIX.sub("", name).replace("-", ""): value
        for name, value in headers.items()
        if value and (name.startswith(("CC-", "Queue")) or name in ("Action", "Agent", "Count"))
    }


def heard(words: Mapping[str, str], *, at: datetime, whole_call: bool = False) -> Heard:
    """What a queue event says, ``at`` being when it happened (UTC).

    ``whole_call``: the queue is all that the platform tells of a call, so that entering it begins an inbound call and
    leaving it ends it. Raises Ignored for events that tell of no call and no agent, Malformed without the call's id.
    """
    action = words.get("Action", "")
    if action in ("agent-status-change", "agent-state-change"):
        return _agent(words, at, action)
    if action not in _TOLD:
        raise Ignored(f"a queue event that says nothing of a call: {action[:40]}")
    session = words.get("MemberSessionUUID")
    if not session:
        raise Malformed("a queue event without the id of the call")
    return _TOLD[action](words, session, at, whole_call)


def _agent(words: Mapping[str, str], at: datetime, action: str) -> Heard:
    agent = words.get("Agent")
    if not agent:
        raise Malformed("an agent's state without the agent")
    field, known = ("AgentStatus", STATUSES) if action == "agent-status-change" else ("AgentState", STATES)
    word = words.get(field, "")
    if word not in known:
        return Heard(unknown=(UnknownWord(field, word),))
    presence = known[word]
    if presence is None:
        raise Ignored(f"a state that says nothing of what the agent does: {word}")
    return Heard(agents=(AgentFact(agent=agent, presence=presence, at=at, queue=words.get("Queue"), reason=word),))


def _enters(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Heard:
    return Heard(facts=(_own(words, session, at, whole_call),))


def _own(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Fact:
    """The caller in the queue, as every event of the queue tells him."""
    joined = from_epoch(words.get("MemberJoinedTime")) or (at if words.get("Action") == "member-queue-start" else None)
    return Fact(
        call_key=session,
        stage=Stage.QUEUED if joined else Stage.ENRICHED,
        at=at,
        direction=Direction.INBOUND if whole_call else None,
        caller=words.get("MemberCIDNumber"),
        called=words.get("MemberDNIS") if whole_call else None,
        queue=words.get("Queue"),
        queued=True,
        queued_at=joined,
        started_at=joined if whole_call else None,
    )


def _offers(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Heard:
    """An agent's phone is to ring. Its leg is not named yet, so the ringing is told of the call."""
    rings = Fact(
        call_key=session,
        stage=Stage.RINGING,
        at=at,
        ringing_at=from_epoch(words.get("AgentCalledTime")),
        queue=words.get("Queue"),
        queued=True,
        rang=True,
    )
    return Heard(facts=(rings,))


def _leg(words: Mapping[str, str]) -> str:
    return words.get("AgentUUID") or f"agent {words.get('Agent', '')}".strip()


def _talks(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Heard:
    answered_at = from_epoch(words.get("AgentAnsweredTime"))
    joined = from_epoch(words.get("MemberJoinedTime"))
    wait = (answered_at - joined).total_seconds() if answered_at and joined else None
    talks = Fact(
        call_key=session,
        leg_key=_leg(words),
        stage=Stage.ANSWERED,
        at=at,
        answered_at=answered_at,
        ringing_at=from_epoch(words.get("AgentCalledTime")),
        answered=True,
        rang=True,
        queue=words.get("Queue"),
        agent=words.get("Agent"),
        wait_s=None if wait is None else max(0.0, wait),
    )
    return Heard(facts=(talks,))


def _stops_talking(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Heard:
    [begun] = _talks(words, session, at, whole_call).facts
    ended_at = from_epoch(words.get("BridgeTerminatedTime")) or at
    ends = Fact(
        call_key=session,
        leg_key=begun.leg_key,
        stage=Stage.ENDED,
        at=at,
        answered_at=begun.answered_at,
        ended_at=ended_at,
        answered=True,
        queue=begun.queue,
        agent=begun.agent,
        raw_reason=words.get("HangupCause"),
    )
    return Heard(facts=(ends,))


def _fails(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Heard:
    """One agent did not take the call; that is no reason why the call is lost, so its cause is kept as written only."""
    if "AgentUUID" not in words and not words.get("Agent"):
        raise Ignored("a call that no agent took, without the agent")
    called_at = from_epoch(words.get("AgentCalledTime"))
    # The leg that failed is not named: one attempt is told apart from the next by when it began.
    place = words.get("AgentCalledTime") or str(int(at.timestamp()))
    fails = Fact(
        call_key=session,
        leg_key=words.get("AgentUUID") or f"agent {words['Agent']} {place}",
        stage=Stage.ENDED,
        at=at,
        started_at=called_at,
        ended_at=from_epoch(words.get("AgentAbortedTime")),
        answered=False,
        agent=words.get("Agent"),
        queue=words.get("Queue"),
        raw_reason=words.get("HangupCause"),
    )
    return Heard(facts=(fails,))


def _leaves(words: Mapping[str, str], session: str, at: datetime, whole_call: bool) -> Heard:
    """The caller leaves the queue: with an agent (Terminated) or without one (Cancel)."""
    own = _own(words, session, at, whole_call)
    left_at = from_epoch(words.get("MemberLeavingTime")) or at
    without_agent = words.get("Cause", "").lower() == "cancel"
    word = words.get("CancelReason")
    unknown: tuple[UnknownWord, ...] = ()
    reason: MissedReason | None = None
    if without_agent:
        reason = CANCEL_REASONS.get((word or "NONE").upper())
        if reason is None and word:
            unknown = (UnknownWord("CancelReason", word),)
            reason = MissedReason.UNKNOWN
    elif words.get("Cause", "").lower() not in ("terminated", ""):
        unknown = (UnknownWord("Cause", words["Cause"]),)
    wait = (left_at - own.queued_at).total_seconds() if without_agent and own.queued_at else None
    fact = Fact(
        call_key=session,
        stage=Stage.ENDED if whole_call else own.stage,
        at=at,
        final=whole_call,
        direction=own.direction,
        caller=own.caller,
        called=own.called,
        queue=own.queue,
        queued=True,
        queued_at=own.queued_at,
        started_at=own.started_at,
        ended_at=left_at if whole_call else None,
        reason=reason,
        raw_reason=(word or words.get("Cause")) if without_agent else words.get("HangupCause"),
        wait_s=None if wait is None else max(0.0, wait),
    )
    return Heard(facts=(fact,), unknown=unknown)


_TOLD = {
    "member-queue-start": _enters,
    "agent-offering": _offers,
    "bridge-agent-start": _talks,
    "bridge-agent-end": _stops_talking,
    "bridge-agent-fail": _fails,
    "member-queue-end": _leaves,
}
