"""What the API says of surveys: what is asked, whom it asked, what they said, and what that comes to."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from decroche.api.kpi_schemas import MeasureOut
from decroche.api.schemas import Given
from decroche.model.survey import Mood, Occasion, Question
from decroche.recover.survey import BOUNDS, MOST_QUESTIONS

_LOW, _HIGH = ({name: ends[place] for name, ends in BOUNDS.items()} for place in (0, 1))


class SurveyWishesIn(Given):
    """What is asked at a site, or (empty) at all that have no wishes of their own."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"site": "", "active": True, "questions": ["satisfaction", "solved"], "share": 0.2}]
        }
    )

    site: Annotated[str, Field(max_length=200)] = ""
    active: bool
    questions: list[Annotated[Question, Field(strict=False)]] = Field(min_length=1, max_length=MOST_QUESTIONS)
    after: list[Annotated[Occasion, Field(strict=False)]] = Field(
        default_factory=lambda: [Occasion.CALL], min_length=1, max_length=len(Occasion)
    )
    share: float = Field(
        default=0.2, description="Of the contacts, chosen by chance.", ge=_LOW["share"], le=_HIGH["share"]
    )
    delay_minutes: int = Field(
        default=30, description="After the end of a contact.", ge=_LOW["delay_minutes"], le=_HIGH["delay_minutes"]
    )
    apart_days: int = Field(
        default=90, description="A person is asked once in so many.", ge=_LOW["apart_days"], le=_HIGH["apart_days"]
    )
    least_talk_s: int = Field(
        default=20, description="Of shorter calls nobody is asked.", ge=_LOW["least_talk_s"], le=_HIGH["least_talk_s"]
    )


class SurveyWishesOut(BaseModel):
    """What is asked at a site; the empty name is all others."""

    site: str
    active: bool
    questions: list[Question]
    after: list[Occasion]
    share: float
    delay_minutes: int
    apart_days: int
    least_talk_s: int


class SurveyOut(BaseModel):
    """Somebody who was asked about a call or a conversation by text; ``answers`` are on the scale of each question."""

    id: str
    person: str | None = Field(description="E.164, masked unless the token has the right `numbers`; null: erased.")
    after: Occasion
    site: str
    department: str
    queue: str
    questions: list[Question]
    asked_at: datetime
    answered_at: datetime | None
    answers: dict[Question, int]
    mood: Mood | None
    callback: str | None = Field(description="What somebody was given to do about a bad answer.")


class SurveyGroupOut(BaseModel):
    """The figures of one site, department, queue or occasion; empty: of those that have none."""

    name: str
    measures: list[MeasureOut]


class ResolutionOut(BaseModel):
    """First-call resolution that the calls show, by how many days the person stayed away."""

    days: int
    gross: MeasureOut
    net: MeasureOut


class SurveyResultsOut(BaseModel):
    """What was said by who was asked in the local days ``[since, until)``. ``not_asked``: chosen contacts, by why."""

    since: date
    until: date
    measures: list[MeasureOut]
    before: list[MeasureOut] = Field(description="Of the period of the same length before.")
    groups: list[SurveyGroupOut] | None
    resolution: list[ResolutionOut] = Field(description="Beside what people said: `survey_solved`.")
    not_asked: dict[str, int]
