"""Folds a campaign's table, row by row, into people and counts: dials, contacts, opportunities, sales, weeks."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from decimal import Decimal

from decroche.model.campaign import CampaignCounts, Followed, Group, GroupKind, Row, Rung, Tally, Told, Week


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """A row of a campaign's table: one dial, or a person with ``dials`` of them. None: the row does not say.

    ``at`` is when the dial was, or the last one of the person, in the clock of the file. Rows stand in their order.
    """

    person: str | None = None
    dials: int = 1
    at: datetime | None = None
    reached: bool = False
    opportunity: bool = False
    sale: bool = False
    amount: Decimal | None = None
    sold_at: datetime | None = None


def fold(attempts: Iterable[Attempt], told: Told, *, until: datetime | None = None) -> CampaignCounts:
    """The counts of a table. Dials of one person follow each other by their moment, then by their place in the table.

    A person is one opportunity and one sale at most: the first row that says so. A sale is an opportunity, and an
    opportunity was reached. ``until`` is when the table was made, up to which people were followed; the last moment in
    it unless told. Of rows by person, the dials before the last one count as not reached: nothing is said of them.
    """
    rows = _ordered([_implied(each) for each in attempts], told)
    firsts = _firsts(rows)
    people = _people(rows)
    weeks: dict[datetime, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row.at is not None:
            weeks[_monday(row.at)].append(place)
    moments = [moment for row in rows for moment in (row.at, row.sold_at if row.sale else None) if moment is not None]
    dated = [row.at for row in rows if row.at is not None]
    known = told.person or told.row is Row.PERSON
    return CampaignCounts(
        row=told.row,
        total=_tally(rows, firsts, range(len(rows)), told),
        groups=tuple(_windows(rows, firsts, told)),
        weeks=tuple(
            Week(monday=monday.date(), tally=_tally(rows, firsts, weeks[monday], told)) for monday in sorted(weeks)
        ),
        ladder=_ladder(people, firsts, rows) if known and told.dials and told.opportunity else (),
        followed=_followed(people, rows, firsts, until or max(moments, default=None)) if known and told.sale else (),
        first=min(dated).date() if dated else None,
        last=max(dated).date() if dated else None,
    )


def _implied(row: Attempt) -> Attempt:
    opportunity = row.opportunity or row.sale
    return replace(row, opportunity=opportunity, reached=row.reached or opportunity)


def _ordered(rows: Sequence[Attempt], told: Told) -> list[Attempt]:
    """The rows in the order of their moments, each with a person of its own where the table names none."""
    named = [
        replace(row, person=f"row {place}") if row.person is None and told.row is Row.PERSON else row
        for place, row in enumerate(rows)
    ]
    return sorted(named, key=lambda row: (row.at is None, row.at or datetime.min))  # noqa: DTZ901


def _firsts(rows: Sequence[Attempt]) -> tuple[set[int], set[int]]:
    """The places of the rows that are somebody's first opportunity, and first sale."""
    found: tuple[set[int], set[int]] = (set(), set())
    seen: tuple[set[str], set[str]] = (set(), set())
    for place, row in enumerate(rows):
        for which, holds in enumerate((row.opportunity, row.sale)):
            if holds and (row.person is None or row.person not in seen[which]):
                found[which].add(place)
                if row.person is not None:
                    seen[which].add(row.person)
    return found


def _people(rows: Sequence[Attempt]) -> dict[str, list[int]]:
    people: dict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row.person is not None:
            people[row.person].append(place)
    return people


def _tally(rows: Sequence[Attempt], firsts: tuple[set[int], set[int]], places: Iterable[int], told: Told) -> Tally:
    mine = list(places)
    amounts = [rows[place].amount or Decimal(0) for place in mine if rows[place].sale] if told.amount else []
    return Tally(
        dials=sum(rows[place].dials for place in mine) if told.dials else None,
        contacts=sum(rows[place].reached for place in mine) if told.reached else None,
        people=len({rows[place].person for place in mine} - {None}) if told.person or told.row is Row.PERSON else None,
        opportunities=sum(place in firsts[0] for place in mine) if told.opportunity else None,
        sales=sum(place in firsts[1] for place in mine) if told.sale else None,
        revenue=sum(amounts, Decimal(0)) if told.amount else None,
        revenue_squares=sum((amount**2 for amount in amounts), Decimal(0)) if told.amount else None,
    )


def _windows(rows: Sequence[Attempt], firsts: tuple[set[int], set[int]], told: Told) -> Iterator[Group]:
    """The calling windows. Dates without a time of day are all at midnight: they say nothing of hours."""
    dated = [(place, row.at) for place, row in enumerate(rows) if row.at is not None]
    timed = any(at.time() != time() for _, at in dated)
    for kind in (GroupKind.WEEKDAY, GroupKind.HOUR) if timed else (GroupKind.WEEKDAY,):
        by: dict[str, list[int]] = defaultdict(list)
        for place, at in dated:
            by[str(at.isoweekday()) if kind is GroupKind.WEEKDAY else f"{at.hour:02d}"].append(place)
        for value in sorted(by):
            yield Group(kind=kind, column="", value=value, tally=_tally(rows, firsts, by[value], told))


def _ladder(
    people: dict[str, list[int]], firsts: tuple[set[int], set[int]], rows: Sequence[Attempt]
) -> tuple[Rung, ...]:
    rungs = Counter[tuple[int, int | None]]()
    for mine in people.values():
        dialled, converted = 0, None
        for place in mine:
            dialled += rows[place].dials
            if place in firsts[0]:
                converted = dialled
        rungs[dialled, converted] += 1
    ordered = sorted(rungs.items(), key=lambda each: (each[0][0], each[0][1] is None, each[0][1] or 0))
    return tuple(Rung(dials, converted, count) for (dials, converted), count in ordered)


def _followed(
    people: dict[str, list[int]], rows: Sequence[Attempt], firsts: tuple[set[int], set[int]], until: datetime | None
) -> tuple[Followed, ...]:
    cells = Counter[tuple[datetime, int, int | None]]()
    for mine in people.values():
        moments = [at for place in mine if (at := rows[place].at) is not None]
        if until is None or not moments:
            continue
        first = min(moments)
        sold = next((rows[place].sold_at or rows[place].at for place in mine if place in firsts[1]), None)
        days = None if sold is None else max(0, _days(first, sold))
        month = first.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        cells[month, max(0, _days(first, until)), days] += 1
    ordered = sorted(cells.items(), key=lambda each: (*each[0][:2], each[0][2] is None, each[0][2] or 0))
    return tuple(Followed(month.date(), days, sold, count) for (month, days, sold), count in ordered)


def _monday(at: datetime) -> datetime:
    return (at - timedelta(days=at.weekday())).replace(hour=0, minute=0, second=0, microsecond=0)


def _days(first: datetime, last: datetime) -> int:
    return (last.date() - first.date()).days
