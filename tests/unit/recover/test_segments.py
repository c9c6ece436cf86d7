"""What a text takes of the carriers' room: the alphabet, the traps of French, and the pieces."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from decroche.connector_kit.alphabet import BASIC, EXTENSION
from decroche.model.money import Money
from decroche.recover.segments import ALONE, JOINED, Encoding, count, to_gsm7

#: 3GPP TS 23.038, 6.2.1: by their places, the characters of the alphabet that ASCII does not have there.
GREEK = ["PHI", "GAMMA", "LAMDA", "OMEGA", "PI", "PSI", "SIGMA", "THETA", "XI"]
NAMED = {
    0x00: ["COMMERCIAL AT", "POUND SIGN", "DOLLAR SIGN", "YEN SIGN"],
    0x04: [f"LATIN SMALL LETTER {letter}" for letter in ("E WITH GRAVE", "E WITH ACUTE", "U WITH GRAVE")],
    0x07: ["LATIN SMALL LETTER I WITH GRAVE", "LATIN SMALL LETTER O WITH GRAVE", "LATIN CAPITAL LETTER C WITH CEDILLA"],
    0x0B: ["LATIN CAPITAL LETTER O WITH STROKE", "LATIN SMALL LETTER O WITH STROKE"],
    0x0E: ["LATIN CAPITAL LETTER A WITH RING ABOVE", "LATIN SMALL LETTER A WITH RING ABOVE"],
    0x10: ["GREEK CAPITAL LETTER DELTA", "LOW LINE", *(f"GREEK CAPITAL LETTER {letter}" for letter in GREEK)],
    0x1C: ["LATIN CAPITAL LETTER AE", "LATIN SMALL LETTER AE", "LATIN SMALL LETTER SHARP S"],
    0x1F: ["LATIN CAPITAL LETTER E WITH ACUTE"],
    0x24: ["CURRENCY SIGN"],
    0x40: ["INVERTED EXCLAMATION MARK"],
    0x5B: [f"LATIN CAPITAL LETTER {letter}" for letter in ("A WITH DIAERESIS", "O WITH DIAERESIS", "N WITH TILDE")],
    0x5E: ["LATIN CAPITAL LETTER U WITH DIAERESIS", "SECTION SIGN", "INVERTED QUESTION MARK"],
    0x7B: [f"LATIN SMALL LETTER {letter}" for letter in ("A WITH DIAERESIS", "O WITH DIAERESIS", "N WITH TILDE")],
    0x7E: ["LATIN SMALL LETTER U WITH DIAERESIS", "LATIN SMALL LETTER A WITH GRAVE"],
}
ESCAPE = 0x1B


def alphabet() -> dict[int, str]:
    """The character at each of the 127 places, the escape left out."""
    table = {place: chr(place) for place in range(0x80) if place != ESCAPE}
    for first, names in NAMED.items():
        table.update({first + step: unicodedata.lookup(name) for step, name in enumerate(names)})
    return table


def test_the_alphabet_is_that_of_the_standard() -> None:
    table = alphabet()
    assert len(set(table.values())) == 127
    assert set(table.values()) == BASIC
    extension = {0x0A: "\f", 0x14: "^", 0x28: "{", 0x29: "}", 0x2F: "\\", 0x3C: "[", 0x3D: "~", 0x3E: "]", 0x40: "|"}
    assert {*extension.values(), unicodedata.lookup("EURO SIGN")} == EXTENSION


def test_the_letters_of_french_inside_and_outside() -> None:
    assert [letter for letter in "àäéèöùüæÇÉ" if count(letter).encoding is not Encoding.GSM_7] == []
    assert [sign for sign in "âçêëîïôûÿœÀÈÊ’«»…—" if count(sign).encoding is not Encoding.UCS_2] == []
    assert [word for word in ("être", "français", "reçu", "bientôt", "l’appel") if not count(word).outside] == []


@pytest.mark.parametrize(
    ("text", "places", "segments", "room"),
    [
        ("", 0, 1, 160),
        ("a" * 160, 160, 1, 0),
        ("a" * 161, 161, 2, 145),
        ("€" * 80, 160, 1, 0),
        ("a" * 159 + "€", 161, 2, 145),
        ("a" * 152 + "€" + "b" * 10, 164, 2, 141),  # the escape and its character begin the second piece together
        ("a" * 306, 306, 2, 0),
        ("a" * 307, 307, 3, 152),
        ("ê" * 70, 70, 1, 0),
        ("ê" * 71, 71, 2, 63),
        ("😀" * 35, 70, 1, 0),
        ("ê" * 66 + "😀" + "ê" * 3, 71, 2, 62),  # the two halves of an emoji stay together
        ("ê" * 134, 134, 2, 0),
    ],
)
def test_pieces(text: str, places: int, segments: int, room: int) -> None:
    counted = count(text)
    assert (counted.places, counted.segments, counted.room) == (places, segments, room)
    assert counted.characters == len(text)


def test_what_forces_the_dear_encoding_is_told_with_its_place_and_spelling() -> None:
    found = count("Même l’été… 😀 п")
    assert [(each.position, each.character, each.spelling) for each in found.outside] == [
        (1, "ê", "e"), (6, "’", "'"), (10, "…", "..."), (12, "😀", ""), (14, "п", None)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Même l’été… à bientôt", "Meme l'été... à bientot"),
        ("« Reçu » et « noté »", '"Recu" et "noté"'),
        ("9\u00a0h\u202f30 – œuvre À côté", "9 h 30 - oeuvre A coté"),
        ("Merci 👍🏽 !", "Merci  !"),
        ("½ journée, Łódź ™ → №\u00a05", "1/2 journée, Lodz TM -> no 5"),
        ("e\u0301te\u0301", "été"),
        ("Garçon, Ça [va] 5 €", "Garcon, Ça [va] 5 €"),
        ("привет", None),
        ("٣", None),
    ],
)
def test_how_people_write_it_in_the_cheap_alphabet(text: str, written: str | None) -> None:
    assert to_gsm7(text) == written


def test_a_price_is_per_piece() -> None:
    assert count("a" * 161).price(Money.of("0.049", "EUR")) == Money.of("0.098", "EUR")


gsm_texts = st.text(st.sampled_from(sorted(BASIC | EXTENSION)), max_size=500)


def longest_first(text: str, encoding: Encoding) -> list[str]:
    """The pieces, cut by taking from the written-out text as much as goes in each."""

    def written(part: str) -> int:
        if encoding is Encoding.UCS_2:
            return len(part.encode("utf-16-be")) // 2
        return len("".join("\x1b" + sign if sign in EXTENSION else sign for sign in part))

    if written(text) <= ALONE[encoding]:
        return [text]
    pieces = []
    while text:
        end = max(size for size in range(1, min(len(text), 160) + 1) if written(text[:size]) <= JOINED[encoding])
        pieces.append(text[:end])
        text = text[end:]
    return pieces


@given(st.one_of(gsm_texts, st.text(st.characters(exclude_categories=["Cs"]), max_size=300)))
@example("😀" * 36)
def test_pieces_are_as_few_as_can_be_and_split_no_character(text: str) -> None:
    counted = count(text)
    assert counted.segments == len(longest_first(text, counted.encoding))
    assert (counted.encoding is Encoding.GSM_7) is (not counted.outside)
    assert all(text[each.position] == each.character for each in counted.outside)


@given(gsm_texts)
def test_a_text_in_the_alphabet_stays_as_it_is(text: str) -> None:
    assert to_gsm7(text) == text


@given(st.text(max_size=200))
def test_a_text_written_in_the_alphabet_is_in_it(text: str) -> None:
    written = to_gsm7(text)
    if written is not None:
        assert count(written).encoding is Encoding.GSM_7
        assert to_gsm7(written) == written


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.text(max_size=20))
def test_more_words_never_take_fewer_pieces(text: str, more: str) -> None:
    assert count(text + more).segments >= count(text).segments
