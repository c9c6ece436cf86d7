"""A large table of the lake is built by another process: the same table, and the server waits for none of it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from decroche.warehouse.building import BuildBeside, NotBuilt, build
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import CALLS, fingerprints
from tests.ledger.business import Shop
from tests.warehouse.test_lake_survives import garage, missed

__all__ = ["garage"]


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
