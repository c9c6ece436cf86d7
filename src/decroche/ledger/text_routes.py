"""The ways by which texts go out: how each fares, and whose turn it is, for its provider's sake.

Who takes a turn acts for the account: nobody else changes its ways meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from decroche.ledger.inserting import insert_for, insert_new
from decroche.ledger.recovery_tables import text_routes
from decroche.ledger.remembering import memory

_KNOWN = "text_routes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """``free_at``: when the next text may go out. ``failures`` in a row; until ``rests_until`` nothing is tried."""

    free_at: datetime | None = None
    failures: int = 0
    rests_until: datetime | None = None

    def rests(self, now: datetime) -> bool:
        """Whether nothing is to be tried now."""
        return self.rests_until is not None and self.rests_until > now

    @property
    def fares_well(self) -> bool:
        """Whether the last try by it went well, or there was none."""
        return not self.failures and self.rests_until is None


#: A way by which nothing was ever sent.
NEW = Route()
Routes = Mapping[tuple[str, str], Route]


def routes(connection: sa.Connection, account: str) -> Routes:
    """The ways of an account by which something was sent, by endpoint and sender."""
    known = memory(connection)
    if known is None:
        return _read(connection, account)
    if (_KNOWN, account) not in known:
        known[_KNOWN, account] = _read(connection, account)
    found: Routes = known[_KNOWN, account]
    return found


def resting(connection: sa.Connection, account: str, now: datetime) -> set[tuple[str, str]]:
    """The (endpoint, sender) by which nothing is to be tried now."""
    return {way for way, route in routes(connection, account).items() if route.rests(now)}


def take_turn(
    connection: sa.Connection, account: str, endpoint: str, sender: str, *, per_second: float, now: datetime
) -> datetime:
    """The moment at which a text from this sender may be handed over: later ones get later moments."""
    found = routes(connection, account)
    route = found.get((endpoint, sender))
    if route is None:
        key = {"endpoint_id": endpoint, "sender": sender, "account_id": account}
        insert_new(connection, text_routes, [key], unique=("endpoint_id", "sender"))
        route = NEW
    turn = now if route.free_at is None or route.free_at < now else route.free_at
    free_at = turn + timedelta(seconds=1 / per_second)
    connection.execute(_TAKE, {"endpoint": endpoint, "by": sender, "after": free_at})
    _remember(connection, account, {**found, (endpoint, sender): replace(route, free_at=free_at)})
    return turn


def note_outcome(
    connection: sa.Connection, account: str, endpoint: str, sender: str, *, well: bool, rest: timedelta, now: datetime
) -> None:
    """Remember how the provider fares: after three failures in a row nothing is tried there for ``rest``."""
    key = {"endpoint_id": endpoint, "sender": sender, "account_id": account}
    add = insert_for(connection)(text_routes).values(**key, failures=0 if well else 1, rests_until=None)
    failures = sa.literal(0) if well else text_routes.c.failures + 1
    until = sa.null() if well else sa.case((text_routes.c.failures >= 2, sa.literal(now + rest, _moment)), else_=None)
    connection.execute(
        add.on_conflict_do_update(
            index_elements=["endpoint_id", "sender"], set_={"failures": failures, "rests_until": until}
        )
    )
    _remember(connection, account, None)


def rest(connection: sa.Connection, account: str, endpoint: str, sender: str, *, until: datetime) -> None:
    """Try nothing by this way until then."""
    c = text_routes.c
    change = sa.update(text_routes).where(c.endpoint_id == endpoint, c.sender == sender)
    connection.execute(change.values(rests_until=until))
    _remember(connection, account, None)


def _read(connection: sa.Connection, account: str) -> Routes:
    return {
        (row.endpoint_id, row.sender): Route(free_at=row.free_at, failures=row.failures, rests_until=row.rests_until)
        for row in connection.execute(_ROUTES, {"account": account})
    }


def _remember(connection: sa.Connection, account: str, found: Routes | None) -> None:
    known: dict[tuple[str, str], Any] | None = memory(connection)
    if known is None:
        return
    if found is None:
        known.pop((_KNOWN, account), None)
    else:
        known[_KNOWN, account] = found


# Built once: each text asks these.
_ROUTES = sa.select(text_routes).where(text_routes.c.account_id == sa.bindparam("account"))
_TAKE = (
    sa.update(text_routes)
    .where(text_routes.c.endpoint_id == sa.bindparam("endpoint"), text_routes.c.sender == sa.bindparam("by"))
    .values(free_at=sa.bindparam("after"))
)
_moment = text_routes.c.rests_until.type
