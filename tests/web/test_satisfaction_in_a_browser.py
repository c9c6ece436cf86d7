"""An owner turns the survey on with the keyboard; results, lists and settings are looked at, light and dark."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from decroche.ledger.surveys import wishes_of
from decroche.recover.survey import read_wishes
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import Garage, garage, on_a_port
from tests.web.test_desk_in_a_browser import come_in
from tests.web.test_figures import put_in_columns, three_weeks
from tests.web.test_satisfaction_pages import fill

pytestmark = pytest.mark.hard
READY = "document.querySelectorAll('.state.loading').length === 0"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["fr", "en"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("satisfaction"), language=request.param) as found:
        three_weeks(found)
        put_in_columns(found)
        fill(found)
        yield found


def test_the_pages_can_be_read_and_the_survey_turned_on(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        come_in(chromium, base, here)
        chromium.complaints()
        chromium.asked.clear()
        for path in ("/satisfaction", "/satisfaction/people?mood=detractor", "/satisfaction/settings"):
            chromium.open(base + path)
            chromium.until(READY)
            name = path.strip("/").partition("?")[0].replace("/", "-")
            look(chromium, base, path, name=f"{name}-{here.mine.account}")
            assert weigh(chromium, base + path) < FIRST_LOAD, path
        chromium.open(f"{base}/satisfaction/settings")
        chromium.run("document.querySelector('#active-1').focus()")
        chromium.press(" ")
        chromium.run("document.querySelector('#share-1').select()")
        chromium.type("35")
        chromium.press("Enter")
        chromium.until("location.search.includes('survey_kept')")
        assert chromium.complaints() == []
        with here.server.ledger.reading() as connection:
            wishes = read_wishes(wishes_of(connection, here.mine.account)[""])
        assert (wishes.active, wishes.share) == (True, 0.35)
