"""Whom to call back first: the caller whose value would be lost soonest for the minutes that the call takes.

Promises come first, then those who have waited longer than anybody may, then the index; and one pick in twenty goes to
the longest wait, whatever the index says. Each place on the list carries its reasons. Pure: ``now`` is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

#: Minutes ahead for which the loss is counted: about until somebody looks at the list again (product default).
HORIZON_MIN = 30.0
#: Without history every caller is alike, and the list is then the latest first. ``VALUE`` is relative: the average.
VALUE = 1.0
#: The share of callbacks that reach the person. No public figure was found; a week of callbacks replaces it.
REACHED = 0.5
#: The share of reached callers who still want what they called for. No public figure; it cancels while equal for all.
WANTED = 1.0
#: Minutes after which interest has fallen to 37 %: between 15 (wants it now, calls the next in the list) and 180 (waits
#: for this business), their geometric mean. An assumption: replaced by the account's own times to recovery.
INTEREST_MIN = 52.0
#: Minutes of work that a callback takes, until the account's own handle time is known.
HANDLE_MIN = 3.0
#: Nobody waits longer than this in business minutes without coming first: one working day (product default).
FLOOR_MIN = 480.0
#: One pick in so many is for the longest wait (product default: it costs 1 to 2 % of the value captured).
TURN_EVERY = 20
#: How long before its beginning a promised slot comes to the top of the list.
LEAD = timedelta(minutes=5)

_Number = TypeVar("_Number", float, NDArray[np.float64])


class Reason(StrEnum):
    """Why somebody stands where they stand."""

    EMERGENCY = "emergency"
    PROMISE_BROKEN = "promise_broken"
    PROMISE_DUE = "promise_due"
    PROMISED_LATER = "promised_later"
    WAITED_TOO_LONG = "waited_too_long"
    TURN_OF_THE_LONGEST_WAIT = "turn_of_the_longest_wait"
    VALUE_ABOUT_TO_BE_LOST = "value_about_to_be_lost"
    LIKELY_TO_ANSWER_NOW = "likely_to_answer_now"
    MISSED_AGAIN_TODAY = "missed_again_today"
    LATEST = "latest"
    KEEPS_PLACE = "keeps_place"


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Somebody on the list. All that is not known has the value of an average caller.

    ``since`` is their last miss; ``waited_business_min`` counts open minutes from the first. ``value`` is what the
    need is worth if it is met (any unit, the same for all); ``reached`` and ``wanted`` are probabilities;
    ``interest_min`` says how fast interest falls; ``promised`` is the slot they chose, [from, to). ``joined`` is when
    they joined the queue, of those who left it to be called back, or asked for a call.
    """

    id: str
    since: datetime
    waited_business_min: float = 0.0
    value: float = VALUE
    reached: float = REACHED
    wanted: float = WANTED
    interest_min: float = INTEREST_MIN
    handle_min: float = HANDLE_MIN
    misses_today: int = 1
    promised: tuple[datetime, datetime] | None = None
    emergency: bool = False
    joined: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fairness:
    """How long anybody may wait, in business minutes, and one pick in how many goes to the longest wait (0: none)."""

    floor_min: float = FLOOR_MIN
    turn_every: int = TURN_EVERY


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place on the list. ``loss_per_min`` is the index; ``callable_now`` is false before a promised slot."""

    waiting: Waiting
    loss_per_min: float
    reasons: tuple[Reason, ...]
    callable_now: bool = True


def loss_per_minute(
    *,
    value: _Number,
    reached: _Number,
    wanted: _Number,
    interest_min: _Number,
    handle_min: _Number,
    waited_min: _Number,
    horizon_min: float = HORIZON_MIN,
) -> _Number:
    """The index: value that would be lost during the horizon, for each minute that the callback takes.

    value · reached · wanted · e^(−waited/interest) · (1 − e^(−horizon/interest)) / handle: a cμ rule whose cost of
    waiting is what is left of the value times how fast it goes. Who would wait for ever and who has gone already both
    count little.
    """
    left = np.exp(-waited_min / interest_min) * (1 - np.exp(-horizon_min / interest_min))
    found: _Number = value * reached * wanted * left / handle_min
    return found


def order(people: Iterable[Waiting], *, now: datetime, picks: int = 0, fairness: Fairness | None = None) -> list[Place]:
    """The list as it stands ``now``, when ``picks`` people have been taken from it before (today, say).

    Emergencies go before everything, the first first. Then:

    1. Promised slots that have begun or begin within 5 minutes, the first to end first.
    2. Those who have waited ``fairness.floor_min`` or longer, the longest wait first.
    3. The rest by index, the latest first where it is equal; each place whose pick number is a multiple of
       ``fairness.turn_every`` goes to the longest wait among the rest. Those who asked for a call exchange their
       places, so that whoever joined the queue first is called first of them.
    4. Slots promised for later, in order of time: not to be called yet.
    """
    fair = fairness or Fairness()
    everybody = list(people)
    urgent = sorted((one for one in everybody if one.emergency), key=lambda one: (one.since, one.id))
    known = [one for one in everybody if not one.emergency]
    later = [one for one in known if one.promised is not None and one.promised[0] - LEAD > now]
    due = [one for one in known if one.promised is not None and one.promised[0] - LEAD <= now]
    free = [one for one in known if one.promised is None]
    over = [one for one in free if one.waited_business_min >= fair.floor_min]
    rest = [one for one in free if one.waited_business_min < fair.floor_min]
    index = {one.id: _index(one, now) for one in known}
    usual = _Usual.of(rest, index)
    listed = [Place(waiting=one, loss_per_min=_index(one, now), reasons=(Reason.EMERGENCY,)) for one in urgent]
    listed += [
        Place(
            waiting=one,
            loss_per_min=index[one.id],
            reasons=(Reason.PROMISE_BROKEN if one.promised and one.promised[1] <= now else Reason.PROMISE_DUE,),
        )
        for one in sorted(due, key=lambda one: (one.promised and one.promised[1], one.id))
    ]
    listed += [
        Place(waiting=one, loss_per_min=index[one.id], reasons=(Reason.WAITED_TOO_LONG, *usual.reasons(one, index)))
        for one in sorted(over, key=lambda one: (-one.waited_business_min, one.since, one.id))
    ]
    for one, turn in _taken(rest, index, picks=picks + len(listed), every=fair.turn_every):
        why = usual.reasons(one, index)
        reasons = (Reason.TURN_OF_THE_LONGEST_WAIT, *why) if turn else why or (Reason.LATEST,)
        listed.append(Place(waiting=one, loss_per_min=index[one.id], reasons=reasons))
    return listed + [
        Place(waiting=one, loss_per_min=index[one.id], reasons=(Reason.PROMISED_LATER,), callable_now=False)
        for one in sorted(later, key=lambda one: (one.promised, one.id))
    ]


def _index(one: Waiting, now: datetime) -> float:
    return float(
        loss_per_minute(
            value=one.value,
            reached=one.reached,
            wanted=one.wanted,
            interest_min=one.interest_min,
            handle_min=one.handle_min,
            waited_min=max(0.0, (now - one.since) / timedelta(minutes=1)),
        )
    )


def _taken(rest: list[Waiting], index: dict[str, float], *, picks: int, every: int) -> Iterator[tuple[Waiting, bool]]:
    """The rest in the order of their picks, and whether it is the turn of the longest wait."""
    best = _as_joined(sorted(rest, key=lambda one: (-index[one.id], -one.since.timestamp(), one.id)))
    longest = iter(sorted(rest, key=lambda one: (-one.waited_business_min, one.since, one.id)))
    leading = iter(best)
    taken: set[str] = set()
    for number in range(picks + 1, picks + 1 + len(rest)):
        turn = every > 0 and number % every == 0
        one = next(one for one in (longest if turn else leading) if one.id not in taken)
        taken.add(one.id)
        yield one, turn


def _as_joined(best: list[Waiting]) -> list[Waiting]:
    """``best`` first, with those who asked for a call in the places of each other, as they joined the queue."""
    asked = sorted((one for one in best if one.joined is not None), key=lambda one: (one.joined, one.id))
    turns = iter(asked)
    return [one if one.joined is None else next(turns) for one in best]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usual:
    """What is usual on the list: reasons say what stands out from it."""

    loss: float
    reached: float

    @classmethod
    def of(cls, rest: list[Waiting], index: dict[str, float]) -> _Usual:
        return cls(
            loss=float(np.median([index[one.id] for one in rest])) if rest else 0.0,
            reached=float(np.median([one.reached for one in rest])) if rest else 0.0,
        )

    def reasons(self, one: Waiting, index: dict[str, float]) -> tuple[Reason, ...]:
        found = [Reason.KEEPS_PLACE] if one.joined is not None else []
        if one.misses_today > 1:
            found.append(Reason.MISSED_AGAIN_TODAY)
        if index[one.id] > self.loss:
            found.append(Reason.VALUE_ABOUT_TO_BE_LOST)
        if one.reached > self.reached:
            found.append(Reason.LIKELY_TO_ANSWER_NOW)
        return tuple(found)
