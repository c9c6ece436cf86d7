"""Every table of the desk as a file: as it is filtered, as it is masked, and only for who may see it."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import httpx
import pytest

from decroche.ledger.cost_lines import add_line
from decroche.model.cost import CostKind, CostLine, Rhythm
from decroche.model.member import Role
from decroche.model.money import Money
from decroche.understand.matching import How, Match
from decroche.web.page_tables import offers_files, tables_of
from tests.web.garage import NOW, Garage, garage, missed
from tests.web.test_crm_pages import ONE, keep, told
from tests.web.test_desk_in_a_browser import EXAMPLES, a_morning
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
DAYS = {"since": (NOW.date() - timedelta(days=28)).isoformat(), "until": NOW.date().isoformat()}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("files")) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


def rows(answer: httpx.Response) -> list[list[str]]:
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/csv"), answer.text[:200]
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline=""), delimiter=";"))


def test_every_page_with_a_table_offers_it_as_a_file(tmp_path: Path) -> None:
    with garage(tmp_path) as here:
        ids = a_morning(here)
        keep(here, told("1", Match(person=ONE, how=How.NUMBER)))
        three_weeks(here)
        put_in_columns(here)
        owner, seen, lacking = here.browser(Role.OWNER), set(), []
        for path in sorted(here.server.app.state.pages):
            address = (EXAMPLES.get(path, path) or "").format_map(ids)
            # The page of the design shows samples, of nobody's business.
            if not address or path.endswith(("/changes", "/follow")) or path.startswith("/design"):
                continue
            page = owner.get(address).text
            desk = page.startswith("<!doctype html>") and '<body class="desk">' in page and "/sign-out" in page
            if not desk or not offers_files(page.partition("<main")[2].partition('<p class="row export"')[0]):
                continue
            seen.add(address)
            own = re.search(r'href="/[a-z_/]+\.csv', page)
            if not own and ('format=csv" download' not in page or 'format=xlsx" download' not in page):
                lacking.append(address)
                continue
            found = owner.get(address, params={"format": "csv"})
            book = owner.get(address, params={"format": "xlsx"})
            kinds = (found.headers["content-type"].split(";")[0], book.content[:2])
            whole = tables_of(page)
            if (whole.parts or any(each.rows for each in whole.tables)) and kinds != ("text/csv", b"PK"):
                lacking.append(f"{address}: {kinds}")
        assert lacking == []
        assert {"/callbacks", "/inbox", "/costs", "/opportunities", "/targets", "/settings/members"} <= seen


def test_a_file_holds_the_parts_that_come_later_and_the_pages_that_follow(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    with here.server.ledger.writing() as connection:
        for number in range(120):
            line = CostLine(
                kind=CostKind.TELEPHONY, label=f"=Ligne {number}", amount=Money.of(number, "EUR"),
                rhythm=Rhythm.MONTHLY, begins=date(2026, 1, 1),
            )  # fmt: skip
            add_line(connection, here.mine.account, line, now=NOW)
    found = rows(owner.get("/costs", params={**DAYS, "format": "csv"}))
    titles = {row[0] for row in found}
    assert {"Tableau", "Lignes de coût"} & titles == {"Tableau", "Lignes de coût"} or len(titles) > 2, titles
    lines = [row for row in found if "Ligne " in row[1]]
    assert len(lines) == 120 == len({row[1] for row in lines})
    assert any("Téléphonie" in row[1] and row[0] not in {lines[0][0]} for row in found), "the figures by kind"
    book = owner.get("/costs", params={**DAYS, "format": "xlsx"})
    with zipfile.ZipFile(io.BytesIO(book.content)) as files:
        assert len([name for name in files.namelist() if "worksheets/sheet" in name]) > 2
        assert b"<f>" not in b"".join(files.read(name) for name in files.namelist())


def test_a_file_is_filtered_as_the_page_is(here: Garage) -> None:
    keep(here, told("won", Match(person=ONE, how=How.NUMBER)))
    owner = here.browser(Role.OWNER)
    assert len(rows(owner.get("/opportunities?state=won&format=csv"))) == 2
    assert owner.get("/opportunities?state=lost&format=csv").headers["content-type"].startswith("text/html")
    page = owner.get("/opportunities?state=won").text
    assert "/opportunities?state=won&amp;format=csv" in page


def test_a_file_shows_what_the_page_shows(here: Garage) -> None:
    here.tell(*missed("=evil", caller="+33639987654", queue='=HYPERLINK("x")'))
    reader = here.browser(Role.READER)
    for kind in ("calls", "journeys"):
        text = reader.get(f"/{kind}", params={"format": "csv"}).text
        assert "39987654" not in text.replace(" ", "") and "54" in text
        cells = [cell for row in csv.reader(io.StringIO(text), delimiter=";") for cell in row]
        assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []
    agent = here.browser(Role.AGENT)
    assert agent.get("/costs", params={"format": "csv"}).status_code == 403
    assert agent.get("/settings/members", params={"format": "xlsx"}).status_code == 403
    nobody = here.visitor().get("/callbacks", params={"format": "csv"})
    assert (nobody.status_code, nobody.headers["location"]) == (303, "/sign-in")
    elsewhere = here.browser(Role.OWNER, of=here.other).get("/calls", params={"format": "csv"})
    assert "Site a1" not in elsewhere.text


def test_whoever_takes_a_file_is_noted(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert owner.get("/settings/members", params={"format": "csv"}).status_code == 200
    assert owner.get("/settings/members", params={"format": "exe"}).headers["content-type"].startswith("text/html")
    text = owner.get("/settings/audit-log").text
    assert "a emporté les tableaux d’une page" in text and "/settings/members" in text


def test_figures_that_are_not_ready_are_no_file(tmp_path: Path) -> None:
    with garage(tmp_path) as found:
        answer = found.browser(Role.OWNER).get("/costs", params={"format": "csv"})
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
