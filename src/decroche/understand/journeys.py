"""What became of the people who were missed: their contacts with one site, joined until seven days pass in silence.

``warehouse.journeys`` is the columnar twin.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import TypeVar

#: Silence after which a journey is over, and after a recovery a new miss starts another journey (a setting).
SILENCE = timedelta(days=7)


class JourneyState(StrEnum):
    """How a journey stands when the data end."""

    RECOVERED_BY_CALLER = "recovered_by_caller"
    RECOVERED_BY_US = "recovered_by_us"
    LOST = "lost"
    OPEN = "open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A call of one person with one site: theirs to us (``inbound``) or ours to them, answered by a person or not."""

    person: int
    site: str
    started_at: datetime
    inbound: bool
    answered: bool

    @property
    def missed(self) -> bool:
        """An inbound call that nobody answered."""
        return self.inbound and not self.answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """From the first miss of a person to the end of the contacts that follow it.

    ``redialed_after_s`` / ``redialed_answered_after_s``: seconds from the first miss to the person's next call, and to
    the first of their calls that was answered; ``called_back_after_s`` / ``called_back_answered_after_s``: the same
    for our calls. None when it did not happen.
    """

    person: int
    site: str
    opened_at: datetime
    last_missed_at: datetime
    attempts: int
    first_contact: bool
    state: JourneyState
    redialed_after_s: float | None
    redialed_answered_after_s: float | None
    called_back_after_s: float | None
    called_back_answered_after_s: float | None


_Contact = TypeVar("_Contact", bound=Contact)


def journeys(contacts: Iterable[Contact], *, data_end: datetime, silence: timedelta = SILENCE) -> list[Journey]:
    """The journeys in ``contacts``, ordered by person, site and time.

    A chain is a person's contacts with a site with no gap longer than ``silence``; our unanswered attempts are no
    contact: they belong to the chain before them and do not prolong it. A chain with a miss is one journey, which
    begins at its first miss. It is recovered when its last miss is followed by an answered call of either side, later
    than the miss; otherwise it is lost when ``silence`` has passed between its last contact and ``data_end``, else
    still open. Of several contacts in one second, answered calls come first and theirs after ours.
    """
    found: list[Journey] = []
    for _, group in groupby(in_order(contacts), key=lambda c: (c.person, c.site)):
        seen_before = False
        for chain in chains(list(group), silence):
            if any(contact.missed for contact in chain):
                found.append(_journey(chain, first_contact=not seen_before, data_end=data_end, silence=silence))
            seen_before = True
    return found


def missed_called_back(contacts: Iterable[Contact], *, silence: timedelta = SILENCE) -> int:
    """Missed calls whose caller our own call reached later, within ``silence``; calls are counted, not people."""
    known = list(contacts)
    reached: dict[tuple[int, str], list[datetime]] = {}
    for contact in known:
        if contact.answered and not contact.inbound:
            reached.setdefault((contact.person, contact.site), []).append(contact.started_at)
    return sum(
        any(missed.started_at < moment <= missed.started_at + silence for moment in reached.get(person, ()))
        for missed in known
        if missed.missed
        for person in [(missed.person, missed.site)]
    )


def in_order(contacts: Iterable[_Contact]) -> list[_Contact]:
    """``contacts`` by person, site and time; of one second, answered calls first and theirs after ours."""
    return sorted(contacts, key=lambda c: (c.person, c.site, c.started_at, c.missed, c.inbound, not c.answered))


def chains(contacts: Sequence[_Contact], silence: timedelta) -> list[list[_Contact]]:
    """The chains of one person with one site; ``contacts`` are in order. See ``journeys``."""
    found: list[list[_Contact]] = []
    last: datetime | None = None
    for contact in contacts:
        if contact.inbound or contact.answered:
            if last is None or contact.started_at - last > silence:
                found.append([])
            last = contact.started_at
        if found:
            found[-1].append(contact)
    return found


def _journey(chain: Sequence[Contact], *, first_contact: bool, data_end: datetime, silence: timedelta) -> Journey:
    missed = [contact for contact in chain if contact.missed]
    opened, last_missed = missed[0], missed[-1]
    after_last = [c for c in chain if c.answered and c.started_at > last_missed.started_at]
    last_contact = max(c.started_at for c in chain if c.inbound or c.answered)
    if after_last:
        state = JourneyState.RECOVERED_BY_CALLER if after_last[0].inbound else JourneyState.RECOVERED_BY_US
    else:
        state = JourneyState.LOST if data_end - last_contact > silence else JourneyState.OPEN

    def after(inbound: bool, answered: bool) -> float | None:
        return next(
            (
                (c.started_at - opened.started_at).total_seconds()
                for c in chain
                if c.started_at > opened.started_at and c.inbound is inbound and (c.answered or not answered)
            ),
            None,
        )

    return Journey(
        person=opened.person,
        site=opened.site,
        opened_at=opened.started_at,
        last_missed_at=last_missed.started_at,
        attempts=len(missed),
        first_contact=first_contact and chain[0].started_at == opened.started_at,
        state=state,
        redialed_after_s=after(inbound=True, answered=False),
        redialed_answered_after_s=after(inbound=True, answered=True),
        called_back_after_s=after(inbound=False, answered=False),
        called_back_answered_after_s=after(inbound=False, answered=True),
    )
