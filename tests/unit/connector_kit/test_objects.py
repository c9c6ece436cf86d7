"""JSON of somebody else: what is readable is read, and nothing raises but Malformed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from decroche.connector_kit import objects
from decroche.connector_kit.errors import Malformed
from decroche.connector_kit.numbers import with_plus


@pytest.mark.parametrize(
    "body", [b"", b"nothing", b"[1]", b'"text"', b'{"a":"\xff"}', b'{"a":1e999}', b'{"a":' * 60_000], ids=range(7)
)
def test_what_is_no_object_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        objects.decode(body)


def test_deep_nesting_is_malformed_where_it_cannot_be_walked() -> None:
    deep: object = "end"
    for _ in range(5_000):
        deep = [deep]
    with pytest.raises(Malformed):
        objects.without({"a": deep}, ["token"])


@pytest.mark.parametrize(
    ("value", "found"),
    [(7, "7"), ("  a b ", "a b"), ("", None), (True, None), (None, None), (1.5, None), ([1], None), ("\0x", "x")],
)
def test_text(value: object, found: str | None) -> None:
    assert objects.text({"a": value, "b": None}, "b", "a") == found


@pytest.mark.parametrize(
    ("value", "found"), [(7, 7.0), ("7.5", 7.5), ("seven", None), (True, None), ("nan", None), ("1e999", None)]
)
def test_number(value: object, found: float | None) -> None:
    assert objects.number({"a": value}, "a") == found


@pytest.mark.parametrize(
    ("value", "found"), [(True, True), (0, False), ("TRUE", True), ("no", False), (None, None), ("maybe", None)]
)
def test_flag(value: object, found: bool | None) -> None:
    assert objects.flag({"a": value}, "a") is found


@pytest.mark.parametrize(
    "value",
    [
        1772629878.76,
        "1772629878.76",
        1772629878760,
        "2026-03-04T13:11:18.76Z",
        "2026-03-04T14:11:18.76+01:00",
        "2026-03-04 13:11:18.76",
    ],
)
def test_a_moment_in_every_writing(value: object) -> None:
    assert objects.moment({"a": value}, "a") == datetime(2026, 3, 4, 13, 11, 18, 760_000, tzinfo=UTC)


@pytest.mark.parametrize("value", [0, -5, 1e30, "soon", None, True, {}, "0001-01-01T00:00:00+23:00"])
def test_no_moment(value: object) -> None:
    assert objects.moment({"a": value}, "a") is None


def test_the_next_name_is_read_when_one_is_not_readable() -> None:
    assert objects.moment({"a": "soon", "b": 1772629878}, "a", "b") == datetime(2026, 3, 4, 13, 11, 18, tzinfo=UTC)
    assert objects.inner({"a": {"b": {"c": 1}}}, "a", "b") == {"c": 1}
    assert objects.inner({"a": 3}, "a", "b") == {}
    assert objects.objects({"a": [1, {"b": 2}]}, "a") == [{"b": 2}]
    assert objects.objects({"a": 1}, "a") == []


def test_secrets_and_signed_addresses_are_cut_at_any_depth() -> None:
    told = {
        "token": "t",
        "data": [{"token": "u", "voicemail": "https://store.example/1.mp3?Signature=s", "note": "a?b"}],
    }
    assert objects.without(told, ["token"]) == {"data": [{"voicemail": "https://store.example/1.mp3", "note": "a?b"}]}
    assert objects.encode({"b": 1, "a": "é"}) == '{"b":1,"a":"é"}'.encode()


def test_a_country_code_gets_its_plus() -> None:
    assert [with_plus(text) for text in ("33199000001", "101", "+33199000001", "anonymous", "0199000001", None)] == [
        "+33199000001",
        "101",
        "+33199000001",
        "anonymous",
        "0199000001",
        None,
    ]
