"""What the values of one column look like: dates, times, durations, phone numbers, or words of our vocabulary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date as Date  # noqa: N812
from functools import cached_property

from decroche.capture.files.words import NO, YES, fold, meaning

#: Texts that people and programs write for "nothing".
EMPTY_MARKS = frozenset(
    (
        "-",
        "--",
        "---",
        "—",
        "–",
        "n/a",
        "na",
        "nd",
        "n/d",
        "nc",
        "n/c",
        "null",
        "none",
        "nan",
        "(null)",
        "(vide)",
        "vide",
        "\\n",
    )
)
_CLOCK = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?"
_TIMES = (
    ("12h", re.compile(rf"{_CLOCK}\s*[ap]\.?\s?m\.?$", re.I)),
    ("24h", re.compile(rf"(?:(?:1899-12-3[01]|1900-01-0[01])[ T])?{_CLOCK}$")),
    ("letters", re.compile(r"\d{1,2}\s*h(?:\s*\d{1,2}(?:\s*(?:min|mn|m|'|:|\s)\s*(?:\d{1,2}\s*s?(?:ec)?)?)?)?$", re.I)),
)
_MONTH = r"(?:jan|f[eé]v|feb|mar|avr|apr|mai|may|jui|jun|jul|ao[uû]|aug|sep|oct|nov|d[eé]c)[a-zéû]*\.?"
_NUMERIC = re.compile(r"(?:[^\W\d]+\.?,?\s+)?(\d{1,2})([/.\-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/.\-])(.*)$")
_YEAR_FIRST = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)(.*)$")
_WORDS = re.compile(
    rf"(?:[^\W\d]+\.?,?\s+)?(?:\d{{1,2}}(?:er|st|nd|rd|th)?[\s\-]+(?:de\s+)?{_MONTH}"
    rf"|{_MONTH}\s+\d{{1,2}}(?:st|nd|rd|th)?),?[\s\-]+(?:19|20)\d{{2}}(.*)$",
    re.I,
)
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2}| ?UTC)$")
_SPOKEN = re.compile(
    r"-?\s*(?=\d)(?:\d+\s*h[a-z]*\.?\s*(?:\d{1,2}$)?)?(?:\d+\s*(?:'|m(?:n|in)?[a-z]*\.?)\s*)?"
    r"(?:\d+(?:[.,]\d+)?\s*(?:\"|''|s[a-z]*\.?)?)?$",
    re.I,
)
_THREE_PARTS = re.compile(r"-?\d{1,3}:\d{1,2}:\d{1,2}(?:[.,]\d+)?$")
_TWO_PARTS = re.compile(r"-?\d{1,4}:\d{2}(?:[.,]\d+)?$")
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?$")
_PHONE = re.compile(r"(?:(?:tel|sip):)?\+?[\d\s.()\-/]{6,22}(?:@[\w.]+)?$")
_HIDDEN = frozenset(
    {
        "anonyme",
        "anonymous",
        "masque",
        "numero masque",
        "prive",
        "private",
        "inconnu",
        "unknown",
        "restricted",
        "withheld",
        "blocked",
    }
)


@dataclass(frozen=True, slots=True)
class MomentLook:
    """How the dates of a column are written, for which share of its values, and whether a time of day follows.

    ``order`` is "numeric" while day and month are not told apart: see ``DayMonth``.
    """

    date_format: str
    time_format: str | None
    share: float


@dataclass(frozen=True, slots=True)
class DayMonth:
    """Evidence on the order of numeric dates: rows that only fit one order, and the days spanned by each reading."""

    day_first: int
    month_first: int
    either: int
    day_first_span: int
    month_first_span: int


class Column:
    """One column of a sample: its name and its values that are not empty, trimmed."""

    def __init__(self, name: str, values: Iterable[str | None]) -> None:
        self.name = name
        given = [(value or "").strip() for value in values]
        self.rows = tuple("" if value.lower() in EMPTY_MARKS else value for value in given)
        self.marks = tuple(sorted({value for value in given if value.lower() in EMPTY_MARKS}))
        self.values = tuple(value for value in self.rows if value)
        self.filled = len(self.values) / len(self.rows) if self.rows else 0.0

    def share(self, holds: Callable[[str], object]) -> float:
        """The share of the filled values for which ``holds``."""
        return sum(1 for value in self.values if holds(value)) / len(self.values) if self.values else 0.0

    @cached_property
    def distinct(self) -> Counter[str]:
        """The values and how often each occurs."""
        return Counter(self.values)

    @cached_property
    def moment(self) -> MomentLook | None:
        """How dates are written here; None when fewer than half of the values are dates."""
        looks = Counter(look for look in map(_moment_look, self.values) if look is not None)
        if not looks:
            return None
        formats = Counter[str]()
        for (date_format, _), count in looks.items():
            formats[date_format] += count
        date_format, count = formats.most_common(1)[0]
        times = Counter({time: n for (form, time), n in looks.items() if form == date_format and time is not None})
        share = count / len(self.values)
        midnight = self.share(lambda value: re.search(r"[ T]0?0:00(?::00(?:\.0+)?)?$", value)) > 0.95
        time_format = times.most_common(1)[0][0] if times and not midnight else None
        return MomentLook(date_format, time_format, share) if share >= 0.5 else None

    @cached_property
    def day_month(self) -> DayMonth:
        """Evidence on the order of day and month in numeric dates."""
        pairs = [(int(m[1]), int(m[3]), int(m[4])) for m in map(_NUMERIC.match, self.values) if m]
        return DayMonth(
            day_first=sum(1 for a, b, _ in pairs if a > 12 >= b),
            month_first=sum(1 for a, b, _ in pairs if b > 12 >= a),
            either=sum(1 for a, b, _ in pairs if a <= 12 and b <= 12),
            day_first_span=_span((y, b, a) for a, b, y in pairs),
            month_first_span=_span((y, a, b) for a, b, y in pairs),
        )

    @cached_property
    def time(self) -> tuple[str, float]:
        """How times of day are written here, and for which share of the values."""
        shares = [(self.share(pattern.match), name) for name, pattern in _TIMES]
        shares.append((self.share(lambda value: re.fullmatch(r"0[.,]\d{2,}", value)), "excel"))
        shares.append(
            (self.share(lambda value: re.fullmatch(r"([01]?\d|2[0-3])[0-5]\d[0-5]\d", value)) * 0.9, "digits")
        )
        share, name = max(shares, key=lambda each: each[0])
        return name, share

    @cached_property
    def duration(self) -> tuple[str, float]:
        """The unit of the durations written here (see connector_kit.values.DURATION_UNITS), and their share."""
        three, two = self.share(_THREE_PARTS.match), self.share(_TWO_PARTS.match)
        number, spoken = self.share(_NUMBER.match), self.share(_SPOKEN.match)
        if three and three + two + number >= 0.8:
            return ("h:m:s" if two == 0 and number == 0 else "clock"), three + two + number
        if two:
            return "clock", two + number
        if spoken > number:
            return "text", spoken
        return self._unit_of_numbers(), number

    def _unit_of_numbers(self) -> str:
        numbers = sorted(abs(value) for value in self.numbers() if value is not None)
        positive = [value for value in numbers if value > 0]
        name = fold(self.name).split()
        if {"ms", "msec", "milliseconds", "millisecondes"} & set(name) or (
            positive and positive[len(positive) // 2] > 20_000
        ):
            return "ms"
        if {"min", "minutes", "minute", "mn"} & set(name):
            return "min"
        if positive and positive[-1] < 0.5 and self.share(lambda value: re.search(r"[.,]\d{3,}", value)) > 0.3:
            return "day"
        return "s"

    def numbers(self) -> list[float | None]:
        """Each row as a number, None where it is none; of clock texts only zero or more than zero is told."""
        result: list[float | None] = []
        for value in self.rows:
            plain = value.replace(",", ".")
            if _NUMBER.match(value):
                result.append(float(plain))
            else:
                digits = re.findall(r"\d+(?:\.\d+)?", plain)
                result.append(sum(float(each) for each in digits) if digits else None)
        return result

    @cached_property
    def phone(self) -> float:
        """The share of values like phone numbers, extensions or hidden numbers."""
        return self.share(lambda value: _is_phone(value))

    @cached_property
    def yes_no(self) -> float:
        """The share of values that say yes or no."""
        return self.share(lambda value: value.lower() in YES or value.lower() in NO)

    def words(self, kind: str) -> dict[str, tuple[str, ...]]:
        """The words of the column by meaning, most frequent first; unknown ones under "?"."""
        found: dict[str, list[str]] = {}
        for word, _ in self.distinct.most_common(200):
            found.setdefault(meaning(word, kind) or "?", []).append(word)
        return {sense: tuple(words) for sense, words in found.items()}

    def known(self, kind: str) -> float:
        """The share of values whose word has a meaning in the vocabulary of ``kind``."""
        if len(self.distinct) > 200:
            return 0.0
        known = sum(count for word, count in self.distinct.items() if meaning(word, kind))
        return known / len(self.values) if self.values else 0.0

    def examples(self, count: int = 3) -> list[str]:
        """A few different values, each cut to 40 characters."""
        return [value[:40] for value, _ in self.distinct.most_common(count)]


def _moment_look(value: str) -> tuple[str, str | None] | None:
    """The (date format, time format) of one value; None when it is no date."""
    if found := _YEAR_FIRST.match(value):
        if int(found[1]) < 1910:
            return None
        rest = found[4].lstrip("T ,")
        if (offset := _OFFSET.search(rest)) and offset.start() > 0:
            return "iso_offset", "24h"
        return _with_rest("iso", rest)
    if found := _NUMERIC.match(value):
        return _with_rest("numeric", found[5])
    if found := _WORDS.match(value):
        return _with_rest("words", found[1])
    if re.fullmatch(r"\d{1,2}-[A-Za-z]{3}-\d{2}", value):
        return "%d-%b-%y", None
    if re.fullmatch(r"\d{14}", value) and _is_date(value[:4], value[4:6], value[6:8]):
        return "%Y%m%d%H%M%S", "24h"
    if re.fullmatch(r"1[0-9]{9}(?:[.,]\d+)?", value):
        return "epoch_s", "24h"
    if re.fullmatch(r"1[0-9]{12}", value):
        return "epoch_ms", "24h"
    if re.fullmatch(r"(?:19|20)\d{6}", value) and _is_date(value[:4], value[4:6], value[6:]):
        return "yyyymmdd", None
    if re.fullmatch(r"\d{6}", value) and _is_date("20" + value[:2], value[2:4], value[4:]):
        return "yymmdd", None
    if re.fullmatch(r"[345]\d{4}(?:[.,]\d+)?", value):
        return "excel", "24h" if re.search("[.,]", value) else None
    return None


def _with_rest(date_format: str, rest: str) -> tuple[str, str | None] | None:
    tail = re.sub(r"^[\s,T\-]*(?:à|a|at|@)?\s*", "", rest)
    if not tail:
        return date_format, None
    return next(((date_format, name) for name, pattern in _TIMES if pattern.match(tail)), None)


def _is_date(year: str, month: str, day: str) -> bool:
    try:
        Date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_phone(value: str) -> bool:
    if _YEAR_FIRST.match(value) or _NUMERIC.match(value) or re.fullmatch(r"\d+[.,]\d{1,3}", value):
        return False
    if _PHONE.match(value):
        return 6 <= len(re.findall(r"\d", value)) <= 15
    return fold(value) in _HIDDEN or bool(re.fullmatch(r"\d{2,5}", value))


def _span(dates: Iterable[Sequence[int]]) -> int:
    days = [
        Date(2000 + y if y < 100 else y, m, d).toordinal()
        for y, m, d in dates
        if _is_date(str(y or 2000), str(m), str(d))
    ]
    return max(days) - min(days) if days else 0
