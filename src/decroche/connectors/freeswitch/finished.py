"""What the record of a finished leg says, whether FreeSWITCH pushed it, sent it as an event or wrote it in its log.

A call is the leg that came in (A); the phones that it rings are legs of their own (B). A menu, a queue and a voicemail
answer A too, so a person answered only where A was bridged to a B; that B is what answered, and both the record of A
and the record of B tell of it under the same name. Durations of B's own record stand where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.instants import from_epoch
from decroche.connectors.freeswitch.causes import BY_CAUSE, BY_QUEUE, ELSEWHERE, RANG, SILENT
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

#: Variables of a channel, by name; and what a record says besides: ``first_destination`` is what the caller dialled,
#: before the dialplan sent the call on, ``extensions`` the names of the steps of the dialplan.
Variables = Mapping[str, str]

_SHORT = re.compile(r"\d{2,6}", re.ASCII)
_LONG = re.compile(r"\+?\d{7,}", re.ASCII)
_OUTSIDE_CONTEXT = re.compile(r"public|inbound|incoming|entrant|trunk|pstn")
_TOLD_WAY = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND, "local": Direction.INTERNAL}
#: Names of steps of a dialplan that say the business is closed; a domain ("la-ferme.example") does not.
_CLOSED = re.compile(
    r"(?<![^\W_])(?:after.?hours?|out.?of.?hours?|closed|ferm[eé]|hors.?(?:horaires?|heures?)|nuit)(?![^\W_]|[.-])",
    re.I,
)
_MENU = ("ivr", "play_and_get_digits", "read", "playback")
_NUMBER = re.compile(r"\d{1,9}(?:\.\d+)?", re.ASCII)
_BRIDGE_WORDS = ("bridge_epoch", "bridge_uepoch", "bridge_uuid", "signal_bond")


def is_short(number: str | None) -> bool:
    """Whether this is an extension rather than a number of the public network."""
    return number is not None and _SHORT.fullmatch(number) is not None


def is_long(number: str | None) -> bool:
    """Whether this is a number of the public network."""
    return number is not None and _LONG.fullmatch(number) is not None


def first_leg(variables: Variables) -> str | None:
    """The leg that this one was made for; None for a leg that stands for the call itself."""
    own = variables.get("uuid")
    of_member = variables.get("cc_member_session_uuid") if variables.get("cc_side") == "agent" else None
    behind = variables.get("other_loopback_leg_uuid") if variables.get("loopback_leg") == "B" else None
    told = (of_member, behind, *(variables.get(name) for name in ("originating_leg_uuid", "originator", "call_uuid")))
    return next((uuid for uuid in told if uuid and uuid != own), None)


def direction(variables: Variables) -> Direction | None:
    """Which way a call went: FusionPBX says it; else its context, its trunk and the length of its numbers tell.

    A call that FreeSWITCH itself placed (``direction`` of the channel) is outbound. None when nothing tells.
    """
    if told := _TOLD_WAY.get(variables.get("call_direction", "").lower()):
        return told
    if variables.get("direction") == "outbound":
        return Direction.OUTBOUND
    from_trunk = variables.get("sip_gateway_name") or variables.get("sofia_profile_name") == "external"
    if _OUTSIDE_CONTEXT.search(variables.get("context", "").lower()) or from_trunk:
        return Direction.INBOUND
    called = variables.get("first_destination") or variables.get("destination_number")
    if is_long(called):
        return Direction.OUTBOUND
    return Direction.INTERNAL if is_short(called) and is_short(variables.get("caller_id_number")) else None


def called_number(variables: Variables, way: Direction | None) -> str | None:
    """The number that was called: of an inbound call our own public one, wherever the dialplan sent it afterwards."""
    dialled = variables.get("first_destination") or variables.get("destination_number") or None
    if way is Direction.OUTBOUND and not is_long(dialled):
        placed = variables.get("last_arg", "").rpartition("/")[2] if variables.get("last_app") == "bridge" else ""
        return placed if is_long(placed) else dialled
    if way is not Direction.INBOUND:
        return dialled
    told = (variables.get("caller_destination"), dialled, *(variables.get(f"sip_{end}_user") for end in ("req", "to")))
    # Without what was dialled first, an extension is where the dialplan sent the call, not what was called.
    return next((number for number in told if is_long(number)), variables.get("first_destination"))


@dataclass(frozen=True, slots=True)
class _Times:
    start: datetime
    answer: datetime | None
    bridge: datetime | None
    end: datetime

    @classmethod
    def of(cls, variables: Variables) -> _Times:
        start, answer, bridge, end = (_time(variables, name) for name in ("start", "answer", "bridge", "end"))
        total = _seconds(variables, "duration")
        if end is None and start is not None and total is not None:
            end = start + timedelta(seconds=total)
        if start is None or end is None:
            raise Malformed("a record of a leg that does not say when it began and ended")
        return cls(start, answer, bridge, end)


def _time(variables: Variables, name: str) -> datetime | None:
    exact = from_epoch(variables.get(f"{name}_uepoch"), per_second=1_000_000)
    return exact or from_epoch(variables.get(f"{name}_epoch"))


def _seconds(variables: Variables, name: str) -> float | None:
    text = variables.get(name, "")
    return float(text) if _NUMBER.fullmatch(text) else None


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return max(0.0, (end - start).total_seconds()) if start is not None and end is not None else None


def heard(variables: Variables, *, leg_of: str | None = None) -> Heard:
    """What the record says of its call. Raises Malformed without an id or times.

    ``leg_of`` names the call where the record is known to be of a leg of it but does not say so itself.
    """
    own = variables.get("uuid")
    if not own:
        raise Malformed("a record of a leg without its uuid")
    times = _Times.of(variables)
    spoke = (_seconds(variables, "billsec") or 0) > 0
    if (first := first_leg(variables) or leg_of) is not None:
        return Heard(facts=(_second_leg(variables, times, first=first, own=own, spoke=spoke),))
    return _call(variables, times, own=own, spoke=spoke)


def _has_message(variables: Variables, *, spoke: bool) -> bool:
    told = variables.get("voicemail_message", "").lower() in ("true", "1", "t")
    length = _seconds(variables, "voicemail_message_len")
    return told or (variables.get("last_app", "").lower() == "voicemail" and spoke and length != 0)


def _second_leg(variables: Variables, times: _Times, *, first: str, own: str, spoke: bool) -> Fact:
    """A phone that the call rang. Why it did not answer is kept as written: it is no reason why the call is lost."""
    cause = variables.get("hangup_cause", "").upper()
    voicemail = _has_message(variables, spoke=spoke)
    tells_bridge = any(name in variables for name in _BRIDGE_WORDS)
    bridged = times.bridge is not None or bool(variables.get("bridge_uuid")) or not tells_bridge
    answered = spoke and bridged and not voicemail and cause not in ELSEWHERE
    ringing = _time(variables, "progress") or _time(variables, "progress_media")
    begun = max(filter(None, (times.answer, times.bridge)), default=None) if answered else None
    to = variables.get("dialed_user") or variables.get("destination_number")
    return Fact(
        call_key=first,
        leg_key=own,
        same_call=(own,),
        stage=Stage.ENDED,
        at=times.end,
        complete=True,
        queue=variables.get("cc_queue"),
        agent=variables.get("cc_agent") or (to if is_short(to) else None),
        answered=answered,
        rang=answered or ringing is not None or cause in RANG + ELSEWHERE or None,
        voicemail=voicemail or None,
        raw_reason=cause or None,
        started_at=times.start,
        ringing_at=ringing,
        answered_at=begun,
        ended_at=times.end,
        talk_s=_between(begun, times.end),
        hold_s=_seconds(variables, "hold_accum_seconds") if answered else None,
        total_s=_seconds(variables, "duration"),
    )


def _reason(
    variables: Variables, *, queued: bool, in_menu: bool
) -> tuple[MissedReason | None, tuple[UnknownWord, ...]]:
    """Why nobody answered a call, and the words that we do not know."""
    word, cause = variables.get("cc_cancel_reason", "").upper(), variables.get("hangup_cause", "").upper()
    strange: list[UnknownWord] = []
    if word and word != "NONE" and word not in BY_QUEUE:
        strange.append(UnknownWord("cc_cancel_reason", word))
    if cause and cause not in {*BY_CAUSE, *SILENT, *ELSEWHERE}:
        strange.append(UnknownWord("hangup_cause", cause))
    reason: MissedReason | None
    if word in BY_QUEUE:
        reason = BY_QUEUE[word]
    elif queued:
        reason = MissedReason.UNKNOWN if strange else None
    elif in_menu:
        reason = MissedReason.ABANDONED_IVR
    elif cause in BY_CAUSE:
        reason = BY_CAUSE[cause]
    elif strange:
        reason = MissedReason.UNKNOWN
    else:
        reason = BY_CAUSE.get(variables.get("originate_disposition", "").upper())
    return reason, tuple(strange)


def _call(variables: Variables, times: _Times, *, own: str, spoke: bool) -> Heard:
    way = direction(variables)
    caller, dialled = variables.get("caller_id_number"), variables.get("destination_number")
    called = called_number(variables, way)
    cause, application = variables.get("hangup_cause", "").upper(), variables.get("last_app", "").lower()
    names = ("bridge_uuid", "bleg_uuid", "cc_agent_uuid")
    second = next((uuid for name in names if (uuid := variables.get(name)) and uuid != own), None)
    with_agent = from_epoch(variables.get("cc_queue_answered_epoch"))
    joined = from_epoch(variables.get("cc_queue_joined_epoch"))
    queued = bool(variables.get("cc_queue")) or application in ("callcenter", "fifo")
    voicemail = _has_message(variables, spoke=spoke)
    to_agent = with_agent is not None or variables.get("cc_agent_bridged") == "true"
    bridged = second is not None or times.bridge is not None or to_agent
    answered = spoke and bridged and not voicemail
    in_menu = spoke and not bridged and application in _MENU
    closed = _CLOSED.search(f"{variables.get('context', '')} {variables.get('extensions', '')}") is not None
    rang_out = cause in RANG and not spoke and not queued

    reason, strange = _reason(variables, queued=queued, in_menu=in_menu)
    word = variables.get("cc_cancel_reason")
    by_queue = word is not None and word.upper() in BY_QUEUE
    if answered or (voicemail and not by_queue):
        reason, strange = None, ()
    elif closed and not queued and not rang_out:
        reason = MissedReason.AFTER_HOURS
    by_person = (with_agent or times.bridge or times.answer) if answered else None
    wait = _wait(variables, times, joined=joined, by_person=by_person, rang_out=rang_out, queued=queued)
    if way is Direction.OUTBOUND:
        ours = (caller, variables.get("sip_from_user"))
        agent = next((number for number in ours if is_short(number)), None)
    else:
        agent = variables.get("cc_agent") or (dialled if is_short(dialled) and not queued else None)
    apart = answered and second is not None
    whole = Fact(
        call_key=own,
        same_call=(second,) if second is not None else (),
        stage=Stage.ENDED,
        at=times.end,
        final=True,
        complete=True,
        direction=way,
        caller=caller,
        called=called,
        line=called if way is Direction.INBOUND and is_long(called) else None,
        queue=variables.get("cc_queue"),
        agent=agent if answered and not apart else None,
        answered=answered and not apart,
        queued=queued or None,
        rang=rang_out or answered or None,
        voicemail=voicemail or None,
        after_hours=closed or None,
        reason=reason,
        raw_reason=word if by_queue and not answered else variables.get("hangup_cause"),
        started_at=times.start,
        queued_at=joined,
        answered_at=None if apart else by_person,
        ended_at=times.end,
        wait_s=None if apart else wait,
        ring_s=wait if rang_out else None,
        total_s=_seconds(variables, "duration"),
    )
    if not apart:
        return Heard(facts=(whole,), unknown=strange)
    spoken = Fact(
        call_key=own,
        leg_key=second or "",
        # Told as of the answer, so that what the phone's own record says at its end stands.
        stage=Stage.ANSWERED,
        at=by_person or times.end,
        complete=True,
        agent=agent,
        queue=variables.get("cc_queue"),
        answered=True,
        rang=True,
        answered_at=by_person,
        ended_at=times.end,
        started_at=with_agent or times.bridge or times.start,
        wait_s=wait,
        ring_s=None if queued else wait,
    )
    return Heard(facts=(whole, spoken))


def _wait(
    variables: Variables,
    times: _Times,
    *,
    joined: datetime | None,
    by_person: datetime | None,
    rang_out: bool,
    queued: bool,
) -> float | None:
    """Seconds that the caller waited for a person, where this record alone can tell."""
    if joined is not None:
        left = from_epoch(variables.get("cc_queue_canceled_epoch"))
        return _between(joined, by_person or left or times.end)
    if by_person is not None:
        # Where something else had answered before, the wait began at a moment that the record does not name.
        machine_first = times.answer is not None and (by_person - times.answer).total_seconds() > 1
        return None if queued or machine_first else _between(times.start, by_person) or None
    return _seconds(variables, "duration") if rang_out or queued else None
