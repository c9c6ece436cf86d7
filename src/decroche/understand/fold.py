"""Joins what a phone system wrote about one call, in whatever order and however often, into one call.

``warehouse.calls`` is the columnar twin.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from math import fsum

from decroche.model.call import Call, Direction, Leg, MissedReason, NumberKind

#: When legs disagree about the direction, the first of these that any leg has is the call's.
DIRECTION_ORDER = (Direction.INBOUND, Direction.OUTBOUND, Direction.INTERNAL, Direction.UNKNOWN)
#: When nobody answered, the first of these that any leg tells is the call's reason.
REASON_ORDER = tuple(MissedReason)


def repeated(rows: Sequence[tuple[int, Leg, NumberKind]]) -> list[bool]:
    """Whether each of the ``rows`` (its file, what it says, what the number outside is) repeats an earlier one.

    A row without a key whose caller hides the number may be another such caller's: within one file each counts, and
    between files as many as the file with most of them holds.
    """
    seen: set[tuple[Leg, int]] = set()
    in_file: Counter[tuple[int, Leg]] = Counter()
    found = []
    for file, leg, kind in rows:
        place = 0
        if leg.call_key is None and kind is NumberKind.ANONYMOUS:
            place = in_file[file, leg]
            in_file[file, leg] += 1
        found.append((leg, place) in seen)
        seen.add((leg, place))
    return found


def fold(legs: Iterable[Leg]) -> Call:
    """One call from its legs: the same for every order of the legs and for every repetition of one.

    Raises ValueError when there are no legs or when they carry different keys.
    """
    rows = list(set(legs))
    keys = {leg.call_key for leg in rows}
    if len(keys) != 1:
        raise ValueError(f"legs of {len(keys)} calls cannot be folded into one")
    by_people = [leg for leg in rows if leg.answered]
    reasons = [leg for leg in rows if leg.reason is not None]
    told = min(reasons, key=_by_reason, default=None)
    waits = [leg.wait_s for leg in (by_people or rows) if leg.wait_s is not None]
    return Call(
        call_key=next(iter(keys)) or "",
        started_at=min(leg.started_at for leg in rows),
        ended_at=max((leg.ended_at for leg in rows if leg.ended_at is not None), default=None),
        direction=min((leg.direction for leg in rows), key=DIRECTION_ORDER.index),
        caller=_first(rows, lambda leg: leg.caller),
        called=_first(rows, lambda leg: leg.called),
        line=_first(rows, lambda leg: leg.line),
        queue=_first(rows, lambda leg: leg.queue),
        department=_first(rows, lambda leg: leg.department),
        site=_first(rows, lambda leg: leg.site),
        agent=_first(by_people, lambda leg: leg.agent),
        answered=bool(by_people),
        queued=any(leg.queued for leg in rows),
        rang=any(leg.rang for leg in rows),
        voicemail=any(leg.voicemail for leg in rows),
        after_hours=any(leg.after_hours for leg in rows),
        reason=None if by_people or told is None else told.reason,
        raw_reason=(told.raw_reason or None) if told is not None else _first(rows, lambda leg: leg.raw_reason),
        wait_s=(min(waits) if by_people else max(waits)) if waits else None,
        ring_s=max((leg.ring_s for leg in rows if leg.ring_s is not None), default=None),
        talk_s=_sum(leg.talk_s for leg in by_people),
        hold_s=_sum(leg.hold_s for leg in by_people),
        wrap_s=_sum(leg.wrap_s for leg in by_people),
        total_s=max((leg.total_s for leg in rows if leg.total_s is not None), default=None),
        legs=len(rows),
    )


def other_number(legs: Iterable[Leg]) -> str | None:
    """The number of the person outside: who called us, or whom we called.

    It is told by the earliest leg of the call's own direction that has one (of several in one second, the smallest),
    else by a leg whose direction is unknown. A colleague's number on an inner leg, or the mobile to which we sent a
    caller on, is not the caller's.
    """
    rows = list(legs)
    way = min((leg.direction for leg in rows), key=DIRECTION_ORDER.index)
    for direction in (way, Direction.UNKNOWN):
        mine = [leg for leg in rows if leg.direction is direction]
        if number := _first(mine, lambda leg: leg.called if leg.direction is Direction.OUTBOUND else leg.caller):
            return number
    return None


def _by_reason(leg: Leg) -> tuple[int, datetime, str]:
    return REASON_ORDER.index(leg.reason or MissedReason.UNKNOWN), leg.started_at, leg.raw_reason or ""


def _first(legs: Sequence[Leg], value: Callable[[Leg], str | None]) -> str | None:
    """The value of the earliest leg that has one; of several in one second, the smallest, whatever their order."""
    known = [(leg.started_at, found) for leg in legs if (found := value(leg)) is not None]
    return min(known)[1] if known else None


def _sum(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return fsum(known) if known else None
