"""Whether better call handling pays back: both readings of a gain, over a horizon, and what the answer hangs on."""

from __future__ import annotations

from dataclasses import dataclass, replace

from decroche.model.money import Money
from decroche.prove.kpis.campaign import GainKind

#: By how much each input is moved in the picture of what the answer hangs on.
MOVED = 0.2
_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Investment:
    """``invested`` once, ``yearly_gain`` a year, looked at after ``months``; the gain begins ``delay`` months late."""

    invested: Money
    yearly_gain: Money
    months: float = _YEAR
    delay: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InvestmentReturn:
    """Both readings at the horizon, and the months after which the investment has come back (None: never).

    ``net``: the gain stated is what is left after the investment, so ROI = gain ÷ invested. ``gross``: it is before
    it, so ROI = (gain − invested) ÷ invested. ``brought`` is the gain of the whole horizon as it was stated.
    """

    brought: Money
    net: float
    gross: float
    payback_net: float | None
    payback_gross: float | None

    def of(self, kind: GainKind) -> float:
        """The return under one reading."""
        return self.net if kind is GainKind.NET else self.gross


def investment_return(asked: Investment) -> InvestmentReturn:
    """Gain a year × (months − delay) ÷ 12, over what was invested; the two readings differ by exactly 100 points.

    A net gain of Y a year is what is left of X + Y: then X is back after delay + 12·X ÷ (X + Y) months; a gross one
    after delay + 12·X ÷ Y. Raises ValueError where nothing is invested.
    """
    if float(asked.invested) <= 0:
        raise ValueError("nothing is invested: there is no return on nothing")
    ratio = asked.yearly_gain.ratio(asked.invested)
    share = max(0.0, asked.months - asked.delay) / _YEAR
    return InvestmentReturn(
        brought=asked.yearly_gain * share,
        net=ratio * share,
        gross=ratio * share - 1,
        payback_net=asked.delay + _YEAR / (1 + ratio) if ratio > -1 else None,
        payback_gross=asked.delay + _YEAR / ratio if ratio > 0 else None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Swing:
    """The return when one input is worse or better than said. ``of`` is gain, cost or delay."""

    of: str
    worse: float
    better: float

    @property
    def width(self) -> float:
        """How much the answer hangs on it."""
        return abs(self.better - self.worse)


def sensitivity(asked: Investment, kind: GainKind, *, moved: float = MOVED) -> tuple[Swing, ...]:
    """The return with each input moved by a share of itself, and begun three months later; the widest swing first."""

    def back(**values: Money | float) -> float:
        return investment_return(replace(asked, **values)).of(kind)  # type: ignore[arg-type]

    swings = (
        Swing(of="gain", worse=back(yearly_gain=asked.yearly_gain * (1 - moved)),
              better=back(yearly_gain=asked.yearly_gain * (1 + moved))),
        Swing(of="cost", worse=back(invested=asked.invested * (1 + moved)),
              better=back(invested=asked.invested * (1 - moved))),
        Swing(of="delay", worse=back(delay=asked.delay + 3), better=back()),
    )  # fmt: skip
    return tuple(sorted(swings, key=lambda swing: (-swing.width, swing.of)))
