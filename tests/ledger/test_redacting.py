"""Somebody is forgotten: their calls keep all but the number, others keep everything, and a rebuild changes nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decroche.ledger.redacting import Forgetting, redact_calls
from decroche.ledger.store import Ledger
from decroche.ledger.sweeping import close_lost_calls
from decroche.ledger.tables import calls, facts, journeys, observations
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.databases import opened
from tests.ledger.business import Shop, shop
from tests.ledger.stories import NOW, START, Body, bodies, hear
from tests.ledger.test_rebuild import _shop, again, snapshot

ONE, OTHER = 33611111111, 33622222222
NAME = -77


def forgetting(found: Shop, names: dict[int, int]) -> Forgetting:
    until = dict.fromkeys(names, NOW + timedelta(days=1))
    return Forgetting(account=found.account, names=names, hear=hear, region="FR", until=until)


def forget(found: Shop, names: dict[int, int], ids: list[str] | None = None) -> None:
    with found.ledger.writing() as connection:
        mine = sa.select(calls.c.id).where(calls.c.person.in_(names))
        wanted = list(connection.execute(mine).scalars()) if ids is None else ids
        redact_calls(connection, forgetting(found, names), wanted, NOW)


def everything(ledger: Ledger) -> str:
    """All that the ledger holds of calls, as one text."""
    with ledger.reading() as connection:
        return repr([connection.execute(sa.select(table)).all() for table in (observations, facts, calls, journeys)])


def without_person(rows: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Rows without what names somebody."""
    names = ("person", "caller", "called", "legs")
    return {id: {key: value for key, value in row.items() if key not in names} for id, row in rows.items()}


def check(found: Shop) -> None:
    before = (found.calls(), found.journeys(withdrawn=True))
    feed = found.changes()
    forget(found, {ONE: NAME})
    after = (found.calls(), found.journeys(withdrawn=True))
    assert [without_person(rows) for rows in after] == [without_person(rows) for rows in before]
    for was, now in zip(before, after, strict=True):
        for id, row in was.items():
            assert now[id]["person"] == (NAME if row["person"] == ONE else row["person"])
            if "legs" in row and row["person"] != ONE:
                old, new = (sorted(json.dumps(leg) for leg in json.loads(r["legs"])) for r in (row, now[id]))
                assert len(old) == len(new)
    assert "611111111" not in "".join(
        f"{row['caller']}{row['called']}{row['legs']}" for row in after[0].values() if row["person"] == NAME
    )
    assert found.changes() == feed
    kept = snapshot(found)
    assert again(found) == []
    assert snapshot(found) == kept
    assert found.changes() == feed


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=bodies(most=4))
def test_nothing_else_changes_and_a_rebuild_gives_the_same(ledger: Ledger, said: list[Body]) -> None:
    check(_told(_shop(ledger), said))


@pytest.mark.hard
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_whatever_was_said(data: st.DataObject) -> None:
    """Facts of one moment that disagree, words of every kind where the number stands, several of the person's calls."""
    said = data.draw(bodies(most=6))
    callers = st.sampled_from(
        ("+33611111111", "0611111111", "06 11 11 11 11", "0622222222", "101", "+33199000001", "zz")
    )
    mixed = [
        replace_facts(body, lambda fact: replace(fact, caller=data.draw(callers)) if fact.caller else fact)
        if data.draw(st.booleans())
        else body
        for body in said
    ]
    with opened("sqlite") as ledger:
        check(_told(shop(ledger), mixed))


def test_one_observation_that_speaks_of_two_people(ledger: Ledger) -> None:
    found = shop(ledger)
    mine, theirs = ended("a", "0611111111"), ended("b", "06 22 22 22 22", after=600)
    found.keep([Body(facts=(mine, theirs)), Body(facts=(replace(theirs, stage=Stage.ENRICHED, final=False),))])
    found.fold()
    check(found)
    assert "6 22 22 22 22" in everything(ledger)
    assert "611111111" not in everything(ledger)
    with ledger.reading() as connection:
        kinds = list(connection.execute(sa.select(observations.c.kind).order_by(observations.c.id)).scalars())
    assert sorted(kinds) == ["erased", "event"]


def test_the_number_in_other_words_and_in_the_ids_of_the_call(ledger: Ledger) -> None:
    found = shop(ledger)
    told = replace(
        ended("trunk-33611111111", "0611111111"), leg_key="SIP/0611111111-01", raw_reason="to 06.11.11.11.11"
    )
    found.keep([Body(facts=(told,)), Body(facts=(replace(told, stage=Stage.ENRICHED, at=START, final=False),))])
    found.fold()
    ids = set(found.calls())
    forget(found, {ONE: NAME})
    assert set(found.calls()) == ids
    assert "11111111" not in everything(ledger)
    kept = snapshot(found)
    assert again(found) == []
    assert snapshot(found) == kept


def test_a_number_that_was_the_smaller_word(ledger: Ledger) -> None:
    """Two legs of one second tell two callers: the one that counted goes on to count."""
    found = shop(ledger)
    said = [replace(ended("a", "0611111111"), leg_key="1"), replace(ended("a", "101"), leg_key="2")]
    found.keep([Body(facts=(fact,)) for fact in said])
    found.fold()
    assert [call["person"] for call in found.calls().values()] == [ONE]
    check(found)


def test_again_changes_nothing(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep([Body(facts=(ended("a", "0611111111"),))])
    found.fold()
    forget(found, {ONE: NAME})
    before = everything(ledger)
    forget(found, {ONE: NAME}, list(found.calls()))
    assert everything(ledger) == before


def test_the_revision_rises_so_that_copies_follow(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep([Body(facts=(ended("a", "0611111111"),)), Body(facts=(ended("b", "0622222222"),))])
    found.fold()
    forget(found, {ONE: NAME})
    with ledger.reading() as connection:
        newest = connection.execute(sa.select(calls.c.person).order_by(calls.c.revision.desc())).scalars().first()
    assert newest == NAME


def test_nobody_calls_themselves_erased(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep([Body(facts=(ended("erased:00", "erased:77"),))])
    found.fold()
    assert [call["person"] for call in found.calls().values()] == [None]
    assert "00" not in found.calls()


def ended(key: str, caller: str, *, after: float = 0) -> Fact:
    at = START + timedelta(seconds=after)
    return Fact(
        call_key=key, stage=Stage.ENDED, at=at, final=True, direction=Direction.INBOUND, caller=caller, rang=True,
        called="+33199000001",
    )  # fmt: skip


def replace_facts(body: Body, change: Any) -> Body:
    return Body(
        facts=tuple(change(fact) for fact in body.facts),
        agents=body.agents, unknown=body.unknown, trouble=body.trouble,
    )  # fmt: skip


def _told(found: Shop, said: list[Body]) -> Shop:
    found.keep(said)
    found.fold(limit=3)
    close_lost_calls(found.ledger, now=NOW)
    found.fold()
    return found
