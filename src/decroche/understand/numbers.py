"""Who is calling: a number as a phone system writes it, read as one person's number, an extension, or nobody's.

``warehouse.numbers`` is the columnar twin.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers

from decroche.model.call import NumberKind

#: An unprefixed number of at most this many digits is an extension of the business (a setting).
INTERNAL_DIGITS = 5

#: Digits that a switch writes when it has no number to show.
_NO_NUMBER = re.compile(r"^(0+|266696687|464|7378742833|86282452253|8656696)$")
_SEPARATORS = str.maketrans("", "", " .-()/_\u00a0\u202f\t")


@dataclass(frozen=True, slots=True)
class Party:
    """The other end of a call. ``e164`` (digits without ``+``) is set for an external number only."""

    kind: NumberKind
    e164: int | None = None


def bare(raw: str | None) -> str:
    """The number without scheme, host, separators or surrounding words: ``tel:+33 1 99`` becomes ``+33199``."""
    if raw is None:
        return ""
    text = raw.strip().lower()
    for scheme in ("tel:", "sip:", "sips:", "ext."):
        text = text.removeprefix(scheme)
    return text.split("@")[0].split(";")[0].translate(_SEPARATORS)


def read_number(raw: str | None, *, region: str, internal_digits: int = INTERNAL_DIGITS) -> Party:
    """Read a number as written in ``region`` (ISO country of the line, for numbers without a country code).

    Words, blanks, stars and runs of zeros are ANONYMOUS; up to ``internal_digits`` digits are INTERNAL; what
    ``phonenumbers`` finds possible is EXTERNAL; other digits are INVALID.
    """
    text = bare(raw)
    digits = text.removeprefix("+")
    if not digits.isascii() or not digits.isdigit():
        return Party(NumberKind.INVALID if any(c.isdigit() for c in digits) and "*" not in digits else NumberKind.ANONYMOUS)
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
