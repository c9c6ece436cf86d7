"""Whether platforms reach us at our public address, as the process that asks found it, for every other to show."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import sqlalchemy as sa

from decroche.ledger.inserting import put
from decroche.ledger.tables import counters


class Reach(StrEnum):
    """What stands at our public address. The order of the members is kept in ledgers: only add to its end."""

    REACHABLE = "reachable"
    NOT_US = "not_us"
    SILENT = "silent"
    NO_ADDRESS = "no_address"


_FOUND, _AT = "reach", "reach_at"


def read_reach(connection: sa.Connection) -> tuple[Reach, datetime] | None:
    """What was found last, and when; None before anybody looked."""
    c = counters.c
    rows = connection.execute(sa.select(c.name, c.value).where(c.name.in_((_FOUND, _AT))))
    told = {row.name: row.value for row in rows}
    known = tuple(Reach)
    if len(told) != 2 or not 0 <= told[_FOUND] < len(known):
        return None
    return known[told[_FOUND]], datetime.fromtimestamp(told[_AT], UTC)


def write_reach(connection: sa.Connection, found: Reach, now: datetime) -> None:
    """Remember what was found."""
    number = tuple(Reach).index(found)
    put(connection, counters, [{"name": _FOUND, "value": number}, {"name": _AT, "value": int(now.timestamp())}])
