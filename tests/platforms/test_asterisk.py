"""Asterisk beyond its cases: the manager interface over a real socket, the logs, and anything in a record."""

from __future__ import annotations

import hashlib
import socket
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Record
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured
from decroche.connectors.asterisk.ami import OF_AGENTS, OF_CHANNELS, OF_QUEUES, PING, ManagerConversation, decode
from decroche.connectors.asterisk.connector import CONNECTOR, hear
from decroche.connectors.asterisk.log_lines import record_cdr, record_queue_log
from decroche.model.fact import Fact, Heard, Progress
from decroche.understand.live import live_call
from tests.platforms.asterisk import (
    CHALLENGE,
    NOW,
    SECRET,
    USER,
    Asterisk,
    abandoned_call,
    asterisk,
    block,
    channel,
    settings,
)

BANNER = b"Asterisk Call Manager/9.0.0\r\n"
TYPED = {"ami_user": USER, "ami_secret": SECRET}
ACCEPTED = b"Response: Success\r\nActionID: decroche-login\r\nMessage: Authentication accepted\r\n\r\n"
ALICE = {"MemberName": "Alice", "Interface": "PJSIP/101"}


def listen(exchange: Asterisk, typed: dict[str, str], *, until: int) -> list[Record]:
    """What a follower keeps: ``until`` records, or what came before the connection was closed."""
    talk = ManagerConversation(typed)
    kept: list[Record] = []
    with socket.create_connection((typed["ami_host"], int(typed["ami_port"])), timeout=10) as connection:
        connection.sendall(talk.opened())
        while len(kept) < until and (data := connection.recv(4096)):
            for said in talk.received(data):
                if isinstance(said, bytes):
                    connection.sendall(said)
                else:
                    kept.append(said)
    return kept


def facts(kept: Iterable[Record]) -> list[Fact]:
    return [fact for record in kept for fact in hear(record, {"zone": "Europe/Paris"}).facts]


def spoken(pieces: Iterable[bytes], typed: dict[str, str] | None = None) -> list[bytes | Record | str]:
    """All that a conversation yields; a refusal ends it."""
    talk = ManagerConversation(typed or TYPED)
    yielded: list[bytes | Record | str] = [talk.opened()]
    try:
        for piece in pieces:
            yielded += talk.received(piece)
    except Misconfigured as error:
        yielded.append(str(error))
    return yielded


@pytest.mark.parametrize("login", ["md5", "secret", ""])
@pytest.mark.parametrize("pieces", [(), (1,) * 40, (7, 3, 90)])
def test_a_call_is_heard_over_a_real_socket(login: str, pieces: Sequence[int]) -> None:
    with asterisk(pieces=pieces) as exchange:
        exchange.queue_status = abandoned_call()
        kept = listen(exchange, settings(exchange, ami_login=login), until=4)
    call = live_call(facts(kept))
    assert (call.progress, call.call.wait_s, call.call.queue) == (Progress.ENDED, 37.0, "sales")
    asked = [exchange.actions.get_nowait() for _ in range(exchange.actions.qsize())]
    by_challenge = login != "secret"
    assert [each["Action"] for each in asked] == ["Challenge"] * by_challenge + ["Login", "QueueStatus"]
    assert any(SECRET in each.values() for each in asked) is not by_challenge
    assert asked[by_challenge]["Events"] == "system,call,agent"


def test_events_without_a_time_are_dated_by_a_ping() -> None:
    with asterisk() as exchange:
        exchange.queue_status = abandoned_call(dated=False)
        kept = listen(exchange, settings(exchange), until=4)
    assert {record.about["at"] for record in kept} == {NOW}
    [said] = [fact for record in kept[:1] for fact in hear(record, {}).facts]
    assert said.at.isoformat() == "2026-03-04T13:13:10.250000+00:00"


def test_each_round_of_events_without_a_time_has_a_ping_of_its_own() -> None:
    events = abandoned_call(dated=False)
    yielded = spoken([BANNER, *events[:2], PONG, *events[2:], PONG])[1:]
    assert [type(each) for each in yielded] == [bytes, Record, Record, bytes, Record, Record]
    assert all(b"Action: Ping" in each for each in yielded if isinstance(each, bytes))


