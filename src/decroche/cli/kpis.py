"""``decroche kpis``: every figure of a period beside the period before, computed from the columns of the lake."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Annotated

import typer

from decroche.api.kpis import kpis_out
from decroche.cli.connecting import AsJson, Data, Database, Lang, Settings, account_of, told_settings
from decroche.cli.kpi_sayings import KPI_SAYINGS
from decroche.cli.opening import at_ledger, server_speaker
from decroche.cli.speaker import Speaker
from decroche.model.board import Measure, Missing, Period, Scope, Unit
from decroche.prove.service_board import Board, board
from decroche.prove.service_desk import Desk
from decroche.prove.vendor_profiles import PROFILES
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh

#: The days that are shown unless told otherwise, today included.
_DAYS = 30


def kpis(
    since: Annotated[str | None, typer.Option("--from", help="First day, such as 2026-01-31.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day; today by default.")] = None,
    site: Annotated[str | None, typer.Option(help="Only the calls of this site.")] = None,
    as_json: AsJson = False,
    of: Annotated[str | None, typer.Option("--account", help="The business, where there are several.")] = None,
    lang: Lang = "fr",
    settings: Settings = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show every figure of a period: rates, service levels, waits, handle time, what became of missed callers."""
    speaker = server_speaker(lang).knowing(KPI_SAYINGS)
    told = told_settings(speaker, settings, data, database)
    now = datetime.now(UTC)
    with at_ledger(speaker, told) as ledger:
        account = account_of(speaker, ledger, of)
        id, scratch = str(account.id), told.data / "scratch"
        lake = Lake(told.lake_place, partial(fingerprints, told.fingerprint_key()))
        refresh(ledger, lake, id, scratch=scratch)
        with LiveColumns(ledger, lake, scratch=scratch) as columns:
            desk = Desk(ledger, columns, clock=lambda: now)
            last = (
                now.astimezone(desk.business(id).clocks.clock(site)).date() if until is None else _day(speaker, until)
            )
            first = last - timedelta(days=_DAYS - 1) if since is None else _day(speaker, since)
            if first > last:
                speaker.fail("period_empty")
            period = Period(first, last + timedelta(days=1))
            found = board(desk, id, period=period, scope=Scope(site=site), supervise=True)
    if as_json:
        shown = kpis_out(found, None, None, whole_numbers=True)
        print(json.dumps(shown.model_dump(mode="json"), ensure_ascii=False, indent=2))
        return
    _print(speaker, found, name=str(account.name), first=first, last=last)


def _print(speaker: Speaker, found: Board, *, name: str, first: date, last: date) -> None:
    speaker.say("kpis_head", name=name, begin=first, end=last)
    before = found.before_period
    speaker.say("kpis_before", begin=before.start, end=before.end - timedelta(days=1))
    print()
    rows = [
        (_name(speaker, measure), _value(speaker, measure), _value(speaker, found.before[measure.key], short=True))
        for measure in found.measures
        if measure.key in found.before
    ]
    wide, middle = (max(len(row[place]) for row in rows) for place in (0, 1))
    for title, now, then in rows:
        print(f"  {title:<{wide}}  {now:<{middle}}  {then}")
    print()
    speaker.say("kpis_settings", within=found.answer_within_s, short=found.short_abandon_s)
    for day, holiday in found.holidays.items():
        speaker.say("kpis_holiday", day=day, name=holiday)


def _name(speaker: Speaker, measure: Measure) -> str:
    key, _, part = measure.key.partition(":")
    if key == "profile":
        return next(profile.named(str(speaker.language.locale)) for profile in PROFILES if profile.key == part)
    return speaker.text(f"kpi_{key}_part" if part else f"kpi_{key}", part=_part(speaker, key, part))


def _part(speaker: Speaker, key: str, part: str) -> str:
    if key == "missed" and part:
        return speaker.language.say(f"reason.{part}")
    return speaker.text(f"kpi_by_{part}") if key == "journeys_recovered" and part else part


def _value(speaker: Speaker, measure: Measure, *, short: bool = False) -> str:
    if measure.value is None:
        if short:
            return "–"
        # A share that needs no least number lacks one call to be a share of.
        why = "nothing" if measure.missing is Missing.NOT_ENOUGH and not measure.least else measure.missing
        return speaker.text(f"kpi_missing_{why}", n=measure.n, least=measure.least)
    if measure.unit is Unit.COUNT:
        return speaker.language.number(measure.value)
    if measure.unit is Unit.SECONDS:
        mean = speaker.text("kpi_mean", mean=measure.value, n=measure.n)
        if short or measure.median is None:
            return mean
        return mean + speaker.text("kpi_median", median=measure.median)
    if measure.unit is Unit.POINTS:
        score = speaker.text("kpi_points", score=measure.value, n=measure.n)
        if short or measure.low is None:
            return score
        return score + speaker.text("kpi_points_between", low=measure.low, high=measure.high)
    written = speaker.text("kpi_share", rate=measure.value, of=measure.numerator, all=measure.denominator)
    if short or measure.low is None:
        return written
    return written + speaker.text("kpi_between", low=measure.low, high=measure.high)


def _day(speaker: Speaker, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        speaker.fail("day_unreadable", text=text)
