"""What the API says of the sources of calls: what numbers stand for, what sources cost and bring, and doubts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from decroche.api.schemas import Day, Given, Moment, Name, Number, OptionalName
from decroche.prove.kpis.credits import Rule


class TrackingIn(Given):
    """A number of the business stands for a source, and a campaign of it, from a day to a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"number": "+33199000011", "source": "google_ads", "campaign": "Pneus", "begins": "2026-03-01"}
            ]
        }
    )

    number: Number
    source: Name = Field(description="A word such as google_ads, website, print, partner, organic; or your own.")
    campaign: OptionalName = ""
    begins: Day
    ends: Day | None = Field(default=None, description="The last day; null: until somebody ends it.")


class TrackingEnd(Given):
    """The last day of what a number stands for."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ends": "2026-06-30"}]})

    ends: Day


class TrackingOut(BaseModel):
    """What a number stands for, with its id."""

    id: str
    number: str = Field(description="A number of the business: no secret.")
    source: str
    campaign: str
    begins: date
    ends: date | None
    origin: str = Field(description="The file that it came from; empty: somebody typed it.")


class WonOut(BaseModel):
    """What a customer cost: cost / sales, with its 95 % interval; `high` is null where so few were won."""

    each: str | None
    low: str | None
    high: str | None


class PaidPartOut(BaseModel):
    """What was spent on calls that nobody answered: a part of the cost, beside the margin and never added to it."""

    wasted: str | None
    each: str | None = Field(description="cost / calls.")


class SourceOut(BaseModel):
    """A source, or a campaign of it. Opportunities and sales are whole and part ones, credited by the rule."""

    source: str = Field(description="Empty: nobody knows.")
    campaign: str = Field(description="Empty: the source as a whole.")
    calls: int
    answered: int
    missed: int
    low: float | None = Field(description="95 % interval of missed / calls.")
    high: float | None
    cost: str
    opportunities: float
    sales: float
    revenue: str
    margin: str = Field(description="Of the `margin_of` sales whose margin is known.")
    margin_of: float
    won: WonOut
    paid: PaidPartOut


class SourceGroupOut(SourceOut):
    """A source with its campaigns."""

    campaigns: list[SourceOut]


class PlatformOut(BaseModel):
    """What an advertising platform says of its calls: told, found among ours, and in doubt."""

    source: str
    campaign: str
    told: int
    found: int
    doubtful: int


class SourcesOut(BaseModel):
    """The sources of `[since, until)`, the most expensive first; amounts are in `currency`."""

    since: date
    until: date
    currency: str
    rule: Rule
    window_days: int
    sources: list[SourceGroupOut]
    platforms: list[PlatformOut]
    untied: str = Field(description="Advertising of which nobody told the source.")
    foreign_sales: int = Field(description="Sales in another currency, left out.")
    unknown_sales: int = Field(description="Sales without a person, an amount or a day, left out.")


class AdCallOut(BaseModel):
    """A call that a platform counted, and which of ours it is (`call`) or may be (`candidates`)."""

    id: str
    source: str
    campaign: str
    started_at: Moment
    duration_s: float | None
    received: bool | None = Field(description="By a person, a menu or a voicemail: the platform does not tell.")
    fit: Literal["matched", "doubtful", "none", "chosen", "not_ours"]
    call: str | None
    candidates: list[str]


class AdCallDecisionIn(Given):
    """Which of our calls it is; null: none of them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"call": "0f6c1e"}]})

    call: Annotated[str, Field(max_length=64)] | None
