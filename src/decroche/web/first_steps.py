"""The steps from an empty desk to the first caller won back: each is a page of the settings that stands in a sequence.

The same forms stand at ``/settings/<name>`` and at ``/first-run/<name>``; there a bar says where one is, and what
leaving a step out means. Nothing of it is kept: what is set up says by itself which steps are done.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import sqlalchemy as sa
from cryptography.fernet import Fernet
from fastapi import Depends
from fastapi.exceptions import HTTPException
from starlette.datastructures import FormData
from starlette.requests import Request

from decroche.connector_kit.connector import Connector
from decroche.ledger.so_far import so_far
from decroche.recover.activation import sending_obstacles
from decroche.recover.workflows.configuring import read_wishes
from decroche.web.access import Services, Visit

SETTINGS, FIRST_RUN = "/settings", "/first-run"
#: In the order in which they build on each other.
STEPS = ("business", "sites", "hours", "lines", "phone-systems", "import", "playbooks", "recovery", "texts", "on")
#: Those that are done once somebody else answers: a phone system that is heard, a provider that takes the test.
WAITS = ("phone-systems", "texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepper:
    """Where somebody is in the first run. ``names`` are name, address and whether it is done of each step.

    ``without`` says what leaving this step out means; ``begun``: it is not done, and there is nothing to do but wait.
    ``moves`` is where the way on comes from while something else may get this step done.
    """

    names: tuple[tuple[str, str, bool], ...]
    now: int
    before: str | None
    next: str
    without: str
    done: bool
    begun: bool
    moves: str | None


async def posted(request: Request) -> FormData:
    """What a form sends whose fields are not known beforehand."""
    return await request.form()


Posted = Annotated[FormData, Depends(posted)]


def bases(step: str) -> tuple[str, str]:
    """The two addresses of the page of a step."""
    return f"{SETTINGS}/{step}", f"{FIRST_RUN}/{step}"


def word(step: str) -> str:
    """A step as keys of sentences call it."""
    return step.replace("-", "_")


def whole_business(here: Visit) -> None:
    """What concerns all sites is not for who may see only some. Raises HTTPException 403."""
    if here.sites is not None:
        raise HTTPException(403)


def typed(form: FormData, name: str, *, longest: int = 200) -> str:
    """What was typed into a field, without what nobody can type, and no longer than ``longest``."""
    value = form.get(name, "")
    text = value if isinstance(value, str) else ""
    return "".join(sign for sign in text if sign.isprintable()).strip()[:longest]


def stepper(base: str, here: Visit, connection: sa.Connection, services: Services) -> Stepper | None:
    """The bar of the page at ``base``; None where it is a page of the settings."""
    if not base.startswith(f"{FIRST_RUN}/"):
        return None
    step, language = base.removeprefix(f"{FIRST_RUN}/").partition("/")[0], here.language
    at, done = STEPS.index(step), done_steps(connection, here.account.id, services.platforms, services.box)
    # Without a playbook there is no list that fills.
    unset = step == "on" and "playbooks" not in done
    return Stepper(
        names=tuple((language.say(f"step.{word(each)}"), f"{FIRST_RUN}/{each}", each in done) for each in STEPS),
        now=at + 1,
        before=f"{FIRST_RUN}/{STEPS[at - 1]}" if at else None,
        next=f"{FIRST_RUN}/{STEPS[at + 1]}" if at + 1 < len(STEPS) else "/",
        without=language.say("step.without.on_unset") if unset else language.say(f"step.without.{word(step)}"),
        done=step in done,
        begun=step == "phone-systems" and so_far(connection, here.account.id).endpoints,
        moves=f"{FIRST_RUN}/onward/{step}" if step in WAITS and step not in done else None,
    )


def done_steps(
    connection: sa.Connection, account: str, platforms: Sequence[Connector], box: Fernet | None = None
) -> frozenset[str]:
    """The steps of which something is there; sending is set up when nothing of it stands in the way."""
    found = so_far(connection, account)
    known = read_wishes(connection, account, platforms, box=box)
    settings = known.settings
    told = {
        "business": True,
        "sites": found.sites,
        "hours": found.hours,
        "lines": found.lines,
        "phone-systems": found.heard,
        "import": found.history,
        "playbooks": found.settings is not None,
        "recovery": not sending_obstacles(settings, known.place, known.in_use),
        "texts": found.tested,
        "on": settings.active,
    }
    return frozenset(step for step, there in told.items() if there)


def next_step(connection: sa.Connection, account: str, platforms: Sequence[Connector]) -> str | None:
    """The first step of which nothing is there; None when all are done."""
    done = done_steps(connection, account, platforms)
    return next((step for step in STEPS if step not in done), None)
