"""Coûts and Essais: who sees and changes them, what they say, and that figures are those of the calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from decroche.ledger.cost_lines import add_line, read_lines
from decroche.ledger.opener_trials import read_trial, trials_of
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.member import Role
from decroche.model.money import Money
from tests.web.garage import NOW, Garage, garage
from tests.web.test_figures import EVIL, put_in_columns, three_weeks

pytestmark = pytest.mark.hard
TODAY = NOW.date()
DAYS = {"since": (TODAY - timedelta(days=28)).isoformat(), "until": (TODAY - timedelta(days=1)).isoformat()}
LINE = {
    "kind": "salaries", "label": EVIL, "amount": "9 000,00", "rhythm": "monthly", "begins": "2026-01-01", "ends": "",
    "among": "queue", "key": "calls", "shares": "",
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("costs")) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


def plain(text: str) -> str:
    return re.sub(r"[\u00a0\u202f]", " ", text)


def lines(here: Garage) -> int:
    with here.server.ledger.reading() as connection:
        return len(read_lines(connection, here.mine.account))


def test_a_line_is_added_shown_ended_and_removed(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    empty = owner.get("/costs")
    assert empty.status_code == 200 and "Aucune ligne de coût" in empty.text
    assert "Aucun coût sur cette période" in owner.get("/costs/figures", params=DAYS).text
    assert owner.post("/costs", data={**LINE, "amount": "beaucoup"}).status_code == 422
    assert lines(here) == 0
    added = owner.post("/costs", data=LINE)
    assert (added.status_code, lines(here)) == (303, 1) and added.headers["location"] == "/costs?done=cost_added"
    shown = plain(owner.get("/costs", params=DAYS).text)
    assert EVIL not in shown and "9 000,00 € par mois" in shown
    figures = plain(owner.get("/costs/figures", params={**DAYS, "by": "queue"}).text)
    assert EVIL not in figures and "Coût complet d&#39;un appel" in figures.replace("’", "&#39;")
    with here.server.ledger.reading() as connection:
        id = read_lines(connection, here.mine.account)[0].id
    assert owner.post(f"/costs/{id}/end", data={"last": "never"}).status_code == 422
    assert owner.post(f"/costs/{id}/end", data={"last": "2026-10-31"}).status_code == 303
    assert "du 1er janvier 2026 au 31 octobre 2026" in plain(owner.get("/costs").text)
    stranger = here.browser(Role.OWNER, of=here.other)
    assert stranger.post(f"/costs/{id}/remove").status_code == 303 and lines(here) == 1
    assert owner.post(f"/costs/{id}/remove").status_code == 303 and lines(here) == 0


def test_the_figures_are_those_of_the_calls(here: Garage) -> None:
    line = CostLine(
        kind=CostKind.TELEPHONY,
        label="x",
        amount=Money.of(2, "EUR"),
        rhythm=Rhythm.DAILY,
        begins=TODAY - timedelta(days=28),
        per_call=True,
    )
    with here.server.ledger.writing() as connection:
        add_line(connection, here.mine.account, line, now=NOW)
    figures = plain(here.browser(Role.SUPERVISOR).get("/costs/figures", params=DAYS).text)
    # 20 days with 10 answered calls; on the bad Monday none. 28 days at 2 € make 56 €: 0.28 € a call.
    assert "56,00 €" in figures and "n = 200" in figures and "0,28 €" in figures


def test_the_waste_of_paid_calls_is_told_beside(here: Garage) -> None:
    asked = {"spend": "1000", "paid_calls": "50", "paid_missed": "30"}
    text = plain(here.browser(Role.SUPERVISOR).get("/costs", params=asked).text)
    assert "30 manqués sur 50 : 60,0 %" in text and "600,00 €" in text
    assert "Il faut trois nombres" in here.browser(Role.SUPERVISOR).get("/costs", params={**asked, "spend": "x"}).text


def test_salaries_are_not_for_everybody(here: Garage) -> None:
    for role in (Role.AGENT, Role.READER):
        assert here.browser(role).get("/costs").status_code == 403
        assert here.browser(role).get("/costs/figures").status_code == 403
        assert here.browser(role).post("/costs", data=LINE).status_code == 403


def test_an_experiment_is_begun_drawn_and_ended(here: Garage) -> None:
    owner, agent = here.browser(Role.OWNER), here.browser(Role.AGENT)
    needs = plain(owner.get("/experiments", params={"base": "3", "changed": "4", "week": "500"}).text)
    assert "5 301 personnes par façon" in needs and "Aucun essai" in needs
    assert "deux pourcentages" in owner.get("/experiments", params={"base": "3", "changed": "3"}).text
    form = {"name": "Ouverture", "today": EVIL, "new": "Une minute ?", "base": "3", "changed": "4", "days": "7"}
    assert agent.post("/experiments", data=form).status_code == 403
    assert owner.post("/experiments", data={**form, "new": ""}).status_code == 422
    assert owner.post("/experiments", data=form).status_code == 303
    assert owner.post("/experiments", data=form).status_code == 422
    with here.server.ledger.reading() as connection:
        trial = read_trial(connection, here.mine.account, "Ouverture")
    number = {"number": "06 39 98 12 34", "do": "draw"}
    drawn = agent.post(f"/experiments/{trial.id}/draw", data=number)
    assert drawn.status_code == 200 and "Ouvrez avec" in drawn.text and EVIL not in drawn.text
    assert agent.post(f"/experiments/{trial.id}/draw", data={**number, "number": "x"}).status_code == 422
    worked = agent.post(f"/experiments/{trial.id}/draw", data={**number, "do": "worked"})
    assert worked.status_code == 303
    shown = plain(agent.get("/experiments").text)
    assert "Pas encore" in shown and "Prévu : de 3,0 % à 4,0 %" in shown
    stranger = here.browser(Role.OWNER, of=here.other)
    assert "Ouverture" not in stranger.get("/experiments").text
    assert stranger.post(f"/experiments/{trial.id}/end").status_code == 303
    assert owner.post(f"/experiments/{trial.id}/end").status_code == 303
    with here.server.ledger.reading() as connection:
        assert trials_of(connection, here.mine.account)[0].ended_at is not None
    over = agent.post(f"/experiments/{trial.id}/draw", data={**number, "number": "+33639985555"})
    assert over.status_code == 422 and "terminé" in over.text