@pytest.mark.parametrize("login", ["md5", "secret"])
def test_a_refused_log_in_asks_for_a_person(login: str) -> None:
    with asterisk(secret="another") as exchange, pytest.raises(Misconfigured) as refused:
        listen(exchange, settings(exchange, ami_login=login), until=1)
    assert refused.value.fields == ("ami_user", "ami_secret")


def test_a_refused_challenge_and_another_service_ask_for_a_person() -> None:
    error = b"Response: Error\r\nActionID: decroche-challenge\r\nMessage: Must specify AuthType\r\n\r\n"
    assert spoken([BANNER + error])[1:] == ["Asterisk refuses the log-in by challenge"]
    assert spoken([b"SSH-2.0-OpenSSH_9.6\r\n"])[1:] == ["what answers there is not Asterisk's manager"]


@pytest.mark.parametrize(
    "typed", [{}, {"ami_user": "a"}, {"ami_secret": "b"}, {"ami_user": "a\r\nAction: x", "ami_secret": "b"}]
)
def test_settings_that_cannot_log_in_are_told(typed: dict[str, str]) -> None:
    with pytest.raises(Misconfigured):
        ManagerConversation(typed)


def test_the_answer_to_a_challenge_is_the_documented_digest() -> None:
    said = f"Response: Success\r\nActionID: decroche-challenge\r\nChallenge: {CHALLENGE}\r\n\r\n".encode()
    answer = spoken([BANNER + said])[-1]
    assert isinstance(answer, bytes)
    digest = hashlib.md5(f"{CHALLENGE}{SECRET}".encode(), usedforsecurity=False).hexdigest()
    assert f"Key: {digest}\r\n".encode() in answer
    assert SECRET.encode() not in answer


def test_a_connection_that_breaks_gives_what_came_before() -> None:
    with asterisk() as exchange:
        exchange.queue_status = abandoned_call()[:2]
        kept = listen(exchange, settings(exchange), until=2)
        exchange.hang_up()
        again = listen(exchange, settings(exchange), until=2)
    assert [record.key for record in kept] == [record.key for record in again]
    assert live_call(facts(kept)).progress is Progress.WAITING


def test_dials_of_a_call_that_waits_in_a_queue_are_the_queues_own() -> None:
    phone = {"DestChannel": "PJSIP/101-0000002b", "DestUniqueid": "1772629880.43", "DialString": "101"}
    of_phone = {"Channel": "PJSIP/101-0000002b", "Uniqueid": "1772629880.43", "CallerIDNum": "101"}
    story = [
        block("Newchannel", **channel()),
        block("QueueCallerJoin", **channel(at=2), Queue="sales"),
        block("DialBegin", **channel(at=3), **phone),
        block("AgentCalled", **channel(at=3), Queue="sales", **ALICE),
        block("DialEnd", **channel(at=14), **phone, DialStatus="ANSWER"),
        block("QueueCallerLeave", **channel(at=14), Queue="sales"),
        block("AgentConnect", **channel(at=14), Queue="sales", **ALICE, HoldTime=12, RingTime=11),
        block("BridgeEnter", **channel(at=14) | of_phone),
        block("AgentComplete", **channel(at=44), Queue="sales", **ALICE, HoldTime=12, TalkTime=30, Reason="agent"),
        block("Hangup", **channel(at=44) | of_phone, Cause=16),
        block("Hangup", **channel(at=44.2), Cause=16),
    ]
    kept = [said for said in spoken([BANNER, ACCEPTED, *story]) if isinstance(said, Record)]
    assert [decode(record.body)["event"] for record in kept] == [
        *("Newchannel", "QueueCallerJoin", "AgentCalled", "AgentConnect", "AgentComplete", "Hangup"),
    ]
    call = live_call(facts(kept)).call
    assert (call.agent, call.talk_s, call.wait_s) == ("Alice", 30.0, 12.0)
    after = [*story[:1], *story[2:3]]
    assert len([said for said in spoken([BANNER, *after]) if isinstance(said, Record)]) == 2


