"""Asks a platform's API, and turns its refusals into the few errors that tell what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from decroche.connector_kit.errors import AnswerLost, Misconfigured, Unavailable
from decroche.model.problem import Problem

#: What fails before a request leaves. After anything else, the platform may have read it.
_NEVER_SENT = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol,
    httpx.LocalProtocolError, httpx.InvalidURL,
)  # fmt: skip


class Http:
    """A client for one endpoint. ``memory`` keeps what outlives a request, such as an access token.

    ``before`` is called before each request: it may wait, so that no more are made than the platform allows.
    """

    def __init__(self, client: httpx.Client, *, before: Callable[[], None] = lambda: None) -> None:
        self.client = client
        self.before = before
        self.memory: dict[str, Any] = {}

    def send(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The platform's answer, 2xx only. Raises Unavailable for what may pass by itself, else Misconfigured."""
        answer = self.exchange(method, url, params=params, headers=headers, json=json, form=form)
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(answered(answer), retry_after(answer.headers))
        if answer.status_code >= 400:
            raise Misconfigured(answered(answer), status=answer.status_code)
        return answer

    def exchange(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        form: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """The platform's answer, whatever its status. Raises AnswerLost, or Unavailable when nothing was sent."""
        self.before()
        try:
            return self.client.request(
                method, url, params=params, headers=headers, json=json, data=form, content=content
            )
        except _NEVER_SENT as error:
            raise Unavailable(
                Problem("{host} cannot be reached ({error})", {"host": _host(url), "error": type(error).__name__})
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise AnswerLost(
                Problem("{host} did not answer ({error})", {"host": _host(url), "error": type(error).__name__})
            ) from error

    def get(
        self, url: str, *, params: Mapping[str, str | int] | None = None, headers: Mapping[str, str] | None = None
    ) -> Any:
        """The decoded JSON of an answer; None when it is empty. Raises as ``send``, and Unavailable for other text."""
        answer = self.send("GET", url, params=params, headers=headers)
        if not answer.content:
            return None
        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise Unavailable(
                Problem("{host} answered with something that is not JSON", {"host": _host(url)})
            ) from error


def retry_after(headers: Mapping[str, str]) -> timedelta | None:
    """How long a platform asks us to wait, in seconds; a date or a wrong number is no answer."""
    told = headers.get("retry-after", "").strip()
    return timedelta(seconds=min(int(told), 3600)) if told.isascii() and told.isdigit() else None


def answered(answer: httpx.Response) -> Problem:
    """Who answered with which status, and nothing else of it."""
    return Problem("{host} answered {status}", {"host": answer.request.url.host, "status": str(answer.status_code)})


def _host(url: str) -> str:
    """The host alone: paths and queries of some platforms carry secrets."""
    try:
        return httpx.URL(url).host
    except httpx.InvalidURL:
        return "an address that is none"
