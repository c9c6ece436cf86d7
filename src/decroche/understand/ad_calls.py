"""Which of our calls is the one that an advertising platform counted: by moment, duration, area code and line.

A platform tells no number of the caller. What fits one call alone is that call; whatever fits several is a doubt that a
person decides, and nothing is forced.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import phonenumbers

#: How far the two clocks and the two durations may be apart.
APART, APART_S = timedelta(seconds=60), 5.0


class Fit(StrEnum):
    """What became of a platform's call: found by us (matched, doubtful, none), or decided by a person."""

    MATCHED = "matched"
    DOUBTFUL = "doubtful"
    NONE = "none"
    CHOSEN = "chosen"
    NOT_OURS = "not_ours"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A call as a platform counts it. ``received``: by a person, a menu or a voicemail, it does not tell.

    ``country`` (ISO) and ``area`` are where the caller's number is from, empty where that is not told.
    """

    id: str
    started_at: datetime
    duration_s: float | None = None
    received: bool | None = None
    country: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ours:
    """A call from outside as our phone system tells it. ``person`` are the E.164 digits of the caller, where known.

    ``on_line``: the number that was called stands for the platform on that day; None where it stands for nothing, False
    where it stands for something else.
    """

    id: str
    started_at: datetime
    answered: bool
    person: int | None = field(default=None, repr=False)
    durations: tuple[float, ...] = ()
    on_line: bool | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """``call`` where it is told, else the calls that it may be, the nearest in time first."""

    fit: Fit
    call: str | None = None
    candidates: tuple[str, ...] = ()


def fit_calls(counted: Sequence[Counted], ours: Sequence[Ours]) -> dict[str, Found]:
    """What each of ``counted`` is, by its id."""
    ours = sorted(ours, key=lambda each: each.started_at)
    begins = [each.started_at for each in ours]
    found: dict[str, Found] = {}
    for each in counted:
        first, last = bisect_left(begins, each.started_at - APART), bisect_right(begins, each.started_at + APART)
        found[each.id] = _fit(each, ours[first:last])
    claimed: dict[str, list[str]] = {}
    for id, one in found.items():
        if one.call is not None:
            claimed.setdefault(one.call, []).append(id)
    for call, ids in claimed.items():
        # One of our calls cannot be two of theirs.
        if len(ids) > 1:
            found |= {id: Found(Fit.DOUBTFUL, candidates=(call,)) for id in ids}
    return found


def _fit(counted: Counted, around: Sequence[Ours]) -> Found:
    """What a call is, of ours ``around`` its moment."""
    near = [each for each in around if each.on_line is not False and _from_there(counted, each)]
    on_line = [each for each in near if each.on_line]
    near = sorted(on_line or near, key=lambda each: (abs(each.started_at - counted.started_at), each.id))
    fitting = [each for each in near if _as_long(counted, each) is True and _agree(counted, each)]
    unsure = [each for each in near if _as_long(counted, each) is None]
    if len(fitting) == 1 and not unsure:
        return Found(Fit.MATCHED, fitting[0].id)
    may_be = fitting + unsure or near
    return Found(Fit.DOUBTFUL, candidates=tuple(each.id for each in may_be)) if may_be else Found(Fit.NONE)


def _as_long(counted: Counted, ours: Ours) -> bool | None:
    """Whether the durations agree; None where one of them is not known. What nobody received lasts no time."""
    if counted.received is False:
        return True
    if counted.duration_s is None or not ours.durations:
        return None
    return any(abs(each - counted.duration_s) <= APART_S for each in ours.durations)


def _agree(counted: Counted, ours: Ours) -> bool:
    """What a platform received, a menu may have taken; what it missed, nobody here can have answered."""
    return not (counted.received is False and ours.answered)


def _from_there(counted: Counted, ours: Ours) -> bool:
    """False where the caller's number is from elsewhere; what is not known speaks against nothing."""
    if ours.person is None or ours.person <= 0 or not (counted.area or counted.country):
        return True
    try:
        number = phonenumbers.parse(f"+{ours.person}")
    except phonenumbers.NumberParseException:
        return True
    if counted.country and phonenumbers.region_code_for_number(number) not in (counted.country.upper(), None):
        return False
    national = phonenumbers.national_significant_number(number)
    return national.startswith(counted.area.lstrip("0+ ")) if counted.area.isdigit() else True
