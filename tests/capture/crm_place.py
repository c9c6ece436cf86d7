"""A garage with a CRM: callers who are known here, and the sync in a time of the test's own."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx
import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.capture.sync import CrmSync
from decroche.connector_kit.connector import Connector
from decroche.connectors.crms import crm as crm_named
from decroche.ledger.crm_connections import CrmConnection, add_crm, read_crms
from decroche.ledger.crm_tables import crm_links, crm_writes, opportunities
from decroche.ledger.recovery_tables import people
from decroche.ledger.setting_up import add_account, add_endpoint
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, journeys
from decroche.ledger.telling import tell_change
from tests.capture.listening import NOW, Time
from tests.databases import opened

BOX = Fernet(Fernet.generate_key())
CALLER, OTHER, THIRD = 33639980001, 33639980002, 33639980003


class Killed(BaseException):
    """The process is gone, in the middle of whatever it did."""


@dataclass
class Place:
    """An account with one CRM, and the thread of its sync, step by step."""

    ledger: Ledger
    client: httpx.Client
    connector: Connector
    time: Time = field(default_factory=Time)
    sync: CrmSync = field(init=False)

    def __post_init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin anew with what is kept, as after a kill."""
        self.sync = CrmSync(
            self.ledger,
            {self.connector.name: self.connector},
            box=BOX,
            clock=self.time.clock,
            patience=self.time.patience,
        )

    def use(self, client: httpx.Client) -> None:
        """Begin anew over another line to the CRM."""
        self.client = client
        self.restart()

    @property
    def crm(self) -> CrmConnection:
        with self.ledger.reading() as connection:
            return read_crms(connection, BOX)[0]

    def turn(self) -> bool:
        return self.sync.turn(self.client, threading.Event())

    def until_quiet(self, later: timedelta = timedelta()) -> None:
        """Let time pass, and the sync do all there is to do."""
        self.time.now += later
        for _ in range(500):
            if not self.turn():
                return
        raise AssertionError("the sync never rests")

    def opportunities(self) -> dict[str, dict[str, Any]]:
        return {row["ref"]: row for row in self.rows(opportunities)}

    def links(self) -> dict[str, dict[str, Any]]:
        return {row["contact"]: row for row in self.rows(crm_links)}

    def writes(self) -> list[dict[str, Any]]:
        return self.rows(crm_writes)

    def rows(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.ledger.reading() as connection:
            return [dict(row._mapping) for row in connection.execute(sa.select(table))]

    def known(self, person: int, email: str | None = None) -> None:
        """Somebody who is known here."""
        with self.ledger.writing() as connection:
            connection.execute(sa.insert(people).values(account_id="garage", person=person, email=email))

    def called(self, id: str, person: int = CALLER, **more: Any) -> None:
        """A call of theirs that has ended, unanswered."""
        at = self.time.now
        row = {
            "id": id, "account_id": "garage", "revision": 1, "endpoint_id": "pbx", "external_key": id,
            "progress": "ended", "disposition": "missed", "reason": "no_answer", "direction": "inbound",
            "started_at": at, "last_heard_at": at, "caller": f"+{person}", "called": "+33199000002",
            "caller_kind": "external", "person": person, "answered": False, "queued": False, "rang": True,
            "voicemail": False, "after_hours": False, "wait_s": 37.0, "talk_s": None, "legs": "[]", "sources": "live",
            "department": "Ventes", "site": "Lyon",
        } | more  # fmt: skip
        with self.ledger.writing() as connection:
            connection.execute(sa.insert(calls).values(**row))
            tell_change(connection, "garage", "call.updated", id, at)

    def missed(self, id: str, person: int = CALLER, **more: Any) -> None:
        """A journey of theirs that is open."""
        at = self.time.now
        row = {
            "id": id, "account_id": "garage", "revision": 1, "site": "Lyon", "person": person, "state": "open",
            "opened_at": at, "last_missed_at": at, "expires_at": at + timedelta(days=7), "attempts": 0,
            "missed_calls": '["c1"]', "calls": '["c1"]', "learned_at": at,
        } | more  # fmt: skip
        with self.ledger.writing() as connection:
            connection.execute(sa.insert(journeys).values(**row))
            tell_change(connection, "garage", "journey.opened", id, at)


@contextmanager
def place(
    name: str,
    settings: Mapping[str, str],
    client: httpx.Client,
    *,
    kind: str = "sqlite",
    writes_calls: str = "none",
    writes_tasks: bool = False,
    now: datetime = NOW,
) -> Iterator[Place]:
    """A garage with the CRM ``name``."""
    connector = crm_named(name)
    secret = {each.key for each in connector.fields if each.secret}
    with opened(kind) as ledger, client:
        with ledger.writing() as connection:
            add_account(
                connection, id="garage", name="Garage", country="FR", zone="Europe/Paris", language="fr", now=now
            )
            endpoint = add_endpoint(
                connection, "garage", connector="told", name="PBX", settings={}, secret={}, box=BOX, now=now
            )
            connection.execute(sa.text("UPDATE endpoints SET id = 'pbx' WHERE id = :id"), {"id": endpoint.id})
            add_crm(
                connection,
                "garage",
                crm=name,
                name=connector.title,
                settings={key: value for key, value in settings.items() if key not in secret},
                secret={key: value for key, value in settings.items() if key in secret},
                box=BOX,
                now=now,
                writes_calls=writes_calls,
                writes_tasks=writes_tasks,
            )
        yield Place(ledger, client, connector)
