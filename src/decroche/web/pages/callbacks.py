"""``/callbacks``: whom to call back, in the order in which most is saved, and what emptied the list by itself."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

import sqlalchemy as sa
from fastapi import APIRouter, Query
from fastapi.exceptions import HTTPException
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from decroche.ledger.account import JourneyFilter
from decroche.ledger.members import members_of
from decroche.ledger.recovery_settings import settings_of
from decroche.ledger.work_items import Kind, WorkItem
from decroche.ledger.work_reading import Asked, places
from decroche.model.member import RIGHTS, Right
from decroche.recover.settings import read_settings
from decroche.recover.workflows.listing import (
    MOST,
    Head,
    left_lately,
    meeting_calls,
    read_head,
    read_shown,
    with_details,
)
from decroche.recover.workflows.working import Listed
from decroche.understand.live_journeys import LiveState
from decroche.web.access import Services, Visit, visit, whoever_asks
from decroche.web.acting import acting, acting_names
from decroche.web.addresses import Pager, changed
from decroche.web.pushing import Push, Pushed
from decroche.web.rendering import page, sent, written
from decroche.web.sharing import Shared
from decroche.web.watching import Watch
from decroche.web.work_heads import Heads, state_of_work
from decroche.web.work_words import Words, badge_of

#: How many stand on one page, and whose ids an address carries: those that a browser shows.
LISTED = 25
#: The ways to look at the list.
VIEWS = ("all", "mine", "free", "asleep")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Somebody on the list. ``gone`` says what took them off it, empty while they are there.

    ``who`` is their name or number; ``number`` stands beside a name. ``stands``: why they stand where they stand.
    ``held``: who else has them. ``mine``: whoever looks does. ``given``: to whom it was given, when not to them.
    """

    id: str
    href: str
    who: str
    number: str
    kind: str
    badge: str
    why: str
    place: str
    stands: str
    since: str
    due: str
    worth: float | None
    attempts: int
    held: str
    mine: bool
    given: str
    callable_now: bool
    gone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """Somebody who left the list, and why."""

    href: str
    who: str
    gone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Callbacks:
    """What the page needs.

    ``stable``: the lines are those that the browser shows, in its order, whatever became of them.
    ``sites``, ``departments`` and ``kinds`` are what the list may be narrowed down to, ``view`` how it is looked at
    (all, mine, free, asleep) and ``views`` the addresses of each; ``active`` names the filters that hold. ``live`` is
    where the moving part comes from, ``follow`` who sends it whenever it changed, ``again`` the address of the list as
    it would be now; ``fresh`` how many stand on it whom the browser does not show. ``whole`` is false where only the
    head of a very long list is ordered. ``said`` is for screen readers.
    """

    lines: tuple[Line, ...]
    stable: bool
    left: tuple[Left, ...]
    site: str
    department: str
    kind: str
    view: str
    sites: tuple[tuple[str, str], ...]
    departments: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    views: Mapping[str, str]
    active: tuple[str, ...]
    clear: str | None
    pager: Pager | None
    live: str
    follow: str
    again: str
    back: str
    fresh: int
    total: int
    whole: bool
    currency: str
    said: str
    empty: Empty | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Empty:
    """Why nobody stands on the list, and where to go next."""

    title: str
    text: str
    href: str
    link: str


