"""Holds figures against the targets of an account: what is missed opens a task, and its effect is measured later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from decroche.ledger.store import Ledger
from decroche.ledger.target_rows import (
    Deviation,
    Target,
    add_deviation,
    deviations_of,
    give_task,
    targets_of,
)
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.model.board import Measure, Missing, Period, Scope, Unit
from decroche.prove.kpis.board import absent
from decroche.prove.kpis.targets import (
    TARGETED,
    BadTarget,
    Band,
    Change,
    Effect,
    Standing,
    Verdict,
    aimed,
    effect,
    read_target,
    standing,
)
from decroche.prove.service_board import board
from decroche.prove.service_desk import Desk

_WEEK = timedelta(days=7)
#: The longest action that is said, and the longest time until it shows.
LONGEST_ACTION, LONGEST_DAYS = 300, 730


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A target against the figures of a period. ``band`` is None while nobody knows what a change is counted from.

    ``last`` is its latest deviation, ``effect`` what changed since: None until the action had its time to show.
    """

    target: Target
    period: Period
    measure: Measure
    before: Measure | None
    band: Band | None
    standing: Standing
    last: Deviation | None
    effect: Effect | None


def last_week(today: date) -> Period:
    """The last whole week, Monday to Sunday, before ``today``."""
    monday = today - timedelta(days=today.weekday())
    return Period(monday - _WEEK, monday)


def new_target(
    desk: Desk, account: str, *, kpi: str, wanted: str, action: str, days: int, owner: str, site: str, now: datetime
) -> dict[str, Any]:
    """A target that can be set, as ``target_rows.add_target`` takes it. A change is counted from the last four weeks.

    Raises BadTarget, and NotReady. It looks at figures: nothing is written meanwhile.
    """
    read = read_target(wanted, kpi=kpi)
    if not action.strip() or len(action) > LONGEST_ACTION:
        raise BadTarget("action")
    if not 1 <= days <= LONGEST_DAYS:
        raise BadTarget("days")
    baseline = None
    if isinstance(read, Change):
        week = last_week(_today(desk, account, now))
        found = _measures(desk, account, Period(week.end - 4 * _WEEK, week.end), site)
        baseline = found.get(kpi, _nothing(kpi)).value
        if baseline is None:
            raise BadTarget("no_baseline")
    return {
        "kpi": kpi,
        "site": site,
        "wanted": " ".join(wanted.split()),
        "baseline": baseline,
        "action": " ".join(action.split()),
        "owner": owner,
        "days": days,
    }


def held(desk: Desk, ledger: Ledger, account: str, *, period: Period, now: datetime) -> list[Held]:
    """Every target against the figures of ``period``. Raises NotReady, and KeyError without account."""
    with ledger.reading() as connection:
        wanted, found = targets_of(connection, account), deviations_of(connection, account)
    return [_held(desk, account, each, period, found, now) for each in wanted]


def look(desk: Desk, ledger: Ledger, account: str, *, now: datetime) -> list[Held]:
    """Hold the last whole week against the targets; one missed beyond doubt opens a task, where none is open for it.

    Looking again at the same week changes nothing. Returns the targets that were missed. Raises as ``held``.
    """
    week = last_week(_today(desk, account, now))
    missed = [
        each for each in held(desk, ledger, account, period=week, now=now) if each.standing.verdict is Verdict.OFF
    ]
    for each in missed:
        _written_down(ledger, account, each, week, now)
    return missed


def _written_down(ledger: Ledger, account: str, found: Held, week: Period, now: datetime) -> None:
    target = found.target
    if found.standing.value is None:
        return
    with ledger.writing() as connection:
        id = add_deviation(
            connection, account, target.id, since=week.start, until=week.end, value=found.standing.value,
            n=found.standing.n, at=now,
        )  # fmt: skip
        waits = found.last is not None and found.last.item is not None and found.last.done_at is None
        if id is None or waits:
            return
        need = Need(
            kind=Kind.TASK,
            key=f"target:{target.id}:{week.start.isoformat()}",
            site=target.site,
            due_at=now + timedelta(days=target.days),
            assigned_to=target.owner or None,
            about={"target": target.id, "kpi": target.kpi, "action": target.action},
        )
        give_task(connection, id, open_item(connection, account, need, now=now))


def _held(desk: Desk, account: str, target: Target, period: Period, found: Sequence[Deviation], now: datetime) -> Held:
    measures = _measures(desk, account, period, target.site)
    measure = measures.get(target.kpi, _nothing(target.kpi))
    earlier = _measures(desk, account, Period(period.start - _WEEK, period.start), target.site)
    band = aimed(
        read_target(target.wanted, kpi=target.kpi), baseline=target.baseline, better_up=TARGETED[target.kpi]
    )  # fmt: skip
    last = next((each for each in found if each.target == target.id), None)
    return Held(
        target=target,
        period=period,
        measure=measure,
        before=earlier.get(target.kpi),
        band=band,
        standing=standing(measure, band),
        last=last,
        effect=None if last is None else _effect(desk, account, target, last, now),
    )


def _effect(desk: Desk, account: str, target: Target, last: Deviation, now: datetime) -> Effect | None:
    """What changed from the deviation to the first period as long once the action has had its time to show."""
    since = (last.done_at or last.found_at).date() + timedelta(days=target.days)
    after = Period(since, since + (last.until - last.since))
    if after.end > _today(desk, account, now):
        return None
    then, later = (
        _measures(desk, account, days, target.site).get(target.kpi, _nothing(target.kpi))
        for days in (Period(last.since, last.until), after)
    )
    return effect(then, later, better_up=TARGETED[target.kpi])


def _measures(desk: Desk, account: str, period: Period, site: str) -> dict[str, Measure]:
    found = board(desk, account, period=period, scope=Scope(site=site or None), supervise=True)
    return {measure.key: measure for measure in found.measures}


def _nothing(kpi: str) -> Measure:
    return absent(kpi, Unit.SHARE, Missing.NOT_ENOUGH)


def _today(desk: Desk, account: str, now: datetime) -> date:
    return now.astimezone(desk.business(account).clocks.clock(None)).date()
