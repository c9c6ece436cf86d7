"""Attribution: who sees it, that page and API say the same, and that what was measured stands beside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from decroche.connector_kit.crm import Deal, DealState
from decroche.ledger.cost_lines import add_line
from decroche.ledger.opportunities import Told, keep_told
from decroche.ledger.tokens import Scope
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.member import Role
from decroche.model.money import Money
from decroche.understand.matching import How, Match
from tests.in_process import client
from tests.web.garage import NOW, Garage, garage
from tests.web.test_figures import EVIL, put_in_columns, three_weeks

pytestmark = pytest.mark.hard
TODAY = NOW.date()
DAY = timedelta(days=1)
DAYS = {"since": (TODAY - 28 * DAY).isoformat(), "until": (TODAY - DAY).isoformat()}


def put_sales(here: Garage) -> None:
    """Of the twelve callers of each day six bought, two of them after a click on an advertisement."""
    told = [
        Told(
            deal=Deal(
                ref=str(n), changed_at=NOW - DAY, state=DealState.WON, opened_at=NOW - 20 * DAY,
                closed_at=NOW - 3 * DAY, amount=Decimal("100.01"), source=EVIL if n < 2 else None,
            ),
            match=Match(person=33639982000 + n, how=How.NUMBER),
        )
        for n in range(6)
    ]  # fmt: skip
    lines = [(CostKind.SALARIES, 9000), (CostKind.ADVERTISING, 500), (CostKind.LISTS, 120)]
    with here.server.ledger.writing() as connection:
        keep_told(connection, here.mine.account, "file", told, now=NOW, currency="EUR")
        for kind, amount in lines:
            line = CostLine(
                kind=kind, label=kind.value, amount=Money.of(amount, "EUR"), rhythm=Rhythm.ONCE, begins=TODAY - 10 * DAY
            )
            add_line(connection, here.mine.account, line, now=NOW)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("attribution")) as found:
        three_weeks(found)
        put_sales(found)
        put_in_columns(found)
        yield found


def test_a_cost_in_another_currency_is_said(tmp_path: Path) -> None:
    with garage(tmp_path) as found:
        put_in_columns(found)
        line = CostLine(
            kind=CostKind.LISTS, label="Liste", amount=Money.of(1, "CAD"), rhythm=Rhythm.ONCE, begins=TODAY - 9 * DAY
        )
        with found.server.ledger.writing() as connection:
            add_line(connection, found.mine.account, line, now=NOW)
        headers = {"Authorization": f"Bearer {found.token(Scope.READ)}"}
        api = client(found.server.app, "http://decroche/api/v1", headers=headers)
        for place in ("/attribution", "/costs"):
            assert api.get(place).status_code == 409
            answer = found.browser(Role.OWNER).get(f"{place}/figures", params=DAYS)
            assert answer.status_code == 200 and "dans une autre devise que la vôtre" in answer.text


def plain(text: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", text)


def test_credits_sum_to_revenue_on_the_page_and_in_the_api(here: Garage) -> None:
    headers = {"Authorization": f"Bearer {here.token(Scope.READ)}"}
    api = client(here.server.app, "http://decroche/api/v1", headers=headers)
    asked = {"since": DAYS["since"], "until": TODAY.isoformat()}
    found = api.get("/attribution", params={**asked, "window": 30}).json()
    assert (found["revenue"], found["sales"]) == ("600.06", 6)
    assert {(each["rule"], each["window_days"]) for each in found["divisions"]} == {
        (rule, window) for rule in ("first", "last", "linear", "position", "time_decay") for window in (30, 60, 90, 180)
    }
    for each in (*found["divisions"], found["ways"]):
        assert sum(Decimal(part["revenue"]) for part in each["parts"]) == Decimal("600.06")
    inbound, outbound = found["ways_cost"]
    assert (inbound["cost"], inbound["own"], outbound["cost"]) == ("9500.00", "500.00", "120.00")
    assert inbound["customer"]["n"] == 6 and outbound["customer"]["each"] is None and found["gap_per_lead"] is None
    assert {each["channel"] for each in found["delays"]} >= {"Ligne a1"}
    assert found["measured"]["experiments"] == [] and "Not measured" in found["measured"]["says"]
    assert api.get("/attribution", params={"window": 31}).status_code == 422
    shown = plain(here.browser(Role.SUPERVISOR).get("/attribution/figures", params={**DAYS, "window": "30"}).text)
    assert shown.count("600,06 €") >= 10 and EVIL not in shown
    assert "Pas mesuré" in shown and "9 500,00 €" in shown and "sur " in shown


def test_it_is_for_those_who_supervise_the_whole_business(here: Garage) -> None:
    for role in (Role.AGENT, Role.READER):
        assert here.browser(role).get("/attribution").status_code == 403
        assert here.browser(role).get("/attribution/figures").status_code == 403
    assert here.browser(Role.SUPERVISOR, sites=["Site a1"]).get("/attribution/figures").status_code == 403
    page = plain(here.browser(Role.SUPERVISOR).get("/attribution").text)
    assert "40 / 20 / 40" in page and "180 jours" in page
    other = plain(here.browser(Role.OWNER, of=here.other).get("/attribution/figures", params=DAYS).text)
    assert "Aucune vente" in other and "600,06" not in other
