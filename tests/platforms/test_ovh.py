"""OVH beyond its cases: the signature, the stream in both dialects, the history and its bad days, any body."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connectors.ovh.api import Api, signature
from decroche.connectors.ovh.connector import CONNECTOR, hear
from decroche.connectors.ovh.history import PAGE, fetch
from decroche.connectors.ovh.stream import poll, record
from decroche.model.fact import Heard
from decroche.understand.live import live_call
from tests.platforms.anything import json_bodies, told_objects
from tests.platforms.ovh import NOW, SETTINGS, Ovh, busy, capitalised, consumption, event
from tests.platforms.reading import every_record

BEGAN = datetime(2026, 5, 10, tzinfo=UTC)
TYPED = {"tokens": "known-token"}


def test_the_signature_is_the_documented_one() -> None:
    found = signature(
        secret="app-secret",
        consumer="consumer-key",
        method="GET",
        url="https://eu.api.ovh.com/1.0/telephony",
        body="",
        timestamp=1716200000,
    )
    assert found == "$1$5abe523bc72d04579c4882321d6f724c8cf15c13"


@pytest.mark.parametrize("wrong", [{"consumer_key": "other"}, {"application_secret": "other"}])
def test_refused_keys_ask_for_a_person(wrong: dict[str, str]) -> None:
    ovh = Ovh()
    with pytest.raises(Misconfigured) as refused:
        fetch(ovh.client(), SETTINGS | wrong, BEGAN, NOW, None)
    assert refused.value.fields == ("application_key", "application_secret", "consumer_key")
    assert "other" not in str(refused.value)


def test_a_wrong_account_asks_for_a_person() -> None:
    with pytest.raises(Misconfigured) as refused:
        fetch(Ovh().client(), SETTINGS | {"billing_account": "zz-ovh-9"}, BEGAN, NOW, None)
    assert refused.value.fields == ("billing_account",)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"consumer_key": " "}, "consumer_key"),
        ({"api": "mars"}, "api"),
        ({"billing_account": "a/b"}, "billing_account"),
    ],
)
def test_settings_that_cannot_be_asked_with_are_told(more: dict[str, str], field: str) -> None:
    with pytest.raises(Misconfigured) as refused:
        fetch(Ovh().client(), SETTINGS | more, BEGAN, NOW, None)
    assert field in refused.value.fields


@pytest.mark.parametrize("told", ['"noon"', "-5", "[]", "no json"])
def test_a_clock_that_tells_no_time_is_asked_again_later(told: str) -> None:
    http = Http(httpx.Client(transport=httpx.MockTransport(lambda request: httpx.Response(200, text=told))))
    with pytest.raises(Unavailable):
        Api(http, SETTINGS).now()


# --- The stream ---------------------------------------------------------------------------------------------------


def test_the_second_dialect_is_followed_in_one_session() -> None:
    ovh = Ovh()
    http = ovh.client()
    assert poll(http, TYPED, None) == ((), "second-0")
    assert ovh.sessions == {"second-0": {"known-token"}}
    assert poll(http, TYPED, "second-0") == ((), "second-0")
    ovh.events = [[event("member-queue-start"), event("members-count"), event("member-queue-end", second=1777885985)]]
    records, position = poll(http, TYPED, "second-0")
    assert position == "second-0"
    assert [json.loads(each.body)["event"] for each in records] == ["member-queue-start", "member-queue-end"]
    call = live_call([fact for each in records for fact in hear(each, {}).facts])
    assert (call.over, call.call.wait_s, call.call.line) == (True, 60.0, "+33199000010")


def test_the_first_dialect_is_followed_with_its_session() -> None:
    ovh = Ovh()
    http, settings = ovh.client(), TYPED | {"dialect": "v1"}
    ovh.events = [[capitalised(event("member-queue-start"))], []]
    records, position = poll(http, settings, None)
    assert position == "first-1"
    assert poll(http, settings, position) == ((), "first-1")
    assert poll(http, settings, "forgotten") == ((), "first-1")
    [kept] = records
    assert kept.key == record(event("member-queue-start")).key  # type: ignore[union-attr]


def test_no_token_is_kept() -> None:
    for told in (event("member-queue-start"), capitalised(event("member-queue-start"))):
        kept = record(told)
        assert kept is not None
        assert b"known-token" not in kept.body + kept.key.encode()


def test_a_forgotten_session_is_replaced() -> None:
    ovh = Ovh()
    http = ovh.client()
    assert poll(http, TYPED, "long ago") == ((), "second-0")


def test_a_refused_token_asks_for_a_person_without_saying_it() -> None:
    for dialect in ("v1", "v2"):
        with pytest.raises(Misconfigured) as refused:
            poll(Ovh().client(), {"tokens": "wrong-token", "dialect": dialect}, None)
        assert refused.value.fields == ("tokens",)
        assert "wrong-token" not in str(refused.value)


@pytest.mark.parametrize(
    ("settings", "wanted"),
    [
        ({}, [""]),
        (
            {"queues": "0033199000010", "lines": "+33199000002"},
            ["easyHunting/0033199000010/hunting", "service/0033199000002"],
        ),
        ({"lines": "1 2 3 4 5 6"}, [""]),
        ({"queues": "0033199000010", "lines": "0033199000002", "dialect": "v1"}, [""]),
    ],
)
def test_missing_tokens_are_had_from_the_api(settings: dict[str, str], wanted: list[str]) -> None:
    ovh = Ovh()
    http = ovh.client()
    poll(http, SETTINGS | settings, None)
    assert list(ovh.account_tokens) == wanted
    made = len(ovh.asked)
    poll(http, SETTINGS | settings, None)
    assert not any("eventToken" in each for each in ovh.asked[made:])
    again = Ovh()
    again.account_tokens, again.tokens = ovh.account_tokens, ovh.tokens
    poll(again.client(), SETTINGS | settings, None)
    assert not any(each.startswith("POST") and "eventToken" in each for each in again.asked), "there was one already"


def test_a_token_that_ran_out_is_replaced() -> None:
    ovh = Ovh()
    http = ovh.client()
    _, position = poll(http, SETTINGS, None)
    ovh.tokens.clear()
    ovh.account_tokens.clear()
    ovh.sessions.clear()
    assert poll(http, SETTINGS, position) == ((), "second-0")
    assert ovh.sessions == {"second-0": {"made-0"}}


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"tokens": "a b c d e f"}, "tokens"),
        ({"tokens": "a b", "dialect": "v1"}, "dialect"),
        ({"tokens": "a", "dialect": "v3"}, "dialect"),
        ({}, "application_key"),
    ],
)
def test_what_cannot_be_followed_is_told(settings: dict[str, str], field: str) -> None:
    for position in (None, "second-0"):
        if position is None or field == "dialect":
            with pytest.raises(Misconfigured) as refused:
                poll(Ovh().client(), settings, position)
            assert field in refused.value.fields


@pytest.mark.parametrize("answer", [*busy(429, 500, 503), httpx.Response(200, text="<html>")])
def test_a_stream_that_is_out_of_order_is_asked_again(answer: httpx.Response) -> None:
    ovh = Ovh()
    http = ovh.client()
    poll(http, TYPED, None)
    ovh.instead = [answer]
    with pytest.raises(Unavailable):
        poll(http, TYPED, "second-0")


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"id":5}', b'"x"', b"nothing"])
def test_a_stream_that_opens_no_session_is_asked_again(body: bytes) -> None:
    ovh = Ovh()
    ovh.instead = [httpx.Response(200, content=body)]
    if body == b'{"id":5}':
        ovh.sessions["5"] = set()
        assert poll(ovh.client(), TYPED, None) == ((), "5")
        return
    with pytest.raises(Unavailable):
        poll(ovh.client(), TYPED, None)


def test_a_repetition_has_the_same_key_and_nothing_else_has() -> None:
    told = [
        event("member-queue-start"),
        event("member-queue-end"),
        event("member-queue-start", second=1777885926),
        event("agent-offering", Agent="agent1"),
        event("agent-offering", Agent="agent2"),
        event("agent-status-change", QueueMemberSessionUUID="", QueueAgentStatus="Available"),
        event("agent-status-change", QueueMemberSessionUUID="", QueueAgentStatus="On Break"),
    ]
    keys = [kept.key for each in told if (kept := record(each)) is not None]
    assert len(set(keys)) == len(told)
    later = told[0] | {"data": told[0]["data"] | {"TsGet": 5}}
    assert record(later).key == keys[0]  # type: ignore[union-attr]


# --- The history --------------------------------------------------------------------------------------------------


def a_month(ovh: Ovh, *, lines: int = 3, calls: int = 50) -> set[int]:
    ids: set[int] = set()
    for line in range(lines):
        name = f"003319900000{line}"
        of_line = [
            consumption(1000 * line + number, BEGAN + timedelta(hours=number), line=name) for number in range(calls)
        ]
        ids |= {each["consumptionId"] for each in of_line if datetime.fromisoformat(each["creationDatetime"]) >= BEGAN}
        ovh.services[name] = {"voiceConsumption": of_line}
    return ids


def name(record: Record) -> str:
    """The key of a record without the digest of what it says."""
    return record.key.rpartition("/")[0]


def test_a_record_that_ovh_put_right_is_another_one() -> None:
    ovh = Ovh()
    ovh.services = {"0033199000002": {"voiceConsumption": [consumption(1, NOW - timedelta(hours=2), lasted=10)]}}
    before = every_record(CONNECTOR, ovh.client(), SETTINGS, NOW - timedelta(days=1), NOW)
    ovh.services["0033199000002"]["voiceConsumption"][0]["duration"] = 25
    after = every_record(CONNECTOR, ovh.client(), SETTINGS, NOW - timedelta(days=1), NOW)
    again = every_record(CONNECTOR, ovh.client(), SETTINGS, NOW - timedelta(days=1), NOW)
    assert [each.key for each in again] == [each.key for each in after] != [each.key for each in before]


def test_every_record_of_every_line_is_read_once() -> None:
    ovh = Ovh()
    ids = a_month(ovh)
    outside = consumption(9000, BEGAN - timedelta(seconds=1))
    ovh.services["0033199000000"]["voiceConsumption"].append(outside)
    found = every_record(CONNECTOR, ovh.client(), SETTINGS, BEGAN, BEGAN + timedelta(days=7))
    assert sorted(name(each) for each in found) == sorted(f"consumption/{id}" for id in ids)
    assert {each.about["service"] for each in found} == set(ovh.services)
    assert not any("previous" in each for each in ovh.asked), "last month is not asked for what lies in this one"


def test_last_month_has_a_list_of_its_own() -> None:
    ovh = Ovh()
    april = datetime(2026, 4, 28, tzinfo=UTC)
    line = "0033199000002"
    ovh.services[line] = {
        "previousVoiceConsumption": [consumption(1, april)],
        "voiceConsumption": [consumption(2, april + timedelta(days=5))],
    }
    found = every_record(CONNECTOR, ovh.client(), SETTINGS, april, april + timedelta(days=7))
    assert [name(each) for each in found] == ["consumption/1", "consumption/2"]


def test_only_the_lines_that_were_typed_are_asked_and_never_a_queue() -> None:
    ovh = Ovh()
    a_month(ovh, calls=1)
    typed = every_record(CONNECTOR, ovh.client(), SETTINGS | {"lines": "+33199000001"}, BEGAN, NOW)
    assert {each.about["service"] for each in typed} == {"0033199000001"}
    others = every_record(CONNECTOR, ovh.client(), SETTINGS | {"queues": "0033199000001"}, BEGAN, NOW)
    assert {each.about["service"] for each in others} == {"0033199000000", "0033199000002"}


def test_reading_goes_on_where_a_crash_left_it_and_past_records_that_vanish() -> None:
    ovh = Ovh()
    ids = a_month(ovh, lines=1)
    ovh.vanished = {3}
    first = fetch(ovh.client(), SETTINGS, BEGAN, NOW, None)
    assert len(first.records) == PAGE - 1
    ovh.services["0033199000000"]["voiceConsumption"].append(consumption(99_999, BEGAN))
    seen = {name(each) for each in first.records}
    place = first.next
    while place is not None:
        page = fetch(ovh.client(), SETTINGS, BEGAN, NOW, place)
        assert not seen & {name(each) for each in page.records}
        seen |= {name(each) for each in page.records}
        place = page.next
    assert seen == {f"consumption/{id}" for id in ids - {3} | {99_999}}


def test_a_place_of_another_version_begins_anew() -> None:
    ovh = Ovh()
    a_month(ovh, lines=1, calls=1)
    for place in ("", "{}", "page=2", '{"service":"zzz","months":"voiceConsumption"}'):
        assert len(fetch(ovh.client(), SETTINGS, BEGAN, NOW, place).records) == (0 if "zzz" in place else 1)


def test_many_lines_without_a_call_are_passed_quickly() -> None:
    ovh = Ovh()
    ovh.services = {f"00331990{number:05d}": {} for number in range(25)}
    ovh.services["0033199000024"] = {"voiceConsumption": [consumption(1, BEGAN)]}
    pages = 0
    place: str | None = None
    while pages == 0 or place is not None:
        page = fetch(ovh.client(), SETTINGS, BEGAN, NOW, place)
        place, pages = page.next, pages + 1
    assert [name(each) for each in page.records] == ["consumption/1"]
    assert pages == 3


def test_a_clock_that_runs_on_during_a_page_keeps_the_signatures_fresh() -> None:
    ovh = Ovh()
    a_month(ovh, lines=1, calls=PAGE)
    page = fetch(ovh.client(), SETTINGS, BEGAN, NOW, None)
    assert len(page.records) == PAGE
    assert ovh.now - NOW > timedelta(minutes=5)
    assert ovh.asked.count("GET /1.0/auth/time") == 1


@pytest.mark.parametrize("seconds", [None, "7"])
def test_a_busy_api_says_when_to_come_back(seconds: str | None) -> None:
    ovh = Ovh()
    a_month(ovh, calls=1)
    ovh.instead = list(busy(429, seconds=seconds))
    with pytest.raises(Unavailable) as refused:
        fetch(ovh.client(), SETTINGS, BEGAN, NOW, None)
    assert refused.value.retry_after == (timedelta(seconds=7) if seconds else None)


@pytest.mark.parametrize("body", [b"{}", b"no json", b"5"])
def test_lists_that_are_none_are_asked_for_again(body: bytes) -> None:
    ovh = Ovh()
    a_month(ovh, calls=1)
    for before in ([], [httpx.Response(200, json=["0033199000000"])]):
        ovh.instead = [*before, httpx.Response(200, content=body)]
        with pytest.raises(Unavailable):
            fetch(ovh.client(), SETTINGS, BEGAN, NOW, None)


def test_the_secrets_are_no_open_settings() -> None:
    open_ones = CONNECTOR.open_settings(SETTINGS | TYPED)
    assert set(open_ones) == {"application_key", "billing_account"}


# --- Anything -----------------------------------------------------------------------------------------------------

_NAMES = st.sampled_from(
    [
        *("member-queue-start", "member-queue-end", "agent-offering", "bridge-agent-start", "bridge-agent-fail"),
        *("bridge-agent-end", "agent-status-change", "start_ringing", "end_ringing", "start_calling", "end_calling"),
    ]
)
_DATA = (
    *("Ts", "CallId", "Calling", "Called", "Dialed", "Body", "RelevantInfo", "Agent", "Queue", "QueueCause"),
    *("QueueMemberSessionUUID", "QueueMemberUUID", "QueueMemberJoinedTime", "QueueMemberLeavingTime"),
    *("QueueAgentAnsweredTime", "QueueAgentCalledTime", "QueueMemberDNIS", "QueueAgentStatus", "QueueCancelReason"),
)
_CONSUMPTION = (
    "consumptionId",
    "creationDatetime",
    "duration",
    "wayType",
    "calling",
    "called",
    "dialed",
    "hangupNature",
)


def _hears(kept: Record) -> None:
    try:
        said = hear(kept, {"queues": "0033199000010"})
    except (Malformed, Ignored):
        return
    assert isinstance(said, Heard)
    if said.facts:
        live_call(said.facts)


@given(name=_NAMES, data=told_objects(_DATA), top=told_objects(("timestamp", "ressource", "service", "Event", "Data")))
def test_any_event_is_heard_malformed_or_ignored(name: str, data: dict[str, Any], top: dict[str, Any]) -> None:
    for told in ({"event": name, **top, "data": data}, {"event": name, "timestamp": 1777885925, "data": data}):
        kept = record(told)
        assert kept is not None
        _hears(kept)


@given(told=told_objects(_CONSUMPTION))
def test_any_consumption_is_heard_malformed_or_ignored(told: dict[str, Any]) -> None:
    likely = {"consumptionId": 1, "creationDatetime": "2026-05-04T11:12:05+02:00", "duration": 5, "wayType": "incoming"}
    for each in (told, likely | told, told | likely):
        _hears(Record(kind="consumption", key="", body=json.dumps(each).encode(), about={"service": "0033199000002"}))


@given(kind=st.sampled_from(["event", "consumption", "other"]), body=json_bodies())
def test_anything_is_heard_malformed_or_ignored(kind: str, body: bytes) -> None:
    _hears(Record(kind=kind, key="", body=body))


@given(told=told_objects(("Session", "Events", "events", "Message")))
def test_any_answer_of_the_stream_is_taken(told: dict[str, Any]) -> None:
    for dialect, position in (("v1", None), ("v2", "s")):
        transport = httpx.MockTransport(lambda request: httpx.Response(200, json=told))
        records, _ = poll(Http(httpx.Client(transport=transport)), TYPED | {"dialect": dialect}, position)
        for each in records:
            _hears(each)
