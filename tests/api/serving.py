"""The API on a ledger in which two businesses have had a morning of calls, with clients that hold tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
from fastapi import FastAPI

from decroche.api.access import Services
from decroche.api.door import install_api
from decroche.capture.feed import Feed
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, add_site, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tokens import Scope, add_token
from decroche.model.call import Direction, MissedReason
from decroche.model.fact import AgentFact, Fact, Presence, Stage
from tests.databases import opened
from tests.in_process import client
from tests.ledger.business import BOX, Shop
from tests.ledger.stories import START, Body

READ, NUMBERS, WRITE = Scope.READ, Scope.NUMBERS, Scope.WRITE
#: Thursday at noon in Paris: the calls came this morning.
NOW = START + timedelta(hours=3)
PERSON, OTHER_PERSON, AGENT_NUMBER = "+33611111111", "+33622222222", "+33655555555"


@dataclass
class Served:
    """The API, the business ``mine`` and another one. ``now`` is the API's clock."""

    ledger: Ledger
    mine: Shop
    other: Shop
    app: FastAPI
    feed: Feed
    now: datetime = NOW
    _clients: dict[tuple[str, tuple[Scope, ...]], httpx.Client] = field(default_factory=dict)

    def client(self, *scopes: Scope, of: Shop | None = None) -> httpx.Client:
        """A client with a token that has these rights, of my business unless told otherwise."""
        account = (of or self.mine).account
        if (account, scopes) not in self._clients:
            self._clients[account, scopes] = self.with_token(self.token(*scopes, of=of))
        return self._clients[account, scopes]

    def token(self, *scopes: Scope, of: Shop | None = None) -> str:
        with self.ledger.writing() as connection:
            return add_token(connection, (of or self.mine).account, name="test", scopes=scopes, now=NOW)

    def with_token(self, token: str | None) -> httpx.Client:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return client(self.app, "http://decroche/api/v1", headers=headers)

    def get(self, path: str, *scopes: Scope, **query: Any) -> Any:
        """What a client with these rights (to read, if none) is told at ``path``."""
        answer = self.client(*(scopes or (READ,))).get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@contextmanager
def served(kind: str) -> Iterator[Served]:
    """A new one on a database of this kind."""
    with opened(kind) as ledger:
        yield serve(ledger)


def serve(ledger: Ledger) -> Served:
    """The API on ``ledger``, which is filled."""
    app, feed = FastAPI(openapi_url="/api/v1/openapi.json"), Feed(ledger)
    mine = _business(ledger, "a1", "Garage Martin", "+33199000001")
    other = _business(ledger, "b2", "Clinique Nord", "+33199000002")
    made = Served(ledger, mine, other, app, feed)
    install_api(app, Services(ledger=ledger, feed=feed, clock=lambda: made.now, box=BOX, key=b"k" * 32))
    for shop, called in ((mine, "+33199000001"), (other, "+33199000002")):
        shop.keep(morning(shop.account, called), at=START)
        shop.fold(now=NOW)
    return made


def _business(ledger: Ledger, id: str, name: str, number: str) -> Shop:
    with ledger.writing() as connection:
        add_account(connection, id=id, name=name, country="FR", zone="Europe/Paris", language="fr", now=START)
        set_week(connection, id, "mon-fri 08:00-18:00")
        add_site(connection, id, f"Site {id}")
        add_line(connection, id, name=f"Ligne {id}", number=int(number[1:]), site=f"Site {id}")
        endpoint = add_endpoint(
            connection, id, connector="told", name=f"PBX {id}", settings={}, secret={"key": "hush"}, box=BOX, now=START
        )
    return Shop(ledger, id, endpoint.id)


def morning(account: str, called: str) -> list[Body]:
    """Six calls: answered by a telephone known by its number, missed twice by one person, called back, hidden, now."""
    said: list[Body] = []
    for number, (minute, caller, end) in enumerate(
        [(0, PERSON, "answered"), (10, OTHER_PERSON, "missed"), (20, None, "missed"), (30, OTHER_PERSON, "missed")]
    ):
        at, key = START + timedelta(minutes=minute), f"{account}-{number}"
        said.append(_body(key, at, Stage.CREATED, direction=Direction.INBOUND, caller=caller, called=called))
        said.append(_body(key, at, Stage.RINGING, leg_key="1", seconds=1, queue="Accueil"))
        if end == "answered":
            said.append(_body(key, at, Stage.ANSWERED, leg_key="1", seconds=9, agent=AGENT_NUMBER))
            said.append(_body(key, at, Stage.ENDED, seconds=60, final=True))
        else:
            raw = f"no answer from {AGENT_NUMBER}"
            more: dict[str, Any] = {"reason": MissedReason.NO_ANSWER, "raw_reason": raw}
            said.append(_body(key, at, Stage.ENDED, leg_key="1", seconds=29, **more))
            said.append(_body(key, at, Stage.ENDED, seconds=30, final=True, **more))
    back, now = START + timedelta(minutes=40), START + timedelta(minutes=50)
    said.append(
        _body(f"{account}-back", back, Stage.CREATED, direction=Direction.OUTBOUND, caller=called, called=PERSON)
    )
    said.append(_body(f"{account}-back", back, Stage.ENDED, seconds=20, final=True))
    said.append(_body(f"{account}-now", now, Stage.CREATED, direction=Direction.INBOUND, caller=PERSON, called=called))
    said.append(Body(agents=(AgentFact(agent=AGENT_NUMBER, at=now, presence=Presence.AVAILABLE),)))
    return said


def _body(key: str, at: datetime, stage: Stage, *, seconds: float = 0, leg_key: str = "", **more: Any) -> Body:
    return Body(facts=(Fact(call_key=key, leg_key=leg_key, stage=stage, at=at + timedelta(seconds=seconds), **more),))
