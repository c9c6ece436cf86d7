"""Shows who called: numbers as people write them, in full only to those who may see them."""

from __future__ import annotations

import phonenumbers

from decroche.language import Language
from decroche.understand.numbers import ERASED

#: The last digits of a number that anybody may see, and how many digits make a number that is somebody's.
_SHOWN, _LONGEST_EXTENSION = 2, 5


def who(number: str | None, language: Language, *, whole: bool, country: str) -> str:
    """A number, E.164 with ``+`` or as a platform wrote it. ``country`` (FR, CA-QC) is where people omit the prefix."""
    if ERASED in (number or "") or (number or "").startswith("+-"):
        return language.say("privacy.erased_person")
    digits = "".join(sign for sign in number or "" if sign.isdigit())
    if len(digits) <= _LONGEST_EXTENSION:
        return digits or language.say("live.masked")
    return _written(number or "", country.partition("-")[0]) if whole else f"•• {digits[-_SHOWN:]}"


def _written(number: str, region: str) -> str:
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        return number
    at_home = phonenumbers.country_code_for_region(region) == parsed.country_code
    style = phonenumbers.PhoneNumberFormat.NATIONAL if at_home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, style)
