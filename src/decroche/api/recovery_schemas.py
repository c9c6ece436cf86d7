"""What the API gives and takes of recovery: explanations, texts, settings, words, refusals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from decroche.api.schemas import Given, Id, Moment, Name, Number, OptionalName
from decroche.api.work_schemas import Who
from decroche.recover.workflows.replying import LONGEST
from decroche.rules.outreach import Scope, Sector


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


class MarkIn(Given):
    """Who says that a journey is an emergency."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe"}]})

    who: Who


class AppointmentIn(Given):
    """An appointment that another program made with the caller."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ref": "crm-4711", "at": "2026-03-04T13:00:00Z"}]})

    ref: Annotated[Name, Field(description="Its id at the program's: the same again changes nothing.")]
    at: Moment | None = Field(default=None, description="When it was made; now when left out.")


_Amount = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]
_Toml = Annotated[str, StringConstraints(min_length=1, max_length=60_000, pattern=r"^[^\x00]*$")]
_Spoken = Literal["fr", "fr-CA", "en"]


class WayIn(Given):
    """A way by which texts go out."""

    endpoint: Name = Field(description="The id of a phone system that is connected.")
    sender: Name = Field(description="What callers see.")


class SlotsIn(Given):
    """The times that callers may choose, and how many promises each takes."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"minutes": 30, "capacity": 2}]})

    minutes: int | None = Field(default=None, description="How long one lasts.")
    capacity: int | None = Field(default=None, description="How many callers may choose the same one.")
    lead_minutes: int | None = Field(default=None, description="The first begins so long after now.")
    horizon_days: int | None = Field(default=None, description="The last lies so many days ahead.")
    tolerance_minutes: int | None = Field(default=None, description="A call so late still keeps the promise.")


class MemberIn(Given):
    """Somebody of the business who is told. How they are reached is tried in this order."""

    name: Name
    roles: list[Name] = Field(default=[], max_length=20)
    teams: list[Name] = Field(default=[], max_length=20)
    email: Name | None = None
    text: Name | None = Field(default=None, description="A number, with its plus sign.")
    push: bool | None = Field(default=None, description="On the browsers where they asked for it.")
    webhook: Name | None = None


class ShiftIn(Given):
    """When somebody is on call."""

    member: Name
    week: Name = Field(description="As opening hours are written.")


class RungIn(Given):
    """Whom to tell when so much time has passed and nobody acts."""

    after_minutes: Annotated[int, Field(ge=0, le=10_000)]
    to: Name = Field(description="role:owner, team:service or person:zoe.")


class TeamIn(Given):
    """Who is told of what."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"members": [{"name": "zoe", "roles": ["owner"], "email": "z@garage.example"}]}]
        }
    )

    members: list[MemberIn] = Field(default=[], max_length=200)
    on_call: list[ShiftIn] = Field(default=[], max_length=200)
    ladder: list[RungIn] = Field(default=[], max_length=20)


class RecoveryIn(Given):
    """How recovery is to be; what is left out stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"business": "Garage Martin", "phone": "01 99 00 00 01", "daily_cap": 20.0}]}
    )

    active: bool = Field(default=False, description="Whether anything is sent.")
    business: OptionalName = Field(default="", description="The name with which messages begin.")
    phone: OptionalName = Field(default="", description="The number that they tell.")
    playbook: OptionalName = Field(default="garage", description="The shipped one that holds where there is no other.")
    ways: list[WayIn] = Field(default=[], max_length=10, description="Tried in their order.")
    currency: Literal["EUR", "CAD", "CHF", "USD", "GBP"] = "EUR"
    price_per_segment: _Amount = Field(default=0.08, description="Where the provider does not tell.")
    daily_cap: _Amount | None = Field(default=None, description="The most that the texts of a day may cost.")
    value: _Amount | None = Field(default=None, description="What a caller who is won brings.")
    holdout: Annotated[float, Field(ge=0, le=0.5, description="Share of callers left alone, to measure.")] = 0.0
    links: OptionalName = Field(default="", description="The public address before /r/….")
    sector: Annotated[Sector, Field(strict=False, description="Sectors that the law treats apart.")] = Sector.ORDINARY
    emergency_words: list[Name] = Field(
        default=[],
        max_length=100,
        description="What callers write in an emergency; until you say, what is usual in the trade.",
    )
    emergency_places: list[Name] = Field(
        default=[], max_length=100, description="Departments, queues or lines for emergencies."
    )
    slots: SlotsIn | None = None
    team: TeamIn | None = Field(default=None, description="In place of the one before.")


class ObstacleOut(BaseModel):
    """Something that stands against it, or is said of it."""

    word: str = Field(description="A word that stays the same.")
    about: str
    said: str


class RecoveryOut(BaseModel):
    """How recovery is set up."""

    active: bool
    business: str
    phone: str
    playbook: str
    ways: list[WayIn]
    currency: str
    price_per_segment: float
    daily_cap: float | None
    value: float | None
    holdout: float
    links: str
    sector: str
    emergency_words: list[str]
    emergency_places: list[str]
    slots: SlotsIn
    team: TeamIn = Field(description="Without the ways to reach its members, unless numbers may be seen.")
    obstacles: list[ObstacleOut] = Field(description="What stands against switching it on.")


class PlaybookIn(Given):
    """A playbook of your own, as TOML."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"body": 'name = "mine"\n…', "site": "", "department": "atelier"}]}
    )

    body: _Toml
    site: OptionalName = ""
    department: OptionalName = ""


class PlaybookOut(BaseModel):
    """A playbook, as TOML."""

    name: str
    own: bool = Field(description="False: it comes with the program.")
    site: str
    department: str
    body: str


class WordsIn(Given):
    """Words of your own, as TOML."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"language": "fr", "body": '[[text]]\nname = "missed"\nbody = "…"'}]}
    )

    language: _Spoken
    body: _Toml


class WordsOut(BaseModel):
    """Words of your own, as TOML."""

    language: str
    body: str


class PreviewOut(BaseModel):
    """A text as callers get it."""

    language: str
    hour_classes: list[str] = Field(description="For calls of these; for all when empty.")
    text: str | None = Field(description="Null when values are missing.")
    missing: list[str]
    segments: int | None
    encoding: str | None = Field(description="gsm_7, or the dearer ucs_2.")
    price: float | None
    currency: str
    findings: list[ObstacleOut] = Field(description="`about`: refused, warning, note.")


class OptOutIn(Given):
    """Who refuses what."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "+33611111111", "scope": "all", "who": "zoe"}]}
    )

    number: Number
    scope: Annotated[Scope, Field(strict=False)] = Scope.EVERYTHING
    who: Who


class OptOutOut(BaseModel):
    """A refusal. The number is not kept."""

    fingerprint: str
    scope: str = Field(description="all, text, call, email, promotion.")
    source: str = Field(description="keyword, refusal, provider, person, import.")
    at: datetime
    pending: bool = Field(description="A person has to decide what the words meant; it holds meanwhile.")
