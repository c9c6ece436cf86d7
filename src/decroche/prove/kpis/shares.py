"""Shares beside their base: a peak of missed calls means little until one says what an ordinary hour holds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Peak:
    """A cell of the week against its base: what it holds, what a cell of its kind holds on average, the ratio."""

    share: float
    base: float
    ratio: float


def peak(*, share: float, group_share: float, group_hours: float) -> Peak:
    """``share`` of the missed calls in one hour, against ``group_share`` spread evenly over ``group_hours``.

    A share of the misses is not a miss rate: missed / offered in the same hour must stand beside it.
    """
    base = group_share / group_hours
    return Peak(share=share, base=base, ratio=share / base)


def capacity_excess(*, demand: float, capacity: float) -> float:
    """The part of the demand above capacity, (demand − capacity)/demand, never below 0.

    It is not a missed rate: a daily total hides the hour, callers wait, and callers call again.
    """
    return max(0.0, (demand - capacity) / demand)
