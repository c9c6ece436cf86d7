"""Satisfaction: figures with their n, who sees whom, what is set up, and nothing of another business."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from decroche.ledger.surveys import wishes_of
from decroche.model.member import Role
from decroche.model.survey import Occasion, Question
from decroche.recover.survey import SurveyWishes, read_wishes
from tests.ledger.answers import answered
from tests.web.garage import NOW, Garage, garage
from tests.web.test_figures import EVIL, put_in_columns, three_weeks

pytestmark = pytest.mark.hard
FORM = {
    "site": "", "active": "yes", "question": ["satisfaction", "recommend"], "after": ["call"], "share": "25",
    "delay_minutes": "30", "apart_days": "90", "least_talk_s": "20",
}  # fmt: skip


def fill(here: Garage) -> None:
    """Forty people answer in the last weeks: three in four are pleased; ten say nothing."""
    ledger, account = here.server.ledger, here.mine.account
    for number in range(40):
        good = number % 4 != 0
        answered(
            ledger, account, 33639982000 + number,
            {Question.SATISFACTION: 5 if good else 1, Question.RECOMMEND: 9 if good else 4, Question.SOLVED: int(good)},
            at=NOW - timedelta(days=number % 20 + 1), site="Site a1", agent=f"Agent {number % 2}", queue=EVIL,
        )  # fmt: skip
    for number in range(10):
        answered(
            ledger, account, 33639983000 + number, {}, at=NOW - timedelta(days=2), site="Site a1",
            after=Occasion.CONVERSATION,
        )  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("satisfaction")) as found:
        three_weeks(found)
        put_in_columns(found)
        fill(found)
        yield found


def plain(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", re.sub(r"[\u00a0\u202f]", " ", text)).split())


def test_results_stand_with_their_n_and_interval(here: Garage) -> None:
    reader = here.browser(Role.READER)
    answer = reader.get("/satisfaction")
    assert answer.status_code == 200 and EVIL not in answer.text
    said = plain(answer.text)
    assert "75,0 % de 59,8 % à 85,8 %" in said and "30 sur 40" in said
    assert "NPS 50 de 23 à 77" in said
    assert "80,0 %" in said and "40 sur 50" in said
    assert "Agents" not in said and "L’enquête est arrêtée" in said
    agents = plain(here.browser(Role.SUPERVISOR).get("/satisfaction?by=agent").text)
    assert "Agent 0" in agents and "Agent 1" in agents
    assert "Agent 0" not in plain(reader.get("/satisfaction?by=agent").text)
    assert reader.get("/satisfaction?agent=Agent 0").status_code == 403
    quiet = plain(reader.get("/satisfaction?since=2020-01-01&until=2020-01-31").text)
    assert "Aucune réponse sur cette période" in quiet
    other = plain(here.browser(Role.OWNER, of=here.other).get("/satisfaction").text)
    assert "Personne n’a encore été interrogé" in other


def test_calls_stand_beside_what_people_say(here: Garage) -> None:
    reader = here.browser(Role.READER)
    said = plain(reader.get("/satisfaction/resolution").text)
    assert "1 jour" in said and "30 jours" in said and "Réglé dès le premier contact" in said
    assert "75,0 %" in said


def test_lists_are_for_people_and_mask_numbers(here: Garage) -> None:
    agent, reader = here.browser(Role.AGENT), here.browser(Role.READER)
    pleased = reader.get("/satisfaction/people")
    assert pleased.status_code == 200 and "rien ne leur est envoyé" in plain(pleased.text)
    assert "•• " in plain(pleased.text) and "06 39" not in plain(pleased.text) and "/inbox/" not in pleased.text
    worried = agent.get("/satisfaction/people?mood=detractor")
    assert "À rappeler" in plain(worried.text) and "/callbacks/" in worried.text
    assert "Satisfaction 1/5" in plain(worried.text) and "Réglé : non" in plain(worried.text)
    assert reader.get("/satisfaction/people?mood=neither").status_code == 404
    stranger = here.browser(Role.OWNER, of=here.other)
    assert "Personne pour l" in plain(stranger.get("/satisfaction/people").text)
    # One page is not all of them.
    whole = agent.get("/satisfaction/people").text
    assert whole.count('class="item good"') == 30


def test_who_sees_one_site_sees_its_answers_alone(here: Garage) -> None:
    confined = here.browser(Role.SUPERVISOR, sites=["Site b2"])
    assert "Personne pour l" in plain(confined.get("/satisfaction/people").text)
    assert confined.get("/satisfaction/settings").status_code == 403


def test_it_is_off_until_somebody_turns_it_on(here: Garage) -> None:
    owner, reader = here.browser(Role.OWNER), here.browser(Role.READER)
    assert reader.get("/satisfaction/settings").status_code == 403
    assert reader.post("/satisfaction/settings", data=FORM).status_code == 403
    first = owner.get("/satisfaction/settings")
    assert first.status_code == 200 and "Arrêtée" in plain(first.text)

    def kept() -> dict[str, SurveyWishes]:
        with here.server.ledger.reading() as connection:
            return {site: read_wishes(body) for site, body in wishes_of(connection, here.mine.account).items()}

    for field, value in (
        ("share", "0"), ("share", "x"), ("apart_days", "7"), ("question", []), ("after", []), ("site", "Nulle part"),
        ("question", ["satisfaction", "recommend", "csi", "solved"]),
    ):  # fmt: skip
        assert owner.post("/satisfaction/settings", data={**FORM, field: value}).status_code == 422, field
    assert kept() == {}
    done = owner.post("/satisfaction/settings", data=FORM)
    assert done.status_code == 303 and done.headers["location"] == "/satisfaction/settings?done=survey_kept"
    wishes = kept()[""]
    assert (wishes.active, wishes.share) == (True, 0.25)
    assert wishes.questions == (Question.SATISFACTION, Question.RECOMMEND)
    said = plain(owner.get("/satisfaction/settings").text)
    assert "25 % des contacts, 30 min après, une fois en 90 jours" in said and "De 1 à 5" in said
    assert "Enquête changée" in plain(owner.get("/settings/audit-log").text)
    assert owner.post("/satisfaction/settings/remove", data={"site": ""}).status_code == 303
    assert kept() == {}


def test_nps_and_satisfaction_are_measures_and_take_targets(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    board = plain(owner.get("/measures/board").text)
    assert "NPS" in board and "75,0 %" in board
    form = {"kpi": "nps", "wanted": "> 70", "action": "Former à l'écoute", "days": "90", "owner": "", "site": ""}
    assert owner.post("/targets", data=form).status_code == 303
    assert owner.post("/targets", data={**form, "wanted": "+10 %"}).status_code == 422
    shown = plain(owner.get("/targets").text)
    assert "NPS" in shown and "au moins 70" in shown
    assert owner.get("/measures/nps").status_code == 200


@pytest.mark.parametrize("language", ["en", "fr-CA"])
def test_in_every_language(tmp_path_factory: pytest.TempPathFactory, language: str) -> None:
    with garage(tmp_path_factory.mktemp("satisfaction"), language=language) as found:
        fill(found)
        owner = found.browser(Role.OWNER)
        for path in ("/satisfaction", "/satisfaction/people", "/satisfaction/people?mood=detractor",
                     "/satisfaction/settings"):  # fmt: skip
            answer = owner.get(path)
            assert answer.status_code == 200, path
            if language == "fr-CA":
                assert "enquête" not in plain(answer.text).lower(), path
