"""Makes of our calls and of opportunities the rows of a campaign: which call led to which, by name or by person."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from decroche.model.campaign import CampaignCounts, Row, Told, Where
from decroche.prove.kpis.campaign_fold import Attempt, fold


class OurCall(Protocol):
    """A call of ours."""

    @property
    def at(self) -> datetime:
        """When it began."""

    @property
    def person(self) -> int | None:
        """Whom it was to."""

    @property
    def answered(self) -> bool:
        """Whether they took it."""


class Opened(Protocol):
    """An opportunity."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""

    @property
    def person(self) -> int | None:
        """Whose it is; None where that is not certain."""

    @property
    def names(self) -> frozenset[str]:
        """Its tags and its campaign, casefolded."""

    @property
    def campaign(self) -> str | None:
        """The campaign that it names."""

    @property
    def won_at(self) -> datetime | None:
        """When it became a sale."""

    @property
    def amount(self) -> str | None:
        """What it brought."""

    @property
    def margin(self) -> str | None:
        """What is left of it."""

    @property
    def currency(self) -> str | None:
        """Of both."""


@dataclass(slots=True)
class Matched:
    """How opportunities were found, see ``model.campaign.Held``."""

    counts: CampaignCounts
    found: Counter[str] = field(default_factory=Counter)


def count_house(
    calls: Sequence[OurCall],
    opened: Iterable[Opened],
    where: Where,
    *,
    name: str,
    currency: str,
    known: bool,
    local: Callable[[datetime], datetime],
    until: datetime,
) -> Matched:
    """The counts of a campaign. ``calls`` stand in the order of time; ``local`` gives the clock on the wall, naive.

    An opportunity is the campaign's when a tag or its campaign says so, or, naming none, when it was opened within
    ``where.days`` of a call to its person. It belongs to the last call before it; one that names the campaign and was
    opened before any to the first. ``known`` says whether anything tells of opportunities at all.
    """
    words = {word.casefold() for word in (name, *where.words)}
    rows = [
        Attempt(person=None if call.person is None else str(call.person), at=local(call.at), reached=call.answered)
        for call in calls
    ]
    of_person: dict[int, list[int]] = defaultdict(list)
    for place, call in enumerate(calls):
        if call.person is not None:
            of_person[call.person].append(place)
    found: Counter[str] = Counter()
    margins: dict[int, Decimal | None] = {}
    for each in opened:
        named = bool(words & each.names)
        if each.campaign and not named:
            continue
        if each.person is None:
            found["doubtful"] += named
            continue
        mine = of_person.get(each.person, [])
        before = bisect_right(mine, each.opened_at, key=lambda place: calls[place].at)
        if not mine or not (before or named):
            found["undialled"] += named and not mine
            continue
        place = mine[max(0, before - 1)]
        if not named and each.opened_at - calls[place].at > timedelta(days=where.days):
            continue
        found["by_name" if named else "by_person"] += 1
        rows[place] = _with(rows[place], each, currency=currency, local=local, found=found)
        if each.won_at is not None and each.currency in (None, currency):
            margins[place] = None if each.margin is None else (margins.get(place) or Decimal(0)) + Decimal(each.margin)
    told = Told(row=Row.DIAL, opportunity=known, sale=known, amount=bool(found["with_amount"]))
    counts = fold(rows, told, until=local(until))
    if found["sales"] and found["with_margin"] == found["sales"]:
        amounts = [each for each in margins.values() if each is not None]
        total = replace(
            counts.total,
            margin=sum(amounts, Decimal(0)),
            margin_squares=sum((each * each for each in amounts), Decimal(0)),
        )
        counts = replace(counts, total=total)
    return Matched(counts, found)


def _with(
    row: Attempt, opened: Opened, *, currency: str, local: Callable[[datetime], datetime], found: Counter[str]
) -> Attempt:
    """A call with the opportunity that it led to."""
    if opened.won_at is None:
        return replace(row, opportunity=True)
    found["sales"] += 1
    amount = row.amount
    if opened.amount is not None or opened.margin is not None:
        if opened.currency != currency:
            found["foreign"] += 1
        else:
            found["with_amount"] += opened.amount is not None
            found["with_margin"] += opened.margin is not None
            if opened.amount is not None:
                amount = (row.amount or Decimal(0)) + Decimal(opened.amount)
    return replace(row, opportunity=True, sale=True, amount=amount, sold_at=local(opened.won_at))
