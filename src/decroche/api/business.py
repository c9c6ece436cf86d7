"""``/api/v1/account``, ``sites``, ``lines``, ``hours``, ``endpoints``: what the business says about itself.

Whatever changes here, the calls of the last 30 days are judged again by it in the background, see ``ledger.rejudging``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

import sqlalchemy as sa
from fastapi import APIRouter

from decroche.api.access import Caller, Reader, Writer
from decroche.api.errors import Conflict, NotAcceptable, responses
from decroche.api.schemas import (
    AccountChange,
    AccountOut,
    ClosedDay,
    Day,
    EndpointOut,
    HoursIn,
    HoursOut,
    Id,
    LineChange,
    LineIn,
    LineOut,
    OptionalName,
    Page,
    SiteChange,
    SiteIn,
    SiteOut,
)
from decroche.ledger.changing import (
    change_account,
    change_line,
    change_site,
    remove_day,
    remove_line,
    remove_week,
    set_day,
)
from decroche.ledger.part_problems import read_problems
from decroche.ledger.rejudging import ask_again
from decroche.ledger.removing_places import remove_department, remove_site
from decroche.ledger.setting_up import add_line, add_site, set_week
from decroche.ledger.tables import sites
from decroche.understand.hours import HoursUnreadable, format_week, parse_week

router = APIRouter(tags=["business"], generate_unique_id_function=lambda route: route.name)

_SITE_TAKEN = "A site has this name already."
_LINE_TAKEN = "A line has this number already."


@router.get("/account", responses=responses())
def read_account(caller: Reader) -> AccountOut:
    """The business whose token this is."""
    with caller.services.ledger.for_account(caller.account) as account:
        return AccountOut.model_validate(account.about())


@router.patch("/account", responses=responses(413))
def change_this_account(caller: Writer, given: AccountChange) -> AccountOut:
    """Change the name, the zone, the language or the thresholds of the business."""
    values = given.model_dump(exclude_unset=True)
    _check_zone(values.get("zone"))
    with caller.services.ledger.writing() as connection:
        change_account(connection, caller.account, values, now=caller.services.clock())
    return read_account(caller)


@router.get("/sites", responses=responses())
def list_sites(caller: Reader) -> Page[SiteOut]:
    """The places of the business, all on one page."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[SiteOut.model_validate(row) for row in account.sites()])


@router.post("/sites", status_code=201, responses=responses(409, 413))
def create_site(caller: Writer, given: SiteIn) -> SiteOut:
    """Add a place of the business."""
    _check_zone(given.zone)
    try:
        with caller.services.ledger.writing() as connection:
            id = add_site(connection, caller.account, given.name, zone=given.zone)
            ask_again(connection, caller.account, caller.services.clock())
    except sa.exc.IntegrityError as error:
        raise Conflict(_SITE_TAKEN, "name") from error
    return SiteOut(id=id, name=given.name, zone=given.zone)


@router.patch("/sites/{id}", responses=responses(404, 409, 413))
def change_this_site(caller: Writer, id: Id, given: SiteChange) -> SiteOut:
    """Change the name or the zone of a place."""
    values = given.model_dump(exclude_unset=True)
    _check_zone(values.get("zone"))
    try:
        with caller.services.ledger.writing() as connection:
            row = change_site(connection, caller.account, id, values, now=caller.services.clock())
    except sa.exc.IntegrityError as error:
        raise Conflict(_SITE_TAKEN, "name") from error
    return SiteOut.model_validate(row)


@router.delete("/sites/{id}", status_code=204, responses=responses(404, 409))
def delete_site(caller: Writer, id: Id) -> None:
    """Remove a place with its opening hours; what still needs it is said with 409, `still_needed`."""
    with caller.services.ledger.writing() as connection:
        remove_site(connection, caller.account, id, now=caller.services.clock())


@router.delete("/departments", status_code=204, responses=responses(404, 409))
def delete_department(caller: Writer, department: OptionalName = "", site: OptionalName = "") -> None:
    """Remove a department of a site, or of all, with its opening hours; lines that name it keep it: 409."""
    with caller.services.ledger.writing() as connection:
        remove_department(connection, caller.account, site=site, department=department, now=caller.services.clock())


