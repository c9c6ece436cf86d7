"""Whoever may see some sites finds nothing of the others, whatever they ask."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.account import Account, CallFilter, JourneyFilter
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, journeys
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.ledger.business import shop
from tests.ledger.stories import LINES, NOW, START, Body

FOREVER = (START - timedelta(days=9), NOW + timedelta(days=9))


def missed(key: str, called: object, caller: str) -> Body:
    begun = Fact(
        call_key=key, stage=Stage.CREATED, at=START, started_at=START, direction=Direction.INBOUND, caller=caller,
        called=str(called), queue=f"queue {key}", agent=f"agent {key}",
    )  # fmt: skip
    ended = Fact(call_key=key, stage=Stage.ENDED, at=START + timedelta(seconds=40), final=True)
    return Body(facts=(begun, ended))


def test_every_query_is_narrowed(ledger: Ledger) -> None:
    place = shop(ledger)
    place.keep([missed("a", LINES[0], "+33639981234"), missed("b", LINES[1], "+33639985678")])
    place.fold()
    with ledger.reading() as connection:
        of = {row.site: row for row in connection.execute(sa.select(calls))}
        found = {row.site: row for row in connection.execute(sa.select(journeys))}
    assert set(of) == set(found) == {"Lyon", "Bron"}

    def seen(account: Account) -> tuple[object, ...]:
        return (
            {row["site"] for row in account.calls(CallFilter())[0]},
            {row["site"] for row in account.calls(CallFilter(site="Bron"))[0]},
            {row["site"] for row in account.journeys(JourneyFilter())[0]},
            account.counts(*FOREVER).missed,
            account.counts(*FOREVER).opened,
            {row["name"] for row in account.sites()},
            {row["site"] for row in account.lines()},
            len(account.queues()),
        )

    with ledger.for_account(place.account) as account:
        everything = seen(account)
        assert everything[:5] == ({"Lyon", "Bron"}, {"Bron"}, {"Lyon", "Bron"}, 2, 2)
        assert {row["name"] for row in account.sites()} == {"Lyon", "Bron"}
    with ledger.for_account(place.account, sites={"Lyon"}) as account:
        assert seen(account)[:7] == ({"Lyon"}, set(), {"Lyon"}, 1, 1, {"Lyon"}, {"Lyon"})
        assert account.call(of["Lyon"].id)["site"] == "Lyon"
        assert account.journeys_beginning(found["Bron"].id[:8]) == []
        for ask, id in ((account.call, of["Bron"].id), (account.journey, found["Bron"].id)):
            with pytest.raises(KeyError):
                ask(id)
    with ledger.for_account(place.account, sites=()) as account:
        assert seen(account)[:5] == (set(), set(), set(), 0, 0), "no site is not all sites"
