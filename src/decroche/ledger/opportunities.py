"""Keeps opportunities and sales: the newest that was told of each, whose it is, and what became of it.

The same told again changes nothing, and neither does something older: pages may repeat and come in any order.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.connector_kit.crm import Deal, DealState, Gone
from decroche.ledger.account import Cursor
from decroche.ledger.crm_links import TURN, decide_contact, match_of, matched_columns, matches
from decroche.ledger.crm_tables import crm_connections, opportunities
from decroche.ledger.inserting import put
from decroche.ledger.keys import clean, short_key
from decroche.ledger.turns import take_turns
from decroche.model.money import Money
from decroche.understand.matching import How, Match, together

#: The origins that are no CRM.
FILE, API = "file", "api"
#: What a person can see of an opportunity: when one of these changes, it has changed.
_CONTENT = (
    "title", "contacts", "state", "stage", "pipeline", "owner", "amount", "margin", "currency", "campaign", "source",
    "tags", "opened_at", "closed_at", "expected_on",
)  # fmt: skip
_LONGEST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """An opportunity as somebody told it: a deal, besides its margin, and whose it is."""

    deal: Deal
    match: Match
    margin: Decimal | None = None


@dataclass(slots=True)
class Kept:
    """What became of what was told: ``same`` was known, ``older`` was known better."""

    new: int = 0
    changed: int = 0
    same: int = 0
    older: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """An opportunity that was won. ``person``: E.164 digits, negative once forgotten, None where nobody is known."""

    id: str
    closed_at: datetime
    person: int | None = field(repr=False)
    revenue: Money | None
    margin: Money | None
    opened_at: datetime | None
    campaign: str | None
    source: str | None
    owner: str | None
    tags: tuple[str, ...]


class NoSuchOpportunity(LookupError):
    """The account has none with this id."""


class NoCandidate(ValueError):
    """The opportunity is not in doubt between this person and others."""


def opportunity_id(account: str, origin: str, ref: str) -> str:
    """The id of an opportunity: the same whoever computes it."""
    word = msgspec.json.encode([account, origin, ref])
    return hashlib.blake2b(word, digest_size=16).hexdigest()


def keep_told(
    connection: sa.Connection, account: str, origin: str, told: Iterable[Told], *, now: datetime, currency: str
) -> Kept:
    """Keep what was told; ``currency`` is that of amounts which name none."""
    take_turns(connection, TURN, account)
    newest: dict[str, Told] = {}
    kept = Kept()
    for each in told:
        ref = short_key(each.deal.ref)
        other = newest.get(ref)
        if other is not None:
            kept.older += 1
        if other is None or each.deal.changed_at >= other.deal.changed_at:
            newest[ref] = each
    o = opportunities.c
    query = sa.select(opportunities).where(o.account_id == account, o.origin == origin, o.ref.in_(sorted(newest)))
    before = {row.ref: row for row in connection.execute(query)}
    rows: list[dict[str, Any]] = []
    for ref, each in newest.items():
        old = before.get(ref)
        if old is not None and (
            each.deal.changed_at < old.changed_at or (old.gone_at is not None and each.deal.changed_at <= old.gone_at)
        ):
            kept.older += 1
            continue
        row = {
            "id": opportunity_id(account, origin, ref),
            "account_id": account,
            "origin": origin,
            "ref": ref,
            **_content(each, currency),
            **_whose(old, each.match),
            "changed_at": each.deal.changed_at,
            "kept_at": now,
            "gone_at": None,
            "merged_into": None,
        }
        if old is None:
            kept.new += 1
        elif old.gone_at is None and all(getattr(old, name) == row[name] for name in (*_CONTENT, "person", "doubt")):
            # Such as after what we wrote beside it: only its last change is another.
            row["kept_at"] = old.kept_at
            if origin in (FILE, API):
                row["changed_at"] = old.changed_at
            kept.same += 1
        else:
            kept.changed += 1
        rows.append(row)
    put(connection, opportunities, rows)
    return kept


def keep_gone(connection: sa.Connection, account: str, origin: str, gone: Sequence[Gone], *, now: datetime) -> int:
    """Note what is deleted there or part of another. Returns how many are newly so."""
    o = opportunities.c
    count = 0
    for each in gone:
        here = (o.account_id == account) & (o.origin == origin) & (o.ref == short_key(each.ref)) & o.gone_at.is_(None)
        into = None if each.into is None else short_key(each.into)
        told = sa.update(opportunities).where(here)
        count += connection.execute(told.values(gone_at=each.at or now, merged_into=into, kept_at=now)).rowcount
        if into is not None:
            # That it is part of another may be told after that it is deleted.
            late = (o.account_id == account) & (o.origin == origin) & (o.ref == short_key(each.ref))
            connection.execute(sa.update(opportunities).where(late, o.merged_into.is_(None)).values(merged_into=into))
    return count


def rematch(connection: sa.Connection, account: str, origin: str, contacts: Collection[str], *, now: datetime) -> int:
    """Match again the opportunities that name one of these ``contacts``. Returns how many are another's now."""
    take_turns(connection, TURN, account)
    o = opportunities.c
    count = 0
    for contact in sorted(contacts):
        word = msgspec.json.encode(contact).decode()
        named = o.contacts.contains(word, autoescape=True)
        query = sa.select(opportunities).where(
            o.account_id == account, o.origin == origin, named, o.decided_at.is_(None)
        )
        for row in connection.execute(query).all():
            refs = msgspec.json.decode(row.contacts, type=list[str])
            known = matches(connection, origin, refs)
            found = together(known[ref] for ref in refs if ref in known)
            if found != match_of(row):
                here = sa.update(opportunities).where(o.id == row.id)
                connection.execute(here.values(**matched_columns(found), kept_at=now))
                count += 1
    return count


