"""A number is found however it is written, and no other one is taken for it."""

from __future__ import annotations

import json
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.ledger.spellings import Spellings

PARIS, MONTREAL, SHORT = 33612345678, 15145550123, 4612345
WAYS = {
    PARIS: (
        "0612345678", "06 12 34 56 78", "06.12.34.56.78", "+33612345678", "+33 6 12 34 56 78", "0033612345678",
        "33612345678", "+33 (0)6 12 34 56 78", "612345678", "06\u00a012\u202f34-56/78", "tel:+33-6-12-34-56-78",
    ),
    MONTREAL: ("5145550123", "15145550123", "+1 (514) 555-0123", "1-514-555-0123", "514.555.0123"),
}  # fmt: skip


@pytest.mark.parametrize(("person", "way"), [(person, way) for person, ways in WAYS.items() for way in ways])
def test_found(person: int, way: str) -> None:
    spelling = Spellings(person)
    for text in (way, f"from <{way}>;x", urlencode({"From": way, "n": "1"}), f"a=%20{quote(way, safe='')}"):
        assert spelling.stands_in(text), text
        assert not spelling.stands_in(spelling.covered(text, by="X"))
    for body in (json.dumps({"from": way}), json.dumps({"from": f"\u200e{way}"}), json.dumps({"from": way}).encode()):
        assert spelling.stands_in(body), body


@pytest.mark.parametrize(
    "text",
    ["0612345679", "06123456789", "20612345678", "9612345678", "612345", "33 6 12", "1612345678", "", "612345678901"],
)
def test_another_number(text: str) -> None:
    assert not Spellings(PARIS).stands_in(text)
    assert Spellings(PARIS).covered(text, by="X") == text


def test_a_short_number_is_looked_for_as_it_is_dialled_from_abroad() -> None:
    spelling = Spellings(SHORT)
    assert spelling.stands_in(f"+{SHORT}")
    assert not spelling.stands_in("12345")


@given(st.text("0123456789 +-().", max_size=40))
def test_what_is_covered_is_gone(text: str) -> None:
    spelling = Spellings(PARIS)
    assert not spelling.stands_in(spelling.covered(text + "0612345678", by="X"))
