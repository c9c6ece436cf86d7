"""Numbers as OVH writes them (``0033199000002``), and the names under which two of its sources know one call.

OVH gives the events of a call and its consumption record ids that have nothing in common, and rings the lines of one
number under an id each. What they share is who called which number when: nobody calls the same number twice within
three seconds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from decroche.connector_kit.connector import Settings

_INTERNATIONAL = re.compile(r"00([1-9][0-9]{6,14})")
_E164 = re.compile(r"\+[1-9][0-9]{6,14}")


def international(written: str | None) -> str | None:
    """``0033199000002`` as ``+33199000002``; whatever is not written so stays as it is."""
    found = _INTERNATIONAL.fullmatch(written or "")
    return f"+{found.group(1)}" if found else written


def listed(settings: Settings, name: str) -> list[str]:
    """The numbers or words of a setting that may hold several, without repetitions, as they are written."""
    return list(dict.fromkeys(re.split(r"[\s,;]+", settings.get(name, "").strip()))) if settings.get(name) else []


def is_queue(number: str | None, settings: Settings) -> bool:
    """Whether a number is one of our queues'."""
    return number is not None and number in {international(each) for each in listed(settings, "queues")}


def shared_names(
    caller: str | None, called: Iterable[str | None], at: datetime | None, *, within_s: int
) -> tuple[str, ...]:
    """Names of the call from ``caller`` to one of ``called`` that began at most ``within_s`` seconds from ``at``."""
    if at is None or not _E164.fullmatch(caller or ""):
        return ()
    second = int(at.timestamp())
    numbers = sorted({number for number in called if number and _E164.fullmatch(number)})
    return tuple(
        f"{caller}>{number}@{each}" for number in numbers for each in range(second - within_s, second + within_s + 1)
    )
