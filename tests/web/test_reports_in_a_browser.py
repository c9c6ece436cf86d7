"""Reports, targets, calculators and opportunities as people use them: by keyboard, by thumb, and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.capture.opportunity_files import import_opportunities
from decroche.ledger.report_attempts import Wanted, begin_attempt, fail_attempt
from decroche.ledger.reporting import ReportKind, keep_report, wish
from decroche.ledger.target_rows import add_target
from decroche.model.member import Role
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import NOW, Garage, garage, on_a_port
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
READY = "document.querySelectorAll('.state.loading').length === 0"
SALES = """ref,title,state,amount,margin,number,source,closed at
A1,Pneus,won,640.00,210.00,+33639982001,Google Ads,2026-11-10
A2,Révision,open,300.00,,+33639982002,web,
"""


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["fr", "en"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    folder: Path = tmp_path_factory.mktemp("reports")
    with garage(folder, language=request.param) as found:
        three_weeks(found)
        put_in_columns(found)
        account = found.mine.account
        sales = folder / "ventes.csv"
        sales.write_text(SALES, encoding="utf-8")
        import_opportunities(found.server.ledger, account, sales, now=NOW)
        with found.server.ledger.writing() as connection:
            for kpi, wanted in (("answer_rate", ">= 95 %"), ("time_to_callback", "<= 30 min")):
                add_target(
                    connection, account, kpi=kpi, site="", wanted=wanted, baseline=None, action="Débordement", owner="",
                    days=30, by="test", at=NOW,
                )  # fmt: skip
            keep_report(
                connection, account, kind=ReportKind.QUARTER, period="2026Q3", site="", figures=b"{}",
                fingerprint="0123456789abcdef", by="schedule", at=NOW,
            )  # fmt: skip
            wanted_one = Wanted(period="2026Q2")
            begin_attempt(connection, account, wanted_one, by="schedule", at=NOW)
            fail_attempt(connection, account, wanted_one, "no_calls")
        yield found


@pytest.fixture(scope="module")
def address(here: Garage) -> Iterator[str]:
    with on_a_port(here) as found:
        yield found


@pytest.fixture
def base(here: Garage, address: str, chromium: Browser) -> str:
    chromium.context.clear_cookies()
    member = here.member(Role.OWNER)
    with here.server.ledger.writing() as connection:
        wish(connection, here.mine.account, member, ReportKind.MONDAY, wanted=True, at=NOW)
    session = here.session(member)
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": address}])
    return address


@pytest.mark.parametrize(
    "path",
    [
        "/reports", "/targets", "/opportunities", "/settings/crm", "/campaigns",
        "/calculators/return?invested=120000&gain=180000&reading=gross",
    ],
)  # fmt: skip
def test_each_page_is_looked_at(chromium: Browser, base: str, here: Garage, path: str) -> None:
    chromium.asked.clear()
    chromium.complaints()
    name = path.partition("?")[0].strip("/").replace("/", "-")
    with here.server.ledger.for_account(here.mine.account) as account:
        language = account.about()["language"]
    address = f"{path}{'&' if '?' in path else '?'}lang={language}" if path.startswith("/calculators") else path
    look(chromium, base, address, name=f"{name}-{language}", ready=READY)
    assert weigh(chromium, base + address) < FIRST_LOAD


def test_a_target_is_set_with_the_keyboard_alone(chromium: Browser, base: str) -> None:
    page = chromium.page
    chromium.look_like(width=1280)
    chromium.complaints()
    chromium.open(f"{base}/targets")
    page.locator("select[name=kpi]").focus()
    chromium.press("Tab")
    chromium.type("+10 %")
    chromium.press("Tab")
    chromium.type("Deuxième personne")
    chromium.press("Enter")
    chromium.until("document.querySelector('.has-error') !== null")
    assert "+10 %" in page.locator("input[name=wanted]").input_value()
    page.locator("input[name=wanted]").fill("+2 pts")
    chromium.press("Enter")
    page.wait_for_url("**/targets?done=target_set")
    assert page.locator(".item").filter(has_text="Deuxième personne").count() == 1
    assert [line for line in chromium.complaints() if "422" not in line] == []


def test_monday_by_text_and_a_failed_audit_by_thumb(chromium: Browser, base: str) -> None:
    page = chromium.page
    chromium.look_like(width=390)
    chromium.complaints()
    chromium.open(f"{base}/reports")
    for button in page.locator("main button:visible").all():
        box = button.bounding_box()
        assert box is not None and box["height"] >= 24 and box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.locator("input[name=number]").fill("06 12 34 56 78")
    page.locator("form:has(input[name=number]) button").click()
    page.wait_for_url("**/reports?done=text_wanted")
    assert page.locator(".item").filter(has_text="06 12 34 56 78").count() == 1
    page.locator("form:has(input[name=stop]) button").click()
    page.wait_for_url("**/reports?done=text_not_wanted")
    failures = page.locator("form[action='/reports/failures/forget'] button")
    before = failures.count()
    if before:
        failures.first.click()
        page.wait_for_url("**/reports?done=failure_forgotten")
        assert failures.count() == before - 1
    assert chromium.complaints() == []
