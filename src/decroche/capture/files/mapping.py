"""How one table of calls is to be read: which column says what, kept in a file that people can correct."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, fields
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from decroche.capture.files.errors import UnreadableFile
from decroche.capture.files.sentences import Sentence
from decroche.connector_kit.files import Clock
from decroche.connector_kit.moments import DATE_FORMATS, TIME_FORMATS
from decroche.connector_kit.values import DURATION_UNITS

#: Columns copied as text. ``other_number`` is the outside party: the caller of an inbound call, the called otherwise.
TEXT_FIELDS = ("caller", "called", "other_number", "line", "queue", "department", "site", "agent")
#: Durations, in the order in which they are written.
DURATION_FIELDS = ("wait", "ring", "talk", "hold", "wrap", "total")
#: Flags that a condition on a column gives.
FLAG_FIELDS = ("queued", "voicemail", "after_hours")
DIRECTIONS = ("inbound", "outbound", "internal")
OUTCOMES = (
    "answered", "missed", "abandoned", "busy", "no_answer", "voicemail", "rejected", "failed", "after_hours", "blocked",
    "callback_requested", "queue_timeout", "queue_full",
)  # fmt: skip
#: Why a mapping may ask for rows to be left out (a part of ``connector_kit.files.FATE_REASONS``).
IGNORE_REASONS = frozenset(
    {"duplicate", "agent_state", "system_event", "fax", "message", "phantom", "local_channel", "quality_record"}
    | {"by_mapping", "test_call", "not_a_call"}
)
ANSWERED_FROM = ("outcome", "talk", "answered_at")
WAIT_FROM = ("none", "column", "ring", "answered_at", "total_minus_talk", "total")
CALLER_KINDS = ("number", "id")
CONSTANTS = ("direction", "line", "queue", "department", "site", "agent")


class MappingError(UnreadableFile):
    """A mapping says something that cannot be; ``sentence`` says what, in English or French."""

    def __init__(self, word: str, **values: str) -> None:
        super().__init__(word, **values)
        self.sentence = Sentence(word, values)

    def __str__(self) -> str:
        return self.sentence.english


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date and time: in one column, or a date in ``date`` and the time of day in ``time``.

    ``date_format`` is one of ``connector_kit.moments.DATE_FORMATS`` or a strptime format (any text with a ``%``);
    ``time_format``, one of ``TIME_FORMATS``, says how the time of day is written.
    """

    date: str
    date_format: str = "iso"
    time: str | None = None
    time_format: str = "24h"

    def __post_init__(self) -> None:
        if "%" not in self.date_format:
            _among("date_format", self.date_format, DATE_FORMATS)
        _among("time_format", self.time_format, TIME_FORMATS)

    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""
        return (self.date,) if self.time is None else (self.date, self.time)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A column copied as text: its ``first`` characters only when given; the words of ``unknown`` mean "not known"."""

    column: str
    first: int | None = None
    unknown: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.first is not None and self.first < 1:
            raise MappingError("mapping.bad_value", key="first", value=str(self.first), allowed="1, 2, 3…")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A column of words, and the words by meaning. Words not listed here are looked up in our own vocabulary."""

    column: str
    words: Dictionary[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """True where a column is one of ``equals``, or none of ``not_equals``; with neither, where it is not empty."""

    column: str
    equals: tuple[str, ...] = ()
    not_equals: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.equals and self.not_equals:
            raise MappingError("mapping.two_conditions", column=self.column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Duration:
    """A column of durations and how they are written: one of ``connector_kit.values.DURATION_UNITS``."""

    column: str
    unit: str = "clock"

    def __post_init__(self) -> None:
        _among("unit", self.unit, DURATION_UNITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """Rows to leave out, counted under ``reason``."""

    when: Condition
    reason: str = "by_mapping"

    def __post_init__(self) -> None:
        _among("reason", self.reason, sorted(IGNORE_REASONS))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapping:
    """Everything needed to read one kind of table. Column names are as in the file, compared without regard to case.

    ``zone`` is an IANA name, None when nobody said it. ``clock`` is UTC when the times carry an offset or count
    seconds from 1970. ``call_id`` columns are joined; none means that each row is a whole call. ``caller_kind`` is "id"
    when callers are told apart by something else than a phone number. ``empty`` are texts that mean "nothing".
    ``answered_from`` and ``wait_from`` name the rule by which a call is answered and its wait measured.
    """

    start: Moment
    zone: str | None = None
    clock: Clock = Clock.LOCAL
    call_id: tuple[str, ...] = ()
    end: Moment | None = None
    answered_at: Moment | None = None
    texts: Dictionary[str, Text] = field(default_factory=dict)
    caller_kind: str = "number"
    direction: Words | None = None
    outcome: Words | None = None
    answered_from: str = "outcome"
    flags: Dictionary[str, Condition] = field(default_factory=dict)
    durations: Dictionary[str, Duration] = field(default_factory=dict)
    wait_from: str = "none"
    ignore: tuple[Ignore, ...] = ()
    constants: Dictionary[str, str] = field(default_factory=dict)
    empty: tuple[str, ...] = ()
    decimal_comma: bool = False

    def __post_init__(self) -> None:
        for keys, allowed in (
            (self.texts, TEXT_FIELDS),
            (self.flags, FLAG_FIELDS),
            (self.durations, DURATION_FIELDS),
            (self.constants, CONSTANTS),
            (self.direction.words if self.direction else {}, DIRECTIONS),
        ):
            for key in keys:
                _among("key", key, allowed)
        for meaning in self.outcome.words if self.outcome else {}:
            kind, _, reason = meaning.partition(":")
            if kind == "ignore":
                _among("ignore", reason, sorted(IGNORE_REASONS))
            else:
                _among("outcome", meaning, (*OUTCOMES, "ignore:…"))
        if self.zone is not None:
            _zone(self.zone)
        _among("answered.from", self.answered_from, ANSWERED_FROM)
        _among("waiting.from", self.wait_from, WAIT_FROM)
        _among("caller_kind", self.caller_kind, CALLER_KINDS)
        if "direction" in self.constants:
            _among("constants.direction", self.constants["direction"], (*DIRECTIONS, "unknown"))
        self._needs_what_it_names()

    def _needs_what_it_names(self) -> None:
        present = {"outcome": self.outcome, "answered_at": self.answered_at, "talk": self.durations.get("talk")}
        if present[self.answered_from] is None:
            raise MappingError("mapping.rule_without_column", rule="answered.from", value=self.answered_from)
        wait_needs = {
            "column": "wait" in self.durations,
            "ring": "ring" in self.durations,
            "answered_at": self.answered_at is not None,
            "total_minus_talk": {"talk", "total"} <= self.durations.keys(),
            "total": "total" in self.durations,
        }
        if not wait_needs.get(self.wait_from, True):
            raise MappingError("mapping.rule_without_column", rule="waiting.from", value=self.wait_from)

    def columns(self) -> Iterator[tuple[str, str]]:
        """Every (use, column) of the mapping, such as ("caller", "From")."""
        for name in self.call_id:
            yield "call_id", name
        for use, moment in (("start", self.start), ("end", self.end), ("answered_at", self.answered_at)):
            for name in moment.columns() if moment else ():
                yield use, name
        for use, words in (("direction", self.direction), ("outcome", self.outcome)):
            if words:
                yield use, words.column
        for group in (self.texts, self.flags, self.durations):
            for use, part in group.items():
                yield use, part.column
        for rule in self.ignore:
            yield "ignore", rule.when.column


def field_names(kind: type) -> frozenset[str]:
    """The fields of one of the dataclasses above."""
    return frozenset(each.name for each in fields(kind))


def _zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise MappingError("mapping.unknown_zone", value=name) from error


def _among(key: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        raise MappingError("mapping.bad_value", key=key, value=value, allowed=", ".join(allowed))
