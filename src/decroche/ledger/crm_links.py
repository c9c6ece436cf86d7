"""Who the contacts of a CRM are here: kept for those whom an opportunity names, and for nobody else."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.connector_kit.crm import Contact, ContactsRead
from decroche.ledger.crm_tables import crm_links
from decroche.ledger.inserting import insert_new, put
from decroche.ledger.recovery_tables import people
from decroche.ledger.tables import calls, lines
from decroche.ledger.turns import take_turns
from decroche.understand.matching import Doubt, How, Match, match
from decroche.understand.numbers import read_number

_NOBODY = Match()
#: Who writes links or opportunities of an account takes turns with this first: a decision must not be undone.
TURN = "opportunities"


def note_used(connection: sa.Connection, account: str, crm: str, contacts: Iterable[str], now: datetime) -> None:
    """Opportunities of the connection ``crm`` name these contacts."""
    take_turns(connection, TURN, account)
    refs = sorted(set(contacts))
    rows = [{"account_id": account, "connection_id": crm, "contact": ref, "used_at": now} for ref in refs]
    insert_new(connection, crm_links, rows, unique=("connection_id", "contact"))
    c = crm_links.c
    connection.execute(sa.update(crm_links).where(c.connection_id == crm, c.contact.in_(refs)).values(used_at=now))


def unread(connection: sa.Connection, crm: str, contacts: Collection[str], *, before: datetime) -> list[str]:
    """Those of ``contacts`` of whom the CRM was not asked since ``before``; nobody who asked to be forgotten."""
    c = crm_links.c
    query = sa.select(c.contact, c.read_at, c.erased_at).where(c.connection_id == crm, c.contact.in_(list(contacts)))
    known = {row.contact: row for row in connection.execute(query)}
    return sorted(
        ref
        for ref in set(contacts)
        if ref not in known
        or (known[ref].erased_at is None and (known[ref].read_at is None or known[ref].read_at < before))
    )


def oldest(connection: sa.Connection, crm: str, *, before: datetime, used_since: datetime, most: int) -> list[str]:
    """The contacts of whom the CRM was asked longest ago, of those that opportunities name since ``used_since``."""
    c = crm_links.c
    query = sa.select(c.contact).where(
        c.connection_id == crm, c.read_at < before, c.used_at >= used_since, c.erased_at.is_(None), c.gone_at.is_(None)
    )
    return list(connection.execute(query.order_by(c.read_at).limit(most)).scalars())


def keep_contacts(
    connection: sa.Connection, account: str, crm: str, read: ContactsRead, *, region: str, now: datetime
) -> set[str]:
    """Keep who contacts are, matched to callers. Returns those of whom that has changed."""
    take_turns(connection, TURN, account)
    refs = [each.ref for each in read.contacts]
    c = crm_links.c
    query = sa.select(crm_links).where(c.connection_id == crm, c.contact.in_([*refs, *(g.ref for g in read.gone)]))
    before = {row.contact: row for row in connection.execute(query)}
    own = _own_lines(connection, account)
    numbers = {each.ref: _numbers(each, region, own) for each in read.contacts}
    emails = {each.ref: each.email.strip().lower() for each in read.contacts if each.email and each.email.strip()}
    known = _known(connection, account, {n for found in numbers.values() for n in found})
    mailed = _mailed(connection, account, set(emails.values()))
    changed: set[str] = set()
    rows: list[dict[str, Any]] = []
    for ref in refs:
        old = before.get(ref)
        if old is not None and old.erased_at is not None:
            continue
        found = _match(old, numbers[ref], known, mailed.get(emails.get(ref, ""), ()))
        row = {
            "account_id": account,
            "connection_id": crm,
            "contact": ref,
            **_matched(found),
            "numbers": _json(numbers[ref]),
            "email": emails.get(ref),
            "used_at": now if old is None else old.used_at,
            "read_at": now,
            "gone_at": None,
            "merged_into": None,
        }
        rows.append(row)
        if old is None or (old.person, old.doubt, old.candidates) != (row["person"], row["doubt"], row["candidates"]):
            changed.add(ref)
    put(connection, crm_links, rows)
    for gone in read.gone:
        old = before.get(gone.ref)
        if old is None or old.erased_at is not None or old.gone_at is not None:
            continue
        here = (c.connection_id == crm) & (c.contact == gone.ref)
        # Who they were stays with their sales; how to reach them does not.
        values = {"gone_at": gone.at or now, "merged_into": gone.into, "read_at": now, "numbers": "[]", "email": None}
        connection.execute(sa.update(crm_links).where(here).values(**values))
    return changed


def matches(connection: sa.Connection, crm: str, contacts: Collection[str]) -> dict[str, Match]:
    """Who each contact is, by its id; who became one with another is that one."""
    found: dict[str, Match] = {}
    asked, again = set(contacts), dict[str, str]()
    c = crm_links.c
    for _ in range(3):
        query = sa.select(crm_links).where(c.connection_id == crm, c.contact.in_(sorted(asked)))
        rows = connection.execute(query).all()
        for row in rows:
            found[row.contact] = match_of(row)
        again |= {row.contact: row.merged_into for row in rows if row.merged_into and row.matched_by != How.DECIDED}
        asked = set(again.values()) - found.keys()
        if not asked:
            break
    for ref, into in again.items():
        if into in found and found[into] != _NOBODY:
            found[ref] = found[into]
    return {ref: found[ref] for ref in contacts if ref in found}


def erased_contacts(connection: sa.Connection, crm: str, contacts: Collection[str]) -> set[str]:
    """Those of ``contacts`` who asked to be forgotten."""
    c = crm_links.c
    query = sa.select(c.contact).where(
        c.connection_id == crm, c.contact.in_(sorted(contacts)), c.erased_at.is_not(None)
    )
    return set(connection.execute(query).scalars())


def decide_contact(connection: sa.Connection, crm: str, contact: str, person: int | None) -> None:
    """Somebody decided who a contact is; None: nobody of us."""
    c = crm_links.c
    here = (c.connection_id == crm) & (c.contact == contact)
    connection.execute(sa.update(crm_links).where(here).values(**_matched(Match(person, How.DECIDED))))


def contact_of(connection: sa.Connection, crm: str, person: int) -> str | None:
    """The contact of a CRM that a caller is, the last one that an opportunity named; None when none is."""
    c = crm_links.c
    query = sa.select(c.contact).where(c.connection_id == crm, c.person == person, c.gone_at.is_(None))
    return connection.execute(query.order_by(c.used_at.desc(), c.contact).limit(1)).scalar_one_or_none()


def match_of(row: Any) -> Match:
    """The match that a row of links, or of opportunities, keeps."""
    return Match(
        person=row.person,
        how=None if row.matched_by is None else How(row.matched_by),
        doubt=None if row.doubt is None else Doubt(row.doubt),
        candidates=tuple(msgspec.json.decode(row.candidates, type=list[int])),
    )


def match_number(connection: sa.Connection, account: str, number: int | None, email: str | None) -> Match:
    """Who somebody is that a file or a program names by number and e-mail."""
    own = _own_lines(connection, account)
    numbers = () if number is None or number in own else (number,)
    word = (email or "").strip().lower()
    mailed = _mailed(connection, account, {word} if word else set())
    return match(numbers, known=_known(connection, account, set(numbers)), by_email=mailed.get(word, ()))


def _match(old: Any, numbers: Sequence[int], known: Collection[int], mailed: Collection[int]) -> Match:
    if old is not None and old.matched_by == How.DECIDED:
        return match_of(old)
    before = None if old is None else old.person
    return match(numbers, known=known, by_email=mailed, before=before)


def _matched(found: Match) -> dict[str, Any]:
    return {
        "person": found.person,
        "matched_by": None if found.how is None else str(found.how),
        "doubt": None if found.doubt is None else str(found.doubt),
        "candidates": _json(found.candidates),
    }


def _numbers(contact: Contact, region: str, own: Collection[int]) -> tuple[int, ...]:
    """Their numbers, without those of the business itself."""
    read = (read_number(each, region=region).e164 for each in contact.numbers)
    return tuple(dict.fromkeys(each for each in read if each is not None and each > 0 and each not in own))


def _own_lines(connection: sa.Connection, account: str) -> set[int]:
    c = lines.c
    return set(connection.execute(sa.select(c.number).where(c.account_id == account, c.number.is_not(None))).scalars())


def _known(connection: sa.Connection, account: str, numbers: Collection[int]) -> set[int]:
    """Those of ``numbers`` that have called or were called, or are known otherwise."""
    if not numbers:
        return set()
    found: set[int] = set()
    for table in (calls, people):
        c = table.c
        query = sa.select(c.person).where(c.account_id == account, c.person.in_(sorted(numbers))).distinct()
        found |= set(connection.execute(query).scalars())
    return found


def _mailed(connection: sa.Connection, account: str, emails: Collection[str]) -> dict[str, tuple[int, ...]]:
    """By e-mail, the people who are known here with it."""
    if not emails:
        return {}
    p = people.c
    word = sa.func.lower(p.email)
    query = sa.select(word.label("email"), p.person).where(p.account_id == account, word.in_(sorted(emails)))
    found: dict[str, tuple[int, ...]] = {}
    for row in connection.execute(query.order_by(p.person)):
        found[row.email] = (*found.get(row.email, ()), row.person)
    return found


def _json(numbers: Iterable[int]) -> str:
    return msgspec.json.encode(list(numbers)).decode()


def matched_columns(found: Match) -> Mapping[str, Any]:
    """A match as the columns of a row keep it."""
    return _matched(found)
