"""The composition root: puts the rooms together into the things that a person can ask for."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import ibis.expr.types as ir
import numpy as np

from decroche.capture.files.loading import ROWS
from decroche.capture.files.planning import Progress, Request, inputs_word, machine_told, plan
from decroche.capture.files.reading import Known, Reading, accounting, read, rejections
from decroche.capture.files.rejected import Rejection
from decroche.connectors.registry import FORMATS
from decroche.model.figures import Assumption, Figures
from decroche.model.hours import OpeningHours
from decroche.model.money import currency_of
from decroche.rules.construction_holiday import construction_holidays
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.settings import SUPPOSED, AuditSettings, opening_hours
from decroche.understand.hours import format_week, parse_week
from decroche.understand.infer_hours import DAYS, SLOTS, InferredHours, infer_hours
from decroche.understand.loss import Loss, LossCounts, estimate
from decroche.understand.loss_inputs import LossInputs
from decroche.warehouse.calls import folded_calls, whole_calls
from decroche.warehouse.engine import MEMORY, Engine
from decroche.warehouse.hours import answered_by_half_hour, with_hour_class, with_local_time
from decroche.warehouse.measures import JUDGED_WORDS, measure, worth_storing
from decroche.warehouse.verdicts import with_verdict
from decroche.warehouse.zones import offsets

#: The Monte Carlo of the loss always starts here, so that an audit made again gives the same figures.
SEED = 20_260_101
#: With fewer answered calls nobody can tell opening hours from them, and office hours are supposed.
ENOUGH_ANSWERED = 50
OFFICE_HOURS = "mon-fri 08:00-18:00"
_CONSTRUCTION = ("construction holiday", "congé de la construction")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRequest:
    """What to audit. ``now`` has a zone; ``language`` is the one in which holidays are named.

    ``choose`` is asked for the settings once the kind of the inputs is known (a word): settings saved for other
    inputs must not be taken by accident. ``tell_rejected`` gets the rejected rows one by one: there may be millions.
    """

    paths: Sequence[Path]
    settings: AuditSettings
    choose: Callable[[str], AuditSettings]
    tell_rejected: Callable[[Iterator[Rejection]], None]
    language: str
    now: datetime
    machine_zone: str
    scratch: Path
    memory: str = MEMORY


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """The figures of an audit, and what the next one should be told (``settings``, with what was inferred)."""

    figures: Figures
    loss: Loss
    loss_inputs: LossInputs
    reading: Reading
    settings: AuditSettings


class NoCalls(Exception):
    """The files hold no call that could be read; the accounting says where the rows went."""

    def __init__(self, rows_read: int) -> None:
        super().__init__(f"no call in {rows_read} rows")
        self.rows_read = rows_read


def run_audit(request: AuditRequest, progress: Progress) -> Audit:
    """Read the exports and count. Raises UnreadableFile, MappingError, BadLossInput, UnknownPlace, NoCalls, OSError."""
    with (
        machine_told(),
        tempfile.TemporaryDirectory(prefix="decroche-", dir=request.scratch) as scratch,
        Engine(Path(scratch), memory=request.memory) as engine,
    ):
        asked = Request(
            paths=request.paths,
            scratch=Path(scratch),
            now=request.now,
            formats=FORMATS,
            mapping=None if "mapping" in request.settings.supposed else request.settings.mapping,
        )
        plans = plan(engine, asked, progress)
        settings = request.choose(inputs_word(plans))
        # What cannot be used is said before the long reading.
        LossInputs.from_mapping(settings.loss)
        if settings.zone is not None:
            offsets(settings.zone)
        known = Known(
            machine_zone=request.machine_zone,
            zone=settings.zone,
            region=settings.country,
            mapping=settings.mapping,
            supposed=settings.supposed,
        )
        reading = read(engine, plans, known, asked, progress)
        loss_inputs = LossInputs.from_mapping({"currency": currency_of(reading.region), **settings.loss})
        progress("count", "", 0, 0)
        rows = engine.table(ROWS)
        calls = engine.create("calls", folded_calls(rows)) if reading.legs else whole_calls(rows)
        request.tell_rejected(rejections(engine, reading))
        figures, settings = _figures(engine, calls, reading, settings, request.language)
    by_department = {group.name: group.lost_journeys for group in figures.departments if group.name}
    return Audit(
        figures=figures,
        loss=estimate(
            LossCounts.of(figures.journeys, {name: lost for name, lost in by_department.items() if lost}),
            loss_inputs,
            days=figures.days,
            rng=np.random.default_rng(SEED),
        ),
        loss_inputs=loss_inputs,
        reading=reading,
        settings=settings,
    )


def _figures(
    engine: Engine,
    calls: ir.Table,
    reading: Reading,
    settings: AuditSettings,
    language: str,
) -> tuple[Figures, AuditSettings]:
    span = engine.records(calls.agg(first=calls.started.min(), last=calls.started.max(), n=calls.count()))[0]
    if not span["n"]:
        raise NoCalls(sum(file.source.rows for file in reading.files))
    zone = ZoneInfo(reading.zone)
    first, last = (span[name].replace(tzinfo=UTC).astimezone(zone).date() for name in ("first", "last"))
    timed = with_local_time(calls, reading.zone, years=(first.year, last.year))
    country, subdivision = reading.region, reading.subdivision
    holidays = _holidays(settings, country, subdivision, first, last, language)
    hours = opening_hours(settings, holidays)
    inferred: InferredHours | None = None
    # Office hours that nobody confirmed come from too few calls: these may tell more.
    if (None, None) not in hours or (
        "hours" in settings.supposed and hours[None, None].week == parse_week(OFFICE_HOURS)
    ):
        inferred = _infer(engine, timed, holidays, first, last)
        week = inferred.hours.week if inferred.answered >= ENOUGH_ANSWERED else parse_week(OFFICE_HOURS)
        hours[None, None] = OpeningHours(week=week, holidays=holidays, exceptions=settings.exceptions)
    judged = with_verdict(with_hour_class(timed, hours), short_abandon_s=settings.short_abandon)
    stored = worth_storing(engine.table(ROWS).columns)
    engine.create("judged", judged.select(*stored), words=JUDGED_WORDS)
    accounted = accounting(engine, reading, span["n"])
    # Nobody looks at the rows again: the memory that they hold is worth more to the counting.
    engine.drop("calls")
    engine.drop(ROWS)
    measures = measure(
        engine,
        engine.table("judged"),
        data_end=span["last"],
        answer_within_s=settings.answer_within,
        short_abandon_s=settings.short_abandon,
        holidays=holidays,
        calendars=hours.values(),
    )
    figures = Figures(
        **{field.name: getattr(measures, field.name) for field in fields(measures)},
        zone=reading.zone,
        country=country,
        first_day=first,
        last_day=last,
        days=(last - first).days + 1,
        accounting=accounted,
        files=tuple(file.source for file in reading.files),
        assumptions=(),
    )
    figures = replace(figures, assumptions=_assumptions(figures, reading, settings, hours[None, None], inferred))
    saved = replace(
        settings,
        zone=reading.zone,
        country=country if subdivision is None else f"{country}-{subdivision}",
        answer_within_s=settings.answer_within,
        short_abandon_s=settings.short_abandon,
        hours={**settings.hours, (None, None): hours[None, None].week},
        mapping=next((file.mapping for file in reading.files if file.mapping is not None), settings.mapping),
        inputs=reading.inputs,
        supposed=_unconfirmed(settings, reading, inferred),
    )
    return figures, saved


def _holidays(
    settings: AuditSettings, country: str, subdivision: str | None, first: date, last: date, language: str
) -> dict[date, str]:
    years = range(first.year, (last + timedelta(days=7)).year + 1)
    try:
        found = public_holidays(
            country,
            subdivision,
            years,
            language,
            added=settings.holidays_added,
            removed=settings.holidays_removed,
        )
    except UnknownPlace:
        if settings.country is not None:
            raise
        found = dict(settings.holidays_added)
    if settings.construction_holiday:
        for period in construction_holidays(years):
            length = (period.last - period.first).days + 1
            days = {period.first + timedelta(days=number) for number in range(length)}
            free = days - found.keys() - set(settings.holidays_removed)
            found |= dict.fromkeys(sorted(free), _CONSTRUCTION[language != "en"])
    return found


def _infer(engine: Engine, timed: ir.Table, holidays: Mapping[date, str], first: date, last: date) -> InferredHours:
    inbound = timed.filter(timed.direction == "inbound")
    counts = [[0] * SLOTS for _ in range(DAYS)]
    ordinary = inbound.filter(~inbound.local_date.isin(sorted(holidays))) if holidays else inbound
    for row in engine.records(answered_by_half_hour(ordinary)):
        counts[row["weekday"] - 1][row["half_hour"]] += row["answered"]
    dates = [0] * DAYS
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        dates[day.weekday()] += day not in holidays
    return infer_hours(counts, dates)


def _assumptions(
    figures: Figures,
    reading: Reading,
    settings: AuditSettings,
    hours: OpeningHours,
    inferred: InferredHours | None,
) -> tuple[Assumption, ...]:
    found = [
        _supposed("zone_from_machine" if reading.zone_from == "machine" else "zone_given", {"zone": reading.zone}),
        _country(reading),
        _hours(hours, inferred, supposed="hours" in settings.supposed),
        _supposed("holidays_used", {"country": figures.country, "subdivision": reading.subdivision or ""}),
        _supposed("short_abandon_s", {"seconds": figures.terms.short_s}),
        _supposed("answer_within_s", {"seconds": figures.terms.threshold_s}),
        _supposed("journey_days", {"days": settings.journey_days}),
    ]
    for file in reading.files:
        if file.guess is not None:
            found.append(
                _supposed("mapping_guessed", {"file": file.source.name, "confidence": round(file.guess.confidence, 2)})
            )
    words = {warning.word for warning in reading.warnings}
    if "guess.direction_assumed" in words:
        found.append(_supposed("direction_assumed_inbound", {}))
    if words & {"guess.answered_from_talk", "guess.answered_from_answered_at"}:
        found.append(_supposed("answered_assumed_person", {}))
    if reading.hours_repeated:
        found.append(_supposed("ambiguous_hours", {"calls": reading.hours_repeated}))
    if reading.hours_missing:
        found.append(_supposed("nonexistent_hours", {"calls": reading.hours_missing}))
    counted = figures.terms.answered + figures.terms.unanswered
    if counted and figures.terms.wait_known < counted:
        without = counted - figures.terms.wait_known
        found.append(_supposed("wait_unknown", {"share": round(without / counted, 4), "calls": without, "of": counted}))
    return tuple(found)


def _supposed(word: str, values: Mapping[str, str | int | float]) -> Assumption:
    return Assumption(word=word, values=values)


def _country(reading: Reading) -> Assumption:
    if reading.region_from == "given":
        return _supposed("country_given", {"country": reading.region})
    counted = reading.region_share
    if counted is None:
        return _supposed("country_from_zone", {"country": reading.region, "zone": reading.zone})
    return _supposed(
        "country_from_numbers",
        {
            "country": reading.region,
            "share": round(counted.value or 0, 4),
            "valid": counted.numerator,
            "numbers": counted.denominator,
        },
    )


def _unconfirmed(settings: AuditSettings, reading: Reading, inferred: InferredHours | None) -> tuple[str, ...]:
    """The words of what this audit or one before supposed."""
    now = {
        "zone": reading.zone_from == "machine",
        "country": reading.region_from != "given",
        "hours": inferred is not None,
        "mapping": any(file.guess is not None for file in reading.files),
    }
    return tuple(word for word in SUPPOSED if now[word] or word in settings.supposed)


def _hours(hours: OpeningHours, inferred: InferredHours | None, *, supposed: bool) -> Assumption:
    text = format_week(hours.week) or "—"
    if inferred is None:
        return _supposed("hours_inferred" if supposed else "hours_given", {"text": text})
    if inferred.answered < ENOUGH_ANSWERED:
        return _supposed("hours_default", {"text": text, "answered": inferred.answered})
    return _supposed("hours_inferred", {"text": text})
