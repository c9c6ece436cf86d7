"""A campaign without any file: its calls, opportunities, sales and costs are those that the house holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from decroche.connector_kit.crm import Deal, DealState
from decroche.ledger.cost_lines import add_line
from decroche.ledger.opportunities import Told, keep_told
from decroche.ledger.tokens import Scope
from decroche.model.call import Direction
from decroche.model.cost import Among, CostKind, CostLine, Key, Rhythm, Sharing
from decroche.model.fact import Fact, Stage
from decroche.model.member import Role
from decroche.model.money import Money
from decroche.understand.matching import How, Match
from tests.in_process import client
from tests.web.garage import NOW, Garage, garage

pytestmark = pytest.mark.hard
TODAY = NOW.date()
DAY = timedelta(days=1)
LINE = "33465714200"


def put_a_campaign(here: Garage) -> None:
    """Forty calls to twenty people: the first unanswered, the second taken. Four became opportunities, two bought."""
    facts = []
    for n in range(40):
        at = NOW - 20 * DAY + timedelta(hours=n // 20, minutes=n)
        person = f"+3363998{3000 + n % 20}"
        told = {"call_key": f"out-{n}", "direction": Direction.OUTBOUND, "caller": f"+{LINE}", "called": person}
        facts.append(Fact(stage=Stage.CREATED, at=at, started_at=at, line=LINE, **told))  # type: ignore[arg-type]
        if n >= 20:
            facts.append(Fact(stage=Stage.ANSWERED, at=at + timedelta(seconds=9), agent="Léa", **told))  # type: ignore[arg-type]
        facts.append(Fact(stage=Stage.ENDED, at=at + timedelta(minutes=2), final=True, **told))  # type: ignore[arg-type]
    here.tell(*facts)
    deals = [
        Told(
            deal=Deal(
                ref=f"d{n}", changed_at=NOW - DAY, state=DealState.WON if n < 2 else DealState.OPEN,
                opened_at=NOW - 18 * DAY, closed_at=NOW - 5 * DAY if n < 2 else None, amount=Decimal(1200),
                campaign="printemps" if n % 2 else None,
            ),
            match=Match(person=33639983000 + n, how=How.NUMBER),
            margin=Decimal(400),
        )
        for n in range(4)
    ]  # fmt: skip
    lines = [(CostKind.SALARIES, 100, 0.5), (CostKind.LISTS, 50, 1.0)]
    with here.server.ledger.writing() as connection:
        keep_told(connection, here.mine.account, "file", deals, now=NOW, currency="EUR")
        for kind, amount, share in lines:
            add_line(
                connection,
                here.mine.account,
                CostLine(
                    kind=kind, label=f"Ligne {kind.value}", amount=Money.of(amount, "EUR"), rhythm=Rhythm.ONCE,
                    begins=TODAY - 15 * DAY,
                    sharing=Sharing(among=Among.CAMPAIGN, key=Key.FIXED, shares={"Printemps": share}),
                ),
                now=NOW,
            )  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("own")) as found:
        put_a_campaign(found)
        yield found


def plain(text: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", text)


FORM = {"name": "Printemps", "begins": (TODAY - 25 * DAY).isoformat(), "lines": "Ligne a1"}


def test_a_campaign_is_counted_from_what_is_there(here: Garage) -> None:
    supervisor, owner = here.browser(Role.SUPERVISOR), here.browser(Role.OWNER)
    assert here.browser(Role.AGENT).post("/campaigns/own", data=FORM).status_code == 403
    assert supervisor.post("/campaigns/own", data={**FORM, "begins": "x"}).status_code == 422
    made = supervisor.post("/campaigns/own", data=FORM)
    assert made.status_code == 303
    path = made.headers["location"].partition("?")[0]
    shown = plain(supervisor.get(path).text)
    # 100 € of lines for 4 opportunities; two sales with a margin of 400 € each.
    for text in ("25 €", "4 sur 40", "4 sur 20", "800 €", "700", "40 émis", "20 décrochés", "100,00 €", "2 par le nom"):
        assert text in shown, text
    for text in ("10,00 %", "20,00 %"):
        assert text in shown, text
    assert "Ligne salaries" not in shown and "Ligne salaries" in plain(owner.get(path).text)
    again = supervisor.post(f"{path}/count", data={**FORM, "words": "", "days": "1"})
    assert again.status_code == 303
    # Opened more than a day after the call: only those that name it are left.
    assert "2 sur 40" in plain(supervisor.get(path).text)
    assert supervisor.post(f"{path}/count", data={**FORM, "days": "0"}).status_code == 422
    assert here.browser(Role.OWNER, of=here.other).get(path).status_code == 404


def test_a_program_counts_one_too(here: Garage) -> None:
    headers = {"Authorization": f"Bearer {here.token(Scope.READ, Scope.WRITE)}"}
    api = client(here.server.app, "http://decroche/api/v1", headers=headers)
    told = {
        "name": "Printemps",
        "where": {"begins": FORM["begins"], "lines": [f"+{LINE}"]},
        "terms": {"profit": "50 %"},
    }
    made = api.post("/campaigns", json=told)
    assert made.status_code == 201, made.text
    id = made.json()["id"]
    found = api.get(f"/campaigns/{id}/figures").json()
    rates = {which: rate["rate"] for which, rate in found["conversion"].items()}
    assert rates == {"dial": 0.1, "contact": 0.2, "person": 0.2}
    assert (found["cost"], found["cost_per_opportunity"]["value"]) == (100, 25)
    assert (found["threshold"], found["target"], found["roi_on_margin"]["value"]) == (200, 100, 7)
    assert found["roi_on_revenue"]["value"] == 23
    held = api.get(f"/campaigns/{id}").json()["house"]["held"]
    assert (held["by_name"], held["by_person"], held["sales"], held["cost"]) == (2, 2, 2, "100.00")
    assert api.post(f"/campaigns/{id}/count").status_code == 200
    assert api.post("/campaigns", json={**told, "terms": {"cost": "x"}}).status_code == 422
