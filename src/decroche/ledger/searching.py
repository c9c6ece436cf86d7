"""Keeps the words by which texts, notes, voicemails and names are found, in step with what they stand in.

Whoever writes, changes or forgets one of these calls this in the same transaction: what is erased is found no more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from decroche.ledger.recovery_tables import work_items, work_notes
from decroche.ledger.search_tables import search_entries, search_words
from decroche.understand.search_words import words_of, words_of_number

#: When a name was given is not known.
NO_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)


class In(StrEnum):
    """What a word stands in."""

    TEXT = "text"
    NOTE = "note"
    VOICEMAIL = "voicemail"
    NAME = "name"


# Built once: each text that is written asks for them.
_ENTRY = sa.insert(search_entries).returning(search_entries.c.id)
_WORDS = sa.insert(search_words)


def enter(
    connection: sa.Connection,
    account: str,
    kind: In,
    subject: str,
    *,
    person: int | None,
    at: datetime,
    said: str,
    again: bool = False,
) -> None:
    """Have ``said`` be found, and with it the number of ``person``; ``again``: in the place of what was said before.

    What is said with nobody, or with somebody who was erased, is not found.
    """
    if again and kind is not In.NAME:
        forget(connection, account, kind, [subject])
    elif again and person is not None:
        forget_names(connection, account, [person])
    if person is None or person <= 0 or not said.strip():
        return
    row = {"account_id": account, "kind": str(kind), "subject": subject, "person": person, "at": at}
    entry = connection.execute(_ENTRY, row).scalar_one()
    words = sorted(words_of(said) | words_of_number(person))
    connection.execute(_WORDS, [{"account_id": account, "word": word, "entry": entry} for word in words])


def forget(connection: sa.Connection, account: str, kind: In, subjects: Iterable[str] | sa.Select[tuple[str]]) -> None:
    """Have these texts, notes or voicemails be found no more: their ids, or a query of them."""
    e = search_entries.c
    these = subjects if isinstance(subjects, sa.Select) else list(subjects)
    theirs = (e.account_id == account) & (e.kind == str(kind)) & e.subject.in_(these)
    connection.execute(sa.delete(search_entries).where(theirs))


def forget_names(connection: sa.Connection, account: str, persons: Iterable[int]) -> None:
    """Have these people not be found by their names any more."""
    e = search_entries.c
    theirs = (e.account_id == account) & e.person.in_(list(persons)) & (e.kind == str(In.NAME))
    connection.execute(sa.delete(search_entries).where(theirs))


def forget_person(connection: sa.Connection, account: str, person: int, *, until: datetime) -> None:
    """Have nothing that was written with a person until then be found, nor their name."""
    e = search_entries.c
    theirs = (e.account_id == account) & (e.person == person) & ((e.at <= until) | (e.kind == str(In.NAME)))
    connection.execute(sa.delete(search_entries).where(theirs))


def forget_notes_of(connection: sa.Connection, account: str, items: Iterable[str]) -> None:
    """Have the notes on these items be found no more."""
    n = work_notes.c
    forget(connection, account, In.NOTE, sa.select(n.id).where(n.item_id.in_(list(items)), n.kind == str(In.NOTE)))


def enter_note(connection: sa.Connection, item: str, id: str, *, at: datetime, said: str) -> None:
    """Have a note on an item be found with the person of the item."""
    w = work_items.c
    of = connection.execute(sa.select(w.account_id, w.person).where(w.id == item)).one()
    enter(connection, of.account_id, In.NOTE, id, person=of.person, at=at, said=said)


def enter_voicemails(connection: sa.Connection, rows: Sequence[Mapping[str, Any]], said: Mapping[str, str]) -> None:
    """Have what was ``said`` to the voicemail in these calls be found, by call; what is said no more is not."""
    for account in sorted({row["account_id"] for row in rows}):
        forget(connection, account, In.VOICEMAIL, [row["id"] for row in rows if row["account_id"] == account])
    for row in rows:
        if text := said.get(row["id"]):
            account, person, at = row["account_id"], row["person"], row["started_at"]
            enter(connection, account, In.VOICEMAIL, row["id"], person=person, at=at, said=text)
