"""``/reports``: what was made – quarterly audits, months, Mondays – to take away again, and what is to be sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
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
from decroche.ledger.reporting import (
    Made,
    ReportKind,
    figures_of,
    keep_report,
    made_reports,
    place_of,
    read_place,
    wish,
    wishes_of,
)
from decroche.model.member import Right
from decroche.model.money import Money
from decroche.prove.kpis.quarter import BadQuarter, Quarter
from decroche.prove.monday_words import Letter, monday_letter, month_letter
from decroche.prove.reports.quarter import file_name, quarter_pdf
from decroche.prove.service_desk import Desk, NotReady
from decroche.prove.service_monday import read_monday, read_month
from decroche.prove.service_quarter import NoCallsThen, quarter_figures, read_figures
from decroche.prove.service_quarter import written as figures_written
from decroche.recover.settings import read_settings
from decroche.telemetry import masked
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import Pager, back_to
from decroche.web.moments import clock
from decroche.web.rendering import page

HERE = "/reports"
#: Rows of a page, and the quarters that may be chosen.
_LISTED, _QUARTERS = 25, 8
#: What may be sent to a member.
_LETTERS = (ReportKind.MONDAY, ReportKind.MONTH)

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
class Reports:
    """What the page needs. ``making``: one is being made. ``letters``: (kind, what it is, whether it is wanted)."""

    lines: tuple[Line, ...]
    pager: Pager
    may_make: bool
    making: bool
    quarters: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    letters: tuple[tuple[str, str, bool], ...]
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
            names = {name for name, _ in _sites(here)}
            if site not in names or services.desk is None:
                raise HTTPException(422)
            value = read_settings(settings_of(connection, here.account.id)).usual_value
            note(
                connection, here.account.id, here.who, "report.made", str(chosen),
                {"name": str(chosen), "site": site or None}, at=services.clock(),
            )  # fmt: skip
        made = partial(
            _make, services, services.desk, here.account.id, chosen, business=here.about["name"], site=site or None,
            hide=bool(hide), value=value, by=here.who,
        )  # fmt: skip
        services.desk.prepare(_key(here.account.id), made)
        return back_to(HERE, done="report_making")

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
            if kind not in {str(each) for each in _LETTERS}:
                raise HTTPException(422)
            wish(
                connection, here.account.id, here.member.id, ReportKind(kind), wanted=bool(wanted), at=services.clock()
            )  # fmt: skip
        return back_to(HERE, done="letter_wanted" if wanted else "letter_not_wanted")

    return routes


def _shown(services: Services, here: Visit, after: str) -> Reports:
    found = made_reports(
        here.account.connection, here.account.id, sites=here.sites, before=read_place(after), limit=_LISTED + 1
    )
    rows = found[:_LISTED]
    more = place_of(rows[-1]) if len(found) > _LISTED else None
    mine = wishes_of(here.account.connection, here.account.id, here.member.id)
    last = Quarter.last_whole(services.clock().astimezone(here.zone).date())
    say = here.language.say
    return Reports(
        lines=tuple(_line(each, here) for each in rows),
        pager=Pager(
            shown=len(rows),
            first=HERE if after else None,
            next=None if more is None else f"{HERE}?after={quote(more)}",
        ),
        may_make=here.may(Right.SUPERVISE) and services.desk is not None,
        making=services.desk is not None and services.desk.prepares(_key(here.account.id)),
        quarters=tuple((str(each), _quarter(each, here.language)) for each in _back(last)),
        sites=_sites(here),
        letters=tuple((str(each), say(f"reports.letter.{each}"), each in mine) for each in _LETTERS),
        mailed=services.mail is not None,
        targets=here.sites is None,
    )


def _line(found: Made, here: Visit) -> Line:
    say, local = here.language.say, found.made_at.astimezone(here.zone)
    if found.kind is ReportKind.QUARTER:
        title = say("quarter.title", quarter=_quarter(Quarter.read(found.period), here.language))
        kinds = ("pdf", "json")
    else:
        title = say(f"reports.made.{found.kind}", period=_said(found, here.language))
        kinds = ("txt", "json")
    return Line(
        title=title,
        about=masked(found.site) or say("reports.every_site"),
        when=f"{here.language.day(local.date())} {local.year}, {clock(found.made_at, here.zone, here.language)}",
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


def _key(account: str) -> tuple[str, str]:
    return account, "report"


def _make(
    services: Services,
    desk: Desk,
    account: str,
    quarter: Quarter,
    *,
    business: str,
    site: str | None,
    hide: bool,
    value: Money | None,
    by: Who,
) -> None:
    """Count and keep it; where nothing can be counted, nothing is kept."""
    now = services.clock()
    try:
        found = quarter_figures(
            desk, account, quarter=quarter, business=business, site=site, value=value, hide_names=hide, made_at=now
        )  # fmt: skip
    except (NoCallsThen, NotReady) as error:
        log.warning("report_not_made", quarter=str(quarter), error=type(error).__name__)
        return
    with services.ledger.writing() as connection:
        keep_report(
            connection, account, kind=ReportKind.QUARTER, period=str(quarter), site=site or "",
            figures=figures_written(found), fingerprint=found.fingerprint, by=by.id or str(by.kind), at=now,
        )  # fmt: skip


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
