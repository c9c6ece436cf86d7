"""The pages on a ledger of two businesses, in this process or on a port, with browsers of their members."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
import uvicorn

from decroche.connectors.platforms import PLATFORMS
from decroche.connectors.ringover.connector import CONNECTOR as RINGOVER
from decroche.ledger.members import add_member, join_account
from decroche.ledger.passwords import Passwords
from decroche.ledger.sessions import open_session
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, add_site, set_week
from decroche.ledger.tables import accounts, endpoints, sites
from decroche.ledger.tokens import Scope, add_token
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from decroche.model.member import Role
from decroche.recover.workflows.post import Sender
from decroche.server import Server, build_server
from decroche.server_settings import ServerSettings
from decroche.web.access import COOKIE
from tests.databases import lay
from tests.in_process import client
from tests.ledger.business import Shop
from tests.ledger.stories import Body, hear

#: A Monday, 10:12 in Paris and 4:12 in Montréal.
NOW = datetime(2026, 11, 16, 9, 12, tzinfo=UTC)
CALLER, OTHER = "+33639981234", "+33465714200"


#: Ringover, were its records facts.
TOLD = replace(RINGOVER, hear=lambda record, settings: hear("told", record, settings), history=None)

#: Passwords that cost little to check: what a guess costs is not what these tests are about.
PASSWORD = "trois cailloux sous la pluie"
CHEAP = Passwords(memory_kib=64, rounds=1)


@dataclass
class Garage:
    """The server with the business ``mine`` and another one. ``now`` is its clock."""

    server: Server
    mine: Shop
    other: Shop
    folder: Path
    now: datetime = NOW
    running: bool = False
    public_url: str | None = None
    members: int = 0

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

    def member(
        self,
        role: Role,
        *,
        of: Shop | None = None,
        sites: Iterable[str] | None = None,
        name: str = "Nadia Benali",
        password: str | None = None,
    ) -> str:
        """Somebody who works in a business; ``sites`` by their names. Returns their id."""
        account = (of or self.mine).account
        self.members += 1
        with self.server.ledger.writing() as connection:
            about = connection.execute(sa.select(accounts.c.language).where(accounts.c.id == account)).scalar_one()
            digest = None if password is None else CHEAP.digest(password)
            id = add_member(connection, name=name, email=self.email, password=digest, language=about, now=NOW)
            join_account(connection, account, id, role=role, sites=self._site_ids(connection, sites), now=NOW)
        return id

    @property
    def email(self) -> str:
        """The e-mail of the last member."""
        return f"member{self.members}@garage.example"

    def with_password(self, role: Role, *, of: Shop | None = None) -> str:
        """Somebody who works in a business and signs in with PASSWORD. Returns their e-mail."""
        self.member(role, of=of, password=PASSWORD)
        return self.email

    def session(self, member: str, *, of: Shop | None = None) -> str:
        """The token of a new session of a member."""
        with self.server.ledger.writing() as connection:
            return open_session(
                connection, (of or self.mine).account, member, complete=True, browser="Firefox",
                client="192.0.2.0/24", now=self.now,
            )  # fmt: skip

    def browser(
        self, role: Role = Role.READER, *, of: Shop | None = None, sites: Iterable[str] | None = None
    ) -> httpx.Client:
        """Somebody who has signed in as a member with this role, who may see ``sites`` (by name; all, if not told)."""
        return self.visitor(self.session(self.member(role, of=of, sites=sites), of=of))

    def visitor(self, session: str | None = None) -> httpx.Client:
        """A browser with this session, or without one; its forms say that they come from our pages."""
        cookies = {} if session is None else {self.cookie: session}
        return client(self.server.app, cookies=cookies, headers={"Sec-Fetch-Site": "same-origin"})

    @property
    def cookie(self) -> str:
        """The name of the cookie of a session."""
        return f"__Host-{COOKIE}" if (self.public_url or "").startswith("https://") else COOKIE

    def _site_ids(self, connection: sa.Connection, names: Iterable[str] | None) -> list[str] | None:
        if names is None:
            return None
        query = sa.select(sites.c.id).where(sites.c.name.in_(list(names)))
        return list(connection.execute(query).scalars())

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
    businesses: bool = True,
    mail: Sender | None = None,
    transport: httpx.BaseTransport | None = None,
    more: Mapping[str, Any] | None = None,
) -> Iterator[Garage]:
    """A new one, in this process; without ``businesses`` nothing is set up yet. ``more`` are settings of the server."""
    settings = ServerSettings(data=folder, database=None, public_url=public_url, **(more or {}))
    clock: list[Garage] = []
    if not (folder / "ledger.db").exists():
        lay(folder / "ledger.db")
    server = build_server(
        settings,
        clock=lambda: clock[0].now if clock else NOW,
        platforms=[TOLD if each is RINGOVER else each for each in PLATFORMS],
        times_faster=times_faster,
        passwords=CHEAP,
        mail=mail,
        transport=transport,
    )
    places = {"fr": ("FR", "Europe/Paris"), "en": ("FR", "Europe/Paris"), "fr-CA": ("CA-QC", "America/Toronto")}
    mine = other = Shop(server.ledger, "", "")
    if businesses:
        mine = _business(server, settings, "a1", name, *places[language], language, 33465714200)
        other = _business(server, settings, "b2", "Clinique Nord", "FR", "Europe/Paris", "fr", 33465714201)
    made = Garage(server, mine, other, folder, public_url=public_url)
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
