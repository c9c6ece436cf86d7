"""What the API says of costs: lines, a period's cost, who bears it, and what one call costs."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from decroche.api.schemas import Day, Given
from decroche.model.cost import Among, CostKind, Key, Nature, Rhythm
from decroche.prove.kpis.call_cost import Forgotten

#: An amount as a decimal in a text, so that no cent is lost on the way.
Decimals = Annotated[str, Field(pattern=r"^\d{1,12}(\.\d{1,4})?$", examples=["9000.00"])]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class SharingOut(BaseModel):
    """Among what and by which key a cost is shared; with a key that is counted, only the names matter."""

    model_config = ConfigDict(extra="forbid")

    among: Among
    key: Key
    shares: dict[Name, Annotated[float, Field(ge=0, le=1)]] = Field(default_factory=dict, max_length=1000)


class CostLineIn(Given):
    """A line of cost, in the currency of the business."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "salaries",
                    "label": "Reception",
                    "amount": "9000.00",
                    "rhythm": "monthly",
                    "begins": "2026-01-01",
                }
            ]
        }
    )

    kind: Annotated[CostKind, Field(strict=False)]
    label: Name
    amount: Decimals = Field(description="For each rhythm, or in all where it is paid once; 0: looked, and none.")
    rhythm: Annotated[Rhythm, Field(strict=False)]
    begins: Day
    ends: Day | None = Field(default=None, description="The last day; null: until somebody ends it.")
    nature: Nature | None = Field(strict=False, default=None, description="Null: as is usual for the kind.")
    per_call: bool = Field(default=False, description="It grows with every call, and is part of the marginal cost.")
    sharing: SharingOut | None = None


class CostLineEnd(Given):
    """The last day of a line."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ends": "2026-06-30"}]})

    ends: Day


class CostLineOut(BaseModel):
    """A line of cost with its id."""

    id: str
    kind: CostKind
    label: str
    amount: str
    currency: str
    rhythm: Rhythm
    begins: date
    ends: date | None
    nature: Nature
    per_call: bool
    sharing: SharingOut | None
    source: str = Field(description="The file that it came from; empty: somebody typed it.")


class LineCostOut(BaseModel):
    """A line in the period, and who bears it; the empty name is nobody."""

    kind: CostKind
    label: str
    cost: str
    borne: dict[str, str]


class BearerOut(BaseModel):
    """A site, queue or campaign. What is not known of it is null."""

    name: str
    cost: str
    calls: int | None
    minutes: float | None
    heads: int | None
    loaded: str | None = Field(description="Its cost / the calls that it handled.")


class FrictionOut(BaseModel):
    """Parts of the cost, never added to it. Null without a handled minute."""

    minute: str | None
    waiting: str | None
    transfers: str | None
    repeats: str | None
    waited_minutes: float
    transferred_calls: int = Field(description="Calls that two people or more took one after the other.")
    taken_calls: int = Field(description="Calls that a person took, of which these are.")
    transferred_minutes: float = Field(description="Of others than the first who took the call.")
    repeats_calls: int
    repeated_minutes: float


class CheckOut(BaseModel):
    """A cost that is easily forgotten."""

    what: Forgotten
    counted: bool


class CostsOut(BaseModel):
    """What `[since, until)` cost. All amounts are in `currency`; `bearers` and `nobody` sum to `total`."""

    since: date
    until: date
    currency: str
    total: str
    direct: str
    indirect: str
    per_call: str = Field(description="The part that grows with every call.")
    calls: int = Field(description="Calls in and out in which a person of the business spoke with somebody.")
    loaded: str | None = Field(description="total / calls. No goal by itself: it falls when more people call.")
    marginal: str | None = Field(description="per_call / calls.")
    friction: FrictionOut
    checks: list[CheckOut]
    among: Among
    bearers: list[BearerOut]
    nobody: str
    lines: list[LineCostOut]
    salaries_left_out: int = Field(description="Lines of salaries, told one by one with the right `salaries` alone.")


class PaidCallsOut(BaseModel):
    """Paid calls that nobody answered. The waste stands beside the margin that was lost, never added to it."""

    currency: str
    spend: str
    calls: int
    missed: int
    rate: float | None
    low: float | None
    high: float | None
    wasted: str | None
    each: str | None
