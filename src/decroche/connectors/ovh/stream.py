"""Follows OVH's stream of telephony events, in either of its two dialects, by asking again and again.

A *session* listens to a few tokens, each of which stands for a line, a queue or a whole account. Nothing is repeated
after a gap: the history fills it.
"""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import quote

import msgspec

from decroche.connector_kit.connector import Record, Settings
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import encode, text
from decroche.connectors.ovh.api import Api, service_path
from decroche.connectors.ovh.numbers import listed
from decroche.model.problem import Problem

ADDRESS = "https://events.voip.ovh.net"
#: OVH lets one session of the second dialect listen to so many tokens.
MOST_TOKENS = 5
#: Of no use for calls: a telephone that registered, and how many wait.
_SILENT = frozenset({"registered", "members-count", "member-count"})
_MEMORY = "ovh event tokens"


def poll(http: Http, settings: Settings, position: str | None) -> tuple[tuple[Record, ...], str | None]:
    """What has happened since ``position``, the session; a session that OVH has forgotten is replaced."""
    dialect = settings.get("dialect", "").strip().lower() or "v2"
    if dialect not in ("v1", "v2"):
        raise Misconfigured("the dialect of OVH's events is “v1” or “v2”", ["dialect"])
    ask = _first if dialect == "v1" else _second
    if position is None:
        return ask(http, settings, None)
    try:
        return ask(http, settings, position)
    except Misconfigured as error:
        if error.status is None:
            raise
    http.memory.pop(_MEMORY, None)
    return ask(http, settings, None)


def _first(http: Http, settings: Settings, session: str | None) -> tuple[tuple[Record, ...], str | None]:
    tokens = _tokens(http, settings)
    if len(tokens) > 1:
        raise Misconfigured("the first dialect listens to one token: use “v2”, or one token", ["dialect", "tokens"])
    params = {"token": tokens[0]} | ({"session": session} if session else {})
    told = _refused_tokens(http, "GET", f"{ADDRESS}/", params)
    if told is None:
        return (), session
    if not isinstance(told, dict):
        raise Unavailable("OVH's events come in no form that is known")
    return _records(_member(told, "events")), text(told, "Session", "session") or session


def _second(http: Http, settings: Settings, session: str | None) -> tuple[tuple[Record, ...], str | None]:
    if session is None:
        return (), _new_session(http, settings)
    told = http.get(f"{ADDRESS}/v2/session/{quote(session, safe='')}/events/poll")
    return _records(_member(told, "events") if isinstance(told, dict) else told), session


def _new_session(http: Http, settings: Settings) -> str:
    tokens = _tokens(http, settings)
    if len(tokens) > MOST_TOKENS:
        raise Misconfigured(
            Problem("one session listens to {most} tokens: use one of the billing account", {"most": str(MOST_TOKENS)}),
            ["tokens"],
        )
    try:
        told = msgspec.json.decode(http.send("POST", f"{ADDRESS}/v2/session").content)
    except msgspec.DecodeError as error:
        raise Unavailable("OVH opens no session for events") from error
    session = text(told, "id") if isinstance(told, dict) else None
    if session is None:
        raise Unavailable("OVH opens no session for events")
    for token in tokens:
        _refused_tokens(
            http, "POST", f"{ADDRESS}/v2/session/{quote(session, safe='')}/subscribe/{quote(token, safe='')}"
        )
    return session


def _refused_tokens(http: Http, method: str, url: str, params: dict[str, str] | None = None) -> Any:
    try:
        return http.get(url, params=params) if method == "GET" else http.send(method, url)
    except Misconfigured as error:
        raise Misconfigured(
            Problem("OVH refuses the token", because=error.problem), ["tokens"], status=error.status
        ) from error


def _tokens(http: Http, settings: Settings) -> list[str]:
    """The tokens that were typed, else those that the API gives, kept while we run."""
    if typed := listed(settings, "tokens"):
        return typed
    if _MEMORY not in http.memory:
        api = Api(http, settings)
        http.memory[_MEMORY] = [_token(api, path) for path in _listened_to(api, settings)]
    known: list[str] = http.memory[_MEMORY]
    return known


def _listened_to(api: Api, settings: Settings) -> list[str]:
    queues, lines = listed(settings, "queues"), listed(settings, "lines")
    paths = [f"{api.account}/easyHunting/{service_path(each)}/hunting" for each in queues]
    paths += [f"{api.account}/service/{service_path(each)}" for each in lines]
    one = len(paths) > 1 and settings.get("dialect", "").strip().lower() == "v1"
    return [api.account] if not paths or len(paths) > MOST_TOKENS or one else paths


def _token(api: Api, path: str) -> str:
    """The token that there is, else a new one; it opens nothing but these events."""
    try:
        told = api.get(f"{path}/eventToken")
    except Misconfigured as error:
        if error.status != 404:
            raise
        told = api.post(f"{path}/eventToken", {"expiration": "unlimited"})
    if isinstance(told, dict):
        told = told.get("token")
    if not isinstance(told, str) or not told:
        raise Unavailable("OVH's API gives no token for events")
    return told


def _member(told: dict[str, Any], name: str) -> Any:
    return next((value for key, value in told.items() if key.lower() == name), None)


def _records(events: Any) -> tuple[Record, ...]:
    if not isinstance(events, list):
        return ()
    kept = (record(each) for each in events if isinstance(each, dict))
    return tuple(each for each in kept if each is not None)


def record(event: dict[str, Any]) -> Record | None:
    """What is kept of an event, without the token that every event repeats; None when it says nothing of a call."""
    told = {name: value for name, value in event.items() if name.lower() != "token"}
    data = _member(told, "data")
    data = data if isinstance(data, dict) else {}
    name = str(_member(told, "event") or data.get("Event") or data.get("Action") or "")
    if name in _SILENT:
        return None
    # "TsGet" differs between two tellings of one event.
    unique = [
        *(str(_member(told, each) or "") for each in ("service", "ressource")),
        *(str(data.get(each) or "") for each in ("QueueMemberSessionUUID", "QueueMemberUUID", "CallId")),
        *(name, str(data.get("Ts") or _member(told, "timestamp") or ""), str(data.get("Agent") or "")),
    ]
    if not any(unique[2:5]):
        unique.append(hashlib.sha256(encode(told)).hexdigest()[:32])
    return Record(kind="event", key="event/" + "|".join(each[:200] for each in unique), body=encode(told))
