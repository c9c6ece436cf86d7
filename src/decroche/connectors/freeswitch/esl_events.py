"""What an event of FreeSWITCH's event socket says of a call: it came in, a phone rings, a person answered, it ended."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from decroche.connector_kit import callcenter
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.instants import from_epoch
from decroche.connector_kit.objects import decode
from decroche.connectors.freeswitch import finished
from decroche.model.call import Direction
from decroche.model.fact import Fact, Heard, Stage

_OF_CHANNEL = {
    "uuid": "Unique-ID",
    "direction": "Call-Direction",
    "call_uuid": "Channel-Call-UUID",
    "caller_id_number": "Caller-Caller-ID-Number",
    "destination_number": "Caller-Destination-Number",
    "context": "Caller-Context",
    "hangup_cause": "Hangup-Cause",
    "start_uepoch": "Caller-Channel-Created-Time",
    "answer_uepoch": "Caller-Channel-Answered-Time",
    "bridge_uepoch": "Caller-Channel-Bridged-Time",
    "progress_uepoch": "Caller-Channel-Progress-Time",
    "end_uepoch": "Caller-Channel-Hangup-Time",
}


def heard(body: bytes) -> Heard:
    """What a kept event says. Raises Malformed, and Ignored for events that tell nothing of a call."""
    told = decode(body)
    event = {name: value.replace("\0", "").strip() for name, value in told.items() if isinstance(value, str)}
    at = from_epoch(event.get("Event-Date-Timestamp"), per_second=1_000_000)
    if at is None:
        raise Malformed("an event that does not say when it happened")
    name = event.get("Event-Name")
    if name == "CUSTOM" and event.get("Event-Subclass") == "callcenter::info":
        return callcenter.heard(callcenter.bare_headers(event), at=at)
    variables = variables_of(event)
    if name == "CHANNEL_HANGUP_COMPLETE":
        return finished.heard({"end_uepoch": event["Event-Date-Timestamp"]} | variables)
    if name not in _TOLD:
        raise Ignored(f"an event that says nothing of a call: {str(name)[:40]}")
    if not variables.get("uuid"):
        raise Malformed("an event of a channel without its id")
    return Heard(facts=(_TOLD[name](event, variables, at),))


def variables_of(event: Mapping[str, str]) -> dict[str, str]:
    """The variables of a channel as a call record has them, from the headers of an event."""
    told = {ours: value for ours, theirs in _OF_CHANNEL.items() if (value := event.get(theirs))}
    told |= {name.removeprefix("variable_"): value for name, value in event.items() if name.startswith("variable_")}
    # Unlike the variable, the header is there from the first event of the channel on.
    told["uuid"] = event.get("Unique-ID") or told.get("uuid", "")
    if event.get("Other-Type") == "originator" and (first := event.get("Other-Leg-Unique-ID")):
        told.setdefault("originator", first)
    return {name: value for name, value in told.items() if value}


def _placed(variables: finished.Variables) -> tuple[str, str]:
    """The call and the leg of a channel; a channel that FreeSWITCH made for nobody yet is a leg of its own."""
    own, first = variables["uuid"], finished.first_leg(variables)
    if first is not None:
        return first, own
    return own, own if variables.get("direction") == "outbound" else ""


def _same(call: str, leg: str) -> tuple[str, ...]:
    return (leg,) if leg and leg != call else ()


def _phone(variables: finished.Variables) -> str | None:
    """The agent whose phone this leg is, where its variables or an extension name him."""
    to = variables.get("dialed_user") or variables.get("destination_number")
    return variables.get("cc_agent") or (to if finished.is_short(to) else None)


def _created(event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    call, leg = _placed(variables)
    if leg:
        return Fact(
            call_key=call, leg_key=leg, same_call=_same(call, leg), stage=Stage.CREATED, at=at, agent=_phone(variables)
        )
    way = finished.direction(variables)
    called = finished.called_number(variables, way)
    return Fact(
        call_key=call,
        stage=Stage.CREATED,
        at=at,
        direction=way,
        caller=variables.get("caller_id_number"),
        called=called,
        line=called if way is Direction.INBOUND and finished.is_long(called) else None,
    )


def _of_phone(stage: Stage, event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    """A fact of a phone that the call rang. Of the caller's own leg it says nothing that the phone does not say."""
    call, leg = _placed(variables)
    if not leg:
        raise Ignored("an event of the caller's own leg")
    return Fact(
        call_key=call,
        leg_key=leg,
        same_call=_same(call, leg),
        stage=stage,
        at=at,
        agent=_phone(variables),
        answered=True if stage is Stage.ANSWERED else None,
        rang=True if stage is Stage.RINGING else None,
    )


def _rings(event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    return _of_phone(Stage.RINGING, event, variables, at)


def _picked_up(event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    """A phone picked up. Before it is joined to the caller that is no answer: another may have been faster."""
    if not variables.get("bridge_uuid"):
        raise Ignored("a leg that picked up and is not joined to another yet")
    return _of_phone(Stage.ANSWERED, event, variables, at)


def _joined(event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    """Two legs were joined: a person answered, unless the caller still hears the ringing (early media)."""
    call, leg = _placed(variables)
    if not leg:
        others = (event.get(name) for name in ("Bridge-B-Unique-ID", "Other-Leg-Unique-ID", "Bridge-A-Unique-ID"))
        leg = next((uuid for uuid in others if uuid and uuid != call), "")
        to = event.get("Other-Leg-Destination-Number") or event.get("Other-Leg-Callee-ID-Number")
        agent = variables.get("cc_agent") or (to if finished.is_short(to) else None)
    else:
        agent = _phone(variables)
    early = event.get("Answer-State") in ("early", "ringing")
    return Fact(
        call_key=call,
        leg_key=leg,
        same_call=_same(call, leg),
        stage=Stage.RINGING if early else Stage.ANSWERED,
        at=at,
        agent=agent,
        answered=None if early else True,
        rang=True,
    )


def _held(event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    return _of_phone(Stage.HELD, event, variables, at)


def _resumed(event: Mapping[str, str], variables: finished.Variables, at: datetime) -> Fact:
    return _of_phone(Stage.RESUMED, event, variables, at)


_TOLD = {
    "CHANNEL_CREATE": _created,
    "CHANNEL_PROGRESS": _rings,
    "CHANNEL_PROGRESS_MEDIA": _rings,
    "CHANNEL_ANSWER": _picked_up,
    "CHANNEL_BRIDGE": _joined,
    "CHANNEL_HOLD": _held,
    "CHANNEL_UNHOLD": _resumed,
}
