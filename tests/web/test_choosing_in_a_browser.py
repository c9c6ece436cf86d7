"""The page on which callers choose a time, in a real browser: on a phone and a desk, without scripts."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.web.browser import browser
from tests.web.garage import garage, missed, on_a_port
from tests.web.test_choosing import LATER, address

pytestmark = pytest.mark.hard


def test_a_time_is_chosen_and_moved_on_a_phone_without_scripts(tmp_path: Path) -> None:
    with garage(tmp_path) as here, browser(scripts=False) as chromium:
        here.tell(*missed("a"))
        here.now = LATER
        path = address(here)
        with on_a_port(here) as base:
            for width, dark in ((1280, False), (390, True), (320, False)):
                chromium.look_like(width=width, dark=dark)
                chromium.open(base + path)
                assert chromium.run("return document.documentElement.scrollWidth") <= width
                # A thumb needs 44 pixels.
                assert chromium.run("return document.querySelector('button').getBoundingClientRect().height") >= 44
            chromium.click("button[name=slot]")
            assert chromium.text("h1").startswith("C’est noté")
            chosen = chromium.text("h1")
            chromium.click("summary")
            chromium.page.locator("button[name=slot]").last.click()
            assert chromium.text("h1").startswith("C’est noté") and chromium.text("h1") != chosen
            assert {urlsplit(url).netloc for url in chromium.asked} == {urlsplit(base).netloc}
            assert chromium.complaints() == []
