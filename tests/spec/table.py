"""Small tables drawn in text: how a spec writes the rows that go in and the answer that must come out.

A table is a header and rows, columns separated by ``|``. A line of dashes is decoration. A cell says its own type:

    yes, no                      a truth value
    12   5 301   -4              a whole number (a space may group thousands)
    0.45                         a fraction
    83.02 %                      a share: 0.8302
    2026-03-02 09:00             a moment (add Z for UTC)
    2026-03-02                   a date
    nothing, or an empty cell    None: "the log does not say"
    anything else                the text itself (+33612345678, 08:00, no_answer)

An expected number is compared as precisely as it is written: 83.02 % accepts what rounds to 83.02 %. With ≈ before
it, a figure drawn by chance may be 1 % away.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum

Cell = bool | int | float | str | date | datetime | None
Row = dict[str, Cell]
Rows = list[Row]

_RULER = re.compile(r"[-+|\s=]*-[-+|\s=]*")
_WHOLE = re.compile(r"-?(0|[1-9]\d*|[1-9]\d{0,2}( \d{3})+)")
_FRACTION = re.compile(r"-?\d+\.\d+")
_SHARE = re.compile(r"(-?\d+(?:\.\d+)?) ?%")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d(\.\d+)?)?Z?")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


class BadTable(ValueError):
    """A table whose rows do not fit its header."""


def split(text: str) -> tuple[list[str], list[list[str]]]:
    """The header and the rows of a drawn table, as trimmed text."""
    lines = [line for line in text.splitlines() if line.strip() and not _RULER.fullmatch(line)]
    if not lines:
        raise BadTable("the table is empty")
    header, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    for cells in body:
        if len(cells) != len(header):
            raise BadTable(f"{cells} has {len(cells)} cells, the header has {len(header)}")
    return header, body


def parse(text: str) -> Rows:
    """The rows of a drawn table, typed. A space in a header becomes an underscore."""
    header, body = split(text)
    names = [name.replace(" ", "_") for name in header]
    return [dict(zip(names, map(cell, cells), strict=True)) for cells in body]


def halves(text: str) -> tuple[str, str]:
    """What stands left and right of ``||`` on every line of a table: given, expected."""
    lines = [line for line in text.splitlines() if line.strip() and not _RULER.fullmatch(line)]
    pairs = [line.partition("||") for line in lines]
    if any(not middle for _, middle, _ in pairs):
        raise BadTable("every line needs || between what is given and what is expected")
    return "\n".join(left for left, _, _ in pairs), "\n".join(
        right if right.strip() else "nothing" for _, _, right in pairs
    )


def cell(text: str) -> Cell:
    """One typed cell."""
    if text in ("yes", "no"):
        return text == "yes"
    if _WHOLE.fullmatch(text):
        return int(text.replace(" ", ""))
    if _FRACTION.fullmatch(text):
        return float(text)
    if share := _SHARE.fullmatch(text):
        return float(share[1]) / 100
    if _MOMENT.fullmatch(text):
        return datetime.fromisoformat(text)
    if _DAY.fullmatch(text):
        return date.fromisoformat(text)
    return None if text == "nothing" else text or None


def agrees(expected: str, actual: object) -> bool:
    """Whether ``actual`` is what the cell says, at the precision at which the cell says it."""
    if expected.startswith("≈"):
        wanted = cell(expected.removeprefix("≈").strip())
        assert isinstance(wanted, (int, float)), f"{expected}: only a number can be approximate"
        return isinstance(actual, (int, float)) and abs(actual - wanted) <= 0.01 * abs(wanted)
    share = _SHARE.fullmatch(expected)
    if share or _FRACTION.fullmatch(expected):
        if isinstance(actual, bool) or not isinstance(actual, (int, float)):
            return False
        number, scale = (share[1], 100) if share else (expected, 1)
        decimals = len(number.partition(".")[2])
        return abs(actual * scale - float(number)) <= 0.5 * float(f"1e-{decimals}") + 1e-9
    if isinstance(actual, Enum):
        actual = actual.value
    exact = cell(expected)
    return isinstance(exact, bool) == isinstance(actual, bool) and exact == actual


def differences(expected: str, actual: Sequence[Mapping[str, object]]) -> list[str]:
    """What is wrong, one line each; an empty list when the answer is as drawn. Extra columns are allowed."""
    header, body = split(expected)
    names = [name.replace(" ", "_") for name in header]
    if len(body) != len(actual):
        return [f"expected {len(body)} rows, got {len(actual)}: {list(actual)}"]
    found = []
    for number, (cells, row) in enumerate(zip(body, actual, strict=True), start=1):
        for name, wanted in zip(names, cells, strict=True):
            if name not in row:
                found.append(f"row {number}: no column {name}, only {sorted(row)}")
            elif not agrees(wanted, row[name]):
                found.append(f"row {number}, {name}: expected {wanted or 'nothing'}, got {row[name]!r}")
    return found


def markdown(text: str, *, strong_after: int | None = None) -> str:
    """The table in Markdown, as drawn; the columns from ``strong_after`` on are answers, set in bold."""
    header, body = split(text)
    numeric = [all(re.match(r"≈? ?-?\d[\d .]*%?$", row[i]) or not row[i] for row in body) for i in range(len(header))]

    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cells) + " |"

    def shown(cells: Sequence[str]) -> list[str]:
        return [f"**{c}**" if c and strong_after is not None and i >= strong_after else c for i, c in enumerate(cells)]

    rulers = ["---:" if n else "---" for n in numeric]
    return "\n".join([line(header), line(rulers), *(line(shown(row)) for row in body)])
