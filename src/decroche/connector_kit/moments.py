"""Column expressions that read dates and times of day as people and phone systems write them, in French and English."""

from __future__ import annotations

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir

#: How a date (and the time of day that may follow it in the same column) is written, with an example.
DATE_FORMATS: dict[str, str] = {
    "iso": "2026-03-04 13:11:18, 2026-03-04T13:11, 2026/03/04",
    "iso_offset": "2026-03-04T13:11:18+01:00, 2026-03-04T12:11:18Z",
    "d/m/y": "04/03/2026 13:11:18, 4.3.26, 04-03-2026",
    "m/d/y": "03/04/2026 1:11:18 PM, 3/4/26",
    "y/m/d": "26/03/04 13:11",
    "yymmdd": "260304",
    "yyyymmdd": "20260304",
    "words": "4 mars 2026 à 13:11, Mar 4, 2026 1:11 PM",
    "excel": "46085.549 (days since 30 December 1899)",
    "epoch_s": "1772629878 (seconds since 1970, UTC)",
    "epoch_ms": "1772629878000",
}
#: Date formats whose times are UTC once read.
UTC_FORMATS = frozenset({"iso_offset", "epoch_s", "epoch_ms"})
#: How the time of day is written, with an example.
TIME_FORMATS: dict[str, str] = {
    "24h": "13:11:18, 9:05",
    "12h": "1:11:18 PM, 9:05 am",
    "letters": "13h11, 13 h 11 min 18 s",
    "digits": "131118, 1311",
    "excel": "0.549 (part of a day)",
}

#: Beginnings of month names, French and English, without accents.
_MONTHS = (
    ("janv", "jan"), ("fev", "feb"), ("mars", "mar"), ("avr", "apr"), ("mai", "may"), ("juin", "jun"),
    ("juil", "jul"), ("aou", "aug"), ("sep",), ("oct",), ("nov",), ("dec",),
)  # fmt: skip
_MONTH_WORD = r"(?:^|[^a-z])(janv|jan|fev|feb|mars|mar|avr|apr|mai|may|juin|jun|juil|jul|aou|aug|sep|oct|nov|dec)"
_PARTS = r"^\D*(\d{1,4})\D(\d{1,2})\D(\d{1,4})\D*"
_DAY_US = 86_400_000_000
#: Bounds within which a number can be turned into a time without overflow.
_EXCEL_DAYS = (0.0, 2_958_465.0)
_EPOCH_S = (-62_000_000_000.0, 250_000_000_000.0)


def _parse(text: ir.StringValue, how: str) -> None:
    """The engine's own strptime that gives null where the text does not fit."""


_strptime = ibis.udf.scalar.builtin(_parse, name="try_strptime", signature=((dt.string, dt.string), dt.timestamp))


def _microseconds_of(time: ir.TimestampValue) -> None:
    """Microseconds since 1970, null for a time that never ends: the engine's own function."""


def _time_of(microseconds: ir.IntegerValue) -> None:
    """The naive UTC time so many microseconds since 1970: the engine's own function."""


_microseconds = ibis.udf.scalar.builtin(_microseconds_of, name="epoch_us", signature=((dt.Timestamp("UTC"),), dt.int64))
_of_microseconds = ibis.udf.scalar.builtin(_time_of, name="make_timestamp", signature=((dt.int64,), dt.timestamp))


def moment(text: ir.StringValue, date_format: str, time_format: str = "24h") -> ir.TimestampValue:
    """The naive date and time in one column; null when unreadable. A date alone is its midnight.

    Times of UTC_FORMATS are UTC, others in the clock of the file. ``date_format`` is one of DATE_FORMATS or a strptime
    format; ``time_format``, one of TIME_FORMATS, matters when a time of day follows the date. Numeric days and months
    may lack their zero; two-digit years are 1970 to 2069.
    """
    if "%" in date_format:
        return _strptime(text, date_format)
    if date_format == "iso":
        if time_format == "24h":
            return text.replace("/", "-").try_cast("timestamp")
        return _rewritten(text, "y/m/d", time_format)
    if date_format == "iso_offset":
        # The engine's own cast of such a time asks the calendar of a zone: two thirds of the cost of reading it.
        return _of_microseconds(_microseconds(text.try_cast("timestamp('UTC')")))
    if date_format in ("epoch_s", "epoch_ms"):
        scale = 1000 if date_format == "epoch_s" else 1
        number = text.replace(",", ".").try_cast("float64") * scale
        bounded = ibis.ifelse(number.between(_EPOCH_S[0] * 1000, _EPOCH_S[1] * 1000), number, ibis.null("float64"))
        return bounded.round().cast("int64").as_timestamp("ms")
    if date_format == "excel":
        days = text.replace(",", ".").try_cast("float64")
        bounded = ibis.ifelse(days.between(*_EXCEL_DAYS), days, ibis.null("float64"))
        seconds = (bounded * 86400).round().cast("int64")
        return ibis.timestamp("1899-12-30 00:00:00") + seconds.as_interval("s")
    if date_format == "yymmdd":
        return _strptime(text.lpad(6, "0"), "%y%m%d")
    if date_format == "yyyymmdd":
        return _strptime(text, "%Y%m%d")
    if date_format == "words":
        return _from_words(text, time_format)
    return _in_order(text, date_format, time_format)


