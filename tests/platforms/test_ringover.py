"""Ringover beyond its cases: published vectors, keys of families, the history and its bad days, anything in a body."""

from __future__ import annotations

import base64
import hashlib
import hmac
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
from decroche.connectors.ringover.connector import CONNECTOR, hear
from decroche.connectors.ringover.events import record
from decroche.connectors.ringover.history import fetch
from decroche.connectors.ringover.signatures import verify
from decroche.model.fact import Heard
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.reading import every_record
from tests.platforms.ringover import API_KEY, Ringover

BEGAN = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)
SETTINGS = {"call_key": "call-key", "after_call_key": "after-key", "api_key": API_KEY}
URL = "https://calls.garage.example/hooks/ringover/k1"


def told(event: str = "missed", resource: str = "call", **data: Any) -> dict[str, Any]:
    return {
        "event": event,
        "resource": resource,
        "timestamp": 1772629878.5,
        "data": {"call_id": 7, **data},
        "attempt": 1,
    }


def with_key(event: dict[str, Any], key: str = "call-key") -> Delivery:
    return Delivery(url=URL, headers={"x-ringover-webhook-signature": key}, body=json.dumps(event).encode())


def signed(event: object, *, key: str = "call-key", body: bytes = b"{}", **claims: Any) -> Delivery:
    """A V1 delivery, its JWT put together by hand."""
    head, payload = (
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=")
        for part in ({"typ": "JWT", "alg": "HS512"}, {"url": URL, "payload": event, **claims})
    )
    mac = base64.urlsafe_b64encode(hmac.digest(key.encode(), head + b"." + payload, hashlib.sha512)).rstrip(b"=")
    token = b".".join((head, payload, mac)).decode()
    return Delivery(url=URL, headers={"x-ringover-webhook-signature": token}, body=body)


def row(number: int, began: datetime, **more: Any) -> dict[str, Any]:
    times = {
        "start_time": began.isoformat(),
        "answered_time": None,
        "end_time": (began + timedelta(seconds=30)).isoformat(),
    }
    return {"cdr_id": number, "call_id": str(number), "direction": "in", "last_state": "MISSED", **times, **more}


def test_the_published_vector_of_the_newer_hash() -> None:
    headers = {
        "x-ringover-webhook-signature-v3": "CiMg3RHzLKscfLwveWBDMsfAEjOURwC3MiPo3caqGlM=",
        "x-ringover-request-signature-v3-timestamp": "1716200000",
    }
    delivery = Delivery(url="https://example.com/hooks/ringover", headers=headers, body=b'{"event":"missed"}')
    at = datetime.fromtimestamp(1716200000, UTC)
    for moment in (at, at + timedelta(minutes=5), at - timedelta(minutes=5)):
        verify(delivery, {"call_key": "ro-key"}, moment)
    for moment in (at + timedelta(seconds=301), at - timedelta(seconds=301)):
        with pytest.raises(NotAuthentic):
            verify(delivery, {"call_key": "ro-key"}, moment)


def test_what_is_believed_is_what_was_signed() -> None:
    delivery = signed(told("missed"), body=json.dumps(told("answered")).encode())
    verify(delivery, SETTINGS, NOW)
    assert json.loads(record(delivery).body)["event"] == "missed"


def test_the_key_of_a_family_proves_no_call() -> None:
    after = told("voicemail_available", "aftercall")
    verify(with_key(after, "after-key"), SETTINGS, NOW)
    verify(with_key(after, "call-key"), SETTINGS, NOW)
    with pytest.raises(NotAuthentic):
        verify(with_key(told(), "after-key"), SETTINGS, NOW)
    with pytest.raises(NotAuthentic):
        verify(with_key(told(), ""), {}, NOW)


def test_neither_key_nor_signature_is_kept() -> None:
    kept = record(signed(told(record="https://cdr.ringover.example/1.mp3?sig=abc")))
    assert b"sig=abc" not in kept.body
    assert "payload" not in json.loads(kept.body)
    assert kept.about == {}


