"""RingCentral's API: an access token for the JWT that a person made, kept as long as it is good, and questions with it.

The token's end is learned from a refusal, not from a clock. After a 429 any question within a minute begins the
penalty anew, so a wait is always told.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import msgspec

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, text

SERVER = "https://platform.ringcentral.com"
CREDENTIALS = ("client_id", "client_secret", "jwt")
#: How long RingCentral wants to hear nothing when it does not say.
_PENALTY = timedelta(seconds=60)
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TOKEN = "ringcentral_access_token"  # noqa: S105


def ask(
    http: Http,
    settings: Settings,
    method: str,
    path: str,
    *,
    params: Mapping[str, str | int] | None = None,
    json: Any = None,
) -> Told:
    """The object that RingCentral answers; an empty one for an empty answer. Raises Unavailable and Misconfigured."""
    server = server_of(settings)
    known = http.memory.get(_TOKEN)
    try:
        if known is not None:
            return _send(http, method, server + path, known, params, json)
    except Misconfigured as error:
        if error.status != 401:
            raise
    forget_token(http)
    token = token_of(http, settings)
    try:
        return _send(http, method, server + path, token, params, json)
    except Misconfigured as error:
        if error.status not in (401, 403):
            raise
        forget_token(http)
        raise Misconfigured(error.problem, CREDENTIALS, status=error.status) from error


def token_of(http: Http, settings: Settings) -> str:
    """The access token that is known, or another. Raises Unavailable and Misconfigured."""
    if (known := http.memory.get(_TOKEN)) is None:
        known = http.memory[_TOKEN] = _log_in(http, settings, server_of(settings))
    return str(known)


def forget_token(http: Http) -> None:
    """The next question needs another access token."""
    http.memory.pop(_TOKEN, None)


def server_of(settings: Settings) -> str:
    """The address of the API. Raises Misconfigured for one to which no secret may go."""
    server = (settings.get("server", "").strip() or SERVER).rstrip("/")
    if not server.startswith("https://"):
        raise Misconfigured("the address of the API must begin with https://", ["server"])
    return server


def _log_in(http: Http, settings: Settings, server: str) -> str:
    missing = [name for name in CREDENTIALS if not settings.get(name, "").strip()]
    if missing:
        raise Misconfigured("the API needs a client id, a client secret and a JWT", missing)
    client_id, secret, jwt = (settings[name].strip() for name in CREDENTIALS)
    key = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    try:
        told = _object(
            http,
            "POST",
            f"{server}/restapi/oauth/token",
            headers={"authorization": f"Basic {key}"},
            form={"grant_type": _GRANT, "assertion": jwt},
        )
    except Misconfigured as error:
        raise Misconfigured("RingCentral refuses the credentials", CREDENTIALS, status=error.status) from error
    token = text(told, "access_token")
    if token is None:
        raise Unavailable("RingCentral gave no access token", _PENALTY)
    return token


def _send(http: Http, method: str, url: str, token: str, params: Mapping[str, str | int] | None, json: Any) -> Told:
    return _object(http, method, url, params=params, headers={"authorization": f"Bearer {token}"}, json=json)


def _object(http: Http, method: str, url: str, **more: Any) -> Told:
    try:
        answer = http.send(method, url, **more)
    except Unavailable as error:
        raise Unavailable(error.problem, error.retry_after or _PENALTY) from error
    if not answer.content:
        return {}
    try:
        told = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Unavailable("RingCentral answered with something that is not JSON", _PENALTY) from error
    if not isinstance(told, dict):
        raise Unavailable("RingCentral's answer is not a JSON object", _PENALTY)
    return told
