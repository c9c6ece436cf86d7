"""Counted figures: what a warehouse hands to a report. Every rate keeps its numerator and denominator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from decroche.model.hours import HourClass


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a whole, inside [0, 1]; ``value`` is None when the denominator is zero."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        """numerator / denominator."""
        return self.numerator / self.denominator if self.denominator else None


@dataclass(frozen=True, slots=True)
class Accounting:
    """Where every row of the input went: rows_read = calls + legs_joined + ignored + rejected."""

    rows_read: int
    calls: int
    legs_joined: int
    ignored: int
    rejected: int
    ignored_by_reason: Mapping[str, int]
    rejected_by_reason: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One input file: what it was recognised as, and its rows. ``note`` is a word for what was done to read it."""

    name: str
    format: str
    title: str
    rows: int
    note: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Counts of calls. ``offered`` are inbound external calls that no spam rule refused: answered + missed.

    ``abandoned`` are the missed calls that the caller ended himself, short ones (under the setting) included.
    """

    calls: int
    inbound: int
    outbound: int
    internal: int
    unknown_direction: int
    blocked_spam: int
    forwarded: int
    offered: int
    answered: int
    missed: int
    abandoned: int
    short_abandoned: int
    queued: int
    queued_abandoned: int
    queued_short_abandoned: int
    voicemail_left: int
    masked: int
    masked_missed: int
    unique_callers: int
    unique_callers_missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevelTerms:
    """The five counts of a service level: A, B, A_T, B_T, B_s of ``prove.kpis``.

    ``unanswered`` (B) are the missed calls that a person could have taken: all but after-hours, blocked and
    callback-requested ones. ``*_within`` ended or were answered within ``threshold_s`` (≤). ``wait_known`` says on
    how many of the calls the platform told the wait.
    """

    answered: int
    unanswered: int
    answered_within: int
    unanswered_within: int
    unanswered_short: int
    threshold_s: float
    short_s: float
    wait_known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Durations:
    """A distribution of seconds over ``n`` calls; None when n is zero."""

    n: int
    mean: float | None
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandleTime:
    """Mean seconds per answered call, each over the calls on which it is known."""

    talk: Durations
    hold: Durations
    wrap: Durations
    handle: Durations


@dataclass(frozen=True, slots=True)
class WeekMap:
    """Counts by ISO weekday (row 0 = Monday) and local hour (column 0 = 0:00)."""

    offered: tuple[tuple[int, ...], ...]
    missed: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Counts of one department, line, site or queue."""

    name: str
    offered: int
    answered: int
    missed: int
    lost_journeys: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassCount:
    """Counts of one of the four exclusive hour classes."""

    hour_class: HourClass
    offered: int
    answered: int
    missed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonCount:
    """Missed calls of one reason (model.MissedReason), and how many of them carry each flag.

    ``within`` ended at or under the service level threshold, as far as the wait is told.
    """

    reason: str
    missed: int
    within: int
    after_hours: int
    voicemail: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayCount:
    """One local day. ``usual_offered`` and ``usual_missed`` are the medians of the same weekday's ordinary days."""

    day: date
    weekday: int
    offered: int
    missed: int
    usual_offered: float | None
    usual_missed: float | None
    holiday: str | None = None
    after_holiday: str | None = None
    before_holiday: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCount:
    """One clock hour of one local day."""

    start: datetime
    offered: int
    missed: int
    lost_journeys: int
    mean_wait_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RedialWindow:
    """After a first miss: who tried again by himself within ``hours``, and who of those was answered.

    Only journeys whose whole window lies inside the data are counted: ``observable`` is their number.
    """

    hours: int
    observable: int
    redialed: int
    redialed_answered: int
    called_back: int
    called_back_answered: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Journeys:
    """What became of the people whose call was missed: one journey = one person, one site, until 7 days of silence.

    ``recovered_by_caller``: an own later call was answered; ``recovered_by_us``: our outbound call was answered.
    ``observable`` journeys have 7 days of data behind their last miss: observable = recovered_by_caller +
    recovered_by_us + lost. ``open_at_end`` are neither recovered yet nor old enough to be called lost, and the rest,
    ``recovered_lately``, are recovered and not old enough either: counting them would flatter the rate.
    Masked numbers cannot be followed: ``masked_missed`` calls stand apart and belong to no journey.
    ``missed_called_back`` counts missed calls, not journeys: those that a person could have taken and whose caller
    our own call reached within 7 days; None when the export has no outbound call.
    """

    journeys: int
    observable: int
    recovered_by_caller: int
    recovered_by_us: int
    lost: int
    open_at_end: int
    attempts_mean: float | None
    windows: tuple[RedialWindow, ...]
    masked_missed: int
    internal_missed: int
    new_callers: int
    missed_called_back: int | None

    @property
    def recovered_lately(self) -> int:
        """Recovered, with less than 7 days of data behind their last miss."""
        return self.journeys - self.observable - self.open_at_end


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """A first sign of one of the seven causes of unanswered calls.

    ``cause`` is one of understaffing, unforeseen_peak, bad_planning, saturated_lines, no_overflow, no_cover,
    no_callback. ``missed`` is None when the export cannot tell. ``evidence`` holds the numbers of the sentence.
    """

    cause: str
    missed: int | None
    evidence: Mapping[str, float | int | str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assumption:
    """Something the report supposes because nobody said it. ``values`` fill the sentence of ``word``."""

    word: str
    values: Mapping[str, str | int | float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Everything counted from one set of calls."""

    totals: Totals
    terms: ServiceLevelTerms
    wait_answered: Durations
    wait_abandoned: Durations
    handle_time: HandleTime
    reasons: tuple[ReasonCount, ...]
    week: WeekMap
    hour_classes: tuple[ClassCount, ...]
    sites: tuple[Group, ...]
    departments: tuple[Group, ...]
    queues: tuple[Group, ...]
    lines: tuple[Group, ...]
    daily: tuple[DayCount, ...]
    longest_hours: tuple[HourCount, ...]
    costliest_hours: tuple[HourCount, ...]
    journeys: Journeys
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures(Measures):
    """The measures of a set of exports, with where the rows came from and what was supposed."""

    zone: str
    country: str
    first_day: date
    last_day: date
    days: int
    accounting: Accounting
    files: tuple[SourceFile, ...]
    assumptions: tuple[Assumption, ...]
