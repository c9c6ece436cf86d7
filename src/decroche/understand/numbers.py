"""Who is calling: a number as a phone system writes it, read as one person's number, an extension, or nobody's.

``warehouse.numbers`` is the columnar twin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers

from decroche.model.call import NumberKind

#: An unprefixed number of at most this many digits is an extension of the business (a setting).
INTERNAL_DIGITS = 5

#: Digits that a switch writes when it has no number to show.
_DIGITS = re.compile("[0-9]+")
_NO_NUMBER = re.compile(r"^(0+|266696687|464|7378742833|86282452253|8656696)$")
#: What people and exports put between digits: spaces of every width, marks of writing direction, punctuation.
SEPARATORS = " .-()/_\t\r\n\u00a0\u2009\u202f\u200e\u202a\u202c\ufeff"
_NOTHING = str.maketrans("", "", SEPARATORS)
_SCHEME = re.compile("^(?:tel:|sips?:|ext)+")
#: What stands in the place of the number of somebody who was erased, before the digits of their pseudonym. Something
#: may stand before it, so that it sorts as the number did.
ERASED = "erased:"
_ERASED = re.compile(f"{ERASED}([1-9][0-9]{{0,16}})$")


@dataclass(frozen=True, slots=True)
class Party:
    """The other end of a call. ``e164`` (digits without ``+``) is set for an external number only.

    It is negative for somebody who was erased: the pseudonym under which their calls stay joined, and no number.
    """

    kind: NumberKind
    e164: int | None = None


def bare(raw: str | None) -> str:
    """The number without separators, scheme or host: ``tel:+33 1 99`` is ``+33199``, ``Ext. 101`` is ``101``."""
    if raw is None:
        return ""
    text = _SCHEME.sub("", raw.translate(_NOTHING).lower())
    return text.split("@")[0].split(";")[0]


@lru_cache(maxsize=16_384)
def read_number(raw: str | None, *, region: str, internal_digits: int = INTERNAL_DIGITS) -> Party:
    """Read a number as written in ``region`` (ISO country of the line, for numbers without a country code).

    Words, blanks, stars and runs of zeros are ANONYMOUS; up to ``internal_digits`` digits are INTERNAL; what
    ``phonenumbers`` finds possible is EXTERNAL; other digits are INVALID.
    """
    if erased := _ERASED.search(raw or ""):
        return Party(NumberKind.EXTERNAL, -int(erased[1]))
    text = bare(raw)
    digits = text.removeprefix("+")
    if not _DIGITS.fullmatch(digits):
        odd = _DIGITS.search(digits) and "*" not in digits
        return Party(NumberKind.INVALID if odd else NumberKind.ANONYMOUS)
    if _NO_NUMBER.match(digits):
        return Party(NumberKind.ANONYMOUS)
    if len(digits) <= internal_digits:
        return Party(NumberKind.INTERNAL)
    return Party(*_external(text, region))


def _external(text: str, region: str) -> tuple[NumberKind, int | None]:
    attempts = [text] if text.startswith("+") else [text, f"+{text}"]
    if text.startswith("00"):
        attempts.insert(0, f"+{text[2:]}")
    for attempt in attempts:
        try:
            number = phonenumbers.parse(attempt, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return NumberKind.EXTERNAL, int(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:])
    return NumberKind.INVALID, None
