"""The journeys of one person as they stand now: opened by a miss, closed by an answer, expired by silence.

They are the chains of ``understand.journeys``, made again from all calls of the person whenever one of them changes,
so that a late fact gives the journeys that it would have given in time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from decroche.understand.journeys import SILENCE, Contact, chains, in_order


class LiveState(StrEnum):
    """How a journey stands. A withdrawn one rested on a miss that a late fact contradicted."""

    OPEN = "open"
    RECOVERED = "recovered"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class RecoveredBy(StrEnum):
    """What met the caller's need."""

    OUR_CALL = "our_call"
    THEIR_CALL = "their_call"
    REPLY = "reply"
    BOOKING = "booking"


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveContact(Contact):
    """A contact with the id of its call (or of the reply or booking). ``over`` is False while the call goes on."""

    id: str
    over: bool = True
    by: RecoveredBy | None = None

    @property
    def is_miss(self) -> bool:
        """A miss is one only at the end of the call: until then somebody may still answer."""
        return self.missed and self.over


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveJourney:
    """One journey. ``missed`` and ``calls`` are the ids of its calls, in order of time."""

    id: str
    person: int
    site: str
    state: LiveState
    opened_at: datetime
    last_missed_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    recovered_by: RecoveredBy | None
    recovered_ref: str | None
    missed: tuple[str, ...]
    calls: tuple[str, ...]


def live_journeys(
    contacts: Iterable[LiveContact], *, account: str, now: datetime, silence: timedelta = SILENCE
) -> list[LiveJourney]:
    """The journeys of one person with every site at which they were missed, in order of site and opening.

    An answered call, a reply or a booking at any site of the business meets the need: the caller does not care which
    of our lines answers.
    """
    # Of two calls of one moment the order must be one that no store can change.
    known = sorted(contacts, key=lambda contact: contact.id)
    found: list[LiveJourney] = []
    for site in sorted({contact.site for contact in known if contact.is_miss}):
        here = [c if c.site == site else replace(c, site=site) for c in known if c.site == site or c.answered]
        for chain in chains(in_order(here), silence):
            if any(contact.is_miss for contact in chain):
                found.append(_journey(chain, account, now, silence))
    return found


def journey_id(account: str, first_missed: str) -> str:
    """The id of the journey that a missed call opens: the same whenever it is computed."""
    return hashlib.blake2b(f"{account}|journey|{first_missed}".encode(), digest_size=16).hexdigest()


def _journey(chain: Sequence[LiveContact], account: str, now: datetime, silence: timedelta) -> LiveJourney:
    missed = [contact for contact in chain if contact.is_miss]
    first, last = missed[0], missed[-1]
    answer = next((c for c in chain if c.answered and c.started_at > last.started_at), None)
    expires_at = max(c.started_at for c in chain if c.inbound or c.answered) + silence
    if answer is not None:
        state, closed_at = LiveState.RECOVERED, answer.started_at
    elif now > expires_at:
        state, closed_at = LiveState.EXPIRED, expires_at
    else:
        state, closed_at = LiveState.OPEN, None
    by = None
    if answer is not None:
        by = answer.by or (RecoveredBy.THEIR_CALL if answer.inbound else RecoveredBy.OUR_CALL)
    return LiveJourney(
        id=journey_id(account, first.id),
        person=first.person,
        site=first.site,
        state=state,
        opened_at=first.started_at,
        last_missed_at=last.started_at,
        expires_at=expires_at,
        closed_at=closed_at,
        recovered_by=by,
        recovered_ref=None if answer is None else answer.id,
        missed=tuple(contact.id for contact in missed),
        calls=tuple(contact.id for contact in chain if contact.by is None),
    )
