"""Speaks as Ringover speaks: a call's story as signed webhook deliveries, and as rows of its list of past calls.

Written from Ringover's documents, not from our connector, which must understand it. A ring group rings each telephone,
and one event ends the call. Nothing here waits, sends or looks at a clock: each delivery carries its moment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import jwt

from decroche.model.call import Direction
from decroche.simulate.stories import CallStory, Colleague, Happening, Step


class Scheme(StrEnum):
    """How a delivery is signed."""

    V1 = "v1"
    V3 = "v3"


class Family(StrEnum):
    """A family of webhooks, with an address and a key of its own in the dashboard."""

    CALL = "call"
    AFTER_CALL = "aftercall"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is set in the dashboard: an address for both families, and a key (64 signs or more) for each."""

    url: str
    call_key: str
    after_call_key: str
    scheme: Scheme = Scheme.V1

    def key(self, family: Family) -> str:
        """The key that signs a family."""
        return self.call_key if family is Family.CALL else self.after_call_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A request that Ringover would make at ``at``. Header names are as Ringover writes them.

    What is not ``genuine`` comes from somebody else, and nobody makes it a second time.
    """

    at: datetime
    family: Family
    url: str
    headers: dict[str, str]
    body: bytes
    genuine: bool = True


_EVENTS = {
    Happening.RINGING: "ringing",
    Happening.ANSWERED: "answered",
    Happening.HUNG_UP: "hangup",
    Happening.MISSED: "missed",
    Happening.MESSAGE_LEFT: "voicemail",
    Happening.MESSAGE_READY: "voicemail_available",
}
_MESSAGE = "https://cdr.business.example/voicemail/{number}.mp3"


def deliveries(story: CallStory, account: Account) -> Iterator[Sent]:
    """Every delivery about a call, in order, each signed as the account is set."""
    for step in story.steps:
        yield signed(event(story, step), account=account, at=step.at)


def event(story: CallStory, step: Step, *, attempt: int = 1) -> dict[str, Any]:
    """The JSON of one step. A repeated delivery has a higher ``attempt`` and is otherwise the same."""
    after = step.happening is Happening.MESSAGE_READY
    return {
        "event": _EVENTS[step.happening],
        "resource": str(Family.AFTER_CALL if after else Family.CALL),
        "timestamp": step.at.timestamp(),
        "data": _ready(story) if after else _data(story, step),
        "attempt": attempt,
    }


def signed(told: dict[str, Any], *, account: Account, at: datetime) -> Sent:
    """The delivery of an event at ``at``, signed with a copy of the event (V1) or a hash of the request (V3)."""
    family = Family(told["resource"])
    body = json.dumps(told, separators=(",", ":")).encode()
    headers = {"Content-Type": "application/json"}
    key = account.key(family)
    if account.scheme is Scheme.V1:
        headers["X-Ringover-Webhook-Signature"] = jwt.encode({"url": account.url, "payload": told}, key, "HS512")
    else:
        stamp = str(int(at.timestamp()))
        mac = hmac.digest(key.encode(), f"POST{account.url}".encode() + body + stamp.encode(), hashlib.sha256)
        headers["X-Ringover-Webhook-Signature-V3"] = base64.b64encode(mac).decode()
        headers["X-Ringover-Request-Signature-V3-Timestamp"] = stamp
    return Sent(at=at, family=family, url=account.url, headers=headers, body=body)


def retried(sent: Sent, *, account: Account, at: datetime) -> Sent:
    """The delivery once more at ``at``, after an answer that was not 2xx, or none: counted up, and signed anew."""
    told = json.loads(sent.body)
    return signed({**told, "attempt": told["attempt"] + 1}, account=account, at=at)


def listed(story: CallStory) -> list[dict[str, Any]]:
    """The rows that the list of past calls shows of a finished call, one for each person who talked; else one."""
    ended = story.ended_at
    if ended is None:
        return []
    answers = [step for step in story.steps if step.happening is Happening.ANSWERED]
    if not answers:
        return [_row(story, 0, begin=story.started_at, end=ended, state=_state(story))]
    ends = [*(step.at for step in answers[1:]), ended]
    begins = [story.started_at, *(step.at for step in answers[1:])]
    return [
        _row(
            story,
            place,
            begin=begins[place],
            end=ends[place],
            state="ANSWERED" if step is answers[-1] else "BLIND_TRANSFERED",
            answer=step,
        )
        for place, step in enumerate(answers)
    ]


def _data(story: CallStory, step: Step) -> dict[str, Any]:
    data: dict[str, Any] = {
        "call_id": story.number,
        "channel_id": None if step.colleague is None else _channel(story, step.colleague),
        "start_time": story.started_at.timestamp(),
        "start_date_time_atom": _atom(story.started_at),
        "direction": "outbound" if story.direction is Direction.OUTBOUND else "inbound",
        "from_number": _digits(story.caller) or "anonymous",
        "to_number": _digits(story.called),
        "is_internal": story.direction is Direction.INTERNAL,
        "is_anonymous": story.caller is None,
        "is_ivr": story.menu is not None,
        "ivr_data": {} if story.menu is None else {"number": _digits(story.called), "ivr_name": story.menu},
        "user_id": None if step.colleague is None else step.colleague.number,
    }
    if step.colleague is not None:
        data["user"] = _user(step.colleague)
    if step.happening is Happening.ANSWERED:
        data |= {"answered_time": step.at.timestamp(), "answered_date_time_atom": _atom(step.at)}
    elif step.happening is not Happening.RINGING:
        data |= {"hangup_time": step.at.timestamp(), "hangup_date_time_atom": _atom(step.at)}
    if step.happening is Happening.HUNG_UP:
        data["duration_in_seconds"] = _talked(story, step)
    if step.happening is Happening.MESSAGE_LEFT:
        data["message"] = _MESSAGE.format(number=story.number)
    if step.happening is Happening.MISSED:
        data["status"] = "missed"
    if story.closed and step.happening in (Happening.MISSED, Happening.MESSAGE_LEFT):
        data["reason"] = "OUT_PLANNING"
    return data


def _ready(story: CallStory) -> dict[str, Any]:
    return {"call_id": story.number, "channel_id": None, "voicemail_link": _MESSAGE.format(number=story.number)}


def _talked(story: CallStory, hung_up: Step) -> int:
    """How long the one who hung up last had talked, in whole seconds; at least 1 when somebody had."""
    answers = [step for step in story.steps if step.happening is Happening.ANSWERED]
    mine = [step for step in answers if step.colleague == hung_up.colleague] or answers
    return max(1, round((hung_up.at - mine[-1].at).total_seconds())) if mine else 0


def _state(story: CallStory) -> str:
    if story.direction is Direction.OUTBOUND:
        return "CANCELLED"
    left = any(step.happening is Happening.MESSAGE_LEFT for step in story.steps)
    return "VOICEMAIL" if left else "MISSED"


def _row(
    story: CallStory, place: int, *, begin: datetime, end: datetime, state: str, answer: Step | None = None
) -> dict[str, Any]:
    inbound = story.direction is not Direction.OUTBOUND
    answered = None if answer is None else answer.at
    left = state == "VOICEMAIL"
    caller, called = _digits(story.caller), _digits(story.called)
    who = answer.colleague if answer is not None else None
    return {
        "cdr_id": story.number % 10**15 * 10 + place,
        "call_id": str(story.number),
        "channel_id": None,
        "type": "PHONE",
        "direction": "in" if inbound else "out",
        "last_state": state,
        "start_time": _iso(begin),
        "answered_time": None if answered is None else _iso(answered),
        "end_time": _iso(end),
        "incall_duration": None if answered is None else max(1, round((end - answered).total_seconds())),
        "total_duration": round((end - begin).total_seconds()),
        "contact_number": (caller or "anonymous") if inbound else called,
        "from_number": caller or "anonymous",
        "to_number": called,
        "is_internal": story.direction is Direction.INTERNAL,
        "tags": None,
        "voicemail": _MESSAGE.format(number=story.number) if left else None,
        "record": None,
        "reason": "OUT_PLANNING" if story.closed else None,
        "user": None if who is None else {**_user(who), "concat_name": who.name},
        "ivr": None,
        "amd": False,
    }


def _user(colleague: Colleague) -> dict[str, Any]:
    names = {"firstname": colleague.first_name, "lastname": colleague.last_name}
    return {"user_id": colleague.number, **names, "email": colleague.email}


def _channel(story: CallStory, colleague: Colleague) -> int:
    return (story.number % 10_000_000) * 1000 + colleague.number % 1000


def _digits(number: str | None) -> str | None:
    return None if number is None else number.removeprefix("+")


def _atom(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
