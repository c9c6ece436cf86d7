"""What the API says of trials of openers and scripts: what they need, how each arm stands, and the verdict."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from decroche.api.proof_schemas import DifferenceOut
from decroche.api.schemas import Given
from decroche.ledger.opener_trials import Success
from decroche.prove.experiments import Verdict

Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f/]+$")]
Number = Annotated[str, Field(min_length=3, max_length=40, examples=["+33639980001"])]


class NeedsOut(BaseModel):
    """What a trial needs, told before it starts: people in each arm."""

    base: float
    changed: float
    arms: int
    per_arm: int = Field(description="For one look that was fixed beforehand.")
    per_arm_at_will: int = Field(description="For looking every day and stopping at will.")
    weeks: int | None = Field(description="Until all arms have come, at the pace that was told.")


class ArmIn(Given):
    """One of the ways to open a call."""

    name: Name
    words: Annotated[str, Field(max_length=2000)] = ""


class TrialIn(Given):
    """A trial. The first arm is what is used today."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Opener, March",
                    "arms": [
                        {"name": "today", "words": "Good morning"},
                        {"name": "question", "words": "Have you a minute?"},
                    ],
                    "base": 0.03,
                    "changed": 0.04,
                }
            ]
        }
    )

    name: Name
    arms: Annotated[list[ArmIn], Field(min_length=2, max_length=6)]
    base: Share = Field(description="The share of people called of which it works today.")
    changed: Share = Field(description="The share that would be worth knowing.")
    window_days: Annotated[int, Field(ge=1, le=180)] = Field(default=7, description="Until a person counts.")
    success: Annotated[Success, Field(strict=False)] = Field(
        default=Success.TOLD, description="opportunity, sale: one of the person within the window, from the CRM."
    )


class TrialArmOut(BaseModel):
    """An arm: those whose days are over, and those whose are not."""

    name: str
    words: str
    people: int
    hits: int
    rate: float | None
    low: float | None = Field(description="Of this arm alone, 95 %.")
    high: float | None
    waiting: int
    difference: DifferenceOut | None = Field(description="To the first arm, at every look; null for that one.")
    verdict: Verdict | None


class FirstVerdictOut(BaseModel):
    """The first thing that could be said, which is kept."""

    arm: str
    verdict: Verdict
    at: datetime
    n: int
    difference: DifferenceOut


class TrialOut(BaseModel):
    """A trial, looked at once a day since it began."""

    id: str
    name: str
    began_at: datetime
    ended_at: datetime | None
    success: Success
    window_days: int
    looked_at: datetime
    needs: NeedsOut
    drawn: int
    places: int = Field(description="Over how many sites the differences are pooled.")
    arms: list[TrialArmOut]
    verdict: Verdict
    first: FirstVerdictOut | None
    weeks: int | None = Field(description="About how long until a verdict.")
    says: str


class DrawIn(Given):
    """Whom one is about to call, and from which site."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "+33639980001", "site": "Lyon"}]})

    number: Number
    site: Annotated[str, Field(max_length=200)] = ""


class DrawOut(BaseModel):
    """What chance gave them, for good."""

    arm: str
    words: str


class HitIn(Given):
    """With whom the call led to what was hoped for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"number": "+33639980001"}]})

    number: Number
