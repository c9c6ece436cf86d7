"""The figures of a quarterly audit for tests of the paper: the garage of ``sample``, with three departments."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from decroche.model.board import JourneyTally
from decroche.model.figures import Durations, Rate
from decroche.model.money import Money, MoneyRange
from decroche.prove.kpis.quarter import (
    AroundHoliday,
    Comparison,
    HolidayEffect,
    PlaceCount,
    SeasonalShift,
    Spread,
    WeekPair,
)
from decroche.prove.service_quarter import QuarterFigures, fingerprint
from decroche.warehouse.quarterly import Stamp
from tests.unit.reports import sample


def place(name: str, offered: int, missed: int, lost: int) -> PlaceCount:
    mean = Money.of(lost * 200, "EUR")
    return PlaceCount(
        name=name,
        offered=offered,
        missed=missed,
        lost=lost,
        recovered=Rate(missed - lost, missed),
        to_callback=Durations(n=missed // 2, mean=4000.0, median=2400.0, p90=9000.0),
        value=MoneyRange(mean=mean, low=mean, middle=mean, high=mean),
    )


def quarter() -> QuarterFigures:
    figures = sample.figures()
    mondays = [date(2026, 7, 6) + timedelta(weeks=number) for number in range(12)]
    found = QuarterFigures(
        quarter="2026Q3",
        business="Garage Martin",
        site=None,
        names_hidden=False,
        language="fr",
        made_at=datetime(2026, 10, 5, 7, tzinfo=UTC),
        definitions="1",
        figures=replace(figures, first_day=date(2026, 7, 1), last_day=date(2026, 9, 30), days=92),
        journeys=JourneyTally(
            opened=420,
            open=12,
            expired=150,
            recovered_by={"our_call": 160, "their_call": 80, "reply": 10, "booking": 8},
            decided=Rate(250, 400),
            to_callback=Durations(n=200, mean=4000.0, median=2400.0, p90=9000.0),
        ),
        called_within={900: 60, 3600: 130, 86400: 195},
        departments=(place("Atelier", 2000, 300, 90), place("Pièces", 400, 100, 30), place("Ventes", 500, 50, 20)),
        sites=(place("Lyon", 2900, 450, 140),),
        others=None,
        weeks=tuple(
            WeekPair(
                week=monday.isocalendar().week,
                monday=monday,
                offered=200 + 10 * number,
                missed=40,
                offered_before=190 + 10 * number,
                missed_before=38,
            )
            for number, monday in enumerate(mondays)
        ),
        shift=SeasonalShift(weeks=2, likeness=0.93, unmoved=0.4, over=10),
        holidays=(
            HolidayEffect(
                name="Assomption",
                around=AroundHoliday.AFTER,
                day=date(2026, 8, 17),
                offered=70,
                missed=20,
                usual_offered=50.0,
                usual_missed=9.0,
                change=0.4,
            ),
        ),
        offered_before=2700,
        missed_before=430,
        value=Money.of(200, "EUR"),
        hours_told=True,
        stamp=Stamp(calls=3500, calls_revisions=10, journeys=420, journeys_revisions=20, latest=99),
        fingerprint="",
    )
    return replace(found, fingerprint=fingerprint(found))


def of_a_site() -> QuarterFigures:
    """The same of one site, compared with the others."""
    spread = Spread(first=0.11, middle=0.14, third=0.19)
    others = Comparison(sites=7, left_out=1, missed_rate=spread, recovery_rate=spread)
    return replace(quarter(), site="Lyon", sites=(), others=others)
