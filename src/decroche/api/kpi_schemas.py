"""What the API says of figures: each with its parts, its interval, of how many it is, and the calls behind it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from pydantic import BaseModel, Field

from decroche.model.board import Dimension, Measure, Missing, Opens, Step, Unit


class OpensOut(BaseModel):
    """The list behind a number: the parameters are those of ``/api/v1/calls`` or ``/api/v1/journeys``."""

    page: str
    fields: Mapping[str, str]


class MeasureOut(BaseModel):
    """One figure; ``missing`` says why it has no value."""

    key: str
    unit: Unit
    value: float | None
    numerator: int | None = Field(description="Of shares; of occupancy and utilisation in minutes.")
    denominator: int | None
    n: int = Field(description="Of how many it is.")
    least: int = Field(description="Of fewer it is not shown.")
    low: float | None = Field(description="The lower end of a 95 % interval.")
    high: float | None
    median: float | None
    p90: float | None
    missing: Missing | None
    coded: int | None = Field(description="Of how many somebody noted what the figure needs to know.")
    opens: OpensOut | None = Field(description="The calls or journeys counted.")
    of: OpensOut | None = Field(description="Those among which they are counted.")


class GroupOut(BaseModel):
    """The figures of one site, department, queue, line, agent or class of hours; empty: of calls that have none."""

    name: str
    measures: list[MeasureOut]
    before: list[MeasureOut]


class PointOut(BaseModel):
    """One figure of a stretch of time."""

    start: datetime = Field(description="Its local beginning, without a zone.")
    measure: MeasureOut
    before: MeasureOut | None
    holiday: str | None


class KpisOut(BaseModel):
    """The figures of the local days ``[since, until)``, and of the period before that has the same weekdays."""

    since: date
    until: date
    before_since: date
    before_until: date
    zone: str
    scope: Mapping[str, str]
    answer_within_s: float
    short_abandon_s: float
    holidays: Mapping[date, str]
    measures: list[MeasureOut]
    before: list[MeasureOut]
    by: Dimension | None = None
    groups: list[GroupOut] | None = None
    groups_missing: Missing | None = Field(default=None, description="Why there is no group.")
    agents: int | None = Field(default=None, description="How many agents one pooled group holds.")
    key: str | None = None
    step: Step | None = None
    points: list[PointOut] | None = None


class CauseOut(BaseModel):
    """A first sign of one of the seven causes; a missed call may show several."""

    cause: str
    missed: int | None
    evidence: Mapping[str, float | int | str]
    examples: list[str] = Field(description="Ids of calls.")
    opens: OpensOut | None


class AmountOut(BaseModel):
    """An uncertain amount: its mean, and the ends of its 80 % interval."""

    mean: float
    low: float
    high: float
    currency: str


class PlaceOut(BaseModel):
    """One site, department or line."""

    name: str
    offered: int
    missed: int
    missed_rate: MeasureOut
    expired: int
    open: int
    value: AmountOut | None
    opens: OpensOut | None


class KindOfDayOut(BaseModel):
    """Ordinary days, holidays, or the days after them."""

    kind: str
    days: int
    offered: int
    missed: int
    missed_rate: MeasureOut


class CausesOut(BaseModel):
    """Why calls of the local days ``[since, until)`` were missed."""

    since: date
    until: date
    zone: str
    scope: Mapping[str, str]
    offered: int
    missed: int
    causes: list[CauseOut]
    week_offered: list[list[int]] = Field(description="By weekday (Monday first) and local hour.")
    week_missed: list[list[int]]
    places: Mapping[Dimension, list[PlaceOut]]
    kinds_of_day: list[KindOfDayOut]


def measure_out(found: Measure) -> MeasureOut:
    """A measure as programs get it."""
    values = {name: getattr(found, name) for name in MeasureOut.model_fields if name not in {"opens", "of"}}
    return MeasureOut(**values, opens=opens_out(found.opens), of=opens_out(found.of))


def opens_out(found: Opens | None) -> OpensOut | None:
    """What a number opens."""
    if found is None:
        return None
    days = {"since": "first_day", "until": "last_day"}
    return OpensOut(page=found.page, fields={days.get(name, name): value for name, value in found.fields.items()})
