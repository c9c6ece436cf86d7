"""What the API says of the proof of recovery: every figure with its definition, its numerator and its denominator."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from decroche.api.work_schemas import RateOut
from decroche.prove.experiments import Verdict
from decroche.prove.outcomes import Outcome
from decroche.recover.holdout_proposal import Decision


class OutcomeOut(BaseModel):
    """Journeys that came to one end."""

    outcome: Outcome
    n: int


class SpeedOut(BaseModel):
    """How fast something happened, in minutes on the wall and of open hours."""

    happened: RateOut = Field(description="Journeys in which it happened, of all of the period.")
    median_elapsed_min: float | None = Field(description="Of those in which it happened.")
    median_business_min: float | None
    half_within_elapsed_min: float | None = Field(description="Of all; null while it happened to less than half.")
    half_within_business_min: float | None
    definition: str


class ArmOut(BaseModel):
    """One of the two groups."""

    arm: str = Field(description="holdout: left alone; act: acted on.")
    drawn: int = Field(description="People in the log of draws.")
    callers: int = Field(description="Those who count and whose 7 days are over.")
    recovered: int
    rate: float | None
    by: dict[str, int] = Field(description="The recovered, by what met the need: our_call, their_call, reply, booking.")
    waiting: int = Field(description="Those who count and whose 7 days are not over.")


class DifferenceOut(BaseModel):
    """Treated minus control, with the ends of an interval that holds at every look; null while nothing may be said."""

    middle: float
    low: float | None
    high: float | None


class ReachedOut(BaseModel):
    """The first verdict, which is kept."""

    verdict: Verdict
    at: datetime
    n: int
    difference: DifferenceOut


class MoneyDifferenceOut(BaseModel):
    """What the remedy brings, per caller and in all."""

    currency: str
    n: int
    per_caller: DifferenceOut
    incremental: DifferenceOut
    verdict: Verdict
    reached: ReachedOut | None
    definition: str


class ExperimentOut(BaseModel):
    """A hold-out or two variants of a text, looked at once a day since the first draw."""

    name: str
    between: str = Field(description="holdout, or variants: `treated` is compared with `control`.")
    began_at: datetime
    looked_at: datetime
    share: float = Field(description="Which part of the callers is left alone, or gets the first variant.")
    control: ArmOut
    treated: ArmOut
    left_out: int = Field(description="Drawn and counted in no arm: learned too late, contradicted, or erased.")
    n: int = Field(description="Callers of both arms.")
    difference: DifferenceOut = Field(description="In shares: 0.1 is ten points.")
    incremental: DifferenceOut = Field(description="Recoveries that the treated owe to the remedy.")
    incremental_definition: str
    verdict: Verdict
    weeks: int | None = Field(description="About how long until a verdict.")
    reached: ReachedOut | None
    money: MoneyDifferenceOut | None = Field(description="Null where nobody told what a caller brings.")
    says: str
    definition: str


class CostOut(BaseModel):
    """An expected cost, and the ends of its 80 % interval."""

    mean: float
    low: float
    high: float


class ProposalOut(BaseModel):
    """Whether a hold-out would prove something here within 90 days, and what it would cost."""

    decision: Decision
    says: str
    share: float | None
    weeks: int | None
    callers: int | None = Field(description="How many both arms need.")
    held_out: int | None = Field(description="People who would get nothing.")
    recoveries: CostOut | None = Field(description="Recoveries that would be forgone.")
    money: CostOut | None
    currency: str | None
    callers_per_day: float = Field(description="Different people missed a day in the last 28 days.")
    base: RateOut


class ProofOut(BaseModel):
    """What recovery brought."""

    since: datetime
    until: datetime
    now: datetime
    site: str | None
    hours_told: bool = Field(description="False: no open hours are known, and every minute is one of business.")
    journeys: int
    outcomes: list[OutcomeOut]
    outcomes_definition: str
    recovered: RateOut
    to_attempt: SpeedOut
    to_contact: SpeedOut
    to_booking: SpeedOut
    promises_kept: RateOut
    voicemails_heard: RateOut
    experiments: list[ExperimentOut]
    proposal: ProposalOut | None = Field(description="Null while a hold-out is on.")
