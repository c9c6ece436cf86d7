"""Reading tables by a given mapping: every way in which dates and durations are written, and every fate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from decroche.capture.files.generic import check_columns
from decroche.capture.files.mapping import (
    Condition,
    Duration,
    Ignore,
    Mapping,
    MappingError,
    Moment,
    Text,
    Words,
)
from decroche.capture.files.mapping_toml import parsed, read_mapping
from decroche.connector_kit.files import COLUMNS
from decroche.warehouse.engine import Engine
from tests.unit.capture.test_mapping_guess import engine, read, table_of

__all__ = ["engine"]
EXAMPLES = Path(__file__).parents[3] / "examples"


Started = Callable[[Moment, tuple[str, ...]], dict[str, str | None]]
Talked = Callable[[str, tuple[str, ...]], dict[str, Any]]


@pytest.fixture(scope="module")
def started(engine: Engine) -> Started:
    """What becomes of each text of a start, those of one way of writing read together: the moment or the reason."""

    @cache
    def read_together(moment: Moment, values: tuple[str, ...]) -> dict[str, str | None]:
        text = "s\td\tt\n" + "".join(f"answered\t{value}\n" for value in values)
        rows = read(engine, table_of(text, "\t"), Mapping(start=moment, outcome=Words(column="s")))
        meant = [row["started"].isoformat(" ") if row["started"] else row["fate_reason"] for row in rows]
        return dict(zip(values, meant, strict=True))

    return read_together


@pytest.fixture(scope="module")
def talked(engine: Engine) -> Talked:
    """The row of each text of a duration, those of one unit read together."""

    @cache
    def read_together(unit: str, values: tuple[str, ...]) -> dict[str, Any]:
        mapping = Mapping(
            start=Moment(date="d"), outcome=Words(column="s"), durations={"talk": Duration(column="t", unit=unit)}
        )
        text = "d;s;t\n" + "".join(f"2026-03-04 09:00:00;answered;{value}\n" for value in values)
        return dict(zip(values, read(engine, table_of(text, ";"), mapping), strict=True))

    return read_together


DATES = [
    ("iso", "24h", "2026-03-04T13:11:18.250", "2026-03-04 13:11:18.250000"),
    ("iso", "24h", "2026/3/4 9:05", "2026-03-04 09:05:00"),
    ("iso", "12h", "2026-03-04 1:11 pm", "2026-03-04 13:11:00"),
    ("iso", "24h", "4 March", "start_unreadable"),
    ("iso", "24h", "", "no_start"),
    ("iso", "24h", "infinity", "year_out_of_range"),
    ("iso", "24h", "1989-12-31 23:59:59", "year_out_of_range"),
    ("iso", "24h", "1990-01-01 00:00:00", "1990-01-01 00:00:00"),
    ("iso", "24h", "2027-01-02 23:59:59", "2027-01-02 23:59:59"),
    ("iso", "24h", "2027-01-03 00:00:01", "year_out_of_range"),
    ("iso_offset", "24h", "2026-03-04T13:11:18-05:00", "2026-03-04 18:11:18"),
    ("d/m/y", "24h", "31/12/2026 23:59:59", "2026-12-31 23:59:59"),
    ("d/m/y", "24h", "12/31/2026 23:59:59", "start_unreadable"),
    ("d/m/y", "24h", "4.3.26 9:05", "2026-03-04 09:05:00"),
    ("d/m/y", "24h", "04/03/99 09:05:01", "1999-03-04 09:05:01"),
    ("d/m/y", "24h", "lun. 04-03-2026 à 13:11", "2026-03-04 13:11:00"),
    ("d/m/y", "letters", "04/03/2026 13h11", "2026-03-04 13:11:00"),
    ("m/d/y", "12h", "3/4/2026 12:05:00 a.m.", "2026-03-04 00:05:00"),
    ("m/d/y", "12h", "3/4/26 1:05PM", "2026-03-04 13:05:00"),
    ("m/d/y", "12h", "3/4/2026 13:05:00 PM", "start_unreadable"),
    ("y/m/d", "24h", "26.03.04 13:11", "2026-03-04 13:11:00"),
    ("yyyymmdd", "24h", "20260304", "2026-03-04 00:00:00"),
    ("words", "24h", "mercredi 4 février 2026 13:11:18", "2026-02-04 13:11:18"),
    ("words", "24h", "1er août 2026 à 9:05", "2026-08-01 09:05:00"),
    ("words", "12h", "Mar 4, 2026, 1:11 PM", "2026-03-04 13:11:00"),
    ("words", "letters", "4 juillet 2026 à 13h11", "2026-07-04 13:11:00"),
    ("words", "24h", "4 brumaire 2026", "start_unreadable"),
    ("excel", "24h", "46085,375", "2026-03-04 09:00:00"),
    ("excel", "24h", "1e99", "start_unreadable"),
    ("epoch_s", "24h", "1772629878.5", "2026-03-04 13:11:18.500000"),
    ("epoch_s", "24h", "0", "year_out_of_range"),
    ("epoch_s", "24h", "1e300", "start_unreadable"),
    ("epoch_ms", "24h", "1772629878000", "2026-03-04 13:11:18"),
    ("%Y%m%d%H%M%S", "24h", "20260304131118", "2026-03-04 13:11:18"),
    ("%d.%m.%Y", "24h", "nonsense", "start_unreadable"),
]


@pytest.mark.parametrize(("date_format", "time_format", "written", "meant"), DATES)
def test_one_column_of_dates(started: Started, date_format: str, time_format: str, written: str, meant: str) -> None:
    moment = Moment(date="d", date_format=date_format, time_format=time_format)
    alike = tuple(text for *formats, text, _ in DATES if formats == [date_format, time_format])
    assert started(moment, alike)[written] == meant


DATES_AND_TIMES = [
    ("yymmdd", "24h", "990131", "7:02:47", "1999-01-31 07:02:47"),
    ("yymmdd", "24h", "10203", "0:00:00", "2001-02-03 00:00:00"),
    ("d/m/y", "letters", "04/03/2026", "8h05", "2026-03-04 08:05:00"),
    ("d/m/y", "letters", "04/03/2026", "13 h 11 min 18 s", "2026-03-04 13:11:18"),
    ("iso", "12h", "2026-03-04", "12:30 AM", "2026-03-04 00:30:00"),
    ("iso", "12h", "2026-03-04 00:00:00", "1:30:15 pm", "2026-03-04 13:30:15"),
    ("iso", "digits", "2026-03-04", "90500", "2026-03-04 09:05:00"),
    ("iso", "digits", "2026-03-04", "905", "2026-03-04 09:05:00"),
    ("excel", "excel", "46085", "0.375", "2026-03-04 09:00:00"),
    ("iso", "24h", "2026-03-04", "1899-12-31 09:00:00", "2026-03-04 09:00:00"),
    ("iso", "24h", "2026-03-04", "25:00", "start_unreadable"),
    ("iso", "24h", "2026-03-04", "", "start_unreadable"),
    ("iso", "24h", "", "09:00", "no_start"),
]


@pytest.mark.parametrize(("date_format", "time_format", "date", "time", "meant"), DATES_AND_TIMES)
def test_date_and_time_in_two_columns(
    started: Started, date_format: str, time_format: str, date: str, time: str, meant: str
) -> None:
    moment = Moment(date="d", date_format=date_format, time="t", time_format=time_format)
    alike = tuple(
        f"{day}\t{clock}" for *formats, day, clock, _ in DATES_AND_TIMES if formats == [date_format, time_format]
    )
    assert started(moment, alike)[f"{date}\t{time}"] == meant


DURATIONS = [
    ("s", "134", 134), ("s", "134,5", 134.5), ("s", "x", None), ("s", "nan", None), ("s", "inf", None),
    ("ms", "134000", 134), ("min", "2,25", 135), ("day", "0.25", 21600), ("h:m", "1:02", 3720),
    ("h:m:s", "0:02:14", 134), ("h:m:s", "00:02:14.5", 134.5), ("h:m:s", "30:00:00", 108000),
    ("h:m:s", "2:14", 134),
    ("clock", "134", 134), ("clock", "2:14", 134), ("clock", "0:02:14", 134),
    ("text", "2 min 14", 134), ("text", "2m14s", 134), ("text", "1h02", 3720), ("text", "1 h 2 min 3 s", 3723),
    ("text", "14 s", 14), ("text", "2'14\"", 134), ("text", "2 minutes 14 secondes", 134), ("text", "134", 134),
    ("text", "0:02:14", 134), ("text", "45 sec.", 45), ("text", "1 min 05,5 s", 65.5), ("text", "samedi", None),
]  # fmt: skip


@pytest.mark.parametrize(("unit", "written", "seconds"), DURATIONS)
def test_durations(talked: Talked, unit: str, written: str, seconds: float | None) -> None:
    row = talked(unit, tuple(text for of_unit, text, _ in DURATIONS if of_unit == unit))[written]
    assert row["talk_s"] == (None if seconds is None else pytest.approx(seconds))
    assert row["fate"] is None


def test_a_talk_time_that_decides_must_be_readable(engine: Engine) -> None:
    mapping = Mapping(start=Moment(date="d"), answered_from="talk", durations={"talk": Duration(column="t", unit="s")})
    text = "d;t\n2026-03-04 09:00:00;x\n2026-03-04 09:00:00;\n2026-03-04 09:00:00;-1\n2026-03-04 09:00:00;1\n"
    rows = read(engine, table_of(text, ";"), mapping)
    assert [row["fate_reason"] for row in rows] == ["duration_unreadable", None, "negative_duration", None]
    assert [row["answered"] for row in rows] == [False, False, False, True]


def test_a_message_is_no_conversation(engine: Engine) -> None:
    mapping = Mapping(
        start=Moment(date="d"),
        answered_from="talk",
        durations={"talk": Duration(column="t", unit="s")},
        flags={"voicemail": Condition(column="v", equals=("yes",))},
    )
    rows = read(engine, table_of("d;t;v\n2026-03-04 09:00:00;30;yes\n2026-03-04 09:00:00;30;no\n", ";"), mapping)
    assert [(row["answered"], row["voicemail"]) for row in rows] == [(False, True), (True, False)]


def test_rows_are_left_out_with_their_reason_and_words_fall_back_on_the_vocabulary(engine: Engine) -> None:
    mapping = Mapping(
        start=Moment(date="d"),
        outcome=Words(column="s", words={"answered": ("Yep",), "ignore:phantom": ("GHOST",)}),
        direction=Words(column="way", words={"inbound": ("->",)}),
        ignore=(
            Ignore(when=Condition(column="x", equals=("fax",)), reason="fax"),
            Ignore(when=Condition(column="x", equals=("old",))),
        ),
        constants={"site": "Lyon", "direction": "outbound"},
        empty=("-",),
    )
    text = "D;s;x;way\n" + "".join(
        f"2026-03-04 09:00:00;{rest}\n"
        for rest in (
            "YEP;;->",
            "ghost;;",
            "Yep;fax;",
            "Yep;old;",
            "manqué;-;Entrant",
            "MANQUE;;?",
            "no_answer;;",
            "-;;",
        )
    )
    rows = read(engine, table_of(text, ";"), mapping)
    assert [row["fate_reason"] for row in rows] == [None, "phantom", "fax", "by_mapping", None, None, None, None]
    assert [row["fate"] for row in rows][1:4] == ["ignored"] * 3
    assert [row["answered"] for row in rows][:1] == [True]
    assert [row["reason"] for row in rows][4:] == [None, None, "no_answer", None]
    assert [row["raw_reason"] for row in rows][4:] == ["manqué", "MANQUE", "no_answer", None]
    assert [row["direction"] for row in rows] == ["inbound"] + ["outbound"] * 3 + ["inbound"] + ["outbound"] * 3
    assert {row["site"] for row in rows} == {"Lyon"}


def test_the_bank_example_reads_every_trap(engine: Engine) -> None:
    names = (
        "vru+line call_id customer_id priority type date vru_entry vru_exit vru_time q_start q_exit q_time outcome "
        "ser_start ser_exit ser_time server"
    )
    lines = (
        "XX0101 7 0 0 PS 990201 7:02:47 7:02:56 9 0:00:00 0:00:00 0 AGENT 7:02:55 7:05:41 166 NINA",
        "XX0101 8 0 0 PS 990201 7:31:45 7:31:35 -10 0:00:00 0:00:00 0 AGENT 7:31:54 7:31:59 5 NO_SERVER",
        "XX0201 7 4711 2 NW 990201 8:09:16 8:09:22 6 8:09:22 8:09:27 5 HANG 0:00:00 0:00:00 0 NO_SERVER",
        "XX0201 8 0 0 NW 990201 8:10:16 8:10:22 6 0:00:00 0:00:00 0 HANG 0:00:00 0:00:00 0 NO_SERVER",
        "XX0201 9 0 0 NW 990201 8:11:16 8:11:22 6 0:00:00 0:00:00 0 PHANTOM 0:00:00 0:00:00 0 NO_SERVER",
    )
    table = table_of("\n".join((names, *lines)) + "\n", " ")
    rows = read(engine, table, read_mapping(EXAMPLES / "anonymous-bank.toml"))
    assert [row["answered"] for row in rows] == [True, True, False, False, False]
    assert [row["agent"] for row in rows] == ["NINA", None, None, None, None]
    assert [row["caller"] for row in rows] == [None, None, "4711", None, None]
    assert [row["queued"] for row in rows] == [False, False, True, False, False]
    assert [row["reason"] for row in rows][:4] == [None, None, "abandoned_queue", "abandoned_ivr"]
    assert [row["fate_reason"] for row in rows] == [None, None, None, None, "phantom"]
    assert [row["wait_s"] for row in rows][:3] == [0, 0, 5]
    assert [row["line"] for row in rows][1:3] == ["XX01", "XX02"]
    assert rows[0]["started"] == datetime.fromisoformat("1999-02-01 07:02:47")
    assert len({row["call_key"] for row in rows}) == 5
    assert {row["direction"] for row in rows} == {"inbound"}


def test_where_a_caller_gave_up_is_told_by_the_queue(engine: Engine) -> None:
    text = "d;s;q\n2026-03-04 09:00:00;abandon;SAV\n2026-03-04 09:00:00;abandon;\n"
    mapping = Mapping(start=Moment(date="d"), outcome=Words(column="s"), texts={"queue": Text(column="q")})
    rows = read(engine, table_of(text, ";"), mapping)
    assert [row["reason"] for row in rows] == ["abandoned_queue", "abandoned_ringing"]


def test_a_column_that_the_table_lacks_is_named(engine: Engine) -> None:
    mapping = Mapping(start=Moment(date="Begin"), outcome=Words(column="s"))
    with pytest.raises(MappingError) as raised:
        read(engine, table_of("d;s\n2026-03-04 09:00:00;ok\n", ";"), mapping)
    assert '"Begin"' in str(raised.value)
    assert "d, s" in str(raised.value)
    check_columns(mapping, ["BEGIN", "S"])


def test_rows_come_out_in_the_canonical_shape(engine: Engine) -> None:
    rows: Any = read(engine, table_of("d;s\n;\n", ";"), Mapping(start=Moment(date="d"), outcome=Words(column="s")))
    assert list(rows[0]) == list(COLUMNS)


def test_the_garage_of_the_how_to_is_read_as_it_says(engine: Engine) -> None:
    page = (EXAMPLES.parent / "docs" / "how-to" / "map-a-table.md").read_text(encoding="utf-8")
    table, mapping = (page.split(f"```{language}\n")[1].split("```")[0] for language in ("csv", "toml"))
    rows = read(engine, table_of(table, ";"), parsed(mapping))
    assert [(row["answered"], row["reason"], row["fate_reason"]) for row in rows] == [
        (True, None, None),
        (False, "abandoned_ringing", None),
        (False, None, "fax"),
    ]
    assert str(rows[0]["started"]) == "2026-03-04 09:05:00"
