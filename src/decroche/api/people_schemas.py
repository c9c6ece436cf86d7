"""What the API gives and takes of people, of their consents, and of texts to try."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from decroche.api.schemas import Given, Moment, Name, Number
from decroche.api.work_schemas import Who
from decroche.recover.workflows.replying import LONGEST
from decroche.rules.outreach import Means, Purpose

_Body = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*\S[^\x00]*$")]
_Worth = Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)]


class PersonIn(Given):
    """What is known of a person; what is left out stays, null forgets it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "Anne Roy", "vip": True, "language": "fr"}]})

    name: Name | None = None
    language: Literal["fr", "fr-CA", "en"] | None = None
    email: Name | None = None
    vip: bool | None = Field(default=None, description="An important customer.")
    staff: bool | None = Field(default=None, description="Somebody of the business: never written to.")
    spam: bool | None = Field(default=None, description="An unwanted caller: never written to.")
    value: _Worth | None = Field(default=None, description="What winning them back brings.")
    contract_ref: Name | None = Field(default=None, description="Proof of a contract in progress.")


class PersonOut(BaseModel):
    """What is known of a person besides their calls."""

    number: str
    name: str | None
    language: str | None
    email: str | None
    vip: bool | None
    staff: bool | None
    spam: bool | None
    value: float | None
    contract_ref: str | None
    sms_incapable: bool | None = Field(description="A provider told that this number cannot have texts.")


class ConsentIn(Given):
    """A consent with its proof."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"means": "text", "purpose": "promotion", "evidence": "formulaire 2026-117"}]}
    )

    means: Annotated[Means, Field(strict=False)] = Means.TEXT
    purpose: Annotated[Purpose, Field(strict=False)] = Purpose.PROMOTION
    evidence: Annotated[
        str,
        StringConstraints(min_length=1, max_length=1000, pattern=r"^[^\x00]*\S[^\x00]*$"),
        Field(description="How and in which words it was given, and where the proof lies."),
    ]
    at: Moment | None = Field(default=None, description="When it was given; now when left out.")
    expires_at: Moment | None = Field(default=None, description="When it runs out by itself.")


class WithdrawIn(Given):
    """What is taken back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"means": "text"}]})

    means: Annotated[Means | None, Field(strict=False, description="All when left out.")] = None


class ConsentOut(BaseModel):
    """A consent as it stands."""

    means: str
    purpose: str
    obtained_at: datetime
    expires_at: datetime | None
    withdrawn_at: datetime | None
    evidence: str
    age_days: int
    holds: bool = Field(description="False once it ran out or was withdrawn.")


class TestIn(Given):
    """A text to somebody of the business."""

    __test__ = False

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"number": "+33612345678", "who": "zoe", "body": "Essai de Garage Martin"}]}
    )

    number: Number
    who: Who
    body: _Body
