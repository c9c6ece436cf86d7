"""Ringover's webhooks: what happens on a call (ringing, answered, hang-up, missed, voicemail) and what follows it.

One call is one ``call_id``. Telephones that ring or talk are legs of it, named by their user: the history names users
too, but not always the channel that a live event names, and the two must be one leg. The history writes user 12854321
where an event may write "USER12854321".

``missed``, ``voicemail`` and ``hangup`` end the call. A hang-up tells how long people talked; without a duration nobody
did, unless an answer was heard. Where a menu and no user is named, a machine had the call, and nobody answered.
Only one reason for a miss is published: ``OUT_PLANNING``, closed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Ignored, Malformed
from decroche.connector_kit.numbers import with_plus
from decroche.connector_kit.objects import Told, encode, flag, inner, moment, number, text, without
from decroche.connectors.ringover import texts
from decroche.connectors.ringover.signatures import UNSIGNED, trusted
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Message, Stage, UnknownWord

#: What says that nobody was to answer at that hour.
CLOSED = "OUT_PLANNING"
DIRECTIONS = {
    "inbound": Direction.INBOUND,
    "in": Direction.INBOUND,
    "outbound": Direction.OUTBOUND,
    "out": Direction.OUTBOUND,
}
_DETECTED = frozenset({"HUMAN", "MACHINE", "NOTSURE"})
#: Events of the resource ``call`` that ask who somebody is or where to send a call, and tell nothing of its course.
_QUESTIONS = frozenset({"contact", "routing"})
#: Events after a call. Only a voicemail changes what the call was; texts and recordings are fetched when needed.
_AFTERWARDS = frozenset(
    {
        "aftercall",
        "comments_updated",
        "tags_updated",
        "record_available",
        "voicemail_available",
        "transcription_available",
        "summary_available",
    }
)


def record(delivery: Delivery) -> Record:
    """The event that the signature covers. Raises Ignored for what says nothing about calls, and Malformed."""
    told = trusted(delivery)
    event, resource = text(told, "event"), resource_of(told)
    if event is None:
        raise Malformed("an event without a name")
    if event == UNSIGNED:
        raise Ignored("a code typed in a menu, which nobody signs")
    if resource == "sms":
        return texts.record(told, delivery)
    if resource not in ("call", "aftercall") or event in _QUESTIONS:
        raise Ignored(f"{(resource or 'nameless')[:40]} {event[:40]} says nothing about calls")
    data = inner(told, "data")
    call = text(data, "call_id")
    if call is None:
        raise Malformed("an event without a call")
    parts = (event, call, text(data, "channel_id"), _number_of(data), _written(told, "timestamp"))
    return Record(kind="event", key="/".join(part or "" for part in parts), body=encode(without(told, ())))


def resource_of(told: Told) -> str | None:
    """What an event is about; both spellings of the word occur."""
    return text(told, "resource", "ressource")


def hear_event(told: Told) -> Heard:
    """What an event says. Raises Malformed and Ignored."""
    event, data = text(told, "event") or "", inner(told, "data")
    at = moment(told, "timestamp") or moment(data, "hangup_time", "answered_time", "start_time")
    if at is None:
        raise Malformed("an event without a time")
    if (key := text(data, "call_id")) is None:
        raise Malformed("an event without a call")
    if resource_of(told) == "aftercall" or event in _AFTERWARDS:
        return _afterwards(event, key, at)
    if resource_of(told) != "call" or event in _QUESTIONS or event == UNSIGNED:
        raise Ignored("not about the course of a call")
    call = _Call.of(key, data)
    facts = _COURSES[event](call, at) if event in _COURSES else []
    unknown = call.unknown if event in _COURSES else (*call.unknown, UnknownWord("event", event))
    return Heard(facts=tuple(facts), unknown=unknown)


def _afterwards(event: str, key: str, at: datetime) -> Heard:
    if event == "voicemail_available":
        left = Fact(call_key=key, stage=Stage.ENRICHED, at=at, voicemail=True, message=Message(recording=key))
        return Heard(facts=(left,))
    return Heard(unknown=() if event in _AFTERWARDS else (UnknownWord("event", event),))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """The ``data`` of an event, read."""

    key: str
    data: Told
    says: dict[str, Any]
    direction: Direction | None
    leg_key: str
    agent: str | None
    by_menu: bool
    ended_at: datetime | None
    reason: str | None
    unknown: tuple[UnknownWord, ...]

    @classmethod
    def of(cls, key: str, data: Told) -> _Call:
        way, detected = text(data, "direction"), text(data, "answering_machine_detection")
        told = DIRECTIONS.get((way or "").lower())
        outbound = told is Direction.OUTBOUND
        from_, to = (with_plus(text(data, name)) for name in ("from_number", "to_number"))
        menu = menu_of(data)
        leg_key, agent = leg_of(data), agent_of(data)
        why = text(data, "reason")
        words = (
            UnknownWord("direction", way) if way and told is None else None,
            UnknownWord("reason", why) if why and why.upper() != CLOSED else None,
            UnknownWord("answering_machine_detection", detected) if detected and detected not in _DETECTED else None,
        )
        return cls(
            key=key,
            data=data,
            direction=told,
            says={
                "direction": Direction.INTERNAL if flag(data, "is_internal") else told,
                "caller": "anonymous" if flag(data, "is_anonymous") and not outbound else from_,
                "called": to,
                "line": from_ if outbound else to,
                "queue": menu,
                "started_at": moment(data, "start_time", "start_date_time_atom"),
            },
            leg_key=leg_key,
            agent=agent,
            by_menu=not leg_key and (menu is not None or bool(flag(data, "is_ivr"))),
            ended_at=moment(data, "hangup_time", "hangup_date_time_atom"),
            reason=why,
            unknown=tuple(word for word in words if word is not None),
        )

    def whole(self, stage: Stage, at: datetime, **more: Any) -> Fact:
        """A statement about the call as a whole."""
        return Fact(call_key=self.key, stage=stage, at=at, **{**self.says, **more})

    def leg(self, stage: Stage, at: datetime, **more: Any) -> Fact:
        """A statement about the telephone of the user; about the call when no user is named."""
        if not self.leg_key:
            return self.whole(stage, at, **more)
        return Fact(call_key=self.key, leg_key=self.leg_key, stage=stage, at=at, agent=self.agent, **more)

    def began(self, at: datetime) -> list[Fact]:
        """What every event says of the call beside its own news; nothing when the news is of the call itself."""
        return [self.whole(Stage.CREATED, self.says["started_at"] or at)] if self.leg_key else []


def _ringing(call: _Call, at: datetime) -> list[Fact]:
    if call.by_menu:
        return [call.whole(Stage.CREATED, call.says["started_at"] or at)]
    return [*call.began(at), call.leg(Stage.RINGING, at)]


def _answered(call: _Call, at: datetime) -> list[Fact]:
    at = moment(call.data, "answered_time", "answered_date_time_atom") or at
    if call.by_menu:
        return [call.whole(Stage.CREATED, call.says["started_at"] or at)]
    return [*call.began(at), call.leg(Stage.ANSWERED, at, answered=True)]


def _hangup(call: _Call, at: datetime) -> list[Fact]:
    at = call.ended_at or at
    talked = number(call.data, "duration_in_seconds") or 0.0
    by_machine = text(call.data, "answering_machine_detection") == "MACHINE" and call.direction is Direction.OUTBOUND
    more: dict[str, Any] = {}
    if by_machine:
        more = {"answered": False}
    elif talked > 0 and not call.by_menu:
        more = {"answered": True, "talk_s": talked}
    if not call.leg_key:
        return [call.whole(Stage.ENDED, at, final=True, **more)]
    return [call.whole(Stage.ENDED, at, final=True), call.leg(Stage.ENDED, at, **more)]


def _missed(call: _Call, at: datetime) -> list[Fact]:
    at = call.ended_at or at
    closed = (call.reason or "").upper() == CLOSED
    ended = call.whole(
        Stage.ENDED,
        at,
        final=True,
        after_hours=closed or None,
        reason=MissedReason.AFTER_HOURS if closed else None,
        raw_reason=call.reason,
    )
    if not call.leg_key:
        return [ended]
    return [ended, call.leg(Stage.ENDED, at, started_at=call.says["started_at"], rang=None if closed else True)]


def _voicemail(call: _Call, at: datetime) -> list[Fact]:
    ended, *telephones = _missed(call, at)
    return [replace(ended, voicemail=True, message=Message(recording=call.key)), *telephones]


_COURSES = {
    "ringing": _ringing,
    "answered": _answered,
    "hangup": _hangup,
    "missed": _missed,
    "voicemail": _voicemail,
}


def leg_of(data: Told) -> str:
    """The key of the leg of the user that ``data`` names, live and in the history; empty when it names none."""
    user = _number_of(data)
    return f"user:{user}" if user else ""


def agent_of(data: Told) -> str | None:
    """The name of the user, as the call records write it; else the address, else the number."""
    user = inner(data, "user")
    names = [name for key in ("firstname", "lastname") if (name := text(user, key)) is not None]
    return text(user, "concat_name") or " ".join(names) or text(user, "email") or _number_of(data)


def menu_of(data: Told) -> str | None:
    """The name of the menu that the call went through; the names of members vary."""
    menu, chosen = inner(data, "ivr"), inner(data, "ivr_data")
    return (
        text(menu, "name")
        or text(chosen, "ivr_name", "ivrName", "scenario_name", "scenarioName")
        or text(data, "scenario_name")
    )


def _number_of(data: Told) -> str | None:
    user = text(inner(data, "user"), "user_id") or text(data, "user_id") or ""
    bare = user.upper().removeprefix("USER")
    return None if bare in ("", "0") else bare


def _written(told: Told, name: str) -> str | None:
    value = told.get(name)
    return repr(value) if isinstance(value, float) else text(told, name)
