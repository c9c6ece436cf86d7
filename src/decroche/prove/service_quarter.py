"""The quarterly audit of an account: counted once from the lake, kept as figures, and counted again to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import msgspec
import numpy as np

from decroche.model.board import JourneyTally, Scope
from decroche.model.figures import Accounting, Assumption, Figures, Group, Measures
from decroche.model.money import Money
from decroche.prove.kpis.quarter import (
    Comparison,
    HolidayEffect,
    PlaceCount,
    Quarter,
    SeasonalShift,
    WeekPair,
    compared,
    holiday_effects,
    seasonal_shift,
    unnamed,
    week_pairs,
)
from decroche.prove.reports.masking import masked_names
from decroche.prove.service_desk import Business, Desk
from decroche.understand.beliefs import Fixed
from decroche.understand.journeys import SILENCE
from decroche.understand.value_at_risk import value_of
from decroche.warehouse.journey_tallies import no_journeys
from decroche.warehouse.live_columns import Columns
from decroche.warehouse.quarterly import QuarterCounts, Stamp, count_quarter

#: The version of the definitions by which these figures are counted. It grows when one of them changes.
DEFINITIONS = "1"
#: Seconds from a miss to our first call: the shares of people called so soon are told.
CALLED_WITHIN_S = (900, 3600, 86400)


class NoCallsThen(LookupError):
    """The quarter has no call of these sites."""


class NoSuchSite(LookupError):
    """The account has no such site."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarterFigures:
    """All figures of a quarterly audit, and what they were counted from.

    ``made_at`` is the moment that they are of. ``names_hidden``: sites have letters. ``others`` compares the sites
    of the account where it is about one of them, or where names are hidden. ``fingerprint`` tells the data, the period,
    the settings and the definitions: with the same one, the same figures come out.
    """

    quarter: str
    business: str
    site: str | None
    names_hidden: bool
    language: str
    made_at: datetime
    definitions: str
    figures: Figures
    journeys: JourneyTally
    called_within: Mapping[int, int]
    departments: tuple[PlaceCount, ...]
    sites: tuple[PlaceCount, ...]
    others: Comparison | None
    weeks: tuple[WeekPair, ...]
    shift: SeasonalShift
    holidays: tuple[HolidayEffect, ...]
    offered_before: int | None
    missed_before: int | None
    value: Money | None
    hours_told: bool
    stamp: Stamp
    fingerprint: str

    @property
    def told(self) -> Quarter:
        """The quarter itself."""
        return Quarter.read(self.quarter)


def quarter_figures(
    desk: Desk,
    account: str,
    *,
    quarter: Quarter,
    business: str,
    site: str | None = None,
    within: tuple[str, ...] | None = None,
    value: Money | None = None,
    hide_names: bool = False,
    made_at: datetime,
) -> QuarterFigures:
    """Count a quarter. ``value`` is what a caller who is won brings; ``within`` the sites that whoever asks may see.

    Raises NoCallsThen, NoSuchSite, NotReady, and KeyError without account.
    """
    scope = Scope(site=site, within=within)

    def find(columns: Columns, about: Business) -> QuarterFigures:
        counts = _counted(columns, about, quarter, scope, made_at)
        if not counts.measures.totals.offered:
            raise NoCallsThen(str(quarter))
        others = None
        if site is not None:
            every = _counted(columns, about, quarter, Scope(), made_at)
            others = compared(_places(every, "site", None))
        return _figures(
            counts, about, quarter, business=business, site=site, value=value, others=others, hide_names=hide_names,
            made_at=made_at,
        )  # fmt: skip

    return desk.answer(account, ("quarter", quarter, scope, value, hide_names, made_at), find)


def _counted(columns: Columns, about: Business, quarter: Quarter, scope: Scope, now: datetime) -> QuarterCounts:
    return count_quarter(
        columns,
        clocks=about.clocks,
        period=quarter.period,
        before=quarter.last_year.period,
        scope=scope,
        now=now,
        silence=SILENCE,
        answer_within_s=about.answer_within_s,
        short_abandon_s=about.short_abandon_s,
        holidays=about.holidays(quarter.period),
        calendars=list(about.hours.values()),
        called_within_s=CALLED_WITHIN_S,
    )


