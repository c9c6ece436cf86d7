"""Only one folds; and where two do all the same, because a lock was lost, what one made is not made again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.ledger.folding import STORE_TROUBLE, fold_pending
from decroche.ledger.hearing import Hear
from decroche.ledger.observations import SettledElsewhere
from decroche.ledger.store import Ledger
from decroche.model.call import Direction
from decroche.model.fact import Fact, Heard, Stage
from tests.databases import opened
from tests.ledger.business import Shop, shop
from tests.ledger.stories import LINES, NOW, START, Body, hear

MISS = Fact(
    call_key="c", stage=Stage.ENDED, at=START, final=True, direction=Direction.INBOUND, caller="0611111111",
    called=LINES[0],
)  # fmt: skip
SAID = [
    Body(facts=(MISS,)),
    Body(facts=(replace(MISS, call_key="d", caller="0622222222"),)),
    Body(unknown=(("reason", "?"),)),
    Body(trouble="ignored"),
]


def hearing_after(first: Callable[[], object]) -> Hear:
    """Hears as always, and does something else first: when the pending have been read, and nothing is written yet."""
    todo = [first]

    def hear_late(connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
        if todo:
            todo.pop()()
        return hear(connector, record, settings)

    return hear_late


def outcome(found: Shop) -> tuple[object, ...]:
    return found.calls(), found.journeys(withdrawn=True), found.changes(), found.unknown()


def test_what_another_folded_meanwhile_is_left_alone(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep(SAID)
    seen: list[tuple[object, ...]] = []

    def other() -> None:
        fold_pending(ledger, hear, now=NOW)
        seen.append(outcome(found))

    with pytest.raises(SettledElsewhere):
        fold_pending(ledger, hearing_after(other), now=NOW)
    assert outcome(found) == seen[0]
    assert found.unknown() == {("reason", "?"): 1}
    assert fold_pending(ledger, hear, now=NOW).observations == 0


def test_a_part_that_another_folded_is_enough_to_leave_all(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep(SAID)
    with pytest.raises(SettledElsewhere):
        fold_pending(ledger, hearing_after(lambda: fold_pending(ledger, hear, now=NOW, limit=1)), now=NOW)
    assert fold_pending(ledger, hear, now=NOW).observations == len(SAID) - 1
    assert len(found.calls()) == 2
    assert found.unknown() == {("reason", "?"): 1}


def test_of_two_that_write_at_once_one_gives_way(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep(SAID)
    both = threading.Barrier(2, timeout=30)
    gave_way: list[type[Exception]] = []

    def fold() -> None:
        try:
            fold_pending(ledger, hearing_after(both.wait), now=NOW)
        except (SettledElsewhere, *STORE_TROUBLE) as error:
            gave_way.append(type(error))

    threads = [threading.Thread(target=fold) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gave_way) == 1
    once = outcome(found)
    assert fold_pending(ledger, hear, now=NOW).observations == 0
    with opened("sqlite") as alone:
        undisturbed = shop(alone)
        undisturbed.keep(SAID)
        undisturbed.fold()
        ids = {id: row | {"endpoint_id": found.endpoint} for id, row in undisturbed.calls().items()}
        assert once == (ids, *outcome(undisturbed)[1:])


def test_one_folds_and_the_other_waits(ledger: Ledger) -> None:
    other = Ledger(ledger.engine.url.render_as_string(hide_password=False))
    try:
        with ledger.folding() as first:
            assert first
            with other.folding() as second:
                assert not second
        with other.folding() as second:
            assert second
            with ledger.folding() as first:
                assert not first
    finally:
        other.close()


def test_the_right_to_fold_is_lost_with_its_connection() -> None:
    with opened("postgresql") as ledger, ledger.folding() as ours:
        assert ours
        with ledger.writing() as connection:
            connection.execute(
                sa.text("select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted")
            )
        assert not ours
        assert not ours
        with ledger.folding() as again:
            assert again
