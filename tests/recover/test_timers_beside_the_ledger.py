"""The timers live in the ledger's database: beside its tables, in its backups, and quietly."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.backups import back_up, restore
from decroche.ledger.cost_tables import metadata
from decroche.ledger.store import Ledger
from decroche.recover.timers import TRIES, Timers
from tests.databases import database, opened
from tests.recover.stage import LATER, NOW, LiveStage


@pytest.fixture
def stage(ledger: Ledger) -> Iterator[LiveStage]:
    made = LiveStage(ledger, Timers(ledger))
    made.timers.migrate()
    yield made
    made.timers.stop(patience_s=0)


def test_no_table_of_the_ledger_has_a_name_of_theirs() -> None:
    with database("sqlite", migrated=False) as url:
        ledger = Ledger(url)
        Timers(ledger).migrate()
        theirs = set(sa.inspect(ledger.engine).get_table_names())
        ledger.close()
    assert "workflow_status" in theirs
    assert theirs & (set(metadata.tables) | {"alembic_version"}) == set()


def test_the_ledgers_migrations_leave_timers_alone_and_theirs_the_ledger(stage: LiveStage) -> None:
    stage.set("a", at=LATER)
    stage.ledger.downgrade("0002")
    stage.ledger.migrate()
    stage.timers.migrate()
    assert stage.timers.waiting() == 1


def test_a_backup_holds_the_timers_and_a_restored_one_runs_them_again(tmp_path: Path) -> None:
    with opened("sqlite") as ledger:
        stage = LiveStage(ledger, Timers(ledger))
        stage.timers.migrate()
        stage.set("a")
        stage.set("b", at=LATER)
        path = Path(str(ledger.engine.url.database))
        back_up(path, tmp_path / "copy.db")
        stage.timers.start({"note": stage.diary.note})
        assert stage.run(1) == ["a"]
        stage.timers.stop(patience_s=0)
        ledger.close()
        restore(tmp_path / "copy.db", path, replace=True)
        assert stage.timers.waiting() == 2
        stage.timers.start({"note": stage.diary.note})
        assert stage.run(2) == ["a", "a"]
        stage.timers.stop(patience_s=0)


def test_nothing_is_printed_and_no_address_is_called(stage: LiveStage, capfd: pytest.CaptureFixture[str]) -> None:
    before = calls_over_the_network()
    stage.timers.start({"note": stage.diary.note})
    stage.set("a")
    stage.run(1)
    assert calls_over_the_network() == before
    stage.timers.stop(patience_s=0)
    assert capfd.readouterr() == ("", "")


def test_a_subject_is_kept_as_json(stage: LiveStage) -> None:
    stage.set("a", journey="J1", at=LATER)
    table = sa.table("workflow_input", sa.column("inputs"), schema=None if stage.ledger.embedded else "dbos")
    with stage.ledger.reading() as connection:
        kept = connection.execute(sa.select(table.c.inputs)).scalar_one()
    assert json.loads(kept) == {"positionalArgs": ["a", 0, "note", {"journey": "J1"}], "namedArgs": {}}


def test_a_step_that_fails_to_the_last_is_counted(stage: LiveStage, capfd: pytest.CaptureFixture[str]) -> None:
    def fails(subject: Mapping[str, str]) -> None:
        stage.diary.note(subject)
        raise ConnectionError("of 33612345678")

    with stage.ledger.writing() as connection:
        stage._timers._enqueue(connection, "a", TRIES - 1, "fails", {"journey": "a"}, delay=timedelta())
    stage.timers.start({"fails": fails})
    assert stage.run(1) == ["a"]
    assert (stage.timers.waiting(), stage.timers.failed()) == (0, 1)
    assert "33612345678" not in "".join(capfd.readouterr())
    with stage.ledger.reading() as connection:
        table = sa.table("workflow_output", sa.column("error"), schema=None if stage.ledger.embedded else "dbos")
        assert "33612345678" not in connection.execute(sa.select(table.c.error)).scalar_one()


@pytest.mark.hard
def test_stopping_waits_for_the_step_that_runs(stage: LiveStage) -> None:
    def slow(subject: Mapping[str, str]) -> None:
        stage.diary.note({"journey": "begun"})
        with stage.ledger.writing():
            stage.diary.note({"journey": "ended"})

    stage.timers.start({"slow": slow})
    stage.set("a", step="slow", at=NOW)
    stage.diary.wait_for(1)
    stage.timers.stop(patience_s=5)
    assert stage.diary.entries == ["begun", "ended"]
    assert stage._timers.idle_for_good()


def calls_over_the_network() -> set[str]:
    """The sockets of this process that could reach another machine."""
    names = set()
    for each in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            names.add(str(each.readlink()))
    own = {found.group(1) for name in names if (found := re.fullmatch(r"socket:\[(\d+)]", name))}
    tables = [Path("/proc/net", kind) for kind in ("tcp", "tcp6", "udp", "udp6")]
    rows = [line.split() for table in tables if table.exists() for line in table.read_text().splitlines()[1:]]
    return own & {row[9] for row in rows}
