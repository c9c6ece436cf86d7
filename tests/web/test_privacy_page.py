"""The page of what people may ask: their data handed over, themselves forgotten, and how long things are kept."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.audit_log import EntryFilter, entries
from decroche.ledger.erasing import erase_next, erasures_of
from decroche.ledger.keeping import retention_of
from decroche.ledger.setting_up import add_endpoint
from decroche.ledger.tables import calls
from decroche.model.member import Role
from tests.ledger.business import BOX
from tests.web.garage import CALLER, NOW, Garage, garage, missed

PATH = "/settings/privacy"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        found.tell(*missed("one"))
        found.now = NOW + timedelta(hours=1)
        yield found


def test_the_data_of_a_number(here: Garage) -> None:
    browser = here.browser(Role.OWNER)
    answer = browser.post(f"{PATH}/access", data={"number": CALLER})
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    assert answer.headers["content-type"] == "application/zip"
    assert (
        "one" not in answer.headers["content-disposition"] and CALLER[1:] not in answer.headers["content-disposition"]
    )
    assert CALLER in packed.read("calls.csv").decode()
    assert "lisez-moi.txt" in packed.namelist()
    with here.server.ledger.reading() as connection:
        told, _ = entries(connection, here.mine.account, EntryFilter(actions="privacy"))
    assert [each.action for each in told] == ["privacy.access_given"]
    assert CALLER[1:] not in repr(told)


def test_forgetting(here: Garage) -> None:
    browser = here.browser(Role.OWNER)
    assert browser.post(f"{PATH}/erase", data={"number": CALLER}).status_code == 422, "it asks before it does"
    assert browser.post(f"{PATH}/erase", data={"number": "rien", "sure": "yes"}).status_code == 422
    done = browser.post(f"{PATH}/erase", data={"number": CALLER, "sure": "yes"})
    assert done.status_code == 303
    assert "au plus tard le" in browser.get(done.headers["location"]).text
    while erase_next(here.server.ledger, here.server.capture.hear, now=here.now):
        pass
    text = browser.get(PATH).text
    assert "16 nov" in re.sub(r"\s", " ", text) or "16/11/2026" in text
    assert "39981234" not in re.sub(r"\s", "", text)
    with here.server.ledger.reading() as connection:
        (found,) = erasures_of(connection, here.mine.account)
        people = list(connection.execute(sa.select(calls.c.person)).scalars())
    assert (found.number, people) == (None, [found.pseudonym])
    assert "Effacé" in here.browser(Role.OWNER).get("/").text


def test_how_long_things_are_kept(here: Garage) -> None:
    browser = here.browser(Role.OWNER)
    kept = {"numbers": "6", "texts": "3", "notes": "12", "prospects": "24"}
    assert browser.post(f"{PATH}/keep", data=kept).status_code == 303
    wrong = browser.post(f"{PATH}/keep", data={**kept, "numbers": "14"})
    assert wrong.status_code == 422 and 'value="14"' in wrong.text
    with here.server.ledger.reading() as connection:
        assert retention_of(connection, here.mine.account).numbers == 6
    assert "au bout de 6" in re.sub(r"\s", " ", browser.get(PATH).text)


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.AGENT, Role.READER])
def test_only_owners(here: Garage, role: Role) -> None:
    browser = here.browser(role)
    assert browser.get(PATH).status_code == 403
    for what in ("access", "erase", "keep"):
        assert browser.post(f"{PATH}/{what}", data={"number": CALLER, "sure": "yes"}).status_code == 403


def test_strangers_and_others(here: Garage) -> None:
    assert here.visitor().get(PATH).status_code == 303
    other = here.browser(Role.OWNER, of=here.other)
    packed = zipfile.ZipFile(io.BytesIO(other.post(f"{PATH}/access", data={"number": CALLER}).content))
    assert packed.read("calls.csv").decode() == "\ufeff"


def test_the_papers_hold_the_facts_of_the_business_in_both_languages(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    page = re.sub(r"\s+", " ", owner.get(f"{PATH}/papers").text)
    assert page.index("Qui reçoit des données") < page.index("Who receives data")
    assert "Garage Martin (France)" in page and "Standard a1 (Ringover)" in page and "Ringover Group" in page
    assert "Numéros en clair : 12 mois" in page and "Numbers in clear: 12 months" in page
    assert "Clinique Nord" not in page and "J’en ai pris note" not in page
    for role in (Role.SUPERVISOR, Role.AGENT, Role.READER):
        assert here.browser(role).get(f"{PATH}/papers").status_code == 403


def test_a_vendor_abroad_is_pointed_out_until_somebody_takes_note(here: Garage) -> None:
    with here.server.ledger.writing() as connection:
        mine, theirs = (
            add_endpoint(connection, account, connector="twilio", name=name, settings={}, secret={}, box=BOX, now=NOW)
            for account, name in ((here.mine.account, "<Textos>"), (here.other.account, "Leurs"))
        )
    owner = here.browser(Role.OWNER)
    assert "À prendre en note" in owner.get(PATH).text and "&lt;Textos&gt;" in owner.get(PATH).text
    assert "États-Unis" in owner.get(f"{PATH}/papers").text
    for id in (theirs.id, mine.id, mine.id, here.mine.endpoint):
        assert owner.post(f"{PATH}/papers/{id}/acknowledge").status_code == 303
    assert "À prendre en note" not in owner.get(PATH).text
    assert "Pris en note par Nadia Benali" in owner.get(f"{PATH}/papers").text
    with here.server.ledger.reading() as connection:
        told, _ = entries(connection, here.mine.account, EntryFilter(actions="privacy.transfer"))
    assert [(each.subject, each.details["countries"]) for each in told] == [(mine.id, "US")]
    assert "Pays : États-Unis" in re.sub(r"\s", " ", owner.get("/settings/audit-log").text)
