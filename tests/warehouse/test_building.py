"""A large table of the lake is built by another process: the same table, and the server waits for none of it."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.tables import calls, counters
from decroche.warehouse.building import BuildBeside, NotBuilt, build
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import CALLS, fingerprints
from decroche.warehouse.ledger_tail import everything, ledger_watermark
from decroche.warehouse.refresh import refresh, same_as_ledger
from tests.ledger.business import Shop
from tests.warehouse.test_lake_survives import garage, missed

__all__ = ["garage"]
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def lake_in(folder: Path) -> Lake:
    return Lake(str(folder / "lake"), partial(fingerprints, b"k" * 32))


def beside(*, ending: bool = False, least: int = 0) -> BuildBeside:
    return BuildBeside(lambda: ending, least=least)


@pytest.mark.hard
def test_it_builds_what_this_process_would(garage: Shop, tmp_path: Path) -> None:
    garage.keep([missed(1), missed(2)])
    garage.fold()
    lake = lake_in(tmp_path)
    built = beside()(garage.ledger, lake, garage.account, CALLS)
    made = lake.table(garage.account, CALLS).snapshot()
    assert made is not None
    assert (built.rows, built.built, made.rows) == (2, True, 2)
    again = build(garage.ledger, lake, garage.account, CALLS)
    remade = lake.table(garage.account, CALLS).snapshot()
    assert remade is not None
    assert (again.rows, remade.watermark) == (2, made.watermark)


@pytest.mark.hard
def test_it_ends_with_the_server(garage: Shop, tmp_path: Path) -> None:
    garage.keep([missed(1)])
    garage.fold()
    lake = lake_in(tmp_path)
    with pytest.raises(NotBuilt):
        beside(ending=True)(garage.ledger, lake, garage.account, CALLS)
    assert lake.table(garage.account, CALLS).snapshot() is None


def test_few_rows_are_built_here(garage: Shop, tmp_path: Path) -> None:
    garage.keep([missed(1)])
    garage.fold()
    lake = lake_in(tmp_path)
    # A process would not be begun at all while the server ends.
    assert beside(ending=True, least=1)(garage.ledger, lake, garage.account, CALLS).rows == 1


def test_what_changes_while_it_is_read_in_parts_is_merged_after(garage: Shop, tmp_path: Path) -> None:
    garage.keep([missed(number) for number in range(4)])
    garage.fold()
    lake = lake_in(tmp_path)
    with garage.ledger.reading() as connection:
        before = ledger_watermark(connection)
    stands_for = lake.fingerprints(garage.account)
    parts = everything(garage.ledger, garage.account, CALLS, before, fingerprint=stands_for, at_once=2)
    first = next(parts)
    with garage.ledger.writing() as connection:  # the first call began later than was said: the last part holds it too
        moved = sa.update(calls).where(calls.c.id == first.column("id")[0].as_py())
        revision = before.revision + 1
        connection.execute(moved.values(started_at=LATER, revision=revision))
        connection.execute(sa.update(counters).where(counters.c.name == "revision").values(value=revision))
    lake.table(garage.account, CALLS).build(chain([first], parts), before)
    merged = refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    assert [each.rows for each in merged if each.table == CALLS.name] == [1]
    assert same_as_ledger(garage.ledger, lake, garage.account, scratch=tmp_path)
