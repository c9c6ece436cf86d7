"""Avaya and 3CX beyond their cases: lines over real connections, bytes cut anywhere, and anything in a line."""

from __future__ import annotations

import itertools
import socket
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.connector_kit.connector import Connector, Conversation, Record
from decroche.connector_kit.errors import Ignored, Malformed, Misconfigured
from decroche.connector_kit.instants import clock_time, from_clock, from_epoch, zone_of
from decroche.connector_kit.lines import LONGEST, LineCutter
from decroche.connectors.avaya.connector import CONNECTOR as AVAYA
from decroche.connectors.avaya.smdr_socket import SmdrLines
from decroche.connectors.threecx.cdr_socket import CdrLines
from decroche.connectors.threecx.connector import CONNECTOR as THREECX
from decroche.model.fact import Heard
from tests.platforms.avaya import SmdrServer, encoded, segment, send

SEGMENTS = [segment(1000101, ring=15, more=True), segment(1000101, connected="00:01:30", ring=6), segment(1000102)]
LINE = (
    "Call 1,00000C21DE5C2470_1,00:02:06,2026/03/04 09:12:00,2026/03/04 09:12:06,2026/03/04 09:14:06,TerminatedBySrc,"
    "+33199000101,Ext.101,10021,101,101,,,,,,,,Chain: +33199000101;Ext.101;,OutsideLine,Extension,,,Zoé,,"
)


def cut_up(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in itertools.pairwise(places)]


def heard_from(talk: Conversation, pieces: Iterable[bytes]) -> list[Record]:
    return [each for piece in pieces for each in talk.received(piece) if isinstance(each, Record)]


def read_all(connection: socket.socket) -> list[bytes]:
    pieces: list[bytes] = []
    while data := connection.recv(4096):
        pieces.append(data)
    return pieces


@pytest.mark.parametrize("cut", [None, 1, 5])
def test_lines_are_heard_where_we_connect(cut: int | None) -> None:
    with (
        SmdrServer(SEGMENTS, cut=cut) as server,
        socket.create_connection(("127.0.0.1", server.port), 10) as connection,
    ):
        found = heard_from(SmdrLines({}), read_all(connection))
    assert [record.body.decode() for record in found] == SEGMENTS
    assert found[1].about == {"elapsed_s": "15", "waited_s": "15"}


def test_lines_are_heard_where_we_are_called() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        send(ours.getsockname()[1], SEGMENTS, cut=11)
        connection, _ = ours.accept()
        with connection:
            found = heard_from(SmdrLines({}), read_all(connection))
    assert [record.body.decode() for record in found] == SEGMENTS


def test_lines_that_come_again_are_the_same_records() -> None:
    once = heard_from(SmdrLines({}), [encoded(SEGMENTS)])
    twice = heard_from(SmdrLines({}), [encoded(SEGMENTS), encoded(SEGMENTS)])
    assert twice == once + once
    after_a_break = heard_from(SmdrLines({}), [encoded(SEGMENTS[1:])])
    assert [record.key for record in after_a_break] == [record.key for record in once[1:]]


def test_only_so_many_calls_are_remembered() -> None:
    talk = SmdrLines({})
    many = [segment(2_000_000 + number, ring=10, more=True) for number in range(1_200)]
    heard_from(talk, [encoded(many)])
    [old] = heard_from(talk, [encoded([segment(2_000_000, connected="00:00:10", ring=1)])])
    [new] = heard_from(talk, [encoded([segment(2_001_199, connected="00:00:10", ring=1)])])
    assert (old.about["elapsed_s"], new.about["elapsed_s"]) == ("0", "10")


@given(st.lists(st.integers(min_value=0), max_size=20))
def test_how_the_bytes_are_cut_is_no_matter(cuts: list[int]) -> None:
    smdr = encoded([*SEGMENTS, "not a line", *SEGMENTS])
    assert heard_from(SmdrLines({}), cut_up(smdr, cuts)) == heard_from(SmdrLines({}), [smdr])
    cdr = encoded([LINE, "GET / HTTP/1.1", LINE.replace("Call 1,", "Call 2,")])
    found = heard_from(CdrLines({}), cut_up(cdr, cuts))
    assert found == heard_from(CdrLines({}), [cdr])
    assert len(found) == 2


@given(
    st.lists(st.binary(max_size=50) | st.sampled_from([b"\r\n", b"\n", encoded(SEGMENTS), encoded([LINE])]), max_size=8)
)
def test_anything_may_come_over_a_connection(pieces: list[bytes]) -> None:
    for connector, talk in ((AVAYA, SmdrLines({})), (THREECX, CdrLines({}))):
        for record in heard_from(talk, pieces):
            hears(connector, record)


