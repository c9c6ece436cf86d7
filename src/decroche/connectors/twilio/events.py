"""Twilio's callbacks: what a call, a dialled phone, a queue or a recorder of a call flow tells as it happens.

Twilio names no event. The parameters say what it is: a status callback of a leg, or the request for further
instructions with which ``<Dial>``, ``<Enqueue>`` and ``<Record>`` tell how they ended. The caller's leg is the root;
the phones that the flow dials are its children, with ``ParentCallSid``. A root that is ``completed`` was taken by the
flow, never necessarily by a person: its children, the bridging of a queue and ``<Dial>`` say whether one answered.

What only the flow knows, it tells by a word in the address, such as ``?decroche=after_hours``; ``&queue=…`` names a
queue. Requests for instructions carry no time: that of their arrival is kept with them.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.objects import Told, decode, encode, flag, moment, text, without
from decroche.connectors.twilio import texts
from decroche.connectors.twilio.files import REASONS
from decroche.connectors.twilio.signature import form
from decroche.connectors.twilio.words import (
    RANG,
    RUNNING,
    agent_of,
    by_machine,
    caller_of,
    direction_of,
    lasted,
    rfc2822,
)
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Message, Stage, UnknownWord

#: A message that is shorter, in seconds, is the beep and a caller who hangs up.
SHORTEST_MESSAGE_S = 2

#: What opens something to whoever has it: the right to forward the call, a signed passport of the caller.
_SECRETS = ("CallToken", "StirPassportToken", "SipHeader_Authorization", "SipHeader_Proxy-Authorization")
#: Words that a flow may add to our address.
_TAGS = frozenset({"after_hours", "agent_first", "blocked", "callback", "voicemail"})
_TAG_REASONS = {"blocked": MissedReason.BLOCKED_SPAM, "callback": MissedReason.CALLBACK_REQUESTED}
_QUEUE_REASONS = {
    "hangup": MissedReason.ABANDONED_QUEUE,
    "leave": MissedReason.QUEUE_TIMEOUT,
    "queue-full": MissedReason.QUEUE_FULL,
    "error": MissedReason.TECHNICAL_FAILURE,
    "system-error": MissedReason.TECHNICAL_FAILURE,
}
_BRIDGED = frozenset({"bridged", "redirected-from-bridged"})
#: Results that leave open what comes next.
_QUEUE_OPEN = frozenset({"bridging-in-process", "redirected"})
#: A recording of these sources is a conversation, not a message.
_MESSAGE_SOURCES = frozenset({"RecordVerb"})


def record(delivery: Delivery) -> Record:
    """What is kept of a request. Raises Ignored for what is neither about a call nor a text, and Malformed."""
    query = _first_values(form(urlsplit(delivery.url).query.encode()))
    fields = _fields(delivery) if delivery.method != "GET" else dict(query)
    fields.pop("bodySHA256", None)
    if text(fields, "ConferenceSid") and text(fields, "StatusCallbackEvent"):
        raise Ignored("a conference says nothing of who is in it")
    if text(fields, "CallSid") is None:
        if text(fields, "MessageSid", "SmsSid", "SmsMessageSid"):
            return texts.record(fields, query, delivery.received_at)
        raise Malformed("neither a call nor a message")
    about = {name: told for name in ("decroche", "queue") if (told := text(query, name) or text(fields, name))}
    key = _key(delivery, fields, about)
    if delivery.received_at is not None:
        about["received"] = delivery.received_at.isoformat()
    return Record(kind="callback", key=key, body=encode(without(fields, _SECRETS)), about=about)


def _fields(delivery: Delivery) -> dict[str, Any]:
    if "json" in delivery.headers.get("content-type", ""):
        return dict(decode(delivery.body))
    try:
        return _first_values(form(delivery.body))
    except ValueError as error:
        raise Malformed("the body is not a form") from error


def _first_values(fields: dict[str, list[str]]) -> dict[str, Any]:
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _key(delivery: Delivery, fields: Told, about: dict[str, str]) -> str:
    """Twilio's own name of the delivery, else of the event, else what it says."""
    if token := delivery.headers.get("i-twilio-idempotency-token", "").strip():
        return token
    sid, sequence, status = (text(fields, name) for name in ("CallSid", "SequenceNumber", "CallStatus"))
    tags = [f"{name}={about[name]}" for name in sorted(about)]
    if sequence is not None and status is not None:
        return "/".join([sid or "", sequence, status, *tags])
    said = sorted((name, str(value)) for name, value in fields.items())
    return "/".join([sid or "", hashlib.sha256(encode([said, tags])).hexdigest()[:32]])


