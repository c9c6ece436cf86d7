"""An agent's morning in a real browser: by thumb on a phone, by keyboard on a desk, and beside a colleague."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.ledger.recovery_tables import texts
from decroche.ledger.work_items import WorkItem, close, read_item
from decroche.model.member import Role
from tests.web.browser import Browser, browser
from tests.web.garage import Garage, garage, on_a_port
from tests.web.test_desk_in_a_browser import TARGET
from tests.web.workday import ANN, BOB, CARL, missed_person, named, recovery_on, wrote

pytestmark = pytest.mark.hard

#: What stands on the screens in each language.
WORDS = {
    "fr": {"sent": "Rappelez-moi après 14 h", "put_off": "Reporté", "told": "C’est noté", "yours": "À vous"},
    "fr-CA": {"sent": "Rappelez-moi après 14 h", "put_off": "Reporté", "told": "C’est noté", "yours": "À vous"},
    "en": {"sent": "Call me after two", "put_off": "Put off", "told": "Noted", "yours": "Yours"},
}
#: Whatever can be aimed at in what is on the screen, and is too small for a thumb.
TOO_SMALL = (
    "return [...document.querySelectorAll('main button, main a.button, main select, main input, main summary')]"
    ".filter((each) => each.checkVisibility() && each.type !== 'hidden' && each.type !== 'checkbox'"
    f" && each.getBoundingClientRect().height < {TARGET}).map((each) => each.outerHTML)"
)


@pytest.fixture(scope="module")
def phone() -> Iterator[Browser]:
    with browser(touch=True) as found:
        yield found


@pytest.fixture(scope="module")
def desk() -> Iterator[Browser]:
    with browser() as found:
        yield found


@contextmanager
def morning(folder: Path, language: str = "fr") -> Iterator[tuple[Garage, str, dict[str, str]]]:
    """Three people were missed, and one of them wrote. Gives the address, and the items by whom they are about."""
    with garage(folder, language=language) as here:
        # In Montréal the morning begins six hours later.
        here.now += timedelta(hours=6 if language == "fr-CA" else 0)
        recovery_on(here)
        items = {
            "ann": missed_person(here, "1", ANN, minutes=3),
            "bob": missed_person(here, "2", BOB, minutes=9),
            "carl": missed_person(here, "3", CARL, minutes=30),
        }
        named(here, ANN, "Anne Morel", value=900.0)
        items["text"] = wrote(here, "t", CARL, WORDS[language]["sent"], minutes=2)
        with on_a_port(here) as base:
            yield here, base, items


def comes_in(person: Browser, base: str, here: Garage, *, name: str = "Nadia Benali", width: int = 390) -> None:
    """Somebody who works there opens the list."""
    # The page of the test before may have asked once more for its own server, which had gone.
    person.open("about:blank")
    person.complaints()
    person.context.clear_cookies()
    session = here.session(here.member(Role.AGENT, name=name))
    person.context.add_cookies([{"name": here.cookie, "value": session, "url": base}])
    person.look_like(width=width, height=844 if width == 390 else 900)
    person.open(f"{base}/callbacks")
    person.until("document.querySelector('#connection.good')")


def item(here: Garage, id: str) -> WorkItem:
    with here.server.ledger.reading() as connection:
        return read_item(connection, here.mine.account, id)


def sent(here: Garage) -> list[Any]:
    """What people of ours wrote."""
    with here.server.ledger.reading() as connection:
        return [row.body for row in connection.execute(sa.select(texts).where(texts.c.author.is_not(None)))]


def well(person: Browser) -> None:
    """Nothing is wider than the window, nobody is kept out, and nothing is complained of."""
    assert person.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert person.barriers() == [] and person.complaints() == []


@pytest.mark.parametrize("language", ["fr", "fr-CA", "en"])
def test_a_morning_with_the_thumb_only(tmp_path: Path, phone: Browser, language: str) -> None:
    said = WORDS[language]
    with morning(tmp_path, language) as (here, base, items):
        comes_in(phone, base, here)
        well(phone)
        assert phone.run(TOO_SMALL) == []
        phone.page.tap("#take-next")
        phone.until("location.pathname === argument", f"/callbacks/{items['ann']}")
        assert said["yours"] in phone.text("#state")
        assert phone.run("return document.querySelector('#call').getAttribute('href')") == f"tel:+{ANN}"
        for id in ("call", "r-reached", "r-do_not_call", "next"):
            box = phone.run("return document.getElementById(argument).getBoundingClientRect().toJSON()", id)
            assert box["top"] > 400 and box["bottom"] <= 844 - 50, (id, "is where a thumb reaches it")
        assert phone.run(TOO_SMALL) == []
        well(phone)
        phone.page.tap("#r-reached")
        phone.until("document.querySelector('#state .alert.good')")
        assert (item(here, items["ann"]).state, item(here, items["ann"]).outcome) == ("done", "reached")
        phone.page.tap("#next")
        phone.until("location.pathname === argument", f"/callbacks/{items['bob']}")
        phone.page.tap("#more-acts > summary")
        phone.page.tap("#more-acts button[value=half_hour]")
        phone.until("document.querySelector('#state').innerText.includes(argument)", said["put_off"])
        assert item(here, items["bob"]).snoozed_until is not None
        phone.page.tap(".thumb a[href='/inbox']")
        phone.until("location.pathname === '/inbox'")
        assert phone.run(TOO_SMALL) == []
        phone.page.tap("[data-item] [data-open]")
        phone.until("document.querySelector('#body')")
        assert said["sent"] in phone.text("#said-so-far")
        order = "return [...document.querySelectorAll('#said-so-far, #body, #refusals')].map((each) => each.id)"
        assert phone.run(order) == ["said-so-far", "body", "refusals"], "one answers before one looks at refusals"
        assert phone.run(TOO_SMALL) == []
        well(phone)
        phone.page.tap("#body")
        phone.type("Oui, 15 h ?")
        phone.page.tap(".write .main")
        phone.until("document.querySelector('#said-so-far').innerText.includes(argument)", "15 h")
        assert sent(here) == ["Oui, 15 h ?"]
        well(phone)


def test_the_same_morning_by_keyboard_only(tmp_path: Path, desk: Browser) -> None:
    with morning(tmp_path) as (here, base, items):
        comes_in(desk, base, here, width=1280)
        desk.press("j", "Enter")
        desk.until("location.pathname === argument", f"/callbacks/{items['ann']}")
        desk.until("document.querySelector('#connection.good')")
        desk.press("t")
        desk.until("document.querySelector('#release')")
        desk.press("n")
        desk.type("Pare-brise, jeudi")
        desk.press("Escape", "2")
        desk.until("document.querySelector('#state .alert.good')")
        assert item(here, items["ann"]).outcome == "appointment"
        assert "Pare-brise, jeudi" in desk.text("#past")
        desk.press("x")
        desk.until("location.pathname === argument", f"/callbacks/{items['bob']}")
        desk.press("s", "Enter")
        desk.until("document.querySelector('#state').innerText.includes('Reporté')")
        assert item(here, items["bob"]).snoozed_until is not None
        desk.press("u")
        desk.until("location.pathname === '/callbacks'")
        desk.open(f"{base}/inbox")
        desk.press("j", "Enter")
        desk.until("document.querySelector('#body')")
        desk.run("document.querySelector('#body').focus()")
        desk.type("Oui")
        desk.press("Tab", "Enter")
        desk.until("document.querySelector('#said-so-far .ours')")
        assert sent(here) == ["Oui"]
        well(desk)


def test_a_claim_is_seen_by_a_colleague_within_a_second(tmp_path: Path, phone: Browser, desk: Browser) -> None:
    with morning(tmp_path) as (here, base, items):
        comes_in(phone, base, here, name="Luc Petit")
        comes_in(desk, base, here, width=1280)
        line = f"document.querySelector('#i-{items['bob']}').innerText"
        assert "Luc Petit" not in desk.run(f"return {line}")
        phone.page.tap(f"#i-{items['bob']} button")
        phone.until("document.querySelector('#release')")
        desk.until(f"{line}.includes('Pris par Luc Petit')", seconds=1)
        desk.open(f"{base}/callbacks/{items['bob']}")
        assert "Pris par Luc Petit" in desk.text("#state")
        assert desk.run("return document.querySelector('#outcome')") is None
        well(desk)


def test_somebody_who_calls_by_themselves_leaves_the_screen_and_it_says_why(tmp_path: Path, desk: Browser) -> None:
    with morning(tmp_path) as (here, base, items):
        comes_in(desk, base, here, width=1280)
        place = f"document.querySelector('#i-{items['bob']}')"
        order = "return [...document.querySelectorAll('[data-item]')].map((each) => each.id)"
        before = desk.run(order)
        told = {"emptied": {"state": "recovered", "by": "their_call", "ref": None, "at": here.now.isoformat()}}
        with here.server.ledger.writing() as connection:
            close(connection, here.mine.account, items["bob"], because="recovered", now=here.now, about=told)
        here.server.capture.feed.wake()
        desk.until(f"{place}.innerText.includes('A rappelé et quelqu’un a décroché')")
        assert desk.run(order) == before, "nothing moves under the hand of whoever reads"
        assert desk.run(f"return {place}.querySelector('button')") is None
        desk.open(f"{base}/callbacks/{items['bob']}")
        assert "A rappelé et quelqu’un a décroché" in desk.text("#state")
        well(desk)
