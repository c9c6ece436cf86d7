"""Quarterly audit: departments and sites by count, by rate and by value, and sites compared without their names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from decroche.language import Language
from decroche.prove.kpis.quarter import LEAST_CALLS, LEAST_SITES, Comparison, PlaceCount
from decroche.prove.reports.blocks import Block, Cell, Kind, Section, Table
from decroche.prove.reports.writing import NOTHING, count, plain, rounded, seconds, share, words
from decroche.prove.service_quarter import QuarterFigures

#: Rows shown of a long ranking; the archived figures hold them all.
LONGEST = 60


def departments(found: QuarterFigures, language: Language) -> Section:
    """Departments by count, rate and value, then how fast each called back and whom it won back."""
    say = language.say
    blocks: list[Block] = [say("text.groups")]
    if any(place.name for place in found.departments):
        title = say("table.departments")
        blocks += [_ranking(found.departments, language, title), _recovery(found.departments, language)]
    else:
        blocks = [say("quarter.no_departments")]
    return Section(
        key="departments", title=say("quarter.section.departments"), sheet=say("sheet.groups"), blocks=tuple(blocks)
    )


def sites(found: QuarterFigures, language: Language) -> Section:
    """Sites beside each other: by name for whoever owns them all, else as letters or as quartiles only."""
    say = language.say
    blocks: list[Block] = []
    if found.site is not None or found.names_hidden:
        blocks.append(compared_said(found.others, language))
    if found.site is not None and found.others is not None:
        blocks.append(_own(found, found.others, language))
    if found.site is None and (not found.names_hidden or found.others is not None):
        if found.names_hidden:
            blocks.append(say("quarter.sites.hidden"))
            blocks.append(_hidden(found.sites, language))
        else:
            blocks += [_ranking(found.sites, language, say("table.sites")), _recovery(found.sites, language)]
    return Section(key="sites", title=say("quarter.section.sites"), sheet=say("sheet.groups"), blocks=tuple(blocks))


def compared_said(others: Comparison | None, language: Language) -> str:
    """How the sites of the group spread, in a sentence."""
    if others is None:
        return language.say("quarter.sites.too_few", least=LEAST_SITES, calls=LEAST_CALLS)
    rate = others.missed_rate
    return language.say(
        "quarter.sites.spread", sites=others.sites, first=rate.first, middle=rate.middle, third=rate.third
    )


def _own(found: QuarterFigures, others: Comparison, language: Language) -> Table:
    """The site of the report beside the quartiles of the group."""
    say, totals = language.say, found.figures.totals
    rows = [(say("rate.missed_rate"), totals.missed / totals.offered, totals.offered, others.missed_rate)]
    if others.recovery_rate is not None and found.journeys.decided.value is not None:
        decided = found.journeys.decided
        rows.append((say("quarter.recovery_rate"), decided.value or 0.0, decided.denominator, others.recovery_rate))
    return Table(
        title=say("quarter.sites.own"),
        columns=(
            say("column.measure"),
            say("quarter.column.own"),
            say("quarter.column.of"),
            say("quarter.column.first"),
            say("quarter.column.middle"),
            say("quarter.column.third"),
        ),
        rows=tuple(
            (
                words(name),
                share(language, own),
                count(language, n),
                *(share(language, value) for value in (spread.first, spread.middle, spread.third)),
            )
            for name, own, n, spread in rows
        ),
        note=say("quarter.sites.own.note", sites=others.sites),
    )


def _ranking(places: Sequence[PlaceCount], language: Language, title: str) -> Table:
    say = language.say
    orders: tuple[Callable[[PlaceCount], tuple[float, float, str]], ...] = (
        lambda place: (-place.missed, 0.0, place.name),
        lambda place: (-(place.missed_rate.value or 0.0), 0.0, place.name),
        lambda place: (-_mean(place), -place.lost, place.name),
    )
    ranks = [{place.name: rank + 1 for rank, place in enumerate(sorted(places, key=order))} for order in orders]
    ordered = sorted(places, key=orders[0])
    return Table(
        title=title,
        columns=(
            say("column.name"),
            say("column.offered"),
            say("column.missed"),
            say("column.missed_rate"),
            say("column.lost_journeys"),
            say("quarter.column.value"),
            say("column.rank_count"),
            say("column.rank_rate"),
            say("column.rank_value"),
        ),
        rows=tuple(
            (
                words(plain(place.name) or say("quarter.nowhere")),
                count(language, place.offered),
                count(language, place.missed),
                share(language, place.missed_rate),
                count(language, place.lost),
                _amount(place, language),
                *(count(language, rank[place.name]) for rank in ranks),
            )
            for place in ordered[:LONGEST]
        ),
        note=_note(places, language),
    )


def _note(places: Sequence[PlaceCount], language: Language) -> str:
    say = language.say
    valued = any(place.value is not None for place in places)
    notes = [say("quarter.value.note") if valued else say("quarter.value.none")]
    if len(places) > LONGEST:
        notes.append(say("quarter.more", more=len(places) - LONGEST))
    return " ".join(notes)


def _recovery(places: Sequence[PlaceCount], language: Language) -> Table:
    say = language.say
    ordered = sorted(places, key=lambda place: (-place.missed, place.name))
    return Table(
        title=say("quarter.table.recovery"),
        columns=(
            say("column.name"),
            say("quarter.column.decided"),
            say("quarter.column.recovered"),
            say("quarter.recovery_rate"),
            say("quarter.column.called"),
            say("quarter.column.callback"),
            say("column.p90"),
        ),
        rows=tuple(
            (
                words(plain(place.name) or say("quarter.nowhere")),
                count(language, place.recovered.denominator),
                count(language, place.recovered.numerator),
                share(language, place.recovered),
                count(language, place.to_callback.n),
                seconds(language, place.to_callback.median),
                seconds(language, place.to_callback.p90),
            )
            for place in ordered[:LONGEST]
        ),
        note=say("quarter.table.recovery.note"),
    )


def _hidden(places: Sequence[PlaceCount], language: Language) -> Table:
    """Letters instead of names; counts are rounded to a digit, for a volume can tell a site as well as its name."""
    say = language.say
    enough = [place for place in places if place.offered >= LEAST_CALLS]
    ordered = sorted(enough, key=lambda place: (len(place.name), place.name))
    return Table(
        title=say("table.sites"),
        columns=(
            say("column.name"),
            say("quarter.column.about"),
            say("column.missed_rate"),
            say("quarter.recovery_rate"),
            say("quarter.column.callback"),
        ),
        rows=tuple(
            (
                words(say("quarter.site", letter=place.name)),
                _about(place.offered, language),
                share(language, place.missed_rate, 0),
                share(language, place.recovered, 0),
                seconds(language, place.to_callback.median),
            )
            for place in ordered[:LONGEST]
        ),
    )


def _about(calls: int, language: Language) -> Cell:
    step = 10 ** (len(str(calls)) - 1)
    near = max(1, round(calls / step)) * step
    return Cell(language.say("quarter.about", calls=near), near, Kind.COUNT)


def _mean(place: PlaceCount) -> float:
    return 0.0 if place.value is None else float(place.value.mean)


def _amount(place: PlaceCount, language: Language) -> Cell:
    if place.value is None:
        return Cell(NOTHING, None, Kind.MONEY)
    mean = float(place.value.mean)
    return Cell(language.money(rounded(mean), place.value.currency), mean, Kind.MONEY)
