"""Opens the tables of BI tools for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial

from decroche.ledger.store import Ledger
from decroche.prove.service_desk import Desk
from decroche.prove.service_feeds import Feeds
from decroche.server_settings import ServerSettings
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh

#: The memory of the engine that makes a file.
_MEMORY = "250MB"


@contextmanager
def feeds_here(ledger: Ledger, told: ServerSettings, account: str) -> Iterator[Feeds]:
    """The tables of an account, as new as the ledger."""
    scratch = told.data / "scratch"
    lake = Lake(told.lake_place, partial(fingerprints, told.fingerprint_key()))
    refresh(ledger, lake, account, scratch=scratch)

    def clock() -> datetime:
        return datetime.now(UTC)

    with LiveColumns(ledger, lake, scratch=scratch, memory=_MEMORY, threads=1) as columns:
        yield Feeds(ledger, columns, Desk(ledger, columns, clock=clock), scratch=scratch, clock=clock)
