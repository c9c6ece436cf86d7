"""Says what an event of FreeSWITCH's queues (mod_callcenter) means, in FreeSWITCH's spelling and in OVH's.

A caller who waits is a *member* of a queue; the agents that it is offered to ring one by one or together. Three kinds
of legs come of it:

- ``""``, the caller's own: caller, number called, line, direction;
- ``queue:<queue>``, the wait in one queue: joined, left, and why it was left;
- ``agent:<agent>``, one agent: rung, connected, how it ended.

OVH writes FreeSWITCH's headers without ``CC`` and dashes (``CC-Member-UUID`` is ``QueueMemberUUID``); ``headers`` may
hold either. Times are seconds since 1970, as text; empty and 0 mean "not yet".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from decroche.connector_kit.errors import Ignored, Malformed
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import AgentFact, Fact, Heard, Presence, Stage, UnknownWord

#: Why a queue let a caller go. A caller who hangs up is BREAK_OUT, or NONE.
CANCEL_REASONS: dict[str, MissedReason] = {
    "NONE": MissedReason.ABANDONED_QUEUE,
    "BREAK_OUT": MissedReason.ABANDONED_QUEUE,
    "TIMEOUT": MissedReason.QUEUE_TIMEOUT,
    "NO_AGENT_TIMEOUT": MissedReason.NO_AGENT_AVAILABLE,
    "EXIT_WITH_KEY": MissedReason.CALLBACK_REQUESTED,
}
#: After these the caller is still on the phone: the dial plan sends him on, to a voicemail or to another queue.
_GOES_ON = frozenset({"TIMEOUT", "NO_AGENT_TIMEOUT", "EXIT_WITH_KEY"})
_STATUSES = {
    "available": Presence.AVAILABLE,
    "available (on demand)": Presence.AVAILABLE,
    "on break": Presence.PAUSED,
    "logged out": Presence.OFFLINE,
}
#: Idle and Reserved say nothing that the status has not said.
_STATES = {
    "waiting": Presence.AVAILABLE,
    "receiving": Presence.RINGING,
    "in a queue call": Presence.BUSY,
    "idle": None,
    "reserved": None,
    "unknown": None,
}
_SILENT = frozenset(
    {
        "members-count",
        "member-count",
        "agent-max-no-answer",
        "agent-add",
        "agent-contact-change",
        "agent-reject-delay-set",
    }
)
_SPELLING = re.compile(r"^(?:cc|queue)(?=.)")


def heard(
    headers: Mapping[str, str],
    *,
    at: datetime,
    ends_call: bool,
    number: Callable[[str], str] = str,
    caller: str | None = None,
    direction: Direction | None = Direction.INBOUND,
    sequence: int | None = None,
) -> Heard:
    """What one ``callcenter::info`` event says.

    ``headers`` are the event's, decoded, with names in either spelling; others than the queue's do no harm. ``at`` is
    the event's own time (UTC). ``ends_call`` says that no later event tells the caller's hang-up (OVH), so that
    leaving the queue ends the call unless the queue sends the caller on; a switch that tells every hang-up
    (FreeSWITCH) passes False. ``number`` writes a number as we keep it; ``caller`` is the calling number where the
    platform has a better one than the member's. ``direction`` is None where another event tells it.

    The call's key is the member's session, which in FreeSWITCH is the UUID of the caller's channel. Raises Ignored for
    events that say nothing about a call or an agent, Malformed for an event of a call without its key.
    """
    told = {_plain(name): text for name, value in headers.items() if (text := value.strip())}
    action = told.get("action", "").lower()
    if action in _SILENT:
        raise Ignored(f"{action} says nothing about a call")
    if action in ("agent-status-change", "agent-state-change"):
        return _agent(told, action, at)
    if action not in _MEANINGS:
        return Heard(unknown=(UnknownWord("CC-Action", action[:100]),))
    key = told.get("membersessionuuid") or told.get("memberuuid")
    if not key:
        raise Malformed(f"{action} does not name its call")
    other = told.get("memberuuid")
    queue = told.get("queue")
    calling, called = caller or told.get("membercidnumber"), told.get("memberdnis")
    start = Fact(
        call_key=key,
        same_call=(other,) if other and other != key else (),
        stage=Stage.CREATED,
        at=_time(told, "memberjoinedtime") or at,
        sequence=sequence,
        direction=direction,
        caller=number(calling) if calling else None,
        called=number(called) if called else None,
        line=number(called) if called and direction is Direction.INBOUND else None,
    )
    wait = replace(start, at=at, leg_key=f"queue:{queue or ''}", direction=None, caller=None, called=None, line=None)
    wait = replace(wait, queue=queue, queued=True, queued_at=_time(told, "memberjoinedtime"))
    facts, unknown = _MEANINGS[action](told, wait)
    return Heard(facts=(start, *(replace(fact, final=fact.final and ends_call) for fact in facts)), unknown=unknown)


_Said = tuple[tuple[Fact, ...], tuple[UnknownWord, ...]]


def _joined(told: Mapping[str, str], wait: Fact) -> _Said:
    return (replace(wait, stage=Stage.QUEUED),), ()


def _offered(told: Mapping[str, str], wait: Fact) -> _Said:
    leg = _agent_leg(told, wait)
    return (replace(leg, stage=Stage.RINGING, rang=True, ringing_at=_time(told, "agentcalledtime")),), ()


def _connected(told: Mapping[str, str], wait: Fact) -> _Said:
    answered_at = _time(told, "agentansweredtime") or wait.at
    leg = replace(_agent_leg(told, wait), stage=Stage.ANSWERED, rang=True, answered_at=answered_at)
    return (replace(leg, ring_s=_between(_time(told, "agentcalledtime"), answered_at)),), ()


def _not_connected(told: Mapping[str, str], wait: Fact) -> _Said:
    # Why one agent of a queue did not answer is not why the call was missed: it stays the platform's word.
    leg = replace(_agent_leg(told, wait), stage=Stage.ENDED, rang=True, raw_reason=told.get("hangupcause"))
    rung_at = _time(told, "agentcalledtime")
    return (replace(leg, ringing_at=rung_at, ring_s=_between(rung_at, _time(told, "agentabortedtime"))),), ()


def _disconnected(told: Mapping[str, str], wait: Fact) -> _Said:
    leg = replace(_agent_leg(told, wait), stage=Stage.ENDED, answered=True)
    answered_at, ended_at = _time(told, "agentansweredtime"), _time(told, "bridgeterminatedtime")
    return (replace(leg, answered_at=answered_at, ended_at=ended_at),), ()


def _left(told: Mapping[str, str], wait: Fact) -> _Said:
    left_at = _time(told, "memberleavingtime") or wait.at
    answered_at = _time(told, "agentansweredtime")
    word = told.get("cancelreason", "").upper()
    # A caller who leaves without a word of why has hung up; where an agent was connected, the reason is not used.
    reason = CANCEL_REASONS.get(word, MissedReason.UNKNOWN if word else MissedReason.ABANDONED_QUEUE)
    end = replace(
        wait,
        stage=Stage.ENDED,
        ended_at=left_at,
        final=answered_at is not None or word not in _GOES_ON,
        reason=reason,
        raw_reason=told.get("cancelreason") or told.get("hangupcause") or told.get("cause"),
        wait_s=_between(wait.queued_at, answered_at or left_at),
    )
    unknown = (UnknownWord("CC-Cancel-Reason", word[:100]),) if word and word not in CANCEL_REASONS else ()
    if answered_at is None or "agent" not in told:
        return (end,), unknown
    leg = replace(_agent_leg(told, wait), stage=Stage.ANSWERED, at=answered_at)
    return (end, leg), unknown


_MEANINGS: dict[str, Callable[[Mapping[str, str], Fact], _Said]] = {
    "member-queue-start": _joined,
    "agent-offering": _offered,
    "bridge-agent-start": _connected,
    "bridge-agent-fail": _not_connected,
    "bridge-agent-end": _disconnected,
    "member-queue-end": _left,
}


def _agent(told: Mapping[str, str], action: str, at: datetime) -> Heard:
    name, words = ("agentstatus", _STATUSES) if action == "agent-status-change" else ("agentstate", _STATES)
    agent, word = told.get("agent"), told.get(name, "")
    if not agent:
        raise Malformed(f"{action} does not name its agent")
    if word.lower() not in words:
        return Heard(unknown=(UnknownWord("CC-Agent-Status" if words is _STATUSES else "CC-Agent-State", word[:100]),))
    presence = words[word.lower()]
    if presence is None:
        raise Ignored(f"{word} says nothing new of an agent")
    return Heard(agents=(AgentFact(agent=agent, presence=presence, at=at, queue=told.get("queue"), reason=word),))


def _agent_leg(told: Mapping[str, str], wait: Fact) -> Fact:
    agent = told.get("agent")
    return replace(wait, leg_key=f"agent:{agent or ''}", agent=agent, queued=None, queued_at=None)


def _plain(name: str) -> str:
    """``CC-Member-UUID`` and ``QueueMemberUUID`` as ``memberuuid``."""
    return _SPELLING.sub("", name.lower().replace("-", "").replace("_", ""))


def _time(told: Mapping[str, str], name: str) -> datetime | None:
    text = told.get(name, "")
    if not re.fullmatch(r"[0-9]{1,11}(\.[0-9]{1,9})?", text) or not float(text):
        return None
    return datetime.fromtimestamp(float(text), UTC)


def _between(begin: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - begin).total_seconds()) if begin is not None and end is not None else None
