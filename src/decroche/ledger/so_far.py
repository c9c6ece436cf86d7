"""What of a business is set up already, so that a first run can be left and taken up again."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.recovery_tables import texts
from decroche.ledger.tables import calls, endpoints, lines, opening_hours, sites
from decroche.model.text import TextState

#: States of a text that a provider has.
_TAKEN = (TextState.HANDED, TextState.DELIVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SoFar:
    """Which things are there. ``settings`` are those of recovery as JSON; ``tested``: a provider took a test text.

    ``history``: there are calls of before a phone system was connected.
    """

    sites: bool
    hours: bool
    lines: bool
    endpoints: bool
    heard: bool
    history: bool
    tested: bool
    settings: str | None


def so_far(connection: sa.Connection, account: str) -> SoFar:
    """What there is of an account: each question ends at the first row."""
    e, t = endpoints.c, texts.c
    mine = (e.account_id == account) & e.removed_at.is_(None)
    tests = (t.account_id == account) & t.journey_id.is_(None) & (t.purpose == "test") & t.state.in_(_TAKEN)
    connected = sa.select(sa.func.min(e.created_at)).where(e.account_id == account).scalar_subquery()
    return SoFar(
        sites=_any(connection, sites.c.account_id == account),
        hours=_any(connection, opening_hours.c.account_id == account),
        lines=_any(connection, lines.c.account_id == account),
        endpoints=_any(connection, mine),
        heard=_any(connection, mine & e.heard_at.is_not(None)),
        history=_any(connection, (calls.c.account_id == account) & (calls.c.started_at < connected)),
        tested=_any(connection, tests),
        settings=settings_of(connection, account),
    )


def _any(connection: sa.Connection, where: sa.ColumnElement[bool]) -> bool:
    return connection.execute(sa.select(sa.literal(1)).where(where).limit(1)).first() is not None
