"""``/inbox``: what people wrote and left, person by person, those who wait for an answer first; found by a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.voicemails import Left, left_by
from decroche.ledger.work_items import Kind
from decroche.model.member import Right
from decroche.recover.workflows.inbox import WAITS, Talk, find_people, latest_talks, read_talks
from decroche.web.access import Services, Visit, visit
from decroche.web.acting import acting
from decroche.web.addresses import Pager, changed
from decroche.web.rendering import page
from decroche.web.work_words import Words

#: How many people stand on one page.
LISTED = 25
VIEWS = ("all", "waiting", "mine", "voicemails")
#: So much of what was written stands in the list, in characters.
_BEGINNING = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkLine:
    """One person. ``waits`` are the words of what waits for us; ``beginning`` that of what was said or written last;
    ``from_us`` whether the last word was ours.
    """

    href: str
    id: str
    who: str
    number: str
    when: str
    beginning: str
    from_us: bool
    waits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbox:
    """What the page needs. ``q`` is what is looked for; ``live`` where the moving part comes from."""

    talks: tuple[TalkLine, ...]
    view: str
    q: str
    pager: Pager | None
    live: str
    said: str


def router(services: Services) -> APIRouter:
    """The routes of the page and of its moving part."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/inbox")
    def show(request: Request, view: str = "all", q: str = "", after: str = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            return page("inbox.html", here.frame, inbox(services, here, view, q, after))

    @routes.get("/inbox/now")
    def show_moving_part(request: Request, view: str = "all", q: str = "", after: str = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            return page("inbox_list.html", here.language, inbox(services, here, view, q, after))

    return routes


def inbox(services: Services, here: Visit, view: str, q: str, after: str) -> Inbox:
    """The page as it is now."""
    now, account = services.clock(), here.account.id
    words = Words(here, now)
    view = view if view in VIEWS else "all"
    start = int(after) if after.isdecimal() and len(after) < 5 else 0
    with services.ledger.reading() as connection:
        if q.strip():
            region = here.about["country"].partition("-")[0]
            found = find_people(connection, account, q[:100], sites=here.sites, region=region, names=words.whole)
        else:
            found = latest_talks(
                connection,
                account,
                sites=here.sites,
                now=now,
                mine=acting(here, connection) if view == "mine" else None,
                kinds=(Kind.VOICEMAIL,) if view == "voicemails" else WAITS,
                only_waiting=view in ("waiting", "voicemails"),
            )
        talks = read_talks(connection, account, found[start : start + LISTED], sites=here.sites)
        waiting = [item for talk in talks for item in talk.waits if item.kind == Kind.VOICEMAIL]
        left = left_by(connection, account, waiting)
    address = changed("/inbox", view=None if view == "all" else view, q=q.strip()[:100] or None)
    more = len(found) > start + LISTED
    lines = tuple(_line(talk, words, left) for talk in talks)
    return Inbox(
        talks=lines,
        view=view,
        q=q.strip()[:100],
        pager=Pager(
            shown=len(lines),
            first=address if start else None,
            next=_after(address, start + LISTED) if more else None,
        )
        if more or start
        else None,
        live=_after("/inbox/now" + address.removeprefix("/inbox"), start),
        said=here.language.say("inbox.said", n=sum(bool(line.waits) for line in lines)),
    )


def _after(address: str, start: int) -> str:
    return address + (("&" if "?" in address else "?") + f"after={start}" if start else "")


def _line(talk: Talk, words: Words, left: Mapping[str, Left]) -> TalkLine:
    say, number = words.here.language.say, words.number(talk.person)
    name = talk.about.get("name") if words.whole else None
    last = talk.last
    at = last["created_at"] if last is not None else talk.waits[0].opened_at
    body = " ".join(words.free(last["body"]).split()) if last is not None else ""
    spoken = [item for item in talk.waits if item.id in left and (last is None or item.opened_at > last["created_at"])]
    if spoken and (said := left[spoken[-1].id].text):
        last, at, body = None, spoken[-1].opened_at, say("inbox.left", text=" ".join(words.free(said).split()))
    return TalkLine(
        href=f"/inbox/{talk.ref}",
        id=talk.ref,
        who=str(name or number),
        number=number if name else "",
        when=words.since(at),
        beginning=body[:_BEGINNING] + ("…" if len(body) > _BEGINNING else ""),
        from_us=last is not None and last["direction"] == "out",
        waits=tuple(dict.fromkeys(say(f"work.kind.{Kind(item.kind)}") for item in talk.waits)),
    )
