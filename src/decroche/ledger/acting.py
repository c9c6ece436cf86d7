"""Lets one at a time act for a business: whoever acts first asks here, so that no two wait for each other crosswise.

The log of rulings needs it too: the next entry is sealed with the last. On SQLite one at a time writes anyway.
"""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from decroche.ledger.recovery_tables import texts
from decroche.ledger.remembering import memory
from decroche.ledger.tables import accounts, journeys

_HELD = "acts_for"


def act_for(connection: sa.Connection, account: str) -> None:
    """Wait for whoever acts for this account, and let nobody else until the transaction ends."""
    if (_HELD, account) not in (memory(connection) or {}):
        _hold(connection, _ACCOUNT, {"id": account})


def act_for_all(connection: sa.Connection, wanted: Iterable[str]) -> None:
    """The same for several accounts, before anything else is done for one of them: no two wait crosswise."""
    if ids := sorted(set(wanted)):
        _hold(connection, _ACCOUNTS, {"ids": ids})


def act_for_journey(connection: sa.Connection, journey: str) -> None:
    """The same for the account of a journey."""
    _hold(connection, _OF_JOURNEY, {"id": journey})


def act_for_text(connection: sa.Connection, text: str) -> None:
    """The same for the account of a text."""
    _hold(connection, _OF_TEXT, {"id": text})


def _hold(connection: sa.Connection, query: sa.Select[str, str], of: dict[str, object]) -> None:
    if connection.dialect.name != "postgresql":
        return
    held = list(connection.execute(query, of).scalars())
    if (known := memory(connection)) is not None:
        for account in held:
            known[_HELD, account] = True


_id: sa.BindParameter[str] = sa.bindparam("id")
# Whoever acts asks the same few questions, of rows that their keys find: planned once, and not for each value, which
# took PostgreSQL longer than to answer them. It holds until the transaction ends.
_planned = sa.func.set_config("plan_cache_mode", "force_generic_plan", sa.true())
# "For no key update": rows that refer to the account may be written meanwhile.
_HOLD = sa.select(accounts.c.id, _planned).with_for_update(key_share=True)
_ACCOUNT = _HOLD.where(accounts.c.id == _id)
_ACCOUNTS = _HOLD.where(accounts.c.id.in_(sa.bindparam("ids", expanding=True))).order_by(accounts.c.id)
_OF_JOURNEY = _HOLD.where(
    accounts.c.id == sa.select(journeys.c.account_id).where(journeys.c.id == _id).scalar_subquery()
)
_OF_TEXT = _HOLD.where(accounts.c.id == sa.select(texts.c.account_id).where(texts.c.id == _id).scalar_subquery())