def test_a_caller_of_the_queues_status_is_remembered_as_waiting() -> None:
    entry = block(
        "QueueEntry", Queue="sales", Position=1, Channel="PJSIP/trunk-0000002a", Uniqueid="1772629878.42", Wait=9
    )
    rings = block("DialBegin", **channel(), DestChannel="PJSIP/101-0000002b", DestUniqueid="1772629880.43")
    pong = f"Response: Success\r\nPing: Pong\r\nTimestamp: {NOW}\r\n\r\n".encode()
    kept = [said for said in spoken([BANNER, entry, pong, rings]) if isinstance(said, Record)]
    assert [decode(record.body)["event"] for record in kept] == ["QueueEntry"]
    [wait, *_] = facts(kept)
    assert wait.queued_at is not None
    assert wait.queued_at.isoformat() == "2026-03-04T13:13:01.250000+00:00"


def test_names_are_utf_8_or_latin_1() -> None:
    said = "Event: X\r\nCallerIDName: Zoé Élie\r\nKey: a: b\r\nKey: second"
    assert decode(said.encode())["calleridname"] == "Zoé Élie"
    assert decode(said.encode("latin-1"))["calleridname"] == "Zoé Élie"
    assert decode(said.encode())["key"] == "a: b"


def test_a_flood_without_an_end_takes_no_memory() -> None:
    talk = ManagerConversation(TYPED)
    list(talk.received(BANNER))
    for _ in range(50):
        assert list(talk.received(b"x" * 100_000)) == []
    assert len(talk._partial) <= 16 * 1024
    list(talk.received(b"\r\n" + b"Name: value\r\n" * 5000))
    assert len(talk._lines) <= 512
    [kept] = talk.received(b"\r\n" + abandoned_call()[0])
    assert isinstance(kept, Record)


STORY = b"".join([ACCEPTED, *abandoned_call(), *abandoned_call(dated=False), block("FullyBooted")])
PONG = f"Response: Success\r\nPing: Pong\r\nTimestamp: {NOW}\r\n\r\n".encode()


@given(cuts=st.lists(st.integers(0, len(BANNER + STORY + PONG)), max_size=12))
def test_what_is_heard_does_not_depend_on_how_bytes_are_cut(cuts: list[int]) -> None:
    whole = BANNER + STORY + PONG
    edges = [0, *sorted(cuts), len(whole)]
    pieces = [whole[a:b] for a, b in pairwise(edges)]
    assert spoken(pieces) == spoken([whole])
    assert len(spoken([whole])) == 1 + 4 + 1 + 1 + 4


_LINES = st.lists(
    st.sampled_from(
        [*STORY.split(b"\r\n"), b"Response: Error", b"Response: Success", b"Ping: Pong", b"ActionID: decroche-login"]
    )
    | st.binary(max_size=30),
    max_size=30,
)


@given(greeting=st.sampled_from([BANNER, b""]), lines=_LINES, cut=st.integers(0, 400), flood=st.binary(max_size=300))
def test_the_parser_takes_anything_cut_anywhere(greeting: bytes, lines: list[bytes], cut: int, flood: bytes) -> None:
    said = greeting + b"\r\n".join(lines) + flood
    assert spoken([said[:cut], said[cut:]]) == spoken([said[i : i + 1] for i in range(len(said))])


def test_a_line_longer_than_any_is_cut_alike_however_it_comes() -> None:
    long = b"Event: Newchannel\r\nName: " + b"y" * 40_000 + b"\r\nTimestamp: 1772629878.0\r\n\r\n"
    assert spoken([BANNER + long]) == spoken([BANNER, long[:20_000], long[20_000:]])


# --- What records say ---------------------------------------------------------------------------------------------

_NAMES = sorted(OF_QUEUES | OF_AGENTS | OF_CHANNELS)
_FIELDS = (
    *("Timestamp", "Uniqueid", "Linkedid", "Channel", "DestChannel", "CallerIDNum", "Context", "Exten", "Queue"),
    *("MemberName", "Interface", "Status", "Paused", "DialStatus", "DialString", "HoldTime", "TalkTime", "RingTime"),
    *("Wait", "BridgeTechnology", "Cause"),
)
_WORDS = st.sampled_from(
    ["1772629878.42", "PJSIP/101-0000002b", "Local/1@x-00000001;2", "101", "0639980001", "1", "-5", "1e999", "NaN"]
) | st.text(max_size=12)


