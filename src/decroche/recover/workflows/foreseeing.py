"""Reads in a few questions what is asked of misses that are looked at one after the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger import episodes as runs
from decroche.ledger import recovery_settings as wishes
from decroche.recover.workflows.about_person import read_callers
from decroche.recover.workflows.standing import Seen, missed_of, read_journeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """A miss, and the ``last`` run that its journey has had."""

    seen: Seen
    last: runs.Row | None


def foresee(
    connection: sa.Connection, changes: Sequence[Mapping[str, Any]], *, key: bytes, now: datetime
) -> dict[str, Foreseen]:
    """What there is to know of misses that open journeys (``changes``), by journey.

    It holds until something is done for one of them but by looking at the others. Whoever was missed in two journeys is
    left out: what is done for the first may matter to the second.
    """
    wanted = [each["subject"] for each in changes if wishes.settings_of(connection, each["account_id"]) is not None]
    if len(wanted) < 2:
        return {}
    found = read_journeys(connection, wanted)
    times = Counter((each["account_id"], each["person"]) for each in found.values())
    alone = {id: each for id, each in found.items() if times[each["account_id"], each["person"]] == 1}
    last = runs.last_episodes(connection, alone)
    missed = missed_of(connection, alone.values())
    them = read_callers(connection, alone.values(), key=key, now=now)
    return {
        id: Foreseen(seen=Seen(journey=each, missed=missed[id], them=them[id]), last=last.get(id))
        for id, each in alone.items()
        if id in them
    }
