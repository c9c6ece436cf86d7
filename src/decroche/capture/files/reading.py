"""Reads a set of export files into one stored table of rows, and accounts for every row of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import merge
from operator import itemgetter

import ibis

from decroche.capture.files.generic import check_columns
from decroche.capture.files.guess import Guess
from decroche.capture.files.loading import ROWS, Circumstances, ReadFile, load
from decroche.capture.files.lost_lines import lost
from decroche.capture.files.mapping import Mapping, MappingError
from decroche.capture.files.places import better_zone, guess_region
from decroche.capture.files.planning import Plan, Progress, Request, inputs_word
from decroche.capture.files.rejected import Rejection, lines_of_rows
from decroche.capture.files.sentences import Sentence
from decroche.model.figures import Accounting, Rate
from decroche.warehouse.calls import has_legs, mark_duplicates
from decroche.warehouse.engine import Engine
from decroche.warehouse.numbers import decide_shapes

#: Rows looked at to guess a country.
SAMPLE_ROWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known about the business. ``zone`` and ``region`` are None when nobody said them.

    ``mapping`` replaces the guess for tables that have its columns. ``supposed`` are the words ("zone", "country",
    "mapping") of what an audit before supposed and nobody confirmed: it is used, and still said to be supposed.
    """

    machine_zone: str
    zone: str | None = None
    region: str | None = None
    mapping: Mapping | None = None
    supposed: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """The outcome of ``read``: the stored table ``ROWS`` and what was supposed on the way.

    ``zone_from`` is "given", "mapping" or "machine"; ``region_from`` is "given", "numbers" or "zone", and
    ``region_share`` the share of the numbers looked at that are of ``region`` (None unless it is from the numbers).
    """

    files: tuple[ReadFile, ...]
    zone: str
    zone_from: str
    region: str
    subdivision: str | None
    region_from: str
    region_share: Rate | None
    inputs: str
    legs: bool
    hours_repeated: int
    hours_missing: int
    warnings: tuple[Sentence, ...]


def read(engine: Engine, plans: Sequence[Plan], known: Known, request: Request, progress: Progress) -> Reading:
    """Read the planned files into the stored table ``ROWS`` (canonical columns, completed, duplicates marked)."""
    plans = [_with_saved_mapping(each, known) for each in plans]
    zone, zone_from = _zone(known, plans)
    region, subdivision, region_from, share = _region(engine, known, plans, zone=zone, now=request.now)
    engine.drop(ROWS)
    circumstances = Circumstances(zone=zone, region=region, now=request.now, scratch=request.scratch)
    done = load(engine, plans, circumstances, progress)
    progress("check", "", 0, 0)
    decide_shapes(engine, ROWS, region=region)
    legs = False
    if not all(file.whole_calls for file in done):
        legs = has_legs(engine, ROWS)
        if mark_duplicates(engine, ROWS, legs=legs) and legs:
            legs = has_legs(engine, ROWS)
    rows = engine.table(ROWS)
    kept = rows.filter(rows.fate.isnull())
    doubts = engine.records(kept.agg(repeated=kept.hour_repeated.sum(), missing=kept.hour_missing.sum()))[0]
    return Reading(
        files=tuple(done),
        zone=zone,
        zone_from=zone_from,
        region=region,
        subdivision=subdivision,
        region_from=region_from,
        region_share=share,
        inputs=inputs_word(plans),
        legs=legs,
        hours_repeated=doubts["repeated"] or 0,
        hours_missing=doubts["missing"] or 0,
        warnings=(
            *(sentence for plan in plans for sentence in (*plan.told, *(plan.guess.warnings if plan.guess else ()))),
            *_zone_elsewhere(zone, zone_from, region, region_from),
        ),
    )


def _zone_elsewhere(zone: str, zone_from: str, region: str, region_from: str) -> Iterator[Sentence]:
    """Where nobody named the zone, and the country of the numbers is on another clock than this machine."""
    better = better_zone(zone, region) if zone_from == "machine" and region_from != "zone" else None
    if better is not None:
        yield Sentence("zone_elsewhere", {"zone": zone, "region": region, "better": better})


