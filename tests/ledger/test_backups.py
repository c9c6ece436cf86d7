"""Copies of the embedded ledger: taken under load, refused when they are not to be trusted, put back whole."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.backups import CannotRestore, back_up, in_use, inspect, restore
from decroche.ledger.rebuilding import rebuild
from decroche.ledger.store import Ledger
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.ledger.business import Shop, shop
from tests.ledger.stories import NOW, START, Body, hear


def missed(first: int, last: int) -> list[Body]:
    return [
        Body(
            facts=(
                Fact(
                    call_key=f"{number}",
                    stage=Stage.ENDED,
                    at=START + timedelta(seconds=number),
                    final=True,
                    direction=Direction.INBOUND,
                    caller=f"06{number:08}",
                ),
            )
        )
        for number in range(first, last)
    ]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "ledger.db"


@pytest.fixture
def running(path: Path) -> Iterator[Shop]:
    """A ledger that is open, with fifty missed calls."""
    path.parent.mkdir()
    ledger = Ledger(f"sqlite:///{path}")
    ledger.migrate()
    found = shop(ledger)
    found.keep(missed(0, 50))
    found.fold()
    yield found
    ledger.close()


def reopened(path: Path) -> Shop:
    ledger = Ledger(f"sqlite:///{path}")
    ledger.migrate()
    with ledger.reading() as connection:
        (endpoint,) = connection.execute(sa.text("select id from endpoints")).scalars()
    return Shop(ledger, "garage", endpoint)


def test_a_copy_taken_under_load_is_of_one_moment(running: Shop, path: Path, tmp_path: Path) -> None:
    busy, done = threading.Event(), threading.Event()

    def load() -> None:
        number = 50
        while not done.is_set():
            running.keep(missed(number, number + 10))
            running.fold()
            number += 10
            busy.set()

    writer = threading.Thread(target=load)
    writer.start()
    busy.wait()
    copies = [tmp_path / f"{number}.db" for number in range(3)]
    held = [back_up(path, copy).observations for copy in copies]
    done.set()
    writer.join()
    assert held == sorted(held) and held[0] >= 60
    running.ledger.close()
    restore(copies[0], path, replace=True)
    found = reopened(path)
    with found.ledger.reading() as connection:
        assert connection.exec_driver_sql("pragma foreign_key_check").all() == []
    found.fold()
    assert len(found.calls()) == held[0]
    assert [step.changes for step in rebuild(found.ledger, hear, now=NOW) if step.changes] == []
    found.ledger.close()


def test_what_is_put_back_is_what_was_copied(running: Shop, path: Path, tmp_path: Path) -> None:
    before = (running.calls(), running.journeys(), running.changes())
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    running.ledger.close()
    path.unlink()
    assert restore(copy, path)[1] is None
    found = reopened(path)
    assert (found.calls(), found.journeys(), found.changes()) == before
    found.ledger.close()
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["copy.db", "data", "ledger.db"]


def test_a_ledger_at_rest_can_be_copied(running: Shop, path: Path, tmp_path: Path) -> None:
    running.ledger.close()
    assert back_up(path, tmp_path / "copy.db").observations == 50


def test_no_copy_takes_the_place_of_a_file(running: Shop, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    copy.write_text("dear")
    with pytest.raises(FileExistsError):
        back_up(path, copy)
    assert copy.read_text() == "dear"


def refused(copy: Path, path: Path) -> str:
    before = path.read_bytes()
    with pytest.raises(CannotRestore) as error:
        restore(copy, path)
    assert path.read_bytes() == before
    assert sorted(each.name for each in path.parent.iterdir() if each.suffix == ".db") == ["ledger.db"]
    return error.value.word


def test_a_running_ledger_is_not_replaced(running: Shop, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    assert in_use(path)
    assert refused(copy, path) == "ledger_in_use"
    running.ledger.close()
    assert not in_use(path)


def test_a_ledger_that_knows_more_is_replaced_only_when_told_to_and_kept(
    running: Shop, path: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    running.keep(missed(50, 51))
    running.ledger.close()
    assert refused(copy, path) == "ledger_newer"
    for number in (1, 2):
        _, kept = restore(copy, path, replace=True)
        assert kept is not None and kept.name == f"ledger.replaced-{number}.db"
    assert inspect(path.with_name("ledger.replaced-1.db")).observations == 51
    assert inspect(path).observations == inspect(path.with_name("ledger.replaced-2.db")).observations == 50


@pytest.mark.parametrize("harm", ["cut", "scratched", "text", "other", "newer"])
def test_what_is_not_to_be_trusted_is_not_put_back(running: Shop, path: Path, tmp_path: Path, harm: str) -> None:
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    running.ledger.close()
    content = copy.read_bytes()
    if harm == "cut":
        copy.write_bytes(content[: len(content) // 2])
    elif harm == "scratched":
        middle = len(content) // 2
        copy.write_bytes(content[:middle] + b"\xff" * 4096 + content[middle + 4096 :])
    elif harm == "text":
        copy.write_text("date;number;result\n" * 500)
    else:
        if harm == "other":
            copy.unlink()
        connection = sqlite3.connect(copy)
        connection.execute(
            "create table x (y)" if harm == "other" else "update alembic_version set version_num = '9999'"
        )
        connection.commit()
        connection.close()
    expected = {"text": "backup_foreign", "other": "backup_foreign", "newer": "backup_too_new"}
    assert refused(copy, path) == expected.get(harm, "backup_damaged")


def test_a_ruined_ledger_is_replaced_and_kept(running: Shop, path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    back_up(path, copy)
    running.ledger.close()
    path.write_text("ruined " * 1000)
    _, kept = restore(copy, path)
    assert kept is not None and kept.read_text().startswith("ruined")
    assert inspect(path).observations == 50
