"""Pages go out compressed to browsers that understand it, except where their length could tell something."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from decroche.model.member import Role
from tests.web.garage import Garage, garage


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def raw(asking: httpx.Client, path: str, **headers: str) -> tuple[httpx.Response, bytes]:
    """An answer and its body as it came."""
    with asking.stream("GET", path, headers={"Accept-Encoding": "gzip", **headers}) as answer:
        return answer, b"".join(answer.iter_raw())


def test_a_page_and_its_files_are_compressed(here: Garage) -> None:
    asking = here.browser(Role.OWNER)
    page, body = raw(asking, "/")
    assert page.headers["content-encoding"] == "gzip"
    assert page.headers["content-length"] == str(len(body))
    assert "accept-encoding" in page.headers["vary"].lower()
    plain, whole = raw(asking, "/", **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert len(body) < len(whole) / 2
    style = re.findall(r'href="(/static/[^"]+[.]css[^"]*)"', gzip.decompress(body).decode())[0]
    for _ in range(2):
        answer, packed = raw(asking, style)
        assert gzip.decompress(packed) == raw(asking, style, **{"Accept-Encoding": "gzip;q=0"})[1]
        assert answer.headers["etag"].startswith("W/")
    assert raw(asking, style, **{"If-None-Match": answer.headers["etag"]})[0].status_code == 304


def test_what_opens_an_account_keeps_its_length(here: Garage) -> None:
    asking = here.browser(Role.OWNER)
    for path in ("/account", "/account/second-factor", "/sign-in"):
        assert "content-encoding" not in raw(asking, path)[0].headers, path
    answered = asking.post(
        "/settings/tokens", data={"name": "till", "scopes": "read"}, headers={"Accept-Encoding": "gzip"}
    )
    assert "content-encoding" not in answered.headers


def test_what_is_small_or_wrong_is_left_as_it_is(here: Garage) -> None:
    asking = here.browser(Role.OWNER)
    assert "content-encoding" not in raw(asking, "/no/such/page")[0].headers
    assert "content-encoding" not in raw(asking, "/health")[0].headers