def test_a_repetition_has_the_same_key_and_nothing_else_has() -> None:
    assert record(with_key(told())).key == record(with_key({**told(), "attempt": 2})).key
    different = [
        told(),
        told("hangup"),
        told(call_id=8),
        told(channel_id=1),
        told(user_id=5),
        {**told(), "timestamp": 1772629878.6},
    ]
    assert len({record(with_key(each)).key for each in different}) == len(different)


@pytest.mark.parametrize(
    "event", [{}, {"event": "missed", "resource": "call", "data": {}}, {"event": "missed", "resource": "call"}]
)
def test_what_has_no_name_or_no_call_is_malformed(event: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        record(with_key(event))


def test_a_history_is_read_page_by_page() -> None:
    rows = [row(number, BEGAN + timedelta(seconds=number)) for number in range(2500)]
    vendor = Ringover([*rows, row(9000, BEGAN - timedelta(seconds=1)), row(9001, BEGAN + timedelta(days=15))])
    found = every_record(CONNECTOR, Http(vendor.client()), SETTINGS, BEGAN, BEGAN + timedelta(days=15))
    assert sorted(json.loads(each.body)["cdr_id"] for each in found) == list(range(2500))
    assert len(vendor.asked) == 3
    assert all(hear(each, {}).facts[0].final for each in found)


def test_a_vendor_that_shows_less_than_it_is_asked_is_read_to_the_end_too() -> None:
    rows = [row(number, BEGAN + timedelta(seconds=number)) for number in range(250)]
    vendor = Ringover(rows, page=100)
    found = every_record(CONNECTOR, Http(vendor.client()), SETTINGS, BEGAN, BEGAN + timedelta(days=1))
    assert len(found) == 250
    exactly = Ringover(rows[:200], page=100)
    assert len(every_record(CONNECTOR, Http(exactly.client()), SETTINGS, BEGAN, BEGAN + timedelta(days=1))) == 200
    assert exactly.bad_days == [] and len(exactly.asked) == 3


def test_nothing_is_answered_with_nothing() -> None:
    assert every_record(CONNECTOR, Http(Ringover([]).client()), SETTINGS, BEGAN, BEGAN + timedelta(days=1)) == []


def test_the_region_chooses_the_host() -> None:
    vendor = Ringover([row(1, BEGAN)], host="public-api-us.ringover.com")
    settings = {**SETTINGS, "region": "US"}
    assert len(every_record(CONNECTOR, Http(vendor.client()), settings, BEGAN, BEGAN + timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("answer", "wait"),
    [
        (httpx.Response(429, headers={"retry-after": "2"}), timedelta(seconds=2)),
        (httpx.Response(429), None),
        (httpx.Response(500), None),
        (httpx.Response(200, text="<html>"), None),
        (httpx.Response(200, json=[]), None),
    ],
    ids=["limited", "limited without a time", "down", "not json", "not an object"],
)
def test_a_bad_day_passes(answer: httpx.Response, wait: timedelta | None) -> None:
    http = Http(Ringover([row(7, BEGAN)], bad_days=[answer]).client())
    with pytest.raises(Unavailable) as refused:
        fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(days=1), None)
    assert refused.value.retry_after == wait
    assert len(every_record(CONNECTOR, http, SETTINGS, BEGAN, BEGAN + timedelta(days=1))) == 1


@pytest.mark.parametrize(
    ("settings", "fields"),
    [
        ({}, ("api_key",)),
        ({"api_key": "wrong"}, ("api_key", "region")),
        ({"api_key": API_KEY, "region": "mars"}, ("region",)),
    ],
)
def test_a_wrong_setting_is_named(settings: dict[str, str], fields: tuple[str, ...]) -> None:
    with pytest.raises(Misconfigured) as refused:
        fetch(Http(Ringover([]).client()), settings, BEGAN, BEGAN + timedelta(days=1), None)
    assert refused.value.fields == fields


def test_a_row_that_was_listed_before_has_the_same_key_until_it_changes() -> None:
    def key(**more: Any) -> str:
        http = Http(Ringover([row(7, BEGAN, **more)]).client())
        return fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(days=1), None).records[0].key

    assert key() == key(contact={"name": "met since"})
    assert key() != key(last_state="VOICEMAIL")


