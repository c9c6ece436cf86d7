"""RingCentral beyond its cases: the challenge, subscriptions, the call log, its bad days, and anything in a body."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, NotAuthentic, Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.ringcentral.connector import CONNECTOR, hear
from decroche.connectors.ringcentral.events import challenge, record, verify
from decroche.connectors.ringcentral.history import fetch, follow
from decroche.connectors.ringcentral.subscription import cancel, create, renew, verification_token
from decroche.model.fact import Fact, Heard
from decroche.understand.live import live_call
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.reading import every_record
from tests.platforms.ringcentral import CLIENT_SECRET, JWT, SETTINGS, RingCentral, log_record

HOOK = "https://calls.garage.example/hooks/ringcentral/k3y"
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)
BEGAN = datetime(2026, 3, 4, 0, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def session(token: str = "", **more: object) -> Delivery:
    body = {
        "uuid": "1823485288313944239",
        "event": "/restapi/v1.0/account/1/telephony/sessions",
        "body": {
            "sequence": 3,
            "telephonySessionId": "s-1",
            "eventTime": "2026-03-04T13:00:00.000Z",
            "parties": [
                {
                    "id": "p-1-2",
                    "extensionId": "101",
                    "direction": "Inbound",
                    "status": {"code": "Setup"},
                    "sipData": {"toTag": "take-this-call"},
                }
            ],
        },
    }
    return Delivery(url=HOOK, headers={"validation-token": token}, body=json.dumps(body | more).encode())


def test_a_challenge_is_echoed_in_the_header_and_small() -> None:
    answer = challenge(Delivery(url=HOOK, headers={"validation-token": "8f1c"}, body=b""), SETTINGS)
    assert answer is not None
    assert (answer.status, answer.content_type, answer.headers) == (
        200,
        "application/json",
        {"Validation-Token": "8f1c"},
    )
    for headers, body in (({}, b""), ({"validation-token": ""}, b""), ({"validation-token": "x" * 900}, b"")):
        assert challenge(Delivery(url=HOOK, headers=headers, body=body), SETTINGS) is None
    assert challenge(session("8f1c"), SETTINGS) is None, "an event is no challenge, whatever its token"


def test_the_token_is_chosen_or_made_and_never_guessed() -> None:
    made = verification_token(SETTINGS)
    assert len(made) == 40
    assert CLIENT_SECRET not in made
    assert verification_token(SETTINGS | {"verification_token": " chosen "}) == "chosen"
    assert verification_token(SETTINGS | {"client_secret": "another"}) != made
    verify(session(made), SETTINGS, NOW)
    for token, settings in ((made, {}), ("", {}), (made[:-1], SETTINGS), ("é", SETTINGS), (made.upper(), SETTINGS)):
        with pytest.raises(NotAuthentic):
            verify(session(token), settings, NOW)


def test_what_is_kept_cannot_take_a_call() -> None:
    kept = record(session())
    assert kept.key == "1823485288313944239"
    assert b"take-this-call" not in kept.body


def test_a_session_without_uuid_is_named_by_what_it_is() -> None:
    keys = [record(session(uuid=None)).key, record(session(uuid=None)).key]
    later = json.loads(session().body)["body"] | {"sequence": 4}
    assert keys[0] == keys[1] != record(session(uuid=None, body=later)).key


def test_a_subscription_is_tested_by_the_platform_and_is_the_only_one() -> None:
    fake = RingCentral(hook=lambda delivery: challenge(delivery, SETTINGS))
    http = Http(fake.client())
    first = create(http, SETTINGS, HOOK)
    elsewhere = create(http, SETTINGS, HOOK + "2")
    again = create(http, SETTINGS, HOOK)
    assert set(fake.subscriptions) == {elsewhere.id, again.id} and first.id != again.id
    known = fake.subscriptions[again.id]
    assert known["eventFilters"] == ["/restapi/v1.0/account/~/telephony/sessions"]
    assert known["deliveryMode"]["validationToken"] == verification_token(SETTINGS)
    assert again.until == datetime(2026, 3, 11, 13, 0, tzinfo=UTC)


def test_an_address_that_does_not_echo_gets_no_subscription() -> None:
    with pytest.raises(Misconfigured):
        create(Http(RingCentral(hook=lambda delivery: None).client()), SETTINGS, HOOK)


def test_renewal_prolongs_and_makes_another_where_the_platform_gave_up() -> None:
    fake = RingCentral(hook=lambda delivery: challenge(delivery, SETTINGS))
    http = Http(fake.client())
    first = create(http, SETTINGS, HOOK)
    longer = renew(http, SETTINGS, HOOK, first.id)
    assert longer.id == first.id
    assert first.until is not None and longer.until == first.until + HOUR
    moved = renew(http, SETTINGS, HOOK + "-moved", first.id)
    fake.subscriptions[moved.id]["status"] = "Blacklisted"
    second = renew(http, SETTINGS, HOOK + "-moved", moved.id)
    fake.subscriptions.clear()
    third = renew(http, SETTINGS, HOOK + "-moved", second.id)
    assert len({first.id, moved.id, second.id, third.id}) == 4
    assert list(fake.subscriptions) == [third.id]
    cancel(http, SETTINGS, third.id)
    cancel(http, SETTINGS, third.id)
    assert not fake.subscriptions


def test_the_call_log_is_read_page_by_page_with_one_log_in() -> None:
    records = [log_record(str(number), BEGAN + timedelta(minutes=2 * number)) for number in range(25)]
    records += [log_record("end", BEGAN + HOUR), log_record("fax", BEGAN, type="Fax")]
    fake = RingCentral(records, largest_page=10)
    found = every_record(CONNECTOR, Http(fake.client()), SETTINGS, BEGAN, BEGAN + HOUR)
    assert {json.loads(each.body)["id"] for each in found} == {str(number) for number in range(25)}
    assert len({each.key for each in found}) == 25
    assert (fake.logins, len(fake.asked)) == (1, 4)
    assert {request.url.host for request in fake.asked} == {"platform.ringcentral.com"}, "the token stays here"


def test_a_key_changes_when_the_record_does() -> None:
    keys = []
    for told in ({}, {}, {"lastModifiedTime": "2026-03-04T09:00:00.000Z"}):
        http = Http(RingCentral([log_record("1", BEGAN, **told)]).client())
        keys.append(fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None).records[0].key)
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("results", [("Missed", "Voicemail"), ("Voicemail", "Missed")])
@pytest.mark.parametrize("late_first", [True, False])
def test_of_two_versions_of_a_record_the_one_changed_last_holds(results: tuple[str, str], late_first: bool) -> None:
    """They tell the same end."""
    facts: list[Fact] = []
    for minute, result in enumerate(results):
        told = log_record("1", BEGAN, result=result, lastModifiedTime=f"2026-03-04T15:0{minute}:00.000Z")
        kept = Record(kind="call_log", key=str(minute), body=json.dumps(told).encode())
        facts += hear(kept, {}).facts
    call = live_call(reversed(facts) if late_first else facts).call
    assert call.raw_reason == results[1]


def test_an_expired_token_is_replaced_without_a_word() -> None:
    fake = RingCentral([log_record("1", BEGAN)])
    http = Http(fake.client())
    for _ in range(2):
        assert len(fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None).records) == 1
    assert fake.logins == 1
    fake.expire()
    assert len(fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None).records) == 1
    assert fake.logins == 2


@pytest.mark.parametrize(
    ("bad_day", "wait"),
    [
        (httpx.Response(429, headers={"Retry-After": "30"}), 30),
        (httpx.Response(429), 60),
        (httpx.Response(503), 60),
        (httpx.Response(200, content=b"<html>"), 60),
        (httpx.Response(200, json=[]), 60),
    ],
)
@pytest.mark.parametrize("logged_in", [False, True])
def test_a_bad_day_passes_after_a_wait(bad_day: httpx.Response, wait: int, logged_in: bool) -> None:
    fake = RingCentral([log_record("1", BEGAN)])
    http = Http(fake.client())
    if logged_in:
        fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None)
    fake.bad_days.append(bad_day)
    before = len(fake.asked)
    with pytest.raises(Unavailable) as told:
        fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None)
    assert told.value.retry_after == timedelta(seconds=wait)
    assert len(fake.asked) == before + 1, "a question within the penalty begins it anew"
    assert len(fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None).records) == 1


def test_an_empty_answer_is_no_empty_call_log() -> None:
    fake = RingCentral([log_record("1", BEGAN)])
    http = Http(fake.client())
    fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None)
    fake.bad_days.append(httpx.Response(204))
    with pytest.raises(Unavailable):
        fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None)


def test_refused_settings_are_named() -> None:
    http = Http(RingCentral().client())
    wrong = (
        SETTINGS | {"jwt": "revoked"},
        SETTINGS | {"client_secret": "old"},
        SETTINGS | {"jwt": ""},
        SETTINGS | {"server": "http://platform.ringcentral.com"},
    )
    for settings in wrong:
        with pytest.raises(Misconfigured) as told:
            fetch(http, settings, BEGAN, BEGAN + HOUR, None)
        assert told.value.fields
        assert JWT not in str(told.value) and CLIENT_SECRET not in str(told.value)


def test_a_missing_permission_is_named_and_not_asked_for_again_and_again() -> None:
    fake = RingCentral()
    http = Http(fake.client())
    fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None)
    fake.bad_days.append(httpx.Response(403, json={"errorCode": "CMN-401", "message": "needs [ReadCallLog]"}))
    with pytest.raises(Misconfigured) as told:
        fetch(http, SETTINGS, BEGAN, BEGAN + HOUR, None)
    assert told.value.status == 403
    assert fake.logins == 1


def test_the_call_log_is_followed_and_begun_anew_when_the_platform_forgets() -> None:
    fake = RingCentral([log_record("1", BEGAN)])
    http = Http(fake.client())
    first, position = follow(http, SETTINGS, None)
    nothing, position = follow(http, SETTINGS, position)
    fake.records.insert(0, log_record("2", BEGAN + HOUR))
    second, position = follow(http, SETTINGS, position)
    fake.forget_syncs()
    anew, _ = follow(http, SETTINGS, position)
    ids = [[json.loads(each.body)["id"] for each in records] for records in (first, nothing, second, anew)]
    assert ids == [["1"], [], ["2"], ["2", "1"]]


_MEMBERS = (
    "uuid", "event", "timestamp", "body", "telephonySessionId", "sessionId", "eventTime", "sequence", "parties",
    "origin", "type", "id", "extensionId", "direction", "to", "from", "status", "code", "reason", "phoneNumber",
    "missedCall", "queueCall", "peerId", "startTime", "duration", "durationMs", "result", "legs", "legType",
    "extension", "message",
)  # fmt: skip
_WORDS = st.sampled_from(
    ["s-1", "101", "Inbound", "Outbound", "Setup", "Answered", "Disconnected", "Gone", "NoAnswer", "FaxReceive",
     "Accepted", "Missed", "Voice", "RingOut", "2026-03-04T13:11:18.000Z", "9999-12-31T23:59:59Z", "1e308", 7, True]
)  # fmt: skip
_SIDES = st.dictionaries(st.sampled_from(_MEMBERS), _WORDS, max_size=4)
_PARTIES = st.dictionaries(st.sampled_from(_MEMBERS), _WORDS | _SIDES, max_size=8)
_SESSIONS = st.builds(
    lambda body, parties: {"event": "/telephony/sessions", "body": body | {"parties": parties}},
    st.fixed_dictionaries({"telephonySessionId": _WORDS, "eventTime": _WORDS, "sequence": _WORDS, "origin": _SIDES}),
    st.lists(_PARTIES, max_size=3),
)
_RECORDS = st.builds(
    lambda record, legs: record | {"legs": legs},
    st.dictionaries(st.sampled_from(_MEMBERS), _WORDS | _SIDES, min_size=5),
    st.lists(_PARTIES, max_size=3),
)
_BODIES = json_bodies() | st.one_of(told_objects(_MEMBERS), _SESSIONS, _RECORDS).map(
    lambda told: json.dumps(told).encode()
)


@given(st.sampled_from(["session", "call_log", "?"]), _BODIES)
def test_anything_is_heard_or_named(kind: str, body: bytes) -> None:
    with suppress(Malformed, Ignored):
        said = hear(Record(kind=kind, key="1", body=body), {"service_extensions": "900,101"})
        assert isinstance(said, Heard)
        if said.facts:
            live_call(said.facts)


@given(_BODIES, st.text(max_size=12))
def test_anything_is_kept_or_named(body: bytes, token: str) -> None:
    delivery = Delivery(url=HOOK, headers={"validation-token": token}, body=body)
    challenge(delivery, SETTINGS)
    with pytest.raises(NotAuthentic):
        verify(delivery, SETTINGS, NOW)
    with suppress(Malformed, Ignored):
        kept = record(delivery)
        with suppress(Malformed, Ignored):
            hear(kept, {})
