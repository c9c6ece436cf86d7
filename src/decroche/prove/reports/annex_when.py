"""Annex: when calls are missed – by hour, by class of hour, by day – and on which lines and in which departments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from decroche.language import Language
from decroche.model.figures import DayCount, Figures, Group, HourCount, Rate
from decroche.prove.reports.blocks import Bars, Block, Cell, Chart, Days, Kind, Section, Table
from decroche.prove.reports.heat import rate_map, share_map
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.writing import count, money, plain, seconds, share, words

#: A day is a peak when it missed this many times the median of its weekday, and at least this many calls more.
PEAK_TIMES, PEAK_MORE = 1.5, 5
#: Rows shown of a long ranking; the workbook holds no more either, the calls themselves are in the export.
LONGEST = 15


def hours(inputs: ReportInputs, language: Language) -> Section:
    """The week as a rate and as a share, and the four classes of hours."""
    figures, say = inputs.figures, language.say
    blocks: list[Block] = [say("text.rate_or_share"), rate_map(figures, language), share_map(figures, language)]
    if figures.hour_classes:
        blocks.append(_classes(figures, language))
    return Section(key="hours", title=say("section.hours"), sheet=say("sheet.hours"), blocks=tuple(blocks))


def _classes(figures: Figures, language: Language) -> Chart:
    say = language.say
    missed = figures.totals.missed or 1
    labels = tuple(say(f"hour_class.{row.hour_class}") for row in figures.hour_classes)
    title = say("table.hour_classes")
    table = Table(
        title=title,
        columns=(
            say("column.hour_class"),
            say("column.offered"),
            say("column.missed"),
            say("column.missed_rate"),
            say("column.missed_share"),
        ),
        rows=tuple(
            (
                words(label),
                count(language, row.offered),
                count(language, row.missed),
                share(language, Rate(row.missed, row.offered)),
                share(language, row.missed / missed),
            )
            for label, row in zip(labels, figures.hour_classes, strict=True)
        ),
        note=say("text.hour_classes"),
    )
    cells = tuple(
        Cell(f"{language.number(row.missed)}  ({language.percent(row.missed / missed, 0)})", row.missed, Kind.COUNT)
        for row in figures.hour_classes
    )
    parts = " ; ".join(f"{label} {cell.text}" for label, cell in zip(labels, cells, strict=True))
    return Chart(
        key="hour_classes",
        title=title,
        description=say("chart.bars.description", title=title, parts=parts),
        drawing=Bars(labels, cells, tuple(False for _ in labels)),
        table=table,
        table_on_paper=True,
    )


def days(inputs: ReportInputs, language: Language) -> Section:
    """Each day against its weekday's usual count, the peaks, the days after a holiday, the worst hours."""
    figures, say = inputs.figures, language.say
    blocks: list[Block] = []
    if figures.daily:
        blocks.append(calendar(figures, language))
    peaks = sorted((day for day in figures.daily if is_peak(day)), key=lambda day: (-day.missed, day.day))[:LONGEST]
    blocks.append(_day_table(language, "table.peaks", peaks, None) if peaks else say("text.no_peaks"))
    after = [day for day in figures.daily if day.after_holiday]
    blocks.append(
        _day_table(language, "table.after_holiday", after, say("text.after_holiday"))
        if after
        else say("text.no_holiday")
    )
    for key, rows in (("longest_hours", figures.longest_hours), ("costliest_hours", figures.costliest_hours)):
        if rows:
            blocks.append(_hour_table(language, key, rows, inputs.each_lost))
    return Section(key="days", title=say("section.days"), sheet=say("sheet.days"), blocks=tuple(blocks))


def is_peak(day: DayCount) -> bool:
    """Whether a day missed clearly more than the same weekday usually does."""
    usual = day.usual_missed
    return usual is not None and day.missed >= PEAK_TIMES * usual and day.missed - usual >= PEAK_MORE


def calendar(figures: Figures, language: Language) -> Chart:
    """Missed calls day by day, each against the median of its weekday."""
    say = language.say
    shown = figures.daily
    title = say("chart.days")
    monthly = len(shown) > 130
    labels = tuple(
        language.short_day(day.day) if (day.day.day == 1 if monthly else day.weekday == 1 and place % 14 < 7) else ""
        for place, day in enumerate(shown)
    )
    # Two names side by side would run into each other: the first of a fortnight is written.
    named, names = -14, []
    for place, day in enumerate(shown):
        fits = bool(day.holiday) and place - named >= (14 if not monthly else 30)
        named = place if fits else named
        names.append(plain(day.holiday or "", 22) if fits else "")
    table = _day_table(language, "table.days", shown, say("text.usual") + " " + say("text.marked_days"))
    description = say(
        "chart.days.description",
        title=title,
        first=figures.first_day,
        last=figures.last_day,
        most=max(day.missed for day in shown),
        day=max(shown, key=lambda day: day.missed).day,
    )
    drawing = Days(
        days=tuple(language.day(day.day) for day in shown),
        labels=labels,
        values=tuple(day.missed for day in shown),
        usual=tuple(day.usual_missed for day in shown),
        names=tuple(names),
        marked=tuple(day.after_holiday is not None for day in shown),
    )
    return Chart(key="days", title=title, description=description, drawing=drawing, table=table)