FIELD = st.text(max_size=12) | st.sampled_from(
    [
        "",
        "2026/03/04 09:12:00",
        "00:00:10",
        "24",
        "I",
        "O",
        "1",
        "0",
        "E201",
        "V9501",
        "U fb",
        "queue",
        "Ext.1",
        "Call 7",
    ]
)


@given(st.data(), st.sampled_from(["smdr", "cdr"]))
def test_any_field_may_hold_anything(data: st.DataObject, kind: str) -> None:
    connector, line = (AVAYA, SEGMENTS[0]) if kind == "smdr" else (THREECX, LINE)
    fields = line.split(",")
    for place in data.draw(st.lists(st.integers(0, len(fields) - 1), max_size=6)):
        fields[place] = data.draw(FIELD)
    about = data.draw(st.dictionaries(st.sampled_from(["elapsed_s", "waited_s"]), FIELD, max_size=2))
    hears(connector, Record(kind=kind, key="k", body=",".join(fields).encode(), about=about))


@given(st.sampled_from(["smdr", "cdr", "other"]), st.binary(max_size=80))
def test_any_body_says_something_or_is_malformed(kind: str, body: bytes) -> None:
    for connector in (AVAYA, THREECX):
        hears(connector, Record(kind=kind, key="k", body=body))


def hears(connector: Connector, record: Record) -> None:
    assert connector.hear is not None
    with suppress(Ignored, Malformed):
        assert isinstance(connector.hear(record, {"zone": "Europe/Paris", "cdr_zone": "UTC"}), Heard)


def test_strangers_leave_nothing() -> None:
    assert (
        heard_from(CdrLines({}), [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x03\x00\x00*%\r\nCall 99,,,no time\r\n"])
        == []
    )
    assert heard_from(SmdrLines({}), [b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"\x03\x00\x00*%\r\n"]) == []


def test_an_order_that_lacks_what_is_needed_is_for_a_person_to_mend() -> None:
    with pytest.raises(Misconfigured) as refused:
        CdrLines({"cdr_fields": "historyid, duration"})
    assert refused.value.fields == ("cdr_fields",)


def test_a_line_too_long_is_dropped_and_the_next_is_read() -> None:
    cutter = LineCutter()
    assert cutter.feed(b"a" * LONGEST) == []
    assert cutter.feed(b"a" * 10) == []
    assert cutter.feed(b"bcd\r\nnext\r\n\r\nlast") == ["next"]
    assert cutter.feed(b"\n") == ["last"]


def test_a_name_in_an_older_code_page_is_read() -> None:
    [record] = heard_from(CdrLines({}), [LINE.encode("cp1252") + b"\r\n"])
    assert "Zoé" in record.body.decode()


def test_an_unknown_zone_is_malformed() -> None:
    [record] = heard_from(SmdrLines({}), [encoded(SEGMENTS[:1])])
    assert AVAYA.hear is not None
    for zone in ("Mars/Olympus", "../../etc/passwd", "x" * 300):
        with pytest.raises(Malformed):
            AVAYA.hear(record, {"zone": zone})


def test_times_out_of_this_century_are_none() -> None:
    assert from_epoch("1772629878") == datetime(2026, 3, 4, 13, 11, 18, tzinfo=UTC)
    assert from_epoch("1772629878500000", per_second=1_000_000) == datetime(2026, 3, 4, 13, 11, 18, 500_000, tzinfo=UTC)
    assert [from_epoch(text) for text in (None, "", "0", "60", "9" * 17, "-1", "1e9", "x")] == [None] * 8
    assert clock_time("2026/03/04 13:11:18") == clock_time(" 2026-03-04T13:11:18.000 ")
    assert [clock_time(text) for text in (None, "", "2026-02-30 00:00:00", "1970-01-01 00:00:00", "13:11")] == [
        None
    ] * 5


def test_the_hour_that_comes_twice_is_told_by_what_went_by() -> None:
    zone = zone_of("Europe/Paris")
    start, first = datetime(2026, 10, 25, 2, 50), datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # noqa: DTZ001
    second = datetime(2026, 10, 25, 1, 50, tzinfo=UTC)
    assert from_clock(start, zone) == first
    assert from_clock(start, zone, end=datetime(2026, 10, 25, 2, 10), lasted=1200) == first  # noqa: DTZ001
    assert from_clock(start, zone, end=datetime(2026, 10, 25, 3, 5), lasted=900) == second  # noqa: DTZ001
    assert from_clock(start, zone, end=datetime(2026, 10, 25, 3, 5), lasted=4500) == first  # noqa: DTZ001
