"""``/callbacks/<id>``: one person to call back: their story, what to say, the call and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.ledger.businesses import business
from decroche.ledger.members import members_of
from decroche.ledger.recovery_settings import about_person, settings_of
from decroche.ledger.slot_links import LASTS, Link
from decroche.ledger.texts import read as read_text
from decroche.ledger.work_items import Kind, NoSuchItem, WorkItem, read_item
from decroche.ledger.work_outcomes import Outcome
from decroche.ledger.work_reading import seen
from decroche.model.member import RIGHTS, Right
from decroche.recover.priority import Reason
from decroche.recover.settings import RecoverySettings, read_settings
from decroche.recover.snoozing import later
from decroche.recover.workflows.calling import way_to_call
from decroche.recover.workflows.calling_rules import may_call
from decroche.recover.workflows.choosing import read_choice
from decroche.recover.workflows.listing import last_missed, meeting_calls, read_shown, story_of
from decroche.rules.ruling import Ruling
from decroche.understand.hours import NoDefaultHours, hours_of
from decroche.web.access import Services, Visit, visit
from decroche.web.acting import acting, acting_names
from decroche.web.messages_left import Voicemail, voicemails
from decroche.web.moments import clock
from decroche.web.rendering import page
from decroche.web.work_story import Entry, story
from decroche.web.work_words import Words, badge_of

#: How a member names their own telephone to the phone system is kept by their browser.
DESK_COOKIE = "decroche_desk"
#: What happened to a wish that could not be granted, in an address.
PROBLEMS = frozenset(
    {"taken", "closed", "seen", "no_calls", "just_called", "not_placed", "not_allowed", "past", "slot_gone", "empty"}
)
#: Why somebody stands where they stand, whoever else waits.
_SURE = frozenset(set(Reason) - {Reason.VALUE_ABOUT_TO_BE_LOST, Reason.LATEST, Reason.TURN_OF_THE_LONGEST_WAIT})
#: What a call can come of, in the order of the keys 1 to 8.
OUTCOMES = tuple(Outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """What the page needs.

    ``done`` is the sentence about what was just done, ``problem`` what stood in its way. ``gone`` says what ended it.
    ``held`` is who else has it, ``mine`` whether whoever looks has, ``until`` how long. ``places`` says whether the
    phone system can ring them (``firsts``: whose phone may ring first; ``agent``: how the phone system names whoever
    talks: "", user, number), ``ruling`` what the rules say against a call now. ``later`` are (word, moment) of a
    snooze, ``slots`` (value, words) of times that may be promised, ``members`` (value, name) of those whom it may be
    given to. ``conversation`` is the address of what was written, ``wrote`` what is to be answered or settled.
    ``voicemail`` is what they said to the voicemail.
    """

    id: str
    title: str
    number: str
    tel: str | None
    kind: str
    badge: str
    why: str
    place: str
    stands: str
    since: str
    due: str
    worth: str
    attempts: int
    attempt: int
    open: bool
    asleep: str
    gone: str
    held: str
    mine: bool
    until: str
    given: str
    calls: bool
    places: bool
    firsts: tuple[str, ...]
    agent: str
    desk: str
    ruling: str
    script: str
    later: tuple[tuple[str, str], ...]
    earliest: str
    slots: tuple[tuple[str, str], ...]
    members: tuple[tuple[str, str], ...]
    assigned: str
    outcomes: tuple[str, ...]
    conversation: str | None
    story: tuple[Entry, ...]
    problem: str
    wrote: str
    voicemail: Voicemail | None
    done: str


def router(services: Services) -> APIRouter:
    """The routes of the page and of its moving part."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/callbacks/{id}")
    def show(request: Request, id: str, problem: str = "") -> Response:
        with visit(services, request, Right.WORK) as here:
            context = one(services, here, request, id, problem=problem)
            return page("callback.html", here.frame, context)

    @routes.get("/callbacks/{id}/now")
    def show_moving_part(request: Request, id: str) -> Response:
        with visit(services, request, Right.WORK) as here:
            return page("callback_now.html", here.language, one(services, here, request, id))

    return routes


