"""Campaigns in the desk: counted from a file, priced, decided on and looked back on; never another business's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from decroche.ledger.campaigns import campaigns_of
from decroche.model.member import Role
from tests.unit.capture.test_campaign_files import BANK, FRENCH
from tests.web.garage import Garage, garage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).replace("\u202f", " ").replace("\u00a0", " ").split())


def added(browser: httpx.Client, text: str = FRENCH, **terms: str) -> str:
    """The address of a campaign that was just counted."""
    files = {"file": ("campagne.csv", text.encode(), "text/csv")}
    answer = browser.post("/campaigns", data={"name": "Relance <b>mars</b>", **terms}, files=files)
    assert answer.status_code == 303, plain(answer.text)
    return str(answer.headers["location"]).partition("?")[0]


@pytest.mark.hard
def test_a_campaign_from_its_file_to_the_look_back(here: Garage) -> None:
    boss = here.browser(Role.SUPERVISOR)
    assert "Aucune campagne pour l'instant" in boss.get("/campaigns").text.replace("’", "'")
    address = added(boss, cost="60", margin="100")
    shown = plain(boss.get(address).text)
    assert "Relance &lt;b&gt;mars&lt;/b&gt;" in shown
    assert "20 €" in shown and "60 € pour 3 opportunités" in shown
    assert "10 lignes lues, 7 comptées, 2 laissées de côté, 1 illisible" in shown
    assert "20 €" in plain(boss.get("/campaigns").text)
    with here.server.ledger.reading() as connection:
        assert [each.terms["currency"] for each in campaigns_of(connection, here.mine.account, most=5)] == ["EUR"]
    told = {"kind": "rewrite", "reason": "Accroche trop longue", "decided_on": "2026-03-05"}
    assert boss.post(f"{address}/decisions", data=told).status_code == 303
    assert "Accroche trop longue" in boss.get(address).text
    wrong = boss.post(f"{address}/decisions", data={**told, "decided_on": "2999-01-01", "reason": ""})
    assert wrong.status_code == 422 and "Dites pourquoi" in wrong.text
    kept = boss.post(address, data={"name": "Relance", "cost": "beaucoup"})
    assert kept.status_code == 422 and "Écrivez un montant" in kept.text
    assert boss.post(address, data={"name": "Relance", "cost": "120"}).status_code == 303
    assert "40 €" in plain(boss.get(address).text)
    again = boss.post(f"{address}/file", files={"file": ("autre.csv", BANK.encode(), "text/csv")})
    assert again.status_code == 303
    assert "60 €" in plain(boss.get(address).text)
    assert boss.post(f"{address}/remove").status_code == 303
    assert boss.get(address).status_code == 404


@pytest.mark.hard
def test_what_cannot_be_read_is_said_and_others_see_nothing(here: Garage) -> None:
    boss = here.browser(Role.OWNER)
    refused = boss.post(
        "/campaigns", data={"name": "x", "closing": "2 fois"}, files={"file": ("x.csv", b"a,b\n1,2\n", "text/csv")}
    )
    assert refused.status_code == 422 and "Écrivez une part" in refused.text and 'value="2 fois"' in refused.text
    for data in (b"colour,size\nred,1\nblue,2\nred,3\n", b"\x00\x01\x02\x03" * 50, b"one\n"):
        answer = boss.post("/campaigns", data={"name": "x"}, files={"file": ("x.csv", data, "text/csv")})
        assert answer.status_code == 422
    assert boss.post("/campaigns", data={"name": "x"}).status_code == 422
    address = added(boss)
    assert here.browser(Role.OWNER, of=here.other).get(address).status_code == 404
    assert here.browser(Role.AGENT).get(address).status_code == 403
