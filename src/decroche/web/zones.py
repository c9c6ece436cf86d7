"""The time zones that pages offer: those of places. What only machines have (Factory, localtime, EST5EDT) stays out."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

_NO_PLACE = ("Etc/", "SystemV/", "posix/", "right/")


@cache
def offered_zones() -> tuple[str, ...]:
    """Their names, sorted; any other that the machine knows is still taken where somebody has it."""
    return tuple(
        sorted(
            each for each in available_timezones() if each == "UTC" or ("/" in each and not each.startswith(_NO_PLACE))
        )
    )
