"""Guesses in which country the lines of a business are, from the numbers in its export, and which clock holds there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import phonenumbers
from babel.core import get_global

from decroche.model.figures import Rate

#: The zone of most people in a country; where its numbers cannot tell, the zone speaks of the country.
_ZONES = {
    "FR": "Europe/Paris", "BE": "Europe/Brussels", "CH": "Europe/Zurich", "LU": "Europe/Luxembourg",
    "CA": "America/Toronto", "GB": "Europe/London", "IL": "Asia/Jerusalem",
}  # fmt: skip
_BY_ZONE = {zone: country for country, zone in _ZONES.items()} | {"America/Montreal": "CA"}
_MORE_ZONES = {"DE": "Europe/Berlin", "US": "America/New_York"}
#: Two moments at which clocks that differ in summer or in winter show it.
_MOMENTS = (datetime(2026, 1, 15, 12, tzinfo=UTC), datetime(2026, 7, 15, 12, tzinfo=UTC))
#: Area codes of Québec.
_QUEBEC = ("263", "354", "367", "418", "438", "450", "468", "514", "579", "581", "819", "873")
_CANDIDATES = ("FR", "CA", "BE", "CH", "LU", "GB", "DE", "US")
#: With fewer numbers that any country recognises, the zone decides.
_ENOUGH = 5


def guess_region(numbers: Sequence[str], *, zone: str) -> tuple[str, str | None, Rate | None]:
    """(ISO country, subdivision or None, how many of the different ``numbers`` are valid there).

    A number with a country code speaks for that country; one without for every candidate in which it is valid, the
    country of ``zone`` first. Québec is told by its area codes. The rate is None when the numbers say nothing.
    """
    likely = _BY_ZONE.get(zone)
    candidates = tuple(dict.fromkeys((*([likely] if likely else []), *_CANDIDATES)))
    votes: Counter[str] = Counter()
    quebec = north_american = judged = 0
    for text in dict.fromkeys(numbers):
        digits = "".join(character for character in text if character.isdigit())
        if len(digits) < 8:
            continue
        spoken_for = _countries(text, candidates)
        if spoken_for:
            judged += 1
            votes.update(spoken_for)
        if "CA" in spoken_for or "US" in spoken_for:
            north_american += 1
            quebec += digits[-10:-7] in _QUEBEC
    if judged < _ENOUGH:
        return likely or "FR", "QC" if likely == "CA" else None, None
    best = max(candidates, key=lambda country: (votes[country], -candidates.index(country)))
    subdivision = "QC" if best == "CA" and quebec * 2 > north_american else None
    return best, subdivision, Rate(votes[best], judged)


def better_zone(machine: str, region: str) -> str | None:
    """The zone to ask for when clocks in ``region`` (ISO country) show another time than the ``machine``'s zone."""
    usual = (_ZONES | _MORE_ZONES).get(region)
    if usual is None or get_global("zone_territories").get(get_global("zone_aliases").get(machine, machine)) == region:
        return None
    offsets = [[moment.astimezone(ZoneInfo(name)).utcoffset() for moment in _MOMENTS] for name in (machine, usual)]
    return usual if offsets[0] != offsets[1] else None


def _countries(text: str, candidates: Sequence[str]) -> set[str]:
    international = text.strip().startswith(("+", "00"))
    found = set()
    for country in candidates:
        try:
            number = phonenumbers.parse(text if not text.startswith("00") else f"+{text[2:]}", country)
        except phonenumbers.NumberParseException:
            continue
        code = number.country_code or 0
        if (
            phonenumbers.is_valid_number_for_region(number, country)
            or (international and phonenumbers.region_code_for_country_code(code) == country)
            or (code == phonenumbers.country_code_for_region(country) and phonenumbers.is_possible_number(number))
        ):
            found.add(country)
    return found
