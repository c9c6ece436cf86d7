"""The ledger made again from its observations: the same calls and journeys, and no word of changes that are none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings

from decroche.connector_kit.connector import Record
from decroche.ledger.folding import fold_pending
from decroche.ledger.rebuilding import rebuild
from decroche.ledger.store import Ledger
from decroche.ledger.sweeping import close_lost_calls
from decroche.ledger.tables import agent_states, call_keys, calls, facts, journeys, observations, unknown_words
from decroche.model.call import Direction
from decroche.model.fact import AgentFact, Fact, Heard, Presence, Stage
from tests.ledger.business import Shop, emptied, shop
from tests.ledger.stories import NOW, START, Body, bodies, hear, record


def again(found: Shop) -> list[tuple[str, str]]:
    steps = list(rebuild(found.ledger, hear, now=NOW))
    assert [step.failed for step in steps] == [0] * len(steps)
    assert steps[-1].done == steps[-1].total
    return [(kind, subject) for step in steps for _, kind, subject in step.changes]


def snapshot(found: Shop) -> tuple[object, ...]:
    with found.ledger.reading() as connection:
        rest = [
            sorted(tuple(row) for row in connection.execute(sa.select(*columns)))
            for columns in (
                (call_keys.c.key, call_keys.c.call_id),
                (facts.c.observation_id, facts.c.number, facts.c.call_id, facts.c.body),
                (agent_states.c.agent, agent_states.c.at, agent_states.c.presence),
                (observations.c.id, observations.c.state),
            )
        ]
    return found.calls(), found.journeys(withdrawn=True), found.unknown(), rest


def told(found: Shop, said: list[Body]) -> None:
    found.keep([*said, Body(agents=(AgentFact(agent="Ana", presence=Presence.PAUSED, at=START),))])
    found.fold(limit=3)
    close_lost_calls(found.ledger, now=NOW)
    found.fold()


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=bodies(most=4))
def test_nothing_changes_and_nobody_is_told(ledger: Ledger, said: list[Body]) -> None:
    found = _shop(ledger)
    told(found, said)
    before, feed = snapshot(found), found.changes()
    assert again(found) == []
    assert snapshot(found) == before
    assert found.changes() == feed


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=bodies(most=4))
def test_what_was_lost_comes_back(ledger: Ledger, said: list[Body]) -> None:
    found = _shop(ledger)
    told(found, said)
    before = (found.calls(), found.journeys(), found.unknown())
    with ledger.writing() as connection:
        for table in (calls, journeys, call_keys, facts, agent_states, unknown_words):
            connection.execute(sa.delete(table))
    again(found)
    assert (found.calls(), found.journeys(), found.unknown()) == before


def test_a_connector_that_understands_more_than_it_did(ledger: Ledger) -> None:
    """Calls that were two are one, a call of nothing goes, and what was not understood is."""

    def better(connector: str, heard: Record, settings: Mapping[str, str]) -> Heard:
        if heard.body == record(noise).body:
            return Heard(facts=(ringing("z"),))
        found = hear(connector, heard, settings)
        return Heard(facts=tuple(replace(each, same_call=("a",)) for each in found.facts if each.call_key in "abz"))

    def ringing(key: str) -> Fact:
        return Fact(
            call_key=key, stage=Stage.ENDED, at=START, final=True, direction=Direction.INBOUND, caller="0611111111"
        )

    noise = Body(trouble="malformed")
    found = shop(ledger)
    found.keep([noise, *(Body(facts=(ringing(key),)) for key in "abc")])
    found.fold()
    assert len(found.calls()) == 3
    changes = {kind for step in rebuild(ledger, better, now=NOW) for _, kind, _ in step.changes}
    assert {call["external_key"] for call in found.calls().values()} == {"a", "z"}
    assert "call.merged" in changes
    fresh = snapshot(found)
    emptied(found)
    found.keep([noise, *(Body(facts=(ringing(key),)) for key in "abc")])
    while fold_pending(ledger, better, now=NOW).observations:
        pass
    assert found.calls() == fresh[0]


def test_an_interrupted_rebuild_is_started_again(ledger: Ledger) -> None:
    found = shop(ledger)
    said = [
        Body(facts=(Fact(call_key=f"{number}", stage=Stage.ENDED, at=START, final=True),), unknown=(("x", "y"),))
        for number in range(600)
    ]
    found.keep(said)
    found.fold()
    before = snapshot(found)
    next(rebuild(ledger, hear, now=NOW))
    again(found)
    assert snapshot(found) == before


def _shop(ledger: Ledger) -> Shop:
    with ledger.reading() as connection:
        endpoint = connection.execute(sa.text("select id from endpoints")).scalar_one_or_none()
    return shop(ledger) if endpoint is None else emptied(Shop(ledger, "garage", endpoint))
