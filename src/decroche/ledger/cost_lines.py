"""The cost lines of a business: written, imported without doubles, ended, taken away, and read for a period."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from decroche.ledger.cost_tables import cost_lines
from decroche.ledger.inserting import insert_new
from decroche.ledger.setting_up import new_id
from decroche.model.cost import Among, CostKind, CostLine, Key, Nature, Rhythm, Sharing
from decroche.model.money import Money
from decroche.model.source import Source

#: Lines that one business may have, besides those that a platform tells day by day.
MOST_LINES = 20_000
#: Lines that are taken away at once.
_AT_ONCE = 500
#: What the ``source`` of a line that Google Ads told begins with; after it, where it was read from.
GOOGLE_ADS = f"{Source.GOOGLE_ADS}:"
#: The same of a line that was read from a file of Google Ads; after it, the campaign.
GOOGLE_ADS_FILE = f"{GOOGLE_ADS}file:"


_TOLD = cost_lines.c.source.startswith(GOOGLE_ADS)


class NoSuchLine(KeyError):
    """The business has no line with this id."""


class TooManyLines(ValueError):
    """The business has as many lines as it may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """A line with its id. ``source`` is the file that it came from; empty: somebody typed it."""

    id: str
    line: CostLine
    source: str


def add_line(connection: sa.Connection, account: str, line: CostLine, *, now: datetime) -> str:
    """Keep a line. Returns its id. Raises TooManyLines."""
    _room_for(connection, account, 1)
    id = new_id()
    connection.execute(sa.insert(cost_lines).values(**_row(id, account, line, source="", now=now)))
    return id


def add_lines(
    connection: sa.Connection, account: str, lines: Sequence[CostLine], *, source: str, now: datetime
) -> int:  # fmt: skip
    """Keep the lines of a file; those of an earlier import of the same lines are there already. Returns the new.

    Two equal lines in one file are two. Raises TooManyLines.
    """
    seen: Counter[object] = Counter()
    rows = []
    for line in lines:
        key = _told(line)
        seen[key] += 1
        rows.append(_row(_id_of(account, line, seen[key]), account, line, source=source, now=now))
    _room_for(connection, account, len(rows))
    return insert_new(connection, cost_lines, rows, unique=("id",))


def put_spend(
    connection: sa.Connection,
    account: str,
    lines: Sequence[CostLine],
    *,
    source: str,
    first: date,
    last: date,
    now: datetime,
) -> tuple[int, int]:
    """Keep what a platform says that the days from ``first`` to ``last`` cost, in the place of what it said before.

    ``source`` begins with GOOGLE_ADS. What a file told of a campaign on a day gives way to what is read of it from the
    platform, never the other way round. Returns how many lines there are of these days now, and how many were before.
    """
    c = cost_lines.c
    days = (c.account_id == account) & (c.begins >= first) & (c.begins <= last)
    mine = days & (c.source == source)
    before = connection.execute(sa.select(sa.func.count()).where(mine)).scalar_one()
    connection.execute(sa.delete(cost_lines).where(mine))
    if not source.startswith(GOOGLE_ADS_FILE):
        told = {(line.begins, line.label.casefold()) for line in lines}
        filed = connection.execute(sa.select(c.id, c.begins, c.label).where(days, c.source.startswith(GOOGLE_ADS_FILE)))
        double = [row.id for row in filed.all() if (row.begins, row.label.casefold()) in told]
        for begin in range(0, len(double), _AT_ONCE):
            connection.execute(sa.delete(cost_lines).where(c.id.in_(double[begin : begin + _AT_ONCE])))
    rows = []
    for line in lines:
        key = f"{account}\x1f{source}\x1f{line.label}\x1f{line.begins}"
        id = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        rows.append(_row(id, account, line, source=source, now=now))
    if rows:
        connection.execute(sa.insert(cost_lines), rows)
    return len(rows), before


def days_read(connection: sa.Connection, account: str, *, label: str, first: date, last: date) -> set[date]:
    """The days of which a platform itself has told what the campaign of ``label`` cost: no file says it better."""
    c = cost_lines.c
    query = sa.select(c.begins, c.label).where(
        c.account_id == account,
        c.begins >= first,
        c.begins <= last,
        _TOLD,
        ~c.source.startswith(GOOGLE_ADS_FILE),
    )
    return {row.begins for row in connection.execute(query) if row.label.casefold() == label.casefold()}


def platform_of(kept: KeptLine) -> str:
    """The source of the platform that told a line; empty: a person or a file did."""
    return Source.GOOGLE_ADS.value if kept.source.startswith(GOOGLE_ADS) else ""


def read_lines(
    connection: sa.Connection, account: str, *, begin: date | None = None, end: date | None = None
) -> list[KeptLine]:
    """The lines of an account that may have a day in ``[begin, end)``, the first to begin first."""
    c = cost_lines.c
    query = sa.select(cost_lines).where(c.account_id == account)
    if end is not None:
        query = query.where(c.begins < end)
    if begin is not None:
        query = query.where(c.ends.is_(None) | (c.ends >= begin))
    rows = connection.execute(query.order_by(c.begins, c.id))
    return [KeptLine(id=row.id, line=_line(row._mapping), source=row.source) for row in rows]