class _Leg(NamedTuple):
    """The leg that a request is about, and what is told of it."""

    told: Told
    sid: str
    parent: str | None
    at: datetime
    tag: str | None
    queue: str | None
    machine: bool
    way: Direction | None

    def fact(self, stage: Stage, at: datetime | None = None, *, leg: str | None = None, **more: Any) -> Fact:
        """A fact of this leg, or of the leg named."""
        own = self.sid if self.parent else ""
        more.setdefault("same_call", (self.sid,) if self.parent else ())
        key = self.parent or self.sid
        return Fact(call_key=key, leg_key=own if leg is None else leg, stage=stage, at=at or self.at, **more)

    def before(self, seconds: float) -> datetime:
        """The time so many seconds before that of the request."""
        return self.at - timedelta(seconds=seconds)


def hear_callback(told: Told, about: dict[str, str]) -> Heard:
    """What a kept request says. Raises Malformed and Ignored."""
    sid = text(told, "CallSid")
    at = rfc2822(told, "Timestamp") or moment(told, "Timestamp") or moment(about, "received")
    if sid is None or at is None:
        raise Malformed("a request without a call or without a time")
    tag = text(about, "decroche")
    machine, odd_machine = by_machine(text(told, "AnsweredBy"))
    way, odd_way = direction_of(text(told, "Direction"))
    parent = text(told, "ParentCallSid")
    leg = _Leg(told, sid, parent, at, tag, text(about, "queue"), machine, way)
    unknown = [*odd_machine, *(odd_way if parent is None else ())]
    if tag is not None and tag not in _TAGS:
        unknown.append(UnknownWord("decroche", tag))
    if text(told, "TranscriptionSid", "TranscriptionText") is not None:
        # It comes minutes after the call: the status that it repeats says nothing of when the call ended.
        if not (written := _of_transcription(leg)):
            raise Ignored("no text came of a message")
        return Heard(facts=tuple(written))
    facts: list[Fact] = []
    for said, words in (_of_status(leg), _of_dial(leg), _of_queue(leg)):
        facts += said
        unknown += words
    facts += [*_of_recording(leg), *_of_tag(leg)]
    if machine and text(told, "CallStatus") is None:
        facts.append(leg.fact(Stage.ENRICHED, answered=False, raw_reason=text(told, "AnsweredBy")))
    if not facts and not unknown:
        raise Ignored("nothing about the course of a call")
    return Heard(facts=tuple(facts), unknown=tuple(unknown))


_Said = tuple[list[Fact], list[UnknownWord]]


def _of_status(leg: _Leg) -> _Said:
    status = text(leg.told, "CallStatus")
    if status is None:
        return [], []
    status = status.lower()
    if status not in RUNNING and status != "completed" and status not in REASONS:
        who = [] if leg.parent else [leg.fact(Stage.ENRICHED, **_who(leg))]
        return who, [UnknownWord("CallStatus", status)]
    return (_of_child if leg.parent else _of_root)(leg, status), []


