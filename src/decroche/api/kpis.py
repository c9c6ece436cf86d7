"""``/api/v1/kpis`` and ``/api/v1/causes``: the figures of the desk, as its pages show them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader
from decroche.api.contacts import Word
from decroche.api.errors import NotAcceptable, NotAllowed, NotFound, Unavailable, responses
from decroche.api.kpi_schemas import (
    AmountOut,
    CauseOut,
    CausesOut,
    GroupOut,
    KindOfDayOut,
    KpisOut,
    PlaceOut,
    PointOut,
    measure_out,
    opens_out,
)
from decroche.api.presenting import shown_word
from decroche.api.schemas import Day
from decroche.ledger.recovery_settings import settings_of
from decroche.model.board import Dimension, Period, Scope, Step
from decroche.model.hours import HourClass
from decroche.model.money import MoneyRange
from decroche.prove.kpis.board import KEYS
from decroche.prove.service_board import Board, NeedsSupervise, OverTime, Split, TooFine, board, over_time, split
from decroche.prove.service_causes import Why, why
from decroche.prove.service_desk import Desk, NotReady
from decroche.recover.settings import read_settings

router = APIRouter(tags=["figures"], generate_unique_id_function=lambda route: route.name)

#: The days that are shown unless others are asked for, today included; and the most that are.
DAYS, MOST_DAYS = 30, 3700
Since = Annotated[Day | None, Query(description="The first local day; 30 days up to today by default.")]
Until = Annotated[Day | None, Query(description="The local day after the last.")]
#: A token has no right to supervise, as a member may have.
Agent = Annotated[
    str | None, Query(max_length=200, description="Refused: one agent is shown to who supervises, on the pages.")
]
Key = Annotated[str, Query(max_length=60, description=f"Of which figure: {', '.join(KEYS)}, or one with a part.")]


@router.get("/kpis", responses=responses(403, 404))
def read_kpis(
    caller: Reader,
    since: Since = None,
    until: Until = None,
    site: Word = None,
    department: Word = None,
    queue: Word = None,
    line: Word = None,
    hour_class: HourClass | None = None,
    agent: Agent = None,
    by: Dimension | None = None,
    step: Step | None = None,
    key: Key = "answer_rate",
) -> KpisOut:
    """Every figure of a period beside the period before, split with `by`, and one of them over time with `step`.

    Agents are shown together, and only when they are five or more; how busy fewer are is not told.
    """
    desk = _desk(caller)
    scope = Scope(site=site, department=department, queue=queue, line=line, hour_class=hour_class, agent=agent)
    with _explained():
        period = _period(desk, caller.account, since, until, site)
        whole = board(desk, caller.account, period=period, scope=scope)
        groups = None if by is None else split(desk, caller.account, by=by, period=period, scope=scope)
        points = (
            None
            if step is None
            else over_time(desk, caller.account, key=_known(key), step=step, period=period, scope=scope)
        )
    return kpis_out(whole, groups, points, whole_numbers=caller.whole_numbers)


@router.get("/causes", responses=responses(403, 404))
def read_causes(
    caller: Reader,
    since: Since = None,
    until: Until = None,
    site: Word = None,
    department: Word = None,
    queue: Word = None,
    line: Word = None,
    agent: Agent = None,
) -> CausesOut:
    """The seven causes with their evidence and calls, the week's map, places by count, rate and value, and holidays."""
    desk = _desk(caller)
    scope = Scope(site=site, department=department, queue=queue, line=line, agent=agent)
    with caller.services.ledger.reading() as connection:
        value = read_settings(settings_of(connection, caller.account)).usual_value
    with _explained():
        period = _period(desk, caller.account, since, until, site)
        return causes_out(why(desk, caller.account, period=period, scope=scope, value=value))


