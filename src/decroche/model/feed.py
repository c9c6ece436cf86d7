"""The tables that BI tools read: their names, columns and kinds of values. They are only ever added to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from decroche.model.call import Direction, Disposition, MissedReason, NumberKind
from decroche.model.cost import CostKind, Nature, Rhythm
from decroche.model.hours import HourClass
from decroche.model.text import TextState

#: The beginning of the keys of words that only feeds have.
OWN_WORDS = "feeds.word"
#: Languages in which the words of enumerations are told, each in a column of its own.
TOLD_IN = ("fr", "en")


class Kind(StrEnum):
    """What a column holds. A moment is UTC, a local one what the clock of the site showed."""

    TEXT = "text"
    WHOLE = "integer"
    NUMBER = "number"
    MOMENT = "timestamp_utc"
    LOCAL = "timestamp_local"
    DAY = "date"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column. ``adds``: its values may be added up. ``values`` are all that it can hold besides nothing, and
    ``says`` the beginning of the keys of their words; a column with words is followed by one for each language.
    """

    name: str
    kind: Kind = Kind.TEXT
    adds: bool = False
    values: tuple[str, ...] = ()
    says: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A table: one row for each value of ``key``. ``dated`` is the day that periods are asked by; empty: none.

    ``whole``: it is about the business as a whole, and nothing for who may see some of its sites.
    """

    name: str
    key: tuple[str, ...]
    dated: str
    told: tuple[Column, ...] = field(repr=False)
    whole: bool = False

    @property
    def columns(self) -> tuple[Column, ...]:
        """All columns, those of words included, in their order."""
        return tuple(_with_words(self.told))


def _with_words(told: tuple[Column, ...]) -> Iterator[Column]:
    for each in told:
        yield each
        if each.says:
            yield from (Column(name=f"{each.name}_{code}") for code in TOLD_IN)


def _text(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name) for name in names)


def _moments(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.MOMENT) for name in names)


def _counts(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name=name, kind=Kind.WHOLE, adds=True) for name in names)


def _words(name: str, values: type[StrEnum] | tuple[str, ...], says: str) -> Column:
    return Column(name=name, values=tuple(str(value) for value in values), says=says)


def _local(begin: str) -> tuple[Column, ...]:
    """A moment, and what BI tools group by, each by the clock of the site."""
    return (
        Column(name=f"{begin}_at", kind=Kind.MOMENT),
        Column(name=f"{begin}_local", kind=Kind.LOCAL),
        Column(name="tz"),
        Column(name="local_date", kind=Kind.DAY),
        Column(name="local_hour", kind=Kind.WHOLE),
        Column(name="iso_week"),
        Column(name="dow", kind=Kind.WHOLE),
    )


CALLS = Feed(
    name="v1_calls",
    key=("call_id",),
    dated="local_date",
    told=(
        *_text("call_id"),
        *_moments("updated_at"),
        *_local("started"),
        _words("direction", Direction, "calls.direction"),
        _words("disposition", Disposition, "calls.outcome"),
        _words("missed_reason", MissedReason, "reason"),
        _words("hour_class", HourClass, "hour_class"),
        Column(name="caller_kind", values=tuple(str(each) for each in NumberKind)),
        *_text("caller_hash", "caller", "line", "queue", "department", "site", "agent"),
        *_counts("is_offered", "is_answered", "is_missed", "is_short_abandon", "is_voicemail", "is_after_hours"),
        *_counts("wait_s", "ring_s", "talk_s", "hold_s", "wrap_s", "total_s"),
    ),
)
JOURNEYS = Feed(
    name="v1_journeys",
    key=("journey_id",),
    dated="local_date",
    told=(
        *_text("journey_id"),
        *_moments("updated_at"),
        *_local("opened"),
        *_text("site", "caller_hash", "caller", "first_call_id"),
        _words("state", ("open", "recovered", "expired", "withdrawn"), "journeys.state"),
        _words("recovered_by", ("our_call", "their_call", "reply", "booking"), "journeys.by"),
        *_moments("last_missed_at", "closed_at", "expires_at"),
        *_counts("attempts", "is_open", "is_recovered", "is_expired", "is_withdrawn", "recovery_s"),
    ),
)
DAILY = Feed(
    name="v1_daily_kpi",
    key=("local_date", "site", "department", "queue"),
    dated="local_date",
    told=(
        Column(name="local_date", kind=Kind.DAY),
        *_text("iso_week"),
        Column(name="dow", kind=Kind.WHOLE),
        *_text("site", "department", "queue"),
        *_moments("updated_at"),
        *_counts(
            "offered", "answered", "missed", "short_abandons", "answered_within", "voicemails", "missed_after_hours",
            "waits", "wait_s", "talks", "talk_s", "hold_s", "wrap_s", "outbound", "outbound_reached",
            "journeys_opened", "journeys_open", "journeys_recovered", "journeys_expired",
        ),
        Column(name="answer_within_s", kind=Kind.NUMBER),
    ),
)  # fmt: skip
MESSAGES = Feed(
    name="v1_messages",
    key=("message_id",),
    dated="local_date",
    told=(
        *_text("message_id"),
        *_moments("updated_at"),
        *_local("created"),
        *_text("journey_id", "site", "caller_hash", "caller"),
        _words("direction", ("in", "out"), OWN_WORDS),
        *_text("channel", "purpose", "template", "author"),
        _words("state", (*(str(each) for each in TextState), "received"), OWN_WORDS),
        *_text("failure"),
        *_moments("handed_at", "settled_at"),
        *_counts("segments"),
        Column(name="price", kind=Kind.NUMBER, adds=True),
        *_text("currency"),
        *_counts("is_out", "is_delivered", "is_failed"),
    ),
)
COSTS = Feed(
    name="v1_costs",
    key=("cost_line_id",),
    dated="",
    whole=True,
    told=(
        *_text("cost_line_id"),
        *_moments("updated_at"),
        _words("kind", CostKind, "cost.kind"),
        _words("nature", Nature, "cost.nature"),
        *_text("label"),
        Column(name="amount", kind=Kind.NUMBER, adds=True),
        *_text("currency"),
        _words("rhythm", Rhythm, "cost.rhythm"),
        Column(name="begins", kind=Kind.DAY),
        Column(name="ends", kind=Kind.DAY),
        Column(name="per_call", kind=Kind.WHOLE),
        *_text("among", "share_key"),
    ),
)
CAMPAIGNS = Feed(
    name="v1_campaigns",
    key=("campaign_id",),
    dated="",
    whole=True,
    told=(
        *_text("campaign_id", "name"),
        *_moments("updated_at", "created_at"),
        *_counts("dials", "contacts", "people", "opportunities", "sales"),
        Column(name="revenue", kind=Kind.NUMBER, adds=True),
        Column(name="margin", kind=Kind.NUMBER, adds=True),
        Column(name="cost", kind=Kind.NUMBER, adds=True),
        *_text("currency"),
    ),
)
OPPORTUNITIES = Feed(
    name="v1_opportunities",
    key=("opportunity_id",),
    dated="",
    whole=True,
    told=(
        *_text("opportunity_id", "origin", "ref"),
        *_moments("updated_at", "opened_at", "closed_at"),
        Column(name="expected_on", kind=Kind.DAY),
        _words("state", ("open", "won", "lost", "unknown"), "opportunities.state"),
        *_text("stage", "pipeline", "owner", "campaign", "source", "matched_by", "caller_hash", "caller"),
        Column(name="amount", kind=Kind.NUMBER, adds=True),
        Column(name="margin", kind=Kind.NUMBER, adds=True),
        *_text("currency"),
        *_counts("is_open", "is_won", "is_lost", "is_gone"),
    ),
)
#: Every table by its name.
FEEDS = {each.name: each for each in (CALLS, JOURNEYS, DAILY, MESSAGES, COSTS, CAMPAIGNS, OPPORTUNITIES)}
