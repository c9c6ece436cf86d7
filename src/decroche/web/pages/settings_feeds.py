"""``/settings/feeds``: where BI tools read our tables, and the spreadsheets that are kept up to date."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.sheets_api import BadKey, read_key, spreadsheet_of
from decroche.language.problems import say_problems
from decroche.ledger.audit_log import note
from decroche.ledger.feeds import FeedAddress, add_feed, feeds_of, revoke_feed
from decroche.ledger.members import name_of
from decroche.ledger.sheet_pushes import SheetPush, add_sheet, remove_sheet, sheets_of
from decroche.model.feed import DAILY, FEEDS
from decroche.model.member import Right
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.moments import since
from decroche.web.rendering import page

_HERE = "/settings/feeds"
#: How far back a spreadsheet begins unless told otherwise.
_DAYS = 92


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An address, or a spreadsheet: never its secret. ``wrong``: what is wrong with it."""

    id: str
    name: str
    when: str
    lines: tuple[str, ...]
    wrong: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A new address, shown this once: what it is for, and (table, address) of each file."""

    name: str
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedsPage:
    """What the page needs. ``given`` is what somebody typed that was ``wrong``, by field."""

    addresses: tuple[Line, ...]
    sheets: tuple[Line, ...]
    tables: tuple[tuple[str, str], ...]
    sites: tuple[tuple[str, str], ...]
    usual: str
    begin: str
    made: Made | None = None
    given: dict[str, str] = field(default_factory=dict)
    wrong: dict[str, str] = field(default_factory=dict)


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        request: Request,
        here: Visit,
        connection: sa.Connection,
        *,
        made: Made | None = None,
        given: dict[str, str] | None = None,
        wrong: dict[str, str] | None = None,
    ) -> Response:
        language, now = here.language, services.clock()
        context = FeedsPage(
            addresses=tuple(_address(each, here, now) for each in feeds_of(connection, here.account.id)),
            sheets=tuple(
                _sheet(each, here, now) for each in sheets_of(connection, services.box, account=here.account.id)
            ),
            tables=tuple((name, f"{name} – {language.say(f'feeds.table.{name}')}") for name in FEEDS),
            sites=tuple((row["id"], row["name"]) for row in here.account.sites()),
            usual=DAILY.name,
            begin=(now.astimezone(here.zone).date() - timedelta(days=_DAYS)).isoformat(),
            made=made,
            given=given or {},
            wrong=wrong or {},
        )
        return page("settings_feeds.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(_HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.OWN) as here, services.ledger.reading() as connection:
            return shown(request, here, connection)

    @routes.post(_HERE)
    def make(
        request: Request,
        name: Annotated[str, Form()] = "",
        tables: Annotated[list[str] | None, Form()] = None,
        site: Annotated[str, Form()] = "",
        numbers: Annotated[str, Form()] = "",
    ) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            wanted = [each for each in FEEDS if each in (tables or ())]
            known = {row["id"] for row in here.account.sites()}
            if not name_of(name) or not wanted or (site and site not in known):
                wrong = {"name": here.language.say("feeds.wrong")}
                return shown(request, here, connection, given={"name": name}, wrong=wrong)
            now, every = services.clock(), len(wanted) == len(FEEDS)
            secret = add_feed(
                connection, here.account.id, name=name_of(name), tables=() if every else wanted,
                sites=[site] if site else None, numbers=bool(numbers), by=here.member.name, now=now,
            )  # fmt: skip
            note(
                connection, here.account.id, here.who, "feed.made", name_of(name),
                details={"tables": " ".join(wanted)}, at=now,
            )  # fmt: skip
            where = services.link(request, f"/feeds/{secret}")
            seen = [each for each in wanted if not (site and FEEDS[each].whole)]
            files = tuple((each, f"{where}/{each}.csv") for each in seen)
            return shown(request, here, connection, made=Made(name=name_of(name), files=files))

    @routes.post(f"{_HERE}/{{id}}/revoke")
    def revoke(request: Request, id: str) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            known = {each.id: each.name for each in feeds_of(connection, here.account.id)}
            if revoke_feed(connection, here.account.id, id, now=services.clock()):
                note(connection, here.account.id, here.who, "feed.revoked", known[id], at=services.clock())
        return back_to(_HERE, done="feed_revoked")

    @routes.post(f"{_HERE}/sheets")
    def connect(
        request: Request,
        sheet_name: Annotated[str, Form()] = "",
        spreadsheet: Annotated[str, Form()] = "",
        key: Annotated[str, Form()] = "",
        begin: Annotated[str, Form()] = "",
        sheet_tables: Annotated[list[str] | None, Form()] = None,
    ) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            say, now = here.language.say, services.clock()
            wrong: dict[str, str] = {}
            found, first, sealed = spreadsheet_of(spreadsheet), _day(begin), None
            try:
                sealed = read_key(key)
            except BadKey:
                wrong["key"] = say("feeds.wrong.key")
            wanted = [each for each in FEEDS if each in (sheet_tables or ())]
            if not name_of(sheet_name) or not wanted:
                wrong["sheet_name"] = say("feeds.wrong")
            if found is None:
                wrong["spreadsheet"] = say("feeds.wrong.spreadsheet")
            if first is None:
                wrong["begin"] = say("filters.no_day")
            if wrong or found is None or first is None or sealed is None:
                given = {"sheet_name": sheet_name, "spreadsheet": spreadsheet, "begin": begin}
                return shown(request, here, connection, given=given, wrong=wrong)
            add_sheet(
                connection, here.account.id, name=name_of(sheet_name), spreadsheet=found, tables=wanted, since=first,
                key=sealed, box=services.box, now=now,
            )  # fmt: skip
            note(
                connection, here.account.id, here.who, "sheet.connected", name_of(sheet_name),
                details={"tables": " ".join(wanted)}, at=now,
            )  # fmt: skip
        return back_to(_HERE, done="sheet_connected")

    @routes.post(f"{_HERE}/sheets/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            known = {each.id: each.name for each in sheets_of(connection, services.box, account=here.account.id)}
            if remove_sheet(connection, here.account.id, id, now=services.clock()):
                note(connection, here.account.id, here.who, "sheet.removed", known[id], at=services.clock())
        return back_to(_HERE, done="sheet_removed")

    return routes


def _address(found: FeedAddress, here: Visit, now: datetime) -> Line:
    say = here.language.say
    names = {row["id"]: row["name"] for row in here.account.sites()}
    sites = say("feeds.every_site") if found.sites is None else ", ".join(names.get(each, "…") for each in found.sites)
    read = (
        say("feeds.never_read")
        if found.read_at is None
        else say("feeds.read_at", at=since(found.read_at, now, here.zone, here.language))
    )
    return Line(
        id=found.id,
        name=found.name,
        when=since(found.created_at, now, here.zone, here.language),
        lines=(
            ", ".join(found.tables) or say("feeds.every_table"),
            f"{sites} · {say('feeds.whole_numbers' if found.numbers else 'feeds.masked')}",
            read,
        ),
    )


def _sheet(found: SheetPush, here: Visit, now: datetime) -> Line:
    say = here.language.say
    pushed = (
        say("feeds.not_pushed")
        if found.pushed_at is None
        else say("feeds.pushed_at", at=since(found.pushed_at, now, here.zone, here.language))
    )
    shared = () if found.key is None else (say("feeds.share_with", email=found.key["client_email"]),)
    return Line(
        id=found.id,
        name=found.name,
        when="",
        lines=(", ".join(found.tables), *shared, pushed),
        wrong=None if found.problem is None else say_problems(here.language, [found.problem]),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
