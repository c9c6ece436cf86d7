"""A lake loses nothing and holds nothing twice when its writer dies, is outrun, or finds another ledger."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, counters, journeys
from decroche.ledger.telling import next_revision
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from decroche.warehouse.lake_rows import CALLS
from decroche.warehouse.ledger_tail import tail
from decroche.warehouse.live_columns import LiveColumns, NotReady
from decroche.warehouse.refresh import refresh, same_as_ledger, tidy
from decroche.warehouse.refresher import LONGEST_WAIT, TIDY_AFTER, LakeRefresher
from tests.databases import database, opened
from tests.ledger.business import Shop, shop
from tests.ledger.stories import LINES, START, Body
from tests.warehouse.test_lake import check, lake_in


def missed(number: int, *, caller: str = "+33611111111", at: datetime = START) -> Body:
    arrives = Fact(
        call_key=f"m{number}", stage=Stage.CREATED, at=at, direction=Direction.INBOUND, caller=caller, called=LINES[0]
    )
    return Body(
        facts=(arrives, Fact(call_key=f"m{number}", stage=Stage.ENDED, at=at + timedelta(seconds=30), final=True))
    )


@pytest.fixture
def garage() -> Iterator[Shop]:
    with opened("sqlite") as ledger:
        yield shop(ledger)


@pytest.mark.hard
def test_a_writer_that_is_killed_anywhere(tmp_path: Path) -> None:
    with database("sqlite") as url:
        ledger = Ledger(url)
        found = shop(ledger)
        refresh(ledger, lake_in(tmp_path), found.account, scratch=tmp_path)
        number = 0
        command = [sys.executable, "-m", "tests.warehouse.refreshing", url, str(tmp_path)]
        for life in range(6):
            with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
                assert writer.stdout is not None
                writer.stdout.readline()
                deadline = time.monotonic() + 0.05 + 0.19 * life
                while time.monotonic() < deadline:
                    number += 1
                    caller, at = f"+336111111{number % 17:02}", START + timedelta(hours=number)
                    found.keep([missed(number % 40, caller=caller, at=at)])
                    found.fold()
                os.kill(writer.pid, signal.SIGKILL)
            with LiveColumns(ledger, lake_in(tmp_path), scratch=tmp_path, threads=1) as columns:
                check(found, columns)
        assert same_as_ledger(ledger, lake_in(tmp_path), found.account, scratch=tmp_path)
        ledger.close()


def test_files_without_a_commit_are_nothing(garage: Shop, tmp_path: Path) -> None:
    """The files are written and the writer dies before it commits."""
    lake = lake_in(tmp_path)
    garage.keep([missed(1)])
    garage.fold()
    refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    garage.keep([missed(2)])
    garage.fold()
    commit = tmp_path / "lake" / "garage" / "calls" / "_delta_log" / f"{1:020}.json"
    commit.mkdir()
    with pytest.raises(Exception):  # noqa: B017 what the store says of a disk that fails is its own matter
        refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    commit.rmdir()
    with LiveColumns(garage.ledger, lake, scratch=tmp_path, threads=1) as columns:
        check(garage, columns)
        refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
        check(garage, columns)
    assert tidy(garage.ledger, lake, garage.account, scratch=tmp_path)


def test_another_ledger_than_the_lake_was_made_of(garage: Shop, tmp_path: Path) -> None:
    """A backup was restored: the lake is newer than the ledger, or the ledger went on from there."""
    lake = lake_in(tmp_path)
    for number in range(4):
        garage.keep([missed(number)])
        garage.fold()
    refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    with garage.ledger.writing() as connection:
        connection.execute(sa.delete(calls).where(calls.c.external_key == "m1"))
        for each in (calls, journeys):  # no row is newer than the counter
            connection.execute(sa.update(each).values(revision=1))
        connection.execute(sa.update(counters).values(value=1))
    with LiveColumns(garage.ledger, lake, scratch=tmp_path, threads=1) as columns:
        with pytest.raises(NotReady):
            columns.ask(garage.account, lambda each: each.revision)
        refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
        check(garage, columns)
        # Removed without a word, with the counter gone on: only the comparison finds it.
        with garage.ledger.writing() as connection:
            connection.execute(sa.delete(calls).where(calls.c.external_key == "m2"))
            next_revision(connection, 100)
        assert not tidy(garage.ledger, lake, garage.account, scratch=tmp_path)
        check(garage, columns)


def test_two_writers(garage: Shop, tmp_path: Path) -> None:
    """The slower one is outrun, or writes what is there already."""
    lake = lake_in(tmp_path)
    refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    garage.keep([missed(1)])
    garage.fold()
    table = lake.table(garage.account, CALLS)
    before = table.snapshot()
    assert before is not None
    with garage.ledger.reading() as connection:
        slow = tail(
            connection, garage.account, CALLS, before.watermark, fingerprint=lake.fingerprints("garage"), most=9
        )
    garage.keep([missed(1, caller="+33622222222"), missed(2)])
    garage.fold()
    refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    table.merge(slow.rows, slow.gone, {"2026-03"}, slow.watermark)
    with LiveColumns(garage.ledger, lake, scratch=tmp_path, threads=1) as columns:
        check(garage, columns)
        refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
        check(garage, columns)


def test_the_refresher_of_a_server(garage: Shop, tmp_path: Path) -> None:
    lake, now = lake_in(tmp_path), START
    refresher = LakeRefresher(garage.ledger, lake, scratch=tmp_path, clock=lambda: now)

    def rows() -> int:
        snapshot = lake.table(garage.account, CALLS).snapshot()
        assert snapshot is not None
        return snapshot.rows

    garage.keep([missed(1)])
    garage.fold()
    refresher.look()
    assert rows() == 1
    garage.keep([missed(2)])
    garage.fold()
    refresher.look()
    assert rows() == 1, "one row is not worth a commit"
    now += LONGEST_WAIT
    refresher.look()
    assert rows() == 2
    with garage.ledger.writing() as connection:
        connection.execute(sa.delete(calls))
    now += TIDY_AFTER
    refresher.look()
    assert rows() == 0
    (tmp_path / "lake" / "closed_shop" / "calls").mkdir(parents=True)
    refresher.look()
    assert lake.accounts() == {garage.account}


def test_no_number_is_in_the_lake(garage: Shop, tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    garage.keep([missed(1)])
    garage.fold()
    refresh(garage.ledger, lake, garage.account, scratch=tmp_path)
    held = b"".join(each.read_bytes() for each in (tmp_path / "lake").rglob("*") if each.is_file())
    assert b"611111111" not in held
    assert (33611111111).to_bytes(8, "little") not in held


@pytest.mark.hard
def test_revisions_are_committed_in_their_order() -> None:
    """On PostgreSQL too: who comes second waits, so that a watermark needs no lag."""
    with opened("postgresql") as ledger, ledger.writing() as first:
        assert next_revision(first, 1) == 1
        with pytest.raises(sa.exc.OperationalError), ledger.writing() as second:
            second.execute(sa.text("SET LOCAL lock_timeout = '50ms'"))
            next_revision(second, 1)
