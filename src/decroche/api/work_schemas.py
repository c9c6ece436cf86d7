"""What the API gives and takes of callbacks, bookings and voicemails."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from decroche.api.schemas import Given, Moment, Name, TextOut
from decroche.connector_kit.calls import First
from decroche.ledger.searching import In
from decroche.ledger.work_items import Kind
from decroche.ledger.work_outcomes import Outcome

Words = Annotated[str, StringConstraints(max_length=2000, pattern=r"^[^\x00]*$")]
Who = Annotated[Name, Field(description="Who of the business: any name that stays the same.", examples=["zoe"])]


class CallbackOut(BaseModel):
    """Something that a person of the business has to do, most often a call."""

    id: str
    kind: Kind
    state: str = Field(description="open, done, cancelled.")
    journey_id: str | None
    person: str | None = Field(description="The number to call.")
    site: str
    department: str
    opened_at: datetime
    due_at: datetime | None = Field(description="When it should be done.")
    promised_at: datetime | None = Field(description="The beginning of the time that was promised to the person.")
    requested_at: datetime | None = Field(description="When the person asked for the call; null: they did not.")
    snoozed_until: datetime | None
    assigned_to: str | None
    claimed_by: str | None = Field(description="Who has it now.")
    claimed_until: datetime | None
    attempts: int
    outcome: str | None
    closed_at: datetime | None
    closed_because: str | None


class PlaceOut(CallbackOut):
    """The same with its place on the list."""

    reasons: list[str] = Field(description="Why it stands where it stands.")
    callable_now: bool = Field(description="False before a promised time.")


class NoteOut(BaseModel):
    """What happened to it."""

    at: datetime
    who: str
    kind: str
    body: str


class VoicemailOut(BaseModel):
    """What the caller left on the voicemail, as far as the phone system tells."""

    recording: bool = Field(description="There is something to hear: `GET /voicemails/{id}/audio`.")
    text: str | None = Field(description="What they said, where the phone system writes it down.")


class CallbackWhole(CallbackOut):
    """The same with all that happened to it."""

    voicemail: VoicemailOut | None = Field(description="Null for what is no voicemail, and where nothing is told.")
    notes: list[NoteOut]


class WaitOut(BaseModel):
    """Something that waits for us in a conversation: a callback by its id."""

    id: str
    kind: Kind


class FoundOut(BaseModel):
    """What a search found."""

    inside: In
    at: datetime
    said: str
    ours: bool = Field(description="A text of ours.")


class ConversationOut(BaseModel):
    """What was written with one person."""

    id: str = Field(description="Of a journey, a text or a callback: any of them leads to the conversation.")
    person: str | None
    name: str | None = Field(description="Only with the right `numbers`.")
    last: TextOut | None = Field(description="What was written last; null: nothing was.")
    waits: list[WaitOut]
    found: FoundOut | None = Field(description="Null but in a search, and where a name or a number was found.")


class ConversationWhole(BaseModel):
    """All of it."""

    id: str
    person: str | None
    name: str | None = Field(description="Only with the right `numbers`.")
    waits: list[WaitOut]
    journey_id: str | None = Field(description="In which an answer goes out; null: there is none to answer in.")
    texts: list[TextOut]
    refusals: list[str] = Field(description="What the person refuses: text, call, email, promotion, all.")


class HappenedOut(BaseModel):
    """Something that happened in a journey."""

    at: datetime
    kind: str = Field(description="call, text, booking, or the kind of a note on a callback, such as claimed.")
    id: str = Field(description="Of the call, the text, the booking, or the callback of the note.")
    said: str = Field(description="What was written or noted, and by whom; of a call how it ended.")
    who: str = Field(description="Who of the business; empty: nobody, or Décroche itself.")


class ClaimIn(Given):
    """Who takes it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe"}]})

    who: Who


class CallIn(ClaimIn):
    """Who talks, and how the phone system knows them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe", "agent": "zoe@garage.example"}]})

    agent: Annotated[str, Field(max_length=200, description="Who talks, as the phone system names them.")] = ""
    line: Annotated[str, Field(max_length=30, description="The number that they see, with its plus sign.")] = ""
    first: Annotated[First, Field(description="Whose phone rings first.")] = First.AGENT


class NextIn(ClaimIn):
    """Who takes the next one, and of which."""

    site: Annotated[Words | None, Field(description="Only of this site.")] = None
    department: Annotated[Words | None, Field(description="Only of this department.")] = None


class AssignIn(ClaimIn):
    """To whom it is given."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe", "to": "luc"}]})

    to: Annotated[Name | None, Field(description="Their name, as they claim; null: nobody in particular.")] = None


class RefusalIn(ClaimIn):
    """Whether it was a refusal."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe", "refused": True}]})

    refused: bool


class SnoozeIn(ClaimIn):
    """Until when it sleeps."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe", "until": "2026-03-04T13:00:00Z"}]})

    until: Moment
    why: Words = ""


class OutcomeIn(ClaimIn):
    """What came of the attempt."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe", "outcome": "no_answer", "attempt": 0}]})

    outcome: Annotated[Outcome, Field(strict=False)]
    attempt: Annotated[
        int | None, Field(ge=0, le=1000, description="`attempts` as you saw it: the same touch twice counts once.")
    ] = None
    note: Words = ""


class NoteIn(ClaimIn):
    """A note, or that somebody listened to the voicemail."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"who": "zoe", "kind": "listened"}]})

    kind: Literal["note", "listened"] = "note"
    body: Words = ""


class RateOut(BaseModel):
    """A rate with what it is of."""

    numerator: int
    denominator: int
    rate: float | None = Field(description="Null where the denominator is 0.")
    definition: str


def schema_values(value: Any) -> dict[str, Any]:
    """The fields of a dataclass with slots, as a schema takes them."""
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
