"""What it costs to win a customer, how long it takes, and how many leads end in a sale: by channel, with n."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from decroche.model.figures import Rate
from decroche.model.money import Money
from decroche.model.touch import Path
from decroche.prove.kpis.certainty import Z95, wilson
from decroche.prove.kpis.credits import touches_before

_DAY = timedelta(days=1)
#: Two-sided risk of the interval of a median.
_RISK = 0.05
#: Beyond so many the binomial is told from the normal law, one place to the safe side.
_MANY = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AcquisitionCost:
    """What one customer cost: ``cost`` / ``customers``, with its 95 % interval.

    ``each`` is None while nobody was won; ``high`` is None where so few were won that it has no upper end.
    """

    cost: Money
    customers: float
    each: Money | None
    low: Money | None
    high: Money | None


def acquisition_cost(*, cost: Money, customers: float) -> AcquisitionCost:
    """What was spent on a channel or a way / the customers credited to it, whole and part ones.

    The cost is known and the customers came by chance: the interval is the cost over the score interval of a Poisson
    count, n + z²/2 ± z √(n + z²/4) (Rao's score test turned round).
    """
    middle, half = customers + Z95 * Z95 / 2, Z95 * math.sqrt(customers + Z95 * Z95 / 4)
    fewest, most = max(0.0, middle - half), middle + half
    return AcquisitionCost(
        cost=cost,
        customers=customers,
        each=cost / customers if customers else None,
        low=cost / most,
        high=cost / fewest if fewest > 1e-9 else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Delay:
    """Days from the first contact to the sale, of the ``n`` sales of a channel: the middle one, and its interval.

    ``low`` and ``high`` are None below six sales, from which no such interval can be had.
    """

    channel: str
    n: int
    median_days: float
    low: float | None
    high: float | None


def conversion_delays(paths: Iterable[Path], *, window_days: int) -> list[Delay]:
    """How long those who bought took, by the channel of the first contact within the window; the channels by name.

    Only sales count: those who will still buy are not in it, and would make it longer.
    """
    days: dict[str, list[float]] = {}
    for path in paths:
        touches = touches_before(path, window_days=window_days)
        if touches and path.sale is not None:
            days.setdefault(touches[0].channel, []).append((path.sale.at - touches[0].at) / _DAY)
    return [_delay(channel, sorted(days[channel])) for channel in sorted(days)]


def _delay(channel: str, days: Sequence[float]) -> Delay:
    n = len(days)
    median = (days[(n - 1) // 2] + days[n // 2]) / 2
    place = median_interval(n)
    return Delay(
        channel=channel,
        n=n,
        median_days=median,
        low=None if place is None else days[place],
        high=None if place is None else days[n - 1 - place],
    )


def median_interval(n: int) -> int | None:
    """How many of ``n`` sorted values lie outside the 95 % interval of their median on each side; None: no interval.

    The largest k with P(Binomial(n, ½) ≤ k) ≤ 2.5 %: the interval then covers the true median at least 95 % of the
    time, whatever the values are spread like. Below six values even the smallest and the largest do not.
    """
    if n > _MANY:
        return math.floor(n / 2 - Z95 * math.sqrt(n) / 2) - 1
    below = 1 / 2**n
    if not n or below > _RISK / 2:
        return None
    k = 0
    while (below := below + math.comb(n, k + 1) / 2**n) <= _RISK / 2:
        k += 1
    return k


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """Leads that ended in a sale. ``waiting`` came too lately to tell; ``interval`` is that of the rate, 95 %."""

    channel: str
    rate: Rate
    interval: tuple[float, float] | None
    waiting: int


def closing_rates(paths: Iterable[Path], *, now: datetime, within_days: int) -> list[Closing]:
    """Sales within ``within_days`` of the first contact / leads whose first contact is that long ago, by its channel.

    A lead that came later is waiting, sold or not: counting only its sale would make the rate too high.
    """
    counts: dict[str, list[int]] = {}
    for path in paths:
        if not path.touches:
            continue
        first = min(path.touches, key=lambda each: (each.at, each.channel))
        count = counts.setdefault(first.channel, [0, 0, 0])
        over = first.at + within_days * _DAY
        if over > now:
            count[2] += 1
            continue
        count[1] += 1
        count[0] += path.sale is not None and first.at <= path.sale.at <= over
    found = []
    for channel, (closed, leads, waiting) in sorted(counts.items()):
        rate = Rate(closed, leads)
        found.append(Closing(channel=channel, rate=rate, interval=wilson(rate), waiting=waiting))
    return found
