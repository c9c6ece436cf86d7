"""A call is placed for whoever has the item, when the rules allow it; the intention stands before, whatever comes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from decroche.connector_kit.calls import Calls, NotPlaced, Placed, Wanted
from decroche.connector_kit.http import Http
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.ledger.recovery_tables import decisions
from decroche.ledger.refusals import refuse
from decroche.ledger.setting_up import read_endpoints
from decroche.ledger.store import Ledger
from decroche.ledger.tables import endpoints
from decroche.ledger.work_claims import Taken
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.ledger.work_notes import notes_of
from decroche.recover.fingerprints import fingerprint
from decroche.recover.workflows.calling import JustCalled, NoCalls, NotAllowed, call_item
from decroche.recover.workflows.tools import Tools
from decroche.rules.outreach import Scope
from tests.databases import DATABASES, opened
from tests.ledger.business import BOX, shop
from tests.ledger.callers import ANN

NOW = datetime(2026, 4, 15, 8, tzinfo=UTC)
KEY = b"k" * 32


@pytest.fixture(params=DATABASES)
def ledger(request: pytest.FixtureRequest) -> Iterator[Ledger]:
    with opened(request.param) as found:
        yield found


class Desk:
    """A garage with one callback, and a platform that rings or says why not."""

    def __init__(self, ledger: Ledger) -> None:
        self.shop = shop(ledger)
        self.rung: list[Wanted] = []
        self.trouble: list[Exception] = []
        platform = replace(RINGOVER, calls=Calls(place=self._place, needs=()))
        with ledger.writing() as connection:
            connection.execute(sa.update(endpoints).values(connector="ringover"))
            need = Need(kind=Kind.CALLBACK, key="a", person=ANN, journey="j1")
            self.item = open_item(connection, self.shop.account, need, now=NOW)
        with ledger.reading() as connection:
            (endpoint,) = read_endpoints(connection, BOX)
        unused: Any = None
        self.ways = {endpoint.id: (endpoint, platform)}
        self.tools = Tools(
            ledger=ledger,
            timers=unused,
            clock=lambda: NOW,
            key=KEY,
            ways=lambda: self.ways,
            http=lambda _: Http(httpx.Client()),
        )

    def _place(self, http: Http, settings: object, wanted: Wanted) -> Placed:
        assert "called" in self.notes(), "what is asked of a platform is written down before"
        if self.trouble:
            raise self.trouble.pop()
        self.rung.append(wanted)
        return Placed(ref="7")

    def call(self, who: str = "Zoé") -> str | None:
        return call_item(self.tools, self.shop.account, self.item, who=who, agent="3").placed.ref

    def notes(self) -> list[str]:
        with self.tools.ledger.reading() as connection:
            return [note["kind"] for note in notes_of(connection, self.shop.account, self.item)]

    def ruled(self) -> int:
        with self.tools.ledger.reading() as connection:
            return int(connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar_one())


def test_the_person_is_rung_for_whoever_has_the_item(ledger: Ledger) -> None:
    desk = Desk(ledger)
    assert desk.call() == "7"
    assert [(wanted.person, wanted.agent) for wanted in desk.rung] == [(f"+{ANN}", "3")]
    assert desk.notes() == ["claimed", "called"] and desk.ruled() == 1
    with pytest.raises(Taken):
        desk.call("Luc")
    assert len(desk.rung) == 1


def test_whom_the_rules_protect_is_not_rung(ledger: Ledger) -> None:
    desk = Desk(ledger)
    with ledger.writing() as connection:
        mark = fingerprint(KEY, desk.shop.account, ANN)
        refuse(connection, desk.shop.account, mark, scope=str(Scope.CALLS), source="person", at=NOW)
    with pytest.raises(NotAllowed) as error:
        desk.call()
    assert not error.value.ruling.allowed and desk.ruled() == 1
    assert desk.rung == [] and desk.notes() == ["claimed"]


def test_what_a_platform_refuses_is_told_and_noted(ledger: Ledger) -> None:
    desk = Desk(ledger)
    desk.trouble = [NotPlaced("busy")]
    with pytest.raises(NotPlaced):
        desk.call()
    assert desk.notes() == ["claimed", "called", "note"]
    desk.ways = {}
    with pytest.raises(NoCalls):
        desk.call()


def test_whoever_clicks_twice_rings_once(ledger: Ledger) -> None:
    desk = Desk(ledger)
    desk.call()
    with pytest.raises(JustCalled):
        desk.call()
    assert len(desk.rung) == 1