@router.get("/lines", responses=responses())
def list_lines(caller: Reader) -> Page[LineOut]:
    """The numbers of the business, all on one page."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[_line(row) for row in account.lines()])


@router.post("/lines", status_code=201, responses=responses(409, 413))
def create_line(caller: Writer, given: LineIn) -> LineOut:
    """Add a number of the business, and say where it rings."""
    try:
        with caller.services.ledger.writing() as connection:
            _check_site(connection, caller, given.site)
            id = add_line(
                connection,
                caller.account,
                name=given.name,
                number=_digits(given.number),
                site=given.site,
                department=given.department,
            )
            ask_again(connection, caller.account, caller.services.clock())
    except sa.exc.IntegrityError as error:
        raise Conflict(_LINE_TAKEN, "number") from error
    return LineOut(id=id, **given.model_dump())


@router.patch("/lines/{id}", responses=responses(404, 409, 413))
def change_this_line(caller: Writer, id: Id, given: LineChange) -> LineOut:
    """Change the name, the number or the place of a line."""
    values = given.model_dump(exclude_unset=True)
    if "number" in values:
        values["number"] = _digits(values["number"])
    try:
        with caller.services.ledger.writing() as connection:
            _check_site(connection, caller, values.get("site", ""))
            row = change_line(connection, caller.account, id, values, now=caller.services.clock())
    except sa.exc.IntegrityError as error:
        raise Conflict(_LINE_TAKEN, "number") from error
    return _line(row)


@router.delete("/lines/{id}", status_code=204, responses=responses(404))
def delete_line(caller: Writer, id: Id) -> None:
    """Forget a number of the business."""
    with caller.services.ledger.writing() as connection:
        remove_line(connection, caller.account, id, now=caller.services.clock())


@router.get("/hours", responses=responses())
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


@router.put("/hours", responses=responses(413))
def write_hours(caller: Writer, given: HoursIn) -> HoursIn:
    """Set the opening hours of a place. The answer says how they were understood."""
    try:
        week = format_week(parse_week(given.week))
    except HoursUnreadable as error:
        raise NotAcceptable(f"These hours cannot be read: {error.part}", "week") from error
    with caller.services.ledger.writing() as connection:
        _check_site(connection, caller, given.site)
        set_week(connection, caller.account, week, site=given.site, department=given.department)
        ask_again(connection, caller.account, caller.services.clock())
    return HoursIn(site=given.site, department=given.department, week=week)


@router.delete("/hours", status_code=204, responses=responses(404))
def delete_hours(caller: Writer, site: OptionalName = "", department: OptionalName = "") -> None:
    """Forget the opening hours of a place: those of the wider place hold, or none."""
    with caller.services.ledger.writing() as connection:
        remove_week(connection, caller.account, site=site, department=department, now=caller.services.clock())


@router.put("/hours/days", responses=responses(413))
def write_day(caller: Writer, given: ClosedDay) -> ClosedDay:
    """Add a holiday, or say that the business works on one."""
    with caller.services.ledger.writing() as connection:
        set_day(connection, caller.account, given.day, given.name, now=caller.services.clock())
    return given


@router.delete("/hours/days/{day}", status_code=204, responses=responses(404))
def delete_day(caller: Writer, day: Day) -> None:
    """Have the holidays of the country hold again on a day."""
    with caller.services.ledger.writing() as connection:
        remove_day(connection, caller.account, day, now=caller.services.clock())


@router.get("/endpoints", responses=responses())
def list_endpoints(caller: Reader) -> Page[EndpointOut]:
    """The phone systems that are listened to, and how they are."""
    with caller.services.ledger.for_account(caller.account) as account:
        return Page(items=[_endpoint(row) for row in account.endpoints()])


def _endpoint(row: Mapping[str, Any]) -> EndpointOut:
    problems = read_problems(row["problem"])
    return EndpointOut.model_validate({**row, "problem": "; ".join(str(each) for each in problems) or None})


def _line(row: Mapping[str, Any]) -> LineOut:
    number = row["number"]
    return LineOut.model_validate({**row, "number": None if number is None else f"+{number}"})


def _digits(number: str | None) -> int | None:
    return None if number is None else int(number[1:])


def _check_site(connection: sa.Connection, caller: Caller, name: str) -> None:
    """A place that nobody set up is a slip of the pen: what is said of it would never hold."""
    known = (sites.c.account_id == caller.account) & (sites.c.name == name)
    if name and connection.execute(sa.select(sites.c.id).where(known)).first() is None:
        raise NotAcceptable("There is no such site.", "site")


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _check_zone(zone: str | None) -> None:
    if zone is not None and zone not in _zones():
        raise NotAcceptable("There is no such time zone.", "zone")