def decide(connection: sa.Connection, account: str, id: str, person: int | None, *, by: str, now: datetime) -> None:
    """Somebody decided whose a doubtful opportunity is; None: nobody's of those it may be.

    Where it names one contact, who that is is decided with it, for what else names them. Raises NoSuchOpportunity and
    NoCandidate.
    """
    take_turns(connection, TURN, account)
    o = opportunities.c
    row = connection.execute(sa.select(opportunities).where(o.account_id == account, o.id == id)).one_or_none()
    if row is None:
        raise NoSuchOpportunity(id)
    if person is not None and person not in match_of(row).candidates and person != row.person:
        raise NoCandidate(id)
    values = {**matched_columns(Match(person, How.DECIDED)), "candidates": row.candidates}
    decided = {"decided_by": by, "decided_at": now, "kept_at": now}
    connection.execute(sa.update(opportunities).where(o.id == id).values(**values, **decided))
    refs = msgspec.json.decode(row.contacts, type=list[str])
    of_crm = sa.select(crm_connections.c.id).where(crm_connections.c.id == row.origin)
    if len(refs) == 1 and connection.execute(of_crm).first() is not None:
        decide_contact(connection, row.origin, refs[0], person)
        rematch(connection, account, row.origin, refs, now=now)


def read_opportunity(connection: sa.Connection, account: str, id: str) -> Mapping[str, Any]:
    """One opportunity. Raises NoSuchOpportunity."""
    o = opportunities.c
    row = connection.execute(sa.select(opportunities).where(o.account_id == account, o.id == id)).one_or_none()
    if row is None:
        raise NoSuchOpportunity(id)
    return _row(row)


def list_opportunities(
    connection: sa.Connection,
    account: str,
    *,
    state: str | None = None,
    person: int | None = None,
    doubtful: bool = False,
    gone: bool = False,
    after: Cursor | None = None,
    limit: int = 50,
) -> tuple[list[Mapping[str, Any]], Cursor | None]:
    """The opportunities of a filter, the last changed first; ``gone``: those that are deleted there, too."""
    o = opportunities.c
    query = sa.select(opportunities).where(o.account_id == account)
    if doubtful:
        query = query.where(o.doubt.is_not(None))
    if state is not None:
        query = query.where(o.state == state)
    if person is not None:
        query = query.where(o.person == person)
    if not gone:
        query = query.where(o.gone_at.is_(None))
    if after is not None:
        query = query.where((o.changed_at < after[0]) | ((o.changed_at == after[0]) & (o.id < after[1])))
    rows = connection.execute(query.order_by(o.changed_at.desc(), o.id.desc()).limit(limit + 1)).all()
    page = [_row(row) for row in rows[:limit]]
    return page, (page[-1]["changed_at"], page[-1]["id"]) if len(rows) > limit else None


def sales_between(connection: sa.Connection, account: str, since: datetime, until: datetime) -> list[Sale]:
    """What was won in ``[since, until)`` and is not deleted since, the first first. A doubtful one is nobody's yet."""
    o = opportunities.c
    query = sa.select(opportunities).where(
        o.account_id == account,
        o.closed_at >= since,
        o.closed_at < until,
        o.state == str(DealState.WON),
        o.gone_at.is_(None),
    )
    return [
        Sale(
            id=row["id"],
            closed_at=row["closed_at"],
            person=row["person"],
            revenue=None if row["amount"] is None else Money(row["amount"], row["currency"]),
            margin=None if row["margin"] is None else Money(row["margin"], row["currency"]),
            opened_at=row["opened_at"],
            campaign=row["campaign"],
            source=row["source"],
            owner=row["owner"],
            tags=tuple(row["tags"]),
        )
        for row in map(_row, connection.execute(query.order_by(o.closed_at, o.id)))
    ]


def _content(told: Told, currency: str) -> dict[str, Any]:
    deal = told.deal
    return {
        "title": clean(deal.title)[:_LONGEST],
        "contacts": _json(deal.contacts),
        "state": str(deal.state),
        **{
            name: None if value is None else clean(value)[:_LONGEST]
            for name, value in (
                ("stage", deal.stage),
                ("pipeline", deal.pipeline),
                ("owner", deal.owner),
                ("campaign", deal.campaign),
                ("source", deal.source),
            )
        },
        "amount": _exact(deal.amount),
        "margin": _exact(told.margin),
        "currency": None if deal.amount is None and told.margin is None else (deal.currency or currency).upper(),
        "tags": _json(deal.tags),
        "opened_at": deal.opened_at,
        "closed_at": deal.closed_at,
        "expected_on": deal.expected_on,
    }


def _whose(old: Any, found: Match) -> dict[str, Any]:
    """Whose it is: what somebody decided stays."""
    if old is not None and old.decided_at is not None:
        names = ("person", "matched_by", "doubt", "candidates", "decided_by", "decided_at")
        return {name: getattr(old, name) for name in names}
    return {**matched_columns(found), "decided_by": None, "decided_at": None}


def _exact(amount: Decimal | None) -> str | None:
    """The one way in which an amount is written: 1500.00 and 1500 are the same."""
    if amount is None:
        return None
    plain = amount.normalize()
    return format(plain if plain else Decimal(0), "f")


def _json(words: Iterable[str]) -> str:
    return msgspec.json.encode([clean(each)[:_LONGEST] for each in words]).decode()


def _row(row: Any) -> Mapping[str, Any]:
    """A row whose lists are lists and whose amounts are decimals."""
    found = dict(row._mapping)
    for name in ("tags", "contacts", "candidates"):
        found[name] = msgspec.json.decode(found[name])
    for name in ("amount", "margin"):
        found[name] = None if found[name] is None else Decimal(found[name])
    return found
