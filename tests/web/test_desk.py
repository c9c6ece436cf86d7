"""Around every page: places that the visitor may go to, the chosen look, and what is said when something fails."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
from fastapi.exceptions import HTTPException

from decroche.language import Language
from decroche.model.member import RIGHTS, Role
from decroche.web import assets, rendering
from decroche.web.addresses import back_to, changed, own, sort_of
from decroche.web.frame import PLACES, THEME_COOKIE
from decroche.web.rendering import components
from tests.in_process import client
from tests.web.garage import Garage, garage

WEB = Path(rendering.__file__).parent
TEMPLATES = sorted((WEB / "templates").rglob("*.html"))
HTML = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("garage")) as found:

        @found.server.app.get("/fails/{how}")
        def fail(how: str) -> None:
            if how == "store":
                raise sa.exc.OperationalError("select 1", {}, Exception("locked"))
            if how == "fault":
                raise ZeroDivisionError
            raise HTTPException(int(how), headers={"Retry-After": "60"} if how == "429" else None)

        yield found


def visitor(here: Garage, **headers: str) -> httpx.Client:
    return client(here.server.app, headers=HTML | headers, raises=False)


def test_places_are_those_that_a_role_may_go_to() -> None:
    seen = {role: [place.name for place in PLACES if place.needs in RIGHTS[role]] for role in Role}
    assert seen[Role.AGENT][:4] == ["today", "callbacks", "inbox", "calls"]
    assert "settings" not in seen[Role.AGENT] and "settings" in seen[Role.SUPERVISOR]
    assert seen[Role.READER] == ["today", "calls", "journeys", "causes", "measures", "satisfaction", "reports"]


def test_the_navigation_leads_only_to_pages_that_there_are_and_marks_where_one_is(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    text = owner.get("/").text
    for href in re.findall(r'<a href="([^"]+)"[^>]*><svg', text):
        assert owner.get(href).status_code == 200
    assert text.count('<a href="/" aria-current="page">') == 2


def test_a_template_embeds_no_script_and_no_style() -> None:
    forbidden = re.compile(r"\sstyle=|<style|\son[a-z]+=|hx-on|javascript:|<script(?! src=)|hx-vals=.js:")
    found = [(path.name, match.group()) for path in TEMPLATES for match in forbidden.finditer(path.read_text("utf-8"))]
    assert len(TEMPLATES) > 10 and found == []


def test_htmx_evaluates_nothing_writes_no_styles_and_keeps_no_page(here: Garage) -> None:
    text = here.browser().get("/").text
    config = json.loads(re.findall(r"name=\"htmx-config\" content='([^']+)'", text)[0])
    wanted = {"allowEval": False, "allowScriptTags": False, "includeIndicatorStyles": False, "selfRequestsOnly": True}
    assert config | wanted | {"historyCacheSize": 0} == config


@pytest.mark.parametrize("language", ["fr", "fr-CA", "en"])
def test_every_component_is_shown_in_every_language_to_anybody(here: Garage, language: str) -> None:
    answer = client(here.server.app).get("/design", params={"lang": language})
    assert answer.status_code == 200 and f'<html lang="{language}" ' in answer.text
    used = (WEB / "templates" / "design.html").read_text("utf-8")
    ours = {name for name in vars(components(Language("fr"))) if name not in {"shapes", "icon", "tick"}}
    assert {name for name in ours if f"ui.{name}(" not in used} == set()
    documented = (WEB.parents[2] / "docs" / "reference" / "design-system.md").read_text("utf-8")
    assert {name for name in ours if f"`{name}`" not in documented} == set()


def test_what_was_just_done_is_said_when_the_catalogue_knows_it(here: Garage) -> None:
    assert "C’est noté" not in here.browser().get("/").text
    assert "C’est noté" in here.browser().get("/?done=saved").text
    for made_up in ("<b>paid</b>", "nothing.of.the.kind", "x" * 50, "live.title"):
        assert made_up not in here.browser().get("/", params={"done": made_up}).text


def test_a_theme_is_chosen_kept_and_given_back_to_the_machine(here: Garage) -> None:
    browser = here.browser()
    assert 'data-theme="system"' in browser.get("/").text
    answer = browser.post("/look", data={"theme": "dark", "back": "/connect?x=1"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/connect?x=1")
    assert "HttpOnly" in answer.headers["set-cookie"] and THEME_COOKIE in answer.headers["set-cookie"]
    text = browser.get("/").text
    assert 'data-theme="dark"' in text and 'value="dark" aria-pressed="true"' in text
    browser.post("/look", data={"theme": "system"})
    assert 'data-theme="system"' in browser.get("/").text
    assert "set-cookie" not in browser.post("/look", data={"theme": "<script>"}).headers


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "x", ""])
def test_a_form_sends_nobody_elsewhere(here: Garage, back: str) -> None:
    answer = here.visitor().post("/look", data={"theme": "dark", "back": back})
    assert answer.headers["location"] == "/"


@pytest.mark.parametrize("how", ["403", "404", "429", "500", "503", "store", "fault"])
def test_people_are_told_what_happened_and_what_to_do(here: Garage, how: str) -> None:
    status = {"store": 503, "fault": 500}.get(how) or int(how)
    said = {
        403: ("pas ouverte", "not open to you"), 404: ("rien à cette adresse", "nothing at this"),
        429: ("Trop de demandes", "Too many"), 500: ("Une erreur de notre part", "A mistake of ours"),
        503: ("ne répondent pas", "does not answer"),
    }  # fmt: skip
    for sentence, asked in zip(said[status], ("fr", "en"), strict=True):
        answer = visitor(here, **{"Accept-Language": asked}).get(f"/fails/{how}")
        assert answer.status_code == status
        assert sentence in answer.text and "<!doctype html>" in answer.text
        assert "content-security-policy" in answer.headers
        assert "ZeroDivision" not in answer.text and "select 1" not in answer.text
    waits = {429: "60", 503: "5"}.get(status)
    assert answer.headers.get("retry-after") == waits


def test_a_member_stays_in_the_frame_when_a_page_is_missing(here: Garage) -> None:
    browser = here.browser()
    browser.headers.update(HTML)
    text = browser.get("/nowhere").text
    assert "Garage Martin" in text and "rien à cette adresse" in text and 'class="thumb"' in text
    assert "Garage Martin" not in visitor(here).get("/nowhere").text


def test_a_part_that_fails_is_told_where_messages_are(here: Garage) -> None:
    answer = visitor(here, **{"HX-Request": "true"}).get("/fails/500")
    assert (answer.status_code, answer.headers["hx-retarget"]) == (500, "#toasts")
    assert "<html" not in answer.text and "Une erreur de notre part" in answer.text


def test_a_part_without_a_session_takes_the_whole_page_to_the_sign_in(here: Garage) -> None:
    answer = visitor(here, **{"HX-Request": "true"}).get("/live/now")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


def test_programs_are_answered_as_before(here: Garage) -> None:
    program = client(here.server.app, raises=False)
    for path in ("/api/v1/nothing", "/nowhere", "/hooks/nobody/x"):
        assert "<html" not in program.get(path).text
        assert path == "/nowhere" or "<html" not in visitor(here).get(path).text
    assert program.get("/nowhere").json() == {"detail": "Not Found"}


def test_a_file_is_kept_by_its_content_and_asked_for_again_without_it(here: Garage) -> None:
    address = assets.asset("tokens.css")
    browser = client(here.server.app)
    assert address in browser.get("/sign-in").text
    assert "immutable" in browser.get(address).headers["cache-control"]
    for other in ("/static/tokens.css", "/static/tokens.css?v=0"):
        assert browser.get(other).headers["cache-control"] == "no-cache"
    assert browser.get("/static/nothing.css").status_code == 404
    assert browser.get("/static/../access.py").status_code == 404


def test_filters_and_order_stand_in_the_address() -> None:
    assert changed("/calls?q=a&done=x&after=9", q="b c", site=None) == "/calls?q=b+c"
    assert changed("/calls?q=a", q=None) == "/calls"
    assert own("/calls?q=a") == "/calls?q=a"
    assert back_to("/callbacks?site=2", done="saved").headers["location"] == "/callbacks?site=2&done=saved"
    sort = sort_of("/calls?site=2", ["at", "worth"], asked="-at", default="-worth")
    assert (sort.column, sort.down, sort.to["at"], sort.to["worth"]) == (
        "at", True, "/calls?site=2&sort=at", "/calls?site=2&sort=-worth",
    )  # fmt: skip
    assert sort_of("/calls", ["at"], asked="; drop", default="-at").column == "at"
