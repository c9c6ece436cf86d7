"""Salesforce's API: an access token by the client credentials of a connected app, and questions in SOQL with it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import msgspec

from decroche.connector_kit.bearer import with_token
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import AnswerLost, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.connector_kit.objects import Told, decode, objects, text
from decroche.connector_kit.texts import OutcomeUnknown

CREDENTIALS = ("server", "client_id", "client_secret")
NEEDS = (CREDENTIALS,)
VERSION = "v60.0"
_TOKEN, _SERVER = "salesforce_access_token", "salesforce_server"
#: How long to ask nothing once the day's questions are used up.
_DAY_IS_FULL = timedelta(minutes=30)
#: What passes by itself, although the status says otherwise.
_PASSES = frozenset({"REQUEST_LIMIT_EXCEEDED", "SERVER_UNAVAILABLE", "UNABLE_TO_LOCK_ROW", "QUERY_TIMEOUT"})


def query(http: Http, settings: Settings, soql: str) -> list[Told]:
    """The records of a question, the deleted among them. Raises Unavailable and Misconfigured."""

    def with_it(token: str) -> list[Told]:
        url = f"{_server(http, settings)}/services/data/{VERSION}/queryAll"
        answer = http.exchange("GET", url, params={"q": soql}, headers={"authorization": f"Bearer {token}"})
        if answer.status_code >= 400:
            raise _refusal(answer)
        try:
            told = decode(answer.content)
        except Malformed as error:
            raise Unavailable("the CRM answered with something that is not a JSON object") from error
        return objects(told, "records")

    return with_token(http, _TOKEN, lambda: _log_in(http, settings), with_it)


def create(http: Http, settings: Settings, kind: str, values: dict[str, Any]) -> httpx.Response:
    """The answer to a new record: 2xx, or a 400 or 404 that says why not.

    Raises Unavailable when surely nothing was made, OutcomeUnknown, or Misconfigured.
    """

    def with_it(token: str) -> httpx.Response:
        url = f"{_server(http, settings)}/services/data/{VERSION}/sobjects/{kind}"
        try:
            answer = http.exchange("POST", url, headers={"authorization": f"Bearer {token}"}, json=values)
        except AnswerLost as error:
            raise OutcomeUnknown(error.problem) from error
        if answer.status_code == 408 or (answer.status_code >= 500 and answer.status_code != 503):
            raise OutcomeUnknown(answered(answer))
        if answer.status_code in (401, 403, 429, 503) or codes(answer) & _PASSES:
            raise _refusal(answer)
        return answer

    return with_token(http, _TOKEN, lambda: _log_in(http, settings), with_it)


def codes(answer: httpx.Response) -> set[str]:
    """Why Salesforce refuses: its words."""
    try:
        told = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, RecursionError):
        return set()
    rows = told if isinstance(told, list) else [told]
    return {code for row in rows if isinstance(row, dict) and (code := text(row, "errorCode", "error"))}


def _refusal(answer: httpx.Response) -> Unavailable | Misconfigured:
    status = answer.status_code
    if codes(answer) & _PASSES or status == 429 or status >= 500:
        told = retry_after(answer.headers)
        full = "REQUEST_LIMIT_EXCEEDED" in codes(answer)
        return Unavailable(answered(answer), told or (_DAY_IS_FULL if full else None))
    return Misconfigured(answered(answer), CREDENTIALS if status in (401, 403) else (), status=status)


def _server(http: Http, settings: Settings) -> str:
    known = http.memory.get(_SERVER)
    return str(known) if known else _told_server(settings)


def _told_server(settings: Settings) -> str:
    """The address of the organisation. Raises Misconfigured for one to which no secret may go."""
    server = settings.get("server", "").strip().rstrip("/")
    if not server.startswith("https://"):
        raise Misconfigured("the address of the API must begin with https://", ["server"])
    return server


def _log_in(http: Http, settings: Settings) -> str:
    if missing := [key for key in CREDENTIALS if not settings.get(key, "").strip()]:
        raise Misconfigured("the API needs an address, a consumer key and its secret", missing)
    form = {
        "grant_type": "client_credentials",
        "client_id": settings["client_id"].strip(),
        "client_secret": settings["client_secret"].strip(),
    }
    answer = http.exchange("POST", f"{_told_server(settings)}/services/oauth2/token", form=form)
    if answer.status_code >= 400:
        refusal = _refusal(answer)
        if isinstance(refusal, Unavailable):
            raise refusal
        raise Misconfigured("the CRM refuses the credentials", CREDENTIALS, status=refusal.status)
    try:
        told = decode(answer.content)
    except Malformed as error:
        raise Unavailable("the CRM gave no access token") from error
    token, server = text(told, "access_token"), text(told, "instance_url")
    if token is None:
        raise Unavailable("the CRM gave no access token")
    if server is not None and server.startswith("https://"):
        http.memory[_SERVER] = server.rstrip("/")
    return token
