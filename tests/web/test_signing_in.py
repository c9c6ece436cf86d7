"""Who comes in, and what their browser keeps."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path

import httpx
import pytest

from decroche.ledger.tables import tokens
from decroche.ledger.tokens import Scope
from decroche.web.access import COOKIE
from tests.in_process import client
from tests.web.garage import NOW, Garage, garage

PAGES = ("/", "/live/now", "/live/changes", "/connect", "/connect/ringover", "/connect/ringover/now", "/connect/nobody")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("garage")) as found:
        yield found


def kept(answer: httpx.Response) -> SimpleCookie:
    return SimpleCookie(answer.headers["set-cookie"])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("token", [None, "", "dcr_wrong", "dcr_é".encode().decode("latin-1")])
def test_a_browser_without_a_token_is_sent_to_where_it_can_give_one(here: Garage, page: str, token: str | None) -> None:
    headers = {} if token is None else {"Cookie": f"{COOKIE}={token}".encode("latin-1")}
    answer = client(here.server.app, headers=headers).get(page)
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
    assert answer.text == ""


def test_a_token_that_may_not_read_or_was_revoked_opens_nothing(here: Garage) -> None:
    writes, revoked = here.token(Scope.WRITE), here.token(Scope.READ)
    assert here.browser(token=revoked).get("/").status_code == 200
    with here.server.ledger.writing() as connection:
        connection.execute(tokens.update().values(revoked_at=NOW))
    for token in (writes, revoked):
        assert here.browser(token=token).get("/").headers["location"] == "/sign-in"
        assert client(here.server.app).post("/sign-in", data={"token": token}).status_code == 401
        assert client(here.server.app).get("/sign-in", params={"token": token}).headers["location"] == "/sign-in"


@pytest.mark.parametrize("by", ["form", "link"])
def test_a_token_is_kept_where_no_script_can_read_it(here: Garage, by: str) -> None:
    token = here.token(Scope.READ)
    visitor = client(here.server.app)
    if by == "form":
        answer = visitor.post("/sign-in", data={"token": f"  {token}\n"})
    else:
        answer = visitor.get("/sign-in", params={"token": token})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = kept(answer)[COOKIE]
    assert (cookie.value, cookie["httponly"], cookie["samesite"], cookie["path"]) == (token, True, "lax", "/")
    assert cookie["secure"] == ""
    assert visitor.get("/").status_code == 200


def test_under_https_the_token_is_sent_over_https_only(tmp_path: Path) -> None:
    with garage(tmp_path, public_url="https://calls.garage.example") as found:
        answer = client(found.server.app).post("/sign-in", data={"token": found.token()})
        assert kept(answer)[COOKIE]["secure"] is True


@pytest.mark.parametrize("given", ["", "dcr_wrong", "x" * 100_000, "é\x00"])
def test_a_wrong_token_is_refused_in_the_language_of_the_browser(here: Garage, given: str) -> None:
    for accepted, sentence in (
        ("fr-FR,fr;q=0.9", "Ce jeton n’est pas connu"),
        ("fr-CA,fr;q=0.9", "Ce jeton n’est pas connu"),
        ("en-US,en;q=0.9", "This token is not known"),
        ("", "Ce jeton n’est pas connu"),
    ):
        answer = client(here.server.app, headers={"Accept-Language": accepted}).post("/sign-in", data={"token": given})
        assert answer.status_code == 401
        assert sentence in answer.text
        assert "set-cookie" not in answer.headers
        if given:
            assert given not in answer.text


@pytest.mark.parametrize("page", ["/", "/live/now", "/sign-in", "/connect", "/connect/ringover"])
def test_pages_let_nothing_in_from_elsewhere_and_are_kept_nowhere(here: Garage, page: str) -> None:
    with garage_browser(here) as visitor:
        headers = visitor.get(page).headers
    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert {word for sources in policy.values() for word in sources.split()} == {"'none'", "'self'"}
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-type"] == "text/html; charset=utf-8"


def garage_browser(here: Garage) -> httpx.Client:
    return here.browser(Scope.READ)
