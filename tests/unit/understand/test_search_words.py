"""What a text is found by, and what somebody who types a few signs looks for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.understand.search_words import Asked, Stem, asked_for, cut_to, folded, words_of, words_of_number

FRENCH = 33639980012


def sought(text: str, *, region: str = "FR", numbers: bool = True) -> list[list[str]]:
    return [[stem.beginning + ("" if stem.whole else "*") for stem in group] for group in asked_for(
        text, region=region, numbers=numbers
    )]  # fmt: skip


def found_by(text: str, words: set[str], *, numbers: bool = True) -> bool:
    asked = asked_for(text, region="FR", numbers=numbers)
    return bool(asked) and all(any(fits(word, stem) for word in words for stem in group) for group in asked)


def fits(word: str, stem: Stem) -> bool:
    return word == stem.beginning if stem.whole else word.startswith(stem.beginning)


@pytest.mark.parametrize("one", ["Échéance", "ECHEANCE", "e\u0301che\u0301ance", "échéance"])
def test_accents_and_case_are_nothing(one: str) -> None:
    assert folded(one) == "echeance" and words_of(f"L’{one} !") == {"echeance"}


@pytest.mark.parametrize(
    ("one", "other"), [("cœur", "coeur"), ("Straße", "STRASSE"), ("Łódź", "lodz"), ("ﬁn", "FIN"), ("１２３", "123")]
)
def test_letters_that_look_otherwise_are_the_same(one: str, other: str) -> None:
    assert words_of(one) == words_of(other) != set()


def test_words_are_cut_at_what_is_no_letter() -> None:
    assert words_of("rendez-vous d'aujourd'hui, 14h30 <b>svp</b> 日本語 à\x00 demain_matin") == {
        "rendez", "vous", "aujourd", "hui", "14h30", "svp", "日本語", "demain", "matin",
    }  # fmt: skip
    assert words_of("x" * 100) == {"x" * 40}


def test_a_phone_number_in_a_text_is_no_word() -> None:
    words = words_of("Rappelez le 06 39 98 00 12 ou +33.1.99.00.00.01, facture 20431")
    assert words == {"rappelez", "le", "ou", "facture", "20431", "<2100899360", "<10000099133"}
    for digits in ("06 39 98 00 12", "0639980012", "39980012", "99 00 00 01", "980012"):
        assert not found_by(digits, words, numbers=False), digits
    assert found_by("980012", words) and found_by("facture 204", words, numbers=False)


def test_a_number_is_found_by_its_first_digits_and_its_last() -> None:
    known = words_of_number(FRENCH)
    for digits in ("12", "0012", "98 00 12", "06 39", "+336", "0033639", "33639980012"):
        assert found_by(digits, known), digits
    for digits in ("07", "398", "1", "0013"):
        assert not found_by(digits, known), digits


def test_two_digits_are_all_that_anybody_finds_a_number_by() -> None:
    known = words_of_number(FRENCH)
    assert found_by("12", known, numbers=False)
    for digits in ("012", "0012", "06", "+33639980012", "33639980012", "0639980012", "06 39 98 00 12", "6"):
        assert not found_by(digits, known, numbers=False), digits


def test_what_is_typed() -> None:
    assert sought("Échéance du 3 mai") == [["echeance*"], ["du*"], ["mai*"]]
    assert sought("mai MAI mai") == [["mai*"]]
    assert sought("12") == [["12*", "%12"]]
    assert sought("514 555", region="CA") == [["<555415*", ">1514555*", ">514555*"]]
    assert [sought(nothing) for nothing in ("", "%", "'; --", "é", "...", "+")] == [[]] * 6
    assert len(sought(" ".join(f"mot{n}" for n in range(20)))) == 6


@settings(max_examples=50)
@given(st.text(max_size=40), st.data())
def test_every_text_is_found_by_the_beginning_of_each_of_its_words(text: str, data: st.DataObject) -> None:
    plain = [word for word in words_of(text) if not word.startswith("<")]
    for word in plain:
        part = word[: data.draw(st.integers(2, len(word)))] if len(word) > 1 else word
        assert not part.isdecimal() or found_by(part, {word}) or len(part) < 2
        if not part.isdecimal():
            assert found_by(part, words_of(text)), (word, part)


@settings(max_examples=50)
@given(st.text(max_size=100), st.text(max_size=20), st.integers(1, 60))
def test_what_is_shown_is_a_part_of_the_text(text: str, q: str, length: int) -> None:
    part = cut_to(text, asked_for(q, region="FR", numbers=True), length)
    assert part.strip("…") in " ".join(text.split()) and len(part) <= length + 2


def test_a_long_text_is_shown_from_what_was_looked_for_on() -> None:
    text = "Bonjour, " + "je vous écris au sujet de ma voiture. " * 4 + "L'échéance approche, merci de me rappeler."
    asked: Asked = ((Stem("echea"),),)
    shown = cut_to(text, asked, 70)
    assert shown.startswith("…") and "L'échéance approche" in shown and shown.endswith("…")
    assert cut_to("Bonjour", asked, 70) == "Bonjour"
