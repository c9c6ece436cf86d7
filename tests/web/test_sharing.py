"""What moves on the page of the day is made once for all who see the same, however many look."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from markupsafe import Markup

from decroche.model.fact import Stage
from decroche.model.member import Role
from decroche.web.sharing import LASTS, Shared
from tests.web.garage import NOW, Garage, call, garage, minutes_ago, missed


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


@contextmanager
def counted(here: Garage) -> Iterator[list[str]]:
    """The statements that the ledger is asked meanwhile."""
    asked: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement != "BEGIN":
            asked.append(statement)

    sa.event.listen(here.server.ledger.engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(here.server.ledger.engine, "before_cursor_execute", note)


def of_calls(asked: list[str]) -> int:
    return len([each for each in asked if re.search(r"FROM (calls|journeys|bookings|work_items)\b", each)])


@pytest.mark.parametrize("path", ["/live/now", "/", "/wallboard/now"])
def test_twenty_browsers_cost_one_look_at_the_calls(here: Garage, path: str) -> None:
    here.tell(*missed("1", at=minutes_ago(30)), *call("2", (2, Stage.RINGING)))
    browsers = [here.browser(Role.READER) for _ in range(20)]
    with counted(here) as asked:
        browsers[0].get(path)
        alone, asked[:] = of_calls(asked), []
        for browser in browsers[1:]:
            assert browser.get(path).status_code == 200
        assert of_calls(asked) == 0 < alone
        # What is left is who looks, at which business, and whether anything changed.
        assert len(asked) == 4 * 19
        here.tell(*call("3", caller="+33639985678"))
        asked[:] = []
        for browser in browsers:
            browser.get(path)
        assert of_calls(asked) == alone
    assert "2" in re.findall(r"<dd>(\d+)</dd>", browsers[-1].get(path).text)


def test_rights_sites_language_and_business_share_nothing(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(30)))
    assert "06 39 98 12 34" in here.browser(Role.AGENT).get("/live/now").text
    for other in (
        here.browser(Role.READER),
        here.browser(Role.AGENT, sites=[]),
        here.browser(Role.OWNER, of=here.other),
    ):
        assert "06 39 98 12 34" not in other.get("/live/now").text


def test_what_is_old_is_made_again_and_tells_its_age(here: Garage) -> None:
    browser = here.browser()
    assert browser.get("/live/now").headers["X-Age"] == "0.0"
    here.now += timedelta(seconds=2)
    assert browser.get("/live/now").headers["X-Age"] == "2.0" and 'data-age="2.0"' in browser.get("/").text
    here.now += LASTS
    assert browser.get("/live/now").headers["X-Age"] == "0.0"


def test_of_those_who_ask_at_once_one_makes_it() -> None:
    shared, made, gate = Shared(), [], threading.Event()

    def make() -> Markup:
        gate.wait(5)
        made.append(1)
        return Markup("x")

    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(shared.part, "key", revision=1, state=0, now=NOW, make=make) for _ in range(8)]
        gate.set()
        assert {each.result().text for each in asking} == {"x"}
    assert made == [1]


def test_who_began_to_read_earlier_is_given_what_came_later() -> None:
    shared = Shared()
    shared.part("key", revision=2, state=0, now=NOW, make=lambda: Markup("new"))
    assert shared.part("key", revision=1, state=0, now=NOW, make=lambda: Markup("old")).text == "new"
    assert shared.part("key", revision=2, state=1, now=NOW, make=lambda: Markup("lights")).text == "lights"


def test_the_wallboard_names_nobody(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(30)), *call("2", (2, Stage.ANSWERED, {"agent": "Nadia"})))
    text = here.browser(Role.OWNER).get("/wallboard").text
    assert 'data-theme="dark"' in text and "Nadia" not in text and "06 39" not in text and "••" not in text
    assert 'data-theme="light"' in here.browser().get("/wallboard?theme=light").text
    assert here.visitor().get("/wallboard").headers["location"] == "/sign-in"


def test_no_look_goes_through_all_calls_of_a_business(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(30)))
    browser = here.browser(Role.SUPERVISOR)
    (id,) = re.findall(r'href="/calls/([0-9a-f]+)"', browser.get("/calls").text)
    asked: dict[str, Any] = {}

    def note(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if statement.startswith("SELECT"):
            asked[statement] = parameters

    sa.event.listen(here.server.ledger.engine, "before_cursor_execute", note)
    paths = ("/live/now", "/calls?reason=busy", f"/calls?like={id}", "/journeys?reason=busy", f"/calls/{id}")
    for path in (*paths, f"/journeys?like={id}"):
        assert browser.get(path).status_code == 200
    browser.post("/calls/of", data={"number": "0639981234"})
    sa.event.remove(here.server.ledger.engine, "before_cursor_execute", note)
    wrong = []
    with here.server.ledger.reading() as connection:
        for statement, parameters in asked.items():
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters):
                # Without a period or a limit, an account alone is no narrowing.
                whole = re.fullmatch(r"SEARCH (calls|journeys) USING INDEX \w+ \(account_id=\?\)", row[3])
                if re.match(r"SCAN (calls|journeys)(?! USING .*ix_calls_in_progress)", row[3]) or (
                    whole and " LIMIT " not in statement
                ):
                    wrong.append(f"{row[3]}: {statement[-200:]}")
    assert len(asked) > 15 and "\n".join(wrong) == ""
