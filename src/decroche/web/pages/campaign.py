"""``/campaigns/<id>``: one campaign: its three indicators, the lever to pull first, its parts, and what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from decroche.capture.files.errors import UnreadableFile
from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.campaign_calls import TooManyDials
from decroche.ledger.campaigns import (
    Campaign,
    KeptDecision,
    add_decision,
    campaign_of,
    change_terms,
    count_again,
    decisions_of,
    remove_campaign,
)
from decroche.ledger.changing import NotThere
from decroche.model.campaign import CampaignCounts, GroupKind
from decroche.model.figures import Rate
from decroche.model.member import Right
from decroche.prove.campaign_terms import read_terms
from decroche.prove.campaign_words import (
    Shown,
    advice_said,
    attempt_rows,
    figures,
    group_name,
    group_rate,
    of_rate,
    outlier_said,
    projection_said,
    share,
)
from decroche.prove.campaign_words import counted as counts_said
from decroche.prove.kpis.campaign_attempts import attempts
from decroche.prove.kpis.campaign_cohorts import all_together, cohorts
from decroche.prove.kpis.campaign_decisions import Decision, LookBack, look_back
from decroche.prove.kpis.campaign_indicators import conversions, indicators
from decroche.prove.kpis.campaign_lever import advise, completed, outliers
from decroche.prove.kpis.certainty import wilson
from decroche.prove.service_campaigns import counted_from_house
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.campaign_files import MOST_BYTES, counted, said_of, why_not, with_form
from decroche.web.first_steps import Posted, typed, whole_business
from decroche.web.house_campaigns import FIELDS, form_of, sources_said, where_of
from decroche.web.pages.campaigns import HERE, TERMS, said_period, told_terms, wrong_terms
from decroche.web.rendering import page

#: The attempts and weeks that are shown: the API has them all.
_ATTEMPTS, _WEEKS = 12, 13


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row of one of the tables: its name, its conversion, of how many, and the interval."""

    name: str
    rate: str
    of: str
    interval: str
    last: str = ""
    last_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The parts of a campaign by one column."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """A decision, and the weeks after it beside the weeks before."""

    title: str
    when: str
    reason: str
    since: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPage:
    """What the page needs. ``counted`` are (name, number); ``read`` says how the file was read, in sentences.

    ``given`` is what stands in the forms, ``wrong`` what is wrong with it by field.
    """

    here: str
    name: str
    period: str
    figures: tuple[Shown, ...]
    counted: tuple[tuple[str, str], ...]
    advice: tuple[str, ...]
    attempts: tuple[Line, ...]
    weeks: tuple[Line, ...]
    parts: tuple[Parts, ...]
    apart: tuple[str, ...]
    cohorts: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
    decisions: tuple[DecisionLine, ...]
    kinds: tuple[tuple[str, str], ...]
    today: str
    own: bool
    sources: tuple[str, ...]
    read: tuple[str, ...]
    columns: tuple[tuple[str, str], ...]
    terms: tuple[str, ...]
    given: dict[str, str]
    wrong: dict[str, str]
    most: int


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    def shown(
        here: Visit,
        connection: sa.Connection,
        id: str,
        *,
        given: dict[str, str] | None = None,
        wrong: dict[str, str] | None = None,
    ) -> Response:
        found = _found(connection, here, id)
        today = services.clock().astimezone(here.zone).date()
        context = context_of(
            found, decisions_of(connection, here.account.id, id), here, today=today, given=given, wrong=wrong
        )
        return page("campaign.html", here.frame, context, status=422 if wrong else 200)

    @routes.get(f"{HERE}/{{id}}")
    def show(request: Request, id: str) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            whole_business(here)
            return shown(here, connection, id)

    def refused(request: Request, id: str, word: str) -> Response:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            said = here.language.say(word) if word.startswith("campaign.failed.") else word
            return shown(here, connection, id, wrong={"file": said})

    @routes.post(f"{HERE}/{{id}}")
    def keep_terms(request: Request, id: str, form: Posted) -> Response:
        given = {name: typed(form, name) for name in ("name", *TERMS)}
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            whole_business(here)
            found = _found(connection, here, id)
            wrong = {field: here.language.say(word) for field, word in wrong_terms(given).items()}
            if not given["name"]:
                wrong["name"] = here.language.say("campaign.wrong.name")
            if wrong:
                return shown(here, connection, id, given=given, wrong=wrong)
            others = {key: text for key, text in found.terms.items() if key not in TERMS}
            terms = others | told_terms(given)
            change_terms(connection, here.account.id, id, name=given["name"], terms=terms)
            note(
                connection,
                here.account.id,
                here.who,
                "campaign.changed",
                id,
                {"name": given["name"]},
                at=services.clock(),
            )
        return back_to(f"{HERE}/{id}", done="campaign_changed")

    @routes.post(f"{HERE}/{{id}}/decisions")
    def decide(request: Request, id: str, form: Posted) -> Response:
        given = {name: typed(form, name) for name in ("kind", "reason", "decided_on")}
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            whole_business(here)
            found = _found(connection, here, id)
            now = services.clock()
            wrong = {}
            if given["kind"] not in set(Decision):
                wrong["kind"] = here.language.say("member.wrong.choice")
            day = _day(given["decided_on"])
            if day is None or day > now.astimezone(here.zone).date():
                wrong["decided_on"] = here.language.say("campaign.wrong.day")
            if not given["reason"]:
                wrong["reason"] = here.language.say("campaign.wrong.reason")
            if wrong or day is None:
                return shown(here, connection, id, given=given, wrong=wrong)
            add_decision(
                connection, here.account.id, id, kind=given["kind"], reason=given["reason"], decided_on=day,
                who=here.member.name, now=now,
            )  # fmt: skip
            note(connection, here.account.id, here.who, "campaign.decided", id, {"name": found.name}, at=now)
        return back_to(f"{HERE}/{id}", done="campaign_decided")

    @routes.post(f"{HERE}/{{id}}/remove")
    def remove(request: Request, id: str) -> Response:
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            whole_business(here)
            found = _found(connection, here, id)
            remove_campaign(connection, here.account.id, id)
            note(
                connection, here.account.id, here.who, "campaign.removed", id, {"name": found.name}, at=services.clock()
            )
        return back_to(HERE, done="campaign_removed")

    @routes.post(f"{HERE}/{{id}}/count")
    def count(request: Request, id: str, form: Posted) -> Response:
        given = {name: typed(form, name, longest=2000) for name in FIELDS}
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            whole_business(here)
            found = _found(connection, here, id)
            where, wrong = where_of(given)
            if found.house is None:
                return back_to(f"{HERE}/{id}")
            now = services.clock()
            if where is not None:
                try:
                    counts, reading, house = counted_from_house(
                        connection, here.account.id, where, name=found.name, zone=str(here.about["zone"]),
                        currency=read_terms(found.terms).currency, now=now,
                    )  # fmt: skip
                except TooManyDials:
                    wrong["lines"] = "campaign.wrong.too_many"
            if where is None or wrong:
                said = {field: here.language.say(word) for field, word in wrong.items()}
                return shown(here, connection, id, given=given, wrong=said)
            count_again(connection, here.account.id, id, counts=counts, reading=reading, house=house, now=now)
            note(connection, here.account.id, here.who, "campaign.counted", id, {"name": found.name}, at=now)
        return back_to(f"{HERE}/{id}", done="campaign_counted")

    def taken(request: Request, id: str, form: FormData) -> Response:
        with visit(services, request, Right.SUPERVISE) as here:
            language = here.language
        try:
            counts, reading = counted(form.get("file"), services.clock())
        except UnreadableFile as error:
            return refused(request, id, why_not(error, language))
        with changing(services, request, Right.SUPERVISE) as (here, connection):
            found = _found(connection, here, id)
            now = services.clock()
            count_again(connection, here.account.id, id, counts=counts, reading=reading, now=now)
            note(connection, here.account.id, here.who, "campaign.counted", id, {"name": found.name}, at=now)
        return back_to(f"{HERE}/{id}", done="campaign_counted")

    def allowed(request: Request, id: str) -> None:
        with visit(services, request, Right.SUPERVISE) as here, services.ledger.reading() as connection:
            whole_business(here)
            _found(connection, here, id)

    @routes.post(f"{HERE}/{{id}}/file")
    async def take(request: Request, id: str) -> Response:
        # Who may not is turned away before a byte of the file is read.
        await run_in_threadpool(allowed, request, id)
        return await with_form(
            request,
            lambda word: refused(request, id, f"campaign.failed.{word}"),
            lambda form: taken(request, id, form),
        )

    return routes


def context_of(
    found: Campaign,
    decided: Sequence[KeptDecision],
    here: Visit,
    *,
    today: date,
    given: dict[str, str] | None = None,
    wrong: dict[str, str] | None = None,
) -> CampaignPage:
    """All that the page shows of a campaign."""
    language, counts, terms = here.language, found.counts, read_terms(found.terms)
    measured = indicators(counts.total, terms)
    kept = {"name": found.name, "kind": "", "reason": "", "decided_on": today.isoformat()}
    if found.house is not None:
        kept |= form_of(found.house.where)
    return CampaignPage(
        here=f"{HERE}/{found.id}",
        name=found.name,
        period=said_period(counts, here),
        figures=tuple(figures(measured, terms, language)),
        counted=tuple(counts_said(counts, language)),
        advice=tuple(advice_said(advise(counts, terms), language)),
        attempts=tuple(_attempts(counts, language)),
        weeks=tuple(_weeks(counts, language)),
        parts=tuple(_parts(counts, language)),
        apart=tuple(
            outlier_said(each, language) for each in outliers(counts.groups, completed(counts, terms, measured))
        ),
        cohorts=tuple(_cohorts(counts, language)),
        decisions=tuple(_decision(each, counts, language) for each in decided),
        kinds=tuple((str(each), language.say(f"campaign.decision.{each}")) for each in Decision),
        today=today.isoformat(),
        own=found.house is not None,
        sources=tuple(sources_said(found, terms, language, salaries=here.may(Right.OWN))),
        read=() if found.house is not None else tuple(_read(found, language)),
        columns=found.reading.columns,
        terms=TERMS,
        given=kept | dict.fromkeys(TERMS, "") | dict(found.terms) | (given or {}),
        wrong=wrong or {},
        most=MOST_BYTES // 1_000_000,
    )


def _found(connection: sa.Connection, here: Visit, id: str) -> Campaign:
    try:
        return campaign_of(connection, here.account.id, id)
    except NotThere as error:
        raise HTTPException(404) from error


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _attempts(counts: CampaignCounts, language: Language) -> Iterator[Line]:
    lines = attempts(counts.ladder)
    if len(lines) < 2:
        return
    for line, (number, at, last) in list(zip(lines, attempt_rows(lines, language), strict=True))[:_ATTEMPTS]:
        yield Line(
            name=number, rate=at.shown, of=at.of or "", interval=_range(line.at, language), last=last.shown,
            last_of=last.of or "",
        )  # fmt: skip


def _weeks(counts: CampaignCounts, language: Language) -> Iterator[Line]:
    for week in reversed(counts.weeks[-_WEEKS:]):
        rate = next(iter(conversions(week.tally).values()), None)
        if rate is not None:
            shown, of, _ = of_rate(language, rate)
            yield Line(name=language.date(week.monday), rate=shown, of=of or "", interval=_range(rate, language))


def _parts(counts: CampaignCounts, language: Language) -> Iterator[Parts]:
    by_column: dict[tuple[GroupKind, str], list[Line]] = {}
    for group in counts.groups:
        found = group_rate(group)
        if found is None:
            continue
        shown, of, _ = of_rate(language, found[1])
        name = (group.value or language.say("campaign.no_value")) if group.column else group_name(group, language)
        line = Line(name=name, rate=shown, of=of or "", interval=_range(found[1], language))
        by_column.setdefault((group.kind, group.column), []).append(line)
    for (kind, column), lines in by_column.items():
        yield Parts(title=column or language.say(f"campaign.parts.{kind}"), lines=tuple(lines))


def _range(rate: Rate, language: Language) -> str:
    """The interval of a rate, under a head that says what it is."""
    bounds = wilson(rate)
    if bounds is None:
        return "–"
    return language.say("campaign.range", low=share(language, bounds[0]), high=share(language, bounds[1]))


def _cohorts(counts: CampaignCounts, language: Language) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    if not counts.followed or not counts.total.sales:
        return
    every = [(language.say("campaign.all"), all_together(counts.followed))]
    months = [
        (f"{language.month(cohort.month.month)} {cohort.month.year}", cohort.at) for cohort in cohorts(counts.followed)
    ]
    for name, projections in (*every, *months):
        yield (
            name,
            tuple(
                (language.say("campaign.days", days=each.days), projection_said(each, language)) for each in projections
            ),
        )


def _decision(decided: KeptDecision, counts: CampaignCounts, language: Language) -> DecisionLine:
    return DecisionLine(
        title=language.say(f"campaign.decision.{decided.kind}"),
        when=language.say("campaign.decided_by", day=decided.decided_on, who=decided.who),
        reason=decided.reason,
        since=_since(look_back(counts.weeks, decided=decided.decided_on), language),
    )


def _since(found: LookBack, language: Language) -> str:
    if found.before.value is None or found.after.value is None or found.low is None or found.high is None:
        return language.say("campaign.since.not_yet")
    return language.say(
        f"campaign.since.{found.since}",
        before=share(language, found.before.value),
        after=share(language, found.after.value),
        n=found.before.denominator,
        m=found.after.denominator,
        low=language.number(100 * found.low, 2),
        high=language.number(100 * found.high, 2),
    )


def _read(found: Campaign, language: Language) -> Iterator[str]:
    reading = found.reading
    yield language.say(
        "campaign.read",
        files=", ".join(reading.files),
        rows=reading.rows_read,
        kept=reading.kept,
        ignored=sum(reading.ignored.values()),
        rejected=sum(reading.rejected.values()),
    )
    for reason, n in (*reading.ignored.items(), *reading.rejected.items()):
        yield f"{language.say(f'campaign.fate.{reason}')} : {language.number(n)}"
    yield from said_of(reading, language)
