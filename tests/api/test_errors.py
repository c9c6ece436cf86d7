"""One shape for every error, whatever a program sends."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi import FastAPI

from decroche.api.access import Services
from decroche.api.door import LARGEST_BODY, install_api
from decroche.capture.feed import Feed
from decroche.ledger.store import Ledger
from tests.api.serving import NOW, NUMBERS, READ, WRITE, Served
from tests.in_process import client
from tests.ledger.business import BOX

NOBODY = "0" * 32


def problem(answer: Any, status: int, code: str, field: str | None = None) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/json"), answer.text
    [error] = answer.json().values()
    assert list(answer.json()) == ["error"]
    assert (set(error), error["code"], error["field"]) == ({"code", "message", "field"}, code, field)
    assert error["message"]


@pytest.mark.parametrize("token", [None, "", "dcr_wrong", "é", "x" * 5000])
def test_without_a_known_token(shared: Served, token: str | None) -> None:
    asking = shared.with_token(None)
    headers = {} if token is None else {b"Authorization": f"Bearer {token}".encode("latin-1")}
    answer = asking.get("/calls", headers=headers)
    problem(answer, 401, "not_signed_in")
    assert answer.headers["www-authenticate"] == "Bearer"


def test_a_revoked_token_is_nobodys(api: Served) -> None:
    token = api.token(READ)
    assert api.with_token(token).get("/account").status_code == 200
    with api.ledger.writing() as connection:
        connection.execute(sa.text("update tokens set revoked_at = created_at"))
    problem(api.with_token(token).get("/account"), 401, "not_signed_in")


def test_what_is_not_there(shared: Served) -> None:
    asking = shared.client(READ, WRITE)
    for path in (f"/calls/{NOBODY}", f"/journeys/{NOBODY}", "/nothing", "/calls/a/b"):
        problem(asking.get(path), 404, "not_found")
    for path in (f"/lines/{NOBODY}", f"/webhooks/{NOBODY}", "/hours?site=Nowhere", "/hours/days/2020-01-01"):
        problem(asking.delete(path), 404, "not_found")
    for path in (f"/lines/{NOBODY}", f"/sites/{NOBODY}"):
        problem(asking.patch(path, json={"name": "x"}), 404, "not_found")
    problem(asking.delete("/calls"), 405, "method_not_allowed")
    assert asking.delete("/calls").headers["allow"] == "GET"


def test_pages_keep_their_own_errors(shared: Served) -> None:
    answer = client(shared.app).get("/nothing")
    assert answer.json() == {"detail": "Not Found"}


def test_what_is_there_already(api: Served) -> None:
    asking = api.client(READ, WRITE)
    problem(asking.post("/sites", json={"name": "Site a1"}), 409, "conflict", "name")
    line = {"name": "x", "number": "+33199000001"}
    problem(asking.post("/lines", json=line), 409, "conflict", "number")
    site = asking.post("/sites", json={"name": "Bron"}).json()["id"]
    problem(asking.patch(f"/sites/{site}", json={"name": "Site a1"}), 409, "conflict", "name")
    made = asking.post("/lines", json={**line, "number": "+33199000077"}).json()["id"]
    problem(asking.patch(f"/lines/{made}", json={"number": "+33199000001"}), 409, "conflict", "number")
    # Another business may have the same names, and would have to have other numbers only in its own list.
    assert api.client(WRITE, of=api.other).post("/sites", json={"name": "Site a1"}).status_code == 201


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), (f"limit={'9' * 5000}", "limit"),
        ("cursor=x", "cursor"), ("cursor=é", "cursor"), ("cursor=%00", "cursor"),
        ("cursor=MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMHxh", "cursor"), ("cursor=" + "A" * 201, "cursor"),
        ("since=yesterday", "since"), ("since=1700000000", "since"), ("since=2026-03-26T08:00:00", "since"),
        ("since=0001-01-01T00:00:00%2B14:00", "since"), ("until=9999-12-31T23:59:59-14:00", "until"),
        ("since=2026-02-30T00:00:00Z", "since"), ("site=a%00b", "site"), ("site=" + "x" * 201, "site"),
        ("person=0611111111", "person"), ("person=%2B" + "1" * 16, "person"), ("direction=sideways", "direction"),
        ("disposition=", "disposition"), ("progress=x", "progress"), ("reason=x", "reason"),
    ],
)  # fmt: skip
def test_queries_that_cannot_be_taken(shared: Served, query: str, field: str) -> None:
    problem(shared.client(READ, NUMBERS).get(f"/calls?{query}"), 422, "invalid", field)


@pytest.mark.parametrize("path", ["/calls/x%00", "/calls/A-Z", "/journeys/" + "a" * 65, "/journeys/%FF"])
def test_ids_that_can_be_nobodys(shared: Served, path: str) -> None:
    problem(shared.client(READ).get(path), 422, "invalid", "id")


def test_half_a_character_comes_to_no_harm(shared: Served) -> None:
    assert shared.client(READ).get("/calls?site=%ED%A0%80").json()["items"] == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None), (b"{", None), (b"[]", None), (b"null", None), (b'"x"', None), (b"\xff", None), (b"NaN", None),
        (b"[" * 50_000, None), (b'{"name": ' + b"1" * 5000 + b"}", None), (b'{"name": 1}', "name"),
        (b'{"name": "x", "nom": "y"}', "nom"), (b'{"name": "x", "\\ud800": 1}', None),
        (b'{"name": "\\ud800"}', "name"),
        (b'{"name": "a\\u0000b"}', "name"), (b'{"name": ""}', "name"), (b'{"name": null}', "name"), (b"{}", "name"),
        (b'{"name": "x", "zone": "Mars/Phobos"}', "zone"), (b'{"name": "x", "zone": "../etc/passwd"}', "zone"),
        (b'{"name": "x", "zone": "Europe"}', "zone"), (b'{"name": "x", "zone": ""}', "zone"),
    ],
)  # fmt: skip
def test_bodies_that_cannot_be_taken(shared: Served, body: bytes, field: str | None) -> None:
    answer = shared.client(WRITE).post("/sites", content=body, headers={"Content-Type": "application/json"})
    problem(answer, 422, "invalid", field)


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("PUT", "/hours", {"week": "mon-fri 8-25"}, "week"), ("PUT", "/hours", {"week": "x" * 501}, "week"),
        ("PUT", "/hours", {"week": "mon 8-12", "site": "Nowhere"}, "site"), ("PUT", "/hours", {"week": "\0"}, "week"),
        ("PUT", "/hours/days", {"day": "2026-02-30"}, "day"), ("PUT", "/hours/days", {"day": 86400}, "day"),
        ("PUT", "/hours/days", {"day": "0"}, "day"), ("PUT", "/hours/days", {"day": "2026-07-14", "name": ""}, "name"),
        ("POST", "/lines", {"name": "x", "number": "0472000001"}, "number"),
        ("POST", "/lines", {"name": "x", "number": 33472000001}, "number"),
        ("POST", "/lines", {"name": "x", "site": "Nowhere"}, "site"),
        ("PATCH", "/account", {"short_abandon_s": -1}, "short_abandon_s"),
        ("PATCH", "/account", {"short_abandon_s": True}, "short_abandon_s"),
        ("PATCH", "/account", {"language": "de"}, "language"), ("PATCH", "/account", {"id": "b2"}, "id"),
        ("POST", "/webhooks", {"url": "ftp://x"}, "url"), ("POST", "/webhooks", {"url": "http://"}, "url"),
        ("POST", "/webhooks", {"url": "http://[x/"}, "url"), ("POST", "/webhooks", {"url": "http://x y"}, "url"),
        ("POST", "/webhooks", {"url": "http://x", "kinds": ["call.exploded"]}, "kinds.0"),
    ],
)  # fmt: skip
def test_values_that_cannot_be_taken(shared: Served, method: str, path: str, body: object, field: str) -> None:
    problem(shared.client(READ, WRITE).request(method, path, json=body), 422, "invalid", field)


def test_a_number_that_is_none_is_refused_by_its_name(shared: Served) -> None:
    answer = shared.client(WRITE).patch(
        "/account", content=b'{"short_abandon_s": NaN}', headers={"Content-Type": "application/json"}
    )
    problem(answer, 422, "invalid", "short_abandon_s")


def test_a_body_of_any_size_is_not_read(shared: Served) -> None:
    asking = shared.client(WRITE)
    problem(asking.post("/sites", content=b" " * (LARGEST_BODY + 1)), 413, "too_large")
    problem(asking.post("/sites", content=(b" " * 10_000 for _ in range(10))), 413, "too_large")


@pytest.mark.parametrize("url", ["sqlite:////nowhere/at/all.db", "postgresql+psycopg://x@127.0.0.1:1/x"])
def test_a_store_that_does_not_answer(url: str) -> None:
    ledger, app = Ledger(url), FastAPI()
    install_api(app, Services(ledger=ledger, feed=Feed(ledger), clock=lambda: NOW, box=BOX))
    answer = client(app).get("/api/v1/calls", headers={"Authorization": "Bearer x"})
    problem(answer, 503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    ledger.close()


def test_a_fault_of_ours_has_the_shape_too_and_says_nothing(tmp_path: Path) -> None:
    ledger, app = Ledger(f"sqlite:///{tmp_path}/ledger.db"), FastAPI()
    install_api(app, Services(ledger=ledger, feed=Feed(ledger), clock=lambda: NOW, box=BOX))

    @app.get("/api/v1/fault")
    def fault() -> None:
        raise ZeroDivisionError("+33611111111")

    answer = client(app, raises=False).get("/api/v1/fault")
    problem(answer, 500, "internal")
    assert "336" not in answer.text
    ledger.close()
