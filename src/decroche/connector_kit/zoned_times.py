"""Times that carry their zone, as interfaces of phone platforms write them: each becomes UTC."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_RFC = r"(\d{1,2}) ([A-Za-z]{3})[a-z]* (\d{4}) (\d{2}:\d{2}:\d{2}) ?(?:([+-]\d{4})|GMT|UTC|Z)?"


def utc_time(text: ir.StringValue) -> ir.TimestampValue:
    """A naive UTC time from ISO 8601 text; an offset in it is applied, no offset means UTC; null when unreadable.

    ``2026-05-01T09:12:05+02:00``, ``2023-06-14T12:57:27.76Z`` and ``2026-05-01 07:12:05 UTC`` are read.
    """
    plain = text.re_replace(r" ?(UTC|GMT)$", "Z")
    return plain.try_cast(dt.Timestamp(timezone="UTC")).cast("timestamp")


def rfc2822_time(text: ir.StringValue) -> ir.TimestampValue:
    """A naive UTC time from ``Fri, 18 Oct 2019 16:02:00 +0000``; null when unreadable."""
    month = text.re_extract(_RFC, 2).lower()
    number = ibis.cases(*[(month == name, f"{place:02d}") for place, name in enumerate(_MONTHS, 1)])
    offset = text.re_extract(_RFC, 5)
    zone = ibis.ifelse(offset.length() == 5, offset.substr(0, 3) + ":" + offset.substr(3, 2), "+00:00")
    day = text.re_extract(_RFC, 1).lpad(2, "0")
    return utc_time(text.re_extract(_RFC, 3) + "-" + number + "-" + day + "T" + text.re_extract(_RFC, 4) + zone)


def seconds_between(start: ir.TimestampValue, end: ir.TimestampValue) -> ir.FloatingValue:
    """How many seconds lie between two times, to the millisecond; null when one of them is."""
    whole = (end.truncate("s").epoch_seconds() - start.truncate("s").epoch_seconds()).cast("float64")
    return (whole + (end.millisecond() - start.millisecond()).cast("float64") / 1000).round(3)
