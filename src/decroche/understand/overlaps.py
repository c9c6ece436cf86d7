"""How many of several periods go on at the same moment: promises in a slot, calls on a line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

#: ``[start, end)``
Period = tuple[datetime, datetime]


def busiest(periods: Iterable[Period], *, within: Period) -> int:
    """The most of ``periods`` that go on at one moment of ``within``."""
    start, end = within
    going = [each for each in periods if each[0] < end and each[1] > start]
    # The number grows only where a period begins.
    moments = [max(first, start) for first, _ in going]
    return max((sum(first <= moment < last for first, last in going) for moment in moments), default=0)
