"""How people write phone numbers: what stands between the digits, and how few digits are already one."""

from __future__ import annotations

import re

#: Hyphens, dashes and minus signs of every length.
_DASHES = "\\-\u00ad\u2010-\u2015\u2043\u2212\ufe58\ufe63\uff0d"
#: Signs without width, which come along when a number is copied from a list of contacts.
_INVISIBLE = "\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
#: What may stand between two digits: every space but the tab, which parts columns; brackets, points, slashes, dashes.
_BETWEEN = rf"(?:[^\S\t]|[()./\u00b7{_DASHES}{_INVISIBLE}])"
#: A local number has seven digits in North America; fewer are an extension, a count or a time.
LEAST_DIGITS = 7
#: A whole run of digits that is long enough, with the signs in front of it.
NUMBER = rf"\+?\(?\d(?:{_BETWEEN}{{0,4}}\d){{{LEAST_DIGITS - 1},}}"

_VALUE = re.compile(
    rf"^(?:{_BETWEEN}|[+\d,:])+$|\d{{4}}-\d\d-\d\d|\d\d/\d\d/\d\d|{NUMBER}|^(?:tel|sips?|callto):|\S@\S", re.IGNORECASE
)


def is_heading(cells: list[str]) -> bool:
    """Whether a row can be the headings of a table: none of its cells is a date, a number or an address."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return bool(filled) and not any(_VALUE.search(cell) for cell in filled)
