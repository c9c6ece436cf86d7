"""``/connect``: the phone systems that can be connected, what to do at each vendor's, and whether it worked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from markdown_it import MarkdownIt
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from decroche.connector_kit.connector import Connector
from decroche.connectors.setup_pages import setup_page
from decroche.language import Language
from decroche.language.problems import say_problems
from decroche.ledger.part_problems import read_problems
from decroche.ledger.reach import Reach
from decroche.model.member import Right
from decroche.web.access import Services, Visit, visit
from decroche.web.moments import since
from decroche.web.rendering import page

#: HTML of its own is shown as text, not taken for HTML.
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformLine:
    """A phone system that can be connected, and by which ways; ``connected`` says whether this business has it."""

    name: str
    title: str
    live: bool
    past: bool
    files: bool
    connected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Platforms:
    """What the list of phone systems needs."""

    business: str
    platforms: tuple[PlatformLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """A connected phone system and whether it was heard. ``address`` is told to those who may change things."""

    name: str
    problem: str | None
    heard: str | None
    address: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """What the page of one phone system needs: its steps, and a light for each time that it is connected.

    ``unreached``: it would deliver to us, and cannot. ``delivers``: it is told an address of ours. ``may_connect``: who
    looks may connect it and give its keys.
    """

    name: str
    title: str
    steps: Markup
    lights: tuple[Light, ...]
    unreached: bool
    delivers: bool
    may_connect: bool


def router(services: Services) -> APIRouter:
    """The routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    known = {each.name: each for each in services.platforms}

    @routes.get("/connect")
    def show_all(request: Request) -> Response:
        with visit(services, request) as here:
            connected = {row["connector"] for row in here.account.endpoints()}
            lines = tuple(platform_line(each, connected) for each in services.platforms)
            return page("connect.html", here.frame, Platforms(business=here.about["name"], platforms=lines))

    @routes.get("/connect/{name}")
    def show(name: str, request: Request) -> Response:
        with visit(services, request) as here:
            return page("connect_platform.html", here.frame, _set_up(_known(name), here, request))

    @routes.get("/connect/{name}/now")
    def show_moving_part(name: str, request: Request) -> Response:
        with visit(services, request) as here:
            return page("connect_now.html", here.language, _set_up(_known(name), here, request))

    def _known(name: str) -> Connector:
        if name not in known:
            raise HTTPException(404)
        return known[name]

    def _set_up(connector: Connector, here: Visit, request: Request) -> SetUp:
        base = services.public_url or f"{request.url.scheme}://{request.url.netloc}"
        mine = [row for row in here.account.endpoints() if row["connector"] == connector.name]
        hooks = f"{base}/hooks/{connector.name}"
        shown = here.may(Right.SET_UP) and connector.events is not None
        first = f"{hooks}/{mine[0]['key']}" if mine and shown else f"{hooks}/…"
        text = setup_page(connector.name, here.language.code, hook_url=first, public_url=base)
        return SetUp(
            name=connector.name,
            title=connector.title,
            steps=as_html(text, here.language),
            lights=tuple(_lights(mine, services, here, hooks if shown else None)),
            delivers=connector.events is not None,
            may_connect=here.may(Right.SET_UP),
            unreached=services.deliveries_matter({connector.name}) and not _reached(services, here),
        )

    return routes


def as_html(text: str, language: Language) -> Markup:
    """Our own Markdown as HTML, its sentences with the fixed spaces of the language."""
    tokens = _markdown.parse(text)
    for token in tokens:
        for child in token.children or ():
            if child.type == "text":
                child.content = language.set(child.content)
    # What is filled in, such as the address of a request, is escaped by the renderer.
    return Markup(_markdown.renderer.render(tokens, _markdown.options, {}))  # noqa: S704


def _reached(services: Services, here: Visit) -> bool:
    """Whether platforms reach us, as far as anybody has looked."""
    found = here.account.reach()
    return services.public_url is not None if found is None else found is Reach.REACHABLE


def platform_line(connector: Connector, connected: set[str]) -> PlatformLine:
    """How a phone system stands in a list."""
    return PlatformLine(
        name=connector.name,
        title=connector.title,
        live=connector.events is not None or bool(connector.follow),
        past=connector.history is not None,
        files=bool(connector.files),
        connected=connector.name in connected,
    )


def _lights(rows: Iterable[Mapping[str, Any]], services: Services, here: Visit, hooks: str | None) -> Iterable[Light]:
    now = services.clock()
    for row in rows:
        heard = row["heard_at"]
        yield Light(
            name=row["name"],
            problem=say_problems(here.language, read_problems(row["problem"])) or None,
            heard=None if heard is None else since(heard, now, here.zone, here.language),
            address=None if hooks is None else f"{hooks}/{row['key']}",
        )
