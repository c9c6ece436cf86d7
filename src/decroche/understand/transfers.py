"""Whether a call was passed on from one person of the business to another, and how long it went on after that."""

from __future__ import annotations

from collections.abc import Sequence

from decroche.model.call import Leg


def seconds_after_transfer(legs: Sequence[Leg]) -> float | None:
    """The talk, hold and wrap-up of everybody after the first who took the call; None where nobody passed it on.

    Passed on is a call that two or more people took, one after the other, known by their names. A leg whose length is
    not told adds nothing: the figure is too low then, and never too high.
    """
    taken = sorted((leg for leg in legs if leg.answered and leg.agent), key=lambda leg: (leg.started_at, leg.agent))
    others = [leg for leg in taken if leg.agent != taken[0].agent]
    if not others:
        return None
    return sum((leg.talk_s or 0.0) + (leg.hold_s or 0.0) + (leg.wrap_s or 0.0) for leg in others)
