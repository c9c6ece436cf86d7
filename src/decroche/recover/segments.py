"""Counts the pieces in which carriers carry and charge a text, and tells which characters make it dearer.

A text whose characters all belong to the GSM 7-bit alphabet (3GPP TS 23.038, 6.2.1) has 160 places in one piece, 153 in
each of several; a single other character, such as « ê » or a typographic apostrophe, leaves 70 and 67.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from decroche.connector_kit.alphabet import BASIC, EXTENSION
from decroche.model.money import Money

#: What people write instead of what the alphabet lacks, where no accent has merely to be dropped.
_SPELLINGS = {
    **dict.fromkeys("’‘‚‛′`´ʼ", "'"),
    **dict.fromkeys("“”„«»″‹›", '"'),
    **dict.fromkeys("–—‒―‐‑−·•", "-"),
    **dict.fromkeys("\u00a0\u202f\u2009\u2002\u2003\u2007\u200a\t", " "),
    **dict.fromkeys("\u2028\u2029\v\u0085", "\n"),
    "…": "...",
    "œ": "oe",
    "Œ": "OE",
    "×": "x",
    **dict.fromkeys("÷⁄", "/"),
    "→": "->",
    "≤": "<=",
    "≥": ">=",
    "≈": "~",
    "№": "no",
    "¢": "c",
    "©": "(c)",
    "®": "(R)",
    "ı": "i",
    "ł": "l",
    "Ł": "L",
    "đ": "d",
    "Đ": "D",
}
#: Spaces that French puts inside guillemets have no place inside straight quotes.
_GUILLEMETS = {f"{mark}{space}" if mark == "«" else f"{space}{mark}" for mark in "«»" for space in " \u00a0\u202f"}


class Encoding(StrEnum):
    """How a text travels."""

    GSM_7 = "gsm_7"
    UCS_2 = "ucs_2"


#: Places in a text that goes in one piece, and in each piece of a longer one.
ALONE = {Encoding.GSM_7: 160, Encoding.UCS_2: 70}
JOINED = {Encoding.GSM_7: 153, Encoding.UCS_2: 67}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A character that the GSM alphabet lacks.

    ``position`` counts characters from 0. ``spelling`` is how it may be written instead: empty when it may be left out
    (an emoji), None when there is no way (a letter of another script).
    """

    position: int
    character: str
    spelling: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Segments:
    """How a text travels: ``places`` are what it takes of the alphabet's room, ``room`` what is left in the last piece.

    ``characters`` are those that people see as one letter or sign in an editor: code points.
    """

    encoding: Encoding
    characters: int
    places: int
    segments: int
    room: int
    outside: tuple[Outside, ...]

    def price(self, per_segment: Money) -> Money:
        """What it costs to one recipient."""
        return per_segment * self.segments


def count(text: str) -> Segments:
    """The pieces of ``text``. An empty text has one."""
    outside = tuple(
        Outside(position=position, character=character, spelling=_spelling(character))
        for position, character in enumerate(text)
        if character not in BASIC and character not in EXTENSION
    )
    if outside:
        encoding, widths = Encoding.UCS_2, [2 if ord(character) > 0xFFFF else 1 for character in text]
    else:
        encoding, widths = Encoding.GSM_7, [2 if character in EXTENSION else 1 for character in text]
    segments, room = _pieces(widths, alone=ALONE[encoding], joined=JOINED[encoding])
    return Segments(
        encoding=encoding,
        characters=len(text),
        places=sum(widths),
        segments=segments,
        room=room,
        outside=outside,
    )


def to_gsm7(text: str) -> str | None:
    """``text`` in the GSM alphabet, as people write without accents: « Même l’été… » as "Meme l'été...".

    What the alphabet has stays as it is. Emoji are left out. None when letters of another script cannot be written.
    """
    text = unicodedata.normalize("NFC", text)
    for pair in _GUILLEMETS:
        text = text.replace(pair, '"')
    written = [character if _inside(character) else _spelling(character) for character in text]
    if None in written:
        return None
    return "".join(part for part in written if part)


def _inside(character: str) -> bool:
    return character in BASIC or character in EXTENSION


def _spelling(character: str) -> str | None:
    if character in _SPELLINGS:
        return _SPELLINGS[character]
    parts = [part for part in unicodedata.normalize("NFKD", character) if not unicodedata.combining(part)]
    spelled = "".join(_SPELLINGS.get(part, part) for part in parts)
    if all(map(_inside, spelled)):
        return spelled
    return None if any(unicodedata.category(part)[0] in "LN" for part in parts) else ""


def _pieces(widths: Iterable[int], *, alone: int, joined: int) -> tuple[int, int]:
    """How many pieces, and the room left in the last; a character that does not fit whole begins the next piece."""
    widths = list(widths)
    if sum(widths) <= alone:
        return 1, alone - sum(widths)
    pieces, used = 1, 0
    for width in widths:
        if used + width > joined:
            pieces, used = pieces + 1, 0
        used += width
    return pieces, joined - used
