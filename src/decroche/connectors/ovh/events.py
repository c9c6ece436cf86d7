"""What an event of OVH's stream says: of a queue, in the words of FreeSWITCH's mod_callcenter, or of a line.

A line tells that it rings, that it stops ringing, that somebody talks. Ringing stops when the call is taken as well as
when it is given up: only the SIP message that comes with it may say which. A line that rings for a queue tells of the
queue's call under an id of its own; where the number dialled is one of our queues, the queue tells it, and better.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from decroche.connector_kit import callcenter
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import from_epoch
from decroche.connector_kit.objects import Told, decode, inner, text
from decroche.connectors.ovh.numbers import international, is_queue, shared_names
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

#: A caller that a queue lets go so is still on the phone: OVH sends him on, to a voicemail or another queue.
_GOES_ON = frozenset({"TIMEOUT", "NO_AGENT_TIMEOUT", "EXIT_WITH_KEY"})
_QUEUE = frozenset(
    {
        *("member-queue-start", "member-queue-end", "agent-offering"),
        *("bridge-agent-start", "bridge-agent-end", "bridge-agent-fail"),
        *("agent-status-change", "agent-state-change"),
    }
)
_LINE = frozenset({"start_ringing", "end_ringing", "start_calling", "end_calling"})
_SILENT = frozenset({"registered", "members-count", "member-count"})
#: Why a line stopped ringing, by the status of its SIP message.
_BY_STATUS: dict[int, MissedReason] = {
    403: MissedReason.AGENT_REJECTED,
    404: MissedReason.TECHNICAL_FAILURE,
    408: MissedReason.NO_ANSWER,
    410: MissedReason.NO_AGENT_AVAILABLE,
    480: MissedReason.NO_ANSWER,
    484: MissedReason.TECHNICAL_FAILURE,
    486: MissedReason.BUSY,
    487: MissedReason.ABANDONED_RINGING,
    600: MissedReason.BUSY,
    603: MissedReason.AGENT_REJECTED,
    607: MissedReason.BLOCKED_SPAM,
    608: MissedReason.BLOCKED_SPAM,
}
_STATUS = re.compile(r"SIP/2\.0 ([1-6][0-9]{2})\b")
_ELSEWHERE = re.compile(r"cause=200\b|completed elsewhere", re.I)


def heard(body: bytes, settings: Settings) -> Heard:
    """What a kept event says. Raises Ignored and Malformed."""
    told = {name.lower(): value for name, value in decode(body).items()}
    data = inner(told, "data")
    name = (text(told, "event") or text(data, "Event", "Action") or "").lower()
    at = _moment(text(data, "Ts")) or _moment(text(told, "timestamp"))
    if name in _SILENT:
        raise Ignored(f"{name} says nothing of a call")
    if at is None:
        raise Malformed("an event that does not say when it happened")
    if name in _QUEUE:
        return _of_queue(name, data, at, resource=international(text(told, "ressource")))
    if name not in _LINE:
        return Heard(unknown=(UnknownWord("Event", name[:100]),))
    return _of_line(name, data, at, resource=international(text(told, "ressource")), settings=settings)


def _of_queue(name: str, data: Told, at: datetime, *, resource: str | None) -> Heard:
    words = callcenter.bare_headers({key: str(value).strip() for key, value in data.items() if isinstance(value, str)})
    words |= {"Action": name}
    said = callcenter.heard(words, at=at, whole_call=True)
    facts = list(said.facts)
    answered_at = _moment(words.get("AgentAnsweredTime"))
    if name == "member-queue-end" and answered_at is not None:
        # An agent had answered, whose own events may be lost.
        facts += callcenter.heard(words | {"Action": "bridge-agent-start"}, at=answered_at, whole_call=True).facts
    line = international(words.get("MemberDNIS")) or resource
    caller = international(text(data, "Calling") or words.get("MemberCIDNumber"))
    names = shared_names(caller, (line, resource), _moment(words.get("MemberJoinedTime")), within_s=1)
    other = words.get("MemberUUID")
    goes_on = words.get("CancelReason", "").upper() in _GOES_ON
    return Heard(
        facts=tuple(_placed(fact, caller, line, (*names, *((other,) if other else ())), goes_on) for fact in facts),
        agents=said.agents,
        unknown=said.unknown,
    )


def _placed(fact: Fact, caller: str | None, line: str | None, names: tuple[str, ...], goes_on: bool) -> Fact:
    fact = replace(
        fact,
        agent=international(fact.agent),
        same_call=tuple(sorted({*fact.same_call, *names} - {fact.call_key})),
        final=fact.final and not goes_on,
    )
    if fact.leg_key or fact.direction is None:
        return fact
    return replace(fact, caller=caller, called=line, line=line)


def _of_line(name: str, data: Told, at: datetime, *, resource: str | None, settings: Settings) -> Heard:
    key = text(data, "CallId")
    if key is None:
        raise Malformed("an event of a line without its call")
    caller, called = international(text(data, "Calling")), international(text(data, "Called"))
    dialled = international(text(data, "Dialed")) or called
    if is_queue(dialled, settings) and not is_queue(resource, settings):
        raise Ignored("a line that rings for a queue: the queue tells of it")
    inward = resource is not None and called == resource
    outward = resource is not None and caller == resource
    way = Direction.INBOUND if inward else Direction.OUTBOUND if outward else Direction.UNKNOWN
    own = Fact(
        call_key=key,
        stage=Stage.ENRICHED,
        at=at,
        direction=way,
        caller=caller,
        called=dialled,
        line=resource if inward else None,
    )
    line = Fact(call_key=key, leg_key=f"line:{resource or ''}", stage=Stage.ANSWERED, at=at)
    if name == "start_calling":
        return Heard(facts=(own, replace(line, rang=True)))
    if name == "end_calling":
        return Heard(
            facts=(replace(own, stage=Stage.ENDED, final=True), replace(line, stage=Stage.ENDED, answered=True))
        )
    rings = replace(line, leg_key=f"{line.leg_key}/ringing", stage=Stage.RINGING, rang=True)
    if name == "start_ringing":
        names = shared_names(caller, (called, dialled), at, within_s=1)
        return Heard(facts=(replace(own, stage=Stage.CREATED, same_call=names), rings))
    return _rang(data, own, replace(rings, stage=Stage.ENDED), shared=dialled != called)


def _rang(data: Mapping[str, object], own: Fact, rings: Fact, *, shared: bool) -> Heard:
    """The line stopped ringing; ``shared``: the number dialled rings other lines too, so the call may go on there."""
    message = text(data, "Body") or ""
    if _ELSEWHERE.search(f"{message} {text(data, 'RelevantInfo') or ''}"):
        return Heard(facts=(own, rings))
    found = _STATUS.match(message)
    status = int(found.group(1)) if found else 0
    if message.upper().startswith("CANCEL"):
        status = 487
    if status < 300:
        return Heard(facts=(own, rings))
    reason = MissedReason.TECHNICAL_FAILURE if 500 <= status < 600 else _BY_STATUS.get(status)
    end = replace(own, stage=Stage.ENDED, final=not shared, reason=reason, raw_reason=message[:100])
    unknown = (UnknownWord("Body", f"SIP {status}"),) if reason is None else ()
    return Heard(facts=(end, rings), unknown=unknown)


def _moment(written: str | None) -> datetime | None:
    """Seconds, with or without a fraction, or (first dialect) nanoseconds since 1970."""
    digits = (written or "").partition(".")[0]
    return from_epoch(written, per_second=1) if len(digits) <= 11 else from_epoch(digits[:16], per_second=1_000_000)
