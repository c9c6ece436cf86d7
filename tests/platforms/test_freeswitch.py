"""FreeSWITCH beyond its cases: the event socket over a real connection, bytes cut anywhere, and anything in a body."""

from __future__ import annotations

import base64
import itertools
import json
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import ConnectorError, Ignored, Malformed, Misconfigured, NotAuthentic, Unavailable
from decroche.connectors.freeswitch import csv_log, esl_events, pushed
from decroche.connectors.freeswitch.connector import CONNECTOR
from decroche.connectors.freeswitch.esl import EVENTS, EventSocket
from decroche.model.fact import Fact, Heard
from decroche.understand.live import live_call
from tests.platforms.anything import json_bodies
from tests.platforms.freeswitch import (
    NOTICE,
    REJECTION,
    Event,
    EventSocketServer,
    json_frame,
    missed_call,
    plain_frame,
)

UUID = "b7f0c117-8d0a-4a2f-9df2-2d0c9c6b0001"
SETTINGS = {
    "esl_password": "ClueCon",
    "hook_user": "decroche",
    "hook_password": "correct horse",
    "zone": "Europe/Paris",
}
NOW = datetime(2026, 3, 4, 13, 15, tzinfo=UTC)
CALL = missed_call(UUID, start_s=1772629878)
GREETING = b"Content-Type: auth/request\n\n"
ACCEPTED = (
    b"Content-Type: command/reply\nReply-Text: +OK accepted\n\n"
    b"Content-Type: command/reply\nReply-Text: +OK event listener enabled json\n\n"
)


def listen(port: int, *, records: int, settings: dict[str, str] = SETTINGS) -> list[Record]:
    """Follow a connection until so many records came, or the other side closed it."""
    talk = EventSocket(settings)
    found: list[Record] = []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        assert talk.opened() == b""
        while len(found) < records and (data := connection.recv(65_536)):
            for each in talk.received(data):
                if isinstance(each, bytes):
                    connection.sendall(each)
                else:
                    found.append(each)
    return found


def told(stream: bytes, cuts: Iterable[int] = ()) -> tuple[bytes, list[Record]]:
    """What is said back to a stream that comes in pieces, and what was heard."""
    talk = EventSocket(SETTINGS)
    said, found = b"", []
    places = sorted({0, len(stream), *(cut % (len(stream) + 1) for cut in cuts)})
    for begin, end in itertools.pairwise(places):
        for each in talk.received(stream[begin:end]):
            if isinstance(each, bytes):
                said += each
            else:
                found.append(each)
    return said, found


def facts(records: Iterable[Record]) -> list[Fact]:
    assert CONNECTOR.hear is not None
    return [fact for record in records for fact in CONNECTOR.hear(record, {}).facts]


@pytest.mark.parametrize("cut", [None, 1, 7])
def test_a_call_is_heard_over_a_connection(cut: int | None) -> None:
    with EventSocketServer(CALL, cut=cut) as server:
        found = listen(server.port, records=2)
    assert server.asked == ["auth ClueCon", f"event json {' '.join(EVENTS)}"]
    live = live_call(facts(found))
    assert (live.over, live.call.wait_s, live.call.caller, live.call.line) == (True, 20, "33199000101", "33199000199")


def test_a_client_that_comes_back_hears_the_same_records_again() -> None:
    with EventSocketServer(CALL) as server:
        first = listen(server.port, records=2)
        again = listen(server.port, records=2)
    assert first == again


def test_what_is_said_while_we_listen_is_heard() -> None:
    with EventSocketServer() as server:
        heard: list[Record] = []
        listener = threading.Thread(target=lambda: heard.extend(listen(server.port, records=2)))
        listener.start()
        server.say(*CALL)
        listener.join()
    assert len(heard) == 2


def test_a_goodbye_ends_the_connection_and_loses_nothing() -> None:
    said, found = told(GREETING + ACCEPTED + json_frame(CALL[0]) + json_frame(CALL[1]) + NOTICE)
    assert said.startswith(b"auth ClueCon\n\n")
    assert len(found) == 2


@pytest.mark.parametrize("password", ["wrong", ""])
def test_a_wrong_password_is_for_a_person_to_mend(password: str) -> None:
    with EventSocketServer(CALL) as server, pytest.raises(Misconfigured) as refused:
        listen(server.port, records=1, settings={"esl_password": password})
    assert refused.value.fields == ("esl_password",)


def test_an_address_that_is_turned_away_is_for_a_person_to_mend() -> None:
    with EventSocketServer(rejects=True) as server, pytest.raises(Misconfigured) as refused:
        listen(server.port, records=1)
    assert refused.value.fields == ("esl_host",)


@pytest.mark.parametrize("stream", [b"SSH-2.0-OpenSSH_9.9\r\n\n\n", b"HTTP/1.1 400 Bad Request\n\n", b"x" * 70_000])
def test_something_else_at_the_address_is_for_a_person_to_mend(stream: bytes) -> None:
    with pytest.raises(Misconfigured) as refused:
        told(stream)
    assert refused.value.fields == ("esl_host", "esl_port")