def page_of_lines(
    connection: sa.Connection,
    account: str,
    *,
    after: str | None = None,
    limit: int,
    told: bool = True,
    salaries: bool = True,
) -> tuple[list[KeptLine], bool]:
    """Lines of an account, the first to begin first, from after the line ``after`` on; and whether more follow.

    ``told``: with those that a platform tells day by day.
    """
    c = cost_lines.c
    shown = _seen(account, told=told, salaries=salaries)
    query = sa.select(cost_lines).where(*shown).order_by(c.begins, c.id).limit(limit + 1)
    if after:
        place = sa.select(c.begins).where(c.account_id == account, c.id == after)
        last = connection.execute(place).scalar_one_or_none()
        if last is not None:
            query = query.where((c.begins > last) | ((c.begins == last) & (c.id > after)))
    rows = connection.execute(query).all()
    found = [KeptLine(id=row.id, line=_line(row._mapping), source=row.source) for row in rows[:limit]]
    return found, len(rows) > limit


def count_lines(connection: sa.Connection, account: str, *, told: bool = True, salaries: bool = True) -> int:
    """How many lines an account has; ``told``: with those that a platform tells day by day."""
    query = sa.select(sa.func.count()).where(*_seen(account, told=told, salaries=salaries))
    return int(connection.execute(query).scalar_one())


def _seen(account: str, *, told: bool, salaries: bool) -> list[sa.ColumnElement[bool]]:
    """The lines of an account, with those that a platform tells and those of salaries or without them."""
    c = cost_lines.c
    left_out = ([] if salaries else [c.kind != CostKind.SALARIES.value]) + ([] if told else [~_TOLD])
    return [c.account_id == account, *left_out]


def read_line(connection: sa.Connection, account: str, id: str) -> KeptLine:
    """One line. Raises NoSuchLine."""
    c = cost_lines.c
    row = connection.execute(sa.select(cost_lines).where(c.account_id == account, c.id == id)).first()
    if row is None:
        raise NoSuchLine(id)
    return KeptLine(id=row.id, line=_line(row._mapping), source=row.source)


def end_line(connection: sa.Connection, account: str, id: str, last: date) -> None:
    """Say that ``last`` is the last day of a line. Raises NoSuchLine, and BadCostLine where it is before the first."""
    ended = replace(read_line(connection, account, id).line, ends=last)
    connection.execute(sa.update(cost_lines).where(cost_lines.c.id == id).values(ends=ended.ends))


def remove_line(connection: sa.Connection, account: str, id: str) -> KeptLine:
    """Take a line away that should never have been there. Raises NoSuchLine."""
    found = read_line(connection, account, id)
    connection.execute(sa.delete(cost_lines).where(cost_lines.c.account_id == account, cost_lines.c.id == id))
    return found


def _room_for(connection: sa.Connection, account: str, more: int) -> None:
    if count_lines(connection, account, told=False) + more > MOST_LINES:
        raise TooManyLines(account)


def _told(line: CostLine) -> Any:
    """A line as something that can be counted."""
    sharing = line.sharing
    told = None if sharing is None else (sharing.among, sharing.key, tuple(sorted(sharing.shares.items())))
    return replace(line, sharing=None), told


def _id_of(account: str, line: CostLine, number: int) -> str:
    row = _row("", account, line, source="", now=None)
    told = "\x1f".join(str(value) for name, value in sorted(row.items()) if name not in ("id", "source", "made_at"))
    return hashlib.blake2b(f"{told}\x1f{number}".encode(), digest_size=16).hexdigest()


def _row(id: str, account: str, line: CostLine, *, source: str, now: datetime | None) -> dict[str, Any]:
    sharing = line.sharing
    shares = None if sharing is None else msgspec.json.encode(dict(sorted(sharing.shares.items()))).decode()
    return {
        "id": id,
        "account_id": account,
        "kind": line.kind.value,
        "nature": line.nature.value,
        "label": line.label,
        "amount": f"{line.amount.amount:f}",
        "currency": line.amount.currency,
        "rhythm": line.rhythm.value,
        "begins": line.begins,
        "ends": line.ends,
        "per_call": line.per_call,
        "among": None if sharing is None else sharing.among.value,
        "share_key": None if sharing is None else sharing.key.value,
        "shares": shares,
        "source": source,
        "made_at": now,
    }


def _line(row: Any) -> CostLine:
    sharing = None
    if row["among"] is not None:
        shares = msgspec.json.decode(row["shares"] or "{}", type=dict[str, float])
        sharing = Sharing(among=Among(row["among"]), key=Key(row["share_key"]), shares=shares)
    return CostLine(
        kind=CostKind(row["kind"]),
        label=row["label"],
        amount=Money(Decimal(row["amount"]), row["currency"]),
        rhythm=Rhythm(row["rhythm"]),
        begins=row["begins"],
        ends=row["ends"],
        nature=Nature(row["nature"]),
        per_call=bool(row["per_call"]),
        sharing=sharing,
    )


def only_lines(kept: Iterable[KeptLine]) -> list[CostLine]:
    """The lines without their ids."""
    return [each.line for each in kept]
