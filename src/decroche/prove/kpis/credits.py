"""What each channel earned of the sales: the contacts before each sale, under five rules, to the cent.

A rule divides, it does not prove: the channel that gets the credit need not have caused the sale. Where an experiment
was made, its incremental figure stands beside these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from itertools import groupby

from decroche.model.money import CurrencyMismatch, Money
from decroche.model.splitting import split
from decroche.model.touch import Path, Sale, Touch
from decroche.prove.kpis.attribution import HALF_LIFE_DAYS, first_touch, last_touch, linear, time_decay, u_shape

#: How many days before a sale a contact may lie that counts; the second is used unless told otherwise.
WINDOWS = (30, 60, 90, 180)
USUAL_WINDOW = 90
_DAY = timedelta(days=1)


class Rule(StrEnum):
    """How a sale is divided among the contacts before it."""

    FIRST = "first"
    LAST = "last"
    LINEAR = "linear"
    POSITION = "position"
    TIME_DECAY = "time_decay"


_BY_ORDER: dict[Rule, Callable[[int], list[float]]] = {
    Rule.FIRST: first_touch,
    Rule.LAST: last_touch,
    Rule.LINEAR: linear,
    Rule.POSITION: u_shape,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """What a channel earned: ``sales`` in whole and part sales, ``touched`` the sales that it had any contact before.

    ``channel`` is None for the sales that no contact within the window came before.
    """

    channel: str | None
    revenue: Money
    sales: float
    touched: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Credits:
    """All of the revenue, divided: ``parts`` sum to ``revenue`` to the cent, and their sales to ``sales``."""

    rule: Rule
    window_days: int
    revenue: Money
    sales: int
    parts: tuple[Credit, ...]


def paths_of(touches: Mapping[str, Sequence[Touch]], sales: Mapping[str, Sequence[Sale]]) -> list[Path]:
    """The way of each person to each of their sales, and one without a sale where contacts came after the last.

    A contact leads to the next sale of the person, at its moment or later, and to no other: nothing is credited twice.
    """
    found = []
    for person in sorted({*touches, *sales}):
        left = sorted(touches.get(person, ()), key=_order)
        for sale in sorted(sales.get(person, ()), key=lambda each: each.at):
            before = [each for each in left if each.at <= sale.at]
            left = left[len(before) :]
            found.append(Path(touches=before, sale=sale))
        if left:
            found.append(Path(touches=left))
    return found


def leads_of(touches: Mapping[str, Sequence[Touch]], sales: Mapping[str, Sequence[Sale]]) -> list[Path]:
    """The same without contacts after the last sale of a person: who calls again after buying is no new lead."""
    return [
        *(path for path in paths_of(touches, sales) if path.sale is not None),
        *paths_of({person: known for person, known in touches.items() if person not in sales}, {}),
    ]


def touches_before(path: Path, *, window_days: int) -> list[Touch]:
    """The contacts that may have led to the sale of a path, the oldest first: none of after it.

    Those at most ``window_days`` × 24 hours before it count, the edge included: what a clock on the wall says, and so
    the time zone, does not matter.
    """
    if path.sale is None:
        return []
    begin, end = path.sale.at - window_days * _DAY, path.sale.at
    return sorted((each for each in path.touches if begin <= each.at <= end), key=_order)


def shares(touches: Sequence[Touch], sale: Sale, rule: Rule, *, half_life: float = HALF_LIFE_DAYS) -> list[float]:
    """What part of the sale each contact earned; they sum to 1.

    Contacts of the very same moment have no order among them: they share alike what their places earn together.
    ``touches`` are in the order of time and none is after the sale.
    """
    if rule is Rule.TIME_DECAY:
        return time_decay([(sale.at - each.at) / _DAY for each in touches], half_life=half_life)
    by_place = iter(_BY_ORDER[rule](len(touches)))
    found: list[float] = []
    for _, together in groupby(touches, key=lambda each: each.at):
        places = [next(by_place) for _ in together]
        found += [sum(places) / len(places)] * len(places)
    return found


def credits(
    paths: Iterable[Path],
    rule: Rule,
    *,
    currency: str,
    window_days: int = USUAL_WINDOW,
    half_life: float = HALF_LIFE_DAYS,
    channel_of: Callable[[Touch], str] = lambda touch: touch.channel,
) -> Credits:
    """The revenue of all sales of ``paths``, divided among the channels of the contacts before them.

    Each sale is divided for itself into whole cents, so that the parts sum to the revenue of each and of all.
    ``channel_of`` says what is credited: the channel, or who sought whom. Raises CurrencyMismatch.
    """
    nothing = Money.of(0, currency)
    revenue: dict[str | None, Money] = {}
    sales: dict[str | None, Fraction] = {}
    touched: dict[str | None, int] = {}
    total, n = nothing, 0
    for path in paths:
        if path.sale is None:
            continue
        if path.sale.revenue.currency != currency:
            raise CurrencyMismatch(path.sale.revenue.currency, currency)
        total, n = total + path.sale.revenue, n + 1
        earned = _earned(path, path.sale, rule, window_days=window_days, half_life=half_life, channel_of=channel_of)
        whole = sum(earned.values(), Fraction(0))
        for channel, part in zip(earned, split(path.sale.revenue, list(earned.values())), strict=True):
            revenue[channel] = revenue.get(channel, nothing) + part
            sales[channel] = sales.get(channel, Fraction(0)) + earned[channel] / whole
            touched[channel] = touched.get(channel, 0) + 1
    parts = tuple(
        Credit(channel=channel, revenue=revenue[channel], sales=float(sales[channel]), touched=touched[channel])
        for channel in sorted(revenue, key=lambda each: (-revenue[each].amount, each is None, each or ""))
    )
    return Credits(rule=rule, window_days=window_days, revenue=total, sales=n, parts=parts)


def _earned(
    path: Path, sale: Sale, rule: Rule, *, window_days: int, half_life: float, channel_of: Callable[[Touch], str]
) -> dict[str | None, Fraction]:
    """The part of a sale that each channel earned, in the order of their first contact."""
    touches = touches_before(path, window_days=window_days)
    if not touches:
        return {None: Fraction(1)}
    found: dict[str | None, Fraction] = {}
    for touch, share in zip(touches, shares(touches, sale, rule, half_life=half_life), strict=True):
        channel = channel_of(touch)
        found[channel] = found.get(channel, Fraction(0)) + Fraction(share)
    return found


def _order(touch: Touch) -> tuple[datetime, str, str]:
    return touch.at, touch.channel, touch.way
