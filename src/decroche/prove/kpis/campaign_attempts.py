"""How far to go on dialling: conversion at each attempt among those who reached it, and by the number of the last one.

The two are often confused. "Of those whose last contact was number 1, 14.6 % said yes" counts as ones only those who
were not called again, most of whom said no later; "of all who were called once, 5.7 % said yes at that call" is what
another first call brings.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from decroche.model.campaign import Rung
from decroche.model.figures import Rate
from decroche.model.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptLine:
    """The attempt ``number``. ``at``: who said yes at it, of those who were dialled so often without a yes before.

    ``last``: who said yes, of those whose last dial was this one.
    """

    number: int
    at: Rate
    last: Rate


def attempts(ladder: Iterable[Rung]) -> tuple[AttemptLine, ...]:
    """A line for each attempt that somebody had, the first one first. Dials after a yes are follow-up, not attempts."""
    rungs = list(ladder)
    longest = max((rung.converted_at or rung.dials for rung in rungs if rung.people), default=0)
    return tuple(_line(rungs, number) for number in range(1, longest + 1))


def _line(rungs: list[Rung], number: int) -> AttemptLine:
    had = [rung for rung in rungs if (rung.converted_at or rung.dials) >= number]
    ended = [rung for rung in rungs if rung.dials == number]
    return AttemptLine(
        number=number,
        at=Rate(sum(rung.people for rung in had if rung.converted_at == number), sum(rung.people for rung in had)),
        last=Rate(
            sum(rung.people for rung in ended if rung.converted_at is not None), sum(rung.people for rung in ended)
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Stopping after attempt ``after`` spares ``dials``, gives up ``opportunities`` and leaves ``gain``."""

    after: int
    dials: int
    opportunities: int
    gain: Money


def stop_after(lines: Iterable[AttemptLine], *, dial_cost: Money, opportunity_value: Money) -> Stop | None:
    """Where to stop so that most is left: dials spared × their cost − opportunities given up × their value.

    None where every attempt pays: then no stop leaves more. The first attempt is never spared: that would be no
    campaign. ``opportunity_value`` is the margin of a sale times the share of opportunities that become one.
    """
    known = list(lines)
    best: Stop | None = None
    dials = opportunities = 0
    for line in reversed(known[1:]):
        dials += line.at.denominator
        opportunities += line.at.numerator
        gain = dial_cost * dials - opportunity_value * opportunities
        if gain.amount > 0 and (best is None or best.gain < gain):
            best = Stop(after=line.number - 1, dials=dials, opportunities=opportunities, gain=gain)
    return best
