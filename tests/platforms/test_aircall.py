"""Aircall beyond its cases: what is kept, what a key is, the history and its bad days, and anything in a body."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, NotAuthentic, Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.aircall.connector import CONNECTOR, hear
from decroche.connectors.aircall.events import record, verify
from decroche.connectors.aircall.history import fetch
from decroche.model.fact import Heard
from tests.platforms.aircall import API_ID, API_TOKEN, Aircall
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.reading import every_record

BEGAN = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
SETTINGS = {"token": "45XXYYZZa08 second-token", "api_id": API_ID, "api_token": API_TOKEN}
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)


def delivery(event: str = "call.created", **more: Any) -> Delivery:
    body = {"resource": "call", "event": event, "timestamp": 1772629878, "token": "45XXYYZZa08", "data": {"id": 7}}
    return Delivery(
        url="https://calls.garage.example/hooks/aircall/k", headers={}, body=json.dumps(body | more).encode()
    )


def call(number: int, began: datetime, **more: Any) -> dict[str, Any]:
    started = int(began.timestamp())
    base = {"id": number, "direction": "inbound", "status": "done", "missed_call_reason": "agents_did_not_answer"}
    return {**base, "started_at": started, "answered_at": None, "ended_at": started + 30, "duration": 30, **more}


def test_every_token_of_the_settings_is_accepted_and_no_setting_accepts_nothing() -> None:
    for token in ("45XXYYZZa08", "second-token"):
        verify(delivery(token=token), SETTINGS, NOW)
    for settings in ({}, {"token": ""}, {"token": "  "}):
        with pytest.raises(NotAuthentic):
            verify(delivery(token=""), settings, NOW)


def test_no_secret_is_kept() -> None:
    signed = "https://assets.aircall.example/7/voicemail?X-Amz-Signature=abcdef"
    kept = record(delivery(data={"id": 7, "voicemail": signed, "token": "inner-secret"}))
    assert json.loads(kept.body)["data"] == {"id": 7, "voicemail": "https://assets.aircall.example/7/voicemail"}
    assert b"45XXYYZZa08" not in kept.body + kept.key.encode()


def test_a_repetition_has_the_same_key_and_nothing_else_has() -> None:
    assert record(delivery()).key == record(delivery(data={"id": 7, "tags": ["later"]})).key
    different = [
        delivery(),
        delivery("call.ended"),
        delivery(timestamp=1772629879),
        delivery(data={"id": 8}),
        *(delivery("call.ringing_on_agent", data={"id": 7, "user": {"id": user}}) for user in (1, 2)),
        *(delivery("user.closed.v2", data={"id": 7, "substatus": word}) for word in ("lunch", None)),
    ]
    assert len({record(each).key for each in different}) == len(different)


@pytest.mark.parametrize("body", [b"{}", b'{"event":"call.created","data":{}}', b'{"event":"call.created"}'])
def test_what_has_no_name_or_no_call_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        record(Delivery(url="https://a.example/", headers={}, body=body))


def test_a_history_is_read_page_by_page() -> None:
    calls = [call(number, BEGAN + timedelta(minutes=number)) for number in range(120)]
    outside = [call(1000, BEGAN - timedelta(seconds=1)), call(1001, BEGAN + timedelta(days=1))]
    vendor = Aircall([*calls, *outside])
    found = every_record(CONNECTOR, Http(vendor.client()), SETTINGS, BEGAN, BEGAN + timedelta(days=1))
    assert [json.loads(each.body)["id"] for each in found] == list(range(120))
    assert len(vendor.asked) == 3
    assert {each.kind for each in found} == {"call"}
    assert all(hear(each, {}).facts[0].final for each in found)


def test_more_calls_than_one_question_reaches_are_asked_for_in_parts() -> None:
    calls = [call(number, BEGAN + timedelta(seconds=number)) for number in range(600)]
    vendor = Aircall(calls, weight=20)
    found = every_record(CONNECTOR, Http(vendor.client()), SETTINGS, BEGAN, BEGAN + timedelta(seconds=600))
    assert len({each.key for each in found}) == len(found) == 600


def test_a_call_that_was_listed_before_has_the_same_key_until_it_changes() -> None:
    def key(**more: Any) -> str:
        vendor = Aircall([call(7, BEGAN, **more)])
        [found] = every_record(CONNECTOR, Http(vendor.client()), SETTINGS, BEGAN, BEGAN + timedelta(days=1))
        return found.key

    same = key(voicemail="https://assets.example/7?Signature=a", user={"id": 1, "available": True})
    assert same == key(voicemail="https://assets.example/7?Signature=b", user={"id": 1, "available": False})
    assert same != key(voicemail=None, user={"id": 1})


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (httpx.Response(429, headers={"retry-after": "17"}), timedelta(seconds=17)),
        (httpx.Response(429), None),
        (httpx.Response(502, text="bad gateway"), None),
        (httpx.Response(200, text="<html>"), None),
        (httpx.Response(200, json=[1]), None),
        (httpx.Response(200, json={"meta": {"next_page_link": None}, "calls": None}), None),
    ],
    ids=["limited", "limited without a time", "down", "not json", "not an object", "no calls"],
)
def test_a_bad_day_passes(answer: httpx.Response, wait: timedelta | None) -> None:
    vendor = Aircall([call(7, BEGAN)], bad_days=[answer])
    http = Http(vendor.client())
    if answer.status_code == 200 and b'"calls"' in answer.content:
        assert fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(days=1), None).records == ()
    else:
        with pytest.raises(Unavailable) as refused:
            fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(days=1), None)
        assert refused.value.retry_after == wait
    assert len(every_record(CONNECTOR, http, SETTINGS, BEGAN, BEGAN + timedelta(days=1))) == 1


@pytest.mark.parametrize("settings", [{}, {"api_id": API_ID}, {"api_id": API_ID, "api_token": "wrong"}])
def test_a_wrong_or_missing_key_names_what_to_mend(settings: dict[str, str]) -> None:
    with pytest.raises(Misconfigured) as refused:
        fetch(Http(Aircall([]).client()), settings, BEGAN, BEGAN + timedelta(days=1), None)
    assert refused.value.fields == ("api_id", "api_token")


def test_the_key_is_sent_to_nobody_else() -> None:
    page = {"meta": {"next_page_link": "https://evil.example/v1/calls?page=2"}, "calls": [call(7, BEGAN)]}
    vendor = Aircall([], bad_days=[httpx.Response(200, json=page)])
    http = Http(vendor.client())
    first = fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(days=1), None)
    with pytest.raises(Unavailable):
        fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(days=1), first.next)
    assert {request.url.host for request in vendor.asked} == {"api.aircall.io"}


EVENTS = st.sampled_from(
    (
        "call.created", "call.ended", "call.hungup", "call.answered", "call.ringing_on_agent", "call.transferred",
        "call.x", "user.opened", "user.closed.v2", "user.x", "contact.created", "",
    )
)  # fmt: skip
MEMBERS = (
    "id", "call_uuid", "direction", "status", "missed_call_reason", "started_at", "answered_at", "ended_at", "duration",
    "raw_digits", "user", "number", "teams", "voicemail", "transferred_to", "availability_status", "name", "digits",
)  # fmt: skip


@given(st.sampled_from(["event", "call", "other"]), EVENTS, told_objects(MEMBERS), json_bodies())
def test_whatever_a_body_holds_it_is_heard_or_refused(kind: str, event: str, data: object, body: bytes) -> None:
    envelope = json.dumps({"event": event, "timestamp": 1772629878, "data": data}).encode()
    for raw in (body, envelope, json.dumps(data).encode()):
        with suppress(Malformed, Ignored):
            assert isinstance(hear(Record(kind=kind, key="", body=raw), {}), Heard)
        with suppress(NotAuthentic):
            verify(Delivery(url="https://a.example/", headers={}, body=raw), SETTINGS, NOW)
        with suppress(Malformed, Ignored):
            assert record(Delivery(url="https://a.example/", headers={}, body=raw)).key
