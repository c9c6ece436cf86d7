"""What a period cost, line by line, and who bears it: prorated by days, shared by stated keys, exact to the cent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from decroche.model.cost import Among, CostKind, CostLine, Key, Nature, Rhythm
from decroche.model.money import CurrencyMismatch, Money
from decroche.model.splitting import split

_DAY = timedelta(days=1)
_MONTHS = {Rhythm.MONTHLY: 1, Rhythm.QUARTERLY: 3, Rhythm.YEARLY: 12}
_DAYS = {Rhythm.DAILY: 1, Rhythm.WEEKLY: 7}
#: Who bears what no site, queue or campaign does.
NOBODY = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """What was counted at one site, queue or campaign in the period."""

    calls: int = 0
    minutes: float = 0.0
    heads: float = 0.0

    def by(self, key: Key) -> float:
        """The one that a key asks for."""
        return {Key.CALLS: float(self.calls), Key.MINUTES: self.minutes, Key.HEADS: self.heads}[key]


def prorated(line: CostLine, *, begin: date, end: date) -> Money:
    """What a line costs in ``[begin, end)``, by days.

    A monthly amount is divided by the days of each month, a quarterly or yearly one by those of the calendar quarter or
    year, so that a whole month costs the whole amount. What is paid once is spread evenly over the days from its first
    to its last; with only a first day, that day bears it. Cents are rounded from the first day of the line on, so that
    the parts of a period sum to the period.
    """
    return Money(_until(line, end) - _until(line, begin), line.amount.currency)


def _until(line: CostLine, end: date) -> Decimal:
    """The cents of a line from its first day up to ``end``, that day left out."""
    if line.rhythm is Rhythm.ONCE:
        last = line.begins if line.ends is None else line.ends
        days = (last - line.begins).days + 1
        share = Fraction(max(0, min((end - line.begins).days, days)), days)
    else:
        end = end if line.ends is None else min(end, line.ends + _DAY)
        share = _rhythms(line.rhythm, line.begins, end) if end > line.begins else Fraction(0)
    cents = Fraction(line.amount.amount) * 100 * share
    return Decimal(round(cents)) / 100


def _rhythms(rhythm: Rhythm, begin: date, end: date) -> Fraction:
    """How many rhythms there are in ``[begin, end)``, whole and part ones."""
    if rhythm in _DAYS:
        return Fraction((end - begin).days, _DAYS[rhythm])
    return _since_the_year_one(rhythm, end) - _since_the_year_one(rhythm, begin)


def _since_the_year_one(rhythm: Rhythm, day: date) -> Fraction:
    months = _MONTHS[rhythm]
    first = day.replace(month=(day.month - 1) // months * months + 1, day=1)
    past = 12 * first.year + first.month - 1 + months
    next_ = date(past // 12, past % 12 + 1, 1)
    whole = (12 * first.year + first.month - 1) // months
    return whole + Fraction((day - first).days, (next_ - first).days)


def allocated(
    amount: Money, line: CostLine, counted: Mapping[str, Counted], *, among: Among
) -> dict[str, Money]:  # fmt: skip
    """``amount`` of a line by who bears it; the parts sum to it to the cent.

    A line that is shared among something else, or by a key that nobody has anything of, is borne by NOBODY.
    """
    sharing = line.sharing
    if sharing is None or sharing.among is not among:
        return {NOBODY: amount}
    weights: dict[str, float | Fraction]
    if sharing.key is Key.FIXED:
        weights = {name: Fraction(str(share)) for name, share in sharing.shares.items()}
        left = 1 - sum(weights.values(), Fraction(0))
        weights |= {NOBODY: left} if left > 0 else {}
    else:
        names = sharing.shares or counted
        weights = {name: counted[name].by(sharing.key) for name in sorted(names) if name in counted}
    if not any(weights.values()):
        return {NOBODY: amount}
    parts = split(amount, list(weights.values()))
    return {name: part for (name, weight), part in zip(weights.items(), parts, strict=True) if weight}


@dataclass(frozen=True, slots=True, kw_only=True)
class LineCost:
    """A line in a period: what it cost, and who bears how much of it."""

    line: CostLine
    cost: Money
    borne: Mapping[str, Money]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodCost:
    """All lines that run in ``[begin, end)``. Every sum here is that of the lines, to the cent.

    ``per_call`` is the part that grows with every call. ``borne`` is by name of the site, queue or campaign; NOBODY
    bears what is not shared among them.
    """

    begin: date
    end: date
    total: Money
    by_kind: Mapping[CostKind, Money]
    by_nature: Mapping[Nature, Money]
    per_call: Money
    borne: Mapping[str, Money]
    lines: tuple[LineCost, ...]


def runs_in(line: CostLine, *, begin: date, end: date) -> bool:
    """Whether any day of a line lies in ``[begin, end)``."""
    last = line.begins if line.rhythm is Rhythm.ONCE and line.ends is None else line.ends
    return line.begins < end and (last is None or last >= begin)


def period_cost(
    lines: Iterable[CostLine],
    *,
    begin: date,
    end: date,
    currency: str,
    counted: Mapping[str, Counted],
    among: Among = Among.SITE,
) -> PeriodCost:
    """What ``[begin, end)`` cost and who bears it. Raises CurrencyMismatch: nothing is converted."""
    nothing = Money.of(0, currency)
    total, per_call = nothing, nothing
    by_kind: dict[CostKind, Money] = {}
    by_nature: dict[Nature, Money] = {}
    borne: dict[str, Money] = {}
    found = []
    for line in lines:
        if line.amount.currency != currency:
            raise CurrencyMismatch(line.amount.currency, currency)
        if not runs_in(line, begin=begin, end=end):
            continue
        cost = prorated(line, begin=begin, end=end)
        shared = allocated(cost, line, counted, among=among)
        found.append(LineCost(line=line, cost=cost, borne=shared))
        total += cost
        per_call += cost if line.per_call else nothing
        by_kind[line.kind] = by_kind.get(line.kind, nothing) + cost
        by_nature[line.nature] = by_nature.get(line.nature, nothing) + cost
        for name, part in shared.items():
            borne[name] = borne.get(name, nothing) + part
    return PeriodCost(
        begin=begin,
        end=end,
        total=total,
        by_kind=by_kind,
        by_nature=by_nature,
        per_call=per_call,
        borne=borne,
        lines=tuple(found),
    )
