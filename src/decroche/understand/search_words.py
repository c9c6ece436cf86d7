"""What a search finds a text, a note or a person by: words without accents and case, and the digits of a number."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import phonenumbers

#: Longer words are known by their beginning; of a text so many words are known, and of a search so many are looked for.
_LONGEST_WORD, _MOST_WORDS, _MOST_ASKED = 40, 400, 6
#: So much of a text stands before what was found in it, in characters.
_BEFORE = 40
_BETWEEN = r"[ .\-()/_\t\u00a0\u2009\u202f]"
#: Eight digits and more, in any spelling: whose number it is, nobody finds who may not see numbers.
_NUMBER = re.compile(rf"\+?\d(?:{_BETWEEN}{{0,3}}\d){{7,}}")
_DIGITS_ASKED = re.compile(rf"(?:{_BETWEEN}|[+\d])+")
_WORD = re.compile(r"[^\W_]+")
#: Letters that have no accent to take off.
_LETTERS = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
#: What words that are numbers begin with, which no word of a text does: the whole number from its first digit on, from
#: its last one back, and the two digits that everybody may see.
_FORWARD, _BACKWARD, _SHOWN = ">", "<", "%"


@dataclass(frozen=True, slots=True)
class Stem:
    """The beginning of words that are looked for; ``whole``: that word and no longer one."""

    beginning: str
    whole: bool = False


#: What is looked for: of each group one stem has to be found.
Asked = tuple[tuple[Stem, ...], ...]


def folded(text: str) -> str:
    """``text`` without case, accents and joined letters: Échéance is ECHEANCE, and œuf is oeuf."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(sign for sign in plain if not unicodedata.combining(sign))


def words_of(text: str) -> set[str]:
    """The words that a text is found by, each once. A phone number in it is known by its digits from the last one back.

    Single letters and what comes after 400 words are left out.
    """
    found: dict[str, None] = {}
    for number in _NUMBER.findall(text):
        found[_BACKWARD + _digits(number)[::-1]] = None
    for word in _words(_NUMBER.sub(" ", text)):
        found[word] = None
        if len(found) >= _MOST_WORDS:
            break
    return set(found)


def words_of_number(person: int) -> set[str]:
    """The words that somebody's number (E.164 digits) is found by."""
    digits = str(person)
    return {_FORWARD + digits, _BACKWARD + digits[::-1], _SHOWN + digits[-2:]}


def asked_for(text: str, *, region: str, numbers: bool) -> Asked:
    """What somebody who types ``text`` looks for; nothing when there is nothing to look for.

    Words are the beginnings of words, all of which have to be found. Digits are the first or the last of a number, or
    a word of a text. ``numbers``: they may see numbers; else two digits are the most that they find one by.
    """
    if _DIGITS_ASKED.fullmatch(text) and (digits := _digits(text)):
        stems = [Stem(digits)] if digits == text.strip() and len(digits) > 1 else []
        if len(digits) == len(_SHOWN) + 1:
            stems.append(Stem(_SHOWN + digits, whole=True))
        elif numbers and len(digits) > 1:
            stems.append(Stem(_BACKWARD + digits[::-1]))
            stems += [Stem(_FORWARD + each) for each in sorted(_from_abroad(text, digits, region))]
        return (tuple(stems),) if stems else ()
    return tuple((Stem(word),) for word in list(dict.fromkeys(_words(text)))[:_MOST_ASKED])


def is_number(text: str) -> bool:
    """Whether somebody who types this looks for a number."""
    return _DIGITS_ASKED.fullmatch(text) is not None


def cut_to(text: str, asked: Asked, length: int) -> str:
    """``text`` on one line from a little before the first word that was asked for, in ``length`` characters or so."""
    line = " ".join(text.split())
    begins = tuple(stem.beginning for group in asked for stem in group)
    places = (each.start() for each in _WORD.finditer(line) if folded(each.group()).startswith(begins))
    start = next(places, 0) if begins else 0
    start = 0 if start <= _BEFORE else line.find(" ", start - _BEFORE) + 1
    end = start + length
    return ("…" if start else "") + line[start:end] + ("…" if end < len(line) else "")


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(folded(text)):
        if len(found.group()) > 1:
            yield found.group()[:_LONGEST_WORD]


def _digits(text: str) -> str:
    return "".join(str(int(sign)) for sign in text if sign.isdecimal())


def _from_abroad(text: str, digits: str, region: str) -> set[str]:
    """The digits as they may be dialled from abroad, for somebody who types the beginning of a number."""
    if text.strip().startswith("+"):
        return {digits}
    code = str(phonenumbers.country_code_for_region(region) or "")
    prefix = phonenumbers.phonenumberutil.ndd_prefix_for_region(region, True) or ""
    return {digits.removeprefix("00"), code + (digits.removeprefix(prefix) if prefix else digits)}
