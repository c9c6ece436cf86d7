"""Debian's Chromium without a window: it loads pages from here, and tells what it asked for and complained about."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    # Whatever a page asks of another host fails at once, and stands in what it asked for.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Browser:
    """One browser with one page."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver
        self._asked: list[str] = []

    def look_like(self, *, width: int, height: int = 900, dark: bool = False) -> None:
        """The window, and whether the person likes dark pages."""
        scale = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", scale)
        wish = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [wish]})

    def run(self, script: str, *arguments: object) -> Any:
        """What JavaScript returns."""
        return self.driver.execute_script(script, *arguments)

    def until(self, script: str, *arguments: object, seconds: float = 20) -> Any:
        """What an expression of JavaScript gives, once it gives something that is true."""
        from selenium.webdriver.support.ui import WebDriverWait

        def look(driver: Any) -> Any:
            return driver.execute_script(f"return {script}", *arguments)

        return WebDriverWait(self.driver, seconds, poll_frequency=0.05).until(look, script)

    def text(self, selector: str) -> str:
        """What a person reads in an element."""
        found = self.run("return document.querySelector(arguments[0]).innerText", selector)
        return " ".join(str(found).split())

    def press(self, *keys: str) -> None:
        """Type on the keyboard."""
        from selenium.webdriver.common.action_chains import ActionChains

        ActionChains(self.driver).send_keys(*keys).perform()

    def picture(self, path: Path, *, whole: bool = True) -> None:
        """The page as a picture; only the window, unless ``whole``."""
        import base64

        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        path.write_bytes(base64.b64decode(shot["data"]))

    def asked(self) -> list[str]:
        """Every address that the page has asked for."""
        for line in self.driver.get_log("performance"):
            message = json.loads(line["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                url = message["params"]["request"]["url"]
                if not url.startswith(("chrome://", "data:")):  # its own first page, before ours
                    self._asked.append(url)
        return self._asked

    def complaints(self) -> list[str]:
        """What the browser wrote to its console since the last time: errors, warnings, what its rules forbade."""
        return [f"{line['level']}: {line['message']}" for line in self.driver.get_log("browser")]


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser that nobody used before."""
    if not Path(CHROMIUM).exists() or not Path(DRIVER).exists():
        raise AssertionError("the Debian packages chromium and chromium-driver are missing: scripts/setup browser")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    folder = tempfile.mkdtemp(prefix="decroche-browser-")
    for flag in (*_FLAGS, f"--user-data-dir={folder}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(DRIVER))
    try:
        yield Browser(driver)
    finally:
        driver.quit()
        shutil.rmtree(folder, ignore_errors=True)
