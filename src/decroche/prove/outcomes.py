"""What became of missed callers: how many were recovered and by what, and how long it took to try, to reach, to book.

``business`` minutes are those in which the business was open, ``elapsed`` minutes those of the clock on the wall. A
median stands beside how many it is of: the time to a first attempt says nothing of those who were never tried.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from decroche.model.figures import Rate
from decroche.understand.live_journeys import RecoveredBy


class Outcome(StrEnum):
    """What became of a journey: exactly one."""

    BY_US = "by_us"
    BY_REPLY = "by_reply"
    BY_BOOKING = "by_booking"
    BY_THEIR_OWN_RETURN = "by_their_own_return"
    NOT = "not"
    UNDECIDED = "undecided"


_OF: Mapping[RecoveredBy, Outcome] = {
    RecoveredBy.OUR_CALL: Outcome.BY_US,
    RecoveredBy.REPLY: Outcome.BY_REPLY,
    RecoveredBy.BOOKING: Outcome.BY_BOOKING,
    RecoveredBy.THEIR_CALL: Outcome.BY_THEIR_OWN_RETURN,
}


def outcome(recovered_by: RecoveredBy | None, *, over: bool) -> Outcome:
    """The outcome of a journey: ``over`` is whether it can still be recovered (open) or not (expired)."""
    if recovered_by is not None:
        return _OF[recovered_by]
    return Outcome.NOT if over else Outcome.UNDECIDED


@dataclass(frozen=True, slots=True)
class Lapse:
    """Minutes from the first miss, on the wall and of open hours."""

    elapsed_min: float
    business_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRow:
    """One journey. A lapse is None when it did not happen: nobody tried, nobody was reached, nothing was booked.

    ``attempt`` is our first text or call; ``contact`` the first time that either side reached the other. ``ripe``:
    whether seven days have passed since the miss.
    """

    outcome: Outcome
    ripe: bool = True
    attempt: Lapse | None = None
    contact: Lapse | None = None
    booking: Lapse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """Time to something: ``happened`` of all journeys, and the medians in minutes.

    ``elapsed_min`` and ``business_min`` are medians of those to whom it happened. ``half_within_elapsed_min`` and
    ``half_within_business_min`` are of all, those to whom it did not happen being later than any: None while it has
    happened to less than half.
    """

    happened: Rate
    elapsed_min: float | None
    business_min: float | None
    half_within_elapsed_min: float | None
    half_within_business_min: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """Journeys by outcome. ``recovered`` is of the ripe and decided ones.

    A journey is recovered within minutes and lost after days: with those of the last days the rate would always look
    better than it is.
    """

    journeys: int
    counts: Mapping[Outcome, int]
    recovered: Rate
    to_attempt: Speed
    to_contact: Speed
    to_booking: Speed


def outcomes(rows: Iterable[JourneyRow]) -> Outcomes:
    """The figures of ``rows``, in any order."""
    known = list(rows)
    counts = Counter(row.outcome for row in known)
    decided = [row for row in known if row.ripe and row.outcome is not Outcome.UNDECIDED]
    return Outcomes(
        journeys=len(known),
        counts={each: counts[each] for each in Outcome},
        recovered=Rate(sum(row.outcome is not Outcome.NOT for row in decided), len(decided)),
        to_attempt=speed([row.attempt for row in known]),
        to_contact=speed([row.contact for row in known]),
        to_booking=speed([row.booking for row in known]),
    )


def speed(lapses: Sequence[Lapse | None]) -> Speed:
    """How fast it was, over one lapse a journey. A median of an even number is the mean of the two in the middle."""
    happened = [lapse for lapse in lapses if lapse is not None]
    elapsed = [lapse.elapsed_min for lapse in happened]
    business = [lapse.business_min for lapse in happened]
    never = [math.inf] * (len(lapses) - len(happened))
    return Speed(
        happened=Rate(len(happened), len(lapses)),
        elapsed_min=_median(elapsed),
        business_min=_median(business),
        half_within_elapsed_min=_median(elapsed + never),
        half_within_business_min=_median(business + never),
    )


def _median(values: list[float]) -> float | None:
    if not values:
        return None
    ordered = sorted(values)
    middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
    return middle if math.isfinite(middle) else None
