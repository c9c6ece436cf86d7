"""Twilio beyond its cases: signatures, what is kept, the list of calls and its bad days, and anything in a body."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import urlencode
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, NotAuthentic, Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.twilio.connector import CONNECTOR, NOTHING_TO_DO, hear
from decroche.connectors.twilio.events import record
from decroche.connectors.twilio.history import fetch
from decroche.connectors.twilio.signature import verify
from decroche.model.call import Direction
from decroche.model.fact import Fact, Heard
from decroche.understand.live import live_call
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.reading import every_record
from tests.platforms.twilio import ACCOUNT, AUTH_TOKEN, Twilio, row

HOOK = "https://appels.garage.example/hooks/twilio/k3y"
SETTINGS = {"account_sid": ACCOUNT, "auth_token": AUTH_TOKEN, "shared_key": "a-shared-key"}
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)
BEGAN = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
NO_ANSWER = {
    "AccountSid": ACCOUNT,
    "CallSid": "CA00000000000000000000000000000001",
    "CallStatus": "no-answer",
    "From": "+33600000001",
    "To": "+33100000002",
    "SequenceNumber": "2",
    "CallbackSource": "call-progress-events",
}


def posted(url: str, fields: dict[str, str], **headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(url=url, headers=named, body=urlencode(fields).encode(), received_at=NOW)


def signed(fields: dict[str, str], url: str = HOOK, **headers: str) -> Delivery:
    signature = RequestValidator(AUTH_TOKEN).compute_signature(url, fields)
    return posted(url, fields, x_twilio_signature=signature, **headers)


@pytest.mark.parametrize(
    ("url", "fields", "token", "signature"),
    [
        (
            "https://api.acme.com/twilio/voice",
            {"CallSid": "CA1", "From": "+5511987654321", "StirVerstat": "TN-Validation-Passed-A"},
            "token",
            "A8xudRcvIv+pFEwk/mgVzWhDutw=",
        ),
        ("https://example.com/hooks/twilio/voice", NO_ANSWER, "12345", "J6iGw18PWF7Ayz5/Z/NIfeqmoMs="),
    ],
)
def test_known_signatures(url: str, fields: dict[str, str], token: str, signature: str) -> None:
    verify(posted(url, fields, x_twilio_signature=signature), {"auth_token": token}, NOW)
    with pytest.raises(NotAuthentic):
        verify(posted(url, fields, x_twilio_signature=signature), {"auth_token": token + "x"}, NOW)


def test_a_shared_key_signs_with_the_algorithm_that_the_header_names() -> None:
    url, headers = "https://example.com/hooks/twilio/voice", "x_twilio_webhooks_signature_settings"
    given_ = {"x_twilio_signature": "Ho/LD4dNBPLLqmAIs0WplJUWGuxxeyH2DuNcBYkyCYQ="}
    delivery = posted(url, NO_ANSWER, **given_, **{headers: "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"})
    verify(delivery, {"auth_token": "another", "shared_key": "12345"}, NOW)
    for settings in ({"auth_token": "12345"}, {"auth_token": "12345", "shared_key": ""}, {"shared_key": "other"}):
        with pytest.raises(NotAuthentic):
            verify(delivery, settings, NOW)


@pytest.mark.parametrize(
    ("signed_at", "called_at"),
    [
        ("https://garage.example:443/hooks/twilio/k?queue=A", "https://garage.example/hooks/twilio/k?queue=A"),
        ("https://garage.example/hooks/twilio/k", "https://garage.example:443/hooks/twilio/k"),
        ("http://garage.example:80/hooks/twilio/k", "http://garage.example/hooks/twilio/k"),
        ("https://garage.example:8443/hooks/twilio/k", "https://garage.example:8443/hooks/twilio/k"),
    ],
)
def test_the_port_may_be_signed_or_not(signed_at: str, called_at: str) -> None:
    signature = RequestValidator(AUTH_TOKEN).compute_signature(signed_at, NO_ANSWER)
    verify(posted(called_at, NO_ANSWER, x_twilio_signature=signature), SETTINGS, NOW)


def test_the_library_s_own_check_agrees_on_repeated_and_empty_fields() -> None:
    body = b"CallSid=CA1&Digits=&Media=b&Media=a&Media=b&Body=caf%C3%A9+noir"
    fields = {"CallSid": "CA1", "Digits": "", "Body": "café noir"}
    text = HOOK + "".join(name + value for name, value in sorted([*fields.items(), ("Media", "aMediab")]))
    signature = RequestValidator(AUTH_TOKEN).compute_signature(text, {})
    verify(Delivery(url=HOOK, headers={"x-twilio-signature": signature}, body=body), SETTINGS, NOW)


def test_no_secret_no_entry() -> None:
    for settings in ({}, {"auth_token": ""}):
        empty = RequestValidator("").compute_signature(HOOK, NO_ANSWER)
        with pytest.raises(NotAuthentic):
            verify(posted(HOOK, NO_ANSWER, x_twilio_signature=empty), settings, NOW)


def test_a_json_body_is_held_to_the_hash_in_the_signed_address() -> None:
    body = json.dumps({"CallSid": "CA1", "decroche": "after_hours"}).encode()
    url = f"{HOOK}?bodySHA256={hashlib.sha256(body).hexdigest()}"
    headers = {"content-type": "application/json"}
    headers["x-twilio-signature"] = RequestValidator(AUTH_TOKEN).compute_signature(url, {})
    verify(Delivery(url=url, headers=headers, body=body), SETTINGS, NOW)
    for other in (body + b" ", b""):
        with pytest.raises(NotAuthentic):
            verify(Delivery(url=url, headers=headers, body=other), SETTINGS, NOW)


def test_what_is_kept_holds_no_secret_and_names_the_delivery() -> None:
    fields = NO_ANSWER | {"CallToken": "%7Bforward-me%7D", "StirPassportToken": "eyJsecret"}
    url = f"{HOOK}?decroche=after_hours&queue=Atelier&password=hidden"
    kept = record(signed(fields, url, i_twilio_idempotency_token="7c0b0d4e"))
    assert kept.key == "7c0b0d4e"
    assert kept.about == {"decroche": "after_hours", "queue": "Atelier", "received": NOW.isoformat()}
    for secret in ("forward-me", "eyJsecret", "hidden"):
        assert secret not in kept.body.decode() + json.dumps(dict(kept.about))


def test_keys_without_the_name_of_the_delivery() -> None:
    first = record(signed(NO_ANSWER))
    assert first.key == f"{NO_ANSWER['CallSid']}/2/no-answer"
    tagged = record(signed(NO_ANSWER, f"{HOOK}?decroche=after_hours"))
    queue = NO_ANSWER | {"QueueSid": "QU1", "QueueTime": "3"}
    del queue["SequenceNumber"]
    waits = [record(signed(queue | {"QueueTime": wait})) for wait in ("3", "33", "3")]
    assert waits[0].key == waits[2].key
    assert len({first.key, tagged.key, waits[0].key, waits[1].key}) == 4


def test_the_answer_is_twiml_that_does_nothing() -> None:
    root = ElementTree.fromstring(NOTHING_TO_DO.body)
    assert (root.tag, len(root), root.text, NOTHING_TO_DO.content_type) == ("Response", 0, None, "text/xml")


def test_what_is_not_about_a_call() -> None:
    with pytest.raises(Malformed):
        record(signed({"AccountSid": ACCOUNT}))
    with pytest.raises(Malformed):
        hear(Record(kind="callback", key="1", body=b'{"CallSid": "CA1", "CallStatus": "ringing"}'), {})
    with pytest.raises(Ignored):
        hear(Record(kind="callback", key="1", body=b'{"CallSid": "CA1"}', about={"received": NOW.isoformat()}), {})


def test_the_list_is_read_page_by_page_and_each_call_once() -> None:
    rows = [row(f"CA{number}", BEGAN + timedelta(minutes=number)) for number in range(25)]
    rows.append(row("CAend", BEGAN + timedelta(hours=1)))
    fake = Twilio(rows, largest_page=10)
    found = every_record(CONNECTOR, Http(fake.client()), SETTINGS, BEGAN, BEGAN + timedelta(hours=1))
    assert {json.loads(each.body)["sid"] for each in found} == {f"CA{number}" for number in range(25)}
    assert len({each.key for each in found}) == len(found) == 25
    assert len(fake.asked) == 3
    assert all(b"subresource_uris" not in each.body for each in found)


def test_a_key_changes_when_the_leg_does() -> None:
    running = row("CA1", BEGAN, status="in-progress", end_time=None)
    keys = []
    for told in (running, running, row("CA1", BEGAN)):
        page = fetch(Http(Twilio([told]).client()), SETTINGS, BEGAN, BEGAN + timedelta(hours=1), None)
        keys.append(page.records[0].key)
    assert keys[0] == keys[1] != keys[2]


def test_a_child_whose_parent_is_on_another_page_or_before_the_period_knows_its_way() -> None:
    rows = [
        row("CAold", BEGAN - timedelta(seconds=5), direction="outbound-api", to="+33199000011"),
        row("CAchild", BEGAN + timedelta(seconds=5), parent_call_sid="CAold", direction="outbound-dial"),
        row("CAlate", BEGAN + timedelta(minutes=2), parent_call_sid="CAhere", direction="outbound-dial"),
        row("CAhere", BEGAN + timedelta(minutes=1)),
        row("CAlost", BEGAN + timedelta(minutes=3), parent_call_sid="CAgone", direction="outbound-dial"),
    ]
    fake = Twilio(rows, largest_page=1)
    found = every_record(CONNECTOR, Http(fake.client()), SETTINGS, BEGAN, BEGAN + timedelta(hours=1))
    ways = {json.loads(each.body)["sid"]: dict(each.about) for each in found}
    assert ways == {
        "CAchild": {"way": "outbound-api"},
        "CAlate": {"way": "inbound"},
        "CAhere": {},
        "CAlost": {},
    }
    child = next(each for each in found if b'"CAchild"' in each.body)
    call = live_call(hear(child, {}).facts)
    assert (call.call.direction, call.other) == (Direction.OUTBOUND, "+33199000002")


@pytest.mark.parametrize("lengths", [("20", "35"), ("35", "20")])
def test_of_two_versions_of_a_row_the_one_changed_last_holds(lengths: tuple[str, str]) -> None:
    """They tell the same end."""
    facts: list[Fact] = []
    for minute, length in enumerate(lengths):
        changed = format_datetime(BEGAN + timedelta(minutes=5 + minute))
        told = row("CA1", BEGAN, status="no-answer", duration=length, date_updated=changed)
        kept = Record(kind="call", key=str(minute), body=json.dumps(told).encode())
        facts += hear(kept, {}).facts
    assert {live_call(some).call.total_s for some in (facts, facts[::-1])} == {float(lengths[1])}


def test_an_api_key_may_stand_for_the_auth_token() -> None:
    fake = Twilio([row("CA1", BEGAN)], user="SK1", password="s")
    settings = SETTINGS | {"api_key": "SK1", "api_secret": "s", "api_host": "api.dublin.ie1.twilio.com"}
    assert len(every_record(CONNECTOR, Http(fake.client()), settings, BEGAN, BEGAN + timedelta(hours=1))) == 1
    assert {request.url.host for request in fake.asked} == {"api.dublin.ie1.twilio.com"}


@pytest.mark.parametrize(
    ("bad_day", "wait"),
    [
        (httpx.Response(429, headers={"Retry-After": "7"}, json={"code": 20429}), timedelta(seconds=7)),
        (httpx.Response(429, json={"code": 20429}), None),
        (httpx.Response(503), None),
        (httpx.Response(204), None),
        (httpx.Response(200, json=[]), None),
        (httpx.Response(200, content=b"<html>"), None),
    ],
)
def test_a_bad_day_passes(bad_day: httpx.Response, wait: timedelta | None) -> None:
    http = Http(Twilio([row("CA1", BEGAN)], bad_days=[bad_day]).client())
    with pytest.raises(Unavailable) as told:
        fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(hours=1), None)
    assert told.value.retry_after == wait
    assert len(fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(hours=1), None).records) == 1


def test_refused_settings_are_named() -> None:
    http = Http(Twilio([]).client())
    for settings in (
        SETTINGS | {"auth_token": "old"},
        SETTINGS | {"auth_token": ""},
        SETTINGS | {"account_sid": "A/C"},
    ):
        with pytest.raises(Misconfigured) as told:
            fetch(http, settings, BEGAN, BEGAN + timedelta(hours=1), None)
        assert told.value.fields
        assert AUTH_TOKEN not in str(told.value)


def test_the_key_goes_to_no_other_address() -> None:
    page = {"calls": [], "next_page_uri": "/2010-04-01/Accounts/ACelse/Calls.json?Page=1"}
    http = Http(Twilio([], bad_days=[httpx.Response(200, json=page)]).client())
    with pytest.raises(Unavailable):
        fetch(http, SETTINGS, BEGAN, BEGAN + timedelta(hours=1), None)


_MEMBERS = (
    "CallSid", "ParentCallSid", "CallStatus", "Direction", "From", "To", "Timestamp", "SequenceNumber", "CallDuration",
    "DialCallStatus", "DialCallSid", "DialCallDuration", "DialBridged", "QueueResult", "QueueSid", "QueueTime",
    "RecordingDuration", "AnsweredBy", "StirVerstat", "ConferenceSid", "StatusCallbackEvent", "sid", "parent_call_sid",
    "status", "direction", "start_time", "end_time", "date_created", "duration", "answered_by", "from", "to",
)  # fmt: skip
_WORDS = st.sampled_from(
    ["CA1", "completed", "busy", "inbound", "outbound-api", "Wed, 04 Mar 2026 13:11:18 +0000", "hangup", "9", "-1",
     "1e308", "nan", "true", "Mon, 99 Foo 2026", "human", "queued", "+266696687"]
)  # fmt: skip
_ABOUT = st.dictionaries(st.sampled_from(["received", "decroche", "queue", "way"]), _WORDS | st.text(max_size=9))
_BODIES = json_bodies() | st.one_of(
    told_objects(_MEMBERS), st.dictionaries(st.sampled_from(_MEMBERS), _WORDS, min_size=4)
).map(lambda told: json.dumps(told).encode())


@given(st.sampled_from(["callback", "call", "?"]), _BODIES, _ABOUT)
def test_anything_is_heard_or_named(kind: str, body: bytes, about: dict[str, str]) -> None:
    about = {"received": NOW.isoformat()} | about
    with suppress(Malformed, Ignored):
        said = hear(Record(kind=kind, key="1", body=body, about=about), {})
        assert isinstance(said, Heard)
        if said.facts:
            live_call(said.facts)


@given(st.binary(max_size=60) | _BODIES, st.sampled_from(["POST", "GET"]), st.text(max_size=20), st.booleans())
def test_anything_is_kept_or_named(body: bytes, method: str, query: str, is_json: bool) -> None:
    headers = {"content-type": "application/json" if is_json else "application/x-www-form-urlencoded"}
    delivery = Delivery(url=f"{HOOK}?{query}", headers=headers, body=body, method=method, received_at=NOW)
    with suppress(Malformed, Ignored):
        kept = record(delivery)
        with suppress(Malformed, Ignored):
            hear(kept, {})


@given(st.binary(max_size=60), st.text(max_size=20), st.text(max_size=40), st.text(max_size=30))
def test_no_invention_is_authentic(body: bytes, query: str, signature: str, announced: str) -> None:
    headers = {"x-twilio-signature": signature}
    for more in ({}, {"x-twilio-webhooks-signature-settings": announced}):
        with pytest.raises(NotAuthentic):
            verify(Delivery(url=f"{HOOK}?{query}", headers=headers | more, body=body), SETTINGS, NOW)
