"""Asks a platform's API, and turns its refusals into the few errors that tell what to do next."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import httpx
import msgspec

from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.model.problem import Problem


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
        self.before()
        try:
            answer = self.client.request(method, url, params=params, headers=headers, json=json, data=form)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unavailable(
                Problem("{host} cannot be reached ({error})", {"host": _host(url), "error": type(error).__name__})
            ) from error
        if answer.status_code == 429 or answer.status_code >= 500:
            raise Unavailable(_answered(url, answer), retry_after(answer.headers))
        if answer.status_code >= 400:
            raise Misconfigured(_answered(url, answer), status=answer.status_code)
        return answer

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


def _answered(url: str, answer: httpx.Response) -> Problem:
    return Problem("{host} answered {status}", {"host": _host(url), "status": str(answer.status_code)})


def _host(url: str) -> str:
    """The host alone: paths and queries of some platforms carry secrets."""
    return httpx.URL(url).host
