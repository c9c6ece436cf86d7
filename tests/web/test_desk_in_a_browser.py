"""Every page in a real browser: anybody can read it, on a desk and a phone, in both themes and languages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.ledger.account import CallFilter
from decroche.model.fact import Stage
from decroche.model.member import Role
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import Garage, call, garage, minutes_ago, missed, on_a_port
from tests.web.workday import ANN, journey_of, missed_person, named, recovery_on, wrote

pytestmark = pytest.mark.hard
#: Where an address has a gap: an example of it. None: what it shows is looked at in a test of its own.
EXAMPLES = {
    "/calculators/{name}": "/calculators/return",
    "/campaigns/{id}": None,
    "/connect/{name}": "/connect/ringover",
    "/connect/{name}/now": None,
    "/first-run/onward/{step}": None,
    "/first-run/texts/{name}": "/first-run/texts/slots",
    "/first-run/texts/{name}/tried": None,
    "/settings/crm/connect/{platform}": "/settings/crm/connect/hubspot",
    "/settings/texts/{name}": "/settings/texts/missed",
    "/settings/texts/{name}/tried": None,
    "/settings/phone-systems/{platform}": "/settings/phone-systems/ringover",
    "/settings/phone-systems/{platform}/now": None,
    "/first-run/phone-systems/{platform}": "/first-run/phone-systems/twilio",
    "/first-run/phone-systems/{platform}/now": None,
    "/design/trouble/{status}": "/design/trouble/503",
    "/invited/{token}": "/invited/opened-before",
    "/measures/{key}": "/measures/answer_rate",
    "/measures/{key}.csv": None,
    "/measures/{key}.xlsx": None,
    "/measures/{key}/now": None,
    "/measures/{key}/split": None,
    "/measures/{key}/time": None,
    "/r/{token}": None,
    "/reports/{id}.{kind}": None,
    "/reset/{token}": "/reset/opened-before",
    "/sign-in/link/{key}": "/sign-in/link/opened-before",
    # Those with an id in them are examples of the morning.
    "/calls/{id}": "/calls/{call}",
    "/callbacks/{id}": "/callbacks/{item}",
    "/callbacks/{id}/now": None,
    "/inbox/{ref}": "/inbox/{item}",
    "/inbox/{ref}/now": None,
    "/journeys/{id}": "/journeys/{journey}",
    "/voicemails/{id}/audio": None,
}
#: The least that a finger can meet, in pixels.
TARGET = 44


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def a_morning(here: Garage) -> dict[str, str]:
    """Calls that came, were missed and go on, and a phone system that has a problem. Returns the ids of examples.

    One of those who were missed wrote, and is to be called back.
    """
    for number in range(4):
        caller = f"+3363998{1000 + number}"
        here.tell(*missed(f"m{number}", at=minutes_ago(number * 7 + 1), caller=caller, queue="Atelier"))
    here.tell(*call("c1", (2, Stage.ANSWERED, {"agent": "Nadia"}), at=minutes_ago(3), caller="+33639985678"))
    here.tell(*call("c2", (2, Stage.RINGING), at=minutes_ago(0.5), caller="+33639985679"))
    here.note(problem="La clé d’API est refusée.")
    recovery_on(here)
    item = missed_person(here, "back", ANN, minutes=12)
    named(here, ANN, "Anne Morel")
    wrote(here, "in", ANN, "Bonjour, ma voiture est-elle prête ? Je suis là après 14 h.")
    with here.server.ledger.for_account(here.mine.account) as mine:
        call_id = mine.calls(CallFilter(), limit=1)[0][0]["id"]
    return {"item": item, "journey": journey_of(here, ANN), "call": call_id}


def come_in(chromium: Browser, base: str, here: Garage, role: Role = Role.OWNER) -> None:
    """Somebody with this role opens the first page, signed in already."""
    chromium.context.clear_cookies()
    session = here.session(here.member(role))
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": base}])
    chromium.open(base)


def pages(here: Garage, ids: dict[str, str]) -> list[str]:
    """The address of every whole page, as somebody sees it who may do everything."""
    asking = here.browser(Role.OWNER)
    paths = sorted(here.server.app.state.pages)
    unknown = [path for path in paths if "{" in path and path not in EXAMPLES]
    assert unknown == [], "give an example of each in EXAMPLES"
    ending = [path for path in paths if not path.endswith(("/changes", "/follow"))]
    asked = [(EXAMPLES.get(path, path) or "").format_map(ids) for path in ending]
    return [path for path in asked if path and asking.get(path).text.startswith("<!doctype html>")]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_page_can_be_read_by_everybody(tmp_path: Path, chromium: Browser, language: str) -> None:
    with garage(tmp_path, language=language) as here:
        # Before the server runs: what it is told then is heeded a moment later.
        ids = a_morning(here)
        with on_a_port(here) as base:
            chromium.context.set_extra_http_headers({"Accept-Language": language})
            come_in(chromium, base, here)
            chromium.complaints()
            chromium.asked.clear()
            found = pages(here, ids)
            assert {"/", "/design", "/sign-in", "/connect", "/connect/ringover"} <= set(found)
            assert {f"/callbacks/{ids['item']}", f"/inbox/{ids['item']}", f"/calls/{ids['call']}"} <= set(found)
            for path in found:
                name = path.strip("/").replace("/", "-") or "today"
                look(chromium, base, path, name=f"{name}-{language}")
                assert chromium.run("return document.documentElement.lang") == language
                assert weigh(chromium, base + path) < FIRST_LOAD, path


def test_what_keeps_people_out_would_be_found(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        chromium.open(f"{base}/design")
        assert chromium.barriers() == []
        chromium.run("document.querySelector('main').insertAdjacentHTML('beforeend', '<button></button><img src=x>')")
        assert {line.split(":")[0] for line in chromium.barriers()} == {"critical button-name", "critical image-alt"}
        chromium.complaints()
        assert weigh(chromium, f"{base}/design") > 30_000, "the weight is that of all that a page loads"
        sent = chromium.sent
        chromium.open(f"{base}/design")
        assert 0 < chromium.sent - sent < 30_000, "what did not change is kept"


def test_a_finger_meets_whatever_it_aims_at(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        chromium.look_like(width=390)
        chromium.open(f"{base}/design?lang=fr")
        aimed = "button, a.button, input:not([type=radio], [type=checkbox]), select, .thumb a, .check label"
        small = (
            "return [...document.querySelectorAll(argument)].filter((each) => each.checkVisibility())"
            f".filter((each) => each.type !== 'hidden' && each.getBoundingClientRect().height < {TARGET})"
            ".map((each) => each.outerHTML)"
        )
        assert chromium.run(small, aimed) == []
        chromium.click("[popovertarget=beyond]")
        assert chromium.run(small, ".beyond nav a, .beyond button") == []
        assert chromium.text("#beyond nav") == (
            "Parcours Pourquoi Mesures Satisfaction Rapports Coûts Essais Campagnes Réglages"
        )
        chromium.press("Escape")
        assert chromium.run("return document.querySelector('#beyond').matches(':popover-open')") is False
        chromium.look_like(width=1280)
        assert chromium.run("return document.querySelector('.thumb').checkVisibility()") is False


def test_a_part_comes_when_it_is_asked_for_and_says_so_when_it_cannot(here: Garage, chromium: Browser) -> None:
    kept = "return [sessionStorage, localStorage].map(Object.keys)"
    with on_a_port(here) as base:
        chromium.open(f"{base}/design?lang=fr")
        chromium.complaints()
        chromium.click("#fetch")
        chromium.until("document.querySelector('#fetched').innerText.includes('La partie est arrivée')")
        assert "La partie est arrivée" in chromium.text("#toasts")
        assert chromium.complaints() == []
        assert chromium.run(kept) == [["htmx-current-path-for-history"], []], "no page is"
        chromium.run("document.querySelector('#fetch').setAttribute('hx-get', '/nowhere')")
        chromium.run("htmx.process(document.querySelector('#fetch'))")
        chromium.click("#fetch")
        chromium.until("document.querySelector('#toasts').innerText.includes('404')")
        assert "La partie est arrivée" in chromium.text("#fetched")
        chromium.context.set_offline(True)
        chromium.until("!document.querySelector('#offline').hidden")
        assert "vérifiez votre connexion" in chromium.text("#offline")
        chromium.context.set_offline(False)
        chromium.until("document.querySelector('#offline').hidden")
        chromium.complaints()


def test_a_question_is_asked_answered_and_left_with_the_keyboard(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        chromium.look_like(width=1280)
        chromium.open(f"{base}/design?lang=fr")
        focused = "return document.activeElement.innerText"
        chromium.run("document.querySelector('[popovertarget=ask-delete]').focus()")
        chromium.press("Enter", "Tab")
        assert chromium.run(focused) == "Supprimer la ligne"
        chromium.press("Tab")
        assert chromium.run(focused) == "Annuler"
        chromium.press("Escape")
        assert chromium.run(focused) == "Supprimer"
        assert chromium.run("return document.querySelector('#ask-delete').checkVisibility()") is False


def test_a_chosen_theme_outlives_the_page_and_differs_from_the_machine(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        chromium.look_like(width=1280, dark=False)
        come_in(chromium, base, here)
        paper = "return getComputedStyle(document.body).backgroundColor"
        assert chromium.run(paper) == "rgb(255, 255, 255)"
        chromium.click(".side button[value=dark]")
        chromium.until("document.documentElement.dataset.theme === 'dark'")
        assert chromium.run(paper) == "rgb(20, 25, 31)"
        chromium.open(f"{base}/connect")
        assert chromium.run(paper) == "rgb(20, 25, 31)"
        chromium.click(".side button[value=light]")
        chromium.until("document.documentElement.dataset.theme === 'light'")
        chromium.look_like(width=1280, dark=True)
        assert chromium.run(paper) == "rgb(255, 255, 255)"
        chromium.context.clear_cookies()


def test_nothing_moves_for_those_who_asked_for_rest(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        chromium.open(f"{base}/design")
        moves = "return parseFloat(getComputedStyle(document.querySelector('.loading'), '::after').animationDuration)"
        chromium.page.emulate_media(reduced_motion="no-preference")
        assert chromium.run(moves) > 1
        chromium.page.emulate_media(reduced_motion="reduce")
        assert chromium.run(moves) < 0.001


def test_the_desk_works_without_scripts(here: Garage) -> None:
    a_morning(here)
    with on_a_port(here) as base, browser(scripts=False) as plain:
        come_in(plain, base, here)
        assert "Aujourd’hui" in plain.text("h1") and "06 39 98 10 00" in plain.text("#back")
        plain.click(".side button[value=dark]")
        assert plain.run("return document.documentElement.dataset.theme") == "dark"
        assert plain.complaints() == []
