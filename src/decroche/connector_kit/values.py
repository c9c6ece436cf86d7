"""Column expressions that read what exports write: durations, times, yes and no."""

from __future__ import annotations

import ibis
import ibis.expr.types as ir

#: How a column of durations is written, with an example.
DURATION_UNITS: dict[str, str] = {
    "s": "134, 134.5 (seconds)",
    "ms": "134000 (milliseconds)",
    "min": "2.25 (minutes)",
    "h:m:s": "0:02:14, 00:02:14.5",
    "clock": "134, 2:14 (minutes:seconds) or 0:02:14",
    "h:m": "0:02 (hours:minutes)",
    "text": "2 min 14, 2m14s, 1h02, 1 h 2 min 3 s, 14 s, 2'14\"",
    "day": "0.00155 (part of a day, as spreadsheets keep it)",
}


def seconds(text: ir.StringValue) -> ir.FloatingValue:
    """A duration in seconds from ``134``, ``134.5``, ``2:14`` (minutes:seconds), ``0:02:14``; null when unreadable."""
    parts = text.replace(",", ".").split(":")
    length = parts.length()
    clock = ibis.cases(
        (
            length == 3,
            parts[0].try_cast("float64").abs() * 3600
            + parts[1].try_cast("float64") * 60
            + parts[2].try_cast("float64"),
        ),
        (length == 2, parts[0].try_cast("float64").abs() * 60 + parts[1].try_cast("float64")),
    )
    signed = ibis.ifelse(text.startswith("-"), -clock, clock)
    return ibis.ifelse(text.contains(":"), signed, text.replace(",", ".").try_cast("float64"))


def duration(text: ir.StringValue, unit: str) -> ir.FloatingValue:
    """A duration in seconds, written as ``unit`` (one of DURATION_UNITS) says; null when unreadable."""
    if unit == "h:m:s":
        # The engine reads a time of day eight times as fast as three parts, but takes 2:14 for hours and minutes.
        clock = text.try_cast("time")
        whole = clock.hour() * 3600 + clock.minute() * 60 + clock.second() + clock.microsecond() / 1_000_000
        return ibis.coalesce(ibis.ifelse(text.length() >= 7, whole, ibis.null("float64")), seconds(text))
    if unit == "clock":
        return seconds(text)
    if unit == "h:m":
        return seconds(text) * 60
    if unit == "text":
        return ibis.coalesce(_spoken(text), seconds(text))
    read = ibis.coalesce(text.try_cast("float64"), text.replace(",", ".").try_cast("float64"))
    return read * {"s": 1.0, "ms": 0.001, "min": 60.0, "day": 86400.0}[unit]


def _spoken(text: ir.StringValue) -> ir.FloatingValue:
    """``2 min 14``, ``1h02``, ``14 s``: hours, minutes, seconds told by letters; the last number may lack its unit."""
    plain = text.lower().replace(",", ".")
    shape = (
        r"^-?\s*(?:\d+\s*h[a-z]*\.?\s*)?(?:\d+\s*(?:'|m(?:n|in)?[a-z]*\.?)\s*)?"
        r"(?:\d+(?:\.\d+)?\s*(?:\"|''|s[a-z]*\.?)?)?$"
    )
    hours = plain.re_extract(r"(\d+)\s*h", 1).try_cast("float64").fill_null(0)
    after_hours = plain.re_extract(r"h[a-z]*\.?\s*(\d+)$", 1).try_cast("float64").fill_null(0)
    minutes = plain.re_extract(r"(\d+)\s*(?:m|'(?:[^']|$))", 1).try_cast("float64").fill_null(0)
    after_minutes = plain.re_extract(r"(?:m[a-z]*\.?|')\s*(\d+(?:\.\d+)?)$", 1).try_cast("float64").fill_null(0)
    told = plain.re_extract(r"(\d+(?:\.\d+)?)\s*(?:s|\"|'')", 1).try_cast("float64").fill_null(0)
    total = hours * 3600 + (minutes + after_hours) * 60 + after_minutes + told
    signed = ibis.ifelse(plain.startswith("-"), -total, total)
    return ibis.ifelse(plain.re_search(shape) & plain.re_search("[hm'\"s]"), signed, ibis.null("float64"))


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
