"""Knows an export by the names of its columns, whichever sign separates them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable

from decroche.connector_kit.files import Dialect, Sample

_DELIMITERS = (",", ";", "\t", "|")


def has_columns(*required: str) -> Callable[[Iterable[str]], bool]:
    """A test that column names contain all of ``required``; case and outer spaces do not count."""
    wanted = frozenset(name.casefold() for name in required)
    return lambda names: wanted <= {name.strip().casefold() for name in names}


def header_with(*tests: Callable[[Iterable[str]], bool]) -> Callable[[Sample], Dialect | None]:
    """A recogniser of delimited text whose first line is a header that passes one of ``tests``."""

    def recognise(sample: Sample) -> Dialect | None:
        first = sample.lines(1)[0].lstrip("\ufeff")
        for delimiter in _DELIMITERS:
            names = next(csv.reader([first], delimiter=delimiter), [])
            if any(test(names) for test in tests):
                return Dialect(delimiter=delimiter)
        return None

    return recognise