def kpis_out(whole: Board, groups: Split | None, points: OverTime | None, *, whole_numbers: bool = False) -> KpisOut:
    """The figures as programs get them."""
    return KpisOut(
        since=whole.period.start,
        until=whole.period.end,
        before_since=whole.before_period.start,
        before_until=whole.before_period.end,
        zone=whole.zone,
        scope=whole.scope.told(),
        answer_within_s=whole.answer_within_s,
        short_abandon_s=whole.short_abandon_s,
        holidays=whole.holidays,
        measures=[measure_out(each) for each in whole.measures],
        before=[measure_out(each) for each in whole.before.values()],
        by=None if groups is None else groups.dimension,
        groups=None
        if groups is None
        else [
            GroupOut(
                name=shown_word(row.name, whole=whole_numbers) or "",
                measures=[measure_out(each) for each in row.measures],
                before=[measure_out(each) for each in row.before.values()],
            )
            for row in groups.rows
        ],
        groups_missing=None if groups is None else groups.missing,
        agents=None if groups is None else groups.agents,
        key=None if points is None else points.key,
        step=None if points is None else points.step,
        points=None
        if points is None
        else [
            PointOut(
                start=point.start,
                measure=measure_out(point.measure),
                before=None if point.before is None else measure_out(point.before),
                holiday=point.holiday,
            )
            for point in points.points
        ],
    )


def causes_out(found: Why) -> CausesOut:
    """Why, as programs get it."""
    return CausesOut(
        since=found.period.start,
        until=found.period.end,
        zone=found.zone,
        scope=found.scope.told(),
        offered=found.offered,
        missed=found.missed,
        causes=[
            CauseOut(
                cause=each.cause.cause,
                missed=each.cause.missed,
                evidence=each.cause.evidence,
                examples=list(each.examples),
                opens=opens_out(each.opens),
            )
            for each in found.causes
        ],
        week_offered=[list(hours) for hours in found.week.offered],
        week_missed=[list(hours) for hours in found.week.missed],
        places={
            by: [
                PlaceOut(
                    name=place.name,
                    offered=place.offered,
                    missed=place.missed,
                    missed_rate=measure_out(place.missed_rate),
                    expired=place.expired,
                    open=place.open,
                    value=_amount(place.value),
                    opens=opens_out(place.opens),
                )
                for place in places
            ]
            for by, places in found.places.items()
        },
        kinds_of_day=[
            KindOfDayOut(
                kind=each.kind,
                days=each.days,
                offered=each.offered,
                missed=each.missed,
                missed_rate=measure_out(each.missed_rate),
            )
            for each in found.kinds_of_day
        ],
    )


def _amount(found: MoneyRange | None) -> AmountOut | None:
    if found is None:
        return None
    return AmountOut(
        mean=float(found.mean), low=float(found.low), high=float(found.high), currency=found.currency
    )  # fmt: skip


def _desk(caller: Caller) -> Desk:
    if caller.services.desk is None:
        raise NotFound("No figures are computed here.")
    return caller.services.desk


def _period(desk: Desk, account: str, since: date | None, until: date | None, site: str | None) -> Period:
    zone = ZoneInfo(desk.business(account).clocks.of(site))
    end = until or desk.now().astimezone(zone).date() + timedelta(days=1)
    start = since or end - timedelta(days=DAYS)
    if start >= end:
        raise NotAcceptable("the period is empty", "until")
    if (end - start).days > MOST_DAYS or start.year < 2000 or end.year > 2100:
        raise NotAcceptable("the period is too long, or out of sight", "since")
    return Period(start, end)


def _known(key: str) -> str:
    if key.partition(":")[0] not in {*KEYS, "profile", "journeys_open"}:
        raise NotAcceptable("there is no such figure", "key")
    return key


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except NotReady:
        raise Unavailable("The figures are being prepared: ask again in a moment.") from None
    except NeedsSupervise:
        raise NotAllowed("Figures of one agent are for those who supervise.") from None
    except TooFine:
        raise NotAcceptable("the period is too long for such short steps", "step") from None