def test_events_may_be_refused_to_a_password() -> None:
    with pytest.raises(Misconfigured):
        told(GREETING + b"Content-Type: command/reply\nReply-Text: +OK accepted\n\nContent-Type: command/reply\nReply-Text: -ERR permission denied\n\n")  # fmt: skip  # noqa: E501


@pytest.mark.parametrize("length", ["99999999", "-1", "many", "9" * 30])
def test_a_length_that_cannot_be_is_a_reason_to_begin_anew(length: str) -> None:
    with pytest.raises(Unavailable):
        told(GREETING + f"Content-Length: {length}\nContent-Type: text/event-json\n\n".encode())


def test_a_password_cannot_smuggle_a_command() -> None:
    with pytest.raises(Misconfigured):
        EventSocket({"esl_password": "a\n\nbgapi shutdown"})


def test_events_written_as_text_say_the_same() -> None:
    odd = {"Caller-Caller-ID-Name": "Noël: 50 % & co\nsecond line", "variable_sip_from_user": "+33199000101"}
    written = GREETING + ACCEPTED + b"".join(plain_frame(event | odd) for event in CALL)
    _, found = told(written)
    _, wanted = told(GREETING + ACCEPTED + b"".join(json_frame(event | odd) for event in CALL))
    assert found == wanted


def test_heartbeats_and_passwords_are_not_kept() -> None:
    beat = {"Event-Name": "HEARTBEAT", "Core-UUID": "c", "Event-Sequence": "1"}
    secret = CALL[0] | {
        "variable_sip_auth_password": "hidden",
        "variable_vm-password": "hidden",
        "variable_pin": "hidden",
    }
    _, found = told(GREETING + ACCEPTED + json_frame(beat) + json_frame(secret))
    assert len(found) == 1
    assert b"hidden" not in found[0].body


@given(st.lists(st.integers(min_value=0), max_size=30), st.booleans())
def test_how_the_bytes_are_cut_is_no_matter(cuts: list[int], plain: bool) -> None:
    frame = plain_frame if plain else json_frame
    stream = GREETING + ACCEPTED + b"".join(frame(event | {"Caller-Name": "Zoé, éàü"}) for event in CALL)
    assert told(stream, cuts) == told(stream)


def test_one_byte_at_a_time_is_no_matter() -> None:
    stream = GREETING + ACCEPTED + json_frame(CALL[0]) + plain_frame(CALL[1])
    assert told(stream, range(len(stream))) == told(stream)


@given(st.lists(st.binary(max_size=60) | st.sampled_from([GREETING, ACCEPTED, NOTICE, REJECTION, json_frame(CALL[0])])))
def test_anything_may_come_over_the_connection(parts: list[bytes]) -> None:
    with suppress(Misconfigured, Unavailable):
        told(b"".join(parts))


NAMES = (
    *("uuid", "direction", "call_uuid", "originator", "hangup_cause", "start_epoch", "answer_epoch", "bridge_epoch"),
    *("end_epoch", "start_uepoch", "duration", "billsec", "last_app", "last_arg", "cc_queue", "cc_cancel_reason"),
    *("cc_side", "cc_agent", "cc_queue_joined_epoch", "cc_queue_answered_epoch", "bridge_uuid", "loopback_leg"),
    *("other_loopback_leg_uuid", "voicemail_message_len", "hold_accum_seconds", "call_direction"),
)
WORDS = st.one_of(
    st.sampled_from(
        ["1772629878", "1772629930", "0", "60", "a", "b", "inbound", "outbound", "agent", "B", "voicemail"]
    ),
    st.sampled_from(["NO_ANSWER", "BREAK_OUT", "33199000101", "101", "%20", "9" * 18, "1e9", "-1", "\x00"]),
    st.text(max_size=12),
)
VARIABLES = st.dictionaries(st.sampled_from(NAMES), WORDS, max_size=20)
HEADERS = st.dictionaries(
    st.sampled_from(
        [
            "Unique-ID",
            "Call-Direction",
            "Channel-Call-UUID",
            "Caller-Destination-Number",
            "Answer-State",
            "CC-Action",
            "Other-Type",
            "Other-Leg-Unique-ID",
            "CC-Agent",
            "CC-Member-Session-UUID",
            "CC-Member-Joined-Time",
            "CC-Cause",
            "CC-Cancel-Reason",
            "CC-Agent-Status",
            "Bridge-B-Unique-ID",
            *(f"variable_{name}" for name in NAMES),
        ]
    ),
    WORDS | st.sampled_from(["member-queue-end", "bridge-agent-fail", "agent-status-change", "agent-offering"]),
)
KINDS = st.sampled_from(
    ["CHANNEL_CREATE", "CHANNEL_BRIDGE", "CHANNEL_ANSWER", "CHANNEL_HANGUP_COMPLETE", "CUSTOM", "X"]
)