def _who(leg: _Leg) -> dict[str, Any]:
    """Who calls whom, as the call's own leg tells it."""
    from_, to = text(leg.told, "From", "Caller"), text(leg.told, "To", "Called")
    if leg.way is Direction.OUTBOUND:
        by_agent = {"agent": agent_of(to)} if leg.tag == "agent_first" else {"called": to}
        return {"direction": leg.way, "caller": from_, "line": from_, **by_agent}
    return {"direction": leg.way, "caller": caller_of(from_), "called": to, "line": to if leg.way else None}


def _of_root(leg: _Leg, status: str) -> list[Fact]:
    stir = text(leg.told, "StirVerstat")
    spam = f"StirVerstat={stir}" if stir is not None and "Failed" in stir else None
    duration = lasted(leg.told, "CallDuration")
    began = leg.at if status in RUNNING else leg.before(duration or 0)
    facts = [leg.fact(Stage.CREATED, began, **_who(leg))]
    if spam is not None and status in RUNNING:
        facts.append(leg.fact(Stage.ENRICHED, leg="caller_id", raw_reason=spam))
    # The API calls a person directly, or a colleague first: then a child, or the flow's own word, tells.
    person = leg.way is Direction.OUTBOUND and not leg.machine and leg.tag != "agent_first"
    if person and status in ("in-progress", "answered"):
        facts.append(leg.fact(Stage.ANSWERED))
    if status in RUNNING:
        return facts + ([leg.fact(Stage.ENRICHED, answered=False)] if leg.machine else [])
    talked = person and status == "completed" and bool(duration)
    if talked:
        facts.append(leg.fact(Stage.ANSWERED, began))
    words = [status] if status in REASONS else []
    end = leg.fact(
        Stage.ENDED,
        final=True,
        answered=False if leg.machine else None,
        reason=REASONS.get(status),
        raw_reason="; ".join([*words, *([spam] if spam else [])]) or None,
        talk_s=duration if talked else None,
        total_s=duration,
    )
    return [*facts, end]


def _of_child(leg: _Leg, status: str) -> list[Fact]:
    from_, to = text(leg.told, "From", "Caller"), text(leg.told, "To", "Called")
    if leg.tag == "agent_first":
        who: dict[str, Any] = {"direction": Direction.OUTBOUND, "caller": from_, "called": to}
        facts = [leg.fact(Stage.ENRICHED, leg="", answered=False, **who)]
    else:
        # A phone is dialled for the call: whoever took the call's own leg was not the person.
        who, facts = {"agent": agent_of(to)}, [leg.fact(Stage.ENRICHED, leg="", answered=False)]
    if status in RUNNING:
        stage = {"ringing": Stage.RINGING, "in-progress": Stage.ANSWERED, "answered": Stage.ANSWERED}.get(status)
        if stage is Stage.ANSWERED and leg.machine:
            return [*facts, leg.fact(Stage.ENRICHED, answered=False, **who)]
        return [*facts, leg.fact(stage or Stage.CREATED, **who)]
    duration = lasted(leg.told, "CallDuration") or 0.0
    talked = status == "completed" and duration > 0 and not leg.machine
    if talked:
        facts.append(leg.fact(Stage.ANSWERED, leg.before(duration), **who))
    end = leg.fact(
        Stage.ENDED,
        answered=False if leg.machine else None,
        rang=True if status in RANG or status == "completed" else None,
        reason=REASONS.get(status),
        raw_reason=status if status in REASONS else None,
        talk_s=duration if talked else None,
        **who,
    )
    return [*facts, end]


