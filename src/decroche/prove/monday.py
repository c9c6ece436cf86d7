"""What Monday's letter and the month's report say: three figures, one decision, and each target with its deviation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from decroche.model.board import Measure, Period
from decroche.prove.kpis.targets import Effect, Standing

#: The three figures: are callers answered, are missed ones won back, and how soon are they called.
FIGURES = ("answer_rate", "recovery_rate", "time_to_callback")
#: Those that Monday's letter tells of four weeks.
OVER_FOUR_WEEKS = frozenset({"recovery_rate", "time_to_callback"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The one thing to decide: ``word`` says which (deviation, peak, nothing), ``values`` fill its sentence."""

    word: str
    values: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class MondayFigures:
    """What Monday's letter says. ``before`` are the same measures of the week before, by their keys."""

    business: str
    made_at: datetime
    period: Period
    offered: int
    missed: int
    figures: tuple[Measure, ...]
    before: Mapping[str, Measure]
    decision: Decision
    fingerprint: str

    @property
    def name(self) -> str:
        """What tells this letter from that of another week: its Monday."""
        return self.period.end.isoformat()


@dataclass(frozen=True, slots=True, kw_only=True)
class Variance:
    """One target in the month's report: what was wanted, what was so, and what the action changed."""

    kpi: str
    site: str
    wanted: str
    measure: Measure
    before: Measure | None
    standing: Standing
    action: str
    days: int
    task: str
    effect: Effect | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthFigures:
    """The month's variances; ``measures`` are the three figures of Monday for the month, those before beside them."""

    business: str
    made_at: datetime
    period: Period
    offered: int
    missed: int
    figures: tuple[Measure, ...]
    before: Mapping[str, Measure]
    variances: tuple[Variance, ...]
    fingerprint: str

    @property
    def name(self) -> str:
        """The month: 2026-10."""
        return f"{self.period.start:%Y-%m}"
