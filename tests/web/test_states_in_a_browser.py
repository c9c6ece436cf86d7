"""What every page says while a part of it is on its way, and while the server cannot be reached."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from decroche.model.member import Role
from tests.web.browser import Browser, browser
from tests.web.garage import Garage, garage, on_a_port
from tests.web.test_desk_in_a_browser import a_morning
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard

#: Pages of which a part comes later: that part, and what it is called in the page.
LATER = {
    "/": ("/live/worth", "#worth"),
    "/causes": ("/causes/**", "#causes"),
    "/measures": ("/measures/**", "#board"),
    "/measures/answer_rate": ("/measures/answer_rate/**", "#now, #time, #split"),
}
WHOLE = (
    "/", "/callbacks", "/callbacks/{item}", "/inbox", "/inbox/{item}", "/calls", "/calls/{call}", "/journeys",
    "/journeys/{journey}", "/causes", "/measures", "/measures/answer_rate", "/settings", "/settings/hours",
    "/settings/import", "/settings/privacy", "/settings/audit-log", "/first-run/phone-systems", "/account",
)  # fmt: skip
SAID = {"fr": "vérifiez votre connexion", "en": "check your internet connection"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["fr", "en"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("states"), language=request.param) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


@pytest.fixture(scope="module")
def ids(here: Garage) -> dict[str, str]:
    return a_morning(here)


@pytest.fixture(scope="module")
def address(here: Garage, ids: dict[str, str]) -> Iterator[str]:
    with on_a_port(here) as found:
        yield found


@pytest.fixture
def base(here: Garage, address: str, chromium: Browser) -> Iterator[str]:
    chromium.context.clear_cookies()
    session = here.session(here.member(Role.OWNER))
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": address}])
    chromium.look_like(width=390)
    yield address
    chromium.context.set_offline(False)
    chromium.page.unroute_all()
    chromium.open("about:blank")
    chromium.complaints()


def language(here: Garage) -> str:
    with here.server.ledger.for_account(here.mine.account) as account:
        return str(account.about()["language"])


def test_every_page_says_that_it_is_offline_and_that_it_is_back(
    chromium: Browser, here: Garage, base: str, ids: dict[str, str]
) -> None:
    for path in WHOLE:
        chromium.open(base + path.format_map(ids))
        chromium.until("document.querySelector('#offline').hidden")
        chromium.context.set_offline(True)
        chromium.until("!document.querySelector('#offline').hidden")
        assert SAID[language(here)] in chromium.text("#offline"), path
        assert chromium.run("return document.querySelector('#offline').checkVisibility()"), path
        assert chromium.barriers() == [], path
        chromium.context.set_offline(False)
        chromium.until("document.querySelector('#offline').hidden")


@pytest.mark.parametrize("path", LATER)
def test_a_part_that_is_on_its_way_is_announced_and_one_that_cannot_come_comes_later(
    chromium: Browser, base: str, path: str
) -> None:
    part, places = LATER[path]
    chromium.page.route(f"{base}{part}", lambda route: route.abort())
    chromium.open(base + path)
    chromium.until("!document.querySelector('#offline').hidden")
    for place in places.split(", "):
        assert chromium.run("return document.querySelector(argument).matches('.loading')", place), place
        assert chromium.text(place), "it says that it is on its way"
    assert chromium.barriers() == []
    chromium.page.unroute_all()
    chromium.until("document.querySelectorAll('main .loading').length === 0", seconds=30)
    assert chromium.run("return document.querySelector('#offline').hidden")
    assert chromium.barriers() == []


def test_a_part_that_the_server_cannot_make_is_said_and_asked_for_again(chromium: Browser, base: str) -> None:
    trouble = {"status": 503, "body": "<p class='toast bad'>503</p>", "content_type": "text/html"}
    told = {"HX-Retarget": "#toasts", "HX-Reswap": "innerHTML"}
    chromium.page.route(f"{base}/measures/**", lambda route: route.fulfill(**trouble, headers=told))
    chromium.open(f"{base}/measures")
    chromium.until("document.querySelector('#toasts').innerText.includes('503')")
    assert chromium.run("return document.querySelector('#board').matches('.loading')")
    chromium.page.unroute_all()
    chromium.until("document.querySelectorAll('main .loading').length === 0", seconds=30)
