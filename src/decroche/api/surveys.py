"""``/api/v1/surveys``: what callers are asked by text, what they said, and what that comes to with its n."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query

from decroche.api.access import Caller, Reader, Writer
from decroche.api.errors import NotAcceptable, NotFound, Unavailable, responses
from decroche.api.kpi_schemas import measure_out
from decroche.api.presenting import cursor_text, read_cursor, shown_number, shown_word
from decroche.api.schemas import Day, OptionalName, Page
from decroche.api.survey_schemas import (
    ResolutionOut,
    SurveyGroupOut,
    SurveyOut,
    SurveyResultsOut,
    SurveyWishesIn,
    SurveyWishesOut,
)
from decroche.ledger.survey_reading import surveys_page
from decroche.ledger.surveys import wishes_of
from decroche.model.board import Period, Scope
from decroche.model.survey import Mood, Occasion, Question
from decroche.prove.service_desk import NotReady
from decroche.prove.service_satisfaction import by_place, satisfaction, windows
from decroche.recover.survey import BadSurvey, SurveyWishes, read_wishes
from decroche.recover.workflows.surveying import keep_wishes

router = APIRouter(tags=["surveys"], generate_unique_id_function=lambda route: route.name)

_DAYS, _MOST_DAYS = 28, 1100
Word = Annotated[str | None, Query(max_length=200)]


@router.get("/surveys", responses=responses())
def list_surveys(
    caller: Reader,
    mood: Annotated[Mood | None, Query(description="Only who answered so, each in their last survey.")] = None,
    site: Word = None,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Page[SurveyOut]:
    """Who was asked, the latest first, with what they answered. Ambassadors and detractors are lists for people."""
    with caller.services.ledger.reading() as connection:
        rows, following = surveys_page(
            connection, caller.account, mood=mood, site=site, after=read_cursor(cursor), limit=limit
        )
    return Page(items=[_survey(row, caller) for row in rows], next=cursor_text(following))


@router.get("/surveys/results", responses=responses(404, 503))
def read_survey_results(
    caller: Reader,
    since: Annotated[Day | None, Query(description="The first local day; 28 days up to today by default.")] = None,
    until: Annotated[Day | None, Query(description="The local day after the last.")] = None,
    site: Word = None,
    department: Word = None,
    queue: Word = None,
    by: Literal["site", "department", "queue", "after"] | None = None,
) -> SurveyResultsOut:
    """CSAT, NPS, solved at first contact, competence, empathy and CSI, each with its n and interval, and resolution.

    Figures of one agent are for those who supervise, on the pages.
    """
    services = caller.services
    if services.desk is None:
        raise NotFound("No figures are computed here.")
    clocks = services.desk.business(caller.account).clocks
    today = services.clock().astimezone(ZoneInfo(clocks.of(site))).date()
    end = until or today + timedelta(days=1)
    begin = since or end - timedelta(days=_DAYS)
    if not 0 < (end - begin).days <= _MOST_DAYS or begin.year < 2000 or end.year > 2100:
        raise NotAcceptable("The period is empty, too long, or out of sight.", "until")
    period, scope = Period(begin, end), Scope(site=site, department=department, queue=queue)
    with services.ledger.reading() as connection:
        found = satisfaction(connection, caller.account, clocks, period=period, scope=scope, supervise=False)
        groups = (
            None
            if by is None
            else by_place(connection, caller.account, clocks, by=by, period=period, scope=scope, supervise=False)
        )
    try:
        resolved = windows(services.desk, caller.account, period=period, scope=scope)
    except NotReady as error:
        raise Unavailable("Figures are not ready yet.") from error
    whole = caller.whole_numbers
    return SurveyResultsOut(
        since=begin,
        until=end,
        measures=[measure_out(each) for each in found.measures],
        before=[measure_out(each) for each in found.before.values()],
        groups=None
        if groups is None
        else [
            SurveyGroupOut(name=shown_word(name, whole=whole) or "", measures=[measure_out(each) for each in mine])
            for name, mine in groups
        ],
        resolution=[
            ResolutionOut(days=each.days, gross=measure_out(each.gross), net=measure_out(each.net)) for each in resolved
        ],
        not_asked=dict(found.let_be),
    )


@router.get("/surveys/wishes", responses=responses())
def list_survey_wishes(caller: Reader) -> Page[SurveyWishesOut]:
    """What is asked, by site. Without an entry nobody is asked anything."""
    with caller.services.ledger.reading() as connection:
        found = wishes_of(connection, caller.account)
    return Page(items=[_wishes(site, read_wishes(body)) for site, body in sorted(found.items())])


@router.put("/surveys/wishes", responses=responses(413))
def set_survey_wishes(caller: Writer, given: SurveyWishesIn) -> SurveyWishesOut:
    """Say what is asked at a site, or at all others."""
    told = given.model_dump(exclude={"site"}) | {"questions": tuple(given.questions), "after": tuple(given.after)}
    wishes = SurveyWishes(**told)
    services = caller.services
    with services.ledger.writing() as connection:
        try:
            keep_wishes(connection, caller.account, given.site, wishes, services.clock())
        except BadSurvey as error:
            raise NotAcceptable(str(error), error.setting) from error
        body = wishes_of(connection, caller.account)[given.site]
    return _wishes(given.site, read_wishes(body))


@router.delete("/surveys/wishes", status_code=204, responses=responses())
def delete_survey_wishes(caller: Writer, site: OptionalName = "") -> None:
    """Have a site ask what all others ask; of all others: nothing."""
    services = caller.services
    with services.ledger.writing() as connection:
        try:
            keep_wishes(connection, caller.account, site, None, services.clock())
        except BadSurvey as error:
            raise NotAcceptable(str(error), error.setting) from error


def _wishes(site: str, wishes: SurveyWishes) -> SurveyWishesOut:
    return SurveyWishesOut(
        site=site,
        active=wishes.active,
        questions=list(wishes.questions),
        after=list(wishes.after),
        share=wishes.share,
        delay_minutes=wishes.delay_minutes,
        apart_days=wishes.apart_days,
        least_talk_s=wishes.least_talk_s,
    )


def _survey(row: Mapping[str, Any], caller: Caller) -> SurveyOut:
    whole = caller.whole_numbers
    return SurveyOut(
        id=row["id"],
        # Whoever was erased is nobody.
        person=None if row["person"] < 0 else shown_number(f"+{row['person']}", whole=whole),
        after=Occasion(row["after"]),
        site=shown_word(row["site"], whole=whole) or "",
        department=shown_word(row["department"], whole=whole) or "",
        queue=shown_word(row["queue"], whole=whole) or "",
        questions=[Question(word) for word in row["questions"].split()],
        asked_at=row["asked_at"],
        answered_at=row["answered_at"],
        answers=row["values"],
        mood=None if row["mood"] is None else Mood(row["mood"]),
        callback=row["item_id"],
    )