def _figures(
    counts: QuarterCounts,
    about: Business,
    quarter: Quarter,
    *,
    business: str,
    site: str | None,
    value: Money | None,
    others: Comparison | None,
    hide_names: bool,
    made_at: datetime,
) -> QuarterFigures:
    measures = _followed(counts)
    sites, departments = (_places(counts, by, value) for by in ("site", "department"))
    names = {
        **masked_names([place.name for place in (*sites, *departments)], about.country),
        **(unnamed(sites) if hide_names else {}),
    }
    daily = {day.day: (day.offered, day.missed) for day in measures.daily}
    weeks = week_pairs(quarter.period, daily, counts.last_year)
    before = counts.last_year.values()
    found = QuarterFigures(
        quarter=str(quarter),
        business=business,
        site=site,
        names_hidden=hide_names,
        language=about.language,
        made_at=made_at,
        definitions=DEFINITIONS,
        figures=_whole(measures, about, quarter, site),
        journeys=counts.journeys,
        called_within=dict(counts.called_within),
        departments=tuple(replace(place, name=names[place.name]) for place in departments),
        sites=tuple(replace(place, name=names[place.name]) for place in sites),
        others=compared(sites) if hide_names else others,
        weeks=weeks,
        shift=seasonal_shift([(week.offered, week.offered_before) for week in weeks]),
        holidays=holiday_effects(measures.daily),
        offered_before=sum(offered for offered, _ in before) if before else None,
        missed_before=sum(missed for _, missed in before) if before else None,
        value=value,
        hours_told=counts.hours_told,
        stamp=counts.stamp,
        fingerprint="",
    )
    return replace(found, fingerprint=fingerprint(found))


def _followed(counts: QuarterCounts) -> Measures:
    """The measures with the journeys of the ledger: replies and bookings count, too, and every site its own."""
    tally, measures = counts.journeys, counts.measures
    by_caller = tally.recovered_by.get("their_call", 0)
    kept = tally.decided.numerator
    # What is decided splits as all that was recovered does: by whom is told of all of them.
    by_us = max(0, kept - round(kept * by_caller / tally.recovered)) if tally.recovered else 0
    journeys = replace(
        measures.journeys,
        journeys=tally.opened,
        observable=tally.decided.denominator,
        recovered_by_caller=kept - by_us,
        recovered_by_us=by_us,
        lost=tally.expired,
        open_at_end=tally.open,
    )

    def lost(groups: tuple[Group, ...], by: str) -> tuple[Group, ...]:
        return tuple(replace(group, lost_journeys=_tally(counts, by, group.name).expired) for group in groups)

    return replace(
        measures,
        journeys=journeys,
        sites=lost(measures.sites, "site"),
        departments=lost(measures.departments, "department"),
    )


def _whole(measures: Measures, about: Business, quarter: Quarter, site: str | None) -> Figures:
    period = quarter.period
    settings: dict[str, Mapping[str, str | int | float]] = {
        "short_abandon_s": {"seconds": about.short_abandon_s},
        "answer_within_s": {"seconds": about.answer_within_s},
    }
    # Lines and queues are many, and their names may be numbers: the desk shows them.
    kept = {name: getattr(measures, name) for name in Measures.__dataclass_fields__}
    return Figures(
        **{**kept, "lines": (), "queues": (), "sites": (), "departments": ()},
        zone=about.clocks.of(site),
        country=about.country.partition("-")[0],
        first_day=period.start,
        last_day=period.end - timedelta(days=1),
        days=period.days,
        accounting=Accounting(
            rows_read=measures.totals.calls,
            calls=measures.totals.calls,
            legs_joined=0,
            ignored=0,
            rejected=0,
            ignored_by_reason={},
            rejected_by_reason={},
        ),
        files=(),
        assumptions=tuple(Assumption(word=word, values=values) for word, values in settings.items()),
    )


