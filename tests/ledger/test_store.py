"""What the ledger promises of its transactions, on both databases."""

from __future__ import annotations

import sqlalchemy as sa

from decroche.ledger.store import Ledger


def test_x(ledger: Ledger) -> None:
    with ledger.reading() as connection:
        assert connection.execute(sa.text("select count(*) from calls")).scalar_one() == 0
