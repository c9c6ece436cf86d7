"""The pages in a real browser: they move by themselves, are honest about a lost connection, and ask nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from decroche.ledger.member_tables import sessions
from decroche.model.fact import Fact, Stage
from decroche.model.member import Role
from tests.web.browser import Browser, browser
from tests.web.garage import NOW, PASSWORD, Garage, call, garage, minutes_ago, missed, on_a_port
from tests.web.wire import Wire

pytestmark = pytest.mark.hard


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as found:
        yield found


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def sign_in(chromium: Browser, base: str, here: Garage, role: Role = Role.READER) -> None:
    """As a person does, without a mouse."""
    email = here.with_password(role)
    # The page of the test before asks on for its own server, which has gone.
    chromium.open("about:blank")
    chromium.asked.clear()
    chromium.look_like(width=1280)
    chromium.context.clear_cookies()
    chromium.open(base)
    chromium.until("document.querySelector('#email')")
    chromium.press("Tab", "Tab")
    chromium.type(email)
    chromium.press("Tab")
    chromium.type(PASSWORD)
    chromium.press("Enter")
    chromium.until("document.querySelector('#connection.good')")
    chromium.run("window.loadedOnce = true")


def check_nothing_was_wrong(chromium: Browser, base: str) -> None:
    # The page of the test before may have asked once more for its own server, which had gone.
    assert [line for line in chromium.complaints() if base in line or "//127.0.0.1:" not in line] == []
    assert {urlsplit(url).netloc for url in chromium.asked} == {urlsplit(base).netloc}


def count(label: str) -> str:
    """In the browser: the count under ``label``."""
    return (
        f"[...document.querySelectorAll('.counts div')]"
        f".find((each) => each.querySelector('dt').innerText === '{label}').querySelector('dd').innerText"
    )


def test_calls_come_and_go_without_a_reload(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        sign_in(chromium, base, here)
        assert "Personne au téléphone" in chromium.text("#calls")
        here.tell(*call("1", (2, Stage.RINGING)))
        chromium.until("document.querySelector('#calls .ringing')")
        chromium.until(f"{count('En attente')} === '1'")
        first = chromium.text("#calls time")
        chromium.until("document.querySelector('#calls time').innerText !== argument", first)
        here.tell(Fact(call_key="1", stage=Stage.ENDED, at=NOW + timedelta(seconds=40), final=True))
        chromium.until("!document.querySelector('#calls li')")
        chromium.until("document.querySelector('#missed li') && document.querySelector('#back li')")
        assert chromium.run(f"return [{count('En attente')}, {count('Manqués aujourd’hui')}]") == ["0", "1"]
        assert "•• 34" in chromium.text("#back")
        assert chromium.run("return window.loadedOnce")
        check_nothing_was_wrong(chromium, base)
        # The server sent what changed: the browser asked once, when the line was open.
        assert [urlsplit(url).path for url in chromium.asked].count("/live/now") == 1


def test_time_passes_as_fast_as_the_clock_of_a_demonstration(tmp_path: Path, chromium: Browser) -> None:
    with garage(tmp_path, times_faster=600) as here, on_a_port(here) as base:
        here.tell(*call("1", (2, Stage.RINGING)))
        sign_in(chromium, base, here)
        chromium.until("Number(document.querySelector('#calls time').innerText.split(':')[0]) >= 5")


def test_a_lost_connection_is_shown_and_heals(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as behind:
        wire = Wire(urlsplit(behind).port or 0)
        base = f"http://127.0.0.1:{wire.port}"
        sign_in(chromium, base, here)
        check_nothing_was_wrong(chromium, base)
        wire.cut()
        chromium.until("document.querySelector('#connection.bad')")
        assert "Liaison coupée" in chromium.text("#connection")
        here.tell(*call("1", (2, Stage.RINGING)))
        wire.mend()
        chromium.until("document.querySelector('#connection.good')", seconds=40)
        chromium.until("document.querySelector('#calls .ringing')")
        assert chromium.text("#connection") == "En direct"
        assert chromium.run("return window.loadedOnce")
        # What it complains of is what the wire did.
        assert all("ERR_CONNECTION" in line or "ERR_" in line for line in chromium.complaints())
        chromium.open("about:blank")
        wire.cut()


def test_a_session_that_was_ended_leads_to_the_sign_in(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        sign_in(chromium, base, here)
        with here.server.ledger.writing() as connection:
            connection.execute(sessions.delete())
        here.tell(*call("1"))
        chromium.until("document.querySelector('#email')")


def test_whoever_moves_with_the_keyboard_keeps_their_place(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        sign_in(chromium, base, here)
        chromium.press("Tab")
        assert chromium.run("return document.activeElement.className") == "skip"
        chromium.press("Enter")
        order = []
        for _ in range(6):
            chromium.press("Tab")
            order.append(chromium.run("return document.activeElement.id"))
        assert order == ["", "to-answered", "to-missed", "to-open", "to-recovered", "system-1"], (
            "the wallboard comes first"
        )
        chromium.run("document.activeElement.mark = true")
        here.note(heard_at=minutes_ago(1))
        here.tell(*call("1"))
        chromium.until("document.querySelector('#systems .good')")
        assert chromium.run("return [document.activeElement.id, document.activeElement.mark]") == ["system-1", None]
        chromium.press("Enter")
        chromium.until("document.querySelector('#lights .good')")
        assert "La liaison marche" in chromium.text("#lights")


def test_a_screen_reader_is_told_the_counts_now_and_then(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        sign_in(chromium, base, here)
        said = chromium.until("document.querySelector('#said[role=status]').textContent")
        assert "0 appel attend" in said.replace("\u00a0", " ")
        for number in range(3):
            here.tell(*call(str(number), caller=f"+3363998000{number}"))
        chromium.until(f"{count('En attente')} === '3'")
        assert chromium.run("return document.querySelector('#said').textContent") == said
        assert chromium.run("return document.querySelectorAll('[aria-live], [role=alert]').length") == 0


@pytest.mark.parametrize("language", ["fr", "fr-CA", "en"])
def test_nothing_is_wider_than_a_telephone(tmp_path: Path, chromium: Browser, language: str) -> None:
    long = "Ateliermécaniqueetcarrosseriegénérale de la vallée du Haut-Richelieu"
    with garage(tmp_path, language=language, name=f"{long} – {long}") as here, on_a_port(here) as base:
        for number in range(20):
            caller = f"+3363998{1000 + number}"
            here.tell(*missed(f"m{number}", at=minutes_ago(number + 1), caller=caller, queue=long, department=long))
            here.tell(*call(f"c{number}", (2, Stage.ANSWERED, {"agent": long}), queue=long))
        here.note(problem=f"{long}: https://{'x' * 80}.example")
        sign_in(chromium, base, here, Role.OWNER)
        for path in ("/", "/connect", "/connect/ringover", "/connect/freeswitch", "/connect/twilio"):
            chromium.open(base + path)
            for width in (320, 390, 1280):
                chromium.look_like(width=width)
                assert chromium.run("return document.documentElement.scrollWidth") <= width, (path, width)
        check_nothing_was_wrong(chromium, base)


def test_the_browser_would_tell_what_its_rules_forbid(here: Garage, chromium: Browser) -> None:
    with on_a_port(here) as base:
        sign_in(chromium, base, here)
        chromium.run("document.body.insertAdjacentHTML('beforeend', '<img src=\"https://elsewhere.example/1.png\">')")
        chromium.run("fetch('https://elsewhere.example/2').catch(() => 0)")
        complaints: list[str] = []
        while len(complaints) < 2:
            complaints += chromium.complaints()
        assert all("Content Security Policy" in line for line in complaints)
