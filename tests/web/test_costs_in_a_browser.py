"""An owner adds a cost with the keyboard and begins an experiment; both pages are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from decroche.ledger.cost_lines import add_line
from decroche.ledger.opener_trials import begin_trial, note_draw, note_hit, read_trial
from decroche.model.cost import USUAL_NATURE, Among, CostKind, CostLine, Key, Rhythm, Sharing
from decroche.model.member import Role
from decroche.model.money import Money
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import NOW, Garage, garage, on_a_port
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
READY = "document.querySelectorAll('.state.loading').length === 0"
LINES = (
    (CostKind.SALARIES, "Accueil, 3 personnes", 9000, Sharing(among=Among.SITE, key=Key.CALLS)),
    (CostKind.TELEPHONY, "Opérateur", 450, None),
    (CostKind.TRAINING, "Prise d'appel", 0, None),
    (CostKind.ADVERTISING, "Annonces", 1000, Sharing(among=Among.CAMPAIGN, key=Key.FIXED, shares={"Pneus": 0.5})),
)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["fr", "en"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("costs"), language=request.param) as found:
        three_weeks(found)
        put_in_columns(found)
        account, first = found.mine.account, NOW.date().replace(month=1, day=1)
        with found.server.ledger.writing() as connection:
            for kind, label, amount, sharing in LINES:
                line = CostLine(
                    kind=kind,
                    label=label,
                    amount=Money.of(amount, "EUR"),
                    rhythm=Rhythm.MONTHLY,
                    begins=first,
                    nature=USUAL_NATURE[kind],
                    per_call=kind is CostKind.TELEPHONY,
                    sharing=sharing,
                )
                add_line(connection, account, line, now=NOW)
            arms = (("today", "Bonjour, garage Martin."), ("question", "Bonjour, avez-vous une minute ?"))
            began = NOW - timedelta(days=60)
            for name, more in (("Ouverture", 3), ("Relance", 30)):
                begin_trial(
                    connection, account, name=name, arms=arms, base=0.1, changed=0.2, window_days=7, now=began
                )  # fmt: skip
                trial = read_trial(connection, account, name)
                for number in range(20 * more):
                    mark, arm = b"%d" % number, arms[number % 2][0]
                    note_draw(connection, account, trial, mark, arm, site="", now=began)
                    if number % (4 if arm == "question" else 14) <= 1:
                        note_hit(connection, account, trial, mark, now=began)
        yield found


@pytest.fixture(scope="module")
def address(here: Garage) -> Iterator[str]:
    with on_a_port(here) as found:
        yield found


@pytest.fixture
def base(here: Garage, address: str, chromium: Browser) -> str:
    chromium.context.clear_cookies()
    session = here.session(here.member(Role.OWNER))
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": address}])
    return address


@pytest.mark.parametrize(
    "path", ["/costs?spend=1000&paid_calls=50&paid_missed=30", "/experiments?base=3&changed=4&week=500"]
)
def test_each_page_is_looked_at(chromium: Browser, base: str, here: Garage, path: str) -> None:
    chromium.asked.clear()
    chromium.complaints()
    name = path.partition("?")[0].strip("/")
    with here.server.ledger.for_account(here.mine.account) as account:
        language = account.about()["language"]
    look(chromium, base, path, name=f"{name}-{language}", ready=READY)
    assert weigh(chromium, base + path) < FIRST_LOAD


def test_a_cost_is_added_with_the_keyboard_and_an_opener_drawn_by_thumb(chromium: Browser, base: str) -> None:
    page = chromium.page
    chromium.look_like(width=1280)
    chromium.open(f"{base}/costs")
    chromium.until(READY)
    page.locator("details:has(input[name=label]) > summary").press("Enter")
    page.locator("input[name=label]").fill("Maintenance")
    page.locator("input[name=amount]").fill("1 200,50")
    page.locator("input[name=amount]").press("Enter")
    page.wait_for_url("**/costs?done=cost_added")
    assert page.locator("#lines ~ ul .item, section .item").filter(has_text="Maintenance").count() >= 1
    chromium.look_like(width=390)
    chromium.open(f"{base}/experiments")
    first = page.locator("main section").first
    first.locator("details:has(input[name=number]) > summary").click()
    first.locator("input[name=number]").fill("06 39 98 12 34")
    first.locator("button[value=draw]").click()
    page.wait_for_url("**/draw")
    assert page.locator("details[open] .alert.good").count() == 1
