"""Which calls and which journeys a figure counts: one description, for the number and for the list behind it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from decroche.model.call import ABANDONED, MissedReason
from decroche.understand.live_journeys import RecoveredBy

Reasons = frozenset[MissedReason]
EVERY_REASON: Reasons = frozenset(MissedReason)
#: Missed calls that no person could have taken: they are missed, yet no service level counts them.
OUT_OF_REACH: Reasons = frozenset(
    {MissedReason.AFTER_HOURS, MissedReason.BLOCKED_SPAM, MissedReason.CALLBACK_REQUESTED}
)
#: Those that a person could have taken: the B of a service level.
REACHABLE: Reasons = EVERY_REASON - OUT_OF_REACH
SHORT: Reasons = frozenset({MissedReason.SHORT_ABANDON})
LONG_ABANDONED: Reasons = frozenset(ABANDONED) - SHORT
NOTHING: Reasons = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallSet:
    """Offered calls: the answered ones, and the missed ones with one of some reasons. What is named is added up.

    « Within » is within the threshold of the service level, by a wait that is told; ``missed_after`` are all others.
    ``called_back``: missed ones whose caller our own call reached. Of these, ``told`` keeps those of which this
    duration is known, ``first`` the first answered calls of needs whose days since are over, ``resolved`` those that
    met the need, ``net`` those of which nobody noted that no first call could meet it, and ``open`` those in open hours
    (True; hours that nobody told are open) or outside of them (False).
    """

    answered: bool = False
    answered_within: bool = False
    missed: Reasons = NOTHING
    missed_within: Reasons = NOTHING
    missed_after: Reasons = NOTHING
    called_back: bool = False
    told: str | None = None
    first: bool = False
    resolved: bool = False
    net: bool = False
    open: bool | None = None


#: The first answered calls of needs, and those of them that met the need.
FIRST_CONTACTS = CallSet(answered=True, first=True)
RESOLVED = CallSet(answered=True, first=True, resolved=True)
NET_FIRST_CONTACTS = CallSet(answered=True, first=True, net=True)
NET_RESOLVED = CallSet(answered=True, first=True, resolved=True, net=True)


class JourneySet(StrEnum):
    """Journeys that no late fact contradicted, by what became of them.

    DECIDED are those that are not open and old enough, KEPT those of them that were recovered. CALLED are those of
    which the wait for our first call is known. OVER are those whose first day is over, NOT_CALLED those of them in
    which nobody was reached within it and no call of ours was made.
    """

    OPENED = "opened"
    RECOVERED = "recovered"
    EXPIRED = "expired"
    OPEN = "open"
    DECIDED = "decided"
    KEPT = "kept"
    CALLED = "called"
    OVER = "over"
    NOT_CALLED = "not_called"
    OUR_CALL = f"recovered:{RecoveredBy.OUR_CALL}"
    THEIR_CALL = f"recovered:{RecoveredBy.THEIR_CALL}"
    REPLY = f"recovered:{RecoveredBy.REPLY}"
    BOOKING = f"recovered:{RecoveredBy.BOOKING}"


#: How a journey was recovered, by the set of those that were.
RECOVERED_BY = {
    JourneySet.OUR_CALL: RecoveredBy.OUR_CALL,
    JourneySet.THEIR_CALL: RecoveredBy.THEIR_CALL,
    JourneySet.REPLY: RecoveredBy.REPLY,
    JourneySet.BOOKING: RecoveredBy.BOOKING,
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a figure counts, and among what; without ``among`` it is no share."""

    counted: CallSet | JourneySet
    among: CallSet | JourneySet | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """A share of calls: what is counted, and among what."""

    counted: CallSet
    among: CallSet
