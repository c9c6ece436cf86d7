"""Sources: who sees and changes them, what they say, the waste beside the margin, and doubts that wait."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger.cost_lines import GOOGLE_ADS, put_spend
from decroche.ledger.source_tables import ad_calls
from decroche.ledger.tables import calls
from decroche.ledger.tracked_numbers import read_trackings
from decroche.model.member import Role
from tests.ledger.test_sources import spend
from tests.web.garage import NOW, Garage, garage, missed
from tests.web.test_costs_and_experiments import plain
from tests.web.test_figures import EVIL

pytestmark = pytest.mark.hard
TODAY = NOW.date()
DAYS = {"since": (TODAY - timedelta(days=28)).isoformat(), "until": TODAY.isoformat()}
FORM = {"number": "01 99 00 00 01", "source": "Google Ads", "campaign": EVIL, "begins": "2026-01-01", "ends": ""}


@pytest.fixture
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("sources")) as found:
        found.tell(*missed("a", called="+33199000001"), *missed("b", called="+33199000001"))
        yield found


def tracked(here: Garage) -> list[str]:
    with here.server.ledger.reading() as connection:
        return [each.id for each in read_trackings(connection, here.mine.account)]


def test_a_number_is_tracked_ended_and_removed(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    empty = owner.get("/sources")
    assert empty.status_code == 200 and "Aucun numéro suivi" in empty.text
    assert "Aucune source connue" in owner.get("/sources/figures", params=DAYS).text
    for wrong, said in (
        ({"number": "x"}, "ne se lit pas"),
        ({"source": ""}, "quelle source"),
        ({"ends": "x"}, "dernier jour"),
    ):
        answer = owner.post("/sources", data={**FORM, **wrong})
        assert answer.status_code == 422 and said in answer.text
    assert owner.post("/sources", data=FORM).headers["location"] == "/sources?done=tracked_added"
    again = owner.post("/sources", data={**FORM, "source": "Salon", "campaign": ""})
    assert again.status_code == 422 and "déjà autre chose" in again.text
    (id,) = tracked(here)
    shown = plain(owner.get("/sources").text)
    assert EVIL not in shown and "01 99 00 00 01" in shown and "depuis le 1er janvier 2026" in shown.lower()
    stranger = here.browser(Role.OWNER, of=here.other)
    assert stranger.post(f"/sources/numbers/{id}/remove").status_code == 303 and tracked(here) == [id]
    assert owner.post(f"/sources/numbers/{id}/end", data={"last": "2025-01-01"}).status_code == 422
    assert owner.post(f"/sources/numbers/{id}/end", data={"last": TODAY.isoformat()}).status_code == 303
    assert owner.post(f"/sources/numbers/{id}/remove").status_code == 303 and tracked(here) == []


def test_the_waste_stands_beside_the_margin_and_is_not_added(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    owner.post("/sources", data={**FORM, "campaign": "Pneus"})
    with here.server.ledger.writing() as connection:
        put_spend(
            connection, here.mine.account, [spend("Pneus", "30.00", TODAY)], source=f"{GOOGLE_ADS}1", first=TODAY,
            last=TODAY, now=NOW,
        )  # fmt: skip
    figures = plain(here.browser(Role.SUPERVISOR).get("/sources/figures", params=DAYS).text)
    assert "Appels payés que personne" in figures and "2 sur 2" in figures and "15,00 €" in figures
    assert "sans s’y ajouter" in figures.replace("&#39;", "’").replace("'", "’")
    # What was spent for nothing is the whole cost here: it is told once as cost, and no figure is the two together.
    assert "30,00 €" in figures and "60,00 €" not in figures
    english = plain(owner.get("/sources", params={"lang": "en"}).text)
    assert "30,00" not in english


def test_a_doubt_waits_for_a_decision(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    with here.server.ledger.writing() as connection:
        ids = sorted(connection.execute(sa.select(calls.c.id)).scalars())
        at = connection.execute(sa.select(sa.func.max(calls.c.started_at))).scalar_one()
        connection.execute(
            sa.insert(ad_calls).values(
                id="doubt", account_id=here.mine.account, origin="x", source="google_ads", campaign=EVIL, started_at=at,
                duration_s=12.0, fit="doubtful", candidates=f'["{ids[0]}","{ids[1]}"]', kept_at=NOW,
            )
        )  # fmt: skip
    shown = owner.get("/sources").text
    assert "À décider" in shown and f"/calls/{ids[0]}" in shown and EVIL not in shown
    assert (
        here.browser(Role.OWNER, of=here.other).post("/sources/doubts/doubt", data={"call": ids[0]}).status_code == 303
    )
    assert here.browser(Role.AGENT).post("/sources/doubts/doubt", data={"call": ids[0]}).status_code == 403
    assert "À décider" in owner.get("/sources").text
    done = owner.post("/sources/doubts/doubt", data={"call": ids[0]})
    assert done.headers["location"] == "/sources?done=ad_call_decided" and "À décider" not in owner.get("/sources").text


def test_what_sources_cost_is_not_for_everybody(here: Garage) -> None:
    for role in (Role.AGENT, Role.READER):
        for path in ("/sources", "/sources/figures"):
            assert here.browser(role).get(path).status_code == 403
        assert here.browser(role).post("/sources", data=FORM).status_code == 403
