"""Asks OVH's API: every request is signed with three keys and with OVH's own clock."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import msgspec

from decroche.connector_kit.connector import Settings
from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import hand_over
from decroche.model.problem import Problem

ADDRESSES = {"eu": "https://eu.api.ovh.com/1.0", "ca": "https://ca.api.ovh.com/1.0"}
KEYS = ("application_key", "application_secret", "consumer_key")


def signature(*, secret: str, consumer: str, method: str, url: str, body: str, timestamp: int) -> str:
    """OVH's signature of a request, ``$1$`` and the SHA-1 of what it says."""
    told = "+".join((secret, consumer, method, url, body, str(timestamp)))
    return "$1$" + hashlib.sha1(told.encode(), usedforsecurity=False).hexdigest()


class Api:
    """The API as one page of work uses it. The time is asked for once; OVH's answers then tell how it goes on."""

    def __init__(self, http: Http, settings: Settings, *, account: bool = True) -> None:
        needed = (*KEYS, "billing_account") if account else KEYS
        missing = [key for key in needed if not settings.get(key, "").strip()]
        if missing:
            raise Misconfigured("OVH's API needs its three keys and the billing account", missing)
        place = settings.get("api", "").strip().lower() or "eu"
        if place not in ADDRESSES:
            raise Misconfigured("OVH's API is that of “eu” or of “ca”", ["api"])
        self._http, self._settings = http, settings
        self._address = ADDRESSES[place]
        self._now: datetime | None = None

    @property
    def account(self) -> str:
        """The path of the billing account."""
        return f"/telephony/{_in_path(self._settings['billing_account'].strip())}"

    def now(self) -> datetime:
        """The time by OVH's clock."""
        if self._now is None:
            told = self._http.get(f"{self._address}/auth/time")
            if not isinstance(told, int) or not 0 < told < 2**33:
                raise Unavailable("OVH does not tell the time")
            self._now = datetime.fromtimestamp(told, UTC)
        return self._now

    def get(self, path: str, params: dict[str, str] | None = None) -> Any:
        """The decoded answer. Raises Misconfigured (with its status) and Unavailable."""
        return self._ask("GET", path, params=params)

    def post(self, path: str, told: dict[str, str]) -> Any:
        """The decoded answer to something that is asked for with a body."""
        return self._ask("POST", path, told=told)

    def hand_over(self, path: str, told: Mapping[str, Any], *, fields: tuple[str, ...]) -> httpx.Response:
        """The answer to a text that is handed over. Raises as ``Texts.send``."""
        url = str(httpx.URL(f"{self._address}{path}"))
        return hand_over(
            self._http, "POST", url, fields=fields, headers=self._signed("POST", url, told), json=dict(told)
        )

    def _signed(self, method: str, url: str, told: Mapping[str, Any] | None) -> dict[str, str]:
        # The very bytes that are sent are signed.
        body = "" if told is None else json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        timestamp = int(self.now().timestamp())
        key, secret, consumer = (self._settings[name].strip() for name in KEYS)
        return {
            "X-Ovh-Application": key,
            "X-Ovh-Consumer": consumer,
            "X-Ovh-Timestamp": str(timestamp),
            "X-Ovh-Signature": signature(
                secret=secret, consumer=consumer, method=method, url=url, body=body, timestamp=timestamp
            ),
        }

    def _ask(
        self, method: str, path: str, *, params: dict[str, str] | None = None, told: dict[str, str] | None = None
    ) -> Any:
        url = str(httpx.URL(f"{self._address}{path}", params=params) if params else httpx.URL(f"{self._address}{path}"))
        headers = self._signed(method, url, told)
        try:
            answer = self._http.send(method, url, headers=headers, json=told)
        except Misconfigured as error:
            # A refusal does not tell the time.
            self._now = None
            fields = KEYS if error.status in (400, 401, 403) else ("billing_account",)
            raise Misconfigured(
                Problem("OVH's API refuses", because=error.problem), fields, status=error.status
            ) from error
        self._now = _date(answer.headers.get("date")) or self._now
        if not answer.content:
            return None
        try:
            return msgspec.json.decode(answer.content)
        except msgspec.DecodeError as error:
            raise Unavailable("OVH's API answered with something that is not JSON") from error


def _date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text or "")
    except (ValueError, TypeError):
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _in_path(text: str) -> str:
    if not text.replace("-", "").replace("_", "").replace(".", "").isalnum():
        raise Misconfigured(
            "an OVH billing account or number holds letters, digits and dashes only", ["billing_account"]
        )
    return text


def service_path(number: str) -> str:
    """A line or queue in a path, as OVH names it: ``+33199000002`` is ``0033199000002``."""
    return _in_path(f"00{number[1:]}" if number.startswith("+") else number)
