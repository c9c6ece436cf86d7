"""What the API gives and takes. Times are ISO 8601 in UTC, durations seconds, numbers E.164 or masked."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

_Item = TypeVar("_Item")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+\- ]\d\d:\d\d)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)

#: What a change may be. A ``merged`` subject is part of another now.
Kind = Literal[
    "call.updated",
    "call.missed",
    "call.merged",
    "journey.opened",
    "journey.reopened",
    "journey.closed",
    "journey.withdrawn",
    "journey.marked",
    "journey.merged",
    "text.received",
    "text.written",
    "text.settled",
    "booking.made",
    "booking.cancelled",
]
KINDS: tuple[str, ...] = get_args(Kind)


def _moment(told: object) -> object:
    if isinstance(told, datetime):
        return told
    if not isinstance(told, str) or not _MOMENT.fullmatch(told):
        raise ValueError("not a time with its zone, such as 2026-03-04T13:00:00Z")
    # Where an address is put together carelessly, a plus arrives as a space.
    text = re.sub(r" (?=\d\d:\d\d$)", "+", told.upper())
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("there is no such time") from None


def _day(told: object) -> object:
    if isinstance(told, str) and not _DAY.fullmatch(told):
        raise ValueError("not a day, such as 2026-07-14")
    if not isinstance(told, (str, date)):
        raise ValueError("not a day, such as 2026-07-14")
    return told


#: A moment as it is asked for.
Moment = Annotated[datetime, BeforeValidator(_moment)]
Day = Annotated[date, Field(strict=False, examples=["2026-07-14"]), BeforeValidator(_day)]
#: No control characters: PostgreSQL refuses the null character, and no name has one.
Name = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", strip_whitespace=False)
]
OptionalName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]
Number = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$"), Field(examples=["+33472000001"])]
Zone = Annotated[str, StringConstraints(max_length=64), Field(examples=["Europe/Paris"])]
Id = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{1,64}$")]
Seconds = Annotated[float, Field(ge=0, le=3600, allow_inf_nan=False)]


class Given(BaseModel):
    """What a program sends: an unknown field is an error, not a silence; a number in quotes is no number."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _examples(*shown: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(shown)})


def _change(example: dict[str, Any]) -> ConfigDict:
    """What is left out stays, so nothing has a default, whatever the class must say to be one."""

    def described(schema: dict[str, Any]) -> None:
        schema["examples"] = [example]
        for described in schema["properties"].values():
            described.pop("default", None)

    return ConfigDict(json_schema_extra=described)


class Page(BaseModel, Generic[_Item]):
    """Some items, and the cursor of the next page; null when there is none."""

    items: list[_Item]
    next: str | None = Field(default=None, description="Hand it back as `cursor`.")


class AccountOut(BaseModel):
    """The business."""

    id: str
    name: str
    country: str = Field(description="ISO 3166, with its subdivision where holidays differ: FR, FR-57, CA-QC.")
    zone: str = Field(description="Time zone of the places that have none of their own.")
    language: str
    short_abandon_s: float = Field(description="An abandoned call shorter than this is a short abandon.")
    answer_within_s: float = Field(description="The threshold of the service level.")


class AccountChange(Given):
    """What changes; what is left out stays."""

    model_config = _change({"zone": "America/Toronto", "answer_within_s": 30})

    name: Name = ""
    zone: Zone = ""
    language: Literal["fr", "fr-CA", "en"] = "fr"
    short_abandon_s: Seconds = 0
    answer_within_s: Seconds = 0


class SiteIn(Given):
    """A place of the business."""

    model_config = _examples({"name": "Bron", "zone": None})

    name: Name
    zone: Zone | None = Field(default=None, description="Null: that of the business.")


class SiteChange(Given):
    """What changes; what is left out stays. Lines, hours and phone systems follow the name."""

    model_config = _change({"name": "Lyon Est"})

    name: Name = ""
    zone: Zone | None = None


class SiteOut(BaseModel):
    """A place of the business."""

    id: str
    name: str
    zone: str | None


class LineIn(Given):
    """One of the business's numbers, in international form."""

    model_config = _examples({"name": "Atelier", "number": "+33472000001", "site": "", "department": "service"})

    name: Name
    number: Number | None = None
    site: OptionalName = Field(default="", description="Name of a site, or empty.")
    department: OptionalName = ""


class LineChange(Given):
    """What changes; what is left out stays."""

    model_config = _change({"department": "ventes"})

    name: Name = ""
    number: Number | None = None
    site: OptionalName = ""
    department: OptionalName = ""


class LineOut(BaseModel):
    """One of the business's numbers."""

    id: str
    name: str
    number: str | None
    site: str
    department: str


class HoursIn(Given):
    """The opening hours of a place; empty site and department: of all."""

    model_config = _examples({"site": "", "department": "", "week": "mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00"})

    site: OptionalName = ""
    department: OptionalName = ""
    week: Annotated[str, StringConstraints(max_length=500, pattern=r"^[^\x00]*$")] = Field(
        description="Days in English or French; a day left out is closed."
    )