def _hears(record: Record) -> None:
    try:
        said = hear(record, {"zone": "Europe/Paris"})
    except (Malformed, Ignored):
        return
    assert isinstance(said, Heard)
    if said.facts:
        live_call(said.facts)


@given(event=st.sampled_from(_NAMES), fields=st.dictionaries(st.sampled_from(_FIELDS), _WORDS), at=_WORDS)
def test_any_event_is_heard_malformed_or_ignored(event: str, fields: dict[str, str], at: str) -> None:
    body = "\r\n".join([f"Event: {event}", *(f"{name}: {value}" for name, value in fields.items())])
    _hears(Record(kind="ami", key="", body=body.encode("utf-8", "replace"), about={"at": at}))


_QUEUE_EVENTS = st.sampled_from(
    [
        *("ENTERQUEUE", "CONNECT", "COMPLETEAGENT", "ABANDON", "EXITWITHKEY", "RINGNOANSWER", "DID", "OUTCALL"),
        *("BLINDTRANSFER", "PAUSE", "AGENTDUMP", "SYSCOMPAT", "WITHDRAW", "QUEUESTART"),
    ]
)


@given(parts=st.lists(_WORDS, max_size=9), event=_QUEUE_EVENTS, clock=_WORDS)
def test_any_line_of_a_queue_log_is_heard_malformed_or_ignored(parts: list[str], event: str, clock: str) -> None:
    fields = [clock, *parts[:3], *("x" for _ in range(3 - len(parts))), event, *parts[3:]]
    try:
        kept = record_queue_log("|".join(fields))
    except Ignored:
        return
    _hears(kept)


_CDR = (
    '"","0639980001","700","ext-queues","""x"" <0639980001>","PJSIP/trunk-0000002a","PJSIP/101-0000002b","Queue",'
    '"sales,t","2026-03-04 14:11:18","","2026-03-04 14:12:18",60,0,"NO ANSWER","DOCUMENTATION","1772629878.42",""'
)


@given(
    changes=st.dictionaries(st.integers(0, 17), _WORDS | st.sampled_from(["2026-03-04 14:11:18", "ANSWERED", ""])),
    tail=st.text(max_size=10),
)
def test_any_row_of_call_records_is_heard_malformed_or_ignored(changes: dict[int, str], tail: str) -> None:
    fields = [changes.get(place, field) for place, field in enumerate(_CDR.split(","))]
    try:
        kept = record_cdr(",".join(fields) + tail)
    except Ignored:
        return
    _hears(kept)


@given(kind=st.sampled_from(["ami", "queue_log", "cdr", "other"]), body=st.binary(max_size=200))
def test_anything_is_heard_malformed_or_ignored(kind: str, body: bytes) -> None:
    _hears(Record(kind=kind, key="", body=body))


def test_lines_that_say_nothing_are_not_kept() -> None:
    for line in ("", "   ", "1772629878|NONE|NONE|NONE|QUEUESTART|", "1772629878|NONE|NONE|NONE|CONFIGRELOAD|"):
        with pytest.raises(Ignored):
            record_queue_log(line)
    with pytest.raises(Ignored):
        record_cdr("\r")


def test_the_same_line_has_the_same_key_and_another_has_another() -> None:
    assert record_cdr(_CDR).key == record_cdr(_CDR + "\r").key
    assert record_cdr(_CDR).key != record_cdr(_CDR.replace("60", "61")).key


def test_a_switch_whose_zone_is_unknown_is_told() -> None:
    with pytest.raises(Malformed):
        hear(record_cdr(_CDR), {"zone": "Mars/Olympus"})


def test_the_secret_is_no_open_setting_and_a_quiet_exchange_is_asked() -> None:
    assert "ami_secret" not in CONNECTOR.open_settings({"ami_secret": "x", "ami_user": "y"})
    assert b"Action: Ping" in PING
