"""The pages on a ledger of two businesses, in this process or on a port, with browsers that hold tokens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import uvicorn

from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, add_site, set_week
from decroche.ledger.tables import endpoints
from decroche.ledger.tokens import Scope, add_token
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from decroche.server import Server, build_server
from decroche.server_settings import ServerSettings
from decroche.web.access import COOKIE
from tests.in_process import client
from tests.ledger.business import Shop
from tests.ledger.stories import Body, hear

#: A Monday, 10:12 in Paris and 4:12 in Montréal.
NOW = datetime(2026, 11, 16, 9, 12, tzinfo=UTC)
CALLER, OTHER = "+33639981234", "+33465714200"


#: Ringover, were its records facts.
TOLD = replace(RINGOVER, hear=lambda record, settings: hear("told", record, settings), history=None)


@dataclass
class Garage:
    """The server with the business ``mine`` and another one. ``now`` is its clock."""

    server: Server
    mine: Shop
    other: Shop
    now: datetime = NOW
    running: bool = False

    def tell(self, *facts: Fact, of: Shop | None = None) -> None:
        """The phone system says this."""
        (of or self.mine).keep([Body(facts=facts)], at=self.now)
        if self.running:
            self.server.capture.folder.wake()
        else:
            (of or self.mine).fold(now=self.now)

    def token(self, *scopes: Scope, of: Shop | None = None) -> str:
        with self.server.ledger.writing() as connection:
            return add_token(
                connection, (of or self.mine).account, name="test", scopes=scopes or (Scope.READ,), now=NOW
            )

    def browser(self, *scopes: Scope, of: Shop | None = None, token: str | None = None) -> httpx.Client:
        """Somebody who has signed in with these rights (to read, if none), or with ``token``."""
        return client(self.server.app, cookies={COOKIE: token or self.token(*scopes, of=of)})

    def note(self, *, of: Shop | None = None, **values: Any) -> None:
        """Write what is known of the phone system."""
        with self.server.ledger.writing() as connection:
            connection.execute(endpoints.update().where(endpoints.c.id == (of or self.mine).endpoint).values(**values))


@contextmanager
def garage(
    folder: Path,
    *,
    language: str = "fr",
    public_url: str | None = None,
    times_faster: float | None = None,
    name: str = "Garage Martin",
) -> Iterator[Garage]:
    """A new one, in this process."""
    settings = ServerSettings(data=folder, database=None, public_url=public_url)
    clock: list[Garage] = []
    server = build_server(
        settings,
        clock=lambda: clock[0].now if clock else NOW,
        platforms=[TOLD if each is RINGOVER else each for each in PLATFORMS],
        times_faster=times_faster,
    )
    places = {"fr": ("FR", "Europe/Paris"), "en": ("FR", "Europe/Paris"), "fr-CA": ("CA-QC", "America/Toronto")}
    mine = _business(server, settings, "a1", name, *places[language], language, 33465714200)
    other = _business(server, settings, "b2", "Clinique Nord", "FR", "Europe/Paris", "fr", 33465714201)
    made = Garage(server, mine, other)
    clock.append(made)
    try:
        yield made
    finally:
        server.ledger.close()


def _business(
    server: Server, settings: ServerSettings, id: str, name: str, country: str, zone: str, language: str, number: int
) -> Shop:
    with server.ledger.writing() as connection:
        add_account(connection, id=id, name=name, country=country, zone=zone, language=language, now=NOW)
        set_week(connection, id, "mon-fri 00:00-24:00")
        add_site(connection, id, f"Site {id}")
        add_line(connection, id, name=f"Ligne {id}", number=number, site=f"Site {id}", department="Atelier")
        endpoint = add_endpoint(
            connection, id, connector="ringover", name=f"Standard {id}", settings={}, secret={}, box=settings.box(),
            now=NOW, key=f"key-of-{id}",
        )  # fmt: skip
    return Shop(server.ledger, id, endpoint.id)


@contextmanager
def on_a_port(found: Garage) -> Iterator[str]:
    """The same on a port of this machine, with everything that runs beside the pages. Gives its address."""
    listening = socket.create_server(("127.0.0.1", 0))
    with serving(found, listening):
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@contextmanager
def serving(found: Garage, listening: socket.socket) -> Iterator[None]:
    config = uvicorn.Config(found.server.app, access_log=False, log_config=None, timeout_graceful_shutdown=5)
    web = uvicorn.Server(config)
    thread = threading.Thread(target=web.run, args=([listening],))
    thread.start()
    found.running = True
    try:
        yield
    finally:
        found.server.capture.feed.close()
        web.should_exit = True
        thread.join()
        found.running = False


def call(
    key: str,
    *steps: tuple[float, Stage] | tuple[float, Stage, dict[str, Any]],
    caller: str | None = CALLER,
    called: str = "+33465714200",
    at: datetime = NOW,
    **more: Any,
) -> list[Fact]:
    """The facts of a call that came in at ``at``, its steps so many seconds later."""
    made = [
        Fact(
            call_key=key, stage=Stage.CREATED, at=at, direction=Direction.INBOUND, caller=caller, called=called,
            started_at=at, **more,
        )
    ]  # fmt: skip
    for after, stage, *rest in steps:
        leg = "" if stage is Stage.ENDED else "1"
        values: dict[str, Any] = {"leg_key": leg, "final": stage is Stage.ENDED, **(rest[0] if rest else {})}
        made.append(Fact(call_key=key, stage=stage, at=at + timedelta(seconds=after), **values))
    return made


def missed(key: str, **more: Any) -> list[Fact]:
    """The facts of a call that rang half a minute and was not answered."""
    return call(key, (1, Stage.RINGING), (31, Stage.ENDED), **more)


def minutes_ago(number: float) -> datetime:
    return NOW - timedelta(minutes=number)


def all_of(facts: Iterable[Iterable[Fact]]) -> list[Fact]:
    return [fact for each in facts for fact in each]
