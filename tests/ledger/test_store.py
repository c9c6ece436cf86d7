"""What the ledger promises of its transactions, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from tests.ledger.business import shop
from tests.ledger.stories import Body


def kept(connection: sa.Connection) -> int:
    return int(connection.execute(sa.text("select count(*) from observations")).scalar_one())


def test_a_reader_sees_one_state_while_others_write(ledger: Ledger) -> None:
    found = shop(ledger)
    with ledger.reading() as connection:
        assert kept(connection) == 0
        found.keep([Body(trouble="ignored")])
        assert kept(connection) == 0
    with ledger.reading() as connection:
        assert kept(connection) == 1


def test_what_fails_half_way_leaves_nothing(ledger: Ledger) -> None:
    shop(ledger)
    with pytest.raises(RuntimeError), ledger.writing() as connection:
        connection.execute(sa.text("update lines set name = 'changed'"))
        raise RuntimeError
    with ledger.reading() as connection:
        assert "changed" not in connection.execute(sa.text("select name from lines")).scalars().all()


def test_what_points_to_nothing_is_refused(ledger: Ledger) -> None:
    with pytest.raises(sa.exc.IntegrityError), ledger.writing() as connection:
        connection.execute(sa.text("insert into sites (id, account_id, name) values ('x', 'nobody', 'x')"))