def _with_saved_mapping(planned: Plan, known: Known) -> Plan:
    """``planned``, a table read by the mapping of an audit before where it has one. Raises ColumnNotFound."""
    if planned.guess is None and planned.unguessed is None:
        return planned
    if known.mapping is None or not _fits(known.mapping, planned.table.names):
        if planned.unguessed is not None:
            raise planned.unguessed
        return planned
    guessed = _of_saved(planned.guess, known.mapping) if "mapping" in known.supposed else None
    return replace(planned, mapping=known.mapping, guess=guessed, unguessed=None)


def _fits(mapping: Mapping, names: Sequence[str]) -> bool:
    try:
        check_columns(mapping, names)
    except MappingError:
        return False
    return True


def _of_saved(guess: Guess | None, mapping: Mapping) -> Guess:
    """What this table says of a mapping that was guessed from another one: only the uses that both agree on."""
    if guess is None:
        return Guess(mapping=mapping, confidence=0.0, per_column=(), warnings=())
    used = set(mapping.columns())
    agreed = (each for each in guess.per_column if all((each.use, name) in used for name in each.columns))
    return replace(guess, mapping=mapping, per_column=tuple(agreed))


def _zone(known: Known, plans: Sequence[Plan]) -> tuple[str, str]:
    if known.zone is not None:
        return known.zone, "machine" if "zone" in known.supposed and known.zone == known.machine_zone else "given"
    told = next((plan.mapping.zone for plan in plans if plan.mapping is not None and plan.mapping.zone), None)
    return (told, "mapping") if told else (known.machine_zone, "machine")


def _region(
    engine: Engine, known: Known, plans: Sequence[Plan], *, zone: str, now: datetime
) -> tuple[str, str | None, str, Rate | None]:
    country, _, subdivision = (known.region or "").partition("-")
    given = (country, subdivision or None, "given", None)
    if country and "country" not in known.supposed:
        return given
    numbers: list[str] = []
    one_of_each_kind = {plan.kind: plan for plan in reversed(plans)}
    for plan in one_of_each_kind.values():
        if plan.mapping is not None and plan.mapping.caller_kind == "id":
            continue
        sample = plan.translated(now).limit(SAMPLE_ROWS).select("caller", "called", "line")
        for row in engine.records(sample):
            numbers.extend(value for value in (row["line"], row["called"], row["caller"]) if value)
    region, part, share = guess_region(numbers, zone=zone)
    if country and (country, subdivision or None) != (region, part):
        return given
    return region, part, "zone" if share is None else "numbers", share


def accounting(engine: Engine, reading: Reading, calls: int) -> Accounting:
    """Where every row went, once the kept rows were joined into ``calls`` calls."""
    rows = engine.table(ROWS)
    fates = engine.records(rows.group_by("fate", "fate_reason").agg(n=ibis._.count()))
    ignored = {row["fate_reason"]: row["n"] for row in fates if row["fate"] == "ignored"}
    rejected = {row["fate_reason"]: row["n"] for row in fates if row["fate"] == "rejected"}
    too_long = sum(len(file.opened.dropped_lines) for file in reading.files)
    malformed = sum(file.malformed for file in reading.files)
    rejected |= {word: n for word, n in (("malformed", malformed), ("line_too_long", too_long)) if n}
    kept = sum(row["n"] for row in fates if row["fate"] is None)
    return Accounting(
        rows_read=sum(file.source.rows for file in reading.files),
        calls=calls,
        legs_joined=kept - calls,
        ignored=sum(ignored.values()),
        rejected=sum(rejected.values()),
        ignored_by_reason=dict(sorted(ignored.items())),
        rejected_by_reason=dict(sorted(rejected.items())),
    )


def rejections(engine: Engine, reading: Reading) -> Iterator[Rejection]:
    """Every rejected row, by file and line. They are fetched as they are taken: there may be millions."""
    rows = engine.table(ROWS)
    for index, file in enumerate(reading.files):
        wrong = rows.filter((rows.file == index) & (rows.fate == "rejected")).order_by("row")
        reasons = engine.stream(wrong.select("row", wrong.fate_reason.cast("string")))
        skipped = (line for line, _, _ in lost(engine, file=index))
        located = lines_of_rows(file.opened, file.table, reasons, skipped)
        for line, reason, text in merge(lost(engine, file=index), located, key=itemgetter(0)):
            yield Rejection(file.source.name, line, reason, text)
