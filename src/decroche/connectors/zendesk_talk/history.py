"""Zendesk Talk's calls: read in the order of their last change, with the number of who called from the help desk.

The export leaves out the last minute, tells a call again when it changes, and always names a next page: the last one is
that which is not full.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta

from decroche.connector_kit.connector import Page, Record, Settings
from decroche.connector_kit.errors import Malformed, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, encode, flag, inner, moment, number, objects, text, without
from decroche.connectors.zendesk.api import ask
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import Fact, Heard, Stage, UnknownWord

_CALLS = "/api/v2/channels/voice/stats/incremental/calls"
#: A page holds so many calls, and so many people are asked for at once.
_FULL, _PEOPLE = 1000, 100
_DIRECTIONS = {"inbound": Direction.INBOUND, "outbound": Direction.OUTBOUND}
_REASONS = {
    "abandoned_in_queue": MissedReason.ABANDONED_QUEUE,
    "abandoned_in_ivr": MissedReason.ABANDONED_IVR,
    "abandoned_in_voicemail": None,
    "completed": None,
}
#: What is kept of a call, besides who called: no name and no recording.
_KEPT = (
    "id", "created_at", "updated_at", "direction", "completion_status", "agent_id", "phone_number", "duration",
    "wait_time", "talk_time", "hold_time", "wrap_up_time", "time_to_answer", "outside_business_hours", "voicemail",
    "customer_requested_voicemail", "exceeded_queue_wait_time", "exceeded_queue_time", "callback", "default_group",
    "ivr_time_spent",
)  # fmt: skip


def fetch(http: Http, settings: Settings, begin: datetime, end: datetime, next_: str | None) -> Page:
    """A page of the calls that began in [begin, end). ``next_`` is the second since 1970 from which on is read."""
    start = int(next_) if next_ is not None and next_.isdigit() else int(begin.timestamp())
    told = ask(http, settings, _CALLS, params={"start_time": start})
    if not isinstance(told.get("calls"), list):
        raise Unavailable("the call log has no list of records")
    rows = objects(told, "calls")
    within = [row for row in rows if (at := moment(row, "created_at")) is not None and begin <= at < end]
    numbers = _numbers(http, settings, within)
    changed = [at for row in rows if (at := moment(row, "updated_at")) is not None]
    following = int(max(changed).timestamp()) if changed else start
    more = len(rows) >= _FULL and following > start
    records = tuple(_record(row, numbers) for row in within if text(row, "id") is not None)
    return Page(records=records, next=str(following) if more else None)


def hear_call(told: Told) -> Heard:
    """What a call says. Raises Malformed."""
    key, began = text(told, "id"), moment(told, "created_at")
    word = text(told, "completion_status") or ""
    if key is None or began is None:
        raise Malformed("a call without an id or a time")
    way = _DIRECTIONS.get(text(told, "direction") or "")
    talk, wait = number(told, "talk_time") or 0.0, number(told, "wait_time")
    agent = text(told, "agent_id") if text(told, "agent_id") != "0" else None
    answered = agent is not None and talk > 0
    message = bool(flag(told, "voicemail")) and not answered
    ours, theirs = text(told, "phone_number"), text(inner(told, "caller"), "number")
    inbound = way is Direction.INBOUND
    unknown = [] if word in _REASONS else [UnknownWord("completion_status", word)]
    if way is None:
        unknown.append(UnknownWord("direction", text(told, "direction") or ""))
    lasted = number(told, "duration") or 0.0
    fact = Fact(
        call_key=key,
        stage=Stage.ENDED,
        at=began + timedelta(seconds=lasted),
        started_at=began,
        ended_at=began + timedelta(seconds=lasted),
        final=True,
        complete=True,
        direction=way,
        caller=theirs if inbound else ours,
        called=ours if inbound else theirs,
        line=ours,
        agent=agent,
        answered=answered,
        answered_at=began + timedelta(seconds=max(0.0, lasted - talk)) if answered else None,
        queued=True if inbound and (wait or 0) > 0 else None,
        voicemail=True if message else None,
        after_hours=flag(told, "outside_business_hours"),
        reason=None if answered or not inbound else _reason(told, word),
        raw_reason=None if answered else word or None,
        wait_s=wait,
        talk_s=talk if answered else None,
        hold_s=number(told, "hold_time") if answered else None,
        wrap_s=number(told, "wrap_up_time") if answered else None,
        total_s=lasted,
    )
    return Heard(facts=(fact,), unknown=tuple(unknown))


def _reason(told: Told, word: str) -> MissedReason | None:
    if flag(told, "outside_business_hours"):
        return MissedReason.AFTER_HOURS
    if flag(told, "exceeded_queue_wait_time") or flag(told, "exceeded_queue_time"):
        return MissedReason.QUEUE_TIMEOUT
    return _REASONS.get(word)


def _numbers(http: Http, settings: Settings, rows: Sequence[Told]) -> dict[str, str]:
    """The numbers of who called: a call does not tell them, the help desk knows its people."""
    wanted = sorted({ref for row in rows if (ref := text(row, "customer_id"))})
    found: dict[str, str] = {}
    for begin in range(0, len(wanted), _PEOPLE):
        ids = ",".join(wanted[begin : begin + _PEOPLE])
        for row in objects(ask(http, settings, "/api/v2/users/show_many.json", params={"ids": ids}), "users"):
            ref, phone = text(row, "id"), text(row, "phone")
            if ref and phone:
                found[ref] = phone
    return found


def _record(row: Told, numbers: dict[str, str]) -> Record:
    told = {name: row[name] for name in _KEPT if name in row}
    told["caller"] = {"number": numbers.get(text(row, "customer_id") or "")}
    body = encode(without(told, ()))
    version = hashlib.sha256(body).hexdigest()[:16]
    return Record(kind="call", key=f"call/{text(row, 'id')}/{version}", body=body)
