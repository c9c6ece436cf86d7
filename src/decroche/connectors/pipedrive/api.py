"""Pipedrive's API: the token of one of its people, or one that is renewed for an app, and questions with it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import httpx

from decroche.connector_kit.bearer import with_token
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.connector_kit.objects import Told, decode, text
from decroche.connector_kit.texts import hand_over

#: Either is enough: a token and the name of the company, or what gives a token again and again.
PERSONAL, RENEWED = ("api_token", "domain"), ("client_id", "client_secret", "refresh_token")
NEEDS = (PERSONAL, RENEWED)
_LOG_IN = "https://oauth.pipedrive.com/oauth/token"
_TOKEN, _SERVER = "pipedrive_access_token", "pipedrive_server"


def ask(http: Http, settings: Settings, path: str, *, params: Mapping[str, str | int] | None = None) -> Told:
    """The object that Pipedrive answers to a question. Raises Unavailable and Misconfigured."""

    def with_it(token: str) -> Told:
        answer = http.exchange("GET", _server(http, settings) + path, params=params, headers=_headers(settings, token))
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(answered(answer), _wait(answer))
        if answer.status_code >= 400:
            fields = _fields(settings) if answer.status_code in (401, 403) else ()
            raise Misconfigured(answered(answer), fields, status=answer.status_code)
        try:
            return decode(answer.content)
        except Malformed as error:
            raise Unavailable("the CRM answered with something that is not a JSON object") from error

    return with_token(http, _TOKEN, lambda: _log_in(http, settings), with_it)


def hand(http: Http, settings: Settings, path: str, json: Any) -> httpx.Response:
    """The answer to what is written: 2xx, or a 4xx that says why not. Raises as ``texts.hand_over``."""

    def with_it(token: str) -> httpx.Response:
        url = _server(http, settings) + path
        return hand_over(http, "POST", url, fields=_fields(settings), headers=_headers(settings, token), json=json)

    return with_token(http, _TOKEN, lambda: _log_in(http, settings), with_it)


def _server(http: Http, settings: Settings) -> str:
    """Where the company's data are. Raises Misconfigured for a name that is none."""
    if _personal(settings):
        name = settings["domain"].strip().removeprefix("https://").removesuffix("/").removesuffix(".pipedrive.com")
        if not name.replace("-", "").isalnum() or not name.isascii():
            raise Misconfigured("the name of the company is that in the address of Pipedrive", ["domain"])
        return f"https://{name}.pipedrive.com"
    return str(http.memory.get(_SERVER, "https://api.pipedrive.com"))


def _headers(settings: Settings, token: str) -> dict[str, str]:
    return {"x-api-token": token} if _personal(settings) else {"authorization": f"Bearer {token}"}


def _log_in(http: Http, settings: Settings) -> str:
    if _personal(settings):
        return settings["api_token"].strip()
    if missing := [key for key in RENEWED if not settings.get(key, "").strip()]:
        raise Misconfigured("the API needs a token and the name of the company", [*PERSONAL, *missing])
    key = base64.b64encode(f"{settings['client_id'].strip()}:{settings['client_secret'].strip()}".encode()).decode()
    form = {"grant_type": "refresh_token", "refresh_token": settings["refresh_token"].strip()}
    try:
        answer = http.send("POST", _LOG_IN, headers={"authorization": f"Basic {key}"}, form=form)
        told = decode(answer.content)
    except Malformed as error:
        raise Unavailable("the CRM gave no access token") from error
    except Misconfigured as error:
        raise Misconfigured("the CRM refuses to renew the token", RENEWED, status=error.status) from error
    token, server = text(told, "access_token"), text(told, "api_domain")
    if token is None:
        raise Unavailable("the CRM gave no access token")
    if server is not None and server.startswith("https://") and server.rstrip("/").endswith(".pipedrive.com"):
        http.memory[_SERVER] = server.rstrip("/")
    return token


def _personal(settings: Settings) -> bool:
    return all(settings.get(key, "").strip() for key in PERSONAL)


def _fields(settings: Settings) -> tuple[str, ...]:
    return PERSONAL if _personal(settings) else RENEWED


def _wait(answer: httpx.Response) -> timedelta | None:
    """How long Pipedrive asks us to wait: until its count begins anew."""
    told = retry_after(answer.headers)
    return told if told is not None else retry_after({"retry-after": answer.headers.get("x-ratelimit-reset", "")})
