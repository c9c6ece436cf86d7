"""Google Ads' API: an access token that is renewed, the developer token beside it, questions in its own language."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from decroche.connector_kit.bearer import with_token
from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http, answered, retry_after
from decroche.connector_kit.objects import Told, decode, inner, objects, text
from decroche.model.problem import Problem

SERVER = "https://googleads.googleapis.com/v26"
_LOG_IN = "https://oauth2.googleapis.com/token"
RENEWED = ("client_id", "client_secret", "refresh_token")
NEEDS = ("developer_token", "customer_id", *RENEWED)
_TOKEN = "google_ads_access_token"  # noqa: S105
_DELAY = re.compile(r"(\d{1,6})(?:\.\d+)?s")
_LONGEST_DELAY_S = 86_400
#: Where to look when Google names one of these.
_FIELDS = {
    "DEVELOPER_TOKEN": ("developer_token",),
    "CUSTOMER": ("customer_id", "login_customer_id"),
    "USER_PERMISSION_DENIED": ("customer_id", "login_customer_id"),
    "OAUTH": RENEWED,
}


def stream(http: Http, settings: Settings, query: str) -> list[Told]:
    """All rows that a question gives. Nothing of an answer that breaks off. Raises Unavailable and Misconfigured."""
    url = f"{SERVER}/customers/{customer_of(settings)}/googleAds:searchStream"

    def with_it(token: str) -> list[Told]:
        headers = {"authorization": f"Bearer {token}", "developer-token": settings.get("developer_token", "").strip()}
        if login := digits(settings.get("login_customer_id", "")):
            headers["login-customer-id"] = login
        answer = http.exchange("POST", url, headers=headers, json={"query": query})
        told = _decoded(answer)
        failed = next((found for each in told if (found := inner(each, "error"))), None)
        if answer.status_code >= 400 or failed is not None:
            raise _refused(answer, failed or {})
        return [row for each in told for row in objects(each, "results")]

    return with_token(http, _TOKEN, lambda: _log_in(http, settings), with_it)


def customer_of(settings: Settings) -> str:
    """The id of the advertiser's account, digits only. Raises Misconfigured."""
    found = digits(settings.get("customer_id", ""))
    if len(found) != 10:
        raise Misconfigured("the id of a Google Ads account has ten digits", ["customer_id"])
    return found


def digits(written: str) -> str:
    """An id as people copy it, without its hyphens and spaces; empty for anything else."""
    plain = re.sub(r"[\s-]", "", written)
    return plain if plain.isascii() and plain.isdigit() else ""


def _decoded(answer: httpx.Response) -> list[Told]:
    """The parts of an answer: a stream is a list of objects, a refusal is one of either."""
    try:
        value: Any = msgspec.json.decode(answer.content)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        if answer.status_code >= 400:
            return []
        raise Unavailable("Google Ads' answer broke off") from error
    parts = value if isinstance(value, list) else [value]
    if not all(isinstance(each, dict) for each in parts):
        raise Unavailable("Google Ads' answer broke off")
    return parts


def _refused(answer: httpx.Response, failed: Told) -> Unavailable | Misconfigured:
    """What a refusal means: that of a stream that had begun counts like one at its beginning."""
    status = failed.get("code")
    code = status if isinstance(status, int) and not isinstance(status, bool) else answer.status_code
    words = [
        str(word)
        for detail in objects(failed, "details")
        for each in objects(detail, "errors")
        for word in inner(each, "errorCode").values()
    ]
    if code == 429 or code >= 500 or "RESOURCE_EXHAUSTED" in words:
        return Unavailable(answered(answer) if not words else _said(words), _wait(answer, failed))
    if not words:
        return Misconfigured(answered(answer), RENEWED if code == 401 else (), status=code)
    fields = next((keys for part, keys in _FIELDS.items() for word in words if part in word), ())
    return Misconfigured(_said(words), fields, status=code)


def _said(words: list[str]) -> Problem:
    return Problem("Google Ads refuses the question ({code})", {"code": ", ".join(words)[:100]})


def _wait(answer: httpx.Response, failed: Told) -> timedelta | None:
    """How long Google asks us to wait."""
    for detail in objects(failed, "details"):
        told = [text(detail, "retryDelay")]
        told += [text(inner(each, "details", "quotaErrorDetails"), "retryDelay") for each in objects(detail, "errors")]
        for each in told:
            if each is not None and (found := _DELAY.fullmatch(each)):
                return timedelta(seconds=min(int(found[1]), _LONGEST_DELAY_S))
    return retry_after(answer.headers)


def _log_in(http: Http, settings: Settings) -> str:
    if missing := [key for key in NEEDS if not settings.get(key, "").strip()]:
        raise Misconfigured("Google Ads needs a developer token and what gives an access token", missing)
    form = {"grant_type": "refresh_token", **{key: settings[key].strip() for key in RENEWED}}
    try:
        token = text(decode(http.send("POST", _LOG_IN, form=form).content), "access_token")
    except Malformed as error:
        raise Unavailable("Google gave no access token") from error
    except Misconfigured as error:
        raise Misconfigured("Google refuses to renew the token", RENEWED, status=error.status) from error
    if token is None:
        raise Unavailable("Google gave no access token")
    return token
