"""What the API gives and takes of recovery: explanations, texts, settings, words, refusals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from decroche.api.schemas import Given, Id, Moment, Name
from decroche.api.work_schemas import Who
from decroche.recover.workflows.replying import LONGEST


class GroundsOut(BaseModel):
    """The rule that gives a reason."""

    rule: str
    verdict: str = Field(description="allow, delay, refuse.")
    basis: str = Field(description="law, charter, product, practice.")
    source: str
    source_date: str | None
    grade: str = Field(description="How well the rule is known: A official text … D not verified, I a default of ours.")


class WhyOut(BaseModel):
    """A reason."""

    code: str = Field(description="A word that stays the same.")
    said: str = Field(description="The reason in a sentence.")
    grounds: GroundsOut | None


class StepOut(BaseModel):
    """What became of a step of the playbook."""

    step: str
    act: str | None = Field(description="Null where the playbook has no such step any more.")
    at: datetime
    outcome: str = Field(description="done, skipped, refused.")
    why: list[WhyOut]
    subject: str | None = Field(description="The text or the callback that it made.")


class EpisodeOut(BaseModel):
    """One run of a playbook, from a miss to the end of its need."""

    number: int
    playbook: str
    arm: str = Field(description="act; or holdout: left alone, to measure what recovery brings.")
    opened_at: datetime = Field(description="When the call was missed.")
    begun_at: datetime = Field(description="When the miss was learned of.")
    due_at: datetime | None = Field(description="When it is looked at next.")
    ended_at: datetime | None
    ended_because: str | None
    ended_said: str | None
    ended_why: list[WhyOut]
    steps: list[StepOut]
    waits: list[WhyOut] = Field(description="What it waits for.")


class TextTold(BaseModel):
    """A text of the journey, and how far it came."""

    id: str
    at: datetime
    inbound: bool
    purpose: str
    author: str | None = Field(description="Who of the business wrote it; null: the playbook did.")
    body: str
    state: str
    said: str
    why: str | None = Field(description="Why it did not arrive, or was taken back.")


class WorkTold(BaseModel):
    """What people were given to do."""

    id: str
    kind: str
    said: str
    state: str
    state_said: str
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None


class RulingOut(BaseModel):
    """What the rules said of something that was about to leave."""

    at: datetime
    means: str
    purpose: str
    verdict: str
    until: str | None = Field(description="Of a delay: the first lawful moment.")
    why: list[WhyOut] = Field(description="What stood in the way.")


class ExplanationOut(BaseModel):
    """Why something was done for a caller whom nobody answered, or was not."""

    journey: str
    state: str
    recovered_by: str | None
    never: list[WhyOut] = Field(description="Why no playbook began; empty when one did.")
    episodes: list[EpisodeOut]
    texts: list[TextTold]
    work: list[WorkTold]
    rulings: list[RulingOut]


class TextIn(Given):
    """An answer that a person of the business writes to a caller who wrote."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"journey": "0f", "who": "zoe", "body": "Bonjour, jeudi 9 h convient.", "request": "crm-17"}]
        }
    )

    journey: Id
    who: Who
    body: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*\S[^\x00]*$")]
    request: Name | None = Field(default=None, description="The same again sends nothing more.")


class AppointmentIn(Given):
    """An appointment that another program made with the caller."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ref": "crm-4711", "at": "2026-03-04T13:00:00Z"}]})

    ref: Annotated[Name, Field(description="Its id at the program's: the same again changes nothing.")]
    at: Moment | None = Field(default=None, description="When it was made; now when left out.")
