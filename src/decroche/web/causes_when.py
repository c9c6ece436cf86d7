"""When calls were missed, ready to show: day by day, by the hours of one day, and by the hours of the week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from markupsafe import Markup

from decroche.language import Language
from decroche.model.board import Measure, Opens, Period, Step, Unit
from decroche.model.figures import DayCount, Rate
from decroche.prove.kpis.board import share
from decroche.prove.opening import opens
from decroche.prove.reports.desk_charts import Course, Mark
from decroche.prove.service_causes import Why
from decroche.web.asked import Asked
from decroche.web.axes import levels_of, ticks_of
from decroche.web.figure_page import pictures
from decroche.web.figure_words import address, written

HERE = "/causes"
#: How the map of the week is read.
READINGS = ("count", "rate", "share")
#: A rate of fewer calls than this is not told in the map.
LEAST_IN_HOUR = 5
_DEEPEST, _QUIET = 6, 0.01
_HOURS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class HourCell:
    """An hour of the week: what is written, how dark (0 to 6), of how many calls, and where it leads."""

    shown: str
    step: int
    href: str | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekShown:
    """The map of the week in one reading."""

    reading: str
    tabs: tuple[tuple[str, str, str], ...]
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, tuple[HourCell, ...]], ...]
    scale: tuple[str, str]
    worst: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DayLine:
    """A day, or the days of a kind."""

    name: str
    to: str | None
    days: str
    offered: str
    missed: str
    rate: str
    usual: str
    note: str
    missed_href: str | None = None
    offered_href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysShown:
    """The missed calls of each day beside what its weekday usually has. Without ``wide`` only the table."""

    wide: Markup | None
    narrow: Markup | None
    about: str
    lines: tuple[DayLine, ...]
    named: bool
    kind: str = "bars"


def days_shown(found: Why, asked: Asked, language: Language) -> DaysShown:
    """The days of a period, each of which leads to its own causes."""
    marks = tuple(
        Mark(
            said=_said_day(day, language),
            value=float(day.missed),
            before=day.usual_missed,
            named=day.holiday or "",
            href=asked.of_day(HERE, day.day),
        )
        for day in found.daily
    )
    starts = [datetime.combine(day.day, time()) for day in found.daily]
    lines = tuple(day_line(day, asked, language) for day in found.daily)
    if not marks:
        return DaysShown(wide=None, narrow=None, about="", lines=lines, named=False)
    chart = Course(
        marks=marks,
        ticks=ticks_of(starts, Step.DAY, language, most=8),
        few=ticks_of(starts, Step.DAY, language, most=4),
        levels=levels_of([each for mark in marks for each in (mark.value, mark.before)], Unit.COUNT, language),
        bars=True,
    )
    wide, narrow = pictures(chart)
    worst = max(found.daily, key=lambda day: day.missed)
    return DaysShown(
        wide=wide,
        narrow=narrow,
        about=language.say("causes.worst_day", day=language.whole_day(worst.day), missed=worst.missed),
        lines=lines,
        named=any(mark.named for mark in marks),
    )


def hours_of_day(found: Why, asked: Asked, language: Language) -> DaysShown:
    """The hours of the one day, each of which opens its calls."""
    row = asked.period.start.isoweekday() - 1
    hours = _hours(found.week.offered)
    marks, lines = [], []
    for hour in hours:
        offered, missed = found.week.offered[row][hour], found.week.missed[row][hour]
        said = language.say("causes.between", hour=hour, next=hour + 1)
        href = address(_of_hour(found, asked.period.start, hour)) if missed else None
        rate = share("missed_rate", Rate(missed, offered))
        marks.append(
            Mark(language.say("causes.day", day=said, missed=missed, offered=offered), float(missed), href=href)
        )
        lines.append(
            DayLine(
                name=said,
                to=href,
                days="",
                offered=language.number(offered),
                missed=language.number(missed),
                rate=percent(rate, language),
                usual="–",
                note="",
            )
        )
    chart = Course(
        marks=tuple(marks),
        ticks=tuple((at, language.clock(hour)) for at, hour in enumerate(hours) if at % 2 == 0),
        few=tuple((at, language.clock(hour)) for at, hour in enumerate(hours) if at % 4 == 0),
        levels=levels_of([mark.value for mark in marks], Unit.COUNT, language),
        bars=True,
    )
    wide, narrow = pictures(chart)
    worst = max(hours, key=lambda hour: found.week.missed[row][hour])
    return DaysShown(
        wide=wide,
        narrow=narrow,
        about=language.say(
            "causes.worst_hour",
            hour=worst,
            next=worst + 1,
            missed=found.week.missed[row][worst],
            offered=found.week.offered[row][worst],
        ),
        lines=tuple(lines),
        named=False,
        kind="hours",
    )


def day_line(day: DayCount, asked: Asked, language: Language) -> DayLine:
    """A day of the table."""
    missed, offered = opens("missed_rate", period=Period(day.day, day.day + timedelta(days=1)), scope=asked.scope)
    rate = share("missed_rate", Rate(day.missed, day.offered))
    note = day.holiday or (language.say("causes.after", holiday=day.after_holiday) if day.after_holiday else "")
    return DayLine(
        name=language.whole_day(day.day),
        to=asked.of_day(HERE, day.day),
        days="",
        offered=language.number(day.offered),
        missed=language.number(day.missed),
        rate=percent(rate, language),
        usual="–" if day.usual_missed is None else language.say("causes.usual", usual=day.usual_missed),
        note=note,
        missed_href=address(missed) if day.missed else None,
        offered_href=address(offered) if day.offered else None,
    )


def percent(measure: Measure, language: Language) -> str:
    """A share, or a dash."""
    return "–" if measure.value is None else written(measure.value, Unit.SHARE, language)


def week_shown(found: Why, asked: Asked, language: Language, reading: str) -> WeekShown:
    """The hours of the week in one reading, each of which leads to its calls or to its dates."""
    offered, missed = found.week.offered, found.week.missed
    hours = _hours(offered)
    values = [[_value(found, day + 1, hour, reading) for hour in hours] for day in range(7)]
    top = max((value for row in values for value in row if value is not None), default=0.0)
    rows = []
    for day in range(7):
        cells = []
        for value, hour in zip(values[day], hours, strict=True):
            told_ = "" if value is None else _cell(value, reading, language)
            to = _hour_to(found, asked, day + 1, hour) if missed[day][hour] else None
            step = 0 if not value or not top else min(_DEEPEST, 1 + int(value / top * (_DEEPEST - 0.001)))
            cells.append(HourCell(shown=told_ or "·", step=step, href=to, n=offered[day][hour]))
        rows.append((language.weekday(day + 1), tuple(cells)))
    ranked = [(value, day, hour) for day in range(7) for value, hour in zip(values[day], hours, strict=True) if value]
    worst = max(ranked, default=None)
    return WeekShown(
        reading=reading,
        tabs=tuple((each, language.say(f"causes.map.{each}"), asked.at(HERE, map=each) + "#week") for each in READINGS),
        caption=language.say(f"causes.map.{reading}.caption", least=LEAST_IN_HOUR),
        heads=tuple(language.clock(hour) for hour in hours),
        rows=tuple(rows),
        scale=(language.say("causes.map.few"), _cell(top, reading, language)),
        worst=None if worst is None else language.say(
            "causes.map.worst", weekday=language.weekday(worst[1] + 1), hour=worst[2],
            value=_cell(worst[0], reading, language),
        ),
    )  # fmt: skip


def _said_day(day: DayCount, language: Language) -> str:
    return language.say(
        "causes.day", day=language.whole_day(day.day), missed=day.missed, offered=day.offered
    ) + (f", {day.holiday}" if day.holiday else "")  # fmt: skip


def _of_hour(found: Why, day: date, hour: int) -> Opens | None:
    """The missed calls of an hour of a day."""
    return opens("missed", period=Period(day, day + timedelta(days=1)), scope=found.scope, hour=hour)[0]


def _hour_to(found: Why, asked: Asked, weekday: int, hour: int) -> str | None:
    """Where an hour of the week leads: to its calls when it is one hour of one day, else to its dates."""
    period = asked.period
    dates = [day for day in map(date.fromordinal, range(period.start.toordinal(), period.end.toordinal()))
             if day.isoweekday() == weekday][:2]  # fmt: skip
    if len(dates) == 1:
        return address(_of_hour(found, dates[0], hour))
    return asked.at(f"{HERE}/hour", weekday=str(weekday), hour=str(hour))


def _value(found: Why, weekday: int, hour: int, reading: str) -> float | None:
    offered, missed = found.week.offered[weekday - 1][hour], found.week.missed[weekday - 1][hour]
    if not offered:
        return None
    if reading == "rate":
        return missed / offered if offered >= LEAST_IN_HOUR else None
    return found.share(weekday, hour).value if reading == "share" else float(missed)


def _cell(value: float, reading: str, language: Language) -> str:
    if reading == "count":
        return language.number(value)
    return language.number(100 * value, 0 if reading == "rate" else 1)


def _hours(offered: Sequence[Sequence[int]]) -> list[int]:
    """From the first to the last hour in which more than a few calls come."""
    by_hour = [sum(day[hour] for day in offered) for hour in range(_HOURS)]
    busy = [hour for hour in range(_HOURS) if by_hour[hour] > _QUIET * max(by_hour)]
    return list(range(busy[0], busy[-1] + 1)) if busy else list(range(8, 19))
