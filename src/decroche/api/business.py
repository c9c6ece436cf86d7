"""``/api/v1/account``, ``sites``, ``lines``, ``hours``, ``endpoints``: what the business says about itself."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import APIRouter

from decroche.api.access import Reader, Writer
from decroche.api.errors import RESPONSES, Conflict, NotAcceptable, NotFound
from decroche.api.schemas import (
    AccountOut,
    ClosedDay,
    EndpointOut,
    HoursIn,
    HoursOut,
    LineIn,
    LineOut,
    Page,
    SiteIn,
    SiteOut,
)
from decroche.ledger.inserting import put
from decroche.ledger.setting_up import add_line, add_site, set_week
from decroche.ledger.tables import closed_days, lines
from decroche.understand.hours import HoursUnreadable

router = APIRouter(responses=RESPONSES)


@router.get("/account")
def read_account(caller: Reader) -> AccountOut:
    """The business whose token this is."""
    with caller.services.ledger.for_account(caller.account) as account:
        return AccountOut.model_validate(account.about())


@router.get("/sites")
def list_sites(caller: Reader) -> Page[SiteOut]:
    """The places of the business."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[SiteOut.model_validate(row) for row in account.sites()])


@router.post("/sites", status_code=201)
def create_site(caller: Writer, given: SiteIn) -> SiteOut:
    """Add a place of the business."""
    if given.zone is not None:
        _check_zone(given.zone)
    try:
        with caller.services.ledger.writing() as connection:
            id = add_site(connection, caller.account, given.name, zone=given.zone)
    except sa.exc.IntegrityError as error:
        raise Conflict("A site has this name already.", "name") from error
    return SiteOut(id=id, name=given.name, zone=given.zone)


@router.get("/lines")
def list_lines(caller: Reader) -> Page[LineOut]:
    """The numbers of the business."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[LineOut.model_validate({**row, "number": _plus(row["number"])}) for row in account.lines()])


@router.post("/lines", status_code=201)
def create_line(caller: Writer, given: LineIn) -> LineOut:
    """Add a number of the business, and say where it rings."""
    number = None if given.number is None else int(given.number[1:])
    try:
        with caller.services.ledger.writing() as connection:
            id = add_line(
                connection,
                caller.account,
                name=given.name,
                number=number,
                site=given.site,
                department=given.department,
            )
    except sa.exc.IntegrityError as error:
        raise Conflict("A line has this number already.", "number") from error
    return LineOut(id=id, name=given.name, number=given.number, site=given.site, department=given.department)


@router.delete("/lines/{id}", status_code=204)
def delete_line(caller: Writer, id: str) -> None:
    """Forget a number of the business."""
    with caller.services.ledger.writing() as connection:
        here = (lines.c.account_id == caller.account) & (lines.c.id == id)
        if not connection.execute(sa.delete(lines).where(here)).rowcount:
            raise NotFound("There is no such line.")


@router.get("/hours")
def read_hours(caller: Reader) -> HoursOut:
    """The opening hours of every place, and the days that differ."""
    with caller.services.ledger.for_account(caller.account) as account:
        return HoursOut(
            weeks=[
                HoursIn(site=row["site"], department=row["department"], week=row["week"])
                for row in account.opening_hours()
            ],
            days=[ClosedDay(day=row["day"], name=row["name"]) for row in account.closed_days()],
        )


@router.put("/hours")
def write_hours(caller: Writer, given: HoursIn) -> HoursIn:
    """Set the opening hours of a place."""
    try:
        with caller.services.ledger.writing() as connection:
            set_week(connection, caller.account, given.week, site=given.site, department=given.department)
    except HoursUnreadable as error:
        raise NotAcceptable(f"These hours cannot be read: {error.part}", "week") from error
    return given


@router.put("/hours/days")
def write_day(caller: Writer, given: ClosedDay) -> ClosedDay:
    """Add a holiday, or say that the business works on one."""
    with caller.services.ledger.writing() as connection:
        put(connection, closed_days, [{"account_id": caller.account, "day": given.day, "name": given.name}])
    return given


@router.get("/endpoints")
def list_endpoints(caller: Reader) -> Page[EndpointOut]:
    """The phone systems that are listened to, and how they are."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[EndpointOut.model_validate(row) for row in account.endpoints()])


def _plus(number: int | None) -> str | None:
    return None if number is None else f"+{number}"


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as error:
        raise NotAcceptable("There is no such time zone.", "zone") from error
