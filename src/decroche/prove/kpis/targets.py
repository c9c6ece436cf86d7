"""Targets of a KPI: a level, a band or a change with its unit said, what is done about a deviation, and its effect."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from decroche.model.board import Measure, Unit
from decroche.model.figures import Rate
from decroche.prove.kpis.certainty import wilson

#: Measures that are good in the middle only: less is not better, nor more. They take a band.
BAND_ONLY = frozenset({"occupancy", "utilisation"})
#: Measures for which a target may be set, and whether more of them is better (None: neither).
TARGETED: Mapping[str, bool | None] = {
    "answer_rate": True,
    "abandonment_rate": False,
    "service_level:F4": True,
    "speed_of_answer": False,
    "handle_time": False,
    "first_call_resolution": True,
    "recovery_rate": True,
    "time_to_callback": False,
    "occupancy": None,
    "utilisation": None,
    "satisfaction": True,
    "nps": True,
}
#: Measures in points from −100 to 100: of those a part of the value says nothing, and a level may be below zero.
OF_POINTS = frozenset({"nps"})
_LOWEST, _HIGHEST = -100.0, 100.0


class ChangeUnit(StrEnum):
    """How a change is meant: 60 % + 10 points are 70 %, 60 % + 10 % relative are 66 %."""

    POINTS = "points"
    RELATIVE = "relative"


class BadTarget(ValueError):
    """A target that cannot be meant; ``word`` says why, as in ``targets.wrong.<word>``."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """What is wanted of a measure, ends included: shares as fractions, durations in seconds. None: open at that end."""

    low: float | None = None
    high: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a value is as wanted."""
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A wanted change: 0.08 POINTS are eight points (of a share), −0.2 RELATIVE a fifth less."""

    by: float
    unit: ChangeUnit


_SPACES = dict.fromkeys(map(ord, " \u00a0\u202f"), None)
_CHANGE = re.compile(r"(?P<sign>[+\-−])(?P<number>\d+(?:[.,]\d+)?)(?P<unit>.*)")
_UNIT = r"(?P<unit>%|s|min|h|pts?|points?|)"
_LEVEL = re.compile(r"(?P<sign>>=|<=|≥|≤|>|<)(?P<number>[-−]?\d+(?:[.,]\d+)?)" + _UNIT)
_BAND = re.compile(r"(?P<low>\d+(?:[.,]\d+)?)%?(?:-|–|à|to)(?P<high>\d+(?:[.,]\d+)?)" + _UNIT)
_POINTS = frozenset({"pt", "pts", "point", "points"})
_RELATIVE = frozenset({"%relatif", "%relatifs", "%relative", "%rel", "%rel."})
_UNITS = {"s": 1.0, "min": 60.0, "h": 3600.0, "": 1.0}


def read_target(text: str, *, kpi: str) -> Band | Change:
    """A target as a person writes it: « >= 85 % », « 75-85 % », « <= 30 s », « +8 pts », « −10 % relatif ».

    Raises BadTarget: « +10 % » may be points or relative (unit_wanted); a change of what is only good in the middle
    (band_wanted); a level in the wrong unit (unit); anything else (unreadable).
    """
    if kpi not in TARGETED:
        raise BadTarget("kpi")
    plain = text.lower().translate(_SPACES)
    if found := _CHANGE.fullmatch(plain):
        return _change(found, kpi=kpi)
    if found := _LEVEL.fullmatch(plain):
        value = _value(found["number"], found["unit"], kpi)
        band = Band(low=value) if found["sign"] in {">=", "≥", ">"} else Band(high=value)
        if kpi in BAND_ONLY:
            raise BadTarget("band_wanted")
        return band
    if found := _BAND.fullmatch(plain):
        low, high = (_value(found[end], found["unit"], kpi) for end in ("low", "high"))
        if low >= high:
            raise BadTarget("upside_down")
        return Band(low=low, high=high)
    raise BadTarget("unreadable")


def _change(found: re.Match[str], *, kpi: str) -> Change:
    unit = found["unit"]
    by = float(found["number"].replace(",", ".")) / 100 * (1 if found["sign"] == "+" else -1)
    if kpi in BAND_ONLY:
        raise BadTarget("band_wanted")
    if kpi in OF_POINTS:
        if unit in _POINTS:
            return Change(by=round(100 * by, 9), unit=ChangeUnit.POINTS)
        raise BadTarget("points_wanted")
    if unit in _RELATIVE:
        return Change(by=by, unit=ChangeUnit.RELATIVE)
    if unit in _POINTS:
        if _is_duration(kpi):
            raise BadTarget("points_of_time")
        return Change(by=by, unit=ChangeUnit.POINTS)
    raise BadTarget("unit_wanted" if unit in {"%", ""} else "unreadable")


def _is_duration(kpi: str) -> bool:
    return kpi in {"speed_of_answer", "handle_time", "time_to_callback"}


def _value(number: str, unit: str, kpi: str) -> float:
    timed = _is_duration(kpi)
    told = float(number.replace(",", ".").replace("−", "-"))
    if kpi in OF_POINTS:
        if unit not in {"", *_POINTS} or not _LOWEST <= told <= _HIGHEST:
            raise BadTarget("points_wanted")
        return told
    if timed == (unit in {"%", ""}) or unit in _POINTS or told < 0:
        raise BadTarget("unit")
    # Divided, so that 95 % is the share 95 of 100 itself and no hair above it.
    value = told / 100 if unit == "%" else told * _UNITS[unit]
    if not timed and value > 1:
        raise BadTarget("unit")
    return value


def aimed(target: Band | Change, *, baseline: float | None, better_up: bool | None) -> Band | None:
    """The band that a target comes to: a change is counted from ``baseline``; None while nobody knows that.

    Points are added, a relative change multiplies. A share never goes beyond 100 %.
    """
    if isinstance(target, Band):
        return target
    if baseline is None:
        return None
    level = baseline + target.by if target.unit is ChangeUnit.POINTS else baseline * (1 + target.by)
    return Band(low=level) if (better_up if better_up is not None else target.by > 0) else Band(high=level)


class Verdict(StrEnum):
    """Whether a target is met: only what the interval allows to say is said."""

    MET = "met"
    OFF = "off"
    UNSURE = "unsure"
    NOT_ENOUGH = "not_enough"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A measure against its band. ``distance`` is how far outside its value lies (0 inside), in its own unit."""

    verdict: Verdict
    value: float | None
    low: float | None
    high: float | None
    n: int
    distance: float