def one(services: Services, here: Visit, request: Request, id: str, *, problem: str = "", done: str = "") -> Callback:
    """The page as it is now. ``done`` is what was just done, where no other page says so. Raises HTTPException 404."""
    account, now, say = here.account.id, services.clock(), here.language.say
    words = Words(here, now)
    with services.ledger.reading() as connection:
        item = item_for(connection, here, id)
        me = acting(here, connection)
        (listed,) = read_shown(connection, account, [item.id], sites=here.sites, now=now)
        about = {} if item.person is None else about_person(connection, account, item.person) or {}
        settings = read_settings(settings_of(connection, account))
        missed = last_missed(connection, account, [item]).get(item.id)
        met = meeting_calls(connection, account, [item])
        told = story_of(connection, account, item, sites=here.sites, now=now)
        is_call = item.kind in (Kind.CALLBACK, Kind.VOICEMAIL) and item.person is not None
        open_ = item.state == "open"
        ruling = may_call(connection, item, at=now, now=now, key=services.key) if is_call and open_ else None
        slots = _slots(connection, here, item, now) if is_call and open_ else ()
        moments = _later(connection, account, here, item, now) if open_ else ()
        members = members_of(connection, account) if here.may(Right.SUPERVISE) else []
        names = acting_names(members)
        wrote = _wrote(connection, account, item)
        left = voicemails(connection, account, [item], words) if item.kind == Kind.VOICEMAIL else ()
    way = None if services.recovery is None else way_to_call(services.recovery.tools, account)
    name, number = words.person(item, about)
    badge, _ = badge_of(listed.place.reasons, item)
    asleep = item.snoozed_until is not None and item.snoozed_until > now
    holder = item.holder(now)
    held_until = (
        "" if holder is None or item.claimed_until is None else clock(item.claimed_until, here.zone, here.language)
    )
    return Callback(
        id=item.id,
        title=name,
        number=number,
        tel=words.tel(item),
        kind=item.kind,
        badge=say(f"work.badge.{badge}") if badge else "",
        why=words.why(item, missed),
        place=words.place(item),
        stands=words.stands(listed, only=_SURE) if open_ else "",
        since=words.lasting(item.opened_at),
        due=words.due(item),
        worth=_worth(here, settings, about),
        attempts=item.attempts,
        attempt=item.attempts,
        open=open_,
        asleep=words.when(item.snoozed_until) if asleep and item.snoozed_until is not None and open_ else "",
        gone="" if open_ else words.gone(item, met.get(item.id)),
        held=words.holder(item, me),
        mine=holder == me,
        until=held_until,
        given=words.given(item.assigned_to or ""),
        calls=is_call,
        places=way is not None and is_call,
        firsts=() if way is None else tuple(str(first) for first in way[1].firsts),
        agent="" if way is None else way[1].agent,
        desk=request.cookies.get(DESK_COOKIE, "")[:200],
        ruling=_against(ruling, words),
        script=_script(here, settings, item, missed, words),
        later=moments,
        earliest=now.astimezone(here.zone).strftime("%Y-%m-%dT%H:%M"),
        slots=slots,
        members=tuple((names[each.id], names[each.id]) for each in members if Right.WORK in RIGHTS[each.role]),
        assigned=item.assigned_to or "",
        outcomes=tuple(str(each) for each in OUTCOMES),
        conversation=f"/inbox/{item.id}" if item.person is not None else None,
        story=story(told, words),
        problem=problem if problem in PROBLEMS else "",
        wrote=words.free(wrote),
        voicemail=next(iter(left), None),
        done=say(f"done.{done}") if done and not problem else "",
    )


