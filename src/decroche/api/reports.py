"""``/api/v1/reports`` and ``/targets``: what was made, archived figures, and how the last week stands to targets."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel

from decroche.api.access import Reader
from decroche.api.errors import NotFound, Unavailable, responses
from decroche.api.schemas import Id, Page
from decroche.ledger.reporting import Made, figures_of, made_reports, place_of, read_place
from decroche.prove.service_desk import NotReady
from decroche.prove.service_targets import Held, held, last_week

router = APIRouter(tags=["figures"], generate_unique_id_function=lambda route: route.name)

_MOST = 200


class ReportOut(BaseModel):
    """A report that was made. ``period`` is 2026Q3, 2026-10 or a Monday; ``site`` is empty where it is about all."""

    id: str
    kind: str
    period: str
    site: str
    made_at: datetime
    fingerprint: str


class FiguresOut(BaseModel):
    """The archived figures of a report, as they were counted when it was made."""

    id: str
    kind: str
    figures: dict[str, Any]


class TargetOut(BaseModel):
    """A target and the last whole week against it. ``low`` and ``high`` are what it comes to; shares are fractions."""

    id: str
    kpi: str
    site: str
    wanted: str
    low: float | None
    high: float | None
    since: date
    until: date
    value: float | None
    n: int
    verdict: str
    action: str
    days: int
    task: str | None


@router.get("/reports", responses=responses())
def list_reports(
    caller: Reader, cursor: str | None = None, limit: Annotated[int, Query(ge=1, le=_MOST)] = 50
) -> Page[ReportOut]:
    """The reports that were made, the latest first."""
    with caller.services.ledger.reading() as connection:
        found = made_reports(connection, caller.account, before=read_place(cursor or ""), limit=limit + 1)
    more = place_of(found[limit - 1]) if len(found) > limit else None
    return Page(items=[_report(each) for each in found[:limit]], next=more)


@router.get("/reports/{id}", responses=responses(404))
def read_report(caller: Reader, id: Id) -> FiguresOut:
    """The archived figures of one report."""
    with caller.services.ledger.reading() as connection:
        found = figures_of(connection, caller.account, id)
    if found is None:
        raise NotFound("There is no such report.")
    return FiguresOut(id=id, kind=str(found[0]), figures=msgspec.json.decode(found[1]))


@router.get("/targets", responses=responses(404))
def list_targets(caller: Reader) -> Page[TargetOut]:
    """Every target, and how the last whole week (Monday to Sunday) stands to it, all on one page."""
    services, now = caller.services, caller.services.clock()
    if services.desk is None:
        raise NotFound("No figures are computed here.")
    try:
        zone = services.desk.business(caller.account).clocks.clock(None)
        week = last_week(now.astimezone(zone).date())
        found = held(services.desk, services.ledger, caller.account, period=week, now=now)
    except NotReady as error:
        raise Unavailable("Figures are being made ready: ask again in a moment.") from error
    return Page(items=[target_out(each) for each in found])


def _report(found: Made) -> ReportOut:
    return ReportOut(
        id=found.id,
        kind=str(found.kind),
        period=found.period,
        site=found.site,
        made_at=found.made_at,
        fingerprint=found.fingerprint,
    )


def target_out(found: Held) -> TargetOut:
    """A target as programs get it."""
    target, band = found.target, found.band
    return TargetOut(
        id=target.id,
        kpi=target.kpi,
        site=target.site,
        wanted=target.wanted,
        low=None if band is None else band.low,
        high=None if band is None else band.high,
        since=found.period.start,
        until=found.period.end - timedelta(days=1),
        value=found.standing.value,
        n=found.standing.n,
        verdict=str(found.standing.verdict),
        action=target.action,
        days=target.days,
        task=None if found.last is None else found.last.item,
    )
