"""Sales that are still to come: each month's people at 30 and at 90 days, with a range for those followed less long.

A sale may come months after the first dial, so a young cohort looks worse than it is. How fast people buy is read from
all cohorts (Kaplan and Meier 1958: whoever was followed for 20 days says nothing of day 21), and each person of a young
cohort is given the chance to buy between the day they were followed to and the horizon.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from decroche.model.campaign import Followed
from decroche.model.figures import Rate
from decroche.prove.kpis.certainty import Z95, wilson

#: When a campaign is judged: an operational look, and one on which money can be staked.
HORIZONS = (30, 90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A cohort ``days`` after the first dial of each of its people.

    ``seen`` are the sales until now, ``settled`` the people followed for all the days. ``expected`` are the sales of
    the cohort by then with what is still to come, between ``low`` and ``high`` 19 times in 20; None while nobody of any
    cohort was followed for so long: then only ``seen`` and the number of people bound it.
    """

    days: int
    people: int
    seen: int
    settled: int
    expected: float | None
    low: float
    high: float

    @property
    def over(self) -> bool:
        """Whether everybody was followed to the end: nothing is still to come."""
        return self.settled == self.people


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """The people first dialled in one month, at each horizon."""

    month: date
    people: int
    at: tuple[Projection, ...]


def cohorts(cells: Iterable[Followed], *, horizons: Sequence[int] = HORIZONS) -> tuple[Cohort, ...]:
    """Each month at each horizon, the oldest month first."""
    known = list(cells)
    curve = _Curve(known)
    months = sorted({cell.month for cell in known})
    by_month = {month: [cell for cell in known if cell.month == month] for month in months}
    return tuple(
        Cohort(
            month=month,
            people=sum(cell.people for cell in mine),
            at=tuple(_projection(mine, curve, days) for days in horizons),
        )
        for month, mine in by_month.items()
    )


def all_together(cells: Iterable[Followed], *, horizons: Sequence[int] = HORIZONS) -> tuple[Projection, ...]:
    """All people of the campaign at each horizon."""
    known = list(cells)
    curve = _Curve(known)
    return tuple(_projection(known, curve, days) for days in horizons)


def _projection(cells: Sequence[Followed], curve: _Curve, days: int) -> Projection:
    people = sum(cell.people for cell in cells)
    seen = sum(cell.people for cell in cells if cell.sold_after is not None and cell.sold_after <= days)
    settled = sum(cell.people for cell in cells if cell.days >= days)
    waiting = [cell for cell in cells if cell.days < days and cell.sold_after is None]
    left = sum(cell.people for cell in waiting)
    if left and curve.until < days:
        expected, low, high = None, float(seen), float(seen + left)
    else:
        chances = [(cell.people, curve.chance(cell.days, days)) for cell in waiting]
        mean = sum(n * p for n, (p, _, _) in chances)
        down = _spread(
            sum(n * (p - low) for n, (p, low, _) in chances), sum(n * p * (1 - p) for n, (p, _, _) in chances)
        )
        up = _spread(
            sum(n * (high - p) for n, (p, _, high) in chances),
            sum(n * high * (1 - high) for n, (_, _, high) in chances),
        )
        expected = seen + mean
        low, high = seen + max(0.0, mean - down), seen + min(float(left), mean + up)
    return Projection(days=days, people=people, seen=seen, settled=settled, expected=expected, low=low, high=high)


def _spread(doubt: float, variance: float) -> float:
    """What is not known of the curve, and chance among the people themselves."""
    return math.hypot(doubt, Z95 * math.sqrt(max(variance, 0.0)))


class _Curve:
    """How many people have not bought after so many days, read from all of them."""

    def __init__(self, cells: Sequence[Followed]) -> None:
        self.until = max((cell.days for cell in cells), default=-1)
        sold = [0] * (self.until + 2)
        leaving = [0] * (self.until + 2)
        for cell in cells:
            bought = cell.sold_after is not None and cell.sold_after <= cell.days
            if bought and cell.sold_after is not None:
                sold[cell.sold_after] += cell.people
            else:
                leaving[cell.days] += cell.people
        #: Before each day: the people still followed who have not bought.
        self._at_risk = []
        left = sum(cell.people for cell in cells)
        for day in range(self.until + 1):
            self._at_risk.append(left)
            left -= sold[day] + leaving[day]
        self._sold = sold

    def chance(self, after: int, until: int) -> tuple[float, float, float]:
        """The chance to buy on a day in ``(after, until]``, and its interval, of who has not bought by ``after``."""
        staying, bought = 1.0, 0
        for day in range(after + 1, until + 1):
            staying *= 1 - self._sold[day] / self._at_risk[day] if self._at_risk[day] else 1.0
            bought += self._sold[day]
        share = 1 - staying
        # As many people as would show this share and these sales if all of them had been followed to the end.
        known = bought / share if share else self._at_risk[until]
        low, high = wilson(Rate(bought, max(1, round(known)))) or (0.0, 1.0)
        return share, min(low, share), max(high, share)
