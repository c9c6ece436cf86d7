"""Counts what an audit reports: totals, waits, week maps, days, groups and journeys, from calls with their verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.call import ABANDONED, Direction, Disposition, MissedReason, NumberKind
from decroche.model.figures import (
    ClassCount,
    DayCount,
    Durations,
    Group,
    HandleTime,
    HourCount,
    Journeys,
    Measures,
    RedialWindow,
    WeekMap,
)
from decroche.model.hours import HourClass, OpeningHours
from decroche.understand.causes import ClockHour, Signs, every_open_hour, first_signs
from decroche.understand.counted import OUT_OF_REACH
from decroche.understand.days import with_usual
from decroche.understand.journeys import JourneyState
from decroche.warehouse.engine import Engine
from decroche.warehouse.journeys import WINDOWS_H, contacts, journey_counts, journeys, missed_called_back, packed
from decroche.warehouse.kinds import Kinds, by_kind
from decroche.warehouse.whole_rows import with_every_column

#: How many clock hours the report lists as the worst.
WORST_HOURS = 10
#: A mean wait over fewer calls than this says nothing about an hour.
LEAST_WAITS = 5

#: The columns of calls with their verdict that the counting needs: what is worth storing of millions of calls.
JUDGED = (
    "person", "started", "local_date", "weekday", "hour", "hour_class", "site", "department", "queue",
    "line", "direction", "answered", "disposition", "offered", "reason", "after_hours", "queued", "voicemail",
    "caller_kind", "waited_s", "talk_s", "hold_s", "wrap_s",
)  # fmt: skip
#: Of these, what is null everywhere unless the files tell it: then it is not stored.
_MAY_BE_UNTOLD = frozenset({"site", "department", "queue", "line", "talk_s", "hold_s", "wrap_s"})
#: The words that some of these columns are made of.
JUDGED_WORDS = {
    "direction": [way.value for way in Direction],
    "disposition": [disposition.value for disposition in Disposition],
    "reason": [reason.value for reason in MissedReason],
    "caller_kind": [kind.value for kind in NumberKind],
    "hour_class": [hour_class.value for hour_class in HourClass],
}

JOURNEY_WORDS = {"state": [state.value for state in JourneyState]}


def worth_storing(told: Collection[str]) -> list[str]:
    """The columns JUDGED without those that no file tells: ``told`` are the stored canonical columns."""
    return [name for name in JUDGED if name in told or name not in _MAY_BE_UNTOLD]


def measure(
    engine: Engine,
    judged: ir.Table,
    *,
    data_end: datetime,
    answer_within_s: float,
    short_abandon_s: float,
    holidays: Mapping[date, str],
    calendars: Collection[OpeningHours],
) -> Measures:
    """Count ``judged`` (a stored table with the columns JUDGED that are ``worth_storing``). ``data_end`` is UTC, naive.

    ``calendars`` are all opening hours by which the calls were told open or closed.
    """
    numbered = with_every_column(engine.numbered(judged), _MAY_BE_UNTOLD)
    judged = with_every_column(judged, _MAY_BE_UNTOLD)
    kinds = Kinds(engine.records(by_kind(judged, answer_within_s)))
    hours = engine.records(_by_hour(judged))
    events = engine.create("contacts", packed(contacts(numbered)))
    found = engine.create("journeys", journeys(events, data_end=data_end), words=JOURNEY_WORDS)
    engine.drop("contacts")
    counted = engine.records(journey_counts(found, data_end=data_end))[0]
    lost = engine.records(_lost(found, numbered))
    callers = engine.records(_unique_callers(judged))[0]
    waits, handle = _waits(engine, judged), _handle_time(engine, judged)
    outbound = kinds.count(direction=Direction.OUTBOUND.value)
    called_back = engine.records(missed_called_back(reachable(judged)))[0]["calls"] if outbound else None
    reasons = kinds.reasons()
    people = _journeys(counted, kinds, called_back)
    lost_at: Counter[tuple[date, int]] = Counter()
    for row in lost:
        lost_at[row["day"], row["hour"]] += row["lost"]
    longest, costliest = _worst_hours(hours, lost_at)
    groups = _groups(engine.records(_by_place(judged)), lost)
    return Measures(
        totals=kinds.totals(callers),
        terms=kinds.terms(answer_within_s=answer_within_s, short_abandon_s=short_abandon_s),
        wait_answered=waits["answered"],
        wait_abandoned=waits["abandoned"],
        handle_time=handle,
        reasons=reasons,
        week=_week(hours),
        hour_classes=_classes(hours),
        sites=groups["site"],
        departments=groups["department"],
        queues=groups["queue"],
        lines=groups["line"],
        daily=_daily(hours, holidays),
        longest_hours=longest,
        costliest_hours=costliest,
        journeys=people,
        causes=first_signs(
            Signs(
                missed=kinds.count(missed=True),
                missed_closed=sum(row["missed"] for row in hours if row["hour_class"] != HourClass.OPEN.value),
                missed_by_reason={r.reason: r.missed for r in reasons},
                open_hours=every_open_hour(_clock_hours(hours), calendars),
                wait_before_leaving_s=waits["abandoned"].median,
                waits_known=waits["abandoned"].n,
                outbound_calls=outbound,
                journeys=people.windows[1].observable,
                not_called_back=people.windows[1].observable - people.windows[1].called_back,
            )
        ),
    )


def _missed(judged: ir.Table) -> ir.BooleanValue:
    return judged.disposition == Disposition.MISSED.value


def _by_hour(judged: ir.Table) -> ir.Table:
    offered = judged.filter(judged.offered)
    missed = _missed(offered)
    return offered.group_by("local_date", "weekday", "hour", "hour_class").agg(
        offered=offered.count(),
        missed=missed.sum(),
        wait=offered.waited_s.sum(),
        waits=offered.waited_s.count(),
    )


def _by_place(judged: ir.Table) -> ir.Table:
    offered = judged.filter(judged.offered)
    return offered.group_by("site", "department", "queue", "line").agg(
        offered=offered.count(), missed=_missed(offered).sum()
    )


def _unique_callers(judged: ir.Table) -> ir.Table:
    by_person = (
        judged.filter(judged.offered & judged.person.notnull())
        .group_by("person")
        .agg(missed=(ibis._.disposition == Disposition.MISSED.value).any())
    )
    return by_person.agg(callers=by_person.count(), callers_missed=by_person.missed.sum().fill_null(0))


def reachable(judged: ir.Table) -> ir.Table:
    """Calls that a person could have taken and nobody did, and our own calls that reached somebody."""
    could_be_taken = ~judged.reason.isin(sorted(reason.value for reason in OUT_OF_REACH))
    ours = (judged.direction == Direction.OUTBOUND.value) & (judged.disposition == Disposition.ANSWERED.value)
    theirs = judged.offered & _missed(judged) & could_be_taken
    return judged.filter(judged.person.notnull() & (ours | theirs)).select(
        "person", "started", site=judged.site.fill_null(""), inbound=judged.offered, answered=ours
    )


def _lost(found: ir.Table, numbered: ir.Table) -> ir.Table:
    """Lost journeys by the place and the local hour of their first miss."""
    lost = found.filter(found.state == JourneyState.LOST.value).select(id="first_id")
    first = numbered.join(lost, "id")
    return first.group_by("site", "department", "queue", "line", day=first.local_date, hour=first.hour).agg(
        lost=ibis._.count()
    )


def _durations(values: ir.FloatingValue, name: str) -> dict[str, ir.Value]:
    return {
        f"{name}_n": values.count(),
        f"{name}_mean": values.mean(),
        # Both at once: the engine keeps all the values for each question.
        f"{name}_quantiles": values.quantile([0.5, 0.9]),
    }


def _read(row: Mapping[str, Any], name: str) -> Durations:
    median, p90 = row[f"{name}_quantiles"] or (None, None)
    return Durations(n=row[f"{name}_n"], mean=row[f"{name}_mean"], median=median, p90=p90)


def _waits(engine: Engine, judged: ir.Table) -> dict[str, Durations]:
    offered = judged.filter(judged.offered)
    answered = ibis.ifelse(_missed(offered), ibis.null("float64"), offered.waited_s)
    abandoned = ibis.ifelse(
        offered.reason.isin([reason.value for reason in ABANDONED]), offered.waited_s, ibis.null("float64")
    )
    row = engine.records(offered.agg(**_durations(answered, "answered"), **_durations(abandoned, "abandoned")))[0]
    return {name: _read(row, name) for name in ("answered", "abandoned")}


def _handle_time(engine: Engine, judged: ir.Table) -> HandleTime:
    calls = judged.filter(judged.offered & ~_missed(judged))
    calls = calls.mutate(
        handle=ibis.ifelse(
            calls.talk_s.isnull(),
            ibis.null("float64"),
            calls.talk_s + calls.hold_s.fill_null(0) + calls.wrap_s.fill_null(0),
        )
    )
    named = {"talk": calls.talk_s, "hold": calls.hold_s, "wrap": calls.wrap_s, "handle": calls.handle}
    columns = {key: value for name, values in named.items() for key, value in _durations(values, name).items()}
    row = engine.records(calls.agg(**columns))[0]
    return HandleTime(**{name: _read(row, name) for name in named})


def _journeys(row: Mapping[str, Any], kinds: Kinds, called_back: int | None) -> Journeys:
    number = {key: value or 0 for key, value in row.items()}
    return Journeys(
        journeys=number["journeys"],
        observable=number["settled"],
        recovered_by_caller=number["recovered_by_caller"],
        recovered_by_us=number["recovered_by_us"],
        lost=number["lost"],
        open_at_end=number["open"],
        attempts_mean=row["attempts"],
        windows=tuple(
            RedialWindow(
                hours=hours,
                observable=number[f"observable_{hours}"],
                redialed=number[f"redialed_{hours}"],
                redialed_answered=number[f"redialed_answered_{hours}"],
                called_back=number[f"called_back_{hours}"],
                called_back_answered=number[f"called_back_answered_{hours}"],
            )
            for hours in WINDOWS_H
        ),
        masked_missed=kinds.count(masked=True, missed=True),
        internal_missed=kinds.count(
            disposition=Disposition.INTERNAL.value, direction=Direction.INBOUND.value, taken=False
        ),
        new_callers=number["new_callers"],
        missed_called_back=called_back,
    )


def _week(hours: Sequence[Mapping[str, Any]]) -> WeekMap:
    offered = [[0] * 24 for _ in range(7)]
    missed = [[0] * 24 for _ in range(7)]
    for row in hours:
        offered[row["weekday"] - 1][row["hour"]] += row["offered"]
        missed[row["weekday"] - 1][row["hour"]] += row["missed"]
    return WeekMap(offered=tuple(map(tuple, offered)), missed=tuple(map(tuple, missed)))


def _classes(hours: Sequence[Mapping[str, Any]]) -> tuple[ClassCount, ...]:
    counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in hours:
        counts[row["hour_class"]][0] += row["offered"]
        counts[row["hour_class"]][1] += row["missed"]
    return tuple(
        ClassCount(
            hour_class=kind,
            offered=counts[kind.value][0],
            answered=counts[kind.value][0] - counts[kind.value][1],
            missed=counts[kind.value][1],
        )
        for kind in HourClass
    )


def _daily(hours: Sequence[Mapping[str, Any]], holidays: Mapping[date, str]) -> tuple[DayCount, ...]:
    days: defaultdict[date, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for row in hours:
        offered, missed = days[row["local_date"]]
        days[row["local_date"]] = (offered + row["offered"], missed + row["missed"])
    return with_usual(days, holidays)


def _clock_hours(hours: Sequence[Mapping[str, Any]]) -> list[ClockHour]:
    return [
        ClockHour(
            day=row["local_date"],
            hour=row["hour"],
            open=row["hour_class"] == HourClass.OPEN.value,
            offered=row["offered"],
            missed=row["missed"],
        )
        for row in hours
    ]


def _worst_hours(
    hours: Sequence[Mapping[str, Any]], lost_at: Mapping[tuple[date, int], int]
) -> tuple[tuple[HourCount, ...], tuple[HourCount, ...]]:
    """The clock hours with the longest mean wait, and those in which most journeys were lost."""
    merged: dict[tuple[date, int], list[float]] = {}
    for row in hours:
        sums = merged.setdefault((row["local_date"], row["hour"]), [0, 0, 0, 0])
        for index, name in enumerate(("offered", "missed", "wait", "waits")):
            sums[index] += row[name] or 0
    counts = [
        HourCount(
            start=datetime.combine(day, time(hour)),
            offered=int(offered),
            missed=int(missed),
            lost_journeys=lost_at.get((day, hour), 0),
            mean_wait_s=wait / waits if waits >= LEAST_WAITS else None,
        )
        for (day, hour), (offered, missed, wait, waits) in sorted(merged.items())
    ]
    waiting = sorted((c for c in counts if c.mean_wait_s), key=lambda c: (-(c.mean_wait_s or 0), c.start))
    costly = sorted((c for c in counts if c.missed), key=lambda c: (-c.lost_journeys, -c.missed, c.start))
    return tuple(waiting[:WORST_HOURS]), tuple(costly[:WORST_HOURS])


def _groups(places: Sequence[Mapping[str, Any]], lost: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Group, ...]]:
    found: dict[str, tuple[Group, ...]] = {}
    for kind in ("site", "department", "queue", "line"):
        counts: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
        for row in places:
            counts[row[kind] or ""][0] += row["offered"]
            counts[row[kind] or ""][1] += row["missed"]
        for row in lost:
            counts[row[kind] or ""][2] += row["lost"]
        groups = [
            Group(name=name, offered=offered, answered=offered - missed, missed=missed, lost_journeys=lost_journeys)
            for name, (offered, missed, lost_journeys) in counts.items()
        ]
        named = any(group.name for group in groups)
        found[kind] = tuple(sorted(groups, key=lambda g: (-g.missed, g.name))) if named else ()
    return found
