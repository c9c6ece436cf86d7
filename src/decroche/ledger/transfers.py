"""How many calls were passed on in a period, and the minutes after that, from the legs that the ledger keeps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec
import sqlalchemy as sa

from decroche.ledger.tables import calls
from decroche.model.call import Leg
from decroche.understand.transfers import seconds_after_transfer

#: Two legs that somebody took, as they are written.
_TWICE = '%"answered":true%"answered":true%'
_AT_ONCE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfers:
    """Calls that were passed on, of ``calls`` that a person took, and the ``minutes`` of others than the first."""

    passed_on: int = 0
    calls: int = 0
    minutes: float = 0.0


def transfers_between(connection: sa.Connection, account: str, since: datetime, until: datetime) -> Transfers:
    """Of the calls of ``[since, until)``."""
    c = calls.c
    mine = (c.account_id == account, c.started_at >= since, c.started_at < until, c.answered)
    taken = connection.execute(sa.select(sa.func.count()).select_from(calls).where(*mine)).scalar_one()
    passed_on, seconds = 0, 0.0
    rows = connection.execute(sa.select(c.legs).where(*mine, c.legs.like(_TWICE)))
    for part in rows.partitions(_AT_ONCE):
        for row in part:
            after = seconds_after_transfer(msgspec.json.decode(row.legs, type=list[Leg]))
            if after is not None:
                passed_on += 1
                seconds += after
    return Transfers(passed_on=passed_on, calls=int(taken), minutes=seconds / 60)
