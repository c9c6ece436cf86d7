"""What the API gives and takes. Times are ISO 8601 in UTC, durations seconds, numbers E.164 or masked."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

_Item = TypeVar("_Item")
#: No control characters: PostgreSQL refuses the null character, and no name has one.
Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
OptionalName = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class Given(BaseModel):
    """What a program sends: an unknown field is an error, not a silence."""

    model_config = ConfigDict(extra="forbid")


class Page(BaseModel, Generic[_Item]):
    """Some items, and the cursor of the next page; null when there is none."""

    items: list[_Item]
    next: str | None = Field(default=None, description="Hand it back as `cursor`.")


class AccountOut(BaseModel):
    """The business."""

    id: str
    name: str
    country: str
    zone: str
    language: str
    short_abandon_s: float
    answer_within_s: float


class SiteIn(Given):
    """A place of the business."""

    name: Name
    zone: Annotated[str, StringConstraints(max_length=64)] | None = None


class SiteOut(BaseModel):
    """A place of the business."""

    id: str
    name: str
    zone: str | None


class LineIn(Given):
    """One of the business's numbers, in international form."""

    name: Name
    number: Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")] | None = None
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
    """The opening hours of a place; empty site and department: of all. ``mon-fri 08:00-12:00 14:00-18:00``."""

    site: OptionalName = ""
    department: OptionalName = ""
    week: Annotated[str, StringConstraints(max_length=500)]


class ClosedDay(Given):
    """An added holiday with its ``name``; without one, a public holiday on which the business works."""

    day: date
    name: Name | None = None


class HoursOut(BaseModel):
    """Every week that is set, and the days that differ from the country's holidays."""

    weeks: list[HoursIn]
    days: list[ClosedDay]


class QueueOut(BaseModel):
    """A queue that calls have named."""

    name: str


class AgentOut(BaseModel):
    """An agent; ``presence`` is null where the platform does not tell it: not available."""

    name: str
    presence: str | None
    since: datetime | None
    reason: str | None


class EndpointOut(BaseModel):
    """A phone system that is listened to."""

    id: str
    connector: str
    name: str
    site: str
    created_at: datetime
    heard_at: datetime | None
    problem: str | None


class LegOut(BaseModel):
    """A part of a call."""

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
    """A call with its verdict; ``disposition`` is null while it goes on."""

    id: str
    revision: int
    progress: str
    direction: str
    disposition: str | None
    reason: str | None
    raw_reason: str | None
    hour_class: str | None
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    caller: str | None
    called: str | None
    caller_kind: str
    line: str | None
    queue: str | None
    department: str
    site: str
    agent: str | None
    answered: bool
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
    sources: list[str]


class JourneyOut(BaseModel):
    """What became of a person who was missed."""

    id: str
    revision: int
    site: str
    person: str
    state: str
    opened_at: datetime
    last_missed_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    recovered_by: str | None
    recovered_ref: str | None
    attempts: int
    missed_calls: list[str]
    calls: list[str]


class WebhookIn(Given):
    """Where to send changes. ``kinds``: which; all when empty."""

    url: Annotated[str, StringConstraints(max_length=2000, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$")]
    kinds: Annotated[list[str], Field(max_length=20)] = []


class WebhookOut(BaseModel):
    """An outgoing webhook; ``secret`` is shown once, when it is made."""

    id: str
    url: str
    kinds: list[str]
    failures: int
    problem: str | None
    secret: str | None = None