def _places(counts: QuarterCounts, by: str, value: Money | None) -> tuple[PlaceCount, ...]:
    groups: tuple[Group, ...] = counts.measures.sites if by == "site" else counts.measures.departments
    found = []
    for group in groups:
        tally = _tally(counts, by, group.name)
        found.append(
            PlaceCount(
                name=group.name,
                offered=group.offered,
                missed=group.missed,
                lost=tally.expired,
                recovered=tally.decided,
                to_callback=tally.to_callback,
                value=None
                if value is None
                else value_of(
                    lost=tally.expired,
                    open=tally.open,
                    recovered=counts.journeys.decided,
                    value=Fixed(float(value)),
                    currency=value.currency,
                    # Always the same draws: a report that is made again gives the same amounts.
                    rng=np.random.default_rng(1),
                ),
            )
        )
    return tuple(found)


def _tally(counts: QuarterCounts, by: str, name: str) -> JourneyTally:
    return counts.by.get((by, name), no_journeys())


def fingerprint(found: QuarterFigures) -> str:
    """A short digest of all that decides the paper: data, period, sites, settings, value, names and definitions."""
    told = (
        found.quarter,
        found.site,
        found.definitions,
        found.figures.zone,
        found.figures.terms.threshold_s,
        found.figures.terms.short_s,
        None if found.value is None else str(found.value),
        found.stamp,
        # With and without the names of sites it is another paper.
        *(("unnamed",) if found.names_hidden else ()),
    )
    return hashlib.blake2b(msgspec.json.encode(told), digest_size=8).hexdigest()


def written(found: QuarterFigures) -> bytes:
    """The figures as JSON: what is archived beside the PDF."""
    return msgspec.json.format(msgspec.json.encode(found), indent=1)


def read_figures(text: bytes | str) -> QuarterFigures:
    """The figures of an archive. Raises msgspec.DecodeError."""
    return msgspec.json.decode(text, type=QuarterFigures)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remade:
    """How an archive compares with the same audit counted again. ``differs`` are the paths of the other figures.

    ``data_changed``: late facts, erasures or retention changed the calls or journeys since.
    """

    archived: QuarterFigures
    now: QuarterFigures
    data_changed: bool
    definitions_changed: bool
    differs: tuple[str, ...]

    @property
    def same(self) -> bool:
        """Whether every figure is the same."""
        return not self.differs


def remake(desk: Desk, account: str, archived: QuarterFigures) -> Remade:
    """Count an archived audit again, as of the moment at which it was made. Raises as ``quarter_figures``."""
    again = quarter_figures(
        desk,
        account,
        quarter=archived.told,
        business=archived.business,
        site=archived.site,
        value=archived.value,
        hide_names=archived.names_hidden,
        made_at=archived.made_at,
    )
    old, new = (msgspec.to_builtins(each) for each in (archived, again))
    return Remade(
        archived=archived,
        now=again,
        data_changed=archived.stamp != again.stamp,
        definitions_changed=archived.definitions != again.definitions,
        differs=tuple(_differences(old, new)),
    )


def _differences(old: Any, new: Any, path: str = "") -> list[str]:
    if isinstance(old, dict) and isinstance(new, dict):
        names = sorted({*old, *new}, key=str)
        return [each for name in names for each in _differences(old.get(name), new.get(name), f"{path}.{name}")]
    if isinstance(old, (list, tuple)) and isinstance(new, (list, tuple)) and len(old) == len(new):
        pairs = enumerate(zip(old, new, strict=True))
        return [each for place, (a, b) in pairs for each in _differences(a, b, f"{path}[{place}]")]
    if isinstance(old, float) and isinstance(new, float):
        # Sums of floats may be added up in another order.
        return [] if abs(old - new) <= 1e-9 * max(1.0, abs(old)) else [path.lstrip(".")]
    return [] if old == new else [path.lstrip(".")]
