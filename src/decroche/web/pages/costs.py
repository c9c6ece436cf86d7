"""``/costs``: what calls cost in a period, who bears it, what one call costs, what is forgotten, and every line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.cost_files import MOST_BYTES, BadCell, read_cost_file, read_row
from decroche.capture.sheet_rows import UnusableSheet
from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.cost_lines import (
    KeptLine,
    NoSuchLine,
    TooManyLines,
    add_line,
    add_lines,
    count_lines,
    end_line,
    only_lines,
    page_of_lines,
    read_line,
    read_lines,
    remove_line,
)
from decroche.ledger.recovery_settings import settings_of
from decroche.model.cost import Among, BadCostLine, CostKind, Key, Rhythm
from decroche.model.member import Right
from decroche.model.money import CurrencyMismatch, Money
from decroche.prove.service_costs import Costs, costs
from decroche.prove.service_desk import Desk
from decroche.recover.settings import read_settings
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import Pager, back_to, changed
from decroche.web.asked import asked_of, said_period
from decroche.web.campaign_files import with_form
from decroche.web.figure_page import part
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.paid_calls import PaidShown, paid_shown
from decroche.web.rendering import page
from decroche.web.source_words import source_name
from decroche.web.uploads import harmless

HERE = "/costs"
_PRESETS = ("days28", "month", "quarter", "year")
#: Lines on one page.
_AT_ONCE = 50
#: Refused rows of a file that are shown.
_REFUSED = 20
#: The fields of the form of a line.
FIELDS = ("kind", "label", "amount", "rhythm", "begins", "ends", "per_call", "among", "key", "shares")
Option = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostLineShown:
    """A line in words. ``open``: nobody said which day is its last."""

    id: str
    kind: str
    label: str
    amount: str
    days: str
    told: tuple[str, ...]
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsPage:
    """What the page needs. ``source`` is where its figures come from; ``form`` are the words of the form of a line."""

    tabs: tuple[tuple[str, str, str], ...]
    preset: str
    said: str
    since: str
    until: str
    wrong_period: str | None
    ways: tuple[tuple[str, str, str], ...]
    among: str
    source: str
    lines: tuple[CostLineShown, ...]
    pager: Pager
    hidden: int
    may_change: bool
    form: Mapping[str, str]
    kinds: tuple[Option, ...]
    rhythms: tuple[Option, ...]
    amongs: tuple[Option, ...]
    keys: tuple[Option, ...]
    currency: str
    wrong: str | None
    paid: PaidShown
    wrong_file: str | None = None
    read: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CostFigure:
    """An amount, ready to show, with what it rests on."""

    label: str
    value: str
    n: int | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class BearerLine:
    """A site, queue or campaign: what it bears, of how many calls, and what each costs."""

    name: str
    cost: str
    calls: str
    loaded: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLine:
    """A cost that is easily forgotten."""

    name: str
    how: str
    counted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostsShown:
    """What the figures need. ``friction`` are parts of the cost, never added to it."""

    empty: bool
    head: tuple[CostFigure, ...]
    friction: tuple[CostFigure, ...]
    kinds: tuple[tuple[str, str, str], ...]
    column: str
    bearers: tuple[BearerLine, ...]
    checks: tuple[CheckLine, ...]
    missing: int


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        request: Request, here: Visit, connection: sa.Connection, *, form: Mapping[str, str] | None = None,
        wrong: str | None = None, wrong_file: str | None = None, read: tuple[str, ...] = (),
    ) -> Response:  # fmt: skip
        whole_business(here)
        context = _page(request, here, connection, services, form=form, wrong=wrong)
        context = replace(context, wrong_file=wrong_file, read=read)
        return page("costs.html", here.frame, context, status=422 if wrong or wrong_file else 200)

    @routes.get(HERE)
    def show(request: Request) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            return shown(request, here, connection)

    @routes.get(f"{HERE}/figures")
    def show_figures(request: Request) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            whole_business(here)
            asked, among = asked_of(request, here, services.clock()), _among(request)
            currency = read_settings(settings_of(connection, here.account.id)).currency
            lines = only_lines(
                read_lines(connection, here.account.id, begin=asked.period.start, end=asked.period.end)
            )  # fmt: skip

        def made(desk: Desk) -> Response:
            try:
                found = costs(
                    desk, here.account.id, lines, period=asked.period, currency=currency, among=among
                )  # fmt: skip
            except CurrencyMismatch:
                return page("costs_nothing.html", here.language, here.language.say("sources.currency"))
            return page("costs_figures.html", here.language, costs_shown(found, here.language))

        return part(services, here, request, made)

    @routes.post(HERE)
    def add(request: Request, given: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            form = {name: typed(given, name) for name in FIELDS}
            if not form["among"]:
                form["key"] = ""
            currency = read_settings(settings_of(connection, here.account.id)).currency
            try:
                line = read_row(form, currency=currency)
                id = add_line(connection, here.account.id, line, now=services.clock())
            except BadCell as error:
                column = here.language.say(f"cost.column.{error.column}")
                wrong = here.language.say("costs.wrong", column=column, text=error.text or "–")
                return shown(request, here, connection, form=form, wrong=wrong)
            except TooManyLines:
                return shown(request, here, connection, form=form, wrong=here.language.say("costs.too_many"))
            note(
                connection, here.account.id, here.who, "settings.cost_added", id, {"name": line.label},
                at=services.clock(),
            )  # fmt: skip
        return back_to(HERE, done="cost_added")

    def refused(request: Request, word: str, **values: object) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            return shown(request, here, connection, wrong_file=here.language.say(f"costs.file.{word}", **values))

    def taken(request: Request, form: FormData) -> Response:
        upload = form.get("file")
        if not isinstance(upload, UploadFile) or not upload.filename:
            return refused(request, "no_file")
        name = harmless(upload.filename)
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            currency = read_settings(settings_of(connection, here.account.id)).currency
        with tempfile.TemporaryDirectory(prefix="decroche-") as scratch:
            path = Path(scratch) / name
            with path.open("wb") as target:
                shutil.copyfileobj(upload.file, target, 1 << 20)
            try:
                found = read_cost_file(path, name, currency=currency)
            except UnusableSheet as error:
                return refused(request, error.why, file=name)
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            now = services.clock()
            try:
                new = add_lines(connection, here.account.id, found.lines, source=name, now=now)
            except TooManyLines:
                return shown(request, here, connection, wrong_file=here.language.say("costs.too_many"))
            note(connection, here.account.id, here.who, "settings.cost_imported", "", {"file": name}, at=now)
            if not found.refused:
                return back_to(HERE, done="cost_imported")
            say = here.language.say
            read = (
                say("costs.file.read", new=new, known=len(found.lines) - new, refused=len(found.refused)),
                *(
                    say(
                        "costs.file.row",
                        line=each.line,
                        column=say(f"cost.column.{each.column}"),
                        text=each.text or "–",
                    )
                    for each in found.refused[:_REFUSED]
                ),
            )
            return shown(request, here, connection, read=read)

    def allowed(request: Request) -> None:
        with visit(services, request, Right.SET_UP) as here:
            whole_business(here)

    @routes.post(f"{HERE}/file")
    async def take(request: Request) -> Response:
        # Who may not is turned away before a byte of the file is read.
        await run_in_threadpool(allowed, request)
        return await with_form(
            request, lambda word: refused(request, word), lambda form: taken(request, form), most=MOST_BYTES
        )  # fmt: skip

    @routes.post(f"{HERE}/{{id}}/end")
    def end(request: Request, id: str, given: Posted) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            try:
                found = _seen_line(connection, here, id)
                last = read_row({"amount": "0", "begins": typed(given, "last")}, currency="EUR").begins
                end_line(connection, here.account.id, id, last)
            except NoSuchLine:
                return back_to(HERE)
            except (BadCell, BadCostLine):
                wrong = here.language.say(
                    "costs.wrong", column=here.language.say("cost.column.ends"), text=typed(given, "last") or "–"
                )
                return shown(request, here, connection, wrong=wrong)
            note(
                connection, here.account.id, here.who, "settings.cost_ended", id, {"name": found.line.label},
                at=services.clock(),
            )  # fmt: skip
        return back_to(HERE, done="cost_ended")

    @routes.post(f"{HERE}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SET_UP) as (here, connection):
            whole_business(here)
            try:
                _seen_line(connection, here, id)
                found = remove_line(connection, here.account.id, id)
            except NoSuchLine:
                return back_to(HERE)
            note(
                connection, here.account.id, here.who, "settings.cost_removed", id, {"name": found.line.label},
                at=services.clock(),
            )  # fmt: skip
        return back_to(HERE, done="cost_removed")

    return routes


def _seen_line(connection: sa.Connection, here: Visit, id: str) -> KeptLine:
    """A line. Raises NoSuchLine, also for one of salaries that they may not see."""
    found = read_line(connection, here.account.id, id)
    if found.line.kind is CostKind.SALARIES and not here.may(Right.OWN):
        raise NoSuchLine(id)
    return found


def _among(request: Request) -> Among:
    word = request.query_params.get("by", "")
    return Among(word) if word in set(Among) else Among.SITE


def _page(
    request: Request, here: Visit, connection: sa.Connection, services: Services, *, form: Mapping[str, str] | None,
    wrong: str | None,
) -> CostsPage:  # fmt: skip
    say, now = here.language.say, services.clock()
    asked, among = asked_of(request, here, now), _among(request)
    currency = read_settings(settings_of(connection, here.account.id)).currency
    after = request.query_params.get("after", "")
    salaries = here.may(Right.OWN)
    some, more = page_of_lines(
        connection, here.account.id, after=after, limit=_AT_ONCE, told=False, salaries=salaries
    )  # fmt: skip
    total = count_lines(connection, here.account.id, told=False, salaries=salaries)
    address = asked.at(HERE, by=among.value)
    return CostsPage(
        tabs=tuple(
            (each, say(f"asked.{each}"), asked.at(HERE, by=among.value, period=each, since=None, until=None))
            for each in _PRESETS
        ),
        preset=asked.preset,
        said=said_period(asked.period, here.language),
        since=asked.period.start.isoformat(),
        until=asked.last.isoformat(),
        wrong_period=None if asked.wrong is None else say(asked.wrong),
        ways=tuple((each.value, say(f"cost.among.{each}"), asked.at(HERE, by=each.value)) for each in Among),
        among=among.value,
        source=asked.at(f"{HERE}/figures", by=among.value),
        lines=tuple(line_shown(each, here.language) for each in some),
        pager=Pager(
            shown=len(some),
            total=total,
            first=address if after else None,
            next=f"{changed(address)}&after={some[-1].id}" if more else None,
        ),
        hidden=0 if salaries else count_lines(connection, here.account.id, told=False) - total,
        may_change=here.may(Right.SET_UP),
        form={
            **dict.fromkeys(FIELDS, ""),
            **(form or {"begins": now.astimezone(here.zone).date().replace(day=1).isoformat(), "rhythm": "monthly"}),
        },
        kinds=tuple((each.value, say(f"cost.kind.{each}")) for each in CostKind),
        rhythms=tuple((each.value, say(f"cost.rhythm.{each}")) for each in Rhythm),
        amongs=(("", say("costs.not_shared")), *((each.value, say(f"cost.among.{each}")) for each in Among)),
        keys=tuple((each.value, say(f"cost.key.{each}")) for each in Key),
        currency=currency,
        wrong=wrong,
        paid=paid_shown(request.query_params, here.language, currency=currency),
    )


def line_shown(kept: KeptLine, language: Language) -> CostLineShown:
    """A line in words."""
    line, say = kept.line, language.say
    told = [say(f"cost.nature.{line.nature}")]
    if line.per_call:
        told.append(say("costs.grows"))
    if line.sharing is not None:
        among, key = say(f"cost.among.{line.sharing.among}"), say(f"cost.key.{line.sharing.key}")
        words = {
            name: source_name(name, language) if line.sharing.among is Among.SOURCE else name
            for name in line.sharing.shares
        }
        names = [
            f"{words[name]} {language.percent(share, 0)}" if line.sharing.key is Key.FIXED else words[name]
            for name, share in line.sharing.shares.items()
        ]
        sentence = "costs.shared_between" if names else "costs.shared"
        told.append(say(sentence, among=among, key=key, **({"names": language.listing(names)} if names else {})))
    if kept.source:
        told.append(say("costs.from_file", file=kept.source))
    amount = language.money(float(line.amount.amount), line.amount.currency, 2)
    first = language.date(line.begins)
    if line.rhythm is Rhythm.ONCE and line.ends is None:
        days = first
    elif line.ends is None:
        days = say("costs.since", first=first)
    else:
        days = say("costs.between", first=first, last=language.date(line.ends))
    return CostLineShown(
        id=kept.id,
        kind=say(f"cost.kind.{line.kind}"),
        label=line.label,
        amount=f"{amount} {say(f'cost.rhythm.{line.rhythm}')}",
        days=days,
        told=tuple(told),
        open=line.ends is None and line.rhythm is not Rhythm.ONCE,
    )


def costs_shown(found: Costs, language: Language) -> CostsShown:
    """The costs of a period in words."""
    say, cost, one = language.say, found.cost, found.one_call
    total = float(cost.total.amount)

    def figure(key: str, money: Money | None, *, n: int | None = None, note: str | None = None) -> CostFigure:
        return CostFigure(label=say(f"costs.figure.{key}"), value=_money(money, language), n=n, note=note)

    def minutes(number: float) -> str:
        return say("costs.minutes", minutes=round(number))

    shares = sorted(cost.by_kind.items(), key=lambda each: (-each[1].amount, each[0]))
    priced = bool(found.handled.minutes)
    bearers = [
        BearerLine(
            name=source_name(each.name, language) if found.among is Among.SOURCE else each.name,
            cost=_money(each.cost, language),
            calls="–" if each.handled is None else language.number(each.handled.calls),
            loaded=_money(each.loaded, language),
        )
        for each in found.bearers
    ]
    if bearers and found.nobody.amount:
        nobody = BearerLine(name=say("costs.nobody"), cost=_money(found.nobody, language), calls="–", loaded="–")
        bearers.append(nobody)
    return CostsShown(
        empty=not cost.lines,
        head=(
            figure("total", cost.total, note=say("costs.period_days", days=found.period.days)),
            figure("loaded", one.loaded, n=one.calls, note=None if one.calls else say("costs.no_calls")),
            figure("marginal", one.marginal, n=one.calls, note=say("costs.marginal_how")),
            figure(
                "minute", found.friction.minute, note=say("costs.minute_how") if priced else say("costs.no_minutes")
            ),
        ),
        friction=(
            CostFigure(
                label=say("costs.figure.waiting"),
                value=_money(found.friction.waiting, language) if found.handled.waits else "–",
                n=found.handled.waits,
                note=" · ".join(
                    (
                        minutes(found.handled.waited_minutes),
                        say("costs.waiting_how" if found.friction.waiting else "costs.waiting_unpriced"),
                    )
                ),
            ),
            figure(
                "transfers",
                found.friction.transfers,
                n=found.transfers.passed_on,
                note=say("costs.transfers_how", minutes=round(found.transfers.minutes), calls=found.transfers.calls),
            ),
            figure(
                "repeats",
                found.friction.repeats,
                n=found.handled.repeats,
                note=minutes(found.handled.repeated_minutes),
            ),
        ),
        kinds=tuple(
            (
                say(f"cost.kind.{kind}"),
                _money(money, language),
                language.percent(float(money.amount) / total, 0) if total else "–",
            )
            for kind, money in shares
        ),
        column=say(f"cost.among.{found.among}"),
        bearers=tuple(bearers),
        checks=tuple(
            CheckLine(name=say(f"cost.check.{each.what}"), how=say(f"costs.check.{each.what}"), counted=each.counted)
            for each in found.checks
        ),
        missing=sum(not each.counted for each in found.checks),
    )


def _money(money: Money | None, language: Language) -> str:
    return "–" if money is None else language.money(float(money.rounded()), money.currency, 2)
