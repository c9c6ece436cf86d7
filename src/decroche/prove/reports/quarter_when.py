"""Quarterly audit: what holidays did to the days around them, and how the season moved against last year's."""

from __future__ import annotations

from decroche.language import Language
from decroche.model.figures import Rate
from decroche.prove.kpis.quarter import LEAST_WEEKS, HolidayEffect, SeasonalShift, WeekPair
from decroche.prove.reports.annex_when import calendar
from decroche.prove.reports.blocks import Block, Cell, Chart, Days, Kind, Section, Table
from decroche.prove.reports.writing import NOTHING, count, plain, share, words
from decroche.prove.service_quarter import QuarterFigures


def holidays(found: QuarterFigures, language: Language) -> Section:
    """Each holiday, its eve and the day after, against the same weekday's median; and the days of the quarter."""
    say = language.say
    blocks: list[Block] = [
        _effects(found.holidays, language) if found.holidays else say("quarter.no_holiday"),
        *((calendar(found.figures, language),) if found.figures.daily else ()),
    ]
    return Section(key="holidays", title=say("quarter.section.holidays"), sheet=say("sheet.days"), blocks=tuple(blocks))


def season(found: QuarterFigures, language: Language) -> Section:
    """The weeks beside last year's, and by how many weeks the season moved."""
    say = language.say
    blocks: list[Block] = [shift_said(found.shift, language)]
    if found.weeks:
        blocks.append(_weeks(found.weeks, language))
    return Section(key="season", title=say("quarter.section.season"), sheet=say("sheet.days"), blocks=tuple(blocks))


def shift_said(shift: SeasonalShift, language: Language) -> str:
    """How the season moved, in a sentence."""
    if shift.weeks is None or shift.likeness is None:
        return language.say("quarter.shift.unknown", over=shift.over, least=LEAST_WEEKS)
    key = "later" if shift.weeks > 0 else "earlier" if shift.weeks < 0 else "none"
    return language.say(
        f"quarter.shift.{key}",
        weeks=abs(shift.weeks),
        likeness=language.number(shift.likeness, 2).replace("-", "−"),
        over=shift.over,
    )


def signed(change: float, language: Language) -> str:
    """« +12 % », « −3 % »."""
    sign = "" if abs(change) < 0.005 else "+" if change > 0 else "−"
    return sign + language.percent(abs(change), 0)


def _effects(effects: tuple[HolidayEffect, ...], language: Language) -> Table:
    say = language.say
    return Table(
        title=say("quarter.table.holidays"),
        columns=(
            say("column.day"),
            say("column.remark"),
            say("column.offered"),
            say("column.usual_offered"),
            say("quarter.column.change"),
            say("column.missed"),
            say("column.usual_missed"),
            say("column.missed_rate"),
        ),
        rows=tuple(
            (
                words(language.day(effect.day)),
                words(say(f"quarter.around.{effect.around}", name=plain(effect.name))),
                count(language, effect.offered),
                count(language, effect.usual_offered, 1),
                Cell(
                    NOTHING if effect.change is None else signed(effect.change, language), effect.change, Kind.PERCENT
                ),
                count(language, effect.missed),
                count(language, effect.usual_missed, 1),
                share(language, Rate(effect.missed, effect.offered)),
            )
            for effect in effects
        ),
        note=say("text.usual"),
    )


def _weeks(weeks: tuple[WeekPair, ...], language: Language) -> Chart:
    say = language.say
    title = say("quarter.chart.weeks")
    table = Table(
        title=title,
        columns=(
            say("quarter.column.week"),
            say("column.offered"),
            say("quarter.column.offered_before"),
            say("column.missed_rate"),
            say("quarter.column.rate_before"),
        ),
        rows=tuple(
            (
                words(language.date(week.monday)),
                count(language, week.offered),
                count(language, week.offered_before),
                share(language, Rate(week.missed, week.offered)),
                share(
                    language,
                    None if week.offered_before is None else Rate(week.missed_before or 0, week.offered_before),
                ),
            )
            for week in weeks
        ),
        note=say("quarter.weeks.note"),
    )
    most = max(weeks, key=lambda week: (week.offered, week.monday))
    drawing = Days(
        days=tuple(language.date(week.monday) for week in weeks),
        labels=tuple(language.short_day(week.monday) if place % 2 == 0 else "" for place, week in enumerate(weeks)),
        values=tuple(week.offered for week in weeks),
        usual=tuple(None if week.offered_before is None else float(week.offered_before) for week in weeks),
        names=tuple("" for _ in weeks),
        marked=tuple(week.monday == most.monday for week in weeks),
    )
    description = say("quarter.chart.weeks.description", title=title, most=most.offered, day=most.monday)
    return Chart(key="weeks", title=title, description=description, drawing=drawing, table=table, table_on_paper=True)
