"""Coûts and Essais: who sees and changes them, what they say, and that figures are those of the calls."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from decroche.ledger.cost_lines import add_line, read_lines
from decroche.ledger.opener_trials import read_trial, trials_of
from decroche.ledger.tokens import Scope
from decroche.model.call import Direction
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.fact import Fact, Stage
from decroche.model.member import Role
from decroche.model.money import Money
from tests.in_process import client
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


def test_a_spreadsheet_of_costs_is_sent_once(here: Garage) -> None:
    owner, before = here.browser(Role.OWNER), lines(here)
    rows = ("type;libellé;montant;rythme;début", "licences;Standard;450,00;mensuel;01/01/2026")
    text = "\n".join((*rows, "licences;x;beaucoup;mensuel;2026-01-01", ""))
    sent = {"file": ("coûts.csv", text.encode(), "text/csv")}
    found = plain(owner.post("/costs/file", files=sent).text)
    assert "1 ligne ajoutée, 0 déjà là, 1 refusée" in found and "Ligne 3 : Montant" in found
    assert "0 ligne ajoutée, 1 déjà là" in plain(owner.post("/costs/file", files=sent).text)
    assert lines(here) == before + 1
    for bad in (b"a;b\n1;2\n", b"\0\0"):
        assert owner.post("/costs/file", files={"file": ("x.csv", bad, "text/csv")}).status_code == 422
    assert owner.post("/costs/file", files={"file": ("", b"", "text/csv")}).status_code == 422
    assert here.browser(Role.READER).post("/costs/file", files=sent).status_code == 403
    assert here.browser(Role.SUPERVISOR, sites=["Site a1"]).post("/costs/file", files=sent).status_code == 403


def test_who_is_paid_what_is_for_the_owner(here: Garage) -> None:
    secret = CostLine(
        kind=CostKind.SALARIES, label="Léa Martin", amount=Money.of("2345.67", "EUR"), rhythm=Rhythm.MONTHLY,
        begins=TODAY - timedelta(days=90),
    )  # fmt: skip
    with here.server.ledger.writing() as connection:
        id = add_line(connection, here.mine.account, secret, now=NOW)
    owner, supervisor = here.browser(Role.OWNER), here.browser(Role.SUPERVISOR)
    assert "Léa Martin" in owner.get("/costs").text
    for path in ("/costs", "/costs/figures", "/costs?format=csv"):
        shown = plain(supervisor.get(path, params=DAYS).text)
        assert "Léa Martin" not in shown and "2 345,67" not in shown and "2345.67" not in shown
    assert "1 ligne de salaires" in plain(supervisor.get("/costs").text)
    assert supervisor.post(f"/costs/{id}/remove").status_code == 303
    assert supervisor.post(f"/costs/{id}/end", data={"last": TODAY.isoformat()}).status_code == 303
    assert "Léa Martin" in owner.get("/costs").text

    def program(*scopes: Scope) -> httpx.Client:
        headers = {"Authorization": f"Bearer {here.token(*scopes)}"}
        return client(here.server.app, "http://decroche/api/v1", headers=headers)

    for more, sees in ((Scope.READ, False), (Scope.NUMBERS, False), (Scope.SALARIES, True)):
        api = program(Scope.READ, more)
        for path in ("/cost-lines", "/costs"):
            assert ("Léa Martin" in api.get(path).text) is sees
        assert "Léa Martin" not in api.get("/feeds/v1_costs").text
    writer = program(Scope.READ, Scope.WRITE)
    assert writer.delete(f"/cost-lines/{id}").status_code == 404
    assert writer.patch(f"/cost-lines/{id}", json={"ends": TODAY.isoformat()}).status_code == 404
    assert owner.post(f"/costs/{id}/remove").status_code == 303
    assert "Léa Martin" not in owner.get("/costs").text


def test_waiting_and_transfers_are_measured_and_priced(here: Garage) -> None:
    start = NOW - timedelta(days=3)
    told = {"call_key": "passed-on", "direction": Direction.INBOUND, "caller": "+33639982000"}
    facts = [Fact(stage=Stage.CREATED, at=start, started_at=start, **told)]  # type: ignore[arg-type]
    for number, agent in enumerate(("Léa", "Tom")):
        at = start + timedelta(minutes=2 * number)
        for stage, after in ((Stage.RINGING, 0), (Stage.ANSWERED, 5), (Stage.ENDED, 125)):
            moment = at + timedelta(seconds=after)
            facts.append(Fact(stage=stage, at=moment, leg_key=f"leg-{number}", agent=agent, **told))  # type: ignore[arg-type]
    facts.append(Fact(stage=Stage.ENDED, at=start + timedelta(minutes=5), final=True, **told))  # type: ignore[arg-type]
    here.tell(*facts)
    pay = CostLine(
        kind=CostKind.SALARIES, label="Accueil", amount=Money.of(30, "EUR"), rhythm=Rhythm.DAILY,
        begins=TODAY - timedelta(days=28),
    )  # fmt: skip
    with here.server.ledger.writing() as connection:
        add_line(connection, here.mine.account, pay, now=NOW)
    api = client(here.server.app, "http://decroche/api/v1", headers={"Authorization": f"Bearer {here.token()}"})
    asked = {"since": DAYS["since"], "until": TODAY.isoformat()}
    found = api.get("/costs", params=asked).json()["friction"]
    assert (found["transferred_calls"], found["transferred_minutes"]) == (1, 2)
    assert float(found["transfers"]) == pytest.approx(2 * float(found["minute"]), abs=0.01)
    # Telephony that grows with calls prices the minute of an open line, in which somebody talks or waits.
    assert float(found["waiting"]) > 0
    told_by_hand = api.get("/costs", params={**asked, "line_minute": 1, "transferred_minutes": 0}).json()["friction"]
    assert float(told_by_hand["waiting"]) == pytest.approx(told_by_hand["waited_minutes"], abs=0.01)
    assert float(told_by_hand["transfers"]) == 0
    shown = plain(here.browser(Role.OWNER).get("/costs/figures", params=DAYS).text)
    assert "2 min après le premier interlocuteur" in shown and "Transferts" in shown
