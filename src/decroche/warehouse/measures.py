"""Counts what an audit reports: totals, waits, week maps, days, groups and journeys, from calls with their verdict."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

import ibis
import ibis.expr.types as ir

from decroche.model.call import ABANDONED, Direction, Disposition, MissedReason, NumberKind
from decroche.model.figures import (
    Cause,
    ClassCount,
    DayCount,
    Durations,
    Group,
    HandleTime,
    HourCount,
    Journeys,
    ReasonCount,
    RedialWindow,
    ServiceLevelTerms,
    Totals,
    WeekMap,
)
from decroche.model.hours import HourClass
from decroche.understand.causes import HourOfDay, Signs, first_signs
from decroche.understand.days import with_usual
from decroche.understand.journeys import JourneyState
from decroche.warehouse.engine import Engine
from decroche.warehouse.journeys import WINDOWS_H, contacts, journey_counts, journeys, missed_called_back

#: How many clock hours the report lists as the worst.
WORST_HOURS = 10
#: Missed calls that no person could have taken do not count against a service level.
_OUT_OF_REACH = (MissedReason.AFTER_HOURS, MissedReason.BLOCKED_SPAM, MissedReason.CALLBACK_REQUESTED)

#: The columns of calls with their verdict that the counting needs: what is worth storing of millions of calls.
JUDGED = (
    "person", "started", "local_started", "local_date", "weekday", "hour", "hour_class", "site", "department", "queue",
    "line", "direction", "disposition", "offered", "reason", "after_hours", "queued", "voicemail", "caller_kind",
    "waited_s", "talk_s", "hold_s", "wrap_s",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """All counts of one set of calls; ``model.figures.Figures`` adds where the rows came from and what was assumed."""

    totals: Totals
    terms: ServiceLevelTerms
    wait_answered: Durations
    wait_abandoned: Durations
    handle_time: HandleTime
    reasons: tuple[ReasonCount, ...]
    week: WeekMap
    hour_classes: tuple[ClassCount, ...]
    sites: tuple[Group, ...]
    departments: tuple[Group, ...]
    queues: tuple[Group, ...]
    lines: tuple[Group, ...]
    daily: tuple[DayCount, ...]
    longest_hours: tuple[HourCount, ...]
    costliest_hours: tuple[HourCount, ...]
    journeys: Journeys
    causes: tuple[Cause, ...]


def measure(
    engine: Engine,
    judged: ir.Table,
    *,
    data_end: datetime,
    answer_within_s: float,
    short_abandon_s: float,
    holidays: Mapping[date, str],
) -> Measures:
    """Count ``judged`` (a stored table with the columns JUDGED). ``data_end`` is UTC, naive."""
    kinds = _Kinds(engine.records(_by_kind(judged, answer_within_s)))
    hours = engine.records(_by_hour(judged))
    engine.create("contacts", contacts(judged))
    engine.create("journeys", journeys(engine.table("contacts"), data_end=data_end))
    found = engine.table("journeys")
    counted = engine.records(journey_counts(found, data_end=data_end))[0]
    lost = engine.records(_lost(found))
    callers = engine.records(_unique_callers(judged))[0]
    waits, handle = _waits(engine, judged), _handle_time(engine, judged)
    outbound = kinds.count(direction=Direction.OUTBOUND.value)
    called_back = engine.records(missed_called_back(_reachable(judged)))[0]["calls"] if outbound else None
    people = _journeys(counted, kinds, called_back)
    lost_at = Counter({(row["day"], row["hour"]): 0 for row in lost})
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
        reasons=kinds.reasons(),
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
                missed_by_reason={r.reason: r.missed for r in kinds.reasons()},
                open_hours=_open_hours(hours),
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


def _by_kind(judged: ir.Table, answer_within_s: float) -> ir.Table:
    """A small table of counts by everything that a total asks about."""
    return judged.group_by(
        "direction", "disposition", "offered", "reason", "after_hours", "queued", "voicemail", "caller_kind",
        within=(judged.waited_s <= answer_within_s).fill_null(False), known=judged.waited_s.notnull(),
    ).agg(calls=ibis._.count())  # fmt: skip


class _Kinds:
    """The counts of ``_by_kind``, added up in the ways a report asks for."""

    def __init__(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self.rows = [
            {
                **row,
                "missed": row["disposition"] == Disposition.MISSED.value,
                "answered": bool(row["offered"]) and row["disposition"] == Disposition.ANSWERED.value,
                "abandoned": row["reason"] in {reason.value for reason in ABANDONED},
                "short": row["reason"] == MissedReason.SHORT_ABANDON.value,
                "masked": bool(row["offered"]) and row["caller_kind"] in {NumberKind.ANONYMOUS, NumberKind.INVALID},
                "reachable": row["reason"] not in {reason.value for reason in _OUT_OF_REACH},
            }
            for row in rows
        ]

    def count(self, **wanted: Any) -> int:
        """Calls in which every named property has the given value."""
        return sum(row["calls"] for row in self.rows if all(row[name] == value for name, value in wanted.items()))

    def totals(self, callers: Mapping[str, Any]) -> Totals:
        queued = {"offered": True, "queued": True}
        return Totals(
            calls=self.count(),
            inbound=self.count(direction=Direction.INBOUND.value),
            outbound=self.count(direction=Direction.OUTBOUND.value),
            internal=self.count(direction=Direction.INTERNAL.value),
            unknown_direction=self.count(direction=Direction.UNKNOWN.value),
            blocked_spam=self.count(disposition=Disposition.BLOCKED.value),
            forwarded=self.count(disposition=Disposition.FORWARDED.value),
            offered=self.count(offered=True),
            answered=self.count(answered=True),
            missed=self.count(missed=True),
            abandoned=self.count(missed=True, abandoned=True),
            short_abandoned=self.count(missed=True, short=True),
            queued=self.count(**queued),
            queued_abandoned=self.count(**queued, missed=True, abandoned=True),
            queued_short_abandoned=self.count(**queued, missed=True, short=True),
            voicemail_left=self.count(missed=True, voicemail=True),
            masked=self.count(masked=True),
            masked_missed=self.count(masked=True, missed=True),
            unique_callers=callers["callers"],
            unique_callers_missed=callers["callers_missed"],
        )

    def terms(self, *, answer_within_s: float, short_abandon_s: float) -> ServiceLevelTerms:
        lost = {"missed": True, "reachable": True}
        return ServiceLevelTerms(
            answered=self.count(answered=True),
            unanswered=self.count(**lost),
            answered_within=self.count(answered=True, within=True),
            unanswered_within=self.count(**lost, within=True),
            unanswered_short=self.count(**lost, short=True),
            threshold_s=answer_within_s,
            short_s=short_abandon_s,
            wait_known=self.count(answered=True, known=True) + self.count(**lost, known=True),
        )

    def reasons(self) -> tuple[ReasonCount, ...]:
        return tuple(
            ReasonCount(
                reason=reason.value,
                missed=missed,
                within=self.count(missed=True, reason=reason.value, within=True),
                after_hours=self.count(missed=True, reason=reason.value, after_hours=True),
                voicemail=self.count(missed=True, reason=reason.value, voicemail=True),
            )
            for reason in MissedReason
            if (missed := self.count(missed=True, reason=reason.value))
        )


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


def _reachable(judged: ir.Table) -> ir.Table:
    """Calls that a person could have taken and nobody did, and our own calls that reached somebody."""
    could_be_taken = ~judged.reason.isin([reason.value for reason in _OUT_OF_REACH])
    ours = (judged.direction == Direction.OUTBOUND.value) & (judged.disposition == Disposition.ANSWERED.value)
    theirs = judged.offered & _missed(judged) & could_be_taken
    return judged.filter(judged.person.notnull() & (ours | theirs)).select(
        "person", "started", site=judged.site.fill_null(""), inbound=judged.offered, answered=ours
    )


def _lost(found: ir.Table) -> ir.Table:
    """Lost journeys by the place and the local hour of their first miss."""
    lost = found.filter(found.state == JourneyState.LOST.value)
    return lost.group_by(
        "site", "department", "queue", "line", day=lost.local_started.date(), hour=lost.local_started.hour()
    ).agg(lost=ibis._.count())


def _durations(values: ir.FloatingValue, name: str) -> dict[str, ir.Value]:
    return {
        f"{name}_n": values.count(),
        f"{name}_mean": values.mean(),
        f"{name}_median": values.quantile(0.5),
        f"{name}_p90": values.quantile(0.9),
    }


def _read(row: Mapping[str, Any], name: str) -> Durations:
    return Durations(n=row[f"{name}_n"], mean=row[f"{name}_mean"], median=row[f"{name}_median"], p90=row[f"{name}_p90"])


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


def _journeys(row: Mapping[str, Any], kinds: _Kinds, called_back: int | None) -> Journeys:
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
        internal_missed=kinds.count(disposition=Disposition.INTERNAL.value, direction=Direction.INBOUND.value),
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


def _open_hours(hours: Sequence[Mapping[str, Any]]) -> list[HourOfDay]:
    return [
        HourOfDay(weekday=row["weekday"], hour=row["hour"], offered=row["offered"], missed=row["missed"])
        for row in hours
        if row["hour_class"] == HourClass.OPEN.value
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
            mean_wait_s=wait / waits if waits else None,
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
