"""The pages of CRMs and of opportunities: connected in words, listed, decided, and nothing of another business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa

from decroche.connector_kit.crm import Deal, DealState
from decroche.ledger.crm_connections import note_problem, read_crms
from decroche.ledger.crm_tables import crm_connections
from decroche.ledger.opportunities import FILE, Told, keep_told, list_opportunities
from decroche.model.member import Role
from decroche.model.problem import Problem
from decroche.understand.matching import Doubt, How, Match
from tests.web.garage import NOW, Garage, garage

pytestmark = pytest.mark.hard

ONE, TWO = 33639981234, 33465714200


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def told(ref: str, match: Match, **more: object) -> Told:
    deal = Deal(
        ref=ref,
        title=f"Affaire {ref} <b>",
        state=DealState.WON,
        changed_at=NOW - timedelta(days=1),
        amount=Decimal(1500),
        closed_at=NOW - timedelta(days=2),
    )
    return Told(deal=deal, match=match)


def keep(here: Garage, *what: Told, of: str | None = None) -> None:
    with here.server.ledger.writing() as connection:
        keep_told(connection, of or here.mine.account, FILE, what, now=here.now, currency="EUR")


def test_a_crm_is_connected_changed_and_removed(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert "Aucun CRM relié" in owner.get("/settings/crm").text
    page = owner.get("/settings/crm/connect/hubspot").text
    assert "Champs d" in page and 'name="token"' in page and 'type="password"' in page
    wrong = owner.post("/settings/crm/connect/hubspot", data={"name": "HubSpot", "calls": "missed"})
    assert wrong.status_code == 422 and "Il manque une clé" in wrong.text
    form = {"name": "Notre HubSpot", "token": "pat-secret", "calls": "missed", "tasks": "yes"}
    made = owner.post("/settings/crm/connect/hubspot", data=form)
    assert made.headers["location"] == "/settings/crm?done=crm_connected"
    listed = owner.get("/settings/crm").text
    assert "Notre HubSpot" in listed and "Première lecture en cours" in listed and "pat-secret" not in listed
    box = here.server.app.state.services.box
    with here.server.ledger.reading() as connection:
        [crm] = read_crms(connection, box, account=here.mine.account)
    assert (crm.secret["token"], crm.writes_calls, crm.writes_tasks) == ("pat-secret", "missed", True)
    owner.post(f"/settings/crm/{crm.id}", data={"calls": "all"})
    with here.server.ledger.writing() as connection:
        [changed] = read_crms(connection, box, account=here.mine.account)
        problem = Problem("{host} answered {status}", {"host": "api.hubapi.com", "status": "401"})

        note_problem(connection, crm.id, problem)
    assert (changed.secret["token"], changed.writes_calls, changed.writes_tasks) == ("pat-secret", "all", False)
    assert "api.hubapi.com a répondu 401" in owner.get("/settings/crm").text
    stranger = here.browser(Role.OWNER, of=here.other)
    assert "Notre HubSpot" not in stranger.get("/settings/crm").text
    assert stranger.post(f"/settings/crm/{crm.id}/remove").status_code == 404
    assert owner.post(f"/settings/crm/{crm.id}/remove").headers["location"] == "/settings/crm?done=crm_removed"
    with here.server.ledger.reading() as connection:
        assert connection.execute(sa.select(crm_connections.c.removed_at)).scalar_one() is not None
    assert owner.get("/settings/crm/connect/nothing").status_code == 404


def test_opportunities_are_listed_with_whose_they_are(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert "Aucune affaire connue" in owner.get("/opportunities").text
    keep(here, told("1", Match(ONE, How.NUMBER)), told("2", Match()))
    page = owner.get("/opportunities").text
    assert "1\u202f500\u00a0€" in page and "06 39 98 12 34" in page and "par le numéro" in page
    assert "Affaire 1 &lt;b&gt;" in page and "Personne de connu" in page
    assert "Aucune affaire dans cet état" in owner.get("/opportunities?state=lost").text
    assert "Affaire 1" not in here.browser(Role.OWNER, of=here.other).get("/opportunities").text
    assert here.browser(Role.AGENT).get("/opportunities").status_code == 403


def test_a_doubt_is_decided_on_the_page(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert "Rien à décider" in owner.get("/opportunities?view=doubts").text
    keep(here, told("1", Match(doubt=Doubt.SEVERAL_NUMBERS, candidates=(ONE, TWO))))
    page = owner.get("/opportunities?view=doubts").text
    assert "Plusieurs numéros de cette fiche ont appelé" in page and f'value="{ONE}"' in page
    with here.server.ledger.reading() as connection:
        [[row], _] = list_opportunities(connection, here.mine.account, doubtful=True)
    for wrong in ("33600000000", "x", ""):
        owner.post(f"/opportunities/{row['id']}/decide", data={"person": wrong})
    assert f'value="{ONE}"' in owner.get("/opportunities?view=doubts").text
    stranger: httpx.Client = here.browser(Role.OWNER, of=here.other)
    stranger.post(f"/opportunities/{row['id']}/decide", data={"person": str(ONE)})
    assert f'value="{ONE}"' in owner.get("/opportunities?view=doubts").text
    decided = owner.post(f"/opportunities/{row['id']}/decide", data={"person": str(TWO)})
    assert decided.headers["location"] == "/opportunities?view=doubts&done=opportunity_decided"
    assert "Rien à décider" in owner.get("/opportunities?view=doubts").text
    with here.server.ledger.reading() as connection:
        [[row], _] = list_opportunities(connection, here.mine.account)
    assert (row["person"], row["matched_by"], row["decided_by"]) == (TWO, "decided", "Nadia Benali")


def test_a_long_list_goes_on(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    keep(here, *(told(str(number), Match()) for number in range(60)))
    first = owner.get("/opportunities").text
    assert 'rel="next"' in first and first.count('role="rowheader"') == 50
    following = first.partition('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert owner.get(following).text.count('role="rowheader"') == 10
