"""Aircall's webhooks: JSON events with a token in the body, at least once and in no order.

Aircall signs nothing: the token, which it gave when the webhook was made, is the whole proof. Nothing in a delivery is
a signed time, and a failed one may come again for half a day, so age refuses nothing; a repetition has a known key.

``call.hungup`` comes when the call ends, ``call.ended`` about 30 seconds later with all data. Both are final. Aircall
documents ``call.hungup`` as the end of the call, for whatever must react at once: waiting for the second event would
open every journey half a minute late. What ``call.hungup`` does not know yet is left open, not denied: it never says
that nobody answered, so an answer told before, after or late still counts, and ``call.ended``, the finished record,
has the last word. Should an event after the end contradict the miss, the journey is withdrawn.
"""

from __future__ import annotations

from datetime import datetime
from hmac import compare_digest
from typing import Any

from decroche.connector_kit.connector import Delivery, Record, Settings
from decroche.connector_kit.errors import Ignored, Malformed, NotAuthentic
from decroche.connector_kit.objects import Told, decode, encode, flag, inner, moment, text, without
from decroche.connectors.aircall import texts
from decroche.connectors.aircall.call_object import AircallCall, name_of, read_call
from decroche.model.call import Direction
from decroche.model.fact import AgentFact, Fact, Heard, Message, Presence, Stage, UnknownWord

#: Call events by what they say of the call as a whole.
_STAGES = {
    "call.created": Stage.CREATED,
    "call.ringing_on_agent": Stage.RINGING,
    "call.agent_declined": Stage.CREATED,
    "call.answered": Stage.ANSWERED,
    "call.transferred": Stage.ENRICHED,
    "call.external_transferred": Stage.ENRICHED,
    "call.unsuccessful_transfer": Stage.ENRICHED,
    "call.hungup": Stage.ENDED,
    "call.ended": Stage.ENDED,
    "call.hold": Stage.HELD,
    "call.unhold": Stage.RESUMED,
    "call.ivr_option_selected": Stage.ENRICHED,
    "call.comm_assets_generated": Stage.ENRICHED,
    "call.voicemail_left": Stage.ENRICHED,
    "call.assigned": Stage.ENRICHED,
    "call.archived": Stage.ENRICHED,
    "call.tagged": Stage.ENRICHED,
    "call.untagged": Stage.ENRICHED,
    "call.commented": Stage.ENRICHED,
}
#: What events say of the telephone of their ``user``, which rings until the user takes the call or declines it.
_TELEPHONES = {
    "call.ringing_on_agent": Stage.RINGING,
    "call.agent_declined": Stage.ENDED,
    "call.answered": Stage.ENDED,
}
#: Events whose ``user`` is not the one who has the call.
_OF_OTHERS = frozenset({"call.ringing_on_agent", "call.agent_declined"})

#: User events, without their version, by the state that they begin.
_PRESENCES = {
    "user.connected": Presence.AVAILABLE,
    "user.disconnected": Presence.OFFLINE,
    "user.deleted": Presence.OFFLINE,
    "user.opened": Presence.AVAILABLE,
    "user.closed": Presence.PAUSED,
    "user.wut_start": Presence.WRAP_UP,
    "user.wut_end": Presence.AVAILABLE,
}
#: What Aircall says in ``availability_status``; it corrects an event that would make the agent available.
_AVAILABILITIES = {
    "available": Presence.AVAILABLE,
    "custom": Presence.PAUSED,
    "unavailable": Presence.PAUSED,
    "do_not_disturb": Presence.PAUSED,
    "in_call": Presence.BUSY,
    "after_call_work": Presence.WRAP_UP,
    "offline": Presence.OFFLINE,
}


def verify(delivery: Delivery, settings: Settings, now: datetime) -> None:
    """Raises NotAuthentic unless the body carries one of the tokens of the settings (separated by spaces)."""
    try:
        given = text(decode(delivery.body), "token")
    except Malformed as error:
        raise NotAuthentic("the body carries no token") from error
    known = settings.get("token", "").split()
    if not given or not known:
        raise NotAuthentic("the body carries no token" if known else "no token is set")
    matches = [compare_digest(given.encode(), token.encode()) for token in known]
    if not any(matches):
        raise NotAuthentic("the token is not the webhook's")


