"""``/settings/hours``: when the business is open, at each site and department, and the days that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.changing import NotThere, remove_day, remove_week, set_day
from decroche.ledger.members import name_of
from decroche.ledger.rejudging import ask_again
from decroche.ledger.setting_up import set_week
from decroche.model.hours import Interval
from decroche.model.member import Right
from decroche.rules.holidays import UnknownPlace, public_holidays
from decroche.understand.hours import HoursUnreadable, format_week, parse_week
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.first_steps import Posted, Stepper, bases, stepper, typed
from decroche.web.pages.settings_sites import departments_of
from decroche.web.rendering import page

#: How many stretches of a day the grid has, at least; the most that it takes.
_STRETCHES, _MOST = 2, 6
_AHEAD = timedelta(days=365)
#: What is proposed where nothing is said, by country: to be corrected, never used before it is kept.
PROPOSED = {
    "FR": "mon-fri 08:00-12:00 14:00-18:00",
    "CA": "mon-fri 08:00-17:00",
    "CH": "mon-fri 08:00-12:00 13:30-18:00",
}
_ELSEWHERE = "mon-fri 09:00-17:30"
_WHOLE_DAY = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRow:
    """A day of the week: its number from Monday, its name, and its stretches as two fields each (``08:00``)."""

    number: int
    name: str
    stretches: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayOff:
    """A day that differs. ``kind``: ``public`` (of the country), ``own`` (added) or ``worked`` (public, and worked)."""

    iso: str
    shown: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """What the page needs. ``places`` are those that may have hours of their own: address, name, whether they have.

    ``state``: ``own`` (kept for this place), ``wider`` (those of the business hold), ``proposed`` (nothing is kept).
    """

    base: str
    stepper: Stepper | None
    places: tuple[tuple[str, str, bool, bool], ...]
    site: str
    department: str
    place: str
    state: str
    days: tuple[DayRow, ...]
    off: tuple[DayOff, ...]
    holidays_of: str | None
    may_change: bool
    whole: bool
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    for base in bases("hours"):
        _add(routes, services, base)
    return routes


def _add(routes: APIRouter, services: Services, base: str) -> None:
    def shown(
        here: Visit,
        connection: sa.Connection,
        site: str,
        department: str,
        *,
        days: tuple[DayRow, ...] | None = None,
        wrong: str | None = None,
    ) -> Response:
        weeks = {(row["site"], row["department"]): row["week"] for row in here.account.opening_hours()}
        own = weeks.get((site, department))
        held = own or weeks.get((site, "")) or weeks.get(("", department)) or weeks.get(("", ""))
        country = here.about["country"].partition("-")[0]
        holidays = _holidays(here, services.clock().astimezone(here.zone).date())
        context = Hours(
            base=base,
            stepper=stepper(base, here, connection, services),
            places=tuple(_places(here, base, weeks, (site, department))),
            site=site,
            department=department,
            place=_named(site, department, here.language),
            state="own" if own else "wider" if held else "proposed",
            days=days or tuple(_rows(parse_week(held or PROPOSED.get(country, _ELSEWHERE)), here.language)),
            off=tuple(_off(here, holidays or {}, services.clock().astimezone(here.zone).date())),
            holidays_of=None if holidays is None else _country(here),
            may_change=_mine(here, site),
            whole=here.sites is None,
            wrong=wrong,
        )
        return page("settings_hours.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(base)
    def show(request: Request, site: str = "", department: str = "") -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            known = site in {"", *(row["name"] for row in here.account.sites())}
            return shown(here, connection, site if known else "", department if known else "")

    @routes.post(base)
    def keep(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            site, department, now = typed(form, "site"), typed(form, "department"), services.clock()
            if not _mine(here, site):
                return back_to(base)
            days = tuple(_typed_rows(form, here.language))
            try:
                week = format_week(parse_week(_written(days)))
            except HoursUnreadable:
                return shown(
                    here, connection, site, department, days=days, wrong=here.language.say("settings.week_unread")
                )
            set_week(connection, here.account.id, week, site=site, department=department)
            ask_again(connection, here.account.id, now)
            details = {"site": site, "department": department, "week": week}
            note(connection, here.account.id, here.who, "hours.week_set", "", details, at=now)
        return back_to(_address(base, site, department), done="hours_kept")

    @routes.post(f"{base}/forget")
    def forget(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            site, department, now = typed(form, "site"), typed(form, "department"), services.clock()
            if not _mine(here, site):
                return back_to(base)
            try:
                remove_week(connection, here.account.id, site=site, department=department, now=now)
            except NotThere:
                return back_to(base)
            details = {"site": site, "department": department}
            note(connection, here.account.id, here.who, "hours.week_forgotten", "", details, at=now)
        return back_to(_address(base, site, department), done="settings_kept")

    @routes.post(f"{base}/days")
    def change_day(request: Request, form: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            day, act, now = _day(typed(form, "day")), typed(form, "act"), services.clock()
            name = name_of(typed(form, "name")) or here.language.say("settings.closed_day")
            if here.sites is not None or act not in {"close", "open", "reset"}:
                return back_to(base)
            if day is None:
                return shown(here, connection, "", "", wrong=here.language.say("settings.day_unread"))
            try:
                if act == "reset":
                    remove_day(connection, here.account.id, day, now=now)
                else:
                    set_day(connection, here.account.id, day, name if act == "close" else None, now=now)
            except NotThere:
                return back_to(base)
            details = {"day": day.isoformat(), "name": name if act == "close" else ""}
            note(connection, here.account.id, here.who, f"hours.day_{act}", "", details, at=now)
        return back_to(f"{base}#days", done="hours_kept")


def _mine(here: Visit, site: str) -> bool:
    """Whether the hours of a site (empty: of all) are theirs to change."""
    return here.sites is None if not site else site in {row["name"] for row in here.account.sites()}


def _address(base: str, site: str, department: str) -> str:
    told = {name: value for name, value in (("site", site), ("department", department)) if value}
    return base + (f"?{urlencode(told)}" if told else "")


def _named(site: str, department: str, language: Language) -> str:
    return ", ".join(each for each in (site, department) if each) or language.say("settings.everywhere")


def _places(
    here: Visit, base: str, weeks: Mapping[tuple[str, str], str], now: tuple[str, str]
) -> Iterator[tuple[str, str, bool, bool]]:
    departments = departments_of(here)
    sites = [row["name"] for row in here.account.sites()]
    wanted = [("", "")]
    for site in ("", *sites):
        wanted += [(site, "")] if site and len(sites) > 1 else []
        wanted += [(site, each) for each in departments.get(site, ())]
    for place in dict.fromkeys([*wanted, *weeks, now]):
        yield _address(base, *place), _named(*place, here.language), place in weeks, place == now


def _rows(week: Mapping[int, Sequence[Interval]], language: Language) -> Iterator[DayRow]:
    most = max(_STRETCHES, *(len(each) for each in week.values()), 0)
    for number in range(1, 8):
        told = [(_clock(start), _clock(end)) for start, end in week.get(number, ())]
        yield DayRow(
            number=number, name=language.weekday(number), stretches=tuple(told + [("", "")] * (most - len(told)))
        )


def _clock(minute: int) -> str:
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def _typed_rows(form: FormData, language: Language) -> Iterator[DayRow]:
    for number in range(1, 8):
        told = [(typed(form, f"from-{number}-{each}"), typed(form, f"to-{number}-{each}")) for each in range(_MOST)]
        kept = [each for each in told if any(each)]
        yield DayRow(
            number=number,
            name=language.weekday(number),
            stretches=tuple(kept + [("", "")] * (_STRETCHES - len(kept))),
        )


def _written(days: Iterable[DayRow]) -> str:
    """The week as it is kept; midnight as an end is the end of the day."""
    names = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    parts = []
    for day in days:
        told = [(start, "24:00" if end == "00:00" else end) for start, end in day.stretches if start or end]
        if told:
            parts.append(f"{names[day.number - 1]} " + " ".join(f"{start or '?'}-{end or '?'}" for start, end in told))
    return "; ".join(parts)


def _holidays(here: Visit, today: date) -> dict[date, str] | None:
    """The public holidays of the next twelve months; None where none are known."""
    country, _, part = here.about["country"].partition("-")
    try:
        found = public_holidays(country, part or None, [today.year, today.year + 1], here.language.code)
    except UnknownPlace:
        return None
    return {day: name for day, name in found.items() if today <= day < today + _AHEAD}


def _off(here: Visit, holidays: Mapping[date, str], today: date) -> Iterator[DayOff]:
    told = {row["day"]: row["name"] for row in here.account.closed_days() if row["day"] >= today}
    for day in sorted({*holidays, *told}):
        kind = "public" if day not in told else "worked" if told[day] is None else "own"
        name = told.get(day) or holidays.get(day, "")
        yield DayOff(iso=day.isoformat(), shown=f"{here.language.whole_day(day)} {day.year}", name=name, kind=kind)


def _country(here: Visit) -> str:
    country, _, part = here.about["country"].partition("-")
    return here.language.country(country) + (f" ({part})" if part else "")


def _day(told: str) -> date | None:
    try:
        return date.fromisoformat(told)
    except ValueError:
        return None
