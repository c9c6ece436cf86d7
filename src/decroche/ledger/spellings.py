"""Finds a number in whatever a platform wrote, in any of the spellings that people and machines give it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

#: What may stand between two digits of a number: separators, as they are, as URLs write them and as JSON does.
_BETWEEN = (
    rb"(?:[ .\-()/_\t+]|%20|%2[bBdDeEfF89]|%5[fF]|%[cC]2%[aA]0|%[eE]2%80%[89aA][0-9a-fA-F]"
    rb"|\\/|\\t|\\u00[aA]0|\\u20[0-9a-fA-F]{2}"
    rb"|\xc2\xa0|\xe2\x80[\x80-\xaf]){0,3}"
)
#: Shorter numbers are also dates, amounts and ids: they are looked for as they are dialled from abroad.
_ENOUGH = 8
#: So much before the digits tells whether they begin there.
_BEFORE = 32


class Spellings:
    """One number (E.164 digits), however it is written: national, with 0, +33 or 0033, spaced or encoded.

    What is found are the digits of the national number; as a part of a longer run of digits they are another number.
    """

    def __init__(self, person: int) -> None:
        national = _national(person)
        code = str(person)[: -len(national)] if str(person).endswith(national) else ""
        digits, prefix = (national, code) if len(national) >= _ENOUGH else (str(person), "")
        self._digits = re.compile(_BETWEEN.join(digit.encode() for digit in digits) + rb"(?![0-9])")
        country = _BETWEEN.join(digit.encode() for digit in prefix)
        leads = rb"(?:0|(?:00)?" + country + _BETWEEN + rb"0?)" if prefix else rb"(?:00)?"
        self._lead = re.compile(rb"(?:^|[^0-9]|%[0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4})" + leads + rb"?" + _BETWEEN + rb"$")

    def stands_in(self, *texts: str | bytes) -> bool:
        """Whether the number stands in one of ``texts``."""
        return any(next(self._found(each.encode() if isinstance(each, str) else each), None) for each in texts)

    def covered(self, text: str, *, by: str) -> str:
        """``text`` with ``by`` in the place of the number, wherever it stands."""
        raw, done, parts = text.encode(), 0, list[bytes]()
        for found in self._found(raw):
            parts += [raw[done : found.start()], by.encode()]
            done = found.end()
        return b"".join([*parts, raw[done:]]).decode() if parts else text

    def _found(self, raw: bytes) -> Iterator[re.Match[bytes]]:
        for found in self._digits.finditer(raw):
            start = found.start()
            alone = start == 0 or not raw[start - 1 : start].isdigit()
            if alone or self._lead.search(raw[max(0, start - _BEFORE) : start]):
                yield found


def _national(person: int) -> str:
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(f"+{person}"))
    except phonenumbers.NumberParseException:
        return str(person)
