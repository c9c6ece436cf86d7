"""Turns any table of calls into canonical rows, as a mapping says: one row in, one row out, whole columns at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import or_

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

from decroche.capture.files.mapping import (
    Condition,
    Duration,
    Mapping,
    MappingError,
    Moment,
    Text,
    Words,
)
from decroche.capture.files.words import spellings
from decroche.connector_kit.files import COLUMNS, canonical, column, written
from decroche.connector_kit.moments import joined, moment
from decroche.connector_kit.values import duration

#: No call of ours is older: 1970 is what a missing time looks like.
EARLIEST = datetime(1990, 1, 1)  # noqa: DTZ001
#: Clocks of phone systems run ahead, and zones differ: later than this after now is a wrong year.
AHEAD = timedelta(days=2)

#: Units whose durations are written as one number.
_NUMBERS = frozenset({"s", "ms", "min", "day"})
#: A longer duration than this many seconds (11 years) is not one.
_LONGEST = 350_000_000.0
#: Outcomes that tell why an unanswered call was missed.
_REASONS = {
    "busy": "busy",
    "no_answer": "no_answer",
    "rejected": "agent_rejected",
    "failed": "technical_failure",
    "after_hours": "after_hours",
    "blocked": "blocked_spam",
    "callback_requested": "callback_requested",
    "queue_timeout": "queue_timeout",
    "queue_full": "queue_full",
}
#: Words that many exports are made of: comparing with each of them costs less than looking one up among hundreds.
_COMMON = (
    "inbound", "outbound", "entrant", "sortant", "answered", "missed", "abandoned", "no answer", "busy", "closed",
    "répondu", "manqué", "abandonné",
)  # fmt: skip
_REJECTED = ("no_start", "start_unreadable", "year_out_of_range", "negative_duration", "duration_unreadable")


def translate(table: ir.Table, mapping: Mapping, *, now: datetime, bare: bool = False) -> ir.Table:
    """The canonical rows of ``table`` (strings, with ``_file`` and ``_row``), one for each of its rows.

    ``started`` is naive in the clock that ``mapping.clock`` names. ``now`` (with a zone, or UTC) bounds the years.
    ``bare``: no value has blanks around it, and what is empty is null. Raises MappingError when the mapping names a
    column that the table does not have.
    """
    check_columns(mapping, table.columns)
    rows = _derive(_read(table, mapping, bare=bare), mapping, latest=_naive_utc(now) + AHEAD)
    reason = rows["fate_reason"]
    fate = ibis.cases((reason.isnull(), ibis.null("string")), (_any(reason, _REJECTED), "rejected"), else_="ignored")
    return canonical(rows, **{name: rows[name] for name in rows.columns if name in COLUMNS}, fate=fate)


def check_columns(mapping: Mapping, names: Sequence[str]) -> None:
    """Raise MappingError for the first mapped column that is not among ``names`` (compared without regard to case)."""
    known = {name.casefold() for name in names}
    for use, name in mapping.columns():
        if name.casefold() not in known:
            shown = ", ".join(name for name in names if name not in ("_file", "_row"))
            raise MappingError("mapping.column_absent", use=use, column=name, columns=shown)


def _read(table: ir.Table, mapping: Mapping, *, bare: bool) -> ir.Table:
    """Every mapped column read once, under the name of its use."""
    source = _Source(table, mapping, bare=bare)
    parts: dict[str, ir.Value] = {
        "_file": table["_file"],
        "_row": table["_row"],
        "date": source.column(mapping.start.date),
    }
    for use, at in (("start", mapping.start), ("end", mapping.end), ("answered_at", mapping.answered_at)):
        if at is not None:
            parts[use] = source.moment(at)
    parts |= {use: source.text(text) for use, text in mapping.texts.items()}
    parts |= {use: source.duration(each) for use, each in mapping.durations.items()}
    parts |= {use: source.holds(condition) for use, condition in mapping.flags.items()}
    if mapping.direction is not None:
        parts["direction"] = source.meaning(mapping.direction, "direction")
    if mapping.outcome is not None:
        parts["outcome"] = source.meaning(mapping.outcome, "outcome")
        parts["raw_reason"] = source.column(mapping.outcome.column)
    if mapping.answered_from == "talk":
        parts["talk_written"] = source.column(mapping.durations["talk"].column).notnull()
    if mapping.ignore:
        rules = ((source.holds(rule.when), rule.reason) for rule in mapping.ignore)
        parts["asked_to_ignore"] = ibis.cases(*rules, else_=ibis.null("string"))
    if mapping.call_id:
        parts["call_key"] = source.key(mapping.call_id)
    # A view keeps the engine from writing each expression again wherever it is used.
    return table.select(**parts).view()


class _Source:
    """Reads the columns of a raw table of strings as a mapping says."""

    def __init__(self, table: ir.Table, mapping: Mapping, *, bare: bool) -> None:
        self.table = table
        self.mapping = mapping
        self.bare = bare

    def column(self, name: str) -> ir.StringValue:
        text = written(self.table, name) if self.bare else column(self.table, name)
        return ibis.ifelse(_any(text, self.mapping.empty), ibis.null("string"), text) if self.mapping.empty else text

    def text(self, source: Text) -> ir.StringValue:
        text = self.column(source.column)
        if source.unknown:
            text = ibis.ifelse(_any(text, source.unknown), ibis.null("string"), text)
        return text if source.first is None else text.substr(0, source.first)

    def moment(self, at: Moment) -> ir.TimestampValue:
        date = self.column(at.date)
        if at.time is None:
            return moment(date, at.date_format, at.time_format)
        return joined(date, self.column(at.time), date_format=at.date_format, time_format=at.time_format)

    def duration(self, source: Duration) -> ir.FloatingValue:
        # The engine reads a number with blanks around it, so only other forms need a trimmed text.
        as_written = source.unit in _NUMBERS and not self.mapping.empty
        text = written(self.table, source.column) if as_written else self.column(source.column)
        if self.mapping.decimal_comma and source.unit == "h:m:s":
            text = text.replace(",", ".")
        read = duration(text, source.unit)
        # What is written "nan" or "inf" is no length of time.
        return ibis.ifelse(read.between(-_LONGEST, _LONGEST), read, ibis.null("float64"))

    def holds(self, condition: Condition) -> ir.BooleanValue:
        text = self.column(condition.column)
        if condition.equals:
            return _any(text, condition.equals).fill_null(False)
        if condition.not_equals:
            return (~_any(text, condition.not_equals)).fill_null(False)
        return text.notnull()

    def meaning(self, words: Words, kind: str) -> ir.StringValue:
        """The meaning of each word: as the mapping lists it, else as our vocabulary has it, else null."""
        text = self.column(words.column).lower()
        listed = {word.lower(): meaning for meaning, texts in words.words.items() for word in texts}
        vocabulary = {word: meaning for meaning, texts in spellings(kind).items() for word in texts}
        common = {word: vocabulary[word] for word in _COMMON if word in vocabulary}
        # The long vocabulary is searched only for the rows whose word is neither listed nor common.
        looked_up = _look_up(ibis.literal(vocabulary, type="map<string, string>"), text)
        return ibis.coalesce(text.cases(*{**common, **listed}.items()), looked_up)

    def key(self, names: Sequence[str]) -> ir.StringValue:
        parts = [self.column(name) for name in names]
        if len(parts) == 1:
            return parts[0]
        key = ibis.literal("|").join([part.fill_null("") for part in parts])
        return key.nullif("|" * (len(parts) - 1))


def _derive(read: ir.Table, mapping: Mapping, *, latest: datetime) -> ir.Table:
    """The canonical columns of what was read, but for the fate, whose reason is given."""
    columns: dict[str, ir.Value] = {use: ibis.literal(value) for use, value in mapping.constants.items()}
    columns |= {use: read[use] for use in (*mapping.texts, *mapping.flags) if use != "other_number"}
    columns |= {f"{use}_s": read[use] for use in mapping.durations}
    columns |= {name: read[name] for name in ("call_key", "raw_reason") if name in read.columns}
    if mapping.outcome is not None:
        for flag in ("voicemail", "after_hours"):
            told = (read["outcome"] == flag).fill_null(False)
            columns[flag] = columns[flag] | told if flag in columns else told
    otherwise = mapping.constants.get("direction", "unknown")
    direction = read["direction"].fill_null(otherwise) if mapping.direction else ibis.literal(otherwise)
    answered = _answered(read, mapping)
    in_time = read["start"].between(ibis.literal(EARLIEST), ibis.literal(latest))
    columns |= {
        "direction": direction,
        "started": ibis.ifelse(in_time, read["start"], ibis.null("timestamp")),
        "answered": answered,
        "reason": _reason(read, mapping, answered),
        "wait_s": _wait(read, mapping, answered),
        "fate_reason": _fate_reason(read, mapping, in_time),
    }
    if "ring" in mapping.durations:
        columns["rang"] = (read["ring"] > 0).fill_null(False)
    if "talk" not in mapping.durations and mapping.answered_at is not None and mapping.end is not None:
        columns["talk_s"] = _seconds_between(read["answered_at"], read["end"])
    if "total" not in mapping.durations and mapping.end is not None:
        columns["total_s"] = _seconds_between(read["start"], read["end"])
    if "other_number" in mapping.texts:
        other, none, outward = read["other_number"], ibis.null("string"), direction == "outbound"
        for use, ours in (("caller", outward), ("called", ~outward)):
            columns[use] = ibis.coalesce(columns.get(use, none), ibis.ifelse(ours, none, other))
    return read.select(read["_file"], read["_row"], **columns).view()


def _answered(read: ir.Table, mapping: Mapping) -> ir.BooleanValue:
    if mapping.answered_from == "outcome":
        return (read["outcome"] == "answered").fill_null(False)
    if mapping.answered_from == "answered_at":
        return read["answered_at"].notnull()
    talked = (read["talk"] > 0).fill_null(False)
    # What a caller says to a voicemail is no conversation.
    return talked & ~read["voicemail"] if "voicemail" in mapping.flags else talked


def _reason(read: ir.Table, mapping: Mapping, answered: ir.BooleanValue) -> ir.StringValue:
    if mapping.outcome is None:
        return ibis.null("string")
    outcome = read["outcome"]
    reason = ibis.cases(
        *((outcome == word, reason) for word, reason in _REASONS.items()),
        (outcome == "abandoned", _abandoned_where(read, mapping)),
        else_=ibis.null("string"),
    )
    return ibis.ifelse(answered, ibis.null("string"), reason)


def _abandoned_where(read: ir.Table, mapping: Mapping) -> ir.StringValue:
    """Where a caller who gave up was: in the queue, at a ringing phone, else still in the menu."""
    rings = "ring" in mapping.durations
    if "queued" in mapping.flags:
        elsewhere = ibis.ifelse(read["ring"] > 0, "abandoned_ringing", "abandoned_ivr") if rings else "abandoned_ivr"
        return ibis.ifelse(read["queued"], "abandoned_queue", elsewhere)
    if "queue" in mapping.texts:
        return ibis.ifelse(read["queue"].notnull(), "abandoned_queue", "abandoned_ringing")
    return ibis.literal("abandoned_queue" if "wait" in mapping.durations and not rings else "abandoned_ringing")


def _wait(read: ir.Table, mapping: Mapping, answered: ir.BooleanValue) -> ir.FloatingValue:
    rule = mapping.wait_from
    if rule == "none":
        return ibis.null("float64")
    if rule == "answered_at":
        until = ibis.coalesce(read["answered_at"], read["end"]) if mapping.end is not None else read["answered_at"]
        waited = _seconds_between(read["start"], until)
        if "total" not in mapping.durations:
            return waited
        return ibis.coalesce(waited, ibis.ifelse(answered, ibis.null("float64"), read["total"]))
    if rule == "total_minus_talk":
        return ibis.greatest(ibis.ifelse(answered, read["total"] - read["talk"].fill_null(0), read["total"]), 0.0)
    if rule == "total":
        return ibis.ifelse(answered, ibis.null("float64"), read["total"])
    return read["wait" if rule == "column" else rule]


def _fate_reason(read: ir.Table, mapping: Mapping, in_time: ir.BooleanValue) -> ir.StringValue:
    """Why a row is left out or refused; null when it is kept. What is to be ignored is not looked at further."""
    branches: list[tuple[ir.BooleanValue, ir.StringValue | str]] = [
        (read["date"].lower() == mapping.start.date.strip().lower(), "header_again")
    ]
    if mapping.ignore:
        branches.append((read["asked_to_ignore"].notnull(), read["asked_to_ignore"]))
    if mapping.outcome is not None:
        branches.append((read["outcome"].startswith("ignore:"), read["outcome"].substr(len("ignore:"))))
    branches += [
        (read["date"].isnull(), "no_start"),
        (read["start"].isnull(), "start_unreadable"),
        (~in_time, "year_out_of_range"),
    ]
    branches += [(read[use] < 0, "negative_duration") for use in mapping.durations]
    if mapping.answered_from == "talk":
        branches.append((read["talk_written"] & read["talk"].isnull(), "duration_unreadable"))
    return ibis.cases(*branches, else_=ibis.null("string"))


def _value_of(words: ir.MapValue, word: ir.StringValue) -> None:
    """The value of a word in a map, null when it has none: the engine's own function."""


_look_up = ibis.udf.scalar.builtin(
    _value_of, name="map_extract_value", signature=((dt.Map(dt.string, dt.string), dt.string), dt.string)
)


def _any(text: ir.StringValue, words: Sequence[str]) -> ir.BooleanValue:
    """Whether the text is one of a few words. Of a list engines make a join, dearer than a few comparisons."""
    return reduce(or_, (text == word for word in words))


def _seconds_between(begin: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    seconds = (end.epoch_seconds() - begin.epoch_seconds()).cast("float64")
    return ibis.ifelse(seconds >= 0, seconds, ibis.null("float64"))


def _naive_utc(moment_given: datetime) -> datetime:
    return moment_given.astimezone(UTC).replace(tzinfo=None) if moment_given.tzinfo else moment_given
