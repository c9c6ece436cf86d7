"""What timers promise, of those of the program and of their twin in told time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import pytest

from tests.recover.stage import LATER, NOW, Stage


def test_what_is_due_runs_with_its_subject_and_what_is_not_waits(stage: Stage) -> None:
    stage.timers.start({"note": stage.diary.note})
    stage.set("a", journey="first")
    stage.set("b", journey="second", at=LATER)
    assert stage.run(1) == ["first"]
    assert stage.timers.waiting() == 1


def test_what_was_set_before_the_start_runs_after_it(stage: Stage) -> None:
    stage.set("a", at=NOW - timedelta(days=2))
    stage.timers.start({"note": stage.diary.note})
    assert stage.run(1) == ["a"]


def test_a_key_is_set_once_whatever_became_of_it(stage: Stage) -> None:
    stage.timers.start({"note": stage.diary.note})
    stage.set("a", journey="first", at=LATER)
    stage.set("a", journey="again")
    assert stage.timers.waiting() == 1
    bring_forward(stage, "a")
    assert stage.run(1) == ["first"]
    stage.set("a", journey="once more")
    stage.set("b")
    assert stage.run(2) == ["first", "b"]
    assert stage.timers.waiting() == 0


class TakenBack(Exception):
    pass


def test_a_transaction_taken_back_leaves_nothing(stage: Stage) -> None:
    stage.set("sleeping", at=LATER)
    with pytest.raises(TakenBack), stage.ledger.writing() as connection:
        stage.timers.set(connection, "a", "note", {"journey": "a"}, at=NOW, now=NOW)
        stage.timers.bring_forward(connection, "sleeping")
        raise TakenBack
    with pytest.raises(TakenBack), stage.ledger.writing() as connection:
        stage.timers.cancel(connection, "sleeping")
        raise TakenBack
    assert stage.timers.waiting() == 1
    stage.timers.start({"note": stage.diary.note})
    stage.set("b")
    assert stage.run(1) == ["b"]
    assert stage.timers.waiting() == 1


def test_one_that_is_brought_forward_runs_at_once_and_once(stage: Stage) -> None:
    stage.timers.start({"note": stage.diary.note})
    stage.set("a", at=LATER)
    for _ in range(2):
        bring_forward(stage, "a")
    bring_forward(stage, "unknown")
    assert stage.run(1) == ["a"]
    bring_forward(stage, "a")
    stage.set("b")
    assert stage.run(2) == ["a", "b"]


def test_one_that_is_cancelled_never_runs_and_keeps_its_key(stage: Stage) -> None:
    stage.timers.start({"note": stage.diary.note})
    stage.set("a", at=LATER)
    with stage.ledger.writing() as connection:
        stage.timers.cancel(connection, "a")
        stage.timers.cancel(connection, "unknown")
    bring_forward(stage, "a")
    stage.set("a")
    stage.set("b")
    assert stage.run(1) == ["b"]
    assert stage.timers.waiting() == 0


def test_a_step_sets_the_next_in_its_own_transaction(stage: Stage) -> None:
    def first(subject: Mapping[str, str]) -> None:
        with stage.ledger.writing() as connection:
            stage.timers.set(connection, "b", "note", {"journey": "next"}, at=NOW, now=NOW)
        stage.diary.note(subject)

    stage.timers.start({"first": first, "note": stage.diary.note})
    stage.set("a", step="first")
    assert sorted(stage.run(2)) == ["a", "next"]
    assert stage.timers.waiting() == 0


def test_a_step_that_fails_waits_to_be_tried_again_under_its_key(stage: Stage) -> None:
    def fails_first(subject: Mapping[str, str]) -> None:
        stage.diary.note(subject)
        if len(stage.diary.entries) == 1:
            raise ConnectionError("of 33612345678")

    stage.timers.start({"fails_first": fails_first})
    stage.set("a", step="fails_first")
    assert stage.run(1) == ["a"]
    assert stage.timers.waiting() == 1
    bring_forward(stage, "a")
    assert stage.run(2) == ["a", "a"]
    assert (stage.timers.waiting(), stage.timers.failed()) == (0, 0)


def test_a_step_that_nobody_knows_yet_is_kept(stage: Stage) -> None:
    stage.timers.start({"note": stage.diary.note})
    stage.set("a", step="of a newer version")
    stage.set("b")
    assert stage.run(1) == ["b"]
    assert stage.timers.waiting() == 1
    stage.timers.stop(patience_s=0)
    stage.timers.start({"of a newer version": stage.diary.note})
    bring_forward(stage, "a")
    assert stage.run(2) == ["b", "a"]


def bring_forward(stage: Stage, key: str) -> None:
    with stage.ledger.writing() as connection:
        stage.timers.bring_forward(connection, key)
