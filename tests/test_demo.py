"""The demonstration of the README: two businesses, two whole reports, then live calls."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

MISSED = re.compile(r"Manqués aujourd’hui</dt><dd><a [^>]*>[1-9]")
DECROCHE = str(Path(sys.prefix) / "bin" / "decroche")


@contextmanager
def demonstration(*options: str, seconds: str | None = None) -> Iterator[subprocess.Popen[str]]:
    """``decroche demo`` as it runs. What is set for a server of this machine must not reach it."""
    environment = {
        **{name: value for name, value in os.environ.items() if name != "DEMO_SECONDS"},
        "DECROCHE_DATABASE": "postgresql://nobody@127.0.0.1:1/none",
        "DECROCHE_PUBLIC_URL": "https://calls.business.example",
    }
    if seconds is not None:
        environment["DEMO_SECONDS"] = seconds
    with subprocess.Popen(
        [DECROCHE, "demo", *options],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment,
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def check_reports(out: Path, printed: str) -> None:
    folders = sorted(path.parent for path in out.rglob("report.html"))
    assert len(folders) == 2
    unwrapped = "".join(printed.split())
    for folder in folders:
        assert str(folder) in unwrapped
        assert {path.name for path in folder.iterdir()} >= {"report.pdf", "report.json", "report.xlsx", "rejected.csv"}
        accounting = json.loads((folder / "report.json").read_text(encoding="utf-8"))["accounting"]
        parts = [accounting[part] for part in ("calls", "legs_joined", "ignored", "rejected")]
        assert accounting["rows_read"] == sum(parts) > 1000


def read_until_address(running: subprocess.Popen[str]) -> tuple[str, str]:
    """What is printed up to the address of the live page, and the address."""
    assert running.stdout is not None
    printed = ""
    for line in running.stdout:
        printed += line
        if found := re.search(r"http://127\.0\.0\.1:\d+/sign-in/link/\S+", line):
            return printed, found.group()
    raise AssertionError(printed)


def until_it_shows(what: re.Pattern[str], browser: httpx.Client, address: str) -> Iterator[str]:
    """The live page as it is now, and again whenever it changes, until it shows ``what`` or the server ends."""
    yield browser.post(address, headers={"Sec-Fetch-Site": "same-origin"}).text
    address = str(httpx.URL(address).join("/"))
    with browser.stream("GET", httpx.URL(address).join("/live/changes")) as changes:
        for _ in changes.iter_lines():
            page = browser.get(address).text
            yield page
            if what.search(page):
                return


@pytest.mark.hard
def test_the_demonstration_makes_two_reports_then_shows_live_calls_and_ends_by_itself(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with demonstration("--out", str(tmp_path), "--port", str(port), seconds="15") as running:
            printed, address = read_until_address(running)
            check_reports(tmp_path, printed)
            assert f":{port}/" not in address
            with httpx.Client(follow_redirects=True, timeout=20) as browser:
                pages = list(until_it_shows(MISSED, browser, address))
            rest, errors = running.communicate(timeout=60)
    assert "Garage des Alpes, Lyon" in pages[0] and "simulés" in pages[0]
    assert MISSED.search(pages[-1]), "the calls before its start are not shown"
    assert (running.returncode, errors) == (0, "")
    assert re.search(r"terminée\s: [1-9]\d*\sévénements? livrés?\.", rest), rest


@pytest.mark.hard
def test_the_demonstration_is_stopped_by_ctrl_c_though_a_page_is_open(tmp_path: Path) -> None:
    with demonstration("--out", str(tmp_path), "--lang", "en", "--speed", "200", "--port", "0") as running:
        _, address = read_until_address(running)
        with httpx.Client(follow_redirects=True, timeout=20) as browser:
            day = browser.post(address, headers={"Sec-Fetch-Site": "same-origin"}).text
            assert re.search(r"Time passes 200\stimes faster", day)
            for page in ("campaigns", "costs", "experiments", "opportunities"):
                shown = browser.get(httpx.URL(address).join(f"/{page}"))
                assert shown.status_code == 200 and "imulated" in shown.text.partition("<main")[2], page
            with browser.stream("GET", httpx.URL(address).join("/live/changes")) as changes:
                assert next(changes.iter_lines())
                running.send_signal(signal.SIGINT)
                rest, errors = running.communicate(timeout=60)
    assert (running.returncode, errors) == (0, "")
    assert "The demonstration is over" in rest


@pytest.mark.hard
def test_the_demonstration_serves_nothing_when_it_is_told_so(tmp_path: Path) -> None:
    with demonstration("--out", str(tmp_path), "--no-serve") as running:
        printed, errors = running.communicate()
    assert (running.returncode, errors) == (0, "")
    check_reports(tmp_path, printed)
    assert "http" not in printed


@pytest.mark.parametrize("seconds", ["soon", "-3", "nan"])
def test_a_duration_that_is_none_is_refused_before_anything_is_made(tmp_path: Path, seconds: str) -> None:
    with demonstration("--out", str(tmp_path / "out"), seconds=seconds) as running:
        _, errors = running.communicate()
    assert running.returncode == 2
    assert f"DEMO_SECONDS={seconds}" in errors
    assert not (tmp_path / "out").exists()
