"""Aircall's list of past calls: one object a call, 50 a page, and no more than 10,000 reachable by one question.

A period with more calls than that is halved until each part can be read to its end.
"""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime
from typing import Any

from decroche.connector_kit.connector import Page, Record, Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, decode, encode, inner, number, objects, text, without
from decroche.connectors.aircall.call_object import read_call
from decroche.model.fact import Heard, Stage

_CALLS = "https://api.aircall.io/v1/calls"
_PAGE = 50
_REACHABLE = 10_000
#: Members of a call object whose change makes another record. Its users tell their present state, which is no change.
_TELLING = (
    "status", "direction", "missed_call_reason", "started_at", "answered_at", "ended_at", "duration", "raw_digits",
)  # fmt: skip


def fetch(http: Http, settings: Settings, begin: datetime, end: datetime, next_: str | None) -> Page:
    """A page of the calls that began in [begin, end). Raises Unavailable and Misconfigured.

    ``next_`` is an object {from, to, link}: the part of the period that is being read (seconds since 1970, both ends
    included) and the address of its next page, null for its first.
    """
    last = _whole_seconds(end)
    place: Told = {"from": int(begin.timestamp()), "to": last, "link": None} if next_ is None else decode(next_)
    since, until = int(place["from"]), int(place["to"])
    if until < since:
        return Page(records=())
    told = _ask(http, settings, since, until, place.get("link"))
    if place.get("link") is None and (number(inner(told, "meta"), "total") or 0) >= _REACHABLE and since < until:
        middle = (since + until) // 2
        return Page(records=(), next=_place(since, middle))
    calls = objects(told, "calls")
    link = text(inner(told, "meta"), "next_page_link")
    records = tuple(_record(call) for call in calls if text(call, "id") is not None)
    if link is not None and calls:
        return Page(records=records, next=_place(since, until, link))
    return Page(records=records, next=_place(until + 1, last) if until < last else None)


def hear_call(told: Told) -> Heard:
    """What a call object of the list says: a finished call, or how far one that goes on has come. Raises Malformed."""
    call = read_call(told)
    if call.ended_at is not None:
        return Heard(facts=(call.finished(call.ended_at),), unknown=call.unknown)
    if call.started_at is None:
        raise Malformed("a call without a time")
    facts = [call.fact(Stage.CREATED, call.started_at)]
    if call.answered_at is not None:
        facts.append(call.fact(Stage.ANSWERED, call.answered_at, agent=call.agent, answered=True))
    return Heard(facts=tuple(facts), unknown=call.unknown)


def _ask(http: Http, settings: Settings, since: int, until: int, link: Any) -> Told:
    if not settings.get("api_id") or not settings.get("api_token"):
        raise Misconfigured("reading past calls needs an API id and an API token", ["api_id", "api_token"])
    key = base64.b64encode(f"{settings['api_id']}:{settings['api_token']}".encode()).decode()
    headers = {"authorization": f"Basic {key}"}
    try:
        if link is None:
            params: dict[str, str | int] = {"from": since, "to": until, "order": "asc", "per_page": _PAGE}
            told = http.get(_CALLS, params=params, headers=headers)
        elif str(link).startswith((f"{_CALLS}?", f"{_CALLS}/search?")):
            told = http.get(str(link), headers=headers)
        else:
            # The key goes to nobody else, whatever a page says.
            raise Unavailable("the next page is not at Aircall's address")
    except Misconfigured as error:
        raise Misconfigured(error.problem, ["api_id", "api_token"], status=error.status) from error
    if not isinstance(told, dict):
        raise Unavailable("the list of calls is not a JSON object")
    return told


def _record(call: Told) -> Record:
    said = [call.get(name) for name in _TELLING]
    said += [inner(call, name).get("id") for name in ("user", "number")]
    said += [[each.get("id") for each in objects(call, name)] for name in ("teams", "tags")]
    said.append(text(call, "voicemail", "voicemail_short_url") is not None)
    digest = hashlib.sha256(encode(without(said, ()))).hexdigest()[:16]
    return Record(kind="call", key=f"call/{text(call, 'id')}/{digest}", body=encode(without(call, ["token"])))


def _place(since: int, until: int, link: str | None = None) -> str:
    return encode({"from": since, "to": until, "link": link}).decode()


def _whole_seconds(end: datetime) -> int:
    """The last whole second before ``end``."""
    seconds = end.astimezone(UTC).timestamp()
    return int(seconds) - 1 if seconds == int(seconds) else int(seconds)