def item_for(connection: sa.Connection, here: Visit, id: str) -> WorkItem:
    """The item, where whoever looks may see it. Raises HTTPException 404."""
    try:
        item = read_item(connection, here.account.id, id)
    except NoSuchItem:
        raise HTTPException(404) from None
    if not seen(item, here.sites):
        raise HTTPException(404)
    return item


def _slots(connection: sa.Connection, here: Visit, item: WorkItem, now: datetime) -> tuple[tuple[str, str], ...]:
    """The times that may be promised to them."""
    if item.person is None or item.journey_id is None:
        return ()
    words, say = Words(here, now), here.language.say
    return tuple(
        (
            slot.starts_at.isoformat(),
            say(
                "work.slot",
                since=words.when(slot.starts_at),
                until=clock(slot.ends_at, here.zone, here.language),
            ),
        )
        for slot in read_choice(connection, slot_link(item, now), now=now).slots
    )


def slot_link(item: WorkItem, now: datetime) -> Link:
    """Whose time is chosen: as if they had the address of the page on which callers choose one."""
    return Link(
        account_id=item.account_id,
        journey_id=item.journey_id or "",
        person=item.person or 0,
        made_at=now,
        expires_at=now + LASTS,
    )


def moments_of(
    connection: sa.Connection, account: str, here: Visit, item: WorkItem, now: datetime
) -> dict[str, datetime]:
    """When the item may come back, by word."""
    about = business(connection, account, now)
    try:
        hours = hours_of(about.hours, site=item.site or None, department=item.department or None)
    except NoDefaultHours:
        hours = None
    return {str(word): moment for word, moment in later(now, hours=hours, zone=here.zone).items()}


def _later(
    connection: sa.Connection, account: str, here: Visit, item: WorkItem, now: datetime
) -> tuple[tuple[str, str], ...]:
    words = Words(here, now)
    found = moments_of(connection, account, here, item, now)
    return tuple((word, words.when(moment)) for word, moment in found.items())


def _against(ruling: Ruling | None, words: Words) -> str:
    """What the rules say against a call now, in words; empty when they allow it."""
    if ruling is None or ruling.allowed:
        return ""
    said = [each.sentence(words.here.language) for each in ruling.against]
    if ruling.until is not None:
        said.append(words.here.language.say("work.allowed_from", at=words.when(ruling.until)))
    return " ".join(dict.fromkeys(said))


def _script(here: Visit, settings: RecoverySettings, item: WorkItem, missed: Any, words: Words) -> str:
    """What to say first, by what the person did."""
    if item.kind not in (Kind.CALLBACK, Kind.VOICEMAIL):
        return ""
    business_name = settings.business or here.about["name"]
    values = {"business": business_name, "me": here.member.name}
    if item.promised_at is not None:
        return here.language.say("work.script.promised", at=words.when(item.promised_at), **values)
    if item.requested_at is not None:
        return here.language.say("work.script.asked", at=words.since(item.requested_at), **values)
    at = words.since(missed["started_at"] if missed else item.opened_at)
    left = item.kind == Kind.VOICEMAIL or (missed is not None and missed["voicemail"])
    return here.language.say("work.script.voicemail" if left else "work.script.missed", at=at, **values)


def _worth(here: Visit, settings: RecoverySettings, about: Any) -> str:
    """What they bring if they are won, and how that is known; empty when nobody told."""
    money, say = here.language.money, here.language.say
    if about.get("value"):
        return say("work.worth.theirs", amount=money(about["value"], settings.currency))
    if settings.value:
        return say("work.worth.usual", amount=money(settings.value, settings.currency))
    return ""


def _wrote(connection: sa.Connection, account: str, item: WorkItem) -> str:
    """What the person wrote that somebody has to answer or to settle."""
    id = item.about.get("text")
    row = None if id is None else read_text(connection, str(id))
    return str(row["body"]) if row is not None and row["account_id"] == account else ""