def time_of_day(text: ir.StringValue, time_format: str) -> ir.IntegerValue:
    """Microseconds since midnight; null when unreadable. A date before the time (as spreadsheets add) is no matter."""
    if time_format == "digits":
        # A missing leading zero is common: 90500 is 9:05:00, 905 is 9:05.
        digits = ibis.ifelse(text.length() <= 4, text.lpad(4, "0").concat("00"), text.lpad(6, "0"))
        return _clock_us(_strptime(ibis.literal("20000101").concat(digits), "%Y%m%d%H%M%S"))
    if time_format == "excel":
        part = text.replace(",", ".").try_cast("float64") % 1
        return (part * 86400).round().cast("int64") * 1_000_000
    if time_format == "letters":
        text = _letters(text)
    if time_format == "12h":
        spaced = (
            text.upper().replace(".", "").re_replace(r"^.*?(\d{1,2}:\d{2}(:\d{2})?)\s*([AP]M)$", r"2000-01-01 \1 \3")
        )
        return _clock_us(_twelve_hours(spaced))
    read = text.try_cast("time")
    whole = (
        read.hour().cast("int64") * 3600 + read.minute().cast("int64") * 60 + read.second().cast("int64")
    ) * 1_000_000
    return whole + read.microsecond().cast("int64")


def joined(
    date: ir.StringValue, time: ir.StringValue, *, date_format: str, time_format: str = "24h"
) -> ir.TimestampValue:
    """The naive moment of a date column and a time column; null when either is unreadable or empty."""
    return moment(date, date_format).truncate("D") + time_of_day(time, time_format).as_interval("us")


def _in_order(text: ir.StringValue, order: str, time_format: str) -> ir.TimestampValue:
    """Numeric dates in a stated order: the usual full form by the engine's fast parser, everything else rewritten."""
    if order == "y/m/d" or time_format == "letters":
        return _rewritten(text, order, time_format)
    usual = {"d/m/y": "%d/%m/%Y", "m/d/y": "%m/%d/%Y"}[order] + (
        " %I:%M:%S %p" if time_format == "12h" else " %H:%M:%S"
    )
    fast = _strptime(text, usual)
    # The parser takes the two digits of 04/03/26 for the year 26.
    return ibis.coalesce(
        ibis.ifelse(fast.year() >= 1000, fast, ibis.null("timestamp")), _rewritten(text, order, time_format)
    )


def _rewritten(text: ir.StringValue, order: str, time_format: str) -> ir.TimestampValue:
    year, month, day = {"d/m/y": (3, 2, 1), "m/d/y": (3, 1, 2), "y/m/d": (1, 2, 3)}[order]
    years = {3: r"^\D*(\d{1,2})\D(\d{1,2})\D(\d{2})(?:$|\D+)", 1: r"^\D*(\d{2})\D(\d{1,2})\D(\d{1,2})(?:$|\D+)"}[year]
    iso = text.re_replace(years, rf"20\{year}-\{month}-\{day} ")
    iso = ibis.ifelse(
        iso == text,
        text.re_replace(_PARTS, rf"\{year}-\{month}-\{day} "),
        iso.re_replace(r"^20([7-9]\d)-", r"19\1-"),
    ).strip()
    return _with_time(iso, time_format)


def _with_time(iso: ir.StringValue, time_format: str) -> ir.TimestampValue:
    if time_format == "12h":
        return ibis.coalesce(
            _twelve_hours(iso.upper().replace(".", "").re_replace(r"\s*([AP]M)$", r" \1")),
            ibis.ifelse(iso.contains(":"), ibis.null("timestamp"), iso.try_cast("timestamp")),
        )
    return (_letters(iso) if time_format == "letters" else iso).try_cast("timestamp")


def _twelve_hours(text: ir.StringValue) -> ir.TimestampValue:
    return ibis.coalesce(_strptime(text, "%Y-%m-%d %I:%M:%S %p"), _strptime(text, "%Y-%m-%d %I:%M %p"))


def _letters(text: ir.StringValue) -> ir.StringValue:
    """``13h11`` and ``13 h 11 min 18 s`` as ``13:11:00`` and ``13:11:18``; text before them is kept."""
    return (
        text.lower()
        .re_replace(r"(\d{1,2})\s*h\s*(\d{1,2})\s*(?:min|mn|m|'|:|\s)\s*(\d{1,2})\s*(?:sec|s|\")?\.?$", r"\1:\2:\3")
        .re_replace(r"(\d{1,2})\s*h\s*(\d{1,2})\s*(?:min|mn|m|')?$", r"\1:\2:00")
        .re_replace(r"(\d{1,2})\s*h$", r"\1:00:00")
    )


def _from_words(text: ir.StringValue, time_format: str) -> ir.TimestampValue:
    plain = text.lower().translate("éèêëûùüôîïàâ", "eeeeuuuoiiaa")
    word = plain.re_extract(_MONTH_WORD, 1)
    month = ibis.cases(*((word.isin(names), f"{number:02d}") for number, names in enumerate(_MONTHS, start=1)))
    year = plain.re_extract(r"(?:^|\D)((?:19|20)\d{2})(?:\D|$)", 1)
    day = plain.re_extract(r"(?:^|[^\d:])(\d{1,2})(?:er|st|nd|rd|th)?(?:[^\d:h]|$)", 1)
    clock = plain.re_extract(r"(\d{1,2}\s*(?::|h)\s*\d{0,2}(?:\s*(?::|min|mn|m)\s*\d{1,2})?\s*(?:[ap]\.?m\.?)?)", 1)
    iso = year.concat("-").concat(month).concat("-").concat(day).concat(" ").concat(clock).strip()
    return _with_time(iso, time_format)


def _clock_us(moment_read: ir.TimestampValue) -> ir.IntegerValue:
    return (moment_read.epoch_seconds().cast("int64") * 1_000_000) % _DAY_US
