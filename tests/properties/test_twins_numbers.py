"""A whole column of numbers is read as one number at a time is: the same kind, the same person."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decroche.model.call import NumberKind
from decroche.understand.numbers import SEPARATORS, read_number
from decroche.warehouse.engine import Engine
from decroche.warehouse.numbers import decide_shapes, with_person, with_person_id

REGIONS = ("FR", "CA", "BE", "IL", "CH", "LU", "GB", "IT", "CN")
COUNTRIES = sorted(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
WORDS = [
    "",
    "anonymous",
    "Masqué",
    "unknown",
    "RESTRICTED",
    "***",
    "06****78",
    "s",
    "1e5",
    "0x1F",
    "1_000",
    "-5",
    "0612.345678",
    "erased:12345678901234567",
    "+33199!erased:7",
    "erased:",
    "erased:123456789012345678",
    "erased:0",
]
SWITCH_WORDS = ["266696687", "464", "7378742833", "86282452253", "8656696", "+464", "0", "000", "+0"]

digits = st.text("0123456789", min_size=1, max_size=12)
prefixes = st.sampled_from(["", "0", "00", "+", "000", "+0", "011", "1", "+1", "0033", "+33", "+32", "+972", "0041"])
in_full = st.builds(
    lambda lead, code, rest: lead + code + rest, st.sampled_from(["+", "00", ""]), st.sampled_from(COUNTRIES), digits
)
plain_digits = st.one_of(
    st.builds(lambda prefix, rest: prefix + rest, prefixes, digits),
    in_full,
    st.text("0123456789", min_size=6, max_size=22),
    st.sampled_from(SWITCH_WORDS),
)


@st.composite
def spaced(draw: st.DrawFn) -> str:
    """Digits with separators somewhere among them, perhaps with a scheme before and a host after."""
    number = draw(plain_digits)
    for _ in range(draw(st.integers(0, 4))):
        place = draw(st.integers(0, len(number)))
        number = number[:place] + draw(st.sampled_from(SEPARATORS)) + number[place:]
    scheme = draw(st.sampled_from(["", "", "tel:", "sip:", "SIPS:", "Ext.", "ext ", "sip:tel:"]))
    return scheme + number + draw(st.sampled_from(["", "", "@pbx.local", ";phone-context=+33", "@10.0.0.1;user=phone"]))


raw_numbers = st.one_of(
    plain_digits,
    spaced(),
    st.sampled_from(WORDS),
    st.text("0123456789+-. *#e_x@;:\u00e9\u0663", max_size=14),
    st.none(),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("numbers"), threads=1) as opened:
        yield opened


def agree(engine: Engine, numbers: list[str | None], region: str, internal: int = 5) -> None:
    loaded = engine.load(
        "numbers",
        pa.table({"place": pa.array(range(len(numbers)), pa.int64()), "raw": pa.array(numbers, pa.string())}),
    )
    engine.create("read", with_person(loaded, loaded.raw, region=region, internal_digits=internal))
    decide_shapes(engine, "read", region=region, internal_digits=internal)
    found = engine.records(engine.table("read").order_by("place"))
    for number, row in zip(numbers, found, strict=True):
        party = read_number(number, region=region, internal_digits=internal)
        assert (number, row["caller_kind"], row["person"], row["undecided"]) == (number, party.kind, party.e164, None)


@pytest.mark.hard
@settings(max_examples=60)
@given(
    numbers=st.lists(raw_numbers, min_size=1, max_size=40),
    region=st.sampled_from(REGIONS),
    internal=st.sampled_from([3, 5, 6]),
)
@example(numbers=["0612.345678", "1e5", "0x1F", "1_000", "-5", "+464", "Ext 101"], region="FR", internal=5)
@example(
    numbers=["0033 6 12 34 56 78", "\u202a+33 6 12 34 56 78\u202c", "sip:tel:+33612345678@pbx"], region="FR", internal=5
)
@example(numbers=["00241011394417", "00241010000000", "000038187141650", "000038100000000"], region="BE", internal=5)
@example(numbers=["1151500120", "1151500059", "8611526873041790", "8611526000000000"], region="CN", internal=5)
def test_the_columns_read_numbers_as_the_definition_does(
    engine: Engine, numbers: list[str | None], region: str, internal: int
) -> None:
    agree(engine, numbers, region, internal)


@pytest.mark.hard
@settings(max_examples=60)
@given(
    region=st.sampled_from(REGIONS),
    heads=st.lists(st.tuples(plain_digits, st.lists(digits, min_size=2, max_size=4)), min_size=1, max_size=12),
)
def test_numbers_that_begin_alike_and_are_as_long_read_alike(
    engine: Engine, region: str, heads: list[tuple[str, list[str]]]
) -> None:
    """The bet of the shapes: everything that decides a number is among its first characters."""
    numbers: list[str | None] = []
    for begin, tails in heads:
        head = begin[:9]
        size = min(len(tail) for tail in tails)
        numbers += [head + tail[:size] for tail in tails] + [head + "0" * size, head + "9" * size]
    agree(engine, numbers, region)


@given(numbers=st.lists(st.one_of(st.none(), st.text(max_size=8)), max_size=20))
@settings(max_examples=20)
def test_equal_ids_are_one_person_and_no_phone_number(engine: Engine, numbers: list[str | None]) -> None:
    loaded = engine.load("ids", pa.table({"raw": pa.array(numbers, pa.string())}))
    people: dict[str | None, set[int | None]] = {}
    for row in engine.records(with_person_id(loaded, loaded.raw)):
        people.setdefault(row["raw"], set()).add(row["person"])
        assert row["caller_kind"] == (NumberKind.ANONYMOUS if row["raw"] is None else NumberKind.EXTERNAL)
    assert people.pop(None, {None}) == {None}
    found = [person for (person,) in people.values()]
    assert len(set(found)) == len(found) and all(person is not None and person < 0 for person in found)
