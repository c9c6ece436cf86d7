"""What the ledger holds of a campaign: our calls on its lines or queues, and the opportunities of those days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
import sqlalchemy as sa

from decroche.ledger.crm_tables import opportunities
from decroche.ledger.tables import calls, lines
from decroche.model.call import Direction
from decroche.model.campaign import Where

#: Dials of one campaign that are counted at once.
MOST_DIALS = 500_000


class TooManyDials(ValueError):
    """The campaign has more dials than are counted at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OurCall:
    """A call of ours. ``person``: E.164 digits, None where the number is no person's."""

    at: datetime
    person: int | None = field(repr=False)
    answered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An opportunity: whose it is for certain, how it is named, and what it brought. Amounts are as texts."""

    opened_at: datetime
    person: int | None = field(repr=False)
    names: frozenset[str]
    campaign: str | None
    won_at: datetime | None
    amount: str | None
    margin: str | None
    currency: str | None


def our_calls(
    connection: sa.Connection, account: str, where: Where, *, since: datetime, until: datetime
) -> list[OurCall]:
    """Our calls of ``[since, until)`` on the campaign's lines or queues, the first first. Raises TooManyDials."""
    c = calls.c
    query = sa.select(c.started_at, c.person, c.answered).where(
        c.account_id == account,
        c.started_at >= since,
        c.started_at < until,
        c.direction == Direction.OUTBOUND.value,
    )
    if where.lines or where.queues:
        spelled = _spelled(connection, account, where.lines)
        query = query.where(c.line.in_(spelled) | c.queue.in_(where.queues))
    rows = connection.execute(query.order_by(c.started_at, c.id).limit(MOST_DIALS + 1)).all()
    if len(rows) > MOST_DIALS:
        raise TooManyDials(account)
    return [OurCall(at=row.started_at, person=row.person, answered=bool(row.answered)) for row in rows]


def opened_since(connection: sa.Connection, account: str, since: datetime) -> Iterator[Opened]:
    """The opportunities that were opened since then and are not deleted. One in doubt is nobody's."""
    o = opportunities.c
    opened = sa.func.coalesce(o.opened_at, o.closed_at, o.changed_at)
    query = sa.select(opportunities, opened.label("began")).where(
        o.account_id == account, o.gone_at.is_(None), o.merged_into.is_(None), opened >= since
    )
    for row in connection.execute(query.order_by(o.id)):
        tags = msgspec.json.decode(row.tags, type=list[str])
        yield Opened(
            opened_at=row.opened_at or row.closed_at or row.changed_at,
            person=row.person if row.doubt is None else None,
            names=frozenset(each.casefold() for each in (*tags, row.campaign or "") if each),
            campaign=row.campaign,
            won_at=(row.closed_at or row.changed_at) if row.state == "won" else None,
            amount=row.amount,
            margin=row.margin,
            currency=row.currency,
        )


def any_opportunity(connection: sa.Connection, account: str) -> bool:
    """Whether anything tells of opportunities at all: without, none is not nought."""
    query = sa.select(opportunities.c.id).where(opportunities.c.account_id == account).limit(1)
    return connection.execute(query).first() is not None


def _spelled(connection: sa.Connection, account: str, names: tuple[str, ...]) -> list[str]:
    """The lines of these names or numbers, as calls may write them."""
    wanted = {name.casefold().lstrip("+").replace(" ", "") for name in names}
    found = set(names)
    for row in connection.execute(sa.select(lines).where(lines.c.account_id == account)):
        number = "" if row.number is None else str(row.number)
        if row.name.casefold().replace(" ", "") in wanted or number in wanted:
            found |= {row.name, number, f"+{number}"}
    return sorted(found - {"", "+"})
