"""Finds the line on which each key of a TOML text stands, so that an error can say where to look."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: The way to a key: names of tables and keys, and the number (from 0) of an entry of ``[[tables]]``.
Place = tuple[str | int, ...]

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?\s*(?:#.*)?")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
_TOKEN = re.compile(r'"""|\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[\[\]{}]')


def lines_of(text: str) -> Mapping[Place, int]:
    """The line, counted from 1, of every table and key of a TOML text that can be read. Keys inside inline tables and
    arrays are not listed: they stand with the key that holds them.
    """
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    inside = _Inside()
    for number, line in enumerate(text.splitlines(), start=1):
        begins = inside.nothing
        if begins and (header := _HEADER.fullmatch(line)):
            table = _enter(_parts(header[2]), counts, new=header[1] == "[[")
            found.setdefault(table, number)
        else:
            if begins and (key := _KEY.match(line)):
                found.setdefault(table + _parts(key[1]), number)
            inside.read(line)
    return found


def line_of(place: Place, lines: Mapping[Place, int]) -> int | None:
    """The line of ``place``, or of the nearest thing around it; None when nothing around it has one."""
    for length in range(len(place), 0, -1):
        if place[:length] in lines:
            return lines[place[:length]]
    return None


def _parts(dotted: str) -> Place:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _enter(names: Place, counts: dict[Place, int], *, new: bool) -> Place:
    """The place of a table: after the name of an array of tables comes the number of its latest entry."""
    place: Place = ()
    for position, name in enumerate(names):
        place = (*place, name)
        if new and position == len(names) - 1:
            counts[place] = counts.get(place, -1) + 1
        if place in counts:
            place = (*place, counts[place])
    return place


class _Inside:
    """Whether the next line continues a long string or an open bracket of an earlier one."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0

    @property
    def nothing(self) -> bool:
        return not self._quote and not self._depth

    def read(self, line: str) -> None:
        at = 0
        while at < len(line):
            if self._quote:
                end = line.find(self._quote, at)
                if end < 0:
                    return
                at, self._quote = end + 3, ""
                continue
            token = _TOKEN.search(line, at)
            if token is None:
                return
            at = token.end()
            match token[0]:
                case '"""' | "'''":
                    self._quote = token[0]
                case "[" | "{":
                    self._depth += 1
                case "]" | "}":
                    self._depth -= 1
