"""Keeps the outbound campaigns of a business: their counts, what was told of their money, and the decisions on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from decroche.ledger.campaign_tables import campaign_decisions, campaigns
from decroche.ledger.changing import NotThere
from decroche.ledger.setting_up import new_id
from decroche.model.campaign import CampaignCounts, Held, Where


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReading:
    """How the file of a campaign was read: rows_read = kept + ignored + rejected, and what was said of it.

    ``said`` are (word, values) of sentences that the reading of files knows.
    """

    files: tuple[str, ...] = ()
    rows_read: int = 0
    kept: int = 0
    ignored: Mapping[str, int] = field(default_factory=dict)
    rejected: Mapping[str, int] = field(default_factory=dict)
    columns: tuple[tuple[str, str], ...] = ()
    said: tuple[tuple[str, Mapping[str, str | int | tuple[str, ...]]], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """A campaign whose calls are those of the ledger: where they are, and what was held of it."""

    where: Where
    held: Held


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """A campaign as it is kept. ``terms`` are as people wrote them, see ``prove.campaign_terms``.

    ``house``: its calls are those of the ledger; None: it was read from a file.
    """

    id: str
    name: str
    terms: Mapping[str, str]
    counts: CampaignCounts
    reading: KeptReading
    created_at: datetime
    counted_at: datetime
    house: House | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDecision:
    """Something that was decided about a campaign; ``kind`` is one of ``prove.kpis.campaign_decisions.Decision``."""

    id: str
    kind: str
    reason: str
    decided_on: date
    who: str


def add_campaign(
    connection: sa.Connection,
    account: str,
    *,
    name: str,
    terms: Mapping[str, str],
    counts: CampaignCounts,
    reading: KeptReading,
    now: datetime,
    house: House | None = None,
) -> str:
    """Keep a campaign. Returns its id."""
    id = new_id()
    row = {
        "id": id, "account_id": account, "name": name, "terms": _written(terms), "counts": _written(counts),
        "reading": _written(reading), "house": None if house is None else _written(house), "created_at": now,
        "counted_at": now,
    }  # fmt: skip
    connection.execute(sa.insert(campaigns).values(**row))
    return id


def count_again(
    connection: sa.Connection,
    account: str,
    id: str,
    *,
    counts: CampaignCounts,
    reading: KeptReading,
    now: datetime,
    house: House | None = None,
) -> None:
    """Replace the counts of a campaign by later ones, of a file or of ``house``; decisions stay. Raises NotThere."""
    told = None if house is None else _written(house)
    _change(connection, account, id, counts=_written(counts), reading=_written(reading), house=told, counted_at=now)


def change_terms(connection: sa.Connection, account: str, id: str, *, name: str, terms: Mapping[str, str]) -> None:
    """Tell a campaign's name and money anew. Raises NotThere."""
    _change(connection, account, id, name=name, terms=_written(terms))


def remove_campaign(connection: sa.Connection, account: str, id: str) -> None:
    """Forget a campaign and the decisions on it. Raises NotThere."""
    c = campaign_decisions.c
    connection.execute(sa.delete(campaign_decisions).where(c.account_id == account, c.campaign_id == id))
    mine = campaigns.c.account_id == account, campaigns.c.id == id
    if not connection.execute(sa.delete(campaigns).where(*mine)).rowcount:
        raise NotThere("campaign")


def campaign_of(connection: sa.Connection, account: str, id: str) -> Campaign:
    """A campaign of an account. Raises NotThere."""
    query = sa.select(campaigns).where(campaigns.c.account_id == account, campaigns.c.id == id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotThere("campaign")
    return _campaign(row)


def campaigns_of(
    connection: sa.Connection, account: str, *, most: int, after: tuple[datetime, str] | None = None
) -> list[Campaign]:
    """The campaigns of an account, the newest first, at most ``most``, those after ``after`` (created_at, id)."""
    c = campaigns.c
    query = sa.select(campaigns).where(c.account_id == account)
    if after is not None:
        query = query.where(sa.tuple_(c.created_at, c.id) < sa.tuple_(*after))
    return [_campaign(row) for row in connection.execute(query.order_by(c.created_at.desc(), c.id.desc()).limit(most))]


def add_decision(
    connection: sa.Connection,
    account: str,
    campaign: str,
    *,
    kind: str,
    reason: str,
    decided_on: date,
    who: str,
    now: datetime,
) -> str:
    """Write down what was decided about a campaign. Returns the id of the decision. Raises NotThere."""
    campaign_of(connection, account, campaign)
    id = new_id()
    row = {
        "id": id, "account_id": account, "campaign_id": campaign, "kind": kind, "reason": reason,
        "decided_on": decided_on, "who": who, "created_at": now,
    }  # fmt: skip
    connection.execute(sa.insert(campaign_decisions).values(**row))
    return id


def decisions_of(connection: sa.Connection, account: str, campaign: str) -> Sequence[KeptDecision]:
    """What was decided about a campaign, the latest first."""
    c = campaign_decisions.c
    query = sa.select(c.id, c.kind, c.reason, c.decided_on, c.who).where(
        c.account_id == account, c.campaign_id == campaign
    )
    found = connection.execute(query.order_by(c.decided_on.desc(), c.created_at.desc(), c.id))
    return [KeptDecision(**row._mapping) for row in found]


def _change(connection: sa.Connection, account: str, id: str, **values: object) -> None:
    mine = campaigns.c.account_id == account, campaigns.c.id == id
    if not connection.execute(sa.update(campaigns).where(*mine).values(**values)).rowcount:
        raise NotThere("campaign")


def _campaign(row: sa.Row[tuple[object, ...]]) -> Campaign:
    found = row._mapping
    return Campaign(
        id=found["id"],
        name=found["name"],
        terms=msgspec.json.decode(found["terms"], type=dict[str, str]),
        counts=msgspec.json.decode(found["counts"], type=CampaignCounts),
        reading=msgspec.json.decode(found["reading"], type=KeptReading),
        created_at=found["created_at"],
        counted_at=found["counted_at"],
        house=None if found["house"] is None else msgspec.json.decode(found["house"], type=House),
    )


def _written(value: object) -> str:
    return msgspec.json.encode(value).decode()
