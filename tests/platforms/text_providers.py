"""The sending sides of Vonage, OVH, Ringover, Aircall and RingCentral in this process, and their bad days.

Each checks who asks before anything else, keeps what it accepted in ``accepted`` and every request in ``asked``.
``bad_days`` are answered first to requests that hand a text over; ``lose_answers`` accepts and then says nothing.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from decroche.connector_kit.http import Http

NOW = datetime(2026, 3, 4, 13, 12, 7, tzinfo=UTC)
Answer = Callable[[httpx.Request, "Provider"], httpx.Response]


@dataclass(slots=True)
class Provider:
    """A provider: ``serve`` answers everything but the bad days."""

    serve: Answer
    sends_to: str
    bad_days: list[httpx.Response] = field(default_factory=list)
    lose_answers: bool = False
    asked: list[httpx.Request] = field(default_factory=list)
    accepted: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    waiting: list[int] = field(default_factory=list)

    def http(self) -> Http:
        return Http(httpx.Client(transport=httpx.MockTransport(self.answer)))

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        hands_over = request.method == "POST" and request.url.path.endswith(self.sends_to)
        if hands_over and self.bad_days:
            return self.bad_days.pop(0)
        answer = self.serve(request, self)
        if hands_over and answer.status_code < 300:
            self.accepted.append(json.loads(request.content))
            if self.lose_answers:
                raise httpx.ReadTimeout("nothing came", request=request)
        return answer

    @property
    def handed(self) -> list[httpx.Request]:
        """The requests that handed a text over."""
        return [each for each in self.asked if each.method == "POST" and each.url.path.endswith(self.sends_to)]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _vonage(request: httpx.Request, here: Provider) -> httpx.Response:
    if request.headers.get("authorization") != _basic("abcd1234", "vonage-secret"):
        return httpx.Response(401, json={"title": "Unauthorized"})
    assert str(request.url) == "https://api.nexmo.com/v1/messages"
    return httpx.Response(202, json={"message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab"})


def _ringover(request: httpx.Request, here: Provider) -> httpx.Response:
    if request.headers.get("authorization") != "ringover-key":
        return httpx.Response(401)
    assert request.url.host == "public-api.ringover.com"
    return httpx.Response(200, json={"message_id": 1234567, "conv_id": 7})


def _aircall(request: httpx.Request, here: Provider) -> httpx.Response:
    if request.headers.get("authorization") != _basic("aircall-id", "aircall-token"):
        return httpx.Response(403, json={"error": "Forbidden"})
    if request.url.path == "/v1/numbers":
        page = int(request.url.params.get("page", 1))
        numbers = [{"id": 400 + page, "digits": f"+33 1 99 00 00 0{page}"}]
        link = "https://api.aircall.io/v1/numbers?per_page=50&page=2" if page == 1 else None
        return httpx.Response(200, json={"numbers": numbers, "meta": {"next_page_link": link}})
    assert request.url.path == "/v1/numbers/402/messages/native/send"
    return httpx.Response(201, json={"id": "m1", "status": "pending", "direction": "outbound"})


def _ringcentral(request: httpx.Request, here: Provider) -> httpx.Response:
    if request.url.path == "/restapi/oauth/token":
        known = request.headers["authorization"] == _basic("rc-id", "rc-secret")
        tokens = sum(each.url.path == "/restapi/oauth/token" for each in here.asked)
        return httpx.Response(200 if known else 400, json={"access_token": f"token-{tokens}"} if known else {})
    if not request.headers["authorization"].startswith("Bearer token-"):
        return httpx.Response(401, json={"errorCode": "TokenInvalid"})
    if request.method == "GET":
        asked = dict(request.url.params)
        assert (asked["messageType"], asked["direction"]) == ("SMS", "Outbound")
        return httpx.Response(200, json={"records": here.rows})
    assert request.url.path == "/restapi/v1.0/account/~/extension/~/sms"
    return httpx.Response(200, json={"id": 81, "messageStatus": "Queued"})


def _ovh(request: httpx.Request, here: Provider) -> httpx.Response:
    path = request.url.path.removeprefix("/1.0")
    if path == "/auth/time":
        return httpx.Response(200, json=int(NOW.timestamp()))
    stamp = request.headers["x-ovh-timestamp"]
    said = "+".join(("ovh-as", "ovh-ck", request.method, str(request.url), request.content.decode(), stamp))
    if request.headers["x-ovh-signature"] != "$1$" + hashlib.sha1(said.encode()).hexdigest():
        return httpx.Response(403, json={"class": "Client::Forbidden", "message": "Invalid signature"})
    if path == "/sms/sms-ab12345-1/jobs":
        if request.method == "GET":
            return httpx.Response(200, json=here.waiting)
        [receiver] = json.loads(request.content)["receivers"]
        if not receiver.startswith("+336"):
            return httpx.Response(200, json={"ids": [], "validReceivers": [], "invalidReceivers": [receiver]})
        return httpx.Response(200, json={"ids": [501], "validReceivers": [receiver], "invalidReceivers": []})
    kind, _, one = path.removeprefix("/sms/sms-ab12345-1/").partition("/")
    assert kind in ("outgoing", "incoming")
    if one:
        return httpx.Response(200, json=next(row for row in here.rows if row["id"] == int(one)))
    tag = request.url.params.get("tag")
    return httpx.Response(200, json=[row["id"] for row in here.rows if tag is None or row.get("tag") == tag])


SETTINGS = {
    "vonage": {"api_key": "abcd1234", "api_secret": "vonage-secret"},
    "ringover": {"api_key": "ringover-key"},
    "aircall": {"api_id": "aircall-id", "api_token": "aircall-token"},
    "ringcentral": {"client_id": "rc-id", "client_secret": "rc-secret", "jwt": "rc-jwt"},
    "ovh": {
        "application_key": "ovh-ak", "application_secret": "ovh-as", "consumer_key": "ovh-ck",
        "sms_service": "sms-ab12345-1",
    },
}  # fmt: skip
_SERVES: dict[str, tuple[Answer, str]] = {
    "vonage": (_vonage, "/v1/messages"),
    "ringover": (_ringover, "/v2/push/sms"),
    "aircall": (_aircall, "/send"),
    "ringcentral": (_ringcentral, "/sms"),
    "ovh": (_ovh, "/jobs"),
}


def provider(name: str, *, bad_days: Iterable[httpx.Response] = (), lose_answers: bool = False) -> Provider:
    """A fake of the provider ``name``."""
    serve, path = _SERVES[name]
    return Provider(serve=serve, sends_to=path, bad_days=list(bad_days), lose_answers=lose_answers)
