"""Whoever is forgotten in the ledger is soon in no file of the lake, old versions included."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from decroche.ledger.audit_log import ByKind, Who
from decroche.ledger.erasing import erase_next, request_erasure
from decroche.ledger.keeping import Retention, forget_old, keep_for
from decroche.rules.fingerprints import fingerprint, pseudonym
from decroche.warehouse.lake_rows import CALLS
from decroche.warehouse.refresher import LakeRefresher
from tests.databases import opened
from tests.ledger.business import Shop, shop
from tests.ledger.stories import NOW, START, hear
from tests.warehouse.test_lake import lake_in
from tests.warehouse.test_lake_survives import missed

ERASED, OTHER, LATE = 33611111111, 33622222222, 33633333333
KEY = b"k" * 32
BY = Who(kind=ByKind.COMMAND, name="test")


@pytest.fixture
def garage() -> Iterator[Shop]:
    with opened("sqlite") as ledger:
        found = shop(ledger)
        for number, person in enumerate((ERASED, OTHER, LATE)):
            found.keep([missed(number, caller=f"+{person}", at=START + timedelta(hours=number))])
            found.fold()
        yield found


def people_in(folder: Path) -> set[int]:
    """The people in all files there are, whatever version they belong to."""
    found: set[int] = set()
    for path in (folder / "lake").rglob("*.parquet"):
        if "_delta_log" not in path.parts:
            found |= set(pq.ParquetFile(path).read(columns=["person"]).column("person").to_pylist())  # type: ignore[arg-type]
    return found


def erase(garage: Shop, person: int) -> None:
    with garage.ledger.writing() as connection:
        request_erasure(connection, garage.account, person, key=KEY, by=BY, now=NOW)
    while erase_next(garage.ledger, hear, now=NOW):
        pass


def test_who_asked_for_it(garage: Shop, tmp_path: Path) -> None:
    lake = lake_in(tmp_path)
    mark = lake.fingerprints(garage.account)
    refresher = LakeRefresher(garage.ledger, lake, scratch=tmp_path, clock=lambda: NOW)
    refresher.look()
    refresher.look()
    assert people_in(tmp_path) == {mark(ERASED), mark(OTHER), mark(LATE)}
    erase(garage, ERASED)
    refresher.look()
    name = pseudonym(fingerprint(KEY, garage.account, ERASED))
    assert people_in(tmp_path) == {mark(name), mark(OTHER), mark(LATE)}
    assert (snapshot := lake.table(garage.account, CALLS).snapshot()) is not None
    assert snapshot.rows == 3


def test_who_asked_for_it_while_the_files_of_an_older_version_were_left(garage: Shop, tmp_path: Path) -> None:
    """The process ended between the merge and the removal of the files."""
    lake = lake_in(tmp_path)
    mark = lake.fingerprints(garage.account)
    first = LakeRefresher(garage.ledger, lake, scratch=tmp_path, clock=lambda: NOW)
    first.look()
    left = {path: path.read_bytes() for path in (tmp_path / "lake").rglob("*.parquet")}
    erase(garage, ERASED)
    first.look()
    for path, held in left.items():
        path.write_bytes(held)
    assert mark(ERASED) in people_in(tmp_path)
    LakeRefresher(garage.ledger, lake, scratch=tmp_path, clock=lambda: NOW).look()
    assert mark(ERASED) not in people_in(tmp_path)


def test_whoever_is_kept_no_longer(garage: Shop, tmp_path: Path) -> None:
    lake, now = lake_in(tmp_path), NOW
    mark = lake.fingerprints(garage.account)
    refresher = LakeRefresher(garage.ledger, lake, scratch=tmp_path, clock=lambda: now)
    refresher.look()
    with garage.ledger.writing() as connection:
        keep_for(connection, garage.account, Retention(numbers=1, texts=1, notes=1), NOW, by=BY)
    now += timedelta(days=70)
    for _ in forget_old(garage.ledger, hear, key=KEY, now=now):
        pass
    refresher.look()
    assert not people_in(tmp_path) & {mark(ERASED), mark(OTHER), mark(LATE)}
