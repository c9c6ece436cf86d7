"""Twilio's messages in this process: it checks each text that it is handed, and has bad days.

What it accepts is in ``accepted``, newest first, as its list shows it. ``lose_answers`` accepts and then says nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

from tests.platforms.twilio import ACCOUNT, AUTH_TOKEN

_PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
NOW = datetime(2026, 3, 4, 13, 12, 7, tzinfo=UTC)
#: What each recipient of these tests meets at once.
REFUSALS = {
    "+33639980009": (21610, "Attempt to send to unsubscribed recipient"),
    "+33199000009": (21614, "'To' number is not a valid mobile number"),
    "+33639980008": (21611, "This 'From' number has exceeded the maximum number of queued messages"),
    "+33000": (21211, "The 'To' number +33000 is not a valid phone number"),
    "+33639980007": (29999, "A refusal that nobody knows"),
}


class TwilioTexts:
    """Answers ``POST`` and ``GET …/Messages.json``. ``bad_days`` are answered first, one a request."""

    def __init__(self, *, bad_days: Iterable[httpx.Response] = (), lose_answers: bool = False) -> None:
        self.bad_days = list(bad_days)
        self.lose_answers = lose_answers
        self.accepted: list[dict[str, Any]] = []
        self.forms: list[dict[str, str]] = []
        self.more = False

    def client(self) -> httpx.Client:
        return httpx.Client(transport=httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        key = "Basic " + base64.b64encode(f"{ACCOUNT}:{AUTH_TOKEN}".encode()).decode()
        if request.headers.get("authorization") != key:
            return httpx.Response(401, json={"code": 20003, "message": "Authenticate", "status": 401})
        if self.bad_days:
            return self.bad_days.pop(0)
        if (request.url.host, request.url.path) != ("api.twilio.com", _PATH):
            return httpx.Response(404, json={"code": 20404, "status": 404})
        return self._accept(request) if request.method == "POST" else self._list(request)

    def _accept(self, request: httpx.Request) -> httpx.Response:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        form = {name: values[0] for name, values in parse_qs(request.content.decode(), strict_parsing=True).items()}
        self.forms.append(form)
        if (refusal := REFUSALS.get(form["To"])) is not None:
            return httpx.Response(400, json={"code": refusal[0], "message": refusal[1], "status": 400})
        told = self.message(form["To"], form["Body"], form.get("From"), status="queued")
        self.accepted.insert(0, told)
        if self.lose_answers:
            raise httpx.ReadTimeout("nothing came", request=request)
        return httpx.Response(201, json=told)

    def message(self, to: str, body: str, sender: str | None, **more: Any) -> dict[str, Any]:
        """A message as the API writes it."""
        written = format_datetime(NOW)
        return {
            "sid": f"SM{len(self.accepted):032d}", "account_sid": ACCOUNT, "to": to, "from": sender, "body": body,
            "status": "queued", "direction": "outbound-api", "num_segments": "1", "num_media": "0", "price": None,
            "price_unit": "USD", "error_code": None, "error_message": None, "date_created": written,
            "date_updated": written, "date_sent": None, "messaging_service_sid": None,
        } | more  # fmt: skip

    def _list(self, request: httpx.Request) -> httpx.Response:
        asked = dict(request.url.params)
        found = [
            each for each in self.accepted if each["to"] == asked["To"] and asked.get("From") in (None, each["from"])
        ][: int(asked["PageSize"])]
        uri = f"{_PATH}?Page=1&PageToken=PA1" if self.more else None
        return httpx.Response(200, json={"messages": found, "page": 0, "next_page_uri": uri})
