"""``/settings/privacy``: what people may ask about their numbers, and how long the business keeps what it knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from decroche.language import Language
from decroche.ledger.audit_log import note
from decroche.ledger.erasing import Erasure, erasures_of, region_of, request_erasure
from decroche.ledger.keeping import CEILINGS, WHAT, Due, Retention, TooLong, due, keep_for, retention_of
from decroche.model.member import Right
from decroche.recover.workflows.accessing import everything_about
from decroche.understand.numbers import read_number
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.addresses import back_to
from decroche.web.pages.privacy_papers import unseen_transfers
from decroche.web.rendering import page

PATH = "/settings/privacy"
#: Within this time a request must be answered (GDPR, article 12).
ANSWER_WITHIN = timedelta(days=30)
_REGISTER = ("calls", "texts", "work", "proof")


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestLine:
    """A request. ``state`` is the day on which it was done, or says until when at the latest while it goes on."""

    asked: str
    by: str
    pseudonym: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepField:
    """How long one kind of thing is kept, in months, and the ``most`` that may be chosen."""

    name: str
    months: str
    most: int
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Processing:
    """One line of the record of processing."""

    what: str
    why: str
    data: str
    kept: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Privacy:
    """What the page needs. The errors are sentences beside the fields; ``number`` is what was typed and not read.

    ``notices`` are the texts to publish: the language's name for itself, its code and the words. ``abroad`` names the
    phone systems whose vendor is abroad, and of which nobody took note; empty where there is none.
    """

    requests: tuple[RequestLine, ...]
    keep: tuple[KeepField, ...]
    next: tuple[str, ...]
    register: tuple[Processing, ...]
    notices: tuple[tuple[str, str, str], ...]
    abroad: str
    access_error: str | None = None
    erase_error: str | None = None
    sure_error: str | None = None


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get(PATH)
    def show(request: Request) -> Response:
        with visit(services, request, Right.OWN) as here:
            return _page(services, here)

    @routes.post(f"{PATH}/access")
    def access(request: Request, number: Annotated[str, Form(max_length=60)] = "") -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            account = here.account.id
            person = _person(number, region_of(connection, account))
            if person is None:
                return _page(services, here, access_error=here.language.say("privacy.bad_number"))
            now = services.clock()
            packed = everything_about(connection, account, person, key=services.key, language=here.language, now=now)
            note(connection, account, here.who, "privacy.access_given", at=now)
        name = f"decroche-{now.date().isoformat()}.zip"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(packed, media_type="application/zip", headers=headers)

    @routes.post(f"{PATH}/erase")
    def erase(
        request: Request,
        number: Annotated[str, Form(max_length=60)] = "",
        sure: Annotated[str, Form(max_length=10)] = "",
    ) -> Response:
        with changing(services, request, Right.OWN) as (here, connection):
            person = _person(number, region_of(connection, here.account.id))
            if person is None:
                return _page(services, here, erase_error=here.language.say("privacy.bad_number"))
            if sure != "yes":
                return _page(services, here, sure_error=here.language.say("privacy.not_sure"))
            request_erasure(connection, here.account.id, person, key=services.key, by=here.who, now=services.clock())
        return back_to(PATH, done="erasure_asked")

    @routes.post(f"{PATH}/keep")
    async def keep(request: Request) -> Response:
        form = await request.form()
        told = {name: str(form.get(name, ""))[:4] for name in WHAT}
        with changing(services, request, Right.OWN) as (here, connection):
            try:
                wanted = Retention(**{name: int(text) if text.isdecimal() else 0 for name, text in told.items()})
                keep_for(connection, here.account.id, wanted, services.clock(), by=here.who)
            except TooLong as error:
                return _page(services, here, told=told, wrong=error.what)
        return back_to(PATH, done="retention_kept")

    return routes


def _person(number: str, region: str) -> int | None:
    """The E.164 digits of a number as people say it; None when it cannot be read."""
    found = read_number(number, region=region).e164
    return found if found is not None and found > 0 else None


def _page(
    services: Services,
    here: Visit,
    *,
    told: dict[str, str] | None = None,
    wrong: str | None = None,
    access_error: str | None = None,
    erase_error: str | None = None,
    sure_error: str | None = None,
) -> Response:
    language, account = here.language, here.account.id
    with services.ledger.reading() as connection:
        kept = retention_of(connection, account)
        asked = erasures_of(connection, account)
        coming = due(connection, account, services.clock())
        abroad = unseen_transfers(services, here, connection)
    months = {name: getattr(kept, name) for name in WHAT}
    context = Privacy(
        requests=tuple(_request(each, here) for each in asked),
        keep=tuple(
            KeepField(
                name=name,
                months=(told or {}).get(name, str(months[name])),
                most=getattr(CEILINGS, name),
                error=language.say("privacy.keep_wrong", most=getattr(CEILINGS, name)) if name == wrong else None,
            )
            for name in WHAT
        ),
        next=tuple(_next(each, here) for each in coming),
        register=tuple(
            Processing(
                what=language.say(f"privacy.{name}.what"),
                why=language.say(f"privacy.{name}.why"),
                data=language.say(f"privacy.{name}.data"),
                kept=language.say(f"privacy.{name}.kept", **months),
            )
            for name in _REGISTER
        ),
        notices=tuple(
            (title, code, Language(code).say("privacy.notice_text", **months))
            for title, code in (
                ("Français", language.code if language.code.startswith("fr") else "fr"),
                ("English", "en"),
            )
        ),
        abroad=language.say("privacy.abroad", names=language.listing(list(abroad))) if abroad else "",
        access_error=access_error,
        erase_error=erase_error,
        sure_error=sure_error,
    )
    failed = wrong or access_error or erase_error or sure_error
    return page("privacy.html", here.frame, context, status=422 if failed else 200)


def _request(each: Erasure, here: Visit) -> RequestLine:
    language = here.language
    if each.done_at is None:
        latest = (each.requested_at + ANSWER_WITHIN).astimezone(here.zone).date()
        state = language.say("privacy.going", day=latest)
    else:
        state = language.date(each.done_at.astimezone(here.zone).date())
    return RequestLine(
        asked=language.date(each.requested_at.astimezone(here.zone).date()),
        by=each.requested_by,
        pseudonym=str(-each.pseudonym)[-6:],
        state=state,
    )


def _next(each: Due, here: Visit) -> str:
    what = here.language.say(f"privacy.keep.{each.what}")
    if each.next_at is None:
        return here.language.say("privacy.next_none", what=what)
    day = each.next_at.astimezone(here.zone).date()
    return here.language.say("privacy.next_line", what=what, soon=each.soon, day=day)
