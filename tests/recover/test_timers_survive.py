"""Timers through kill -9, restarts, several workers, wrong clocks, broken connections: each effect once, none lost."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.recover.timers import AlreadyRunning, Timers
from tests.databases import opened
from tests.recover.stage import LATER, NOW, LiveStage, eventually
from tests.recover.worker import LENGTH, effects, prepare, running, tries

_HOUR_S = 3600.0
BOUNDARIES = [f"{where}/{number}" for number in range(LENGTH) for where in ("before", "inside", "after")]


@contextmanager
def worker(
    ledger: Ledger, executor: str, *, die: str | None = None, grace_s: float = 15.0, clock_s: float = 0.0
) -> Iterator[subprocess.Popen[str]]:
    """A process that runs timers, ready. It is killed at the end, unless it ended."""
    command = [sys.executable, "-m", "tests.recover.worker", ledger.engine.url.render_as_string(hide_password=False)]
    command += ["--executor", executor, "--grace", str(grace_s), "--clock", str(clock_s)]
    command += ["--die", die] if die else []
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        assert process.stdout is not None
        try:
            process.stdout.readline()
            yield process
        finally:
            process.kill()


def begin(ledger: Ledger, timers: Timers, key: str, step: str, *, at: datetime = NOW) -> None:
    with ledger.writing() as connection:
        timers.set(connection, key, step, {"journey": key, "number": "0", "key": key}, at=at, now=NOW)


def found(ledger: Ledger, table: sa.Table) -> list[tuple[str, str]]:
    with ledger.reading() as connection:
        return sorted((each.key, each.executor) for each in connection.execute(sa.select(table)))


@pytest.fixture
def timers(ledger: Ledger) -> Iterator[Timers]:
    made = Timers(ledger)
    made.migrate()
    prepare(ledger)
    yield made
    made.stop(patience_s=0)


@pytest.mark.hard
def test_killed_at_every_boundary_each_step_takes_effect_once(ledger: Ledger, timers: Timers) -> None:
    journeys = {boundary: boundary.replace("/", "-") for boundary in BOUNDARIES}
    for boundary, journey in journeys.items():
        begin(ledger, timers, journey, "chain")
        with worker(ledger, "the same", die=boundary) as process:
            assert process.wait(30) == -9
    with worker(ledger, "the same"):
        eventually(timers.idle_for_good)
    expected = {
        journey if number == 0 else f"{journey}/{number}" for journey in journeys.values() for number in range(3)
    }
    assert [key for key, _ in found(ledger, effects)] == sorted(expected)
    # Whoever dies after the commit is asked again, and knows by its row.
    assert len(found(ledger, tries)) >= len(expected) + LENGTH


@pytest.mark.hard
def test_two_workers_share_the_steps_and_never_run_one_at_once() -> None:
    with opened("postgresql") as ledger, closing_timers(ledger) as timers:
        with worker(ledger, "first"), worker(ledger, "second"):
            for number in range(300):
                begin(ledger, timers, f"k{number}", "slow")
            eventually(timers.idle_for_good)
        assert len(found(ledger, effects)) == len(found(ledger, tries)) == 300
        assert {executor for _, executor in found(ledger, effects)} == {"first", "second"}
        assert found(ledger, running) == []


@pytest.mark.hard
def test_a_worker_that_lives_keeps_its_step_and_one_that_died_loses_it() -> None:
    with opened("postgresql") as ledger, closing_timers(ledger) as timers:
        begin(ledger, timers, "a", "hang")
        with worker(ledger, "first", die="hang", grace_s=1.2) as first:
            eventually(lambda: found(ledger, tries) == [("a", "first")])
            with worker(ledger, "second", grace_s=1.2):
                # Even when its connections break: it takes its lock again before anybody takes its step.
                with ledger.writing() as connection:
                    connection.execute(sa.text(_BREAK_ALL))
                begin(ledger, timers, "b", "slow", at=NOW + timedelta(seconds=4))
                eventually(
                    lambda: ("b", "second") in found(ledger, effects) or ("b", "first") in found(ledger, effects)
                )
                assert ("a", "second") not in found(ledger, tries)
                first.kill()
                eventually(lambda: ("a", "second") in found(ledger, effects))
                eventually(timers.idle_for_good)


@pytest.mark.hard
def test_a_wrong_clock_loses_no_timer(ledger: Ledger, timers: Timers) -> None:
    begin(ledger, timers, "in an hour", "slow", at=LATER)
    begin(ledger, timers, "in a second", "slow", at=NOW + timedelta(seconds=1))
    with worker(ledger, "behind", clock_s=-2 * _HOUR_S):
        begin(ledger, timers, "now", "slow")
        eventually(lambda: [key for key, _ in found(ledger, effects)] == ["now"])
    with worker(ledger, "right"):
        eventually(lambda: [key for key, _ in found(ledger, effects)] == ["in a second", "now"])
    with worker(ledger, "ahead", clock_s=2 * _HOUR_S):
        eventually(lambda: [key for key, _ in found(ledger, effects)] == ["in a second", "in an hour", "now"])
        eventually(timers.idle_for_good)


def test_a_restart_runs_what_waited_and_what_was_cut_off(ledger: Ledger) -> None:
    stage = LiveStage(ledger, Timers(ledger, executor="the same"))
    stage.timers.migrate()
    stage.set("waited")
    stage.set("cut off")
    with ledger.writing() as connection:
        connection.execute(sa.text(_CUT_OFF.format(table=status(ledger))))
    stage.timers.start({"note": stage.diary.note})
    try:
        assert sorted(stage.run(2)) == ["cut off", "waited"]
    finally:
        stage.timers.stop(patience_s=0)


def test_after_a_pause_what_is_new_goes_first(ledger: Ledger) -> None:
    stage = LiveStage(ledger, Timers(ledger))
    stage.timers.migrate()
    for number in range(60):
        stage.set(f"slept {number}", at=LATER)
    with ledger.writing() as connection:
        connection.execute(sa.text(f"update {status(ledger)} set status = 'ENQUEUED'"))
    stage.set("new")
    stage.timers.start({"note": stage.diary.note})
    try:
        assert "new" in stage.run(61)[:20]
    finally:
        stage.timers.stop(patience_s=0)


def test_a_step_that_was_taken_and_never_begun_is_taken_again(ledger: Ledger) -> None:
    stage = LiveStage(ledger, Timers(ledger, executor="the same", grace_s=0.3))
    stage.timers.start({"note": stage.diary.note})
    try:
        stage.set("cut off", at=LATER)
        with ledger.writing() as connection:
            connection.execute(sa.text(_CUT_OFF.format(table=status(ledger))))
        assert stage.run(1) == ["cut off"]
    finally:
        stage.timers.stop(patience_s=0)


@pytest.mark.hard
def test_a_step_that_fails_with_the_database_is_not_lost(ledger: Ledger) -> None:
    stage = LiveStage(ledger, Timers(ledger, grace_s=0.3))
    theirs = "" if ledger.embedded else "dbos."

    def breaks_first(subject: Mapping[str, str]) -> None:
        if not stage.diary.entries:
            with ledger.writing() as connection:
                connection.execute(sa.text(f"alter table {theirs}workflow_input rename to away"))
        stage.diary.note(subject)
        if len(stage.diary.entries) == 1:
            raise ConnectionError

    stage.timers.start({"breaks_first": breaks_first})
    try:
        stage.set("a", step="breaks_first")
        stage.diary.wait_for(1)
        eventually(lambda: not stage._timers._runs("a"))
        with ledger.writing() as connection:
            connection.execute(sa.text(f"alter table {theirs}away rename to workflow_input"))
        assert stage.run(2) == ["a", "a"]
    finally:
        stage.timers.stop(patience_s=0)


def test_timers_run_once_in_a_process(ledger: Ledger) -> None:
    first, second = Timers(ledger), Timers(ledger)
    first.start({})
    try:
        with pytest.raises(AlreadyRunning):
            second.start({})
    finally:
        first.stop(patience_s=0)
        second.stop(patience_s=0)


@pytest.mark.hard
def test_an_embedded_ledger_has_one_process_with_timers() -> None:
    with (
        opened("sqlite") as ledger,
        closing_timers(ledger) as timers,
        worker(ledger, "first"),
        pytest.raises(AlreadyRunning),
    ):
        timers.start({})


def test_what_finished_long_ago_is_forgotten(ledger: Ledger) -> None:
    stage = LiveStage(ledger, Timers(ledger))
    stage.timers.start({"note": stage.diary.note})
    try:
        stage.set("a")
        stage.set("b", at=LATER)
        assert stage.run(1) == ["a"]
        stage._timers.forget(before=datetime.now().astimezone() - timedelta(minutes=1))
        stage.set("a")
        stage._timers.forget(before=datetime.now().astimezone() + timedelta(minutes=1))
        stage.set("a")
        assert stage.run(2) == ["a", "a"]
        assert stage.timers.waiting() == 1
    finally:
        stage.timers.stop(patience_s=0)


@contextmanager
def closing_timers(ledger: Ledger) -> Iterator[Timers]:
    made = Timers(ledger)
    made.migrate()
    prepare(ledger)
    try:
        yield made
    finally:
        made.stop(patience_s=0)


def status(ledger: Ledger) -> str:
    return "workflow_status" if ledger.embedded else "dbos.workflow_status"


_CUT_OFF = (
    "update {table} set status = 'PENDING', executor_id = 'the same', owner_xid = 'x', application_version = '1' "
    "where workflow_uuid = 'cut off'"
)
_BREAK_ALL = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)
