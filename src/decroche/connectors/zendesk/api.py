"""Zendesk's API: an API token of one of its people, or an OAuth token, and questions with it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import httpx

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.connector_kit.objects import Told, decode
from decroche.connector_kit.texts import hand_over

#: Either is enough, beside the name of the company.
TOKEN, OAUTH = ("subdomain", "email", "api_token"), ("subdomain", "oauth_token")
NEEDS = (TOKEN, OAUTH)
_CONFLICT = 409


def ask(http: Http, settings: Settings, path: str, *, params: Mapping[str, str | int] | None = None) -> Told:
    """The object that Zendesk answers to a question. Raises Unavailable and Misconfigured."""
    try:
        answer = http.send("GET", _server(settings) + path, params=params, headers=_headers(settings))
        return decode(answer.content)
    except Malformed as error:
        raise Unavailable("the CRM answered with something that is not a JSON object") from error
    except Misconfigured as error:
        if error.status in (401, 403):
            raise Misconfigured(error.problem, _fields(settings), status=error.status) from error
        raise


def hand(http: Http, settings: Settings, method: str, path: str, json: Any) -> httpx.Response:
    """The answer to what is written: 2xx, or a 4xx that says why not. Raises as ``texts.hand_over``.

    Two who change one ticket in the same moment are told so, and nothing of the second is kept.
    """
    url = _server(settings) + path
    answer = hand_over(http, method, url, fields=_fields(settings), headers=_headers(settings), json=json)
    if answer.status_code == _CONFLICT:
        raise Unavailable(answered(answer), retry_after(answer.headers))
    return answer


def _server(settings: Settings) -> str:
    """Where the company's tickets are. Raises Misconfigured for a name that is none."""
    name = settings.get("subdomain", "").strip().removeprefix("https://").removesuffix("/").removesuffix(".zendesk.com")
    if not name.replace("-", "").isalnum() or not name.isascii():
        raise Misconfigured("the name of the company is that in the address of Zendesk", ["subdomain"])
    return f"https://{name}.zendesk.com"


def _headers(settings: Settings) -> dict[str, str]:
    if oauth := settings.get("oauth_token", "").strip():
        return {"authorization": f"Bearer {oauth}"}
    if missing := [key for key in TOKEN if not settings.get(key, "").strip()]:
        raise Misconfigured("the API needs an e-mail and an API token", missing)
    told = f"{settings['email'].strip()}/token:{settings['api_token'].strip()}"
    return {"authorization": f"Basic {base64.b64encode(told.encode()).decode()}"}


def _fields(settings: Settings) -> tuple[str, ...]:
    return OAUTH if settings.get("oauth_token", "").strip() else TOKEN
