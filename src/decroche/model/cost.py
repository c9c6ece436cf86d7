"""What a business pays so that calls are answered: one line for each salary, licence, number or campaign."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from decroche.model.money import Money


class CostKind(StrEnum):
    """What is paid for."""

    SALARIES = "salaries"
    LICENCES = "licences"
    TELEPHONY = "telephony"
    TOOLS = "tools"
    NUMBERS = "numbers"
    LISTS = "lists"
    SCRIPTS = "scripts"
    TRAINING = "training"
    MAINTENANCE = "maintenance"
    ADVERTISING = "advertising"
    #: Extra hands and lines for peaks.
    PEAKS = "peaks"
    #: Routing, assistants and what else works without a person.
    AUTOMATION = "automation"
    #: Corrections, second entries, paperwork after a call.
    REWORK = "rework"
    OTHER = "other"


class Nature(StrEnum):
    """Whether a cost is of the calls themselves, or of what makes them possible."""

    DIRECT = "direct"
    INDIRECT = "indirect"


#: What a kind is unless the business says otherwise (seed 002: agents, licences, telephony and tools are direct).
USUAL_NATURE: Mapping[CostKind, Nature] = {
    kind: Nature.DIRECT
    if kind
    in (
        CostKind.SALARIES,
        CostKind.LICENCES,
        CostKind.TELEPHONY,
        CostKind.TOOLS,
        CostKind.NUMBERS,
        CostKind.LISTS,
        CostKind.ADVERTISING,
    )
    else Nature.INDIRECT
    for kind in CostKind
}


class Rhythm(StrEnum):
    """How often the amount is paid. ONCE is spread evenly over the days from the first to the last."""

    ONCE = "once"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Among(StrEnum):
    """What a cost is shared between."""

    SITE = "site"
    QUEUE = "queue"
    CAMPAIGN = "campaign"
    #: Where callers come from: an advertisement, a partner.
    SOURCE = "source"


class Key(StrEnum):
    """In proportion to what it is shared: what was counted there, or fixed shares that the business states."""

    CALLS = "calls"
    MINUTES = "minutes"
    HEADS = "heads"
    FIXED = "fixed"


_FIRST, _LAST = date(1990, 1, 1), date(2200, 12, 31)


class BadCostLine(ValueError):
    """A line that cannot be; ``why`` is a word for it."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no such cost line: {why}")
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Among what and by which key a cost is shared.

    ``shares`` names who bears it: with FIXED, how much of it each bears, at most 1 in all (nobody bears the rest); with
    another key, only the names count, and none means all that there are.
    """

    among: Among
    key: Key
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(not name or share < 0 for name, share in self.shares.items()):
            raise BadCostLine("shares")
        if self.key is Key.FIXED and not 0 < sum(self.shares.values()) <= 1 + 1e-9:
            raise BadCostLine("shares")


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLine:
    """One cost. It runs from ``begins`` to ``ends``, that day included; ``ends`` None: until somebody ends it.

    ``amount`` is for each rhythm, or in all where it is paid once. ``per_call`` says that it grows with every call, as
    minutes of telephony do: only such lines are part of the marginal cost. An amount of 0 says that somebody looked
    and there is none.
    """

    kind: CostKind
    label: str
    amount: Money
    rhythm: Rhythm
    begins: date
    ends: date | None = None
    nature: Nature = Nature.DIRECT
    per_call: bool = False
    sharing: Sharing | None = None

    def __post_init__(self) -> None:
        if self.amount.amount < 0:
            raise BadCostLine("amount")
        if not _FIRST <= self.begins <= _LAST:
            raise BadCostLine("begins")
        if self.ends is not None and not self.begins <= self.ends <= _LAST:
            raise BadCostLine("days")
