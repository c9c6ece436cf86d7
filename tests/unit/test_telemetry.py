"""No log line shows a whole phone number, however it is written."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
import structlog
from hypothesis import example, given
from hypothesis import strategies as st

from decroche.telemetry import configure_logging, masked, where

SEPARATORS = (
    "", " ", ".", "-", "/", " / ", "(0)", ") ", "\u00a0", "\u202f", "\u2011", "\u2013", "_", ":", ", ", "\t", "\n",
    "%20", "%2E", "%2e", "%2D", "%28", "%29", "+", "%C2%A0", "%E2%80%AF", "\\u00a0", "\\u202f", "\\n", "&nbsp;"[:1],
)  # fmt: skip
PLACES = (
    ("", ""), ('{"from":"+', '"}'), ('{"from": "%2B', '"}'), ("https://x.example/?From=%2B", "&To=me"), ("tel:", ""),
    ("sip:", "@x.example"), ("From=", "&CallStatus=ringing"), ("caller ", " is unknown"), ("<", ">"), ("[", "]"),
    ("b'", "'"), ("\\u002b", "x"), ("é", "é"),
)  # fmt: skip


@st.composite
def _written(draw: st.DrawFn) -> tuple[str, str]:
    """The digits of a number, and how it is written."""
    digits = draw(st.text("0123456789", min_size=8, max_size=15))
    written = ""
    for place, digit in enumerate(digits):
        between = draw(st.sampled_from(SEPARATORS)).replace("(0)", "") if place else ""
        written += between + (f"%3{digit}" if draw(st.integers(0, 9)) == 0 else digit)
    return digits, written


def left(text: str) -> str:
    """The digits that can still be read."""
    return "".join(re.findall(r"\d", re.sub(r"\\u[0-9a-f]{4}", "", unquote(text))))


@given(_written(), st.sampled_from(PLACES))
@example(("33612345678", "33612345678"), ('{"from":"%2B', '"}'))
@example(("0612345678", "06%2012%2034%2056%2078"), ("?From=", ""))
@example(("0612345678", "06+12+34+56+78"), ("From=", "&To=x"))
@example(("14185550123", "1 (418) 555-0123"), ("", ""))
@example(("0612345678", "06\\u00a012\\u00a034\\u00a056\\u00a078"), ('"', '"'))
@example(("33612345678", "%33%33612345678"), ("%2B", ""))
def test_of_a_number_the_last_two_digits_stay(number: tuple[str, str], place: tuple[str, str]) -> None:
    digits, written = number
    text = masked(place[0] + written + place[1])
    assert left(text) == digits[-2:]
    assert "…" in text


@pytest.mark.parametrize(
    "text", ["", "ok", "answered 503", "12 of 1000 in 3.5 s", "port 8350", "a1b2c3d4e5f6g7h8", "2026", "on 2026-03-26",
     "since 2026-03-26 09:15:00, until 2026-03-27T09:15:00.123456Z", "[2026-03-26 09:15:00+01:00]",
     "127.0.0.1:8350 refused", "http://192.168.100.20:8350/hooks", "10.0.0.12, 172.16.0.110", "212.27.48.10:5060",
     "peer=127.0.0.1:54321 at 2026-03-26"]
)  # fmt: skip
def test_other_words_stay(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "text",
    ["26.12.34.56", "26.12.34.56:5060", "06.12.34.56.78", "+2026-03-26", "2026-03-2612", "2026-13-26",
     "2026-03-26-12-34", "1.127.0.0.1:8350", "+12.127.48.10:5060", "20260326", "0127.0.0.1:8350"],
)  # fmt: skip
def test_what_may_be_a_number_is_taken_for_one(text: str) -> None:
    assert masked(text) == "…" + left(text)[-2:]


def test_a_number_after_a_day_is_masked_alone() -> None:
    assert masked("2026-03-26 0612345678, 2026-03-26 09:15 06 12 34 56 78") == "2026-03-26 …78"
    assert masked("127.0.0.1:8350 +33 6 12 34 56 78") == "127.0.0.1:8350 …78"


@given(
    st.one_of(
        st.text(max_size=200),
        st.lists(st.sampled_from(["2026-03-26", "127.0.0.1:80", "0612345678", " ", "1", "-", ":", "T", "12"])).map(
            "".join
        ),
    )
)
def test_any_text_is_masked_once_and_for_all(text: str) -> None:
    assert masked(masked(text)) == masked(text)


def test_masking_takes_time_in_proportion_to_the_text() -> None:
    for part in ("%20", "1%2a", "1 2%", "\\u0031", "%3", "1-", "1    ", "1%20%2", "1\\u00a0\\u"):
        assert masked(part * 20_000)


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[list[dict[str, object]]]:
    """What was logged at debug level, filled when ``read`` is called."""
    handlers, level = logging.root.handlers[:], logging.root.level
    configure_logging("debug")
    lines: list[dict[str, object]] = []
    yield lines
    structlog.reset_defaults()
    logging.basicConfig(level=level, handlers=handlers, force=True)


def read(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.mark.usefixtures("logged")
def test_numbers_hide_in_nothing_that_is_logged(capsys: pytest.CaptureFixture[str]) -> None:
    number = "+33612345678"
    structlog.get_logger().info(
        f"call from {number}", text=number, number=33612345678, real=33612345678.0, raw=number.encode(),
        nested={"deep": [{number: (number, 33612345678)}]}, thing=ValueError(number), small=12, none=None, yes=True,
    )  # fmt: skip
    logging.getLogger("library").warning("call %s", number)
    lines = read(capsys)
    assert len(lines) == 2
    assert "612345" not in json.dumps(lines)
    assert (lines[0]["small"], lines[0]["none"], lines[0]["yes"]) == (12, None, True)
    assert str(lines[0]["timestamp"]).startswith("20")
    assert lines[1]["library"] == "library"


@pytest.mark.usefixtures("logged")
def test_an_error_says_where_and_not_what(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("a secret")
    except ValueError as error:
        place = where(error)
        logging.getLogger("library").exception("it failed")
    assert place.startswith("test_telemetry.py:")
    assert "test_an_error_says_where_and_not_what" in place
    (line,) = read(capsys)
    assert (line["error"], line["where"]) == ("ValueError", place)
    assert "a secret" not in json.dumps(line)
