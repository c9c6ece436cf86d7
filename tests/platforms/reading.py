"""Reads a period of a platform's history to its end, as the back-fill does."""

from __future__ import annotations

from datetime import datetime

from decroche.connector_kit.connector import Connector, Record, Settings
from decroche.connector_kit.http import Http


def every_record(connector: Connector, http: Http, settings: Settings, begin: datetime, end: datetime) -> list[Record]:
    """The records of every page. A history that turns in a circle fails."""
    assert connector.history is not None
    found: list[Record] = []
    place: str | None = None
    seen: set[str] = set()
    while True:
        page = connector.history.fetch(http, settings, begin, end, place)
        found += page.records
        if page.next is None:
            return found
        assert page.next not in seen, "the same page is asked for twice"
        seen.add(page.next)
        place = page.next
