"""A call is asked for as each platform documents it, field by field, and a lost answer is not taken for a refusal."""

from __future__ import annotations

import base64
from collections.abc import Callable
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest

from decroche.connector_kit.calls import First, NotPlaced, Placed, Wanted
from decroche.connector_kit.connector import Connector
from decroche.connector_kit.errors import ConnectorError, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import OutcomeUnknown
from decroche.connectors.aircall.connector import CONNECTOR as AIRCALL
from decroche.connectors.ovh.connector import CONNECTOR as OVH
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.connectors.twilio.connector import CONNECTOR as TWILIO

SETTINGS = {
    "api_key": "ring-key", "region": "eu", "api_id": "me", "api_token": "secret", "account_sid": "AC1",
    "auth_token": "word",
}  # fmt: skip
TWILIO_SETTINGS = {"account_sid": "AC1", "auth_token": "word"}
WANTED = Wanted(person="+33611111111", line="+33465714200", agent="+33622222222")


def asked(
    platform: Connector, wanted: Wanted, answer: Callable[[httpx.Request], httpx.Response]
) -> tuple[Placed, httpx.Request]:
    seen: list[httpx.Request] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer(request)

    assert platform.calls is not None
    settings = TWILIO_SETTINGS if platform is TWILIO else SETTINGS
    placed = platform.calls.place(Http(httpx.Client(transport=httpx.MockTransport(handle))), settings, wanted)
    return placed, seen[0]


def test_ringover_rings_the_owner_of_the_key() -> None:
    placed, request = asked(RINGOVER, WANTED, lambda _: httpx.Response(200, json={"call_id": "77", "channel_id": "1"}))
    assert placed == Placed(ref="77")
    assert (request.method, request.url.path) == ("POST", "/v2/callback")
    assert request.headers["authorization"] == "ring-key"
    assert msgspec.json.decode(request.content) == {
        "to_number": 33611111111,
        "from_number": 33465714200,
        "device": "ALL",
    }


def test_aircall_dials_from_the_app_of_one_of_us() -> None:
    wanted = Wanted(person="+33611111111", agent="42")
    placed, request = asked(AIRCALL, wanted, lambda _: httpx.Response(204))
    assert placed == Placed()
    assert str(request.url) == "https://api.aircall.io/v1/users/42/dial"
    assert request.headers["authorization"] == f"Basic {base64.b64encode(b'me:secret').decode()}"
    assert msgspec.json.decode(request.content) == {"to": "+33611111111"}
    with pytest.raises(NotPlaced):
        asked(AIRCALL, wanted, lambda _: httpx.Response(405, json={"troubleshoot": "The user is unavailable"}))


@pytest.mark.parametrize(
    ("first", "rung", "joined"),
    [(First.AGENT, "+33622222222", "+33611111111"), (First.CUSTOMER, "+33611111111", "+33622222222")],
)
def test_twilio_rings_either_side_first(first: First, rung: str, joined: str) -> None:
    wanted = Wanted(person=WANTED.person, line=WANTED.line, agent=WANTED.agent, first=first)
    placed, request = asked(TWILIO, wanted, lambda _: httpx.Response(201, json={"sid": "CA9"}))
    assert placed == Placed(ref="CA9")
    assert str(request.url) == "https://api.twilio.com/2010-04-01/Accounts/AC1/Calls.json"
    assert parse_qs(request.content.decode()) == {
        "To": [rung],
        "From": ["+33465714200"],
        "Timeout": ["25"],
        "Twiml": [f'<Response><Dial callerId="+33465714200"><Number>{joined}</Number></Dial></Response>'],
    }


def lost(_: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("slow")


@pytest.mark.parametrize("platform", [RINGOVER, AIRCALL, TWILIO], ids=lambda platform: platform.name)
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (lambda _: httpx.Response(429), Unavailable),
        (lambda _: httpx.Response(401), Misconfigured),
        (lambda _: httpx.Response(422), NotPlaced),
        (lambda _: httpx.Response(502), OutcomeUnknown),
        (lost, OutcomeUnknown),
    ],
)
def test_what_went_wrong_is_told_in_its_kind(
    platform: Connector, answer: Callable[[httpx.Request], httpx.Response], kind: type[ConnectorError]
) -> None:
    with pytest.raises(kind):
        asked(platform, WANTED, answer)


@pytest.mark.parametrize(
    ("platform", "wanted"),
    [
        (RINGOVER, Wanted(person="somebody")),
        (AIRCALL, Wanted(person="+33611111111")),
        (TWILIO, Wanted(person="+33611111111", line="+33465714200")),
        (TWILIO, Wanted(person="+33611111111", agent="+33622222222")),
    ],
)
def test_what_cannot_ring_is_not_asked_for(platform: Connector, wanted: Wanted) -> None:
    with pytest.raises(NotPlaced):
        asked(platform, wanted, lambda _: pytest.fail("asked"))


def test_ovh_rings_the_line_of_one_of_us_first() -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=1772629878 if request.url.path == "/1.0/auth/time" else None)

    keys = {"application_key": "a", "application_secret": "s", "consumer_key": "c", "billing_account": "ab1-ovh-1"}
    http = Http(httpx.Client(transport=httpx.MockTransport(answer)))
    assert OVH.calls is not None
    assert OVH.calls.place(http, keys, WANTED) == Placed()
    assert seen[-1].url.path == "/1.0/telephony/ab1-ovh-1/line/0033622222222/click2Call"
    assert msgspec.json.decode(seen[-1].content) == {"calledNumber": "0033611111111"}
    assert seen[-1].headers["x-ovh-signature"].startswith("$1$")
    for wrong in (Wanted(person=WANTED.person), Wanted(person="+x", agent=WANTED.agent)):
        with pytest.raises(NotPlaced):
            OVH.calls.place(http, keys, wrong)