def standing(measure: Measure, band: Band | None) -> Standing:
    """Off only when the whole 95 % interval lies outside the band, met when its value lies inside; else unsure.

    A duration has no interval here: its mean decides, on at least as many calls as any mean is shown for.
    """
    if band is None or measure.value is None:
        return Standing(
            verdict=Verdict.NOT_ENOUGH,
            value=measure.value,
            low=measure.low,
            high=measure.high,
            n=measure.n,
            distance=0.0,
        )
    low = measure.value if measure.low is None else measure.low
    high = measure.value if measure.high is None else measure.high
    above = band.high is not None and low > band.high
    below = band.low is not None and high < band.low
    outside = Verdict.OFF if above or below else Verdict.UNSURE
    verdict = Verdict.MET if band.holds(measure.value) else outside
    return Standing(
        verdict=verdict,
        value=measure.value,
        low=measure.low,
        high=measure.high,
        n=measure.n,
        distance=_distance(measure.value, band),
    )


def _distance(value: float, band: Band) -> float:
    if band.low is not None and value < band.low:
        return band.low - value
    if band.high is not None and value > band.high:
        return value - band.high
    return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What changed from the deviation to the time after the action: after − before, with its 95 % interval.

    ``says`` is better, worse or not_yet; ``low`` and ``high`` are None for durations and for too few calls.
    """

    before: float | None
    after: float | None
    change: float | None
    low: float | None
    high: float | None
    says: str


def effect(before: Measure, after: Measure, *, better_up: bool | None) -> Effect:
    """The effect of an action on a share: the difference of the two rates with Newcombe's interval.

    Whatever was chosen because it was bad tends to come back by itself: this is no proof of the action, and only a
    comparison with somebody left alone is. With too few of either, or a duration, or no direction, nothing is said.
    """
    if before.value is None or after.value is None:
        return Effect(before=before.value, after=after.value, change=None, low=None, high=None, says="not_yet")
    change = after.value - before.value
    ends = None
    if before.unit is Unit.SHARE:
        ends = _newcombe(before, after)
    elif before.unit is Unit.POINTS:
        ends = _apart(before, after)
    if ends is None or better_up is None:
        return Effect(before=before.value, after=after.value, change=change, low=None, high=None, says="not_yet")
    low, high = ends
    says = "not_yet" if low <= 0 <= high else "better" if (low > 0) == better_up else "worse"
    return Effect(before=before.value, after=after.value, change=change, low=low, high=high, says=says)


def _newcombe(before: Measure, after: Measure) -> tuple[float, float] | None:
    """Newcombe's hybrid score interval of the difference of two rates (1998, method 10)."""
    rates = [
        Rate(each.numerator, each.denominator)
        for each in (before, after)
        if each.numerator is not None and each.denominator
    ]
    if len(rates) < 2 or any(rate.numerator > rate.denominator for rate in rates):
        return None
    first, second = ((rate.value or 0.0, *(wilson(rate) or (0.0, 1.0))) for rate in rates)
    return _between(first, second)


