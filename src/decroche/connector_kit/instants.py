"""Reads one moment as a phone system writes it live: seconds since 1970, or the clock on its wall."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from decroche.connector_kit.errors import Malformed

_NUMBER = re.compile(r"\d{1,17}(?:\.\d{1,9})?", re.ASCII)
_STAMP = re.compile(r"\d{4}([-/])\d\d\1\d\d[ T]\d\d:\d\d:\d\d(?:\.\d{1,6})?", re.ASCII)
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
#: A phone system whose clock was never set writes 1970; nothing that we hear of is older than this century.
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def from_epoch(text: str | None, *, per_second: int = 1) -> datetime | None:
    """The time (UTC) of a count since 1970; None for 0, for nothing and for what is no time of this century."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    count = float(text) if "." in text else int(text)
    if not count / per_second < _LATEST.timestamp():
        return None
    moment = _BEGINNING + timedelta(microseconds=round(count * 1_000_000 / per_second))
    return moment if moment >= _EARLIEST else None


def clock_time(text: str | None) -> datetime | None:
    """The naive time of ``2026-03-04 13:11:18`` or ``2026/03/04 13:11:18``; None when it is not one."""
    stripped = (text or "").strip()
    if not _STAMP.fullmatch(stripped):
        return None
    try:
        moment = datetime.fromisoformat(stripped.replace("/", "-"))
    except ValueError:
        return None
    return moment if _EARLIEST.year < moment.year < _LATEST.year else None


def zone_of(name: str | None) -> ZoneInfo:
    """The zone of the settings, UTC where none is set. Raises Malformed for a name that is none."""
    try:
        return ZoneInfo(name or "UTC")
    except (OSError, ValueError, LookupError) as error:
        raise Malformed("the time zone of the settings is not known") from error


def from_clock(
    local: datetime, zone: ZoneInfo, *, end: datetime | None = None, lasted: float | None = None
) -> datetime:
    """The time (UTC) of a clock on the wall.

    In the night in which the clock goes back an hour comes twice. The first is meant, unless the clock at the ``end``
    and the seconds that went by (``lasted``) fit the second only.
    """
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    if first == second or end is None or lasted is None:
        return first
    ends = [end.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]

    def fits(start: datetime) -> bool:
        return any(abs((each - start).total_seconds() - lasted) <= 2 for each in ends)

    return second if fits(second) and not fits(first) else first
