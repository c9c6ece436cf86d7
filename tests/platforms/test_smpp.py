"""A gateway beyond its cases: what is handed over, field by field, bad days, and anything in a call of our address."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import ConnectorError, Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import Handed, Message, OutcomeUnknown, Refused
from decroche.connectors.smpp.connector import CONNECTOR
from decroche.connectors.smpp.events import hear, record
from decroche.connectors.smpp.texts import send
from decroche.model.fact import Heard
from tests.platforms.anything import json_bodies, told_objects

HOOK = "https://appels.garage.example/hooks/smpp/k3y"
SETTINGS = {
    "sendsms_url": "http://127.0.0.1:13013/cgi-bin/sendsms", "username": "decroche", "password": "gateway-password",
    "token": "T0ken", "sender": "36111",
}  # fmt: skip
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)


def message(**more: str) -> Message:
    told = {"reference": "r7f3", "sender": "36111", "recipient": "+33639980001", "body": "Reçu", "hook_url": HOOK}
    return Message(**(told | more))


def http(answer: Callable[[httpx.Request], httpx.Response]) -> Http:
    return Http(httpx.Client(transport=httpx.MockTransport(answer)))


def accepted(asked: list[httpx.Request]) -> Http:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(202, text="0: Accepted for delivery")

    return http(answer)


def test_a_text_is_handed_over_field_by_field() -> None:
    asked: list[httpx.Request] = []
    assert send(accepted(asked), SETTINGS | {"smsc": "carrier2"}, message()) == Handed(ref="r7f3")
    [request] = asked
    assert (request.method, str(request.url)) == ("POST", SETTINGS["sendsms_url"])
    told = {name: value for name, value in request.headers.items() if name.startswith(("x-kannel", "content-type"))}
    receipts = told.pop("x-kannel-dlr-url")
    assert told == {
        "content-type": "text/plain; charset=UTF-8",
        "x-kannel-username": "decroche",
        "x-kannel-password": "gateway-password",
        "x-kannel-from": "36111",
        "x-kannel-to": "+33639980001",
        "x-kannel-coding": "2",
        "x-kannel-smsc": "carrier2",
        "x-kannel-dlr-mask": "31",
    }
    assert request.content == "Reçu".encode()
    assert receipts.partition("?")[0] == HOOK
    # Every per cent sign is Kannel's to fill in.
    assert parse_qs(urlsplit(receipts.replace("%", "$")).query) == {
        "token": ["T0ken"], "reference": ["r7f3"], "status": ["$d"], "answer": ["$A"], "id": ["$F"], "at": ["$T"],
    }  # fmt: skip


@pytest.mark.parametrize(("body", "coding"), [("Étoile à 20 €", "0"), ("É é à Ç € {", "0"), ("français", "2")])
def test_the_wide_alphabet_only_where_it_is_needed(body: str, coding: str) -> None:
    asked: list[httpx.Request] = []
    send(accepted(asked), SETTINGS, message(body=body, hook_url=""))
    assert asked[0].headers["x-kannel-coding"] == coding
    assert "x-kannel-dlr-url" not in asked[0].headers and "x-kannel-dlr-mask" not in asked[0].headers


@pytest.mark.parametrize(
    ("status", "says", "error"),
    [
        (403, "Authorization failed for sendsms", Misconfigured),
        (400, "Sender missing and no global set, rejected", Misconfigured),
        (400, "Number(s) has/have been denied by white- and/or black-lists.", Refused),
        (404, "Unknown request.", Misconfigured),
        (503, "Temporal failure, try again later.", Unavailable),
        (500, "", OutcomeUnknown),
    ],
)
def test_a_refusal_says_what_to_do_next_and_names_nobody(status: int, says: str, error: type[ConnectorError]) -> None:
    with pytest.raises(error) as told:
        send(http(lambda request: httpx.Response(status, text=says)), SETTINGS, message())
    assert not any(word in str(told.value) for word in ("gateway-password", "639980001", "Reçu", "T0ken"))


def test_an_answer_that_is_lost_leaves_open_whether_the_gateway_has_the_text() -> None:
    def lost(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("nothing came", request=request)

    with pytest.raises(OutcomeUnknown):
        send(http(lost), SETTINGS, message())
    assert CONNECTOR.texts is not None and CONNECTOR.texts.find is None and not CONNECTOR.texts.keyed


@pytest.mark.parametrize("wrong", [{"password": ""}, {"sendsms_url": " "}, {"token": "50%d"}, {"token": ""}])
def test_settings_that_cannot_work_are_named_before_anything_is_sent(wrong: dict[str, str]) -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(Misconfigured) as told:
        send(accepted(asked), SETTINGS | wrong, message())
    assert told.value.fields == tuple(wrong) and asked == []


def test_the_token_is_not_kept() -> None:
    url = f"{HOOK}?token=T0ken&id=m1&from=%2B33639980001&to=36111&text=token%3DT0&charset=UTF-8&at=1772629920"
    kept = record(Delivery(url=url, headers={}, body=b"", method="GET", received_at=NOW))
    assert kept.key == "received/m1" and "T0ken" not in kept.body.decode() + json.dumps(dict(kept.about))


@given(st.text(max_size=80))
def test_any_query_is_kept_or_refused(query: str) -> None:
    delivery = Delivery(url=f"{HOOK}?{query}", headers={}, body=b"", method="GET", received_at=NOW)
    try:
        kept = record(delivery)
    except Malformed:
        return
    assert isinstance(hear(kept, {}), Heard)


@given(
    told_objects(("reference", "status", "answer", "id", "from", "to", "text", "at")),
    json_bodies(),
    st.sampled_from(["receipt", "received", "other"]),
)
def test_whatever_is_kept_is_heard_or_refused(told: dict[str, object], raw: bytes, kind: str) -> None:
    for body in (json.dumps(told).encode(), raw):
        try:
            said = hear(Record(kind=kind, key="1", body=body, about={"received": NOW.isoformat()}), {})
        except (Ignored, Malformed):
            continue
        assert isinstance(said, Heard)