def router(services: Services) -> APIRouter:
    """The routes of the list, of its moving part and of the word that something changed."""
    routes = APIRouter(include_in_schema=False)
    watch, heads, shared = Watch(services), Heads(), Shared()
    push = Push(services, Right.WORK)

    @routes.get("/callbacks")
    def show(
        request: Request,
        site: str = "",
        department: str = "",
        kind: str = "",
        view: str = "all",
        start: Annotated[int, Query(alias="from")] = 0,
    ) -> Response:
        with visit(services, request, Right.WORK) as here:
            found = _Look(services, here, heads, site, department, kind, view, max(0, min(start, MOST)))
            return page("callbacks.html", here.frame, found.context())

    @routes.get("/callbacks/now")
    def show_moving_part(
        request: Request,
        site: str = "",
        department: str = "",
        kind: str = "",
        view: str = "all",
        start: Annotated[int, Query(alias="from")] = 0,
        shown: str = "",
    ) -> Response:
        with visit(services, request, Right.WORK) as here:
            found = _Look(services, here, heads, site, department, kind, view, max(0, min(start, MOST)))
            return sent(found.part(shared, _ids(shown)))

    @routes.get("/callbacks/follow")
    async def follow(
        request: Request,
        site: str = "",
        department: str = "",
        kind: str = "",
        view: str = "all",
        start: Annotated[int, Query(alias="from")] = 0,
        shown: str = "",
    ) -> Response:
        def make(here: Visit) -> Pushed | None:
            found = _Look(services, here, heads, site, department, kind, view, max(0, min(start, MOST)), nobody=True)
            return found.pushed(_ids(shown))

        return await push.answer(request, lambda session: watch.turns(session.account_id), make)

    @routes.get("/callbacks/changes")
    async def changes(request: Request) -> Response:
        request.scope["needs"] = Right.WORK
        session = await run_in_threadpool(whoever_asks, services, request)
        if Right.WORK not in RIGHTS[session.role]:
            raise HTTPException(403)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        stream = watch.nudges(session.account_id)
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    return routes


