"""Debian's Chromium without a window: it loads pages from here, and tells what it asked for and complained about."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

if TYPE_CHECKING:  # playwright is there for the hard tests alone, and the quick ones collect these modules too
    from playwright.sync_api import BrowserContext, CDPSession, Page, Playwright

CHROMIUM = "/usr/bin/chromium"
_FLAGS = (
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    # Whatever a page asks of another host fails at once, and stands in what it asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
#: Where pictures are put when somebody wants to look at them: DECROCHE_PICTURES=folder.
PICTURES = os.environ.get("DECROCHE_PICTURES")
#: The most that the first load of a page may send, in bytes.
FIRST_LOAD = 200_000
_GRAVE = ("serious", "critical")


@dataclass
class Browser:
    """One browser with one page. ``asked`` are the addresses that it asked for, ``said`` what its console holds,
    ``sent`` the bytes that came, ``status`` that of the last page."""

    page: Page
    context: BrowserContext
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    sent: int = 0
    status: int = 200

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self._note(request.url))
        self.page.on("console", lambda line: self.said.append(f"{line.type}: {line.text} ({line.location['url']})"))
        self.page.on("pageerror", lambda error: self.said.append(f"error: {error}"))
        self.devtools.send("Network.enable")
        self.devtools.on("Network.loadingFinished", self._weigh)

    @property
    def devtools(self) -> CDPSession:
        """What only Chromium can do."""
        if not hasattr(self, "_devtools"):
            self._devtools = self.context.new_cdp_session(self.page)
        return self._devtools

    def _note(self, url: str) -> None:
        if not url.startswith(("chrome://", "data:", "about:")):
            self.asked.append(url)

    def _weigh(self, finished: dict[str, Any]) -> None:
        self.sent += int(finished["encodedDataLength"])

    def open(self, url: str) -> None:
        """Go to an address, and wait until it and what it needs is there. Live lines stay open beyond that."""
        answer = self.page.goto(url, wait_until="load")
        self.status = 200 if answer is None else answer.status

    def look_like(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """The window, and whether the person likes dark pages."""
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")

    def run(self, script: str, argument: object = None) -> Any:
        """What the body of a function of ``argument`` returns, in JavaScript."""
        return self.page.evaluate(f"(argument) => {{ {script} }}", argument)

    def until(self, script: str, argument: object = None, *, seconds: float = 20) -> Any:
        """What an expression of JavaScript gives, once it gives something that is true."""
        from playwright.sync_api import Error

        wanted, most = f"(argument) => {script}", seconds * 1000
        while True:
            found = self.page.wait_for_function(wanted, arg=argument, timeout=most, polling=50)
            try:
                return found.json_value()
            except Error as error:
                # The page went to another right then, and took what it gave along: that one is asked.
                if "context was destroyed" not in str(error):
                    raise

    def text(self, selector: str) -> str:
        """What a person reads in an element."""
        return " ".join(str(self.run("return document.querySelector(argument).innerText", selector)).split())

    def press(self, *keys: str) -> None:
        """Press keys of the keyboard, by their names (Tab, Enter)."""
        for key in keys:
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Type where the keyboard is."""
        self.page.keyboard.type(text)

    def click(self, selector: str) -> None:
        """Click, once it can be seen and reached."""
        self.page.click(selector)

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """The page as a picture; only the window, unless ``whole``."""
        self.page.screenshot(path=path, full_page=whole)

    def complaints(self) -> list[str]:
        """What the browser wrote to its console since the last time: errors, warnings, what its rules forbade."""
        self.run("return 0")  # lets what is on its way arrive
        said, self.said[:] = list(self.said), []
        return [line for line in said if line.startswith(("error", "warning"))]

    def barriers(self) -> list[str]:
        """What axe finds on the page that keeps people with disabilities out: its serious and critical findings."""
        source = files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")
        if not self.run("return 'axe' in window"):
            self.page.evaluate(source)
        found = self.page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{each['impact']} {each['id']}: {node['html'][:160]} {node.get('failureSummary', '')[:300]}"
            for each in found["violations"]
            if each["impact"] in _GRAVE
            for node in each["nodes"]
        ]


class _Driver:
    """What speaks to browsers: one for all that are open, gone with the last, since it keeps an event loop busy."""

    def __init__(self) -> None:
        self._users = 0
        self._playwright: Playwright | None = None

    def __enter__(self) -> Playwright:
        if self._playwright is None:
            from playwright.sync_api import sync_playwright

            self._playwright = sync_playwright().start()
        self._users += 1
        return self._playwright

    def __exit__(self, *_: object) -> None:
        self._users -= 1
        if self._users == 0 and self._playwright is not None:
            self._playwright.stop()
            self._playwright = None


_driver = _Driver()


@contextmanager
def browser(*, touch: bool = False, scripts: bool = True) -> Iterator[Browser]:
    """A browser that nobody used before; with a finger instead of a mouse, or without scripts, if so asked."""
    if not Path(CHROMIUM).exists():
        raise AssertionError("the Debian package chromium is missing: scripts/setup browser")
    with _driver as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(_FLAGS), chromium_sandbox=False, timeout=60_000
        )
        try:
            context = chromium.new_context(
                viewport={"width": 1280, "height": 900}, has_touch=touch, java_script_enabled=scripts
            )
            yield Browser(context.new_page(), context)
        finally:
            chromium.close()


def look(
    chromium: Browser,
    base: str,
    path: str,
    *,
    name: str,
    languages: Sequence[str] = ("",),
    widths: Sequence[int] = (1280, 390),
    ready: str = "true",
) -> None:
    """Look at a page as people do: in both themes and both widths (and in ``languages``, where ``?lang=`` chooses one).

    Nothing is wider than the window, nobody is kept out, nothing is complained of or asked of others. With
    DECROCHE_PICTURES=folder each is photographed. ``ready`` is an expression that becomes true when all is there.
    """
    for language in languages:
        asked = path + (f"{'&' if '?' in path else '?'}lang={quote(language)}" if language else "")
        for width in widths:
            for dark in (False, True):
                chromium.look_like(width=width, dark=dark)
                chromium.open(base + asked)
                chromium.until(ready)
                where = f"{asked} {width} {'dark' if dark else 'light'}"
                if PICTURES:
                    Path(PICTURES).mkdir(parents=True, exist_ok=True)
                    shown = "-".join(part for part in (name, language, str(width), "dark" if dark else "light") if part)
                    chromium.picture(Path(PICTURES) / f"{shown}.png")
                assert chromium.run("return document.documentElement.scrollWidth") <= width, where
                assert (found := chromium.barriers()) == [], f"{where}: {found}"
                # A page about a trouble has its status, which a console tells.
                own_status = f"Failed to load resource: the server responded with a status of {chromium.status}"
                said = [
                    line for line in chromium.complaints() if not (own_status in line and f"({base + asked})" in line)
                ]
                assert said == [], f"{where}: {said}"
    assert {urlsplit(url).netloc for url in chromium.asked} <= {urlsplit(base).netloc}


def weigh(chromium: Browser, url: str) -> int:
    """How many bytes the first load of a page sends, by the wire and with nothing kept from before."""
    chromium.devtools.send("Network.clearBrowserCache")
    chromium.open("about:blank")
    chromium.sent = 0
    chromium.open(url)
    chromium.complaints()  # those of this page were read when it was looked at
    return chromium.sent
