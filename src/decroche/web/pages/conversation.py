"""``/inbox/<ref>``: what was written with one person, the answer to it, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from fastapi import APIRouter, Form
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.ledger.audit_log import note
from decroche.ledger.voicemails import voicemails_of
from decroche.ledger.work_items import Kind
from decroche.model.member import Right
from decroche.recover.explanation import text_why
from decroche.recover.segments import count, to_gsm7
from decroche.recover.settings import RecoverySettings
from decroche.recover.templates import Channel
from decroche.recover.words_toml import names, shipped_words
from decroche.recover.workflows.inbox import TALK, NoSuchConversation, person_of, read_conversation
from decroche.recover.workflows.inbox import Conversation as Told
from decroche.recover.workflows.places import settings_for
from decroche.recover.workflows.refusing import record_refusal, refusals_of, undo_refusal
from decroche.recover.workflows.replying import LONGEST, NotSent, may_reply, reply
from decroche.recover.workflows.standing import read_office
from decroche.recover.workflows.writing import Unwritable, local, own_words, write
from decroche.rules.outreach import Scope
from decroche.rules.ruling import Ruling
from decroche.understand.business_deadline import business_deadline
from decroche.web.access import Services, Visit, changing, visit
from decroche.web.acting import acting
from decroche.web.messages_left import Voicemail, voicemails
from decroche.web.rendering import page
from decroche.web.work_words import Words

#: Shipped words that answer somebody; what a business wrote itself is offered besides.
_ANSWERS = ("callback_promise", "not_reached", "missed", "voicemail", "help")
_SCOPES = {"text": Scope.TEXTS, "call": Scope.CALLS, "all": Scope.EVERYTHING}
#: So many voicemails stand above a conversation, the last ones.
_VOICEMAILS = 10
_PROBLEMS = frozenset({"empty", "too_long", "no_journey", "not_active", "no_way", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something that was written. ``by``: who of us wrote it; empty for what they wrote."""

    ours: bool
    by: str
    when: str
    iso: str
    body: str
    subject: str
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """What a text takes: ``outside`` are the dear signs with how to write them, ``plain`` the text so."""

    segments: int
    room: int
    characters: int
    price: str
    outside: tuple[tuple[str, str], ...]
    plain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What the page needs.

    ``items`` are (address, words) of what waits for us, ``voicemails`` what they said to the voicemail. ``ruling`` says
    what the rules say of an answer now, ``refused`` whether they refuse it. ``templates`` are (name, words); ``body``
    is what is being written, ``request`` tells one sending from the next. ``refusals`` are (since, words) in force;
    ``may_undo`` whether whoever looks may end them.
    """

    ref: str
    title: str
    number: str
    tel: str | None
    messages: tuple[Message, ...]
    items: tuple[tuple[str, str], ...]
    voicemails: tuple[Voicemail, ...]
    may_write: bool
    refused: bool
    ruling: str
    templates: tuple[tuple[str, str], ...]
    template: str
    body: str
    request: str
    weight: Weight
    longest: int
    refusals: tuple[tuple[str, str], ...]
    may_undo: bool
    problem: str


def router(services: Services) -> APIRouter:
    """The routes of the page, of its moving part and of what is done there."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/inbox/{ref}")
    def show(request: Request, ref: str, template: str = "", problem: str = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            told = conversation(services, here, ref, template=template, problem=problem)
            return page("conversation.html", here.frame, told)

    @routes.get("/inbox/{ref}/now")
    def show_moving_part(request: Request, ref: str) -> Response:
        with visit(services, request, Right.WORK) as here:
            return page("conversation_now.html", here.language, conversation(services, here, ref))

    @routes.post("/inbox/{ref}/weigh")
    def weigh(request: Request, ref: str, body: Annotated[str, Form()] = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            told = conversation(services, here, ref, body=body)
            if "hx-request" in request.headers:
                return page("conversation_weight.html", here.language, told)
            return page("conversation.html", here.frame, told)

    @routes.post("/inbox/{ref}/reply")
    def answer(
        request: Request, ref: str, body: Annotated[str, Form()] = "", asked: Annotated[str, Form()] = ""
    ) -> Response:
        text = _plain(body)
        problem = "" if text else "empty"
        problem = problem if len(text) <= LONGEST else "too_long"
        if not problem:
            with changing(services, request, Right.WORK) as (here, connection):
                person, now = _person(connection, here, ref), services.clock()
                found = read_conversation(connection, here.account.id, person, sites=here.sites, now=now)
                try:
                    if found.journey is None:
                        raise NotSent("no_journey")
                    reply(
                        connection,
                        here.account.id,
                        found.journey["id"],
                        text,
                        author=acting(here, connection),
                        key=services.key,
                        now=now,
                        request=asked[:64] or None,
                    )
                except NotSent as error:
                    # The ruling that was logged stays.
                    problem = error.word
        services.feed.wake()
        if not problem:
            return _to(f"/inbox/{ref}?done=answer_written")
        with visit(services, request, Right.WORK) as here:
            told = conversation(services, here, ref, body=body, problem=problem)
            return page("conversation.html", here.frame, told, status=409)

    @routes.post("/inbox/{ref}/refuse")
    def refuse(request: Request, ref: str, scope: Annotated[str, Form()] = "") -> Response:
        def change(here: Visit, connection: sa.Connection, person: int, who: str, now: datetime) -> None:
            if scope not in _SCOPES:
                raise HTTPException(422)
            record_refusal(
                connection, here.account.id, person, scope=_SCOPES[scope], who=who, now=now, key=services.key
            )  # fmt: skip

        return changed(request, ref, "refusal_recorded", Right.WORK, change)

    @routes.post("/inbox/{ref}/undo")
    def undo(request: Request, ref: str) -> Response:
        def change(here: Visit, connection: sa.Connection, person: int, who: str, now: datetime) -> None:
            ended = undo_refusal(
                connection, here.account.id, person, scopes=tuple(Scope), who=who, now=now, key=services.key
            )
            if ended:
                note(connection, here.account.id, here.who, "opt_out.undone", ref, {"refusals": ended}, at=now)

        return changed(request, ref, "refusal_undone", Right.SUPERVISE, change)

    def changed(
        request: Request,
        ref: str,
        done: str,
        needs: Right,
        change: Callable[[Visit, sa.Connection, int, str, datetime], None],
    ) -> Response:
        with changing(services, request, needs) as (here, connection):
            change(here, connection, _person(connection, here, ref), acting(here, connection), services.clock())
        return _to(f"/inbox/{ref}?done={done}")

    return routes


def conversation(
    services: Services, here: Visit, ref: str, *, template: str = "", body: str = "", problem: str = ""
) -> Conversation:
    """The page as it is now. Raises HTTPException 404."""
    account, now, say = here.account.id, services.clock(), here.language.say
    words = Words(here, now)
    with services.ledger.reading() as connection:
        person = _person(connection, here, ref)
        found = read_conversation(connection, account, person, sites=here.sites, now=now)
        left = voicemails_of(connection, account, person, since=now - TALK, sites=here.sites)
        heard = voicemails(connection, account, left[-_VOICEMAILS:], words)
        settings = settings_for(connection, account)
        refusals = refusals_of(connection, account, person, key=services.key)
        word, ruling = _ruling(connection, here, found, services.key, now)
        known = names(own_words(connection, account), Channel.TEXT)
        offered = tuple(dict.fromkeys([*_ANSWERS, *sorted(known - names(shipped_words(), Channel.TEXT))]))
        if template in offered and not body:
            body = _filled(connection, here, found, settings, template, now)
    number = words.number(person)
    name = found.about.get("name") if words.whole else None
    return Conversation(
        ref=ref,
        title=str(name or number),
        number=number if name else "",
        tel=f"tel:+{person}" if words.whole else None,
        messages=tuple(_message(row, words) for row in found.texts),
        items=tuple((f"/callbacks/{item.id}", say(f"work.kind.{Kind(item.kind)}")) for item in found.items),
        voicemails=heard,
        may_write=not word,
        refused=ruling is not None and bool(ruling.against) and ruling.until is None,
        ruling=say(f"inbox.problem.{word}") if word else _said(ruling, words),
        templates=tuple((each, say(f"inbox.template.{each}") if each in _ANSWERS else each) for each in offered),
        template=template if template in offered else "",
        body=body[: 2 * LONGEST],
        request=token_hex(16),
        weight=_weight(body[: 2 * LONGEST], here, settings),
        longest=LONGEST,
        refusals=tuple((words.lasting(row["at"]), _refusal(row, here)) for row in refusals),
        may_undo=here.may(Right.SUPERVISE),
        problem=problem if problem in _PROBLEMS else "",
    )


def _person(connection: sa.Connection, here: Visit, ref: str) -> int:
    try:
        return person_of(connection, here.account.id, ref, sites=here.sites)
    except NoSuchConversation:
        raise HTTPException(404) from None


def _ruling(
    connection: sa.Connection, here: Visit, found: Told, key: bytes, now: datetime
) -> tuple[str, Ruling | None]:
    """Why no answer can be written (a word), or what the rules say of one."""
    if found.journey is None:
        return "no_journey", None
    missed_at = found.journey["last_missed_at"]
    try:
        return "", may_reply(connection, here.account.id, found.person, missed_at=missed_at, key=key, now=now)
    except NotSent as error:
        return error.word, None


def _said(ruling: Ruling | None, words: Words) -> str:
    """What the rules say against an answer now; empty when it leaves at once."""
    if ruling is None or ruling.allowed:
        return ""
    said = [each.sentence(words.here.language) for each in ruling.against]
    if ruling.until is not None:
        said.append(words.here.language.say("inbox.leaves", at=words.when(ruling.until)))
    return " ".join(dict.fromkeys(said))


def _filled(
    connection: sa.Connection, here: Visit, found: Told, settings: RecoverySettings, template: str, now: datetime
) -> str:
    """The words of a template for this person; empty when they need what nobody knows."""
    journey = found.journey or {}
    office = read_office(connection, here.account.id, now, site=journey.get("site") or "")
    by = business_deadline(now, timedelta(hours=1), hours=office.hours, zone=ZoneInfo(office.zone))
    values: dict[str, Any] = {"site": journey.get("site") or None}
    if journey:
        values["call_time"] = local(journey["last_missed_at"], office)
    if by is not None:
        values["promised_time"] = local(by, office)
    written = write(
        connection,
        here.account.id,
        template,
        language=found.about.get("language") or office.language,
        settings=settings,
        values=values,
        recipient=f"+{found.person}",
        office=office,
        now=now,
    )
    return "" if isinstance(written, Unwritable) else written.body


def _message(row: Any, words: Words) -> Message:
    ours, say = row["direction"] == "out", words.here.language.say
    state = ""
    if ours:
        why = text_why(row["state"], row["failure"], row["raw_failure"], words.here.language)
        state = say(f"recover.text.{row['state']}") + (f" ({why})" if why else "")
    return Message(
        ours=ours,
        by=(words.free(row["author"]) if row["author"] else say("work.playbook")) if ours else "",
        when=words.when(row["created_at"]),
        iso=row["created_at"].isoformat(),
        body=words.free(row["body"]),
        subject=words.free(row["subject"] or ""),
        state=state,
    )


def _weight(body: str, here: Visit, settings: RecoverySettings) -> Weight:
    counted = count(_plain(body))
    outside = {each.character: each.spelling for each in counted.outside}
    return Weight(
        segments=counted.segments,
        room=counted.room,
        characters=counted.characters,
        price=here.language.money(counted.segments * settings.price_per_segment, settings.currency),
        outside=tuple((sign, spelling or "") for sign, spelling in outside.items())[:8],
        plain=(to_gsm7(_plain(body)) or "") if outside else "",
    )


def _refusal(row: Any, here: Visit) -> str:
    scope = str(row["scope"])
    said = here.language.say(f"inbox.refusal.{scope if scope in set(Scope) else 'all'}")
    return f"{said} {here.language.say('inbox.refusal.pending')}" if row["pending"] else said


def _plain(text: str) -> str:
    lines = text.replace("\r\n", "\n")
    return "".join(sign for sign in lines if sign.isprintable() or sign in "\n\u00a0\u202f").strip()


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
