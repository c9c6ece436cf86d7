"""How long leads take to buy, by channel: the quartiles of the delay and the share that buys, counting recent leads.

Whoever came yesterday has not had the time to buy. Leaving such leads out makes sales look quick, and counting them as
lost makes them look rare. Here each lead speaks for the days that it was followed (Kaplan and Meier, 1958).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from decroche.model.touch import Path
from decroche.prove.kpis.certainty import Z95

_DAY = timedelta(days=1)
_QUARTERS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayCurve:
    """The leads of a channel in the days after their first contact.

    ``sales`` came within the window, ``waiting`` leads have not been followed to its end and have not bought.
    ``quartiles`` are the days by which a quarter, half and three quarters of those who buy have bought; None without a
    sale. ``bought`` is the share of leads that has bought ``until`` days after the first contact, the last day that
    anybody was followed to or the end of the window, with its 95 % interval (Greenwood, on the log-log scale).
    """

    channel: str
    leads: int
    sales: int
    waiting: int
    until: float
    quartiles: tuple[float, float, float] | None
    bought: float
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class _Lead:
    """Days until the sale, or, ``sold`` being false, days without one."""

    days: float
    sold: bool
    settled: bool


def delay_curves(paths: Iterable[Path], *, now: datetime, window_days: int) -> list[DelayCurve]:
    """By the channel of the first contact, the channels by name. A sale after the window is none of this lead."""
    by_channel: dict[str, list[_Lead]] = {}
    for path in paths:
        if not path.touches:
            continue
        first = min(path.touches, key=lambda each: (each.at, each.channel))
        followed = (now - first.at) / _DAY
        if followed < 0:
            continue
        days = min(followed, float(window_days))
        bought = None if path.sale is None else (path.sale.at - first.at) / _DAY
        sold = bought is not None and 0 <= bought <= days
        lead = _Lead(bought if sold and bought is not None else days, sold, followed >= window_days)
        by_channel.setdefault(first.channel, []).append(lead)
    return [_curve(channel, leads) for channel, leads in sorted(by_channel.items())]


def _curve(channel: str, leads: Sequence[_Lead]) -> DelayCurve:
    steps, share, low, high = _kaplan_meier(leads)
    return DelayCurve(
        channel=channel,
        leads=len(leads),
        sales=sum(lead.sold for lead in leads),
        waiting=sum(not lead.sold and not lead.settled for lead in leads),
        until=max(lead.days for lead in leads),
        quartiles=_quartiles(steps, share),
        bought=share,
        low=low,
        high=high,
    )


def _kaplan_meier(
    leads: Sequence[_Lead],
) -> tuple[list[tuple[float, float]], float, float | None, float | None]:
    """(days, share that has bought by then) at each sale, and the last share with its interval.

    Of leads of one moment those that bought come first: who is followed up to it was still there.
    """
    left, staying, spread = len(leads), 1.0, 0.0
    steps: list[tuple[float, float]] = []
    known = sorted(leads, key=lambda lead: (lead.days, not lead.sold))
    for place, lead in enumerate(known):
        if not lead.sold:
            left -= 1
            continue
        spread = math.inf if left == 1 else spread + 1 / (left * (left - 1))
        staying *= 1 - 1 / left
        left -= 1
        if place + 1 == len(known) or known[place + 1].days > lead.days or not known[place + 1].sold:
            steps.append((lead.days, 1 - staying))
    if not 0 < staying < 1 or not math.isfinite(spread):
        return steps, 1 - staying, None, None
    half = Z95 * math.sqrt(spread) / abs(math.log(staying))
    low, high = (1 - staying ** math.exp(sign * half) for sign in (-1, 1))
    return steps, 1 - staying, low, high


def _quartiles(steps: Sequence[tuple[float, float]], share: float) -> tuple[float, float, float] | None:
    if not steps:
        return None
    first, middle, third = (
        next(days for days, bought in steps if bought >= part * share - 1e-12) for part in _QUARTERS
    )  # fmt: skip
    return first, middle, third