def record(delivery: Delivery) -> Record:
    """The event without its token. Raises Ignored for what is not about calls or agents, and Malformed."""
    told = decode(delivery.body)
    event = text(told, "event")
    if event is None:
        if text(told, "event_name") is not None:
            raise Ignored("a message callback")
        raise Malformed("an event without a name")
    if event.startswith("message."):
        return texts.record(told, delivery)
    if not event.startswith(("call.", "user.")):
        raise Ignored(f"{event.partition('.')[0][:40]} events say nothing about calls")
    data = inner(told, "data")
    parts = (event, text(data, "id"), text(told, "timestamp"), *_apart(event, data))
    if parts[1] is None:
        raise Malformed("an event about nothing")
    return Record(kind="event", key="/".join(part or "" for part in parts), body=encode(without(told, ["token"])))


def _apart(event: str, data: Told) -> tuple[str | None, ...]:
    """What tells two events of one name, call and second apart: whose telephone, which state."""
    if event in _TELEPHONES:
        return (text(inner(data, "user"), "id", "name"),)
    if event.startswith("user."):
        return text(data, "availability_status"), text(data, "substatus")
    return ()


def hear_event(told: Told) -> Heard:
    """What an event says. Raises Malformed and Ignored."""
    event, at, data = text(told, "event") or "", moment(told, "timestamp"), inner(told, "data")
    if event.startswith("user."):
        return _of_user(event.removesuffix(".v2"), at, data)
    if not event.startswith("call."):
        raise Ignored("not about calls")
    call = read_call(data)
    if at is None and (at := call.ended_at or call.answered_at or call.started_at) is None:
        raise Malformed("an event without a time")
    unknown = call.unknown if event in _STAGES else (*call.unknown, UnknownWord("event", event))
    return Heard(facts=tuple(_of_call(event, at, call, data)), unknown=unknown)


def _of_call(event: str, at: datetime, call: AircallCall, data: Told) -> list[Fact]:
    if event == "call.ended":
        return [call.finished(call.ended_at or at)]
    stage = _STAGES.get(event, Stage.ENRICHED)
    answered = event == "call.answered" or call.answered_at is not None
    more: dict[str, Any] = {
        "agent": _agent_of(event, call, data),
        "answered": answered or None,
        "answered_at": (call.answered_at or at) if answered else None,
    }
    if event == "call.hungup":
        return [call.fact(stage, call.ended_at or at, final=True, **more)]
    if event == "call.voicemail_left":
        more |= {"voicemail": True, "message": Message(recording=call.key)}
    facts = [call.fact(stage, call.started_at or at if stage is Stage.CREATED else at, **more)]
    if event in _TELEPHONES and call.says["direction"] is not Direction.OUTBOUND:
        facts += call.legs(_TELEPHONES[event], at, inner(data, "user"))
    if call.ended_at is not None:
        # Another event written after the end: it tells the end too, should the event of the end be lost.
        facts.append(call.fact(Stage.ENDED, call.ended_at, final=True, **more))
    return facts


def _agent_of(event: str, call: AircallCall, data: Told) -> str | None:
    if event in _OF_OTHERS:
        return None
    if event == "call.transferred":
        return name_of(inner(data, "transferred_to")) or call.agent
    return call.agent


def _of_user(event: str, at: datetime | None, user: Told) -> Heard:
    if event == "user.created":
        raise Ignored("a new user has no state yet")
    agent = name_of(user)
    if agent is None or at is None:
        raise Malformed("a user event without a user or a time")
    word = text(user, "availability_status")
    presence, told = _PRESENCES.get(event), _AVAILABILITIES.get(word or "")
    unknown = [UnknownWord("availability_status", word)] if word and told is None else []
    if presence is None:
        unknown.insert(0, UnknownWord("event", event))
        presence = told
    elif presence is Presence.AVAILABLE:
        presence = told or (Presence.PAUSED if flag(user, "available") is False else presence)
    if presence is None:
        return Heard(unknown=tuple(unknown))
    reason = (text(user, "substatus") or word) if presence is Presence.PAUSED else None
    return Heard(agents=(AgentFact(agent=agent, presence=presence, at=at, reason=reason),), unknown=tuple(unknown))