class ClosedDay(Given):
    """An added holiday with its ``name``; without one, a public holiday on which the business works."""

    model_config = _examples({"day": "2026-07-13", "name": "pont du 14 juillet"})

    day: Day
    name: Name | None = None


class HoursOut(BaseModel):
    """Every week that is set, and the days that differ from the country's holidays."""

    weeks: list[HoursIn]
    days: list[ClosedDay]


class QueueOut(BaseModel):
    """A queue that calls have named."""

    name: str


class AgentOut(BaseModel):
    """An agent."""

    name: str
    presence: str | None = Field(description="Null where the platform does not tell it: not available.")
    since: datetime | None
    reason: str | None


class EndpointOut(BaseModel):
    """A phone system that is listened to."""

    id: str
    connector: str
    name: str
    site: str
    created_at: datetime
    heard_at: datetime | None = Field(description="When it last said something.")
    problem: str | None = Field(description="What is wrong; null when all is well.")


class LegOut(BaseModel):
    """A part of a call: usually one telephone that rang."""

    started_at: datetime
    ended_at: datetime | None
    agent: str | None
    answered: bool
    rang: bool
    queued: bool
    reason: str | None
    raw_reason: str | None
    ring_s: float | None
    talk_s: float | None


class CallOut(BaseModel):
    """A call with its verdict."""

    id: str
    revision: int = Field(description="Increases with every change of any call.")
    progress: str = Field(description="arriving, waiting, ringing, talking, ended…")
    direction: str
    disposition: str | None = Field(description="answered, missed…; null while it goes on.")
    reason: str | None = Field(description="Why it was missed.")
    raw_reason: str | None = Field(description="The platform's own word.")
    hour_class: str | None = Field(description="Null without opening hours.")
    started_at: datetime
    answered_at: datetime | None = Field(description="When a person answered.")
    ended_at: datetime | None
    caller: str | None
    called: str | None
    caller_kind: str
    line: str | None
    queue: str | None
    department: str
    site: str
    agent: str | None
    answered: bool = Field(description="By a person.")
    queued: bool
    voicemail: bool
    after_hours: bool
    wait_s: float | None
    ring_s: float | None
    talk_s: float | None
    hold_s: float | None
    wrap_s: float | None
    total_s: float | None
    legs: list[LegOut]
    sources: list[str] = Field(description="Who spoke of it: live, history, log, file, clock.")


class JourneyOut(BaseModel):
    """What became of a person who was missed."""

    id: str
    revision: int
    site: str
    person: str = Field(description="The number of the person.")
    state: str = Field(description="open, recovered, expired, withdrawn.")
    opened_at: datetime
    last_missed_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    recovered_by: str | None = Field(description="our_call, their_call, reply, booking.")
    recovered_ref: str | None
    attempts: int = Field(description="How often the person was missed.")
    missed_calls: list[str]
    calls: list[str]


class TextOut(BaseModel):
    """A text, in or out."""

    id: str
    journey_id: str | None
    direction: str = Field(description="in, out.")
    channel: str = Field(description="sms, email.")
    person: str | None
    body: str
    purpose: str = Field(description="What it is for; of what came in, the keyword that was read in it.")
    author: str | None = Field(description="Who of the business wrote it; null: the playbook did.")
    state: str = Field(description="intended, unknown, handed, delivered, failed, given_up, cancelled; received.")
    failure: str | None
    segments: int | None
    price: float | None
    currency: str | None
    created_at: datetime
    handed_at: datetime | None
    settled_at: datetime | None


class BookingOut(BaseModel):
    """A time that was promised to a caller."""

    id: str
    journey_id: str
    person: str
    site: str
    department: str
    starts_at: datetime
    ends_at: datetime
    state: str = Field(description="booked, moved, cancelled, kept, broken.")
    made_at: datetime
    called_at: datetime | None = Field(description="When we called, in time or late.")


class Merged(BaseModel):
    """What had this id is part of another now."""

    id: str


class ChangeOut(BaseModel):
    """A change, with the call, the journey, the text or the booking as it is when this is sent."""

    id: int = Field(description="Increases; where to go on from.")
    kind: Kind
    at: datetime
    subject: CallOut | JourneyOut | TextOut | BookingOut | Merged


class WebhookIn(Given):
    """Where to send changes, from now on."""

    model_config = _examples({"url": "https://crm.example.com/decroche", "kinds": ["journey.opened"], "numbers": False})

    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00-\x20\x7f]+$")]
    kinds: Annotated[list[Kind], Field(max_length=20, description="Which changes; all when empty.")] = []
    numbers: bool = Field(default=False, description="Numbers in full: only with a token that may see them.")


class WebhookOut(BaseModel):
    """An outgoing webhook."""

    id: str
    url: str
    kinds: list[str]
    numbers: bool
    failures: int = Field(description="How often in a row the next change was refused.")
    problem: str | None
    gone: bool = Field(description="The receiver answered 410: nothing is sent any more.")


class WebhookMade(WebhookOut):
    """A new outgoing webhook."""

    secret: str = Field(description="It signs what is sent, and is shown this once.")
