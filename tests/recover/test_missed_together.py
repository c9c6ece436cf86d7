"""Several people are missed at one moment: for each of them is done what would be done for that one alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.ledger.store import Ledger
from decroche.ledger.tables import journeys
from decroche.recover.workflows.following import follow
from tests.databases import DATABASES, opened
from tests.recover.telling import ANNE, PAUL, Story, story

STAFF, STOPPED, AGAIN, CALLED, EMERGENCY = (33633333330 + number for number in range(5))
EVERYBODY = (ANNE, PAUL, STAFF, STOPPED, AGAIN, CALLED, EMERGENCY)


def before(garage: Story) -> None:
    """What the business knows of some of them, and what happened yesterday."""
    garage.know(STAFF, staff=True)
    garage.know(PAUL, name="Paul Petit", language="en")
    garage.write(STOPPED, "STOP")
    garage.call(AGAIN, answered=True)
    garage.call(CALLED, ours=True)
    garage.write(EMERGENCY, "Bonjour")
    garage.days_pass(1)


def missed(garage: Story, look: Callable[[Story], None]) -> Story:
    """They are all missed before anybody looks."""
    before(garage)
    garage.recovery_rests = True
    for person in EVERYBODY:
        garage.call(person)
    garage.call(ANNE)
    garage.write(EMERGENCY, "C'est une urgence")
    garage.recovery_rests = False
    look(garage)
    garage.heed()
    garage.wait(minutes=20)
    return garage


def told(garage: Story) -> dict[int, Any]:
    """What was done for each of them, and with them."""
    shown = ("template", "state", "body", "purpose")
    texts: dict[int, list[Any]] = {}
    # Of what was written at one moment, nothing says what came first.
    for row in sorted(garage.texts(), key=lambda text: (text.created_at, text.purpose, text.body)):
        texts.setdefault(row.person, []).append([row._mapping[name] for name in shown])
    return {
        person: (garage.acts(person), garage.ended(person), texts.get(person), len(garage.work(person=person)))
        for person in EVERYBODY
    }


def one_by_one(garage: Story) -> None:
    while follow(garage.tools, limit=1):
        pass


@contextmanager
def stories(kind: str) -> Iterator[tuple[Story, Story]]:
    with opened(kind) as one, opened(kind) as other:
        yield story(one, "2026-03-03 10:42"), story(other, "2026-03-03 10:42")


@pytest.mark.hard
@pytest.mark.parametrize("kind", DATABASES)
def test_who_is_missed_together_is_treated_as_if_alone(kind: str) -> None:
    with stories(kind) as (together, apart):
        missed(together, lambda garage: garage.look())
        missed(apart, one_by_one)
        assert told(together) == told(apart)
        assert told(together)[STOPPED][2][-1][0] != "missed"
        assert len({tuple(found[0].items()) for found in told(together).values()}) > 2, "they differ"
        assert together.decisions() == apart.decisions()
        assert together.timers.waiting() == apart.timers.waiting()


def test_a_mistake_about_one_journey_stops_no_other(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    garage.recovery_rests = True
    garage.call(ANNE)
    garage.call(PAUL)
    with ledger.writing() as connection:
        connection.execute(sa.update(journeys).where(journeys.c.person == ANNE).values(missed_calls="?"))
    garage.recovery_rests = False
    garage.look()
    garage.wait(minutes=20)
    assert [text.person for text in garage.texts()] == [PAUL]


def asked(garage: Story, count: int) -> int:
    """How many statements it takes to look at so many misses of one moment."""
    garage.clock.now += timedelta(minutes=1)
    garage.recovery_rests = True
    for number in range(count):
        garage.call(33640000000 + 100 * count + number)
    garage.recovery_rests = False
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    sa.event.listen(garage.ledger.engine, "before_cursor_execute", note)
    follow(garage.tools)
    sa.event.remove(garage.ledger.engine, "before_cursor_execute", note)
    return len(statements)


def test_what_is_asked_of_several_misses_is_asked_once(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42")
    few, many = asked(garage, 2), asked(garage, 12)
    # Begun, text, its timer (two), ruling, what was done, and when it is looked at next.
    assert (many - few) / 10 <= 9
