"""Finds whom a search of the inbox asks for, and shows in what: a text, a note, a voicemail, a name or a number."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from decroche.ledger.finding import Hit, find
from decroche.ledger.folding import facts_of
from decroche.ledger.recovery_settings import about_people
from decroche.ledger.recovery_tables import texts, work_items, work_notes
from decroche.ledger.search_tables import search_entries
from decroche.ledger.searching import In
from decroche.ledger.tables import calls, journeys
from decroche.recover.workflows.inbox import Talk, read_talks
from decroche.understand.messages import message_of
from decroche.understand.numbers import read_number
from decroche.understand.search_words import Asked, asked_for, is_number

#: So much is read of what somebody types.
LONGEST = 100


@dataclass(frozen=True, slots=True)
class Search:
    """Who was found, to whom something was written last first; ``whole`` is false where there may be more of them."""

    hits: tuple[Hit, ...]
    asked: Asked = ()
    whole: bool = True


@dataclass(frozen=True, slots=True)
class FoundTalk:
    """A conversation that was found. ``kind``: in what; ``said``: all that was said there, ``ours`` if we wrote it.

    ``at``: when it was said. Without ``said`` somebody was found by their name or number.
    """

    talk: Talk
    kind: In
    at: datetime | None = None
    said: str = ""
    ours: bool = False


def search(
    connection: sa.Connection, account: str, words: str, *, sites: Collection[str] | None, region: str, names: bool
) -> Search:
    """People by a number (whole, its first digits or its last), a name or the words of what was said, the latest first.

    ``names``: whoever asks may see numbers and names; else only the last two digits and words are looked for.
    """
    words = words.strip()[:LONGEST]
    if names and is_number(words):
        whole = read_number(words, region=region).e164
        # Some digits of a number are another number somewhere: it has to be somebody's here.
        if whole is not None and _is_known(connection, account, whole):
            return Search((Hit(whole, In.NAME, ""),))
    asked = asked_for(words, region=region, numbers=names)
    found = find(connection, account, asked, sites=sites, names=names)
    return Search(found.hits, asked, found.whole)


def _is_known(connection: sa.Connection, account: str, person: int) -> bool:
    e, w = search_entries.c, work_items.c
    written = sa.select(e.id).where(e.account_id == account, e.person == person).limit(1)
    waits = sa.select(w.id).where(w.account_id == account, w.person == person).limit(1)
    return any(connection.execute(query).first() is not None for query in (written, waits))


def read_found(
    connection: sa.Connection, account: str, hits: Sequence[Hit], *, sites: Collection[str] | None
) -> list[FoundTalk]:
    """What was said in what was found, in the order of ``hits``; nobody with whom nothing was."""
    said = _said(connection, account, hits)
    talks = {talk.person: talk for talk in read_talks(connection, account, [hit.person for hit in hits], sites=sites)}
    refs = _refs(connection, account, [hit for hit in hits if hit.person not in talks and hit.kind in said], sites)
    known = about_people(connection, account, refs)
    for person, ref in refs.items():
        talks[person] = Talk(person=person, ref=ref, last=None, waits=(), about=known.get(person, {}))
    found = []
    for hit in hits:
        if hit.person not in talks:
            continue
        each = FoundTalk(talks[hit.person], hit.kind)
        if (row := said.get(hit.kind, {}).get(hit.subject)) is not None:
            each = replace(each, at=row["at"], said=row["said"], ours=row.get("direction") == "out")
        found.append(each)
    return found


def _said(connection: sa.Connection, account: str, hits: Sequence[Hit]) -> dict[In, dict[str, Mapping[str, Any]]]:
    """By kind and subject, what was said in what was found, and when."""
    ids = {kind: {hit.subject for hit in hits if hit.kind is kind} for kind in (In.TEXT, In.NOTE, In.VOICEMAIL)}
    t, n, w, c = texts.c, work_notes.c, work_items.c, calls.c
    # Each asked for by its id: a planner that begins with the account reads all of it.
    written = sa.select(t.id, t.body.label("said"), t.created_at.label("at"), t.direction).where(
        sa.func.coalesce(t.account_id, "") == account, t.id.in_(ids[In.TEXT])
    )
    noted = (
        sa.select(n.id, n.body.label("said"), n.at)
        .join(work_items, w.id == n.item_id)
        .where(sa.func.coalesce(w.account_id, "") == account, n.id.in_(ids[In.NOTE]))
    )
    found: dict[In, dict[str, Mapping[str, Any]]] = {
        kind: {row.id: dict(row._mapping) for row in connection.execute(query)} if ids[kind] else {}
        for kind, query in ((In.TEXT, written), (In.NOTE, noted))
    }
    left: dict[str, Mapping[str, Any]] = {}
    if ids[In.VOICEMAIL]:
        mine = sa.func.coalesce(c.account_id, "") == account
        query = sa.select(c.id, c.started_at).where(mine, c.id.in_(ids[In.VOICEMAIL]))
        began = {row.id: row.started_at for row in connection.execute(query)}
        for id, facts in facts_of(connection, set(began)).items():
            message = message_of(facts)
            if message is not None and message.text:
                left[id] = {"said": message.text, "at": began[id]}
    return {**found, In.VOICEMAIL: left}


def _refs(
    connection: sa.Connection, account: str, hits: Sequence[Hit], sites: Collection[str] | None
) -> dict[int, str]:
    """By person, the id of what leads to their conversation: the item of a note, else the latest journey."""
    wanted = sorted({hit.person for hit in hits})
    if not wanted:
        return {}
    found: dict[int, str] = {}
    j, w = journeys.c, work_items.c
    theirs = sa.select(j.person, j.id).where(j.account_id == account, j.person.in_(wanted), j.state != "withdrawn")
    items = sa.select(w.person, w.id).where(w.account_id == account, w.person.in_(wanted))
    if sites is not None:
        theirs, items = theirs.where(j.site.in_(sorted(sites))), items.where(w.site.in_(sorted(sites)))
    for query in (theirs.order_by(j.last_missed_at), items.order_by(w.opened_at)):
        found |= {row.person: row.id for row in connection.execute(query)}
    return found
