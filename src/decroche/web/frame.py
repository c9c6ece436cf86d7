"""What stands around every page of the desk: the business, who looks, where they may go, and how they like it."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from starlette.requests import Request

from decroche.language import Language
from decroche.model.member import Right
from decroche.web.addresses import changed

#: Pages that lie elsewhere than the place that they belong to.
_WITHIN = {
    "/connect": "settings", "/first-run": "settings", "/opportunities": "settings", "/targets": "reports",
    "/attribution": "costs",
    "/sources": "costs",
}  # fmt: skip
#: The cookie that keeps the chosen theme. Scripts need not read it: the server writes it into the page.
THEME_COOKIE = "decroche_theme"
#: How many places fit under a thumb; the others stand behind « Plus ».
_UNDER_A_THUMB = 4
_DONE = re.compile(r"[a-z_]{1,40}")


class Theme(StrEnum):
    """How the desk looks: as the machine does, or as somebody chose."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Place:
    """A page of the navigation: its name (as in ``frame.place.<name>`` and as an icon), address and right."""

    name: str
    path: str
    needs: Right


#: In the order of a day: what an agent works with comes first.
PLACES = (
    Place("today", "/", Right.SEE),
    Place("callbacks", "/callbacks", Right.WORK),
    Place("inbox", "/inbox", Right.WORK),
    Place("calls", "/calls", Right.SEE),
    Place("journeys", "/journeys", Right.SEE),
    Place("causes", "/causes", Right.SEE),
    Place("measures", "/measures", Right.SEE),
    Place("satisfaction", "/satisfaction", Right.SEE),
    Place("reports", "/reports", Right.SEE),
    Place("costs", "/costs", Right.SUPERVISE),
    Place("experiments", "/experiments", Right.WORK),
    Place("campaigns", "/campaigns", Right.SUPERVISE),
    Place("settings", "/settings", Right.SET_UP),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What the frame of a page needs.

    ``places`` are those that the visitor may go to, ``here`` the name of the one they are in (empty when in none),
    ``address`` what they look at, for coming back to it. ``member`` is the name of who signed in, None behind a token.
    ``times_faster`` is told where the calls are simulated. ``done`` is the sentence about what they just did.
    ``others`` are the other businesses that the member works in: id and name.
    """

    business: str
    member: str | None
    language: Language
    theme: Theme
    places: tuple[Place, ...]
    here: str
    address: str
    times_faster: float | None = None
    done: str | None = None
    others: tuple[tuple[str, str], ...] = ()

    @property
    def thumb(self) -> tuple[Place, ...]:
        """The places of the bar at the bottom of a phone."""
        return self.places[:_UNDER_A_THUMB]

    @property
    def beyond(self) -> tuple[Place, ...]:
        """The places that a phone shows behind « Plus »."""
        return self.places[_UNDER_A_THUMB:]


def frame_of(
    request: Request,
    language: Language,
    *,
    business: str,
    rights: Collection[Right],
    member: str | None = None,
    others: tuple[tuple[str, str], ...] = (),
    times_faster: float | None = None,
) -> Frame:
    """The frame of the page that ``request`` asks for. Only pages that this installation has are places."""
    built: Collection[str] = getattr(request.app.state, "pages", ())
    return Frame(
        business=business,
        member=member,
        language=language,
        theme=theme_of(request),
        places=tuple(place for place in PLACES if place.needs in rights and place.path in built),
        here=_here(request.url.path),
        address=changed(f"{request.url.path}?{request.url.query}"),
        times_faster=times_faster,
        done=_done(request, language),
        others=others,
    )


def theme_of(request: Request) -> Theme:
    """The theme that this browser chose."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return Theme(chosen) if chosen in set(Theme) else Theme.SYSTEM


def browser_language(request: Request) -> Language:
    """The language of a browser that nobody knows yet: French unless it asks for English first."""
    asked = request.headers.get("accept-language", "").lower()
    if asked.startswith("en"):
        return Language("en")
    return Language("fr-CA" if asked.startswith("fr-ca") else "fr")


def _here(path: str) -> str:
    """The place whose address begins this path; the longest wins, and only the very root is ``today``."""
    addresses = {place.path: place.name for place in PLACES} | _WITHIN
    inside = [each for each in addresses if path == each or (each != "/" and path.startswith(f"{each}/"))]
    return addresses[max(inside, key=len)] if inside else ""


def _done(request: Request, language: Language) -> str | None:
    """What ``?done=word`` says: a sentence ``done.<word>`` of the catalogue, and nothing that an address makes up."""
    word = request.query_params.get("done", "")
    known = _DONE.fullmatch(word) and language.has(f"done.{word}")
    return language.say(f"done.{word}") if known else None
