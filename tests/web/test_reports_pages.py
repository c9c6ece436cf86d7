"""Reports and targets: what is made is kept and taken again, letters go once, a missed target opens one task."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial

import httpx
import pytest

from decroche.ledger.reporting import ReportKind, wish
from decroche.ledger.target_rows import add_target, deviations_of, targets_of
from decroche.ledger.tokens import Scope
from decroche.ledger.work_items import Kind, close, open_items
from decroche.model.member import Role
from decroche.prove.letter_page import Letter
from decroche.prove.service_desk import Desk
from decroche.prove.service_post import Clerk
from decroche.prove.service_quarter import read_figures, remake
from decroche.prove.service_targets import held, last_week, look
from decroche.server_settings import ServerSettings
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from tests.in_process import client
from tests.web.garage import NOW, Garage, garage
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
#: Monday at 7 in Paris, an hour before the letter must be there.
MONDAY = NOW.replace(hour=6, minute=0)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("reports")) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


@pytest.fixture(scope="module")
def desk(here: Garage) -> Iterator[Desk]:
    settings = ServerSettings(data=here.folder, database=None)
    lake = Lake(settings.lake_place, partial(fingerprints, settings.fingerprint_key()))
    with LiveColumns(here.server.ledger, lake, scratch=here.folder / "letters") as columns:
        yield Desk(here.server.ledger, columns, clock=lambda: MONDAY)


def taken(visitor: httpx.Client) -> list[str]:
    return sorted(set(re.findall(r'href="(/reports/\w+\.\w+)"', visitor.get("/reports").text)))


def test_an_audit_is_made_kept_and_taken_again(here: Garage, desk: Desk) -> None:
    owner = here.browser(Role.OWNER)
    assert owner.post("/reports", data={"quarter": "2026Q4", "site": ""}).status_code == 303
    ends = time.monotonic() + 60
    while not taken(owner) and time.monotonic() < ends:
        owner.get("/reports")
    figures, paper = taken(owner)
    assert owner.get(paper).content.startswith(b"%PDF")
    archived = read_figures(owner.get(figures).content)
    assert (archived.figures.totals.offered, archived.figures.totals.missed) == (252, 52)
    assert remake(desk, here.mine.account, archived).same
    stranger = here.browser(Role.OWNER, of=here.other)
    narrow = here.browser(Role.SUPERVISOR, sites=[])
    for visitor in (stranger, narrow):
        assert taken(visitor) == [] and visitor.get(figures).status_code == 404


def test_what_cannot_be_made_is_refused(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert owner.post("/reports", data={"quarter": "next", "site": ""}).status_code == 422
    assert owner.post("/reports", data={"quarter": "2026Q4", "site": "Nowhere"}).status_code == 422
    assert here.browser(Role.READER).post("/reports", data={"quarter": "2026Q4"}).status_code == 403
    assert owner.get("/reports/nothing.pdf").status_code == 404


def test_a_letter_goes_once_and_a_failed_one_again(here: Garage, desk: Desk) -> None:
    member = here.member(Role.OWNER)
    with here.server.ledger.writing() as connection:
        wish(connection, here.mine.account, member, ReportKind.MONDAY, wanted=True, at=NOW)
    letters: list[Letter] = []
    answers = ["failed", "handed"]

    def hand(address: str, letter: Letter, id: str) -> str:
        letters.append(letter)
        return answers.pop(0)

    def clerk(at: datetime) -> Clerk:
        return Clerk(here.server.ledger, desk, hand=hand, link="https://d.example", clock=lambda: at)

    clerk(MONDAY - timedelta(hours=1)).work()
    clerk(MONDAY - timedelta(days=1)).work()
    assert letters == []
    for _ in range(2):
        clerk(MONDAY).work()
    assert len(letters) == 2 and answers == []
    clerk(MONDAY).work()
    clerk(MONDAY + timedelta(minutes=30)).work()
    assert len(letters) == 2
    # In the last week nobody answered on Monday, and two in twelve were missed on each other day.
    assert "84 appels reçus, 24 manqués" in letters[1].body.replace("\u00a0", " ").replace("\u202f", " ")
    assert [line[:2] for line in letters[1].body.splitlines() if line[:1].isdigit()] == ["84", "1.", "2.", "3."]
    with here.server.ledger.writing() as connection:
        wish(connection, here.mine.account, member, ReportKind.MONDAY, wanted=False, at=NOW)
    clerk(MONDAY + timedelta(days=7)).work()
    assert len(letters) == 2


def test_a_missed_target_opens_one_task_until_it_is_done(here: Garage, desk: Desk) -> None:
    account, ledger = here.mine.account, here.server.ledger
    with ledger.writing() as connection:
        id = add_target(
            connection, account, kpi="answer_rate", site="", wanted=">= 95 %", baseline=None, action="Second person",
            owner="", days=7, by="test", at=NOW,
        )  # fmt: skip

    def tasks() -> list[str]:
        with ledger.reading() as connection:
            found = open_items(connection, account, now=NOW, kinds=[Kind.TASK])
        return [each.id for each in found if each.about.get("target") == id]

    for _ in range(2):
        assert [each.target.id for each in look(desk, ledger, account, now=MONDAY)] == [id]
    (task,) = tasks()
    shown = here.browser(Role.SUPERVISOR).get("/callbacks").text
    assert "Second person" in shown
    look(desk, ledger, account, now=MONDAY - timedelta(days=7))
    assert tasks() == [task]
    with ledger.writing() as connection:
        close(connection, account, task, because="done", now=MONDAY - timedelta(days=20), who="Nadia")
        found = deviations_of(connection, account)
    assert {each.item for each in found} == {task, None}
    (stands,) = [
        each
        for each in held(desk, ledger, account, period=last_week(MONDAY.date()), now=MONDAY)
        if each.target.id == id
    ]
    assert stands.standing.n == 84 and stands.last is not None


def test_a_target_without_its_unit_is_refused_and_said(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    given = {"kpi": "first_call_resolution", "wanted": "+10 %", "action": "Route", "days": "21"}
    refused = owner.post("/targets", data=given)
    assert refused.status_code == 422 and "Points ou pourcentage relatif" in refused.text
    assert owner.post("/targets", data=given | {"wanted": ">= 70 %", "owner": "nobody"}).status_code == 422
    assert owner.post("/targets", data=given | {"wanted": ">= 70 %"}).status_code == 303
    (id,) = set(re.findall(r'action="/targets/(\w+)/end"', owner.get("/targets").text)) - _of_other_tests(here)
    assert here.browser(Role.AGENT).post(f"/targets/{id}/end").status_code == 403
    assert owner.post(f"/targets/{id}/end").status_code == 303
    assert owner.post(f"/targets/{id}/end").status_code == 404
    assert here.browser(Role.SUPERVISOR, sites=[]).get("/targets").status_code == 403


def _of_other_tests(here: Garage) -> set[str]:
    with here.server.ledger.reading() as connection:
        return {each.id for each in targets_of(connection, here.mine.account) if each.action == "Second person"}


def test_calculators_are_open_to_anybody_and_say_the_right_figure(here: Garage) -> None:
    nobody = here.visitor()
    assert nobody.get("/calculators").status_code == 200
    page = nobody.get("/calculators/return?lang=fr").text
    assert "Brut ou net" in page and "150,0" in page and "50,0" in page
    evil = nobody.get("/calculators/return", params={"lang": "en", "invested": "<b>", "gain": "1", "months": "12"})
    assert evil.status_code == 422 and "&lt;b&gt;" in evil.text and 'value="<b>' not in evil.text
    assert nobody.get("/calculators/unknown").status_code == 404


def test_programs_get_the_same(here: Garage) -> None:
    token = here.token(Scope.READ)
    with client(here.server.app, headers={"Authorization": f"Bearer {token}"}) as program:
        listed = program.get("/api/v1/reports", params={"limit": 1}).json()
        (made,) = listed["items"]
        figures = program.get(f"/api/v1/reports/{made['id']}").json()["figures"]
        assert made["fingerprint"] == figures["fingerprint"]
        assert program.get("/api/v1/reports/0123").status_code == 404
        (target,) = [each for each in program.get("/api/v1/targets").json()["items"] if each["wanted"] == ">= 95 %"]
        assert (target["low"], target["n"], target["verdict"]) == (0.95, 84, "off")
    theirs = here.token(Scope.READ, of=here.other)
    with client(here.server.app, headers={"Authorization": f"Bearer {theirs}"}) as program:
        assert program.get("/api/v1/reports").json()["items"] == []
        assert program.get(f"/api/v1/reports/{made['id']}").status_code == 404
