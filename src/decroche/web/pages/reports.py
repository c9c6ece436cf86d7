"""``/reports``: what was made – quarterly audits, months, Mondays – to take away again, and what is to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated
from urllib.parse import quote

import msgspec
import structlog
from fastapi import APIRouter, Form
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import LANGUAGES, Language
from decroche.ledger.audit_log import Who, note
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.report_attempts import Attempt, Wanted, attempts_of, begin_attempt, end_attempt
from decroche.ledger.reporting import Made, ReportKind, figures_of, made_reports, place_of, read_place, wish
from decroche.model.member import Right
from decroche.model.money import Money
from decroche.prove.kpis.quarter import BadQuarter, Quarter
from decroche.prove.letter_page import Letter
from decroche.prove.monday_words import monday_letter, month_letter
from decroche.prove.reports.quarter import file_name, quarter_pdf
from decroche.prove.service_audits import NotMade, make_audit
from decroche.prove.service_desk import Desk
from decroche.prove.service_monday import read_monday, read_month
from decroche.prove.service_quarter import read_figures
from decroche.recover.settings import read_settings
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import Pager, back_to
from decroche.web.moments import clock
from decroche.web.rendering import page
from decroche.web.report_letters import LETTERS, BadNumber, ByText, by_text, letters_of, own_number

HERE = "/reports"
#: Rows of a page, and the quarters that may be chosen.
_LISTED, _QUARTERS = 25, 8
#: An audit that is made for longer was cut off.
_LONGEST = timedelta(minutes=10)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A report that was made, and where it is taken from: (address, what it is)."""

    title: str
    about: str
    when: str
    iso: str
    takes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An audit that could not be made, why, and what its form asks for when it is made again."""

    title: str
    about: str
    when: str
    why: str
    quarter: str
    site: str
    hide: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reports:
    """What the page needs. ``making``: one is being made. ``letters``: (kind, what it is, whether it is wanted)."""

    lines: tuple[Line, ...]
    pager: Pager
    may_make: bool
    making: bool
    failures: tuple[Failure, ...]
    quarters: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    letters: tuple[tuple[str, str, bool], ...]
    text: ByText | None
    mailed: bool
    targets: bool


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(HERE)
    def show(request: Request, after: str = "") -> Response:
        with visit(services, request) as here:
            return page("reports.html", here.frame, _shown(services, here, after))

    @routes.post(HERE)
    def make(
        request: Request,
        quarter: Annotated[str, Form()] = "",
        site: Annotated[str, Form()] = "",
        hide: Annotated[str, Form()] = "",
    ) -> Response:
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            try:
                chosen = Quarter.read(quarter)
            except BadQuarter:
                raise HTTPException(422) from None
            if site not in {name for name, _ in _sites(here)} or services.desk is None:
                raise HTTPException(422)
            wanted = Wanted(period=str(chosen), site=site, names_hidden=bool(hide))
            begin_attempt(connection, here.account.id, wanted, by=here.who.name, at=services.clock())
            value = read_settings(settings_of(connection, here.account.id)).usual_value
            note(
                connection, here.account.id, here.who, "report.made", str(chosen),
                {"name": str(chosen), "site": site or None}, at=services.clock(),
            )  # fmt: skip
        made = partial(
            _make, services, services.desk, here.account.id, wanted, business=here.about["name"], value=value,
            by=here.who,
        )  # fmt: skip
        services.desk.prepare((here.account.id, "report", wanted), made)
        return back_to(HERE, done="report_making")

    @routes.post(f"{HERE}/failures/forget")
    def forget(
        request: Request,
        quarter: Annotated[str, Form()] = "",
        site: Annotated[str, Form()] = "",
        hide: Annotated[str, Form()] = "",
    ) -> Response:
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            wanted = Wanted(period=quarter, site=site, names_hidden=bool(hide))
            if site not in {name for name, _ in _sites(here)}:
                raise HTTPException(422)
            if not end_attempt(connection, here.account.id, wanted):
                raise HTTPException(404)
        return back_to(HERE, done="failure_forgotten")

    @routes.get(f"{HERE}/{{id}}.{{kind}}")
    def take(request: Request, id: str, kind: str, lang: str = "") -> Response:
        with visit(services, request) as here:
            found = figures_of(here.account.connection, here.account.id, id, sites=here.sites)
            if found is None or kind not in {"pdf", "txt", "json"}:
                raise HTTPException(404)
            language = Language(lang) if lang in LANGUAGES else here.language
            details = {"kind": kind}
        with services.ledger.writing() as connection:
            note(connection, here.account.id, here.who, "report.taken", id, details, at=services.clock())
        return _file(*found, id=id, kind=kind, language=language)

    # What is sent to a member is their own affair.
    @routes.post("/account/letters")
    def letters(request: Request, kind: Annotated[str, Form()] = "", wanted: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.SEE) as (here, connection):
            if kind not in {str(each) for each in LETTERS}:
                raise HTTPException(422)
            wish(
                connection, here.account.id, here.member.id, ReportKind(kind), wanted=bool(wanted), at=services.clock()
            )  # fmt: skip
        return back_to(HERE, done="letter_wanted" if wanted else "letter_not_wanted")

    @routes.post("/account/letters/text")
    def text(request: Request, number: Annotated[str, Form()] = "", stop: Annotated[str, Form()] = "") -> Response:
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            try:
                mine = None if stop else own_number(number, here)
            except BadNumber as error:
                wrong = here.language.say(f"reports.text.wrong.{error.word}")
                shown = _shown(services, here, "", text=by_text(services, connection, here, given=number, wrong=wrong))
                return page("reports.html", here.frame, shown, status=422)
            wish(
                connection, here.account.id, here.member.id, ReportKind.MONDAY_TEXT, wanted=mine is not None,
                at=services.clock(), number=mine,
            )  # fmt: skip
            done = "text_not_wanted" if mine is None else "text_wanted"
            note(connection, here.account.id, here.who, f"report.{done}", here.member.id, at=services.clock())
        return back_to(HERE, done=done)

    return routes


def _shown(services: Services, here: Visit, after: str, *, text: ByText | None = None) -> Reports:
    connection, now = here.account.connection, services.clock()
    found = made_reports(connection, here.account.id, sites=here.sites, before=read_place(after), limit=_LISTED + 1)
    rows = found[:_LISTED]
    more = place_of(rows[-1]) if len(found) > _LISTED else None
    last = Quarter.last_whole(now.astimezone(here.zone).date())
    tried = attempts_of(connection, here.account.id, sites=here.sites)
    making = [each for each in tried if not each.reason and now - each.begun_at < _LONGEST]
    return Reports(
        lines=tuple(_line(each, here) for each in rows),
        pager=Pager(
            shown=len(rows),
            first=HERE if after else None,
            next=None if more is None else f"{HERE}?after={quote(more)}",
        ),
        may_make=here.may(Right.SUPERVISE) and services.desk is not None,
        making=bool(making),
        failures=tuple(_failure(each, here) for each in tried if each not in making),
        quarters=tuple((str(each), _quarter(each, here.language)) for each in _back(last)),
        sites=_sites(here),
        letters=letters_of(connection, here),
        text=text or by_text(services, connection, here),
        mailed=services.mail is not None,
        targets=here.sites is None,
    )


def _line(found: Made, here: Visit) -> Line:
    say = here.language.say
    if found.kind is ReportKind.QUARTER:
        title = say("quarter.title", quarter=_quarter(Quarter.read(found.period), here.language))
        kinds = ("pdf", "json")
    else:
        title = say(f"reports.made.{found.kind}", period=_said(found, here.language))
        kinds = ("txt", "json")
    return Line(
        title=title,
        about=_about(found.site, here),
        when=_moment(found.made_at, here),
        iso=found.made_at.isoformat(),
        takes=tuple((f"{HERE}/{found.id}.{kind}", say(f"reports.take.{kind}")) for kind in kinds),
    )


def _said(found: Made, language: Language) -> str:
    day = datetime.fromisoformat(found.period if len(found.period) > 7 else f"{found.period}-01").date()
    if found.kind is ReportKind.MONTH:
        return f"{language.month(day.month)} {day.year}"
    return language.date(day)


def _sites(here: Visit) -> tuple[tuple[str, str], ...]:
    """The sites that a report may be about: all together for whoever sees all."""
    known = [str(row["name"]) for row in here.account.sites()]
    mine = [name for name in known if here.sites is None or name in here.sites]
    every = (("", here.language.say("reports.every_site")),) if here.sites is None else ()
    return (*every, *((name, masked(name)) for name in mine))


def _quarter(quarter: Quarter, language: Language) -> str:
    return language.say(f"quarter.name.{quarter.number}", year=str(quarter.year))


def _back(last: Quarter) -> list[Quarter]:
    found = [last]
    while len(found) < _QUARTERS:
        before = found[-1]
        found.append(Quarter(before.year, before.number - 1) if before.number > 1 else Quarter(before.year - 1, 4))
    return found


def _failure(found: Attempt, here: Visit) -> Failure:
    say, wanted = here.language.say, found.wanted
    return Failure(
        title=say("quarter.title", quarter=_quarter(Quarter.read(wanted.period), here.language)),
        about=_about(wanted.site, here),
        when=_moment(found.begun_at, here),
        why=say(f"reports.failed.{found.reason or 'interrupted'}"),
        quarter=wanted.period,
        site=wanted.site,
        hide=wanted.names_hidden,
    )


def _about(site: str, here: Visit) -> str:
    return masked(site) or here.language.say("reports.every_site")


def _moment(at: datetime, here: Visit) -> str:
    local = at.astimezone(here.zone)
    return f"{here.language.day(local.date())} {local.year}, {clock(at, here.zone, here.language)}"


def _make(
    services: Services, desk: Desk, account: str, wanted: Wanted, *, business: str, value: Money | None, by: Who
) -> None:
    """Count and keep it; what cannot be made stays on the page with its reason."""
    try:
        make_audit(
            desk, services.ledger, account, wanted, business=business, value=value, by=by.id or str(by.kind),
            now=services.clock(),
        )  # fmt: skip
    except NotMade as error:
        log.warning("report_not_made", quarter=wanted.period, error=error.reason)


def _file(found: ReportKind, figures: str, *, id: str, kind: str, language: Language) -> Response:
    """A report as a file. Raises HTTPException 404 for a kind that it has not."""
    try:
        if kind == "json":
            whole = msgspec.json.format(figures.encode(), indent=1)
            return _sent(whole, f"{found}-{id[:8]}.json", "application/json")
        if kind == "pdf" and found is ReportKind.QUARTER:
            audit = read_figures(figures)
            name = f"{file_name(audit)}-{language.code}.pdf"
            return _sent(quarter_pdf(audit, language), name, "application/pdf")
        if kind == "txt" and found is not ReportKind.QUARTER:
            letter = _letter(found, figures, language)
            text = f"{letter.subject}\n\n{letter.body}"
            return _sent(text.encode(), f"{found}-{id[:8]}.txt", "text/plain; charset=utf-8")
    except msgspec.MsgspecError:
        # It was archived by a version that counted otherwise: its figures as they are can still be taken.
        raise HTTPException(410) from None
    raise HTTPException(404)


def _letter(kind: ReportKind, figures: str, language: Language) -> Letter:
    if kind is ReportKind.MONDAY:
        return monday_letter(read_monday(figures), language)
    return month_letter(read_month(figures), language)


def _sent(content: bytes, name: str, media: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return Response(content, media_type=media, headers=headers)
