"""The week as a grid: missed calls by weekday and hour, as a count, as a rate, and as a share of all missed calls."""

from __future__ import annotations

from collections.abc import Callable

from decroche.language import Language
from decroche.model.figures import Figures
from decroche.prove.reports.blocks import Cell, Chart, HeatMap, Kind, Table
from decroche.prove.reports.writing import words

#: A rate over fewer calls than this says nothing, and its cell stays blank.
SMALLEST_BASE = 5
#: An hour has its own column when it received at least this share of the busiest hour's calls.
QUIET_HOUR = 0.04


def shown_hours(figures: Figures) -> tuple[int, int]:
    """The hours [first, last) that get a column each; what lies before and after is drawn together."""
    by_hour = [sum(day[hour] for day in figures.week.offered) for hour in range(24)]
    floor = max(by_hour) * QUIET_HOUR
    busy = [hour for hour in range(24) if by_hour[hour] > floor]
    return (busy[0], busy[-1] + 1) if busy else (8, 18)


def missed_map(figures: Figures, language: Language) -> Chart:
    """How many calls were missed in each hour of the week over the whole period."""

    def cell(missed: int, offered: int) -> Cell:
        return Cell(language.number(missed) if offered else "", missed if offered else None, Kind.COUNT)

    return _map(figures, language, "missed", cell)


def rate_map(figures: Figures, language: Language) -> Chart:
    """The part of each hour's calls that was missed: what a caller of that hour risks."""

    def cell(missed: int, offered: int) -> Cell:
        if offered < SMALLEST_BASE:
            return Cell("", None, Kind.PERCENT)
        return Cell(language.number(100 * missed / offered), missed / offered, Kind.PERCENT)

    return _map(figures, language, "rate", cell)


def share_map(figures: Figures, language: Language) -> Chart:
    """The part of all missed calls that falls in each hour: where the missed calls are."""
    whole = figures.totals.missed

    def cell(missed: int, offered: int) -> Cell:
        if not offered or not whole:
            return Cell("", None, Kind.PERCENT)
        return Cell(language.number(100 * missed / whole, 1), missed / whole, Kind.PERCENT)

    return _map(figures, language, "share", cell)


def _map(figures: Figures, language: Language, key: str, cell: Callable[[int, int], Cell]) -> Chart:
    first, last = shown_hours(figures)
    spans = [(0, first), *((hour, hour + 1) for hour in range(first, last)), (last, 24)]
    spans = [span for span in spans if span[0] < span[1] and (span[1] - span[0] == 1 or _calls(figures, span))]
    cells = tuple(
        tuple(
            cell(sum(figures.week.missed[day][start:end]), sum(figures.week.offered[day][start:end]))
            for start, end in spans
        )
        for day in range(7)
    )
    labels = tuple(_label(language, span, first, last) for span in spans)
    days = tuple(language.weekday(day + 1) for day in range(7))
    title = language.say(f"heat.{key}.title")
    note = language.say(f"heat.{key}.note", days=figures.days, missed=figures.totals.missed, base=SMALLEST_BASE)
    top = max(
        ((value.value or 0, day, place) for day, row in enumerate(cells) for place, value in enumerate(row)),
        default=(0, 0, 0),
    )
    description = language.say(
        "heat.description",
        title=title,
        note=note,
        weekday=days[top[1]],
        hour=labels[top[2]],
        top=cells[top[1]][top[2]].text,
    )
    table = Table(
        title=title,
        columns=(language.say("column.weekday"), *labels),
        rows=tuple((words(day.capitalize()), *row) for day, row in zip(days, cells, strict=True)),
        note=note,
    )
    drawing = HeatMap(tuple(day.capitalize() for day in days), labels, cells)
    return Chart(key=f"heat_{key}", title=title, description=description, drawing=drawing, table=table)


def _calls(figures: Figures, span: tuple[int, int]) -> int:
    return sum(sum(day[span[0] : span[1]]) for day in figures.week.offered)


def _label(language: Language, span: tuple[int, int], first: int, last: int) -> str:
    if span[1] - span[0] > 1 and span[1] == first:
        return language.say("heat.before", hour=first)
    if span[1] - span[0] > 1 and span[0] == last:
        return language.say("heat.after", hour=last)
    return language.clock(span[0])
