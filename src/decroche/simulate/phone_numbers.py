"""Phone numbers for invented people, from ranges kept for fiction or hardly assigned, written as phone systems do."""

from __future__ import annotations

import numpy as np

from decroche.simulate.demand import People
from decroche.simulate.world import Numbering

#: A range: what its numbers begin with, the first and the number of values that follow, and their digits.
Range = tuple[str, int, int, int]

#: French ranges that the regulator keeps for films and books (4 65 71 40 00 and above is left to the businesses).
_FRENCH_MOBILE: tuple[Range, ...] = (("63998", 0, 10_000, 4),)
_FRENCH_LANDLINE: tuple[Range, ...] = (
    *((prefix, 0, 10_000, 4) for prefix in ("19900", "26191", "35301", "53649")),
    ("46571", 0, 4_000, 4),
)
#: The 555 exchange of Québec's area codes: 555-0100 to 0199 is kept for fiction, the rest is hardly assigned.
#: 555-1212 is directory assistance and left out; 555-9000 and above is left to the businesses.
_QUEBEC: tuple[Range, ...] = tuple(
    span
    for area in (514, 438, 450, 579, 418, 581, 367, 819, 873, 354, 263, 468)
    for span in ((f"{area}555", 100, 100, 4), (f"{area}555", 2_000, 7_000, 4))
)
#: Canadian non-geographic codes, hardly assigned: 48 million well-formed numbers (an exchange begins with 2 to 9).
_UNASSIGNED: tuple[Range, ...] = tuple((str(code), 2_000_000, 8_000_000, 7) for code in (622, 633, 644, 655, 677, 688))


class TooManyPeople(ValueError):
    """An invented business needs more numbers than its ranges hold."""


def national_numbers(people: People, numbering: Numbering, chance: np.random.Generator) -> list[str]:
    """One distinct national number (without trunk prefix) per person. Raises TooManyPeople."""
    mobile, landline = {
        Numbering.FRANCE: (_FRENCH_MOBILE, _FRENCH_LANDLINE),
        Numbering.QUEBEC: (_QUEBEC[:12], _QUEBEC[12:]),
        Numbering.UNASSIGNED: (_UNASSIGNED[:3], _UNASSIGNED[3:]),
    }[numbering]
    numbers = np.empty(len(people.mobile), dtype=object)
    for ranges, chosen in ((mobile, people.mobile), (landline, ~people.mobile)):
        numbers[chosen] = _distinct(ranges, int(chosen.sum()), chance)
    return list(numbers)


def _distinct(ranges: tuple[Range, ...], count: int, chance: np.random.Generator) -> list[str]:
    sizes = np.array([size for _, _, size, _ in ranges])
    if count > sizes.sum():
        raise TooManyPeople(f"{count} people, but only {sizes.sum()} numbers in the ranges {ranges}")
    drawn = chance.choice(int(sizes.sum()), size=count, replace=False, shuffle=True)
    ends = np.cumsum(sizes)
    which = np.searchsorted(ends, drawn, side="right")
    values = drawn - (ends - sizes)[which] + np.array([first for _, first, _, _ in ranges])[which]
    return [
        f"{ranges[place][0]}{value:0{ranges[place][3]}d}"
        for place, value in zip(which.tolist(), values.tolist(), strict=True)
    ]


def written(national: str, numbering: Numbering, *, international: bool) -> str:
    """A number as a phone system writes it: ``0639981234``, ``+33639981234``, ``514-555-0123``, ``+15145550123``."""
    if numbering is Numbering.FRANCE:
        return f"+33{national}" if international else f"0{national}"
    if international:
        return f"+1{national}"
    if numbering is Numbering.QUEBEC:
        return f"{national[:3]}-{national[3:6]}-{national[6:]}"
    return national
