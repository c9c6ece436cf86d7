"""Every page and every change, as everybody who might ask for it: generated from the routes of the application."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from fastapi.routing import APIRoute

from decroche.model.member import RIGHTS, Right, Role
from tests.in_process import InProcess
from tests.web.garage import NOW, Garage, garage, minutes_ago, missed

#: Open to whoever has no account yet: what they do is guarded by a password, a key or nothing worth guarding.
OPEN = frozenset({
    "/sign-in", "/sign-in/code", "/sign-in/link/{key}", "/sign-out", "/sign-in/elsewhere", "/sign-in/elsewhere/back",
    "/invited/{token}", "/forgotten", "/reset/{token}", "/first-run", "/r/{token}", "/look", "/calculators",
    "/calculators/{name}",
})  # fmt: skip
#: Pages that look the same to everybody.
OPEN_TO_LOOK = frozenset({"/design", "/design/part", "/design/trouble/{status}"})
#: What is a member's own, and may be changed by whoever sees anything at all.
OWN_THINGS = ("/account",)
#: Searches whose word must not stand in an address: they change nothing.
SEARCHES = frozenset({"/calls/of"})


class Asked(InProcess):
    """Calls the application, and keeps the right that a page declared."""

    needs: Right | None = None

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        app = self._app

        async def watched(scope: dict[str, object], receive: object, send: object) -> None:
            try:
                await app(scope, receive, send)
            finally:
                self.needs = scope.get("needs", self.needs)  # type: ignore[assignment]

        self._app = watched
        try:
            return await super()._answer(request)
        finally:
            self._app = app


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("garage")) as found:
        found.tell(*missed("1", at=minutes_ago(30), queue="Accueil"))
        yield found


def routes(here: Garage) -> list[tuple[str, str]]:
    """Every page and change, as (method, path)."""
    found = [each for each in _walked(here.server.app.routes) if each.endpoint.__module__.startswith("decroche.web.")]
    return sorted({(method, each.path) for each in found for method in each.methods or () if method in {"GET", "POST"}})


def _walked(given: object) -> Iterator[APIRoute]:
    for each in given:  # type: ignore[attr-defined]
        if isinstance(each, APIRoute):
            yield each
        elif hasattr(each, "original_router"):
            yield from _walked(each.original_router.routes)
        elif hasattr(each, "routes") and each.routes:
            yield from _walked(each.routes)


def ask(here: Garage, method: str, path: str, session: str | None) -> tuple[httpx.Response, Right | None]:
    asked = Asked(here.server.app)
    cookies = {} if session is None else {here.cookie: session}
    headers = {"Sec-Fetch-Site": "same-origin", "Accept": "text/html"}
    address = path.replace("{", "").replace("}", "").replace(":path", "")
    with httpx.Client(transport=asked, base_url="http://decroche", cookies=cookies, headers=headers) as visitor:
        return visitor.request(method, address, data={} if method == "POST" else None), asked.needs


def endless(path: str) -> bool:
    """A page that goes on for ever: whoever may not is turned away, whoever may is not waited for."""
    return path.endswith(("/changes", "/follow"))


@pytest.mark.hard
def test_every_page_keeps_out_who_may_not(here: Garage) -> None:
    sessions = {role: here.session(here.member(role)) for role in Role}
    expired = here.session(here.member(Role.OWNER))
    theirs = here.session(here.member(Role.OWNER, of=here.other), of=here.other)
    found = routes(here)
    assert len(found) > 25
    wrong: list[str] = []
    for method, path in found:
        if path in OPEN or (method == "GET" and path in OPEN_TO_LOOK):
            continue
        for nobody in (None, "made-up"):
            answer, needs = ask(here, method, path, nobody)
            if (answer.status_code, answer.headers.get("location")) != (303, "/sign-in"):
                wrong.append(f"{method} {path}: {answer.status_code} to nobody")
            if needs is None:
                wrong.append(f"{method} {path}: declares no right")
        if needs is None:
            continue
        if method == "POST" and needs is Right.SEE and not path.startswith(OWN_THINGS) and path not in SEARCHES:
            wrong.append(f"{method} {path}: whoever sees may change")
        for role in Role:
            if endless(path) and needs in RIGHTS[role]:
                continue
            sessions[role] = here.session(here.member(role))
            status = ask(here, method, path, sessions[role])[0].status_code
            if (status == 403) != (needs not in RIGHTS[role]) or status >= 500:
                wrong.append(f"{method} {path}: {status} to {role}")
        if not endless(path):
            answer, _ = ask(here, method, path, theirs)
            if "•• 34" in answer.text or "Garage Martin" in answer.text or answer.status_code >= 500:
                wrong.append(f"{method} {path}: shows another business")
    assert "\n".join(wrong) == ""
    here.now += timedelta(hours=12, seconds=1)
    for method, path in found:
        if path not in OPEN | OPEN_TO_LOOK:
            assert ask(here, method, path, expired)[0].headers.get("location") == "/sign-in", (method, path)
    here.now = NOW


@pytest.mark.hard
def test_nobody_sees_a_call_of_a_site_that_is_not_theirs(here: Garage) -> None:
    # A site of the business at which nothing happened.
    with here.server.ledger.writing() as connection:
        from decroche.ledger.setting_up import add_site

        add_site(connection, here.mine.account, "Bron")
    mine, elsewhere = (here.session(here.member(Role.SUPERVISOR, sites=[site])) for site in ("Site a1", "Bron"))
    shown = 0
    for method, path in routes(here):
        if method == "POST" or path in OPEN | OPEN_TO_LOOK or endless(path):
            continue
        text = ask(here, method, path, elsewhere)[0].text
        for secret in ("•• 34", "12 34", "Accueil", "Site a1"):
            assert secret not in text, (path, secret)
        shown += "12 34" in ask(here, method, path, mine)[0].text
    assert shown
