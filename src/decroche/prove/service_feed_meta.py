"""Tells programs and people what the tables of BI tools hold: columns, meanings in two languages, and how new it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.feed_words import said
from decroche.ledger.tables import endpoints
from decroche.model.feed import TOLD_IN, Column, Feed
from decroche.prove.service_feeds import Feeds, Reader

#: What whoever reads increments must know.
GAPS = ("late", "merged", "left", "erased", "salaries")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """A phone system: when it was heard of last, and how long ago that was, in seconds."""

    connector: str
    name: str
    last_event_at: datetime | None
    lag_s: int | None


def meta(feeds: Feeds, reader: Reader, *, now: datetime) -> dict[str, Any]:
    """The whole of it, ready for JSON."""
    return {
        "as_of": _moment(now),
        "tables": [_table(each) for each in feeds.shown(reader)],
        "freshness": [
            {
                "connector": each.connector,
                "name": each.name,
                "last_event_at": None if each.last_event_at is None else _moment(each.last_event_at),
                "lag_s": each.lag_s,
            }
            for each in freshness(feeds, reader.account, now=now)
        ],
        "known_gaps": [{code: Language(code).say(f"feeds.gap.{each}") for code in TOLD_IN} for each in GAPS],
    }


def freshness(feeds: Feeds, account: str, *, now: datetime) -> Sequence[Freshness]:
    """How new what the phone systems of an account told is."""
    c = endpoints.c
    query = sa.select(c.connector, c.name, c.heard_at).where(c.account_id == account, c.removed_at.is_(None))
    with feeds.ledger.reading() as connection:
        found = connection.execute(query.order_by(c.created_at, c.id)).all()
    return [
        Freshness(
            connector=row.connector,
            name=row.name,
            last_event_at=row.heard_at,
            lag_s=None if row.heard_at is None else max(0, int((now - row.heard_at).total_seconds())),
        )
        for row in found
    ]


def meaning(feed: Feed, name: str, code: str) -> str:
    """What a column means, in a language."""
    language = Language(code)
    base, _, told_in = name.rpartition("_")
    if told_in in TOLD_IN and any(each.name == base and each.says for each in feed.told):
        return language.say("feeds.words", name=base, language=language.say(f"feeds.language.{told_in}"))
    return language.say(f"feeds.column.{name}")


def _table(feed: Feed) -> dict[str, Any]:
    return {
        "name": feed.name,
        "meaning": {code: Language(code).say(f"feeds.table.{feed.name}") for code in TOLD_IN},
        "key": list(feed.key),
        "dated": feed.dated or None,
        "columns": [_column(feed, each) for each in feed.columns],
    }


def _column(feed: Feed, column: Column) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": column.name,
        "type": str(column.kind),
        "concept": "metric" if column.adds else "dimension",
        "meaning": {code: meaning(feed, column.name, code) for code in TOLD_IN},
    }
    if column.says:
        words = {code: said(column, code) for code in TOLD_IN}
        told["values"] = [{"value": each, **{code: words[code][each] for code in TOLD_IN}} for each in column.values]
    elif column.values:
        told["values"] = [{"value": each} for each in column.values]
    return told


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"
