"""One business, three doors: pages, API and commands say the same of a quarter, a campaign, costs and targets."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from decroche.ledger.cost_lines import add_line
from decroche.ledger.target_rows import add_target
from decroche.ledger.tokens import Scope
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.member import Role
from decroche.model.money import Money
from tests.cli.test_ledger_commands import plain, run
from tests.in_process import client
from tests.unit.capture.test_campaign_files import FRENCH
from tests.web.garage import NOW, Garage, garage
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
WEEK = ("2026-11-09", "2026-11-15")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("same")) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


def asked(here: Garage, path: str, **params: str) -> object:
    token = here.token(Scope.READ)
    with client(here.server.app, headers={"Authorization": f"Bearer {token}"}) as program:
        answer = program.get(f"/api/v1/{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()


def told(here: Garage, *words: str, code: int = 0) -> str:
    result = run(*words, "--account", here.mine.account, "--data", here.folder)
    assert result.exit_code == code, result.output
    return result.stdout


def test_a_quarter(here: Garage, tmp_path: Path) -> None:
    owner = here.browser(Role.OWNER)
    assert owner.post("/reports", data={"quarter": "2026Q4", "site": ""}).status_code == 303
    ends = time.monotonic() + 60
    while not (found := re.search(r'"/reports/(\w+)\.json"', owner.get("/reports").text)) and time.monotonic() < ends:
        continue
    assert found is not None
    page = owner.get(f"/reports/{found[1]}.json").json()
    api = asked(here, f"reports/{found[1]}")
    assert isinstance(api, dict) and api["figures"] == page
    archive = tmp_path / "audit.json"
    archive.write_text(json.dumps(page), encoding="utf-8")
    assert page["fingerprint"] in told(here, "report", "remake", str(archive))
    out = tmp_path / "made"
    said = plain(told(here, "report", "quarter", "--quarter", "2026Q4", "--out", str(out)))
    (made,) = [json.loads(path.read_text(encoding="utf-8")) for path in out.glob("*.json")]
    assert made["fingerprint"] == page["fingerprint"]
    assert made["figures"]["totals"] == page["figures"]["totals"] and "52 appels manqués sur 252" in said


def test_targets(here: Garage) -> None:
    with here.server.ledger.writing() as connection:
        add_target(
            connection, here.mine.account, kpi="answer_rate", site="", wanted=">= 95 %", baseline=None,
            action="Second person", owner="", days=7, by="test", at=NOW,
        )  # fmt: skip
    page = plain(re.sub(r"<[^>]+>", " ", here.browser(Role.OWNER).get("/targets").text))
    api = asked(here, "targets")
    command = json.loads(told(here, "report", "targets", "--on", "2026-11-16", "--json"))
    assert isinstance(api, dict) and command == api["items"]
    (target,) = command
    assert (target["since"], target["until"]) == WEEK and (target["n"], target["verdict"]) == (84, "off")
    value = f"{100 * target['value']:.1f}".replace(".", ",")
    assert f"{value} % (n = 84)" in page
    assert f"{value} % sur 84" in plain(told(here, "report", "targets", "--on", "2026-11-16"))


def test_costs(here: Garage) -> None:
    with here.server.ledger.writing() as connection:
        line = CostLine(
            kind=CostKind.LICENCES, label="Standard", amount=Money.of(700, "EUR"), rhythm=Rhythm.WEEKLY,
            begins=date(2026, 1, 1),
        )  # fmt: skip
        add_line(connection, here.mine.account, line, now=NOW)
    page = plain(
        re.sub(
            r"<[^>]+>", " ", here.browser(Role.OWNER).get("/costs", params={"since": WEEK[0], "until": WEEK[1]}).text
        )
    )
    api = asked(here, "costs", since=WEEK[0], until="2026-11-16")
    command = json.loads(told(here, "costs", "show", "--from", WEEK[0], "--to", WEEK[1], "--json"))
    assert command == api and command["total"] == "700.00"
    assert "700,00 €" in page


def test_a_campaign(here: Garage, tmp_path: Path) -> None:
    file = tmp_path / "campagne.csv"
    file.write_text(FRENCH, encoding="utf-8")
    owner = here.browser(Role.OWNER)
    terms = {"cost": "60", "margin": "100"}
    made = owner.post(
        "/campaigns", data={"name": "Mars", **terms}, files={"file": ("campagne.csv", FRENCH.encode(), "text/csv")}
    )
    address = made.headers["location"].partition("?")[0]
    page = plain(re.sub(r"<[^>]+>", " ", owner.get(address).text))
    api = asked(here, f"campaigns/{address.rpartition('/')[2]}/figures")
    result = run(
        "campaign", str(file), "--cost", "60", "--margin", "100", "--currency", "EUR", "--json", "--lang", "en"
    )
    assert result.exit_code == 0, result.output
    command = json.loads(result.stdout)
    assert isinstance(api, dict) and command == api
    assert "20 €" in page and "60 € pour 3 opportunités" in page
