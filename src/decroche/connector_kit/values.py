"""Column expressions that read what exports write: durations, times, yes and no."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

_CLOCK = r"^-?\d{1,3}:\d{1,2}(:\d{1,2}([.,]\d+)?)?$"


def seconds(text: ir.StringValue) -> ir.FloatingValue:
    """A duration in seconds from ``134``, ``134.5``, ``2:14`` (minutes:seconds) or ``0:02:14``; null when unreadable."""
    parts = text.replace(",", ".").split(":")
    length = parts.length()
    clock = ibis.cases(
        (length == 3, parts[0].try_cast("float64").abs() * 3600 + parts[1].try_cast("float64") * 60 + parts[2].try_cast("float64")),
        (length == 2, parts[0].try_cast("float64").abs() * 60 + parts[1].try_cast("float64")),
    )
    signed = ibis.ifelse(text.startswith("-"), -clock, clock)
    return ibis.ifelse(text.contains(":"), signed, text.replace(",", ".").try_cast("float64"))


def epoch_seconds(text: ir.StringValue) -> ir.TimestampValue:
    """A UTC time from seconds since 1970 (fractions allowed); null when unreadable, zero or negative."""
    value = text.try_cast("float64")
    return ibis.ifelse(value > 0, (value * 1000).round().cast("int64").as_timestamp("ms"), ibis.null("timestamp"))


def iso_time(text: ir.StringValue) -> ir.TimestampValue:
    """A naive time from ISO-like text (``2026-03-04 13:11:18``, ``2026/03/04 13:11:18``, ``2026-03-04T13:11:18``)."""
    return text.replace("/", "-").try_cast("timestamp")


def one_of(text: ir.StringValue, *words: str) -> ir.BooleanValue:
    """Whether the text is one of the words, without regard to case; false when null."""
    return text.lower().isin([word.lower() for word in words]).fill_null(False)
