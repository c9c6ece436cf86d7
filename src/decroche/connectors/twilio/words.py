"""What Twilio's words, times and numbers mean, alike in its callbacks and in its list of calls."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from decroche.connector_kit.objects import Told, number, text
from decroche.model.call import Direction
from decroche.model.fact import UnknownWord

INBOUND = frozenset({"inbound", "trunking-originating"})
OUTBOUND = frozenset({"outbound-api", "outbound-dial", "trunking-terminating"})
RUNNING = frozenset({"queued", "initiated", "ringing", "in-progress", "answered"})
#: Final statuses that nobody answered, of which these rang.
RANG = frozenset({"no-answer", "canceled"})

_MACHINES = frozenset({"machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax"})
_ANSWERED_BY = _MACHINES | {"human", "unknown"}
#: The numbers that Twilio writes for a caller without one: the word as keys of a telephone.
_WITHHELD = {
    "+266696687": "anonymous",
    "+7378742833": "restricted",
    "+2562533": "blocked",
    "+8656696": "unknown",
    "+86282452253": "unavailable",
}
#: No call lasts longer, in seconds; what is above is no duration.
_LONGEST_S = 10_000_000.0
_CENTURY = range(2000, 2100)


def direction_of(word: str | None) -> tuple[Direction | None, tuple[UnknownWord, ...]]:
    """The way of a leg of its own; an unknown word is told as such."""
    if word is None or word in INBOUND:
        return (None if word is None else Direction.INBOUND), ()
    return (Direction.OUTBOUND, ()) if word in OUTBOUND else (None, (UnknownWord("Direction", word),))


def by_machine(word: str | None) -> tuple[bool, tuple[UnknownWord, ...]]:
    """Whether an answering machine or a fax picked up; an unknown word is told as such, and is no machine."""
    known = word is None or word.lower() in _ANSWERED_BY
    return word is not None and word.lower() in _MACHINES, () if known else (UnknownWord("AnsweredBy", word or ""),)


def caller_of(told: str | None) -> str | None:
    """The number of a leg, with the word for one that is withheld."""
    return told if told is None else _WITHHELD.get(told, told)


def agent_of(told: str | None) -> str | None:
    """The colleague whom the flow dialled: a client's or a SIP name, or a number."""
    return None if told is None else (told.removeprefix("client:").removeprefix("sip:") or None)


def rfc2822(told: Told, *names: str) -> datetime | None:
    """The first of ``names`` that holds ``Fri, 18 Oct 2019 16:02:00 +0000``, in UTC."""
    for name in names:
        written = text(told, name)
        if written is None:
            continue
        try:
            found = parsedate_to_datetime(written)
            found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
        if found.year in _CENTURY:
            return found
    return None


def lasted(told: Told, name: str) -> float | None:
    """A duration in seconds; None when it is not one."""
    found = number(told, name)
    return found if found is not None and 0 <= found <= _LONGEST_S else None
