"""What follows from time alone: journeys that expire, and calls of which nothing is heard any more."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from decroche.ledger.folding import Change, facts_of, refold_people
from decroche.ledger.lost_ends import CLOCK, last_told, lost_end
from decroche.ledger.observations import Observation, append
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, journeys
from decroche.understand.live_journeys import LiveState

#: A caller who was not answered has hung up by then: longer than the longest wait that queues are set to, and than the
#: late events of the platforms that we know. The journey opens that much late, where otherwise it never would.
QUIET_UNANSWERED = timedelta(minutes=15)
#: Two people may talk for long, and nothing is said of a call while they do; nobody waits for this verdict.
QUIET_ANSWERED = timedelta(hours=4)
#: Journeys, or calls, in one transaction.
_AT_ONCE = 500


def expire(ledger: Ledger, *, now: datetime) -> tuple[Change, ...]:
    """Close the journeys in which nothing happened for too long, in ``ledger.folding()``. Returns the changes."""
    j = journeys.c
    due = (
        sa.select(j.account_id, j.person)
        .where(j.state == str(LiveState.OPEN), j.expires_at < now)
        .distinct()
        .order_by(j.account_id, j.person)
        .limit(_AT_ONCE)
    )
    made: list[Change] = []
    while True:
        with ledger.writing() as connection:
            people: dict[str, set[int]] = {}
            for account, person in connection.execute(due):
                people.setdefault(account, set()).add(person)
            found = [
                change for account in people for change in refold_people(connection, account, people[account], now)
            ]
        made += found
        if not found:
            return tuple(made)


def close_lost_calls(
    ledger: Ledger,
    *,
    now: datetime,
    unanswered: timedelta = QUIET_UNANSWERED,
    answered: timedelta = QUIET_ANSWERED,
) -> int:
    """Say of each call in progress of which nothing was heard for so long that it has ended; the next fold closes it.

    What a platform tells later of the call wins, see ``lost_ends``. Returns how many calls were new to this.
    """
    c = calls.c
    quiet = sa.or_(
        sa.and_(c.answered.is_(False), c.last_heard_at < now - unanswered),
        sa.and_(c.answered.is_(True), c.last_heard_at < now - answered),
    )
    # Written into the statement, as the index of the calls in progress has it.
    going = c.progress != sa.literal_column("'ended'")
    query = sa.select(c.id, c.endpoint_id, c.external_key).where(going, quiet).order_by(c.last_heard_at)
    with ledger.reading() as connection:
        silent = connection.execute(query.limit(_AT_ONCE)).all()
        told = facts_of(connection, {row.id for row in silent})
    found = [
        Observation(
            endpoint_id=row.endpoint_id,
            record=lost_end(row.external_key, last_told(told[row.id])),
            source=CLOCK,
            received_at=now,
        )
        for row in silent
    ]
    if not found:
        return 0
    with ledger.writing() as connection:
        return append(connection, found)
