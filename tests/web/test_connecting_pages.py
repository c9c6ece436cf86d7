"""The set-up page of each phone system, with the address to paste and a light that says whether it works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from decroche.connector_kit.connector import Connector
from decroche.connectors.platforms import PLATFORMS
from decroche.model.member import Role
from tests.web.garage import Garage, garage, minutes_ago


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("garage"), public_url="https://calls.garage.example") as found:
        yield found


def test_every_phone_system_is_listed_with_what_it_offers(here: Garage) -> None:
    text = here.browser().get("/connect").text
    lines = dict(re.findall(r'<li><a href="/connect/(\w+)">(.*?)</li>', text))
    assert lines.keys() == {each.name for each in PLATFORMS}
    assert "branchée" in lines["ringover"] and "branchée" not in lines["aircall"]
    assert lines["aircall"].startswith("Aircall</a>") and "en direct, appels passés, fichiers" in lines["aircall"]


@pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
def test_every_set_up_page_is_shown_whole_with_nothing_that_is_forbidden(here: Garage, platform: Connector) -> None:
    name = platform.name
    answer = here.browser(Role.OWNER).get(f"/connect/{name}")
    assert answer.status_code == 200
    assert "{hook_url}" not in answer.text and "{public_url}" not in answer.text
    assert re.search(r"<h1>.*</h1>", answer.text) and "<h2>" in answer.text
    assert re.findall(r'style="|<script(?! src="/static)|<img|<iframe|\son\w+="', answer.text) == []
    assert (f"decroche connect {name}" in answer.text) == (name != "ringover")
    if platform.events is not None:
        assert "calls.garage.example" in answer.text


def test_the_address_is_told_to_those_who_may_change_things(tmp_path: Path) -> None:
    address = "https://calls.garage.example/hooks/ringover/key-of-a1"
    with garage(tmp_path, public_url="https://calls.garage.example") as found:
        assert address in found.browser(Role.SUPERVISOR).get("/connect/ringover/now").text
        reader = found.browser(Role.AGENT)
        assert "key-of" not in reader.get("/connect/ringover/now").text


@pytest.mark.parametrize(("role", "leads"), [(Role.SUPERVISOR, True), (Role.AGENT, False)])
def test_who_may_set_up_is_led_to_the_button_and_to_the_keys(here: Garage, role: Role, *, leads: bool) -> None:
    for name, way in (("twilio", "/settings/phone-systems/twilio"), ("ringover", "/settings/phone-systems")):
        assert (f'href="{way}"' in here.browser(role).get(f"/connect/{name}/now").text) is leads


def test_the_light_says_whether_anything_was_heard(tmp_path: Path) -> None:
    with garage(tmp_path) as found:
        light = found.browser()

        def shown() -> str:
            return " ".join(light.get("/connect/ringover/now").text.split())

        assert "Rien entendu encore" in shown() and "n’a pas d’adresse publique" in shown()
        found.note(heard_at=minutes_ago(1))
        assert "Nous l’avons entendue (10 h 11). La liaison marche." in shown()
        found.note(problem='[{"sentence":"deliveries are refused","because":{"sentence":"no token is set"}}]')
        assert "des notifications sont refusées : aucun jeton n’est enregistré chez nous" in shown()
        assert "La liaison marche" not in shown()


@pytest.mark.parametrize("path", ["/connect/nobody", "/connect/nobody/now", "/connect/..%2fetc"])
def test_a_phone_system_that_nobody_knows_has_no_page(here: Garage, path: str) -> None:
    assert here.browser().get(path).status_code == 404


def test_english_readers_get_the_english_page(tmp_path: Path) -> None:
    with garage(tmp_path, language="en") as found:
        text = found.browser().get("/connect/aircall").text
        assert '<html lang="en" ' in text and "Not connected yet." in text and "webhook" in text.lower()
