"""``/sources``: where calls come from, what each source costs and brings, the numbers that tell it, and doubts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.cost_files import BadCell
from decroche.capture.tracked_files import read_day, read_tracked_row
from decroche.language import Language
from decroche.ledger.ad_calls import KeptAdCall, NoCandidate, NoSuchAdCall, decide_ad_call, list_ad_calls
from decroche.ledger.audit_log import note
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.tables import calls
from decroche.ledger.tracked_numbers import (
    KeptTracking,
    NoSuchTracking,
    TooManyTracked,
    add_tracking,
    end_tracking,
    read_trackings,
    remove_tracking,
)
from decroche.model.member import Right
from decroche.model.money import CurrencyMismatch
from decroche.model.source import BadTracking, Source
from decroche.prove.kpis.credits import USUAL_WINDOW, WINDOWS, Rule
from decroche.prove.service_sources import sources
from decroche.recover.settings import read_settings
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.asked import asked_of, said_period
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.people import who
from decroche.web.rendering import page
from decroche.web.source_words import SourcesShown, source_name, sources_shown

HERE = "/sources"
_PRESETS = ("days28", "month", "quarter", "year")
#: Doubts that are shown at once.
_DOUBTS = 20
#: Numbers that are shown on one page.
_AT_ONCE = 100
FIELDS = ("number", "source", "campaign", "begins", "ends")
Option = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedLine:
    """What a number stands for, in words. ``open``: nobody said which day is its last."""

    id: str
    number: str
    source: str
    days: str
    told: str
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DoubtLine:
    """A platform's call, and our calls that it may be: id, moment and what is known of each."""

    id: str
    said: str
    when: str
    may_be: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesPage:
    """What the page needs. ``source`` is where its figures come from; ``form`` holds the words of a number's form."""

    tabs: tuple[tuple[str, str, str], ...]
    preset: str
    said: str
    since: str
    until: str
    wrong_period: str | None
    rules: tuple[tuple[str, str, str], ...]
    rule: str
    windows: tuple[tuple[str, str, str], ...]
    window: str
    source: str
    numbers: tuple[TrackedLine, ...]
    more: int
    doubts: tuple[DoubtLine, ...]
    doubts_more: bool
    may_change: bool
    form: Mapping[str, str]
    known: tuple[str, ...]
    wrong: str | None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        request: Request, here: Visit, connection: sa.Connection, *, form: Mapping[str, str] | None = None,
        wrong: str | None = None,
    ) -> Response:  # fmt: skip
        whole_business(here)
        context = _page(request, here, connection, services, form=form, wrong=wrong)
        return page("sources.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            return shown(request, here, connection)

    @routes.get(f"{HERE}/figures")
    def show_figures(request: Request) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            whole_business(here)
            asked = asked_of(request, here, services.clock())
            currency = read_settings(settings_of(connection, here.account.id)).currency
            try:
                found = sources(
                    connection,
                    here.account.id,
                    period=asked.period,
                    zone=here.zone,
                    currency=currency,
                    rule=_rule(request),
                    window_days=_window(request),
                )
            except CurrencyMismatch:
                none = SourcesShown(empty=False, sources=(), notes=(here.language.say("sources.currency"),), waste=())
                return page("sources_figures.html", here.language, none)
        return page("sources_figures.html", here.language, sources_shown(found, here.language))

    @routes.post(HERE)
    def add(request: Request, given: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            form = {name: typed(given, name) for name in FIELDS}
            try:
                tracking = read_tracked_row(form, region=here.about["country"].partition("-")[0])
                id = add_tracking(connection, here.account.id, tracking, now=services.clock())
            except (BadCell, BadTracking, TooManyTracked) as error:
                return shown(request, here, connection, form=form, wrong=_wrong(error, here.language))
            name = f"{tracking.source} · {tracking.campaign}" if tracking.campaign else tracking.source
            told = {"name": name}
            note(connection, here.account.id, here.who, "settings.tracked_added", id, told, at=services.clock())
        return back_to(HERE, done="tracked_added")

    @routes.post(f"{HERE}/numbers/{{id}}/end")
    def end(request: Request, id: str, given: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            try:
                found = end_tracking(connection, here.account.id, id, read_day(typed(given, "last"), "ends"))
            except NoSuchTracking:
                return back_to(HERE)
            except (BadCell, BadTracking) as error:
                return shown(request, here, connection, wrong=_wrong(error, here.language))
            told = {"name": found.tracking.source}
            note(connection, here.account.id, here.who, "settings.tracked_ended", id, told, at=services.clock())
        return back_to(HERE, done="tracked_ended")

    @routes.post(f"{HERE}/numbers/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            try:
                found = remove_tracking(connection, here.account.id, id)
            except NoSuchTracking:
                return back_to(HERE)
            told = {"name": found.tracking.source}
            note(connection, here.account.id, here.who, "settings.tracked_removed", id, told, at=services.clock())
        return back_to(HERE, done="tracked_removed")

    @routes.post(f"{HERE}/doubts/{{id}}")
    def decide(request: Request, id: str, given: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            call = typed(given, "call") or None
            try:
                decide_ad_call(
                    connection, here.account.id, id, call, by=here.who.name or str(here.who.kind), now=services.clock()
                )
            except (NoSuchAdCall, NoCandidate):
                return back_to(HERE)
            note(connection, here.account.id, here.who, "ads.decided", id, at=services.clock())
        return back_to(HERE, done="ad_call_decided")

    return routes


def _page(
    request: Request, here: Visit, connection: sa.Connection, services: Services, *, form: Mapping[str, str] | None,
    wrong: str | None,
) -> SourcesPage:  # fmt: skip
    say, now = here.language.say, services.clock()
    asked, rule, window = asked_of(request, here, now), _rule(request), _window(request)
    words = {"rule": rule.value, "window": str(window)}
    kept = read_trackings(connection, here.account.id)
    doubts, doubts_more = list_ad_calls(connection, here.account.id, doubtful=True, limit=_DOUBTS)
    own = {each.tracking.source for each in kept}
    return SourcesPage(
        tabs=tuple(
            (each, say(f"asked.{each}"), asked.at(HERE, **words, period=each, since=None, until=None))
            for each in _PRESETS
        ),
        preset=asked.preset,
        said=said_period(asked.period, here.language),
        since=asked.period.start.isoformat(),
        until=asked.last.isoformat(),
        wrong_period=None if asked.wrong is None else say(asked.wrong),
        rules=tuple(
            (each.value, say(f"sources.rule.{each}"), asked.at(HERE, **{**words, "rule": each.value})) for each in Rule
        ),
        rule=rule.value,
        windows=tuple(
            (str(each), say("sources.days", days=each), asked.at(HERE, **{**words, "window": str(each)}))
            for each in WINDOWS
        ),
        window=str(window),
        source=asked.at(f"{HERE}/figures", **words),
        numbers=tuple(_line(each, here) for each in kept[:_AT_ONCE]),
        more=max(0, len(kept) - _AT_ONCE),
        doubts=tuple(_doubt(each, here, connection) for each in doubts),
        doubts_more=doubts_more,
        may_change=here.may(Right.SET_UP),
        form={**dict.fromkeys(FIELDS, ""), **(form or {"begins": now.astimezone(here.zone).date().isoformat()})},
        known=tuple(sorted({source_name(each, here.language) for each in (*own, *_OFFERED)})),
        wrong=wrong,
    )


_OFFERED = tuple(each.value for each in Source if each not in (Source.OUTBOUND, Source.TEXT))


def _rule(request: Request) -> Rule:
    word = request.query_params.get("rule", "")
    return Rule(word) if word in set(Rule) else Rule.POSITION


def _window(request: Request) -> int:
    word = request.query_params.get("window", "")
    return int(word) if word in {str(each) for each in WINDOWS} else USUAL_WINDOW


def _line(kept: KeptTracking, here: Visit) -> TrackedLine:
    told, say = kept.tracking, here.language.say
    name = source_name(told.source, here.language)
    return TrackedLine(
        id=kept.id,
        number=who(f"+{told.number}", here.language, whole=True, country=here.about["country"]),
        source=f"{name} · {told.campaign}" if told.campaign else name,
        days=_days(told.begins, told.ends, here.language),
        told=say("costs.from_file", file=kept.origin) if kept.origin else "",
        open=told.ends is None,
    )


def _days(begins: date, ends: date | None, language: Language) -> str:
    first = language.date(begins)
    if ends is None:
        return language.say("costs.since", first=first)
    return language.say("costs.between", first=first, last=language.date(ends))


def _doubt(kept: KeptAdCall, here: Visit, connection: sa.Connection) -> DoubtLine:
    c, language = calls.c, here.language
    query = sa.select(c.id, c.started_at, c.disposition, c.talk_s).where(
        c.account_id == here.account.id, c.id.in_(kept.candidates)
    )
    may_be = []
    for row in connection.execute(query.order_by(c.started_at)):
        answered = language.say("sources.answered" if row.disposition == "answered" else "sources.missed")
        lasted = "" if row.talk_s is None else f" · {language.write('{seconds:duration}', seconds=row.talk_s)}"
        may_be.append((row.id, f"{_moment(row.started_at, here)} · {answered}{lasted}"))
    seconds = kept.duration_s
    said = source_name(kept.source, language) + (f" · {kept.campaign}" if kept.campaign else "")
    lasted = "" if seconds is None else f" · {language.write('{seconds:duration}', seconds=seconds)}"
    return DoubtLine(id=kept.id, said=said, when=f"{_moment(kept.started_at, here)}{lasted}", may_be=tuple(may_be))


def _moment(at: datetime, here: Visit) -> str:
    """To the second: that is what tells calls apart."""
    local = at.astimezone(here.zone)
    return f"{here.language.date(local.date())} {local:%H:%M:%S}"


def _wrong(error: BadCell | BadTracking | TooManyTracked, language: Language) -> str:
    if isinstance(error, TooManyTracked):
        return language.say("sources.too_many")
    why = error.column if isinstance(error, BadCell) else error.why
    return language.say(f"sources.wrong.{why}" if language.has(f"sources.wrong.{why}") else "sources.wrong.other")
