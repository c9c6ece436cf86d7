"""``/settings``: everything that is set up, in groups, and how far the first run has come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from decroche.model.member import Right
from decroche.web.access import Services, Visit, visit
from decroche.web.first_steps import FIRST_RUN, STEPS, WAITS, Stepper, done_steps, stepper, whole_business, word
from decroche.web.rendering import page

#: The pages by group: their addresses, rights, and whether they concern the business as a whole.
GROUPS: tuple[tuple[str, tuple[tuple[str, Right, bool], ...]], ...] = (
    (
        "business",
        (
            ("/settings/business", Right.SET_UP, True),
            ("/settings/sites", Right.SET_UP, False),
            ("/settings/hours", Right.SET_UP, False),
            ("/settings/lines", Right.SET_UP, False),
        ),
    ),
    (
        "telephony",
        (
            ("/settings/phone-systems", Right.SET_UP, True),
            ("/settings/import", Right.SET_UP, True),
            ("/settings/crm", Right.SET_UP, True),
            ("/opportunities", Right.SUPERVISE, True),
        ),
    ),
    (
        "recovery",
        (
            ("/settings/recovery", Right.SET_UP, True),
            ("/settings/team", Right.SET_UP, True),
            ("/settings/playbooks", Right.SET_UP, True),
            ("/settings/texts", Right.SET_UP, True),
            ("/settings/rules", Right.SET_UP, False),
        ),
    ),
    (
        "access",
        (
            ("/settings/members", Right.OWN, True),
            ("/settings/tokens", Right.OWN, True),
            ("/settings/webhooks", Right.SET_UP, True),
            ("/settings/feeds", Right.OWN, True),
            ("/settings/privacy", Right.OWN, True),
            ("/settings/audit-log", Right.OWN, True),
        ),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Pages that belong together: title, and address, name and description of each."""

    title: str
    pages: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """What the way on from a step of the first run needs, where that moves by itself."""

    stepper: Stepper


@dataclass(frozen=True, slots=True, kw_only=True)
class Hub:
    """What the page needs. ``steps`` are those of the first run (address, name, whether something is there); empty for
    who may not set up the business as a whole. ``done`` counts them.
    """

    groups: tuple[Group, ...]
    steps: tuple[tuple[str, str, bool], ...]
    done: int


def router(services: Services) -> APIRouter:
    """The route of the page."""
    routes = APIRouter(include_in_schema=False)

    @routes.get("/settings")
    def show(request: Request) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole = here.sites is None
            done = done_steps(connection, here.account.id, services.platforms, services.box) if whole else frozenset()
            steps = tuple(
                (f"{FIRST_RUN}/{each}", here.language.say(f"step.{word(each)}"), each in done) for each in STEPS
            )
            context = Hub(
                groups=tuple(_groups(here, request.app.state.pages)),
                steps=steps if here.sites is None else (),
                done=len(done),
            )
            return page("settings_hub.html", here.frame, context)

    @routes.get(f"{FIRST_RUN}/onward/{{step}}")
    def show_way_on(request: Request, step: str) -> Response:
        with visit(services, request, Right.SET_UP) as here, services.ledger.reading() as connection:
            whole_business(here)
            found = stepper(f"{FIRST_RUN}/{step}", here, connection, services) if step in WAITS else None
            if found is None:
                raise HTTPException(404)
            return page("settings_onward.html", here.language, Onward(stepper=found))

    return routes


def _groups(here: Visit, built: frozenset[str]) -> Iterator[Group]:
    language = here.language
    for name, pages in GROUPS:
        shown = tuple(
            (path, language.say(f"settings.page.{last}"), language.say(f"settings.about.{last}"))
            for path, needs, whole in pages
            if path in built and here.may(needs) and (here.sites is None or not whole)
            for last in [word(path.rpartition("/")[2])]
        )
        if shown:
            yield Group(title=language.say(f"settings.group.{name}"), pages=shown)
