"""The page of BI tools: an address is made, read, told when it was read, and closed; a spreadsheet is connected."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from decroche.ledger.feed_tables import sheet_pushes
from decroche.model.member import Role
from tests.platforms.google_sheets import EMAIL, ID, key_file
from tests.web.garage import Garage, garage
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
HERE = "/settings/feeds"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def test_an_address_is_made_read_and_closed(here: Garage) -> None:
    three_weeks(here)
    put_in_columns(here)
    owner = here.browser(Role.OWNER)
    assert "Aucune adresse" in owner.get(HERE).text and HERE in owner.get("/settings").text
    assert owner.post(HERE, data={"name": "Looker Studio"}).status_code == 422
    made = owner.post(HERE, data={"name": "Looker <b>", "tables": ["v1_daily_kpi", "v1_calls"]})
    assert made.status_code == 200 and "Looker <b>" not in made.text
    paths = re.findall(r"(/feeds/dcf_[\w-]+/v1_\w+\.csv)", made.text)
    assert [path.rpartition("/")[2] for path in paths] == ["v1_calls.csv", "v1_daily_kpi.csv"]
    secret = paths[0].split("/")[2]
    assert secret not in owner.get(HERE).text and "jamais lue" in owner.get(HERE).text
    # A tool has no cookie.
    told = here.visitor().get(paths[0])
    assert told.status_code == 200 and len(told.text.splitlines()) == 21 * 12 + 1
    assert "39982" not in told.text and told.headers["referrer-policy"] == "no-referrer"
    assert "jamais lue" not in owner.get(HERE).text
    stranger = here.browser(Role.OWNER, of=here.other)
    assert "Looker &lt;b" not in stranger.get(HERE).text
    (id,) = re.findall(r"/settings/feeds/(\w+)/revoke", owner.get(HERE).text)
    assert stranger.post(f"{HERE}/{id}/revoke").status_code == 303 and here.visitor().get(paths[0]).status_code == 200
    assert owner.post(f"{HERE}/{id}/revoke").headers["location"] == f"{HERE}?done=feed_revoked"
    assert here.visitor().get(paths[0]).status_code == 404
    assert secret not in owner.get("/settings/audit-log").text


def test_a_spreadsheet_is_connected_and_removed(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    form = {
        "sheet_name": "Tableau", "spreadsheet": f"https://docs.google.com/spreadsheets/d/{ID}/edit", "key": key_file(),
        "begin": "2026-10-01", "sheet_tables": "v1_daily_kpi",
    }  # fmt: skip
    for name, value in (("key", "{}"), ("spreadsheet", "https://example.com"), ("begin", ""), ("sheet_name", " ")):
        refused = owner.post(f"{HERE}/sheets", data={**form, name: value})
        assert refused.status_code == 422 and "PRIVATE" not in refused.text, name
    assert owner.post(f"{HERE}/sheets", data=form).headers["location"] == f"{HERE}?done=sheet_connected"
    text = owner.get(HERE).text
    assert EMAIL in text and "PRIVATE" not in text and "pas encore écrite" in text
    with here.server.ledger.reading() as connection:
        assert b"PRIVATE" not in connection.execute(sa.select(sheet_pushes.c.secrets)).scalar_one()
    (id,) = re.findall(r"/settings/feeds/sheets/(\w+)/remove", text)
    assert owner.post(f"{HERE}/sheets/{id}/remove").status_code == 303
    assert EMAIL not in owner.get(HERE).text


def test_only_owners_open_the_figures_to_tools(here: Garage) -> None:
    for role in (Role.SUPERVISOR, Role.AGENT, Role.READER):
        browser = here.browser(role)
        assert browser.get(HERE).status_code == 403
        assert browser.post(HERE, data={"name": "x", "tables": "v1_calls"}).status_code == 403
