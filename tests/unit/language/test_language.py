"""Numbers, money, dates and durations as each kind of reader writes them."""

from __future__ import annotations

from datetime import date

import pytest

from decroche.language import LANGUAGES, Language
from decroche.model.sentence import Sentence

FR, CA, EN = Language("fr"), Language("fr-CA"), Language("en")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (FR.number(12345.6, 1), "12\u202f345,6"),
        (CA.number(12345.6, 1), "12\u00a0345,6"),
        (EN.number(12345.6, 1), "12,345.6"),
        (FR.percent(0.1858), "18,6\u00a0%"),
        (FR.percent(0.1858, 0), "19\u00a0%"),
        (FR.percent(0.83018867, 2), "83,02\u00a0%"),
        (EN.percent(0.1858), "18.6%"),
        (FR.money(4100, "EUR"), "4\u202f100\u00a0€"),
        (FR.money(12.5, "EUR"), "12,50\u00a0€"),
        (CA.money(4100, "CAD"), "4\u00a0100\u00a0$"),
        (FR.money(4100, "CAD"), "4\u202f100\u00a0$CA"),
        (EN.money(4100, "EUR"), "€4,100"),
        (FR.date(date(2026, 9, 1)), "1er\u00a0septembre\u00a02026"),
        (FR.date(date(2026, 9, 11)), "11\u00a0septembre\u00a02026"),
        (EN.date(date(2026, 9, 1)), "September\u00a01,\u00a02026"),
        (FR.clock(9), "9\u00a0h"),
        (FR.clock(9.5), "9\u00a0h\u00a030"),
        (EN.clock(9.5), "9:30"),
        (FR.weekday(1), "lundi"),
        (EN.weekday(7), "Sunday"),
        (FR.duration(48), "48\u202fs"),
        (FR.duration(134), "2\u00a0min\u00a014\u202fs"),
        (FR.duration(3900), "1\u202fh\u00a05\u00a0min"),
        (FR.duration(0), "0\u202fs"),
        (FR.duration(-5), "−5\u202fs"),
        (FR.country("fr"), "France"),
        (FR.country("ZZZ"), "ZZZ"),
        (FR.listing(["a", "b", "c"]), "a, b et c"),
        (EN.listing(["a"]), "a"),
    ],
)
def test_each_language_writes_its_own_way(written: str, expected: str) -> None:
    assert written == expected


def test_french_takes_the_singular_below_two_and_english_only_at_one() -> None:
    words = "appel|appels"
    assert [FR.one_of(number, words) for number in (0, 1, 1.5, 2, 1_000_000)] == [
        "appel",
        "appel",
        "appel",
        "appels",
        "appels",
    ]
    assert [EN.one_of(number, "call|calls") for number in (0, 1, 1.5, 2)] == ["calls", "call", "calls", "calls"]


def test_a_sentence_writes_each_field_as_it_says() -> None:
    written = FR.write(
        "{n:n} {n:=appel|appels}, {r:p}, {r:p0}, {m:money}, {s:duration}, {h:clock}, {x:n1}, {d:date}, {w}",
        n=2000,
        r=0.256,
        m=(900, "EUR"),
        s=20,
        h=14,
        x=1.26,
        d=date(2026, 1, 2),
        w="mot",
    )
    assert written.split(", ") == [
        "2\u202f000 appels",
        "25,6\u00a0%",
        "26\u00a0%",
        "900\u00a0€",
        "20\u202fs",
        "14\u00a0h",
        "1,3",
        "2\u00a0janvier\u00a02026",
        "mot",
    ]


def test_a_value_is_never_read_as_a_sentence() -> None:
    assert FR.write("{name}", name="{secret:n} {0}") == "{secret:n} {0}"


def test_a_field_cannot_reach_inside_a_value() -> None:
    with pytest.raises(KeyError):
        FR.write("{name.__class__}", name="x")
    with pytest.raises(KeyError):
        FR.write("{0}")


def test_an_unknown_way_of_writing_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown way of writing"):
        FR.write("{name:upper}", name="x")


def test_an_unknown_sentence_is_a_bug() -> None:
    assert not FR.has("no.such")
    with pytest.raises(KeyError):
        FR.say("no.such")


def test_an_unknown_language_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="fr, fr-CA, en"):
        Language("de")


def test_the_languages_are_those_of_the_command_line() -> None:
    assert list(LANGUAGES) == ["fr", "fr-CA", "en"]


def test_sentences_of_other_rooms_get_the_same_spaces() -> None:
    sentence = Sentence(key="x", fr="Quoi ?", en="What?", fr_ca="Quoi donc ?")
    assert [language.text(sentence) for language in (FR, CA, EN)] == ["Quoi\u202f?", "Quoi donc?", "What?"]


@pytest.mark.parametrize(
    ("code", "day", "expected"),
    [
        ("fr", date(2026, 3, 3), "mardi 3 mars"),
        ("fr-CA", date(2026, 11, 1), "dimanche 1er novembre"),
        ("en", date(2026, 11, 1), "Sunday, November 1"),
    ],
)
def test_a_day_in_full(code: str, day: date, expected: str) -> None:
    assert Language(code).whole_day(day).replace("\N{NO-BREAK SPACE}", " ") == expected