def _of_dial(leg: _Leg) -> _Said:
    """How ``<Dial>`` ended: the last word on the phone that it dialled."""
    status = text(leg.told, "DialCallStatus")
    if status is None:
        return [], []
    status = status.lower()
    if status not in REASONS and status not in ("completed", "answered"):
        return [], [UnknownWord("DialCallStatus", status)]
    dialled = text(leg.told, "DialCallSid")
    duration = lasted(leg.told, "DialCallDuration")
    bridged = flag(leg.told, "DialBridged")
    # Taken on a whisper or a screening, and never put through.
    talked = status not in REASONS and bridged is not False and (duration is None or duration > 0 or bool(bridged))
    raw = status if bridged is not False or status in REASONS else f"{status}, DialBridged=false"
    end = leg.fact(
        Stage.ENDED,
        leg=dialled or "dial",
        same_call=tuple(sid for sid in (leg.sid if leg.parent else None, dialled) if sid is not None),
        complete=True,
        answered=talked,
        answered_at=leg.before(duration or 0) if talked else None,
        rang=True if status in RANG or status not in REASONS else None,
        reason=REASONS.get(status),
        raw_reason=None if talked else raw,
        talk_s=duration if talked else None,
        ended_at=leg.at,
    )
    return [leg.fact(Stage.ENRICHED, leg="", answered=False), end], []


def _of_queue(leg: _Leg) -> _Said:
    """A caller waits in ``<Enqueue>``, or has left it."""
    result, sid = text(leg.told, "QueueResult"), text(leg.told, "QueueSid")
    waited = lasted(leg.told, "QueueTime")
    queue: dict[str, Any] = {"leg": f"queue:{sid or ''}", "queue": leg.queue or sid}
    since = leg.before(waited or 0)
    if result is None:
        return [leg.fact(Stage.QUEUED, queued_at=since, started_at=since, **queue)] if sid is not None else [], []
    result = result.lower()
    if result not in _QUEUE_REASONS and result not in _BRIDGED and result not in _QUEUE_OPEN:
        return [leg.fact(Stage.ENRICHED, **queue)], [UnknownWord("QueueResult", result)]
    refused = result in ("queue-full", "error", "system-error")
    # Of a bridged call Twilio tells the end of the conversation: when the caller had joined, it does not say.
    joined = None if refused or result in _BRIDGED else since
    facts = [leg.fact(Stage.QUEUED, joined, **queue)] if joined is not None else []
    end = leg.fact(
        Stage.ENDED,
        answered=True if result in _BRIDGED else None,
        queued=None if refused else True,
        reason=_QUEUE_REASONS.get(result),
        raw_reason=None if result in _BRIDGED else result,
        wait_s=waited,
        **queue,
    )
    return [*facts, end], []


def _of_recording(leg: _Leg) -> list[Fact]:
    """A message of the caller; a recorded conversation is none."""
    told = leg.told
    length = lasted(told, "RecordingDuration")
    if length is None or length < SHORTEST_MESSAGE_S or text(told, "DialCallStatus") or leg.parent:
        return []
    source, status = text(told, "RecordingSource"), text(told, "RecordingStatus")
    if (source is not None and source not in _MESSAGE_SOURCES) or status not in (None, "completed"):
        return []
    sid = text(told, "RecordingSid")
    return [leg.fact(Stage.ENRICHED, voicemail=True, message=None if sid is None else Message(recording=sid))]


def _of_transcription(leg: _Leg) -> list[Fact]:
    """The text of a message, which comes when the call is long over. ``<Record>`` alone has its messages written."""
    told = leg.told
    words, status = text(told, "TranscriptionText"), text(told, "TranscriptionStatus")
    if words is None or leg.parent or (status or "completed").lower() != "completed":
        return []
    return [leg.fact(Stage.ENRICHED, message=Message(recording=text(told, "RecordingSid"), text=words))]


def _of_tag(leg: _Leg) -> list[Fact]:
    """What the flow itself tells: on a leg of its own, so that no status of the call outdoes it."""
    if leg.tag not in _TAGS or leg.tag == "agent_first":
        return []
    return [
        leg.fact(
            Stage.ENRICHED,
            leg=f"decroche:{leg.tag}",
            after_hours=True if leg.tag == "after_hours" else None,
            voicemail=True if leg.tag == "voicemail" else None,
            reason=_TAG_REASONS.get(leg.tag),
            raw_reason=f"decroche={leg.tag}",
        )
    ]