def hears(record: Record) -> None:
    """The record says something, or one of the two things that a record may say instead."""
    assert CONNECTOR.hear is not None
    with suppress(Ignored, Malformed):
        assert isinstance(CONNECTOR.hear(record, {"zone": "Europe/Paris"}), Heard)


@given(st.sampled_from(["cdr", "event", "csv", "other"]), json_bodies())
def test_any_body_says_something_or_is_malformed(kind: str, body: bytes) -> None:
    hears(Record(kind=kind, key="k", body=body))


@given(
    VARIABLES,
    st.lists(st.dictionaries(st.sampled_from(["profile_index", "times", "extension"]), json_bodies()), max_size=2),
)
def test_any_variables_say_something_or_are_malformed(variables: dict[str, str], flow: list[Any]) -> None:
    steps = [{name: str(value) for name, value in step.items()} for step in flow]
    body = json.dumps({"variables": {"uuid": UUID, "start_epoch": "1772629878"} | variables, "callflow": steps})
    hears(Record(kind="cdr", key="k", body=body.encode()))


@given(KINDS, HEADERS)
def test_any_event_says_something_or_is_malformed(name: str, headers: Event) -> None:
    event = {"Event-Name": name, "Event-Subclass": "callcenter::info", "Event-Date-Timestamp": "1772629878000000"}
    hears(Record(kind="event", key="k", body=json.dumps(event | dict(headers)).encode()))


@given(st.lists(st.text(max_size=20) | st.sampled_from(["2026-03-04 13:11:18", "37", UUID, "NO_ANSWER"]), max_size=16))
def test_any_line_of_the_log_is_kept_or_ignored(fields: list[str]) -> None:
    with suppress(Ignored):
        hears(csv_log.record(",".join(f'"{field}"' for field in fields)))


@given(
    st.binary(max_size=80) | json_bodies(),
    st.sampled_from(["", "application/x-www-form-base64-encoded"]),
    st.text(max_size=9),
)
def test_any_push_is_kept_or_malformed(body: bytes, kind: str, query: str) -> None:
    delivery = Delivery(
        url=f"https://calls.example/hooks/freeswitch/k?uuid={query}", headers={"content-type": kind}, body=body
    )
    with suppress(Malformed, Ignored):
        hears(pushed.record(delivery))


def push(**more: Any) -> Delivery:
    told_variables = {"uuid": UUID, "start_epoch": "1772629878", "end_epoch": "1772629915", "hangup_cause": "NO_ANSWER"}
    body = json.dumps({"variables": told_variables | more, "app_log": {"applications": [{"app_data": "hidden"}]}})
    return Delivery(url="https://calls.example/hooks/freeswitch/k", headers={}, body=body.encode())


def test_a_push_keeps_no_password() -> None:
    kept = pushed.record(push(sip_auth_password="hidden", **{"vm-password": "hidden", "api_token": "hidden"}))
    assert b"hidden" not in kept.body


def test_a_push_again_is_the_same_record() -> None:
    assert pushed.record(push()) == pushed.record(push())
    assert pushed.record(push()).key != pushed.record(push(uuid="another")).key


@pytest.mark.parametrize("header", ["", "Basic", "Basic !", "Bearer x", "Basic " + "A" * 9999, "Basic \udcff"])
def test_a_header_that_is_no_password_is_refused(header: str) -> None:
    events = CONNECTOR.events
    assert events is not None
    with pytest.raises(NotAuthentic):
        events.verify(Delivery(url="https://x", headers={"authorization": header}, body=b""), SETTINGS, NOW)


def test_the_password_that_was_agreed_is_taken() -> None:
    events = CONNECTOR.events
    assert events is not None
    told_password = base64.b64encode(b"decroche:correct horse").decode()
    events.verify(
        Delivery(url="https://x", headers={"authorization": f"basic {told_password}"}, body=b""), SETTINGS, NOW
    )


def test_xml_that_grows_or_nests_without_end_is_malformed() -> None:
    record = b"<cdr><variables><uuid>&c;</uuid></variables></cdr>"
    bomb = b'<!DOCTYPE a [<!ENTITY b "xxxxxxxxxx"><!ENTITY c "&b;&b;&b;&b;&b;">]>' + record
    outside = b'<!DOCTYPE a [<!ENTITY c SYSTEM "file:///etc/hostname">]>' + record
    for body in (bomb, outside, b"<a>" * 40, b"<cdr>" + b"<a/>" * 20_001 + b"</cdr>", b"<cdr>", b"<cdr/>"):
        with pytest.raises(Malformed):
            pushed.record(Delivery(url="https://x", headers={}, body=body))


def test_a_record_without_times_is_malformed() -> None:
    body = json.dumps({"variables": {"uuid": UUID}}).encode()
    with pytest.raises(ConnectorError):
        pushed.heard(body)
    with pytest.raises(Malformed):
        esl_events.heard(b'{"Event-Name": "CHANNEL_CREATE"}')