EVENTS = st.sampled_from(
    ("ringing", "answered", "hangup", "missed", "voicemail", "voicemail_available", "tags_updated", "contact", "x", "")
)
RESOURCES = st.sampled_from(("call", "aftercall", "sms", "search", "", None))
MEMBERS = (
    "call_id", "channel_id", "start_time", "hangup_time", "answered_time", "end_time", "duration_in_seconds", "reason",
    "direction", "from_number", "to_number", "user_id", "user", "ivr", "ivr_data", "is_ivr", "is_internal", "cdr_id",
    "is_anonymous", "last_state", "incall_duration", "total_duration", "voicemail", "amd", "type", "firstname", "name",
)  # fmt: skip
KINDS = st.sampled_from(("event", "cdr", "other"))
HEADERS = st.dictionaries(
    st.sampled_from(
        (
            "x-ringover-webhook-signature", "authorization", "x-ringover-webhook-signature-v3",
            "x-ringover-request-signature-v3-timestamp",
        )
    ),
    st.text(max_size=12) | st.sampled_from(("a.b.c", "e30.e30.e30", "W10.e30.", "Bearer a.b.c", "1772630000")),
)  # fmt: skip


@given(KINDS, EVENTS, RESOURCES, told_objects(MEMBERS), json_bodies(), HEADERS)
def test_whatever_a_body_holds_it_is_heard_or_refused(
    kind: str, event: str, resource: str | None, data: object, body: bytes, headers: dict[str, str]
) -> None:
    envelope = json.dumps({"event": event, "resource": resource, "timestamp": 1772629878, "data": data}).encode()
    for raw in (body, envelope, json.dumps(data).encode()):
        with suppress(Malformed, Ignored):
            assert isinstance(hear(Record(kind=kind, key="", body=raw), {}), Heard)
        with suppress(NotAuthentic):
            verify(Delivery(url=URL, headers=headers, body=raw), SETTINGS, NOW)
        with suppress(Malformed, Ignored):
            assert record(Delivery(url=URL, headers=headers, body=raw)).key


@given(told_objects(MEMBERS), json_bodies())
def test_whatever_a_signed_copy_holds_it_is_kept_or_refused(data: object, body: bytes) -> None:
    for event in (
        data,
        {"event": "missed", "resource": "call", "data": data},
        body.decode(errors="replace"),
        None,
        [1],
    ):
        delivery = signed(event, exp=data)
        with suppress(NotAuthentic):
            verify(delivery, SETTINGS, NOW)
        with suppress(Malformed, Ignored):
            assert record(delivery).key


@given(st.integers(min_value=0, max_value=2000), st.integers(min_value=1, max_value=255))
def test_no_changed_byte_of_a_signed_copy_is_accepted(place: int, change: int) -> None:
    delivery = signed(told())
    token = bytearray(delivery.headers["x-ringover-webhook-signature"].encode())
    # The last character of a part has bits that Base64 does not use.
    place %= len(token) - 1
    token[place] ^= change
    forged = token.decode("latin-1")
    with suppress(NotAuthentic):
        verify(Delivery(url=URL, headers={"x-ringover-webhook-signature": forged}, body=b"{}"), SETTINGS, NOW)
        head, payload, _ = delivery.headers["x-ringover-webhook-signature"].split(".")
        assert forged.startswith(f"{head}.{payload}."), "a forged copy was believed"
