"""A supervisor counts a campaign by thumb and by keyboard, and writes a decision down; both pages are looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from decroche.model.member import Role
from tests.web.browser import FIRST_LOAD, Browser, browser, look, weigh
from tests.web.garage import Garage, garage, on_a_port

pytestmark = pytest.mark.hard


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture(scope="module", params=["fr", "en"])
def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("campaigns"), language=request.param) as found:
        yield found


@pytest.fixture(scope="module")
def address(here: Garage) -> Iterator[str]:
    with on_a_port(here) as found:
        yield found


@pytest.fixture
def base(here: Garage, address: str, chromium: Browser) -> str:
    chromium.context.clear_cookies()
    chromium.asked.clear()
    session = here.session(here.member(Role.SUPERVISOR))
    chromium.context.add_cookies([{"name": here.cookie, "value": session, "url": address}])
    return address


def half_a_year(folder: Path) -> Path:
    """A campaign of 3,000 dials from July to the middle of November, in which one script and one town do better."""
    first = datetime(2026, 7, 6, 9, 0, tzinfo=UTC)
    lines = ["Téléphone;Date appel;Résultat;Montant;Date vente;Script;Ville"]
    for n in range(3000):
        person, script, town = n * 7 % 2000, "AB"[n % 2], ("Lyon", "Bron", "Lille")[n % 3]
        at = first + timedelta(days=n * 130 // 3000, minutes=n * 37 % 480)
        luck = n * 7919 % 100
        won = luck < (9 if script == "B" else 3) + (4 if town == "Lyon" else 0)
        result = "Vente" if won and luck % 3 == 0 else "RDV pris" if won else ("Absent", "Refus", "Répondeur")[luck % 3]
        sold = f"{at + timedelta(days=luck * 7 % 60):%d/%m/%Y}" if result == "Vente" else ""
        amount = "1200" if result == "Vente" else ""
        lines.append(f"06{person:08};{at:%d/%m/%Y %H:%M};{result};{amount};{sold};{script};{town}")
    path = folder / "campagne.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_campaign_is_counted_and_decided_on(chromium: Browser, base: str, tmp_path: Path) -> None:
    chromium.look_like(width=390)
    chromium.open(f"{base}/campaigns")
    assert chromium.status == 200
    chromium.page.fill("#f-name", "Relance d'été")
    chromium.page.set_input_files("#f-file", half_a_year(tmp_path))
    for name, value in (("cost", "9000"), ("margin", "400"), ("profit", "20 %"), ("goal", "8 %")):
        chromium.page.fill(f"#f-{name}", value)
    chromium.click("form[enctype] button.main")
    chromium.until("location.pathname.startsWith('/campaigns/')")
    path = chromium.run("return location.pathname")
    assert "script" in chromium.text("#lever-said")
    chromium.look_like(width=1280)
    chromium.page.focus("#f-kind")
    chromium.press("ArrowDown", "Tab")
    chromium.page.fill("#f-decided_on", "2026-09-02")
    chromium.page.focus("#f-reason")
    chromium.type("Le script B ouvre mieux")
    chromium.press("Enter")
    chromium.until("location.search.includes('done=campaign_decided')")
    assert "Le script B ouvre mieux" in chromium.text("#decisions-made")
    assert chromium.complaints() == []
    code = chromium.run("return document.documentElement.lang")
    look(chromium, base, path, name=f"campaign-{code}")
    look(chromium, base, "/campaigns", name=f"campaigns-{code}")
    assert weigh(chromium, base + path) < FIRST_LOAD


def test_the_first_campaign_is_asked_for(chromium: Browser, base: str) -> None:
    chromium.open(f"{base}/campaigns")
    assert chromium.text("#new")
