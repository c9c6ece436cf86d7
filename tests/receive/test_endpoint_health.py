"""When a phone system was last heard and refused, and when that is a problem: written now and then, not each time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from decroche.api.operations import count_problems
from decroche.capture.endpoint_health import PART, EndpointHealth
from decroche.capture.tally import LATEST, MANY
from decroche.connector_kit.connector import Record
from decroche.ledger.observations import Observation
from decroche.ledger.part_problems import note_part, read_problems
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from decroche.model.problem import Problem
from decroche.telemetry import Metrics
from tests.ledger.business import Shop, shop
from tests.receive.doors import NOW
from tests.receive.test_journal import counted

LATER = NOW + timedelta(minutes=5)


def light(found: Shop) -> tuple[Any, Any, Any]:
    c = endpoints.c
    with found.ledger.reading() as connection:
        row = connection.execute(sa.select(c.heard_at, c.refused_at, c.problem)).one()
    problems = read_problems(row.problem)
    return row.heard_at, row.refused_at, "; ".join(str(each) for each in problems) or None


def kept(found: Shop) -> Observation:
    record = Record(kind="event", key="k", body=b"{}")
    return Observation(endpoint_id=found.endpoint, record=record, source="history", received_at=NOW)


def test_what_was_kept_was_heard(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)
    health.heard([kept(found)] * 3)
    assert light(found) == (None, None, None)
    health.write()
    assert light(found) == (NOW, None, None)
    health.heard([replace(kept(found), received_at=LATER)])
    health.write()
    assert light(found)[0] == LATER


def test_thousands_of_deliveries_are_one_write_and_none_is_none(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)
    with counted(ledger) as commits:
        for number in range(1000):
            health.welcomed(found.endpoint, NOW + timedelta(seconds=number))
            health.heard([kept(found)])
        health.write()
        health.write()
    assert len(commits) == 1


def test_refusals_are_a_problem_when_there_are_many(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)
    for _ in range(MANY - 1):
        health.refused(found.endpoint, "the signature is wrong", NOW)
    for _ in range(LATEST):
        health.welcomed(found.endpoint, NOW)
    for _ in range(MANY - 1):
        health.refused(found.endpoint, "the signature is wrong", NOW)
    health.write()
    assert light(found) == (NOW, NOW, None)
    health.refused(found.endpoint, "the signature is wrong", LATER)
    health.write()
    assert light(found) == (NOW, LATER, "deliveries are refused: the signature is wrong")


def test_one_wrong_key_of_two_is_noticed_although_the_other_deliveries_pass(ledger: Ledger) -> None:
    """Webhooks of one kind are signed with a key of their own, and all of them are refused."""
    found, health = shop(ledger), EndpointHealth(ledger)
    for call in range(20):
        for _ in ("ringing", "answered", "hangup"):
            health.welcomed(found.endpoint, NOW)
        health.write()
        assert (light(found)[2] is not None) == (call >= MANY)
        health.refused(found.endpoint, "no signature of a known key", NOW)
    for _ in range(LATEST):
        health.welcomed(found.endpoint, LATER)
    health.write()
    assert light(found)[2] is None


def test_good_deliveries_end_the_problem_and_no_other(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)
    with ledger.writing() as connection:
        note_part(connection, found.endpoint, "history/", Problem("the key is refused"))
    for _ in range(MANY):
        health.refused(found.endpoint, "the signature is wrong", NOW)
    health.write()
    assert light(found)[2] == "deliveries are refused: the signature is wrong; the key is refused"
    # Past calls that are read say nothing of the door.
    health.heard([kept(found)])
    health.write()
    assert "refused: the signature" in light(found)[2]
    for _ in range(MANY):
        health.welcomed(found.endpoint, LATER)
    health.write()
    assert light(found) == (LATER, NOW, "the key is refused")


def test_a_problem_of_the_process_before_is_ended_by_this_one(ledger: Ledger) -> None:
    found = shop(ledger)
    with ledger.writing() as connection:
        note_part(
            connection,
            found.endpoint,
            PART,
            Problem("deliveries are refused", because=Problem("the signature is wrong")),
        )
    health = EndpointHealth(ledger)
    health.welcomed(found.endpoint, NOW)
    health.write()
    assert light(found)[2] is None


def test_deliveries_that_nobody_can_read_are_a_problem_until_they_can_be(ledger: Ledger) -> None:
    """One kind of event in four, since the vendor changed it."""
    found, health = shop(ledger), EndpointHealth(ledger)
    for _ in range(MANY):
        for _ in range(3):
            health.welcomed(found.endpoint, NOW)
        health.write()
        assert light(found) == (NOW, None, None)
        health.unreadable(found.endpoint, "an event without a name", NOW)
    health.write()
    assert light(found) == (NOW, None, "deliveries cannot be read: an event without a name")
    for _ in range(3 * 4 - 1):
        health.welcomed(found.endpoint, LATER)
    health.write()
    assert light(found)[2] is not None
    health.welcomed(found.endpoint, LATER)
    health.write()
    assert light(found) == (LATER, None, None)


def test_a_clock_that_is_put_right_is_followed_back(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)
    for moment in (LATER, NOW):
        health.welcomed(found.endpoint, moment)
        health.write()
    assert light(found)[0] == NOW


def test_the_end_writes_what_is_left(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)
    health.start()
    health.welcomed(found.endpoint, NOW)
    health.stop()
    assert light(found)[0] == NOW


def test_what_the_store_did_not_take_is_written_the_next_time(ledger: Ledger) -> None:
    found, health = shop(ledger), EndpointHealth(ledger)

    @sa.event.listens_for(ledger.engine, "commit")
    def fail(_: sa.Connection) -> None:
        raise sa.exc.OperationalError("COMMIT", {}, Exception("disk full"))

    health.welcomed(found.endpoint, NOW)
    health.write()
    sa.event.remove(ledger.engine, "commit", fail)
    assert light(found)[0] is None
    health.write()
    assert light(found)[0] == NOW


def test_the_metrics_count_the_endpoints_with_a_problem(ledger: Ledger) -> None:
    found, metrics = shop(ledger), Metrics()
    value = metrics.registry.get_sample_value
    count_problems(ledger, metrics)
    assert value("decroche_endpoint_problems", {"connector": "told"}) == 0
    with ledger.writing() as connection:
        note_part(
            connection,
            found.endpoint,
            PART,
            Problem("deliveries are refused", because=Problem("the signature is wrong")),
        )
    count_problems(ledger, metrics)
    assert value("decroche_endpoint_problems", {"connector": "told"}) == 1
