"""``/inbox``: what people wrote and left, person by person, those who wait for an answer first; found by a search."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.recovery_tables import texts
from decroche.ledger.searching import In
from decroche.ledger.voicemails import Left, left_by
from decroche.ledger.work_items import Kind
from decroche.model.member import Right
from decroche.model.text import TextState
from decroche.recover.workflows.finding import LONGEST, FoundTalk, read_found, search
from decroche.recover.workflows.inbox import WAITS, Talk, latest_talks, read_talks
from decroche.understand.search_words import Asked, cut_to
from decroche.web.access import Services, Visit, visit
from decroche.web.acting import acting
from decroche.web.addresses import Pager, changed
from decroche.web.pushing import Push, Pushed
from decroche.web.rendering import page, sent, written
from decroche.web.sharing import Shared
from decroche.web.watching import Watch
from decroche.web.work_heads import state_of_work
from decroche.web.work_words import Words

#: How many people stand on one page.
LISTED = 25
VIEWS = ("all", "waiting", "mine", "voicemails")
#: A text of ours that has gone as far as it should.
_LEFT = (TextState.HANDED, TextState.DELIVERED)
#: So much of what was written stands in the list, in characters.
_BEGINNING = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkLine:
    """One person. ``waits`` are the words of what waits for us; ``beginning`` that of what was said or written last;
    ``from_us`` whether the last word was ours, and ``state`` what is wrong with it when it has not
    left; ``inside`` says in what they were found, where that is no text.
    """

    href: str
    id: str
    who: str
    number: str
    when: str
    beginning: str
    from_us: bool
    state: str
    inside: str
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What the page needs. ``q`` is what is looked for; ``live`` where the moving part comes from, ``follow``
    who sends it whenever it changed.

    ``more``: so much was found that it is not all shown.
    """

    talks: tuple[TalkLine, ...]
    view: str
    q: str
    more: bool
    pager: Pager | None
    live: str
    follow: str
    said: str