def _apart(before: Measure, after: Measure) -> tuple[float, float] | None:
    """The same from the ends of two intervals that are told."""
    told = [
        (each.value, each.low, each.high)
        for each in (before, after)
        if each.value is not None and each.low is not None and each.high is not None
    ]
    return None if len(told) < 2 else _between(told[0], told[1])


def _between(before: tuple[float, float, float], after: tuple[float, float, float]) -> tuple[float, float]:
    (p1, l1, u1), (p2, l2, u2) = before, after
    change = p2 - p1
    return change - math.hypot(p2 - l2, u1 - p1), change + math.hypot(u2 - p2, p1 - l1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionTemplate:
    """A row of the action tables that circulate: for which KPI, what it is said to bring, and after how many days.

    ``target`` is what it would be here; empty where the table does not say what it means. ``missions`` cite the row.
    """

    key: str
    kpi: str
    target: str
    printed: str
    days: int
    mission: str


#: The action tables of seed 002, and ours where it has none. Their figures are no promise: they have no source.
ACTIONS: tuple[ActionTemplate, ...] = (
    ActionTemplate(key="simple_requests", kpi="satisfaction", target=">= 85 %", printed="CSAT > 85 %", days=90,
                   mission="M166"),
    ActionTemplate(key="follow_ups", kpi="occupancy", target="75-85 %", printed="−20 %", days=30, mission="M169"),
    ActionTemplate(key="script", kpi="satisfaction", target="+8 pts", printed="+8 points", days=42, mission="M170"),
    ActionTemplate(key="empathy", kpi="nps", target=">= 30", printed="NPS > 70", days=90, mission="M165"),
    ActionTemplate(key="routing", kpi="first_call_resolution", target="", printed="+10 %", days=21, mission="M171"),
    ActionTemplate(key="sentiment", kpi="satisfaction", target="+10 pts", printed="+10 points", days=365,
                   mission="M167"),
    ActionTemplate(key="overflow", kpi="answer_rate", target=">= 90 %", printed="", days=30, mission="M162"),
    ActionTemplate(key="callbacks", kpi="time_to_callback", target="<= 15 min", printed="", days=14, mission="M163"),
)  # fmt: skip