@dataclass(frozen=True, slots=True)
class _Look:
    """One look at the list, as the address asks for it."""

    services: Services
    here: Visit
    heads: Heads
    site: str
    department: str
    kind: str
    view: str
    start: int
    #: It is looked at as by somebody to whom nothing on it belongs.
    nobody: bool = False

    def pushed(self, shown: Sequence[str]) -> Pushed | None:
        """The moving part for all to whom nothing on it belongs; None where each sees a list of their own."""
        if self.view in ("mine", "free"):
            return None
        found, listed = self._made(shown)
        theirs = {name for each in listed for name in (each.item.claimed_by, each.item.assigned_to)}
        with self.services.ledger.reading() as connection:
            names = acting_names(members_of(connection, self.here.account.id))
        return Pushed(
            text=written("callbacks_now.html", self.here.language, found),
            apart=frozenset(id for id, name in names.items() if name in theirs),
        )

    def _me(self, connection: sa.Connection) -> str:
        return "" if self.nobody else acting(self.here, connection)

    def part(self, shared: Shared, shown: Sequence[str]) -> Markup:
        """The moving part, made once for all who see the same: those to whom nothing on it belongs."""
        here, now = self.here, self.services.clock()

        def make() -> Markup:
            return written("callbacks_now.html", here.language, self.context(shown))

        if self.view in ("mine", "free"):
            return make()
        with self.services.ledger.reading() as connection:
            me, state = self._me(connection), state_of_work(connection, here.account.id)
            head = self._head(connection, self._asked(me), state, now)
            # What an empty list says depends on it.
            told = bool(head.listed) or settings_of(connection, here.account.id) is not None
        held = any(me in (each.item.claimed_by, each.item.assigned_to) for each in head.listed)
        if held or not set(shown) <= {each.item.id for each in head.listed}:
            return make()
        query = (self.site, self.department, self.kind, self.view, self.start, *shown)
        rights = (here.may(Right.NUMBERS), _may_choose(here))
        key = (here.account.id, here.language.code, here.sites, rights, here.zone.key, told, query)
        return shared.part(key, revision=0, state=state, now=now, make=make).text

    def _asked(self, me: str) -> Asked:
        view = self.view if self.view in VIEWS else "all"
        kind = self.kind if self.kind in set(Kind) else ""
        return Asked(
            kinds=(kind,) if kind else (),
            site=self.site or None,
            sites=self.here.sites,
            department=self.department or None,
            mine=me if view == "mine" else None,
            free_for=me if view == "free" else None,
            asleep=view == "asleep",
        )

    def _head(self, connection: sa.Connection, asked: Asked, state: Hashable, now: datetime) -> Head:
        account = self.here.account.id
        return self.heads.head(
            (account, asked), state=state, now=now, read=lambda: read_head(connection, account, asked, now=now)
        )

    def context(self, shown: Sequence[str] = ()) -> Callbacks:
        """What the page needs; ``shown`` are the ids of those that the browser shows."""
        return self._made(shown)[0]

    def _made(self, shown: Sequence[str]) -> tuple[Callbacks, Sequence[Listed]]:
        here, account = self.here, self.here.account.id
        now = self.services.clock()
        words = Words(here, now)
        view = self.view if self.view in VIEWS else "all"
        kind = self.kind if self.kind in set(Kind) else ""
        with self.services.ledger.reading() as connection:
            me = self._me(connection)
            head = self._head(connection, self._asked(me), state_of_work(connection, account), now)
            standing = list(head.listed[self.start : self.start + LISTED])
            listed = self._shown(connection, shown, head, now) if shown else standing
            details = with_details(connection, account, listed)
            left = left_lately(connection, account, sites=here.sites, now=now)
            met = meeting_calls(connection, account, [*left, *(each.item for each in listed)])
            filters = _filters(connection, account, here)
            settings = settings_of(connection, account)
        names = {each.item.id for each in listed}
        lines = tuple(self._line(each, details, words, me, met, in_list=_stands(each, head, shown)) for each in listed)
        open_now = sum(not line.gone for line in lines)
        query = {
            "site": self.site, "department": self.department, "kind": kind, "view": "" if view == "all" else view,
            "from": str(self.start) if self.start else "",
        }  # fmt: skip
        address = _address("/callbacks", query)
        standing_now = ".".join(each.item.id for each in listed)
        total = len(head.listed)
        more = self.start + LISTED < total
        made = Callbacks(
            lines=lines,
            stable=bool(shown),
            left=tuple(self._left(item, words, met) for item in left if item.id not in names),
            site=self.site,
            department=self.department,
            kind=kind,
            view=view,
            sites=tuple((each, words.free(each)) for each in filters[0]),
            departments=tuple((each, words.free(each)) for each in filters[1]),
            kinds=filters[2],
            views={
                each: _address("/callbacks", {**query, "view": "" if each == "all" else each, "from": ""})
                for each in VIEWS
            },
            active=tuple(
                [words.free(each) for each in (self.site, self.department) if each]
                + ([here.language.say(f"work.kind.{Kind(kind)}")] if kind else [])
            ),
            clear="/callbacks" if any((self.site, self.department, kind)) else None,
            pager=Pager(
                shown=len(lines),
                total=total if head.whole else None,
                first=changed(address, **{"from": None}) if self.start else None,
                next=changed(address, **{"from": str(self.start + LISTED)}) if more else None,
            )
            if more or self.start
            else None,
            live=_address("/callbacks/now", {**query, "shown": standing_now}),
            follow=_address("/callbacks/follow", {**query, "shown": standing_now}),
            again=address,
            back=address,
            fresh=len([each for each in standing if each.item.id not in names]) if shown else 0,
            total=total,
            whole=head.whole,
            currency=read_settings(settings).currency,
            said=here.language.say("work.said", waiting=total, gone=len(lines) - open_now),
            empty=None
            if lines
            else self._empty(
                narrowed=bool(self.site or self.department or kind or view != "all"), told=settings is not None
            ),
        )
        return made, listed

    def _empty(self, *, narrowed: bool, told: bool) -> Empty:
        """``told``: recovery is set up, on or off, so that a playbook puts people on the list."""
        say = self.here.language.say
        if narrowed:
            return Empty(
                title=say("work.none_here"),
                text=say("work.none_here_text"),
                href="/callbacks",
                link=say("work.see_all"),
            )
        rows, more = self.here.account.journeys(JourneyFilter(state=LiveState.OPEN), limit=LISTED)
        to_journeys = "/journeys?state=open"
        if told and not rows:
            return Empty(
                title=say("work.none"), text=say("work.none_text"), href="/inbox", link=say("frame.place.inbox")
            )
        if told:
            still = say("work.open_more" if more is not None else "work.open", n=len(rows))
            return Empty(
                title=say("work.none_now"),
                text=f"{still} {say('work.open_text')}",
                href=to_journeys,
                link=say("work.open_see"),
            )
        word = "work.unset" if not rows else "work.unasked_more" if more is not None else "work.unasked"
        href, link = to_journeys, say("work.unasked_see")
        if _may_choose(self.here):
            href, link = "/settings/playbooks", say("work.unasked_choose")
        return Empty(title=say(word, n=len(rows)), text=say("work.unasked_text"), href=href, link=link)

    def _shown(self, connection: sa.Connection, shown: Sequence[str], head: Head, now: datetime) -> list[Listed]:
        """What a browser shows, in its order: those that left the list among them."""
        there = {each.item.id: each for each in head.listed}
        away = [id for id in shown if id not in there]
        there |= {
            each.item.id: each
            for each in read_shown(connection, self.here.account.id, away, sites=self.here.sites, now=now)
        }
        return [there[id] for id in shown if id in there]

    def _line(
        self, each: Listed, details: Head, words: Words, me: str, met: Mapping[str, Row], *, in_list: bool
    ) -> Line:
        item = each.item
        about = details.people.get(item.person or 0)
        name, number = words.person(item, about)
        gone = words.gone(item, met.get(item.id))
        asleep = self.view == "asleep"
        say = self.here.language.say
        badge, kind = badge_of(each.place.reasons, item)
        mine = item.holder(words.now) == me
        held = words.holder(item, me)
        if not in_list and not gone and not mine and not held:
            gone = say("work.gone.elsewhere")
        return Line(
            id=item.id,
            href=f"/callbacks/{item.id}",
            who=name,
            number=number,
            kind="good" if gone and not asleep else kind,
            badge=say(f"work.badge.{badge}") if badge else "",
            why=words.why(item, details.missed.get(item.id)),
            place=words.place(item),
            stands="" if asleep else words.stands(each),
            since=words.lasting(item.opened_at),
            due=words.due(item),
            worth=float(about["value"]) if about and about["value"] else None,
            attempts=item.attempts,
            held=held,
            mine=mine,
            given=words.given(item.assigned_to or "") if item.assigned_to not in (None, me) else "",
            callable_now=each.place.callable_now,
            gone="" if asleep and item.state == "open" and in_list else gone,
        )

    def _left(self, item: WorkItem, words: Words, met: Mapping[str, Row]) -> Left:
        return Left(
            href=f"/callbacks/{item.id}", who=words.number(item.person), gone=words.gone(item, met.get(item.id))
        )


def _ids(shown: str) -> list[str]:
    return [each for each in shown.split(".") if each.isalnum()][:LISTED]


def _may_choose(here: Visit) -> bool:
    """Whether they may choose the playbook of the business."""
    return here.may(Right.SET_UP) and here.sites is None


def _stands(each: Listed, head: Head, shown: Sequence[str]) -> bool:
    """Whether it still is what the address asks for."""
    return not shown or any(other.item.id == each.item.id for other in head.listed)


def _filters(
    connection: sa.Connection, account: str, here: Visit
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """The sites, departments and kinds among what is open."""
    found = [each for each in places(connection, account) if here.sites is None or each[0] in here.sites]
    sites, departments, kinds = (sorted({each[at] for each in found if each[at]}) for at in range(3))
    return tuple(sites), tuple(departments), tuple(kinds)


def _address(path: str, query: Mapping[str, str]) -> str:
    told = urlencode({name: value for name, value in query.items() if value})
    return path + (f"?{told}" if told else "")
