"""What an invented business is made of: sites, teams, people at the phone, callers, habits and a calendar."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from decroche.model.call import MissedReason
from decroche.model.hours import Interval

#: Open or staffed intervals by ISO weekday (1 = Monday … 7 = Sunday), minutes after local midnight.
Week = Mapping[int, tuple[Interval, ...]]

#: Half-hours of a day.
SLOTS = 48


class TeamKind(StrEnum):
    """How a call reaches the people of a team."""

    QUEUE = "queue"
    RING_GROUP = "ring_group"
    PERSONAL = "personal"


class AfterHours(StrEnum):
    """What a caller meets when the team is closed."""

    GREETING = "greeting"
    RINGING = "ringing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long callers wait before they hang up: Weibull, and a share who hang up within the first seconds.

    ``shape`` 1 is the exponential law; below 1, those who have waited long are the more patient ones.
    """

    mean_s: float
    shape: float = 1.0
    hang_up_share: float = 0.0
    hang_up_max_s: float = 6.0

    @property
    def scale_s(self) -> float:
        """The Weibull scale that gives ``mean_s``."""
        return self.mean_s / math.gamma(1 + 1 / self.shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleTime:
    """Conversation (lognormal with coefficient of variation ``cv``, or exponential) and work after the call."""

    mean_s: float
    cv: float = 0.9
    wrap_mean_s: float = 0.0
    exponential: bool = False
    wrong_number_share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who takes calls. Away from the phone ``away_per_hour`` times an hour, for ``away_mean_s`` on average."""

    name: str
    extension: str
    week: Week
    away_per_hour: float = 0.0
    away_mean_s: float = 0.0
    absence_share: float = 0.0
    outbound_per_hour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Season:
    """A yearly bump of demand: × (1 + height) at the peak, falling like a bell over ``width_days``."""

    month: int
    day: int
    height: float
    width_days: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """When people call: a weight per weekday (Monday first; 1 = ``calls_per_day``), shapes over 48 half-hours.

    A shape's weights are relative. ``monday`` also serves the day after a holiday, ``sunday`` the holiday itself.
    """

    weekdays: tuple[float, ...]
    usual: tuple[float, ...]
    monday: tuple[float, ...]
    saturday: tuple[float, ...]
    sunday: tuple[float, ...]

    def shape(self, weekday: int) -> tuple[float, ...]:
        """The 48 weights of an ISO weekday."""
        return {1: self.monday, 6: self.saturday, 7: self.sunday}.get(weekday, self.usual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People behind one line, and the callers who want them.

    ``number`` is national, without trunk prefix. ``calls_per_day`` counts first intents on a day of weight 1. Waiting
    ends at ``max_wait_s`` (for a ring group or a personal line: when the phone stops ringing). ``overflow_to`` names
    another team, tried after ``overflow_after_s`` when it is open. ``need_share`` of intents are possible business,
    worth ``value_mean`` each (``new_value_mean`` for a new customer). After ``callback_offer_s`` of waiting,
    ``callback_offer_share`` of callers ask to be called back.
    """

    name: str
    site: str
    department: str
    line: str
    number: str
    kind: TeamKind
    agents: tuple[str, ...]
    hours: Week
    calls_per_day: float
    profile: Profile
    patience: Patience
    handle: HandleTime
    pick_up_mean_s: float = 0.0
    max_wait_s: float = math.inf
    capacity: int = 10_000
    overflow_to: str | None = None
    overflow_after_s: float = math.inf
    callback_offer_s: float = math.inf
    callback_offer_share: float = 0.0
    new_share: float = 0.3
    need_share: float = 0.5
    value_mean: float = 0.0
    new_value_mean: float = 0.0
    rejected_share: float = 0.0
    seasons: tuple[Season, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place with its own trunk of ``lines`` simultaneous calls, and an optional spoken menu."""

    name: str
    lines: int
    menu_s: float = 0.0
    menu_leave_share: float = 0.0
    internal_per_hour: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Redial:
    """What a missed caller does next: tries again with a probability by reason, after minutes, hours or a night.

    The probability is multiplied by ``decay`` at each further attempt. Of those who try again, ``soon_share`` do it
    within minutes, ``night_share`` at the next opening, the others within hours (lognormal, medians given).
    """

    by_reason: Mapping[MissedReason, float] = field(default_factory=dict)
    otherwise: float = 0.5
    decay: float = 0.85
    max_attempts: int = 6
    soon_share: float = 0.55
    soon_median_s: float = 240.0
    night_share: float = 0.15
    later_median_s: float = 5400.0
    spread: float = 0.9


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What staff do about a miss: call back with a probability, after a delay, and reach ``reached_share``."""

    share: float = 0.2
    share_after_message: float = 0.6
    median_s: float = 3600.0
    spread: float = 1.1
    reached_share: float = 0.6
    second_try_share: float = 0.35


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Who calls. ``customers`` known people per site; the others are new. Shares are of people or of intents."""

    customers: int
    masked_share: float = 0.04
    mobile_share: float = 0.75
    spam_share: float = 0.0
    spam_blocked_share: float = 0.0
    voicemail_share: float = 0.12
    international_written_share: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Slack:
    """Days ``[first, last]`` on which demand is multiplied by ``factor`` (a construction holiday, August)."""

    first: date
    last: date
    factor: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Public holidays (closed) and what they do to demand: on the day, on its eve, on the first and second day after.

    ``day_sd`` is the standard deviation of the logarithm of a site's day factor, ``day_memory`` its correlation from
    one day to the next.
    """

    country: str
    subdivision: str | None = None
    closed_on_holidays: bool = True
    holiday_factor: float = 0.2
    eve_factor: float = 1.09
    rebound_factor: float = 1.3
    second_day_factor: float = 1.1
    day_sd: float = 0.12
    day_memory: float = 0.4
    slack: tuple[Slack, ...] = ()


class Numbering(StrEnum):
    """From which fictional or unassigned ranges the callers' numbers come."""

    FRANCE = "france"
    QUEBEC = "quebec"
    UNASSIGNED = "unassigned"


class Wording(StrEnum):
    """The language and habits of the phone system that writes the export."""

    FRENCH = "french"
    CANADIAN_FRENCH = "canadian_french"
    ENGLISH = "english"


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """An invented business: everything that decides its calls, except chance."""

    name: str
    zone: str
    currency: str
    call_prefix: str
    wording: Wording
    numbering: Numbering
    after_hours: AfterHours
    sites: tuple[Site, ...]
    agents: tuple[Agent, ...]
    teams: tuple[Team, ...]
    callers: Callers
    calendar: Calendar
    redial: Redial = field(default_factory=Redial)
    callback: Callback = field(default_factory=Callback)
    short_abandon_s: float = 5.0
    failure_share: float = 0.0