def router(services: Services) -> APIRouter:
    """The routes of the page and of its moving part."""
    routes = APIRouter(include_in_schema=False)
    watch, shared, push = Watch(services), Shared(), Push(services, Right.WORK)

    @routes.get("/inbox")
    def show(request: Request, view: str = "all", q: str = "", after: str = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            return page("inbox.html", here.frame, inbox(services, here, view, q, after))

    @routes.get("/inbox/now")
    def show_moving_part(request: Request, view: str = "all", q: str = "", after: str = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            return sent(_part(services, shared, here, view, q, after))

    @routes.get("/inbox/follow")
    async def follow(request: Request, view: str = "all", q: str = "", after: str = "") -> Response:
        def make(here: Visit) -> Pushed | None:
            return None if view == "mine" else Pushed(text=_part(services, shared, here, view, q, after))

        return await push.answer(request, lambda session: watch.turns(session.account_id), make)

    return routes


def _part(services: Services, shared: Shared, here: Visit, view: str, q: str, after: str) -> Markup:
    """The moving part, made once for all who see the same."""

    def make() -> Markup:
        return written("inbox_list.html", here.language, inbox(services, here, view, q, after))

    if view == "mine":
        return make()
    with services.ledger.reading() as connection:
        state = state_of_talks(connection, here.account.id)
    asked = (view, q.strip()[:LONGEST], after)
    key = (here.account.id, here.language.code, here.sites, here.may(Right.NUMBERS), here.zone.key, asked)
    return shared.part(key, revision=0, state=state, now=services.clock(), make=make).text


def state_of_talks(connection: sa.Connection, account: str) -> Hashable:
    """What is another whenever work changed, or something was written or sent."""
    t = texts.c
    mine = t.account_id == account
    last = connection.execute(sa.select(sa.func.max(t.created_at)).where(mine)).scalar()
    count = connection.execute(sa.select(sa.func.count()).where(mine, t.created_at == last)).scalar()
    tried = sa.select(t.tried_at, t.state).where(mine, t.tried_at.is_not(None)).order_by(t.tried_at.desc()).limit(1)
    sent_at = connection.execute(tried).one_or_none()
    return (state_of_work(connection, account), last, count, None if sent_at is None else tuple(sent_at))


def inbox(services: Services, here: Visit, view: str, q: str, after: str) -> Inbox:
    """The page as it is now."""
    now, account = services.clock(), here.account.id
    words = Words(here, now)
    view, q = view if view in VIEWS else "all", q.strip()[:LONGEST]
    start = int(after) if after.isdecimal() and len(after) < 5 else 0
    whole = True
    with services.ledger.reading() as connection:
        if q:
            region = here.about["country"].partition("-")[0]
            sought = search(connection, account, q, sites=here.sites, region=region, names=words.whole)
            hits, whole, count = sought.hits[start : start + LISTED], sought.whole, len(sought.hits)
            found = read_found(connection, account, hits, sites=here.sites)
            lines = tuple(_found_line(each, sought.asked, words) for each in found)
        else:
            people = latest_talks(
                connection,
                account,
                sites=here.sites,
                now=now,
                mine=acting(here, connection) if view == "mine" else None,
                kinds=(Kind.VOICEMAIL,) if view == "voicemails" else WAITS,
                only_waiting=view in ("waiting", "voicemails"),
            )
            count = len(people)
            talks = read_talks(connection, account, people[start : start + LISTED], sites=here.sites)
            waiting = [item for talk in talks for item in talk.waits if item.kind == Kind.VOICEMAIL]
            left = left_by(connection, account, waiting)
            lines = tuple(_line(talk, words, left) for talk in talks)
    address = changed("/inbox", view=None if view == "all" else view, q=q or None)
    more = count > start + LISTED
    return Inbox(
        talks=lines,
        view=view,
        q=q,
        more=not whole,
        pager=Pager(
            shown=len(lines),
            first=address if start else None,
            next=_after(address, start + LISTED) if more else None,
        )
        if more or start
        else None,
        live=_after("/inbox/now" + address.removeprefix("/inbox"), start),
        follow=_after("/inbox/follow" + address.removeprefix("/inbox"), start),
        said=here.language.say("inbox.said", n=sum(bool(line.waits) for line in lines)),
    )


def _after(address: str, start: int) -> str:
    return address + (("&" if "?" in address else "?") + f"after={start}" if start else "")


def _line(talk: Talk, words: Words, left: Mapping[str, Left]) -> TalkLine:
    say, number = words.here.language.say, words.number(talk.person)
    name = talk.about.get("name") if words.whole else None
    last = talk.last
    at = last["created_at"] if last is not None else talk.waits[0].opened_at if talk.waits else None
    body = " ".join(words.free(last["body"]).split()) if last is not None else ""
    spoken = [item for item in talk.waits if item.id in left and (last is None or item.opened_at > last["created_at"])]
    if spoken and (said := left[spoken[-1].id].text):
        last, at, body = None, spoken[-1].opened_at, say("inbox.left", text=" ".join(words.free(said).split()))
    return TalkLine(
        href=f"/inbox/{talk.ref}",
        id=talk.ref,
        who=str(name or number),
        number=number if name else "",
        when="" if at is None else words.since(at),
        beginning=body[:_BEGINNING] + ("…" if len(body) > _BEGINNING else ""),
        from_us=last is not None and last["direction"] == "out",
        state=_not_left(last, words) if last is not None else "",
        inside="",
        waits=tuple(dict.fromkeys(say(f"work.kind.{Kind(item.kind)}") for item in talk.waits)),
    )


def _found_line(found: FoundTalk, asked: Asked, words: Words) -> TalkLine:
    """The same, with what was found in the place of the last that was written."""
    line = _line(found.talk, words, {})
    if not found.said or found.at is None:
        return line
    inside = words.here.language.say(f"inbox.in.{found.kind}") if found.kind is not In.TEXT else ""
    # Numbers are hidden before the text is cut: half a number would stay.
    beginning = cut_to(words.free(found.said), asked, _BEGINNING)
    return replace(line, when=words.since(found.at), beginning=beginning, from_us=found.ours, inside=inside, state="")


def _not_left(last: Mapping[str, Any], words: Words) -> str:
    """What is to be said of a text of ours that no provider has, or that did not arrive; empty when all is well."""
    if last["direction"] != "out" or last["state"] in _LEFT:
        return ""
    return words.here.language.say(f"inbox.state.{TextState(last['state'])}")
