"""Finds people by what was written with them, by their names and by their numbers, the latest first.

However much was written: of a beginning so many spellings are looked at, and of each the latest; who asks is told when
there may be more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import texts, work_items, work_notes
from decroche.ledger.search_tables import search_entries, search_words
from decroche.ledger.searching import In
from decroche.ledger.tables import calls, journeys
from decroche.understand.search_words import Asked, Stem

#: The most people that a search finds.
FOUND = 50
#: Of a beginning so many words are looked at, of each so many places, and of them all so many.
_SPELLINGS, _OF_EACH, _IN_ALL = 40, 300, 1000
#: After every word that begins so.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody who was found, in a text, a note, a voicemail or by their name. ``subject``: its id."""

    person: int = field(repr=False)
    kind: In
    subject: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Who was found. ``whole`` is false where there may be more of them."""

    hits: tuple[Hit, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True)
class _Seen:
    """What whoever asks may see."""

    account: str
    sites: Collection[str] | None
    names: bool


def find(
    connection: sa.Connection, account: str, asked: Asked, *, sites: Collection[str] | None, names: bool
) -> Finding:
    """The people with whom all that is ``asked`` was written, to whom something was written last first.

    ``sites``: those that whoever asks may see, None all; what belongs to others is not found. ``names``: by names, too.
    """
    if not asked:
        return Finding(())
    may = _Seen(account, sites, names)
    found = [(group, *_places(connection, group, may)) for group in asked]
    # Those that few words fit are looked at one by one: do the other words stand in something else of theirs?
    found.sort(key=lambda each: (not each[2], len(each[1])))
    _, hits, whole = found[0]
    for group, others, all_of_them in found[1:]:
        missing = hits.keys() - others.keys()
        also = set() if all_of_them else _theirs(connection, missing, group, may)
        hits = {person: hit for person, hit in hits.items() if person in others or person in also}
    latest = _latest(connection, account, hits)
    ordered = sorted(hits.values(), key=lambda hit: latest[hit.person], reverse=True)
    return Finding(tuple(ordered[:FOUND]), whole and len(ordered) <= FOUND)


def _places(connection: sa.Connection, group: Iterable[Stem], may: _Seen) -> tuple[dict[int, Hit], bool]:
    """By person, the latest place of words that fit one of ``group``; and whether these are all."""
    found: dict[int, Hit] = {}
    left, whole = _IN_ALL, True
    for stem in group:
        words = [stem.beginning] if stem.whole else _spellings(connection, may.account, stem.beginning)
        whole = whole and len(words) <= _SPELLINGS
        for word in words[:_SPELLINGS]:
            most = min(_OF_EACH, left)
            if most <= 0:
                return found, False
            looked, hits = _places_of(connection, word, may, most)
            left -= looked
            whole = whole and looked < most
            for hit in hits:
                found.setdefault(hit.person, hit)
    return found, whole


def _spellings(connection: sa.Connection, account: str, beginning: str) -> list[str]:
    """The words with this beginning, one more than are looked at: each is asked for by the one before."""
    w = search_words.c
    found: list[str] = []
    here = w.word >= beginning
    while len(found) <= _SPELLINGS:
        query = sa.select(w.word).where(w.account_id == account, here, w.word < beginning + _LAST)
        word = connection.execute(query.order_by(w.word).limit(1)).scalar_one_or_none()
        if word is None:
            break
        found.append(word)
        here = w.word > word
    return found


def _places_of(connection: sa.Connection, word: str, may: _Seen, most: int) -> tuple[int, list[Hit]]:
    """The latest ``most`` places of a word: how many there are, and those that may be seen."""
    w, e = search_words.c, search_entries.c
    latest = sa.select(w.entry).where(w.account_id == may.account, w.word == word).order_by(w.entry.desc()).limit(most)
    # The words first, however few entries there are: the planner may think otherwise.
    entries = list(connection.execute(latest).scalars())
    query = sa.select(e.person, e.kind, e.subject).where(e.id.in_(entries), *_seen(may)).order_by(e.id.desc())
    rows = connection.execute(query) if entries else ()
    return len(entries), [Hit(row.person, In(row.kind), row.subject) for row in rows]


def _theirs(connection: sa.Connection, persons: Iterable[int], group: Iterable[Stem], may: _Seen) -> set[int]:
    """Those of ``persons`` with whom a word of ``group`` was written."""
    w, e = search_words.c, search_entries.c
    # Asked of the entries of each: the words themselves may be those of everybody.
    word = sa.func.coalesce(w.word, w.word)
    fits = sa.or_(
        *(
            word == stem.beginning if stem.whole else (word >= stem.beginning) & (word < stem.beginning + _LAST)
            for stem in group
        )
    )
    query = (
        sa.select(e.person)
        .join_from(search_entries, search_words, w.entry == e.id)
        .where(e.account_id == may.account, e.person.in_(list(persons)), fits, *_seen(may))
        .distinct()
    )
    return set(connection.execute(query).scalars())


def _latest(connection: sa.Connection, account: str, persons: Collection[int]) -> dict[int, Any]:
    """When something was written with each of them last."""
    e = search_entries.c
    query = sa.select(e.person, sa.func.max(e.at).label("at")).where(
        e.account_id == account, e.person.in_(list(persons))
    )
    return {row.person: row.at for row in connection.execute(query.group_by(e.person))}


def _seen(may: _Seen) -> list[sa.ColumnElement[bool]]:
    """That an entry may be seen, asked of each entry by its id."""
    e, t, j, n, w, c = search_entries.c, texts.c, journeys.c, work_notes.c, work_items.c, calls.c
    found: list[sa.ColumnElement[bool]] = []
    if not may.names:
        found.append(e.kind != str(In.NAME))
    if may.sites is not None:
        sites = sorted(may.sites)
        written = sa.select(t.id).join(journeys, j.id == t.journey_id).where(t.id == e.subject, j.site.in_(sites))
        noted = sa.select(n.id).join(work_items, w.id == n.item_id).where(n.id == e.subject, w.site.in_(sites))
        left = sa.select(c.id).where(c.id == e.subject, c.site.in_(sites))
        found.append(
            ((e.kind == str(In.TEXT)) & written.exists())
            | ((e.kind == str(In.NOTE)) & noted.exists())
            | ((e.kind == str(In.VOICEMAIL)) & left.exists())
            | (e.kind == str(In.NAME))
        )
    return found
