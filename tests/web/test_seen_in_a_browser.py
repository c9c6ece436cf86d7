"""The day, the wallboard, calls and journeys in a real browser: by keyboard, by thumb, and after a server that went."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.model.fact import Stage
from decroche.model.member import Role
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import Garage, call, garage, minutes_ago, missed, on_a_port

pytestmark = pytest.mark.hard


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def come_in(here: Garage, chromium: Browser, base: str, role: Role) -> None:
    chromium.context.clear_cookies()
    session = here.session(here.member(role))
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": base}])
    # The page of the test before may have asked once more for its own server, which had gone.
    chromium.open("about:blank")
    chromium.complaints()
    chromium.asked.clear()


def test_a_missed_call_is_found_and_understood_by_keyboard(here: Garage, chromium: Browser) -> None:
    here.tell(*missed("1", at=minutes_ago(30), queue="Accueil"), *missed("2", at=minutes_ago(3)))
    with on_a_port(here) as base:
        come_in(here, chromium, base, Role.SUPERVISOR)
        chromium.look_like(width=1280)
        chromium.open(base)
        chromium.until("document.querySelector('#connection.good')")
        chromium.run("document.getElementById('to-missed').focus()")
        chromium.press("Enter")
        chromium.until("document.querySelectorAll('#calls-list tbody tr').length === 2")
        chromium.run("document.querySelector('#calls-list tbody a').focus()")
        chromium.press("Enter")
        chromium.until("document.querySelector('.timeline')")
        assert "Cela a sonné" in chromium.text("main")
        chromium.page.get_by_role("link", name="Le parcours de cette personne").focus()
        chromium.press("Enter")
        chromium.until("location.pathname.startsWith('/journeys/')")
        assert "Ce qui va se passer" in chromium.text("main")
        assert chromium.barriers() == [] and chromium.complaints() == []


def test_the_wallboard_moves_and_says_when_it_is_old(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        come_in(here, chromium, base, Role.READER)
        chromium.look_like(width=1920, height=1080)
        chromium.open(f"{base}/wallboard")
        chromium.until("document.querySelector('#connection.good')")
        here.tell(*call("1", (2, Stage.RINGING)))
        chromium.until("document.querySelector('#wall-now dd').innerText === '1'", seconds=5)
        assert chromium.run("return document.documentElement.scrollHeight") <= 1080
        assert (
            float(chromium.run("return parseFloat(getComputedStyle(document.querySelector('#wall-now dd')).fontSize)"))
            > 200
        )
        assert chromium.run("return document.getElementById('stale').hidden")
        chromium.run("document.getElementById('board').dataset.shownAt = String(performance.now() - 600000)")
        chromium.until("!document.getElementById('stale').hidden")
        assert "Pas de nouvelles depuis 10 min" in chromium.text("#stale")
        assert chromium.barriers() == [] and chromium.complaints() == []


def test_every_page_reads_well_at_both_widths_and_in_both_themes(here: Garage, chromium: Browser) -> None:
    for number in range(12):
        here.tell(*missed(f"m{number}", at=minutes_ago(number + 1), caller=f"+3363998{1000 + number}", queue="Accueil"))
    here.tell(*call("a", (5, Stage.RINGING), (9, Stage.ANSWERED, {"agent": "Nadia"}), (95, Stage.ENDED)))
    with on_a_port(here) as base:
        come_in(here, chromium, base, Role.SUPERVISOR)
        for name, path in (("today", "/"), ("calls", "/calls"), ("journeys", "/journeys"), ("words", "/definitions")):
            look(chromium, base, path, name=name, ready="document.querySelector('main')")
        chromium.look_like(width=390)
        chromium.open(f"{base}/calls")
        chromium.click("#calls-list tbody tr:first-child a")
        chromium.until("document.querySelector('.timeline')")
        assert chromium.run("return document.documentElement.scrollWidth") <= 390
        assert max(weigh(chromium, base + path) for path in ("/", "/calls", "/wallboard")) < FIRST_LOAD
