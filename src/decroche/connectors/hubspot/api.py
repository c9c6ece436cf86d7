"""HubSpot's API: the token of a private app, or one that is renewed for an app of its own, and questions with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx

from decroche.connector_kit.bearer import with_token
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.objects import Told, decode, text
from decroche.connector_kit.texts import hand_over

SERVER = "https://api.hubapi.com"
#: Either is enough: the token of a private app, or what gives one again and again.
PRIVATE, RENEWED = ("token",), ("client_id", "client_secret", "refresh_token")
NEEDS = (PRIVATE, RENEWED)
_TOKEN = "hubspot_access_token"  # noqa: S105


def ask(
    http: Http,
    settings: Settings,
    method: str,
    path: str,
    *,
    params: Mapping[str, str | int] | None = None,
    json: Any = None,
) -> Told:
    """The object that HubSpot answers; an empty one for an empty answer. Raises Unavailable and Misconfigured."""
    url = server_of(settings) + path

    def with_it(token: str) -> Told:
        headers = {"authorization": f"Bearer {token}"}
        answer = http.send(method, url, params=params, headers=headers, json=json)
        if not answer.content:
            return {}
        try:
            return decode(answer.content)
        except Malformed as error:
            raise Unavailable("the CRM answered with something that is not a JSON object") from error

    try:
        return with_token(http, _TOKEN, lambda: _log_in(http, settings), with_it)
    except Misconfigured as error:
        raise _explained(error, settings) from error


def hand(http: Http, settings: Settings, method: str, path: str, json: Any = None) -> httpx.Response:
    """The answer to what is written: 2xx, or a 4xx that says why not. Raises as ``texts.hand_over``."""
    url, fields = server_of(settings) + path, _fields(settings)
    return with_token(
        http,
        _TOKEN,
        lambda: _log_in(http, settings),
        lambda token: hand_over(
            http, method, url, fields=fields, headers={"authorization": f"Bearer {token}"}, json=json
        ),
    )


def server_of(settings: Settings) -> str:
    """The address of the API. Raises Misconfigured for one to which no secret may go."""
    server = (settings.get("server", "").strip() or SERVER).rstrip("/")
    if not server.startswith("https://"):
        raise Misconfigured("the address of the API must begin with https://", ["server"])
    return server


def _log_in(http: Http, settings: Settings) -> str:
    if token := settings.get("token", "").strip():
        return token
    if missing := [key for key in RENEWED if not settings.get(key, "").strip()]:
        raise Misconfigured("the API needs the token of a private app", [*PRIVATE, *missing])
    form = {"grant_type": "refresh_token", **{key: settings[key].strip() for key in RENEWED}}
    try:
        answer = http.send("POST", f"{server_of(settings)}/oauth/v1/token", form=form)
        token_told = text(decode(answer.content), "access_token")
    except Malformed as error:
        raise Unavailable("the CRM gave no access token") from error
    except Misconfigured as error:
        raise Misconfigured("the CRM refuses to renew the token", RENEWED, status=error.status) from error
    if token_told is None:
        raise Unavailable("the CRM gave no access token")
    return token_told


def _explained(error: Misconfigured, settings: Settings) -> Misconfigured:
    """The same refusal, with the settings to look at."""
    if error.fields or error.status not in (401, 403):
        return error
    return Misconfigured(error.problem, _fields(settings), status=error.status)


def _fields(settings: Settings) -> tuple[str, ...]:
    return PRIVATE if settings.get("token", "").strip() else RENEWED
