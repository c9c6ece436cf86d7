"""A supervisor asks why Monday was bad, with a mouse and with the keyboard alone; each page of figures is looked at."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from decroche.model.member import Role
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import Garage, garage, on_a_port
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
READY = "document.querySelectorAll('.state.loading').length === 0"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["fr", "en"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("figures"), language=request.param) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


@pytest.fixture(scope="module")
def address(here: Garage) -> Iterator[str]:
    with on_a_port(here) as found:
        yield found


@pytest.fixture
def base(here: Garage, address: str, chromium: Browser) -> str:
    chromium.context.clear_cookies()
    session = here.session(here.member(Role.SUPERVISOR))
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": address}])
    return address


def test_a_supervisor_finds_why_monday_was_bad(chromium: Browser, base: str) -> None:
    chromium.look_like(width=1280)
    chromium.open(f"{base}/causes?period=week")
    chromium.complaints()
    chromium.until(READY)
    chromium.click(".on-desk svg a[href*='2026-11-09']")
    chromium.until("document.querySelector('.period-said').innerText.includes('2026')")
    chromium.until(f"{READY} && document.querySelector('#cause-understaffing a') !== null")
    assert "12" in chromium.text("#cause-understaffing .cause-count")
    chromium.click(".on-desk svg a[href*='/calls']")
    chromium.until("location.pathname === '/calls'")
    assert chromium.run("return document.querySelectorAll('#calls-list tbody tr').length") == 12
    assert chromium.complaints() == []


def test_the_same_with_the_keyboard_alone(chromium: Browser, base: str) -> None:
    chromium.look_like(width=1280)
    chromium.open(f"{base}/causes?period=week")
    chromium.until(READY)
    go_to(chromium, "document.activeElement.matches('#days-table > summary')")
    chromium.press("Enter")
    go_to(chromium, "document.activeElement.matches('#days-table a[href*=\"2026-11-09\"]')")
    chromium.press("Enter")
    chromium.until("location.search.includes('2026-11-09')")
    chromium.until(f"{READY} && document.querySelector('#cause-understaffing a') !== null")
    go_to(chromium, "document.activeElement.matches('#cause-understaffing .cause-count a')")
    chromium.press("Enter")
    chromium.until("location.pathname === '/calls'")
    chromium.complaints()


def go_to(chromium: Browser, there: str) -> None:
    """Press Tab until the focus is there; what has it can be seen."""
    for _ in range(120):
        chromium.press("Tab")
        if chromium.run(f"return {there}"):
            assert chromium.run("return document.activeElement.checkVisibility()")
            return
    raise AssertionError(there)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("causes", "/causes?map=rate"),
        ("causes-day", "/causes?since=2026-11-09&until=2026-11-09"),
        ("causes-hour", "/causes/hour?weekday=1&hour=10"),
        ("measures", "/measures?period=week"),
        ("measure", "/measures/answer_rate?by=agent"),
        ("measure-count", "/measures/missed?period=week&by=queue"),
        ("measure-levels", "/measures/service_level?by=campaign"),
    ],
)
def test_pages_of_figures_can_be_read_by_everybody(
    chromium: Browser, here: Garage, base: str, name: str, path: str
) -> None:
    chromium.asked.clear()
    chromium.complaints()
    language = chromium_language(here)
    look(chromium, base, path, name=f"{name}-{language}", ready=READY)
    chromium.run("document.querySelectorAll('main details').forEach((each) => each.open = true)")
    assert chromium.barriers() == []
    assert chromium.run("return document.documentElement.scrollWidth") <= 390
    assert weigh(chromium, base + path) < FIRST_LOAD


def chromium_language(here: Garage) -> str:
    with here.server.ledger.for_account(here.mine.account) as account:
        return str(account.about()["language"])
