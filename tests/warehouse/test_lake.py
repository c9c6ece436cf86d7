"""The lake holds what the ledger holds, whatever happened in between; with its tail it is never behind."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import CALLS, JOURNEYS, TABLES, Kept, fingerprints
from decroche.warehouse.ledger_tail import tail
from decroche.warehouse.live_columns import Columns, LiveColumns, NotReady
from decroche.warehouse.prepared import Clocks
from decroche.warehouse.refresh import rebuild, refresh, same_as_ledger, tidy
from tests.databases import opened
from tests.ledger.business import Shop, emptied, shop
from tests.ledger.stories import Body, bodies, deliveries

KEY = b"k" * 32
#: One example takes a second: what fails is told at once.
CLOCKS, BEGIN = Clocks("Europe/Paris"), datetime(2020, 1, 1)  # noqa: DTZ001
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


@contextmanager
def place() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="décroche lake ") as folder:
        yield Path(folder)


def lake_in(folder: Path) -> Lake:
    return Lake(str(folder / "lake"), lambda account: fingerprints(KEY, account))


def of_ledger(found: Shop, kept: Kept) -> dict[str, dict[str, Any]]:
    """What the lake should hold, by id."""
    rows = found.calls() if kept is CALLS else found.journeys(withdrawn=True)
    print_of = fingerprints(KEY, found.account)
    wanted = {}
    for id, row in rows.items():
        shown = {name: row[kept.columns.get(name, name)] for name in kept.schema.names if name not in _MADE}
        if kept is JOURNEYS:
            shown["first_call"] = row["missed_calls"].strip('[]"').split('"')[0] or None
        shown["person"] = None if row["person"] is None else print_of(row["person"])
        wanted[id] = {
            name: value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for name, value in shown.items()
        }
    return wanted


_MADE = frozenset({"revision", "month"})


def held(columns: Columns, *, kept: Kept) -> dict[str, dict[str, Any]]:
    table = columns.calls if kept is CALLS else columns.journeys
    rows = columns.engine.records(table)
    found = {row["id"]: {name: value for name, value in row.items() if name not in _MADE} for row in rows}
    assert len(found) == len(rows), "a row twice"
    assert all(row["month"] == f"{row[kept.dated]:%Y-%m}" for row in rows)
    return found


def check(found: Shop, columns: LiveColumns) -> None:
    for kept in TABLES:
        assert columns.ask(found.account, partial(held, kept=kept)) == of_ledger(found, kept)


def prepared(columns: Columns) -> list[list[str]]:
    kept = columns.prepare(CLOCKS, BEGIN)
    tables = (columns.engine.records(columns.engine.table(name)) for name in (kept.calls, kept.journeys))
    return [sorted(repr(sorted(row.items())) for row in each) for each in tables]


def check_merged(found: Shop, lake: Lake) -> None:
    """Nothing is newer than the lake."""
    for kept in TABLES:
        snapshot = lake.table(found.account, kept).snapshot()
        assert snapshot is not None
        with found.ledger.reading() as connection:
            new = tail(connection, found.account, kept, snapshot.watermark, fingerprint=abs, most=1000)
        assert (new.rows.num_rows, new.gone) == (0, frozenset())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def garage(request: pytest.FixtureRequest) -> Iterator[Shop]:
    with opened(request.param) as ledger:
        yield shop(ledger)


@pytest.mark.hard
@settings(max_examples=12, phases=NO_SHRINKING)
@given(said=bodies(most=10).flatmap(lambda drawn: deliveries(drawn)), chance=st.randoms(use_true_random=False))
def test_lake_and_tail_are_the_ledger_at_every_moment(
    garage: Shop, said: list[list[Body]], chance: random.Random
) -> None:
    found = emptied(garage)
    with place() as folder:
        lake = lake_in(folder)
        with LiveColumns(found.ledger, lake, scratch=folder, threads=1) as columns:
            with pytest.raises(NotReady):
                columns.ask(found.account, lambda each: each.revision)
            refresh(found.ledger, lake, found.account, scratch=folder)
            for batch in said:
                found.keep(batch)
                found.fold(limit=chance.choice((1, 3, 500)))
                if chance.random() < 0.5:
                    check(found, columns)
                if chance.random() < 0.5:
                    with LiveColumns(found.ledger, lake, scratch=folder, threads=1) as anew:
                        assert columns.ask(found.account, prepared) == anew.ask(found.account, prepared)
                if chance.random() < 0.4:
                    refresh(found.ledger, lake, found.account, scratch=folder, at_most=chance.choice((2, 1000)))
                    check_merged(found, lake)
                    check(found, columns)
                if chance.random() < 0.2:
                    assert tidy(found.ledger, lake, found.account, scratch=folder)
            check(found, columns)
            assert same_as_ledger(found.ledger, lake, found.account, scratch=folder)
            rebuild(found.ledger, lake, found.account)
            check(found, columns)
