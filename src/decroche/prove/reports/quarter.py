"""The quarterly audit as one value, in one language: a page that says it all, then a section for each question."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from decroche.language import Language
from decroche.prove.kpis.quarter import LEAST_CALLS, AroundHoliday, PlaceCount
from decroche.prove.reports import annex_money, annex_people, annex_when
from decroche.prove.reports.actions import peak_window, three_actions
from decroche.prove.reports.blocks import Advice, Chart, Fact, Section
from decroche.prove.reports.charts import draw
from decroche.prove.reports.inputs import ReportInputs
from decroche.prove.reports.page import missed_headline
from decroche.prove.reports.pdf import plain_block, typeset
from decroche.prove.reports.quarter_people import recovery, recovery_interval
from decroche.prove.reports.quarter_places import departments, sites
from decroche.prove.reports.quarter_when import holidays, season, shift_said, signed
from decroche.prove.reports.writing import NOTHING, plain
from decroche.prove.service_quarter import QuarterFigures

#: Of fewer people than this no delay is told on the first page.
_LEAST = 5
#: Digits of a fingerprint that stand in the names of files.
_SHORT = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterReport:
    """Everything that the paper shows. ``language`` is fr, fr-CA or en."""

    language: str
    title: str
    kicker: str
    business: str
    period: str
    headline: str
    facts: tuple[Fact, ...]
    points: tuple[Advice, ...]
    actions_title: str
    actions: tuple[Advice, ...]
    no_action: str
    stamp: str
    sections: tuple[Section, ...]
    labels: Mapping[str, str]


def build_quarter(found: QuarterFigures, language: Language) -> QuarterReport:
    """The report of these figures; pure, and the same for the same figures."""
    say, figures = language.say, found.figures
    inputs = ReportInputs(figures=figures, business=found.business)
    kicker = say("quarter.title", quarter=quarter_name(found, language))
    business = plain(found.business) if found.site is None else f"{plain(found.business)}, {plain(found.site)}"
    hours = annex_when.hours(inputs, language)
    if not found.hours_told:
        hours = replace(hours, blocks=(say("quarter.no_hours"), *hours.blocks))
    return QuarterReport(
        language=language.code,
        title=f"{kicker} – {business}",
        kicker=kicker,
        business=business,
        period=say(
            "page.period", first=figures.first_day, last=figures.last_day, days=figures.days, zone=plain(figures.zone)
        ),
        headline=missed_headline(figures, language),
        facts=_facts(found, language),
        points=_points(found, language),
        actions_title=say("page.actions.title"),
        actions=three_actions(figures, language),
        no_action=say("page.actions.none"),
        stamp=stamp_said(found, language),
        sections=(
            departments(found, language),
            replace(hours, title=say("quarter.section.week")),
            holidays(found, language),
            season(found, language),
            recovery(found, language),
            replace(annex_people.reasons(inputs, language), title=say("quarter.section.causes")),
            *((sites(found, language),) if found.sites or found.others else ()),
            _data(found, language),
        ),
        labels={name: say(f"label.{name}") for name in ("made_by", "page")},
    )


def quarter_pdf(found: QuarterFigures, language: Language) -> bytes:
    """The paper, ready to print."""
    report = build_quarter(found, language)
    charts = [block for section in report.sections for block in section.blocks if isinstance(block, Chart)]
    return typeset(
        "quarter.typ",
        _plain(report),
        {chart.key: draw(chart) for chart in charts},
        day=found.figures.last_day,
        language=language.code,
    )


def quarter_name(found: QuarterFigures, language: Language) -> str:
    """« 3e trimestre 2026 »."""
    quarter = found.told
    return language.say(f"quarter.name.{quarter.number}", year=str(quarter.year))


def file_name(found: QuarterFigures) -> str:
    """What the files of this audit are called, without their ending: another state of the data has another name."""
    site = "" if found.site is None else "-" + "".join(char if char.isalnum() else "-" for char in found.site.lower())
    return f"audit-{found.quarter}{site}-{found.fingerprint[:_SHORT]}"


def stamp_said(found: QuarterFigures, language: Language) -> str:
    """The data behind the figures, in a sentence."""
    return language.say(
        "quarter.stamp",
        calls=found.stamp.calls,
        journeys=found.stamp.journeys,
        revision=str(found.stamp.latest),
        definitions=found.definitions,
        made=found.made_at.date(),
        fingerprint=found.fingerprint,
        file=f"{file_name(found)}.json",
    )


def _plain(report: QuarterReport) -> dict[str, Any]:
    plain_report = {
        name: getattr(report, name)
        for name in ("title", "kicker", "business", "period", "headline", "actions_title", "no_action", "stamp")
    }
    for name in ("facts", "points", "actions"):
        plain_report[name] = [asdict(each) for each in getattr(report, name)]
    return {
        **plain_report,
        "labels": dict(report.labels),
        "sections": [
            {"title": section.title, "blocks": [plain_block(block) for block in section.blocks]}
            for section in report.sections
        ],
    }


def _facts(found: QuarterFigures, language: Language) -> tuple[Fact, ...]:
    say, totals, tally = language.say, found.figures.totals, found.journeys
    before = found.offered_before, found.missed_before or 0
    callback = tally.to_callback
    kept = tally.decided.value
    return (
        Fact(
            say("quarter.fact.missed"),
            language.percent(totals.missed / totals.offered) if totals.offered else NOTHING,
            say("quarter.of", part=totals.missed, whole=totals.offered),
            True,
        ),
        Fact(
            say("quarter.fact.before"),
            language.percent(before[1] / before[0]) if before[0] else NOTHING,
            say("quarter.of", part=before[1], whole=before[0]) if before[0] else say("quarter.fact.before.none"),
        ),
        Fact(
            say("quarter.fact.recovery"),
            NOTHING if kept is None else language.percent(kept),
            recovery_interval(tally.decided, language),
        ),
        Fact(
            say("quarter.fact.callback"),
            NOTHING if callback.median is None or callback.n < _LEAST else language.duration(callback.median),
            say("quarter.fact.callback.note", n=callback.n, p90=callback.p90 or 0)
            if callback.n >= _LEAST
            else say("quarter.fact.callback.few", n=callback.n),
        ),
    )


def _points(found: QuarterFigures, language: Language) -> tuple[Advice, ...]:
    points = {
        "departments": _departments_point(found.departments, language),
        "week": _week_point(found, language),
        "hours": _hours_point(found, language),
        "holidays": _holidays_point(found, language),
        "season": _season_point(found, language),
        "lost": _lost_point(found, language),
    }
    return tuple(Advice(language.say(f"quarter.point.{key}"), text) for key, text in points.items() if text)


def _departments_point(places: tuple[PlaceCount, ...], language: Language) -> str:
    named = [place for place in places if place.name]
    if len(named) < 2:
        return ""
    say = language.say
    most = max(named, key=lambda place: (place.missed, place.name))
    worst = max(
        (place for place in named if place.offered >= LEAST_CALLS),
        key=lambda place: (place.missed_rate.value or 0.0, place.name),
        default=most,
    )
    if worst == most:
        return say(
            "quarter.departments.same", name=plain(most.name), missed=most.missed, rate=most.missed_rate.value or 0.0
        )
    return say(
        "quarter.departments.two",
        most=plain(most.name),
        missed=most.missed,
        most_rate=most.missed_rate.value or 0.0,
        worst=plain(worst.name),
        rate=worst.missed_rate.value or 0.0,
        offered=worst.offered,
    )


def _week_point(found: QuarterFigures, language: Language) -> str:
    window = peak_window(found.figures)
    if window is None:
        return ""
    return language.say(
        "quarter.week",
        weekday=language.weekday(window.weekday),
        first=window.first,
        last=window.last,
        missed=window.missed,
        offered=window.offered,
        rate=window.missed / window.offered,
        share=window.missed / found.figures.totals.missed,
    )


def _hours_point(found: QuarterFigures, language: Language) -> str:
    missed = found.figures.totals.missed
    if not missed or not found.hours_told:
        return ""
    shares = {str(row.hour_class): row.missed / missed for row in found.figures.hour_classes}
    return language.say("quarter.hours", **shares)


def _holidays_point(found: QuarterFigures, language: Language) -> str:
    told = [effect for effect in found.holidays if effect.change is not None]
    beside = [effect for effect in told if effect.around is not AroundHoliday.HOLIDAY] or told
    if not beside:
        return ""
    most = max(beside, key=lambda effect: (abs(effect.change or 0.0), effect.day))
    return language.say(
        f"quarter.holiday.{most.around}",
        name=plain(most.name),
        day=most.day,
        offered=most.offered,
        usual=most.usual_offered,
        change=signed(most.change or 0.0, language),
    )


def _season_point(found: QuarterFigures, language: Language) -> str:
    if not found.offered_before:
        return language.say("quarter.season.unknown")
    change = found.figures.totals.offered / found.offered_before - 1
    volume = language.say(
        "quarter.season.volume",
        offered=found.figures.totals.offered,
        before=found.offered_before,
        change=signed(change, language),
    )
    return f"{volume} {shift_said(found.shift, language)}"


def _lost_point(found: QuarterFigures, language: Language) -> str:
    lost, say = found.journeys.expired, language.say
    if found.value is None:
        return say("quarter.lost.no_value", lost=lost)
    amounts = [place.value for place in (found.departments or found.sites) if place.value is not None]
    if not amounts:
        return say("quarter.lost.no_value", lost=lost)
    total = sum(float(amount.mean) for amount in amounts)
    each = float(found.value), found.value.currency
    return say("quarter.lost.value", lost=lost, total=(round(total, -2), found.value.currency), each=each)


def _data(found: QuarterFigures, language: Language) -> Section:
    say, terms = language.say, found.figures.terms
    settings = say("quarter.settings", within=terms.threshold_s, short=terms.short_s)
    definitions = annex_money.definitions(language)
    return replace(
        definitions,
        key="data",
        title=say("quarter.section.data"),
        blocks=(stamp_said(found, language), settings, say("quarter.remake"), *definitions.blocks),
    )
