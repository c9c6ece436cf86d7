"""The figures of the desk: what is asked for, what is counted, and a measure with all that it must be shown with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from decroche.model.figures import Durations, HandleTime, Rate, ServiceLevelTerms


class Dimension(StrEnum):
    """By what figures are narrowed and split."""

    SITE = "site"
    DEPARTMENT = "department"
    QUEUE = "queue"
    LINE = "line"
    AGENT = "agent"
    HOUR_CLASS = "hour_class"
    CAMPAIGN = "campaign"


class Step(StrEnum):
    """How long each point of a figure over time is. Weeks begin on Monday."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Unit(StrEnum):
    """What a measure is a number of."""

    SHARE = "share"
    SECONDS = "seconds"
    COUNT = "count"
    POINTS = "points"
    """Of a score from −100 to 100."""
    GRADE = "grade"
    """A mean on the scale of a question."""


class Missing(StrEnum):
    """Why a measure has no value."""

    NOT_ENOUGH = "not_enough"
    WAIT = "wait"
    WAIT_BY_REASON = "wait_by_reason"
    CALLED_BACK = "called_back"
    TALK = "talk"
    OUTCOMES = "outcomes"
    STATES = "states"
    SURVEYS = "surveys"
    CAMPAIGNS = "campaigns"
    NOT_BY_THIS = "not_by_this"
    TOO_FEW_AGENTS = "too_few_agents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Of which calls; None does not matter. The empty site or department is that of calls which have none.

    ``within`` are the sites that whoever asks may see; None: all.
    """

    site: str | None = None
    department: str | None = None
    queue: str | None = None
    line: str | None = None
    agent: str | None = None
    hour_class: str | None = None
    campaign: str | None = None
    within: tuple[str, ...] | None = None

    def told(self) -> dict[str, str]:
        """What it narrows, by dimension."""
        found = {dimension.value: getattr(self, dimension.value) for dimension in Dimension}
        return {name: value for name, value in found.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Period:
    """The local days ``[start, end)``."""

    start: date
    end: date

    @property
    def days(self) -> int:
        """Its length."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True, kw_only=True)
class NetResolution:
    """First contacts resolved of those that a first call could meet; ``coded``: of how many an outcome is noted."""

    rate: Rate
    coded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTally:
    """Counts of one set of calls. ``first_contacts``: resolved of all those whose days since are known, ``net``
    of those that a first call could meet.

    ``missed_within`` are missed calls by reason that ended within the threshold of ``terms``. ``called_back`` are
    missed calls whose caller our own call reached within 7 days; None where nobody calls out.
    """

    offered: int
    answered: int
    missed: int
    abandoned: int
    short_abandoned: int
    voicemail_left: int
    terms: ServiceLevelTerms
    missed_by_reason: Mapping[str, int]
    missed_within: Mapping[str, int]
    wait_answered: Durations
    wait_abandoned: Durations
    handle: HandleTime
    first_contacts: Rate | None = None
    net: NetResolution | None = None
    called_back: int | None = None
    agents: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyTally:
    """Counts of the journeys that opened in a period.

    ``recovered_by`` has the words of ``RecoveredBy``. ``decided`` are recovered ones of those that were missed seven
    days ago or longer and are not open. ``to_callback`` are seconds from the first miss to our first call.
    """

    opened: int
    open: int
    expired: int
    recovered_by: Mapping[str, int]
    decided: Rate
    to_callback: Durations

    @property
    def recovered(self) -> int:
        """Recovered by now."""
        return sum(self.recovered_by.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Occupancy:
    """Seconds of agents: handling calls, ready for them, and away though signed in. ``agents``: of how many."""

    handling_s: float
    ready_s: float
    away_s: float
    agents: int


@dataclass(frozen=True, slots=True)
class Opens:
    """The calls or journeys behind a number: a page, and its filter as the parameters of an address."""

    page: str
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One figure. ``value`` is None when ``missing`` says why.

    A share has its ``numerator`` and ``denominator``; seconds are a mean with ``median`` and ``p90``. ``n`` is of how
    many it is; under ``least`` it is not shown. ``low`` and ``high`` are the ends of a 95 % interval. ``coded``: of
    how many somebody noted what a figure needs to know. ``opens`` are the calls counted, ``of`` those among which.
    """

    key: str
    unit: Unit
    n: int
    value: float | None = None
    numerator: int | None = None
    denominator: int | None = None
    median: float | None = None
    p90: float | None = None
    low: float | None = None
    high: float | None = None
    least: int = 0
    missing: Missing | None = None
    coded: int | None = None
    opens: Opens | None = None
    of: Opens | None = None
