"""Where a number lies (country, region, time zones), and whether a text can reach it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import phonenumbers
from phonenumbers import PhoneNumberType, timezone

from decroche.rules.rulebook import Rulebook, rulebook

#: Overseas France has numbers and zones of its own, and the law of France.
_OVERSEAS = {
    "GP": "971", "MQ": "972", "GF": "973", "RE": "974", "PM": "975", "YT": "976",
    "BL": "BL", "MF": "MF", "WF": "WF", "PF": "PF", "NC": "NC",
}  # fmt: skip
_KINDS = {
    PhoneNumberType.FIXED_LINE: "fixed",
    PhoneNumberType.MOBILE: "mobile",
    PhoneNumberType.FIXED_LINE_OR_MOBILE: "either",
    PhoneNumberType.TOLL_FREE: "toll_free",
    PhoneNumberType.PREMIUM_RATE: "premium",
    PhoneNumberType.SHARED_COST: "shared_cost",
    PhoneNumberType.VOIP: "voip",
    PhoneNumberType.UAN: "company",
    PhoneNumberType.PAGER: "pager",
    PhoneNumberType.VOICEMAIL: "voicemail",
}


class Texts(StrEnum):
    """Whether a number takes texts. TRY: only an attempt tells, and its failure is to be remembered."""

    YES = "yes"
    NO = "no"
    TRY = "try"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """A number: ``country`` (ISO; overseas France is FR), ``subdivision`` where the number tells it, ``zones`` (all it
    may lie in; empty when unknown), ``kind`` (fixed, mobile, either, voip, toll_free, premium, …, invalid).
    """

    country: str
    subdivision: str | None
    zones: tuple[str, ...]
    kind: str
    texts: Texts


@lru_cache(maxsize=4096)
def recipient(number: int, *, rules: Rulebook | None = None) -> Recipient:
    """What the digits of a number (E.164) say of it; a pseudonym (negative) is nobody's number."""
    book = rules or rulebook()
    digits = str(number)
    if number <= 0:
        return Recipient(country="", subdivision=None, zones=(), kind="invalid", texts=Texts.NO)
    try:
        parsed = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return Recipient(country="", subdivision=None, zones=(), kind="invalid", texts=Texts.NO)
    region = phonenumbers.region_code_for_number(parsed)
    if region is None:
        regions = phonenumbers.region_codes_for_country_code(parsed.country_code or 0)
        region = regions[0] if regions else ""
    country = "FR" if region in _OVERSEAS else region
    kind = _kind(parsed, digits, book, country)
    zones = tuple(zone for zone in timezone.time_zones_for_number(parsed) if zone != "Etc/Unknown")
    return Recipient(
        country=country,
        subdivision=_OVERSEAS.get(region) or _subdivision(digits, country, book),
        zones=zones or tuple(book.table(country, "place").get("zones", ())),
        kind=kind,
        texts=Texts(book.table("", "texts").get(kind, "no")),
    )


def _kind(parsed: Any, digits: str, book: Rulebook, country: str) -> str:
    for prefix in book.table(country, "place").get("fiction", ()):
        if digits.startswith(prefix):
            return "mobile"
    if parsed.country_code == 1:
        known = phonenumbers.number_type(parsed)
        kind = _KINDS.get(known, "either")
        return kind if phonenumbers.is_possible_number(parsed) else "invalid"
    if not phonenumbers.is_valid_number(parsed):
        return "invalid"
    return _KINDS.get(phonenumbers.number_type(parsed), "other")


def _subdivision(digits: str, country: str, book: Rulebook) -> str | None:
    if country not in ("CA", "US"):
        return None
    area = int(digits[1:4])
    codes = book.table(country, "area_codes")
    return next((place for place, areas in codes.items() if area in areas), None)
