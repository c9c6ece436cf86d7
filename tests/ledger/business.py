"""The business of the ledger's tests: two lines in two places, one phone system, and what its ledger holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.fernet import Fernet

from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import Observation, append
from decroche.ledger.setting_up import add_account, add_endpoint, add_line, add_site, set_week
from decroche.ledger.store import Ledger
from decroche.ledger.tables import calls, changes, journeys, metadata, unknown_words
from tests.ledger.stories import LINES, NOW, START, Body, hear, record

BOX = Fernet(Fernet.generate_key())


@dataclass(frozen=True, slots=True)
class Shop:
    """An account with one endpoint, in a ledger."""

    ledger: Ledger
    account: str
    endpoint: str

    def keep(self, said: Iterable[Body], *, source: str = "live", at: datetime = START) -> None:
        """Keep what was delivered."""
        found = [
            Observation(endpoint_id=self.endpoint, record=record(each), source=source, received_at=at) for each in said
        ]
        with self.ledger.writing() as connection:
            append(connection, found)

    def fold(self, *, now: datetime = NOW, limit: int = 500) -> list[tuple[str, str]]:
        """Fold all that is pending. Returns the changes."""
        made: list[tuple[str, str]] = []
        while (batch := fold_pending(self.ledger, hear, now=now, limit=limit)).observations:
            made += [(kind, subject) for _, kind, subject in batch.changes]
        return made

    def calls(self) -> dict[str, dict[str, Any]]:
        """Every call by its id, without its revision."""
        return self._rows(calls, "revision")

    def journeys(self, *, withdrawn: bool = False) -> dict[str, dict[str, Any]]:
        """Every journey by its id, without its revision and when it was learned; not those withdrawn."""
        rows = self._rows(journeys, "revision", "learned_at")
        return {id: row for id, row in rows.items() if withdrawn or row["state"] != "withdrawn"}

    def unknown(self) -> dict[tuple[str, str], int]:
        """How often each unknown word was heard."""
        with self.ledger.reading() as connection:
            rows = connection.execute(sa.select(unknown_words)).all()
        return {(row.field, row.word): row.times for row in rows}

    def changes(self) -> list[tuple[str, str]]:
        """The whole feed."""
        with self.ledger.reading() as connection:
            query = sa.select(changes.c.kind, changes.c.subject).order_by(changes.c.id)
            return [(row.kind, row.subject) for row in connection.execute(query)]

    def _rows(self, table: sa.Table, *without: str) -> dict[str, dict[str, Any]]:
        shown = [column for column in table.c if column.name not in without]
        with self.ledger.reading() as connection:
            return {row.id: row._asdict() for row in connection.execute(sa.select(*shown))}


def shop(ledger: Ledger) -> Shop:
    """A garage in Lyon and Bron."""
    with ledger.writing() as connection:
        account = add_account(
            connection, id="garage", name="Garage", country="FR", zone="Europe/Paris", language="fr", now=START
        )
        set_week(connection, account, "mon-fri 08:00-18:00")
        for site, number in zip(("Lyon", "Bron"), LINES, strict=True):
            add_site(connection, account, site)
            add_line(connection, account, name=site, number=int(number[1:]), site=site)
        endpoint = add_endpoint(
            connection, account, connector="told", name="PBX", settings={}, secret={}, box=BOX, now=START
        )
    return Shop(ledger, account, endpoint.id)


def emptied(found: Shop) -> Shop:
    """The same shop with nothing that was said."""
    kept = {"accounts", "sites", "lines", "opening_hours", "closed_days", "endpoints", "alembic_version"}
    with found.ledger.writing() as connection:
        for table in reversed(metadata.sorted_tables):
            if table.name not in kept:
                connection.execute(sa.delete(table))
    return found
