"""Calls, sources and sales of the ledger become ways to sales: of one business, each contact for one sale."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from decroche.connector_kit.crm import Deal, DealState
from decroche.ledger.opportunities import Told, keep_told
from decroche.ledger.store import Ledger
from decroche.ledger.ways_to_sales import ways_to_sales
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from decroche.model.touch import Way
from decroche.prove.kpis.credits import Rule, credits, paths_of
from decroche.understand.matching import Doubt, How, Match
from tests.ledger.business import shop
from tests.ledger.stories import LINES, NOW, START, Body

pytestmark = pytest.mark.hard
ANNA, BOB = 33639981234, 33639985678
DAY = timedelta(days=1)


def missed(key: str, caller: int) -> Body:
    begun = Fact(
        call_key=key, stage=Stage.CREATED, at=START, started_at=START, direction=Direction.INBOUND,
        caller=f"+{caller}", called=str(LINES[0]),
    )  # fmt: skip
    return Body(facts=(begun, Fact(call_key=key, stage=Stage.ENDED, at=START + timedelta(seconds=40), final=True)))


def deal(ref: str, person: int | None, **more: Any) -> Told:
    given = {"state": DealState.WON, "closed_at": START + DAY, "amount": Decimal("100.01"), "opened_at": START - DAY}
    match = Match(doubt=Doubt(next(iter(Doubt)))) if person is None else Match(person=person, how=How(next(iter(How))))
    return Told(deal=Deal(ref=ref, changed_at=START + DAY, **{**given, **more}), match=match)


def test_what_people_did_before_they_bought(ledger: Ledger) -> None:
    place = shop(ledger)
    place.keep([missed("a", ANNA), missed("b", BOB)])
    place.fold()
    told = [
        deal("1", ANNA, source="Annonces"),
        deal("2", ANNA, currency="USD"),
        deal("3", None),
        deal("4", BOB, state=DealState.OPEN, closed_at=None),
        deal("5", BOB, amount=None),
        deal("6", BOB, closed_at=START - timedelta(days=400)),
    ]
    with ledger.writing() as connection:
        keep_told(connection, place.account, "file", told, now=NOW, currency="EUR")
    period = {"since": START - 30 * DAY, "until": START + 30 * DAY, "currency": "EUR"}
    with ledger.reading() as connection:
        found = ways_to_sales(connection, place.account, **period)  # type: ignore[arg-type]
        assert ways_to_sales(connection, "nobody", **period).sales == {}  # type: ignore[arg-type]
    assert (found.foreign, found.unknown) == (1, 2)
    assert sum(map(len, found.sales.values())) == 1 and sum(map(len, found.touches.values())) == 3
    paths = paths_of(found.touches, found.sales)
    assert [path.sale is not None for path in paths].count(True) == 1
    parts = {each.channel: each for each in credits(paths, Rule.LINEAR, currency="EUR").parts}
    assert parts["Annonces"].revenue.exact == "50.01" and len(parts) == 2
    assert {touch.way for each in found.touches.values() for touch in each} == {Way.INBOUND}
    assert str(ANNA) not in str(found) and str(BOB) not in str(found)