def _day_table(language: Language, key: str, rows: Sequence[DayCount], note: str | None) -> Table:
    say = language.say

    def remark(day: DayCount) -> str:
        if day.holiday:
            return say("remark.holiday", name=plain(day.holiday))
        if day.after_holiday:
            return say("remark.after_holiday", name=plain(day.after_holiday))
        return say("remark.before_holiday", name=plain(day.before_holiday)) if day.before_holiday else ""

    return Table(
        title=say(key),
        columns=(
            say("column.day"),
            say("column.offered"),
            say("column.usual_offered"),
            say("column.missed"),
            say("column.usual_missed"),
            say("column.remark"),
        ),
        rows=tuple(
            (
                words(language.day(day.day)),
                count(language, day.offered),
                count(language, day.usual_offered, 1),
                count(language, day.missed),
                count(language, day.usual_missed, 1),
                words(remark(day)),
            )
            for day in rows
        ),
        note=note,
    )


def _hour_table(language: Language, key: str, rows: Sequence[HourCount], each: tuple[float, str] | None) -> Table:
    say = language.say
    value = (say("column.value_lost"),) if each else ()
    return Table(
        title=say(f"table.{key}"),
        columns=(
            say("column.day"),
            say("column.hour"),
            say("column.offered"),
            say("column.missed"),
            say("column.lost_journeys"),
            say("column.mean_wait"),
            *value,
        ),
        rows=tuple(
            (
                words(language.day(row.start.date())),
                words(language.clock(row.start.hour)),
                count(language, row.offered),
                count(language, row.missed),
                count(language, row.lost_journeys),
                seconds(language, row.mean_wait_s),
                *((money(language, row.lost_journeys * each[0], each[1]),) if each else ()),
            )
            for row in rows
        ),
        note=say(f"text.{key}"),
    )


def groups(inputs: ReportInputs, language: Language) -> Section:
    """Sites, departments, queues and lines, each with its place by count, by rate and by value."""
    figures, say = inputs.figures, language.say
    blocks: list[Block] = [say("text.groups")]
    for key in ("sites", "departments", "queues", "lines"):
        rows: tuple[Group, ...] = getattr(figures, key)
        if rows:
            blocks.append(_group_table(inputs, language, key, rows))
    if len(blocks) == 1:
        blocks = [say("text.no_groups")]
    return Section(key="groups", title=say("section.groups"), sheet=say("sheet.groups"), blocks=tuple(blocks))


def _values(inputs: ReportInputs, key: str, rows: tuple[Group, ...]) -> Mapping[str, float] | None:
    """The mean margin lost by group: at a department's own prices where it has some, else at the usual ones."""
    if inputs.each_lost is None or inputs.loss is None:
        return None
    own = inputs.loss.departments if key == "departments" else {}
    return {
        row.name: float(own[row.name].mean) if row.name in own else row.lost_journeys * inputs.each_lost[0]
        for row in rows
    }


def _group_table(inputs: ReportInputs, language: Language, key: str, rows: tuple[Group, ...]) -> Table:
    say = language.say
    values = _values(inputs, key, rows)
    currency = inputs.each_lost[1] if inputs.each_lost else ""
    by_count = sorted(rows, key=lambda row: (-row.missed, row.name))
    by_rate = sorted(rows, key=lambda row: (-(Rate(row.missed, row.offered).value or 0), row.name))
    by_value = sorted(rows, key=lambda row: (-(values or {}).get(row.name, 0), -row.lost_journeys, row.name))
    notes = [say("text.more_groups", more=len(rows) - LONGEST)] if len(rows) > LONGEST else []
    if values and key != "departments" and inputs.told is not None and inputs.told.departments:
        notes.append(say("text.usual_value"))
    return Table(
        title=say(f"table.{key}"),
        columns=(
            say("column.name"),
            say("column.offered"),
            say("column.missed"),
            say("column.missed_rate"),
            say("column.lost_journeys"),
            say("column.value_lost"),
            say("column.rank_count"),
            say("column.rank_rate"),
            say("column.rank_value"),
        ),
        rows=tuple(
            (
                words(plain(row.name)),
                count(language, row.offered),
                count(language, row.missed),
                share(language, Rate(row.missed, row.offered)),
                count(language, row.lost_journeys),
                money(language, values[row.name] if values else None, currency),
                count(language, by_count.index(row) + 1),
                count(language, by_rate.index(row) + 1),
                count(language, by_value.index(row) + 1),
            )
            for row in by_count[:LONGEST]
        ),
        note=" ".join(notes) or None,
    )
