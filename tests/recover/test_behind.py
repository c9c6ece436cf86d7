"""Recovery comes late to what happened meanwhile: it does what is still right, and loses nobody."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.episodes import episode
from decroche.ledger.recovery_tables import recovery_settings
from decroche.ledger.store import Ledger
from decroche.ledger.tables import journey_aliases, journeys
from decroche.ledger.telling import tell_change
from decroche.model.text import TextState
from decroche.recover.service import Recovery
from decroche.recover.timers import AlreadyRunning, Step
from decroche.recover.workflows.sending import send
from tests.recover.frozen_timers import FrozenTimers
from tests.recover.provider import Provider
from tests.recover.telling import ANNE, PAUL, Story, story


class Died(BaseException):
    """The process is gone."""


def test_met_and_missed_again_before_anybody_looked_is_another_run(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    garage.call(ANNE)
    garage.wait(minutes=10)
    garage.recovery_rests = True
    garage.call(ANNE, ours=True, answered=True)
    garage.clock.now += timedelta(minutes=10)
    garage.call(ANNE)
    garage.recovery_rests = False
    garage.look()
    with ledger.reading() as connection:
        first, last = (episode(connection, garage.journey().id, number, hold=False) for number in (1, 2))
    assert first is not None
    assert first["ended_because"] == "recovered"
    assert last is not None, "the new miss has a run of its own"
    assert last["ended_at"] is None


def cut_off(ledger: Ledger) -> tuple[Story, str]:
    """A provider that drops repetitions never sees the only text: the process died before it asked."""
    provider = Provider(keyed=True, knows=False)
    garage = story(ledger, "2026-03-04 17:40", provider)

    def die() -> None:
        raise Died

    provider.passes = die
    garage.call(ANNE)
    with pytest.raises(Died):
        garage.wait(minutes=10)
    provider.passes = lambda: None
    return garage, garage.texts()[0].id


def test_a_try_that_was_cut_off_is_made_again_while_the_text_may_go(ledger: Ledger) -> None:
    garage, id = cut_off(ledger)
    send(garage.tools, {"text": id, "try": "0"})
    assert [message.reference for message in garage.provider.accepted] == [id]
    assert garage.texts()[0].state == TextState.HANDED


def test_a_try_that_was_cut_off_is_not_made_again_in_the_night(ledger: Ledger) -> None:
    garage, id = cut_off(ledger)
    garage.clock.now = garage.clock.now.replace(hour=23)
    send(garage.tools, {"text": id, "try": "0"})
    assert garage.provider.accepted == []
    assert garage.texts()[0].state == TextState.GIVEN_UP
    assert [row.kind for row in garage.work(kind="text_unknown")] == ["text_unknown"]


def test_a_run_whose_timer_rang_while_its_journey_became_part_of_another_goes_on(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    garage.call(ANNE)
    old = garage.journey().id
    alias = {"account_id": garage.account, "old_id": old, "journey_id": "heir"}
    with ledger.writing() as connection:
        connection.execute(sa.update(journeys).values(id="heir"))
        connection.execute(sa.insert(journey_aliases).values(**alias))
    garage.clock.now += timedelta(minutes=30)
    assert garage.timers.run_due(garage.clock.now), "it rings, and finds no run under the new name"
    assert garage.sent == []
    with ledger.writing() as connection:
        tell_change(connection, garage.account, "journey.merged", old, garage.clock.now)
    garage.heed()
    assert len(garage.sent) == 1
    assert garage.ended() is None


def test_a_refusal_holds_also_before_recovery_was_set_up(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    with ledger.writing() as connection:
        wishes = connection.execute(sa.select(recovery_settings)).one()
        connection.execute(sa.delete(recovery_settings))
    garage.write(ANNE, "STOP")
    garage.write(PAUL, "Bonjour, vous ouvrez quand ?")
    with ledger.writing() as connection:
        connection.execute(sa.insert(recovery_settings).values(**wishes._mapping))
    garage.call(ANNE)
    garage.wait(minutes=30)
    assert garage.sent == []
    assert garage.work(person=PAUL) == [], "who asked before is left to those who answered then"


class Elsewhere(FrozenTimers):
    """Timers that another process runs."""

    def __init__(self, ledger: Ledger) -> None:
        super().__init__(ledger)
        self.asked = [threading.Event(), threading.Event()]

    def start(self, steps: Mapping[str, Step]) -> None:
        self.asked[self.asked[0].is_set()].set()
        raise AlreadyRunning


def test_who_finds_that_another_process_acts_leaves_it_alone_for_a_while(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    timers = Elsewhere(ledger)
    recovery = Recovery(garage.tools, timers)  # type: ignore[arg-type]
    recovery.start()
    try:
        assert timers.asked[0].wait(30)
        recovery.wake()
        assert not timers.asked[1].wait(0.3), "a change in the ledger is no reason to ask again"
    finally:
        recovery.stop()
