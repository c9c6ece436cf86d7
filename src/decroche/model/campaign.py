"""An outbound campaign in counts: dials, contacts, people, opportunities, sales, as far as its file or list tells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum


class Row(StrEnum):
    """What one row of a campaign's file is: a person with a number of dials, or one dial."""

    PERSON = "person"
    DIAL = "dial"


class Denominator(StrEnum):
    """What opportunities are divided by: every dial, every dial at which a person was reached, every person called."""

    DIAL = "dial"
    CONTACT = "contact"
    PERSON = "person"


class GroupKind(StrEnum):
    """What a part of a campaign has in common. ``HOUR`` is 00 to 23, ``WEEKDAY`` 1 (Monday) to 7."""

    SEGMENT = "segment"
    SCRIPT = "script"
    HOUR = "hour"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a campaign's table has columns for: what it never says stays unknown, and does not become nought."""

    row: Row
    person: bool = True
    dials: bool = True
    reached: bool = True
    opportunity: bool = True
    sale: bool = True
    amount: bool = False
    margin: bool = False
    cost: bool = False
    script: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Counts of a campaign or of a part of it; None: not told. Amounts are in the one currency of the campaign.

    ``contacts`` are dials at which a person was reached. A person is one opportunity and one sale at most. The squares
    are the sums of the squared amounts of sales, from which follows how far their sum is due to chance.
    """

    dials: int | None = None
    contacts: int | None = None
    people: int | None = None
    opportunities: int | None = None
    sales: int | None = None
    revenue: Decimal | None = None
    revenue_squares: Decimal | None = None
    margin: Decimal | None = None
    margin_squares: Decimal | None = None
    cost: Decimal | None = None

    def of(self, denominator: Denominator) -> int | None:
        """How many of what opportunities are divided by."""
        by = {Denominator.DIAL: self.dials, Denominator.CONTACT: self.contacts, Denominator.PERSON: self.people}
        return by[denominator]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The part of a campaign in which ``column`` says ``value``; an empty value is that of rows which say nothing."""

    kind: GroupKind
    column: str
    value: str
    tally: Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """The dials of the week that begins on ``monday``; of rows by person: people whose last dial was in it."""

    monday: date
    tally: Tally


@dataclass(frozen=True, slots=True)
class Rung:
    """``people`` who were dialled ``dials`` times in all and said yes at the dial ``converted_at`` (None: never)."""

    dials: int
    converted_at: int | None
    people: int


@dataclass(frozen=True, slots=True)
class Followed:
    """``people`` first dialled in the month that begins on ``month`` and followed for ``days`` since.

    ``sold_after``: the days from the first dial to the sale; None: not sold in the days that they were followed.
    """

    month: date
    days: int
    sold_after: int | None
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignCounts:
    """All that is counted of a campaign, and enough to compute every figure of it again. No person is in it.

    ``ladder`` and ``followed`` are empty where the file does not say who was dialled, or when.
    """

    row: Row
    total: Tally
    groups: tuple[Group, ...] = ()
    weeks: tuple[Week, ...] = ()
    ladder: tuple[Rung, ...] = ()
    followed: tuple[Followed, ...] = ()
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where the house itself holds a campaign: its calls, and the words by which a CRM knows it.

    Its calls are ours of ``[begins, ends]`` on one of the ``lines`` or ``queues``, by name or number; with neither, all
    of ours. ``words`` are names of it in the CRM besides its own. An opportunity that names no campaign is its own when
    it was opened within ``days`` of a call to its person.
    """

    begins: date
    ends: date | None = None
    lines: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    days: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidFor:
    """A line of cost of which a campaign bears ``amount``, in the campaign's currency."""

    kind: str
    label: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the house held of a campaign when it was counted last: where each figure comes from.

    ``unnamed`` dials have a number that nobody can be known by. Opportunities came ``by_name`` or ``by_person``;
    ``undialled`` carry its name though nobody dialled their person, ``doubtful`` ones have no certain person, and
    neither counts. Of ``sales`` so many have an ``amount`` and a ``margin``; ``foreign`` are in another currency.
    ``cost`` is what its lines say up to ``until``; None: no line is shared with it.
    """

    dials: int
    answered: int
    unnamed: int
    by_name: int
    by_person: int
    undialled: int
    doubtful: int
    sales: int
    with_amount: int
    with_margin: int
    foreign: int
    known_opportunities: bool
    currency: str
    until: date
    cost: str | None = None
    lines: tuple[PaidFor, ...] = ()
