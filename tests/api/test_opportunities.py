"""``/api/v1/opportunities``: told once however often, matched, listed with masked numbers, decided."""

from __future__ import annotations

import pytest

from tests.api.serving import NUMBERS, OTHER_PERSON, PERSON, READ, WRITE, Served

pytestmark = pytest.mark.hard

SOLD = {
    "ref": "D-1", "state": "won", "number": PERSON, "amount": "1500.00", "margin": "320", "currency": "EUR",
    "closed_at": "2026-03-04T13:00:00Z", "title": "Toiture", "tags": ["toit"],
}  # fmt: skip


def test_what_is_told_twice_is_there_once(api: Served) -> None:
    mine = api.client(WRITE, READ, NUMBERS)
    kept = mine.post("/opportunities", json={"items": [SOLD, {"ref": "D-2", "state": "open"}]})
    assert kept.status_code == 200, kept.text
    assert kept.json() == {"new": 2, "changed": 0, "same": 0, "doubtful": 0, "nobody": 1}
    again = mine.post("/opportunities", json={"items": [SOLD]}).json()
    assert (again["new"], again["changed"], again["same"]) == (0, 0, 1)
    changed = mine.post("/opportunities", json={"items": [SOLD | {"amount": "1600.00"}]}).json()
    assert (changed["new"], changed["changed"], changed["same"]) == (0, 1, 0)
    items = mine.get("/opportunities", params={"state": "won"}).json()["items"]
    [one] = [each for each in items if each["ref"] == "D-1"]
    assert (one["amount"], one["margin"], one["currency"], one["person"], one["matched_by"]) == (
        "1600", "320", "EUR", PERSON, "number",
    )  # fmt: skip
    assert mine.get(f"/opportunities/{one['id']}").json() == one
    assert api.client(READ).get(f"/opportunities/{one['id']}").json()["person"] == f"…{PERSON[-2:]}"
    assert api.client(READ, of=api.other).get(f"/opportunities/{one['id']}").status_code == 404


def test_a_doubt_is_decided_by_who_may_see_numbers(api: Served) -> None:
    mine = api.client(WRITE, READ, NUMBERS)
    mine.put(f"/people/{OTHER_PERSON}", json={"email": "zoe@example.org"})
    told = {"ref": "D-3", "state": "open", "number": PERSON, "email": "Zoe@example.org"}
    assert mine.post("/opportunities", json={"items": [told]}).json()["doubtful"] == 1
    [one] = mine.get("/opportunities", params={"doubtful": True}).json()["items"]
    assert (one["doubt"], one["candidates"]) == ("number_against_email", [PERSON, OTHER_PERSON])
    at = f"/opportunities/{one['id']}/decision"
    assert api.client(WRITE, READ).post(at, json={"number": PERSON}).status_code == 403
    assert mine.post(at, json={"number": "+33600000000"}).status_code == 422
    assert api.client(WRITE, READ, NUMBERS, of=api.other).post(at, json={"number": PERSON}).status_code == 404
    assert mine.post(at, json={"number": OTHER_PERSON}).json()["person"] == OTHER_PERSON
    assert mine.get("/opportunities", params={"doubtful": True}).json()["items"] == []


def test_what_cannot_be_is_refused(api: Served) -> None:
    mine = api.client(WRITE, READ)
    for wrong in (
        {"amount": "beaucoup"}, {"currency": "euros"}, {"state": "sold"}, {"changed_at": "2099-01-01T00:00:00Z"},
        {"number": "06"}, {"ref": ""},
    ):  # fmt: skip
        assert mine.post("/opportunities", json={"items": [SOLD | wrong]}).status_code == 422, wrong
    assert mine.get("/opportunities", params={"cursor": "nonsense"}).status_code == 422
    assert mine.get("/opportunities/0").status_code == 404
