"""One language as a value: it says sentences, and writes numbers, money, dates and durations as its readers do."""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from babel import Locale, dates, numbers, units

from decroche.language.catalogue import sentences
from decroche.language.typography import FIXED, typeset
from decroche.model.sentence import Sentence

#: What ``--lang`` takes, and the Babel locale behind it.
LANGUAGES: Mapping[str, str] = {"fr": "fr", "fr-CA": "fr_CA", "en": "en"}


@dataclass(frozen=True)
class Language:
    """``code`` is one of LANGUAGES. Every method returns text that is ready to show, fixed spaces included."""

    code: str

    def __post_init__(self) -> None:
        if self.code not in LANGUAGES:
            raise ValueError(f"no such language: {self.code!r} (known: {', '.join(LANGUAGES)})")

    @property
    def locale(self) -> str:
        """The Babel locale: fr, fr_CA or en."""
        return LANGUAGES[self.code]

    def has(self, key: str) -> bool:
        """Whether the catalogue has a sentence for ``key``."""
        return key in sentences(self.locale)

    def say(self, key: str, /, **values: Any) -> str:
        """The sentence ``key`` with its ``values`` written in.

        A field names how its value is written: ``{calls:n}`` whole number, ``n1`` one decimal, ``p`` percent with one
        decimal, ``p0`` whole percent, ``money`` (a pair: amount, currency), ``date``, ``day`` (without the year),
        ``clock`` (hours after midnight), ``duration`` (seconds); ``{calls:=call|calls}`` chooses a word by the number.
        Raises KeyError for an unknown key or a value that was not given.
        """
        return self.write(sentences(self.locale)[key], **values)

    def write(self, sentence: str, /, **values: Any) -> str:
        """``sentence`` with its ``values`` written in, as ``say`` does. Raises ValueError for an unknown field."""
        return _Sentence(self).vformat(sentence, (), values)

    def text(self, sentence: Sentence) -> str:
        """A sentence that another room wrote in each language, with our fixed spaces."""
        return self.set(sentence.text(self.code))

    def set(self, text: str) -> str:
        """``text`` with our fixed spaces."""
        return typeset(text, self.locale)

    # numbers

    def number(self, value: float, decimals: int = 0) -> str:
        """12345.6 as « 12 346 », or with ``decimals`` digits."""
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        return numbers.format_decimal(value, format=pattern, locale=self.locale)

    def percent(self, fraction: float, decimals: int = 1) -> str:
        """0.1858 as « 18,6 % »."""
        pattern = Locale.parse(self.locale).percent_formats[None].pattern
        return numbers.format_percent(
            fraction,
            format=pattern.replace("##0", "##0" + ("." + "0" * decimals if decimals else "")),
            locale=self.locale,
        )

    def money(self, amount: float, currency: str, decimals: int | None = None) -> str:
        """An amount in its currency: cents only under 100, or as ``decimals`` says."""
        if decimals is None:
            decimals = 0 if abs(amount) >= 100 or float(amount).is_integer() else 2
        pattern = Locale.parse(self.locale).currency_formats["standard"].pattern
        pattern = pattern.replace("0.00", "0" + ("." + "0" * decimals if decimals else ""))
        return numbers.format_currency(amount, currency, format=pattern, locale=self.locale, currency_digits=False)

    # moments

    def date(self, day: dt.date) -> str:
        """« 3 mars 2026 »."""
        text = dates.format_date(day, "long", locale=self.locale)
        if day.day == 1 and self.locale.startswith("fr"):
            text = text.replace("1 ", "1er ", 1)
        return text.replace(" ", FIXED)

    def day(self, day: dt.date) -> str:
        """« mar. 3 mars »: the weekday, the day and the month."""
        return dates.format_skeleton("MMMEd", day, locale=self.locale).replace(" ", FIXED)

    def whole_day(self, day: dt.date) -> str:
        """« mardi 3 mars »: the weekday, the day and the month, in full."""
        text = dates.format_skeleton("MMMMd", day, locale=self.locale)
        if self.locale.startswith("fr"):
            text = f"{self.weekday(day.isoweekday())} " + (text.replace("1 ", "1er ", 1) if day.day == 1 else text)
        else:
            text = f"{self.weekday(day.isoweekday())}, {text}"
        return text.replace(" ", FIXED)

    def short_day(self, day: dt.date) -> str:
        """« 3 mars »: for the ticks of an axis."""
        return dates.format_skeleton("MMMd", day, locale=self.locale)

    def clock(self, hours: float) -> str:
        """Hours after midnight as a time of day: 9 is « 9 h », 9.5 « 9 h 30 », 24 midnight."""
        minutes = round(hours * 60)
        hour, minute = divmod(minutes, 60)
        key = "clock.hour" if minute == 0 else "clock.hour_minute"
        return self.say(key, hour=str(hour), minute=f"{minute:02d}").replace(" ", FIXED)

    def weekday(self, number: int, width: str = "wide") -> str:
        """The name of ISO weekday ``number`` (1 = Monday); ``width`` is wide or abbreviated."""
        names = dates.get_day_names(width, locale=self.locale)  # type: ignore[arg-type]
        return str(names[number - 1])

    def month(self, number: int) -> str:
        """The name of month ``number`` (1 = January)."""
        return str(dates.get_month_names("wide", locale=self.locale)[number])

    def country(self, code: str) -> str:
        """The name of an ISO country (or of Québec, CA-QC), or the code itself when it names none."""
        if code.upper() == "CA-QC":
            return "Québec" if self.locale.startswith("fr") else "Quebec"
        return str(Locale.parse(self.locale).territories.get(code.upper(), code))

    def duration(self, seconds: float) -> str:
        """« 48 s », « 2 min 14 s », « 1 h 5 min »: the two largest units."""
        whole = round(seconds)
        if whole < 0:
            return "−" + self.duration(-whole)
        parts = (("hour", whole // 3600), ("minute", whole % 3600 // 60), ("second", whole % 60))
        shown = [part for part in parts if part[1]][:2] or [("second", 0)]
        return FIXED.join(
            units.format_unit(count, f"duration-{unit}", "short", locale=self.locale).replace(" ", FIXED)
            for unit, count in shown
        )

    def listing(self, items: list[str]) -> str:
        """« a, b et c »."""
        if len(items) < 2:
            return "".join(items)
        return self.say("list.last", first=", ".join(items[:-1]), last=items[-1])

    def one_of(self, value: float, words: str) -> str:
        """The word that ``value`` takes among « singular|plural »: French counts 0 and 1.5 as singular."""
        singular, _, plural = words.partition("|")
        form = Locale.parse(self.locale).plural_form(abs(round(value, 1) if isinstance(value, float) else value))
        return singular if form == "one" else plural


class _Sentence(string.Formatter):
    """Writes the fields of a sentence; a value is never read as a sentence itself."""

    def __init__(self, language: Language) -> None:
        self._language = language

    def format_field(self, value: Any, spec: str) -> str:
        language = self._language
        if spec.startswith("="):
            return language.one_of(value, spec[1:])
        match spec:
            case "":
                return str(value)
            case "n":
                return language.number(value)
            case "n1":
                return language.number(value, 0 if float(value).is_integer() else 1)
            case "p":
                return language.percent(value)
            case "p0":
                return language.percent(value, 0)
            case "money":
                return language.money(*value)
            case "date":
                return language.date(value)
            case "day":
                return language.day(value)
            case "clock":
                return language.clock(value)
            case "duration":
                return language.duration(value)
        raise ValueError(f"a sentence asks for an unknown way of writing: {spec!r}")

    def get_value(self, key: int | str, args: Any, kwargs: Mapping[str, Any]) -> Any:
        if isinstance(key, int):
            raise KeyError("sentences name their values")
        return kwargs[key]

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        return self.get_value(field_name, args, kwargs), field_name
