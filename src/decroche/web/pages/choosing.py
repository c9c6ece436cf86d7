"""``/r/<token>``: a caller whom we missed chooses when we call, on their phone, without an account and without scripts.

Whoever has the address may choose: it carries the right, no cookie does, so that no other page chooses in their name.
Each choice may be sent again and changes nothing then.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from babel.dates import get_timezone_location
from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from decroche.language import Language
from decroche.language.language import LANGUAGES
from decroche.ledger.bookings import SlotFull
from decroche.ledger.slot_links import Link, LinkExpired, NoSuchLink, link_of, note_opened
from decroche.recover.slots import by_day
from decroche.recover.workflows.choosing import Choice, NotOffered, choose, give_back, read_choice, told_to
from decroche.web.access import Services
from decroche.web.frame import browser_language
from decroche.web.pace import Pace
from decroche.web.people import who
from decroche.web.rendering import page

#: How often one address of the page, and one address of the network, may be asked for.
OF_TOKEN, OF_CLIENT, PER = 30, 120, timedelta(minutes=5)
#: The longest token that is looked at.
_LONGEST = 64
_NOTES = ("taken", "gone", "done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """A time that may be chosen: what the form sends, and what people read."""

    value: str
    shown: str
    spoken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The times of one day."""

    shown: str
    times: tuple[Time, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """What the page needs. ``note`` says what came of the last choice; ``promise`` is when we call, in words; ``last``
    are the last digits of the person's number; ``turn`` says about when we call those who asked for it.
    """

    here: str
    business: str
    phone: str
    phone_link: str
    last: str
    place: str
    other: tuple[tuple[str, str], ...]
    days: tuple[Day, ...]
    promise: str | None
    turn: str | None
    reached: bool
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoChoice:
    """What the page needs when there is nothing to choose: why, and whom to call."""

    why: str
    business: str
    phone: str
    phone_link: str
    other: tuple[tuple[str, str], ...]


def router(services: Services) -> APIRouter:
    """The routes of the page."""
    routes = APIRouter(include_in_schema=False)
    tokens, clients = Pace(OF_TOKEN, PER), Pace(OF_CLIENT, PER)

    def too_fast(request: Request, token: str) -> Response | None:
        now = services.clock()
        peer = request.client.host if request.client is not None else ""
        waits = max(clients.wait(services.address.visitor(peer, request.headers), now), tokens.wait(token, now))
        if not waits:
            return None
        language = _asked_language(request) or browser_language(request)
        answer = _nothing(language, "too_often", {}, status=429)
        answer.headers["Retry-After"] = str(int(waits.total_seconds()) + 1)
        return answer

    def answered(
        request: Request,
        token: str,
        what: Callable[[sa.Connection, Link, datetime], Response],
        opened: Callable[[], AbstractContextManager[sa.Connection]],
    ) -> Response:
        slow = too_fast(request, token)
        if slow is not None:
            return slow
        now = services.clock()
        with opened() as connection:
            try:
                return what(connection, link_of(connection, token[:_LONGEST], now=now), now)
            except NoSuchLink:
                language = _asked_language(request) or browser_language(request)
                return _nothing(language, "unknown", {}, status=404)
            except LinkExpired as error:
                told = told_to(connection, error.link, now)
                language = _asked_language(request) or _language(told["language"])
                return _nothing(language, "expired", told, status=410)

    @routes.get("/r/{token}")
    def show(request: Request, token: str) -> Response:
        unopened: list[datetime] = []

        def shown(connection: sa.Connection, link: Link, now: datetime) -> Response:
            choice = read_choice(connection, link, now=now)
            if link.opened_at is None:
                unopened.append(now)
            language = _asked_language(request) or _language(choice.language)
            return _private(
                page("choose.html", language, _choosing(choice, token, language, request.query_params.get("note"), now))
            )

        answer = answered(request, token, shown, services.ledger.reading)
        for moment in unopened:
            with services.ledger.writing() as connection:
                note_opened(connection, token, now=moment)
        return answer

    @routes.post("/r/{token}")
    def take(
        request: Request, token: str, slot: Annotated[str, Form()] = "", act: Annotated[str, Form()] = ""
    ) -> Response:
        def taken(connection: sa.Connection, link: Link, now: datetime) -> Response:
            if act == "cancel":
                give_back(connection, link, now=now)
                return _back(request, token, "done")
            starts_at = _moment(slot)
            try:
                if starts_at is None:
                    raise NotOffered
                choose(connection, link, starts_at, now=now)
            except SlotFull:
                return _back(request, token, "taken")
            except NotOffered:
                return _back(request, token, "gone")
            return _back(request, token, None)

        return answered(request, token, taken, services.ledger.writing)

    return routes


def _choosing(choice: Choice, token: str, language: Language, note: str | None, now: datetime) -> Choosing:
    zone = choice.zone
    held = choice.booking
    days = tuple(
        Day(
            shown=_day(day, now.astimezone(zone).date(), language, "heading"),
            times=tuple(
                Time(
                    value=slot.starts_at.isoformat(),
                    shown=language.clock(_hours(slot.starts_at.astimezone(zone))),
                    spoken=_period("choose.time", slot.starts_at, slot.ends_at, zone, language, now),
                )
                for slot in slots
                if held is None or slot.starts_at != held.starts_at
            ),
        )
        for day, slots in by_day(choice.slots, zone)
    )
    phone = choice.phone
    return Choosing(
        here=f"/r/{token}",
        business=choice.business,
        phone=who(phone, language, whole=True, country=choice.country) if phone else "",
        phone_link=f"tel:{phone}" if phone else "",
        last=str(choice.person)[-2:],
        place=_place(zone.key, language),
        other=_others(language),
        days=tuple(day for day in days if day.times),
        promise=None if held is None else _period("choose.promise", held.starts_at, held.ends_at, zone, language, now),
        turn=_turn(choice, language, now),
        reached=choice.reached,
        note=note if note in _NOTES and not (note == "done" and held) else None,
    )


def _turn(choice: Choice, language: Language, now: datetime) -> str | None:
    """About when we call somebody who asked for it and chose no time; None for everybody else."""
    if not choice.asked or choice.reached or choice.booking is not None:
        return None
    if choice.turn is None:
        return language.say("choose.turn_unknown")
    first, last = (each.astimezone(choice.zone) for each in (choice.turn.earliest, choice.turn.latest))
    today = now.astimezone(choice.zone).date()
    days = [_day(each.date(), today, language, "within") for each in (first, last)]
    if days[0] == days[1]:
        return language.say("choose.turn", day=days[0], start=_hours(first), end=_hours(last))
    return language.say("choose.turn_days", day=days[0], start=_hours(first), other=days[1], end=_hours(last))


def _period(key: str, starts_at: datetime, ends_at: datetime, zone: ZoneInfo, language: Language, now: datetime) -> str:
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    day = _day(start.date(), now.astimezone(zone).date(), language, "within")
    return language.say(key, day=day, start=_hours(start), end=_hours(end))


def _day(day: date, today: date, language: Language, where: str) -> str:
    """A day as a heading, or within a sentence."""
    name = {0: "today", 1: "tomorrow"}.get((day - today).days, "later")
    return language.say(f"choose.{where}.{name}", day=language.whole_day(day))


def _hours(local: datetime) -> float:
    return local.hour + local.minute / 60


def _place(zone: str, language: Language) -> str:
    return str(get_timezone_location(zone, locale=language.locale, return_city=True))


def _nothing(language: Language, why: str, told: object, *, status: int) -> Response:
    known = told if isinstance(told, dict) else {}
    phone = str(known.get("phone", ""))
    context = NoChoice(
        why=why,
        business=str(known.get("business", "")),
        phone=who(phone, language, whole=True, country=str(known.get("country", ""))) if phone else "",
        phone_link=f"tel:{phone}" if phone else "",
        other=_others(language),
    )
    return _private(page("choose_nothing.html", language, context, status=status))


def _private(answer: Response) -> Response:
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return answer


def _back(request: Request, token: str, note: str | None) -> Response:
    language = _asked_language(request)
    words = {"lang": language.code if language is not None else None, "note": note}
    query = urlencode({name: word for name, word in words.items() if word is not None})
    answer = RedirectResponse(f"/r/{quote(token, safe='')}" + (f"?{query}" if query else ""), status_code=303)
    answer.headers["Cache-Control"] = "no-store"
    return _private(answer)


def _moment(told: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(told)
        return None if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _asked_language(request: Request) -> Language | None:
    code = request.query_params.get("lang", "")
    return Language(code) if code in LANGUAGES else None


def _language(code: str) -> Language:
    return Language(code if code in LANGUAGES else "en")


def _others(language: Language) -> tuple[tuple[str, str], ...]:
    """The other languages, each by its own name."""
    return (("fr", "Français"),) if language.code == "en" else (("en", "English"),)
