"""The list of what is to be done, through the API: its order, its claims, its outcomes, and who may see what."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from decroche.ledger.bookings import book, settle_promises
from decroche.ledger.recovery_tables import opt_outs, playbooks
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.rules.outreach import Scope
from tests.api.serving import NOW, NUMBERS, READ, WRITE, Served, served
from tests.databases import DATABASES

ANN, BOB, CARL = 33639980001, 33639980002, 33639980003


@pytest.fixture(params=DATABASES)
def api(request: pytest.FixtureRequest) -> Iterator[Served]:
    with served(request.param) as found:
        yield found


def opened(api: Served, key: str, person: int, *, minutes: float = 0, kind: Kind = Kind.CALLBACK, **values: Any) -> str:
    at = NOW + timedelta(minutes=minutes)
    with api.ledger.writing() as connection:
        need = Need(kind=kind, key=key, person=person, **values)
        return open_item(connection, api.mine.account, need, now=at)


def posted(api: Served, path: str, *scopes: Any, **body: Any) -> httpx.Response:
    return api.client(*(scopes or (READ, WRITE))).post(path, json={"who": "zoe", **body})


def test_the_list_is_in_its_order_with_reasons_and_masked(api: Served) -> None:
    late = opened(api, "1", ANN, minutes=-300, site="Lyon")
    promised = opened(api, "2", BOB, minutes=-9, promised_at=NOW, due_at=NOW + timedelta(minutes=30))
    fresh = opened(api, "3", CARL, minutes=-1, kind=Kind.VOICEMAIL)
    found = api.get("/callbacks")["items"]
    assert [each["id"] for each in found] == [promised, fresh, late]
    assert found[0]["reasons"] == ["promise_due"] and found[0]["callable_now"]
    assert found[0]["person"] == "…02"
    assert api.get("/callbacks", READ, NUMBERS)["items"][0]["person"] == f"+{BOB}"
    assert [each["id"] for each in api.get("/callbacks", site="Lyon")["items"]] == [late]
    assert [each["id"] for each in api.get("/callbacks", kind="voicemail")["items"]] == [fresh]
    assert api.client(READ, of=api.other).get("/callbacks").json()["items"] == []
    assert api.client(READ, of=api.other).get(f"/callbacks/{late}").status_code == 404


def test_what_one_has_nobody_else_gets(api: Served) -> None:
    first, second = opened(api, "1", ANN, minutes=-1), opened(api, "2", BOB, minutes=-60)
    taken = posted(api, "/callbacks/next")
    assert (taken.status_code, taken.json()["id"], taken.json()["claimed_by"]) == (200, first, "zoe")
    refused = api.client(READ, WRITE).post(f"/callbacks/{first}/claim", json={"who": "luc"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "taken")
    assert api.client(READ, WRITE).post("/callbacks/next", json={"who": "luc"}).json()["id"] == second
    assert api.client(READ, WRITE).post("/callbacks/next", json={"who": "eva"}).status_code == 404
    assert posted(api, f"/callbacks/{first}/release").json()["claimed_by"] is None
    assert posted(api, f"/callbacks/{first}/claim").json()["claimed_by"] == "zoe"
    api.now += timedelta(minutes=15)
    assert api.get(f"/callbacks/{first}")["claimed_by"] is None


def test_an_outcome_in_one_touch(api: Served) -> None:
    id = opened(api, "1", ANN, minutes=-1)
    with api.ledger.writing() as connection:
        lines = ('name = "x"', 'title = { fr = "X" }', "[attempts]", "per_day = 1", "in_all = 2")
        body = "\n".join((*lines, "[[step]]", 'name = "c"', 'act = "close"'))
        row = {"account_id": api.mine.account, "site": "", "department": "", "body": body, "changed_at": NOW}
        connection.execute(sa.insert(playbooks).values(**row))
    told = posted(api, f"/callbacks/{id}/outcome", outcome="no_answer", attempt=0, note="occupé, je crois").json()
    assert (told["state"], told["attempts"], told["outcome"]) == ("open", 1, "no_answer")
    assert told["snoozed_until"] > (NOW + timedelta(hours=8)).isoformat()
    again = posted(api, f"/callbacks/{id}/outcome", outcome="no_answer", attempt=0)
    assert (again.status_code, again.json()["error"]["code"]) == (409, "conflict")
    assert api.get("/callbacks")["items"] == []
    api.now += timedelta(days=1)
    last = posted(api, f"/callbacks/{id}/outcome", outcome="busy", attempt=1).json()
    assert (last["state"], last["closed_because"]) == ("done", "all_tried")
    kinds = [note["kind"] for note in api.get(f"/callbacks/{id}")["notes"]]
    assert kinds == ["outcome", "note", "outcome", "closed"]


def test_do_not_call_stops_calls_and_texts_at_once(api: Served) -> None:
    id, other = opened(api, "1", ANN), opened(api, "v", ANN, kind=Kind.VOICEMAIL)
    assert posted(api, f"/callbacks/{id}/outcome", outcome="do_not_call").json()["state"] == "done"
    assert api.get(f"/callbacks/{other}")["closed_because"] == "do_not_call"
    with api.ledger.reading() as connection:
        rows = connection.execute(sa.select(opt_outs)).all()
    assert sorted(row.scope for row in rows) == sorted([str(Scope.CALLS), str(Scope.TEXTS)])
    assert all(str(ANN).encode() not in row.fingerprint for row in rows)
    opened(api, "2", ANN, minutes=1)
    assert len(api.get("/callbacks")["items"]) == 1
    refused = posted(api, "/callbacks/next")
    assert refused.status_code == 404, "the rules refuse to call them, whatever stands on the list"


def test_a_snooze_ends_and_lies_ahead(api: Served) -> None:
    id = opened(api, "1", ANN)
    until = NOW + timedelta(hours=1)
    assert posted(api, f"/callbacks/{id}/snooze", until=NOW.isoformat()).json()["error"]["field"] == "until"
    assert posted(api, f"/callbacks/{id}/snooze", until=until.isoformat(), why="en réunion").status_code == 200
    assert api.get("/callbacks")["items"] == []
    api.now = until
    assert [each["id"] for each in api.get("/callbacks")["items"]] == [id]
    assert posted(api, f"/callbacks/{id}/outcome", outcome="wrong_number").json()["closed_because"] == "wrong_number"
    closed = posted(api, f"/callbacks/{id}/claim")
    assert (closed.status_code, closed.json()["error"]["code"]) == (409, "closed")


def test_voicemails_that_were_heard_are_counted(api: Served) -> None:
    heard = opened(api, "v1", ANN, minutes=-5, kind=Kind.VOICEMAIL)
    opened(api, "v2", BOB, minutes=-5, kind=Kind.VOICEMAIL)
    for who in ("zoe", "zoe", "luc"):
        body = {"who": who, "kind": "listened"}
        assert api.client(READ, WRITE).post(f"/callbacks/{heard}/notes", json=body).status_code == 201
        api.now += timedelta(minutes=1)
    assert [note["who"] for note in api.get(f"/callbacks/{heard}")["notes"]] == ["zoe", "luc"]
    found = api.get("/voicemails/heard")
    assert (found["numerator"], found["denominator"], found["rate"]) == (1, 2, 0.5)
    none = api.get("/voicemails/heard", until=(NOW - timedelta(hours=1)).isoformat())
    assert (none["numerator"], none["denominator"], none["rate"]) == (0, 0, None)


def test_bookings_and_the_promises_kept(api: Served) -> None:
    with api.ledger.writing() as connection:
        book(
            connection,
            api.mine.account,
            journey="j",
            person=ANN,
            starts_at=NOW - timedelta(hours=2),
            ends_at=NOW - timedelta(hours=1),
            capacity=1,
            now=NOW - timedelta(hours=3),
        )
        settle_promises(connection, api.mine.account, now=NOW)
    (found,) = api.get("/bookings")["items"]
    assert (found["state"], found["person"]) == ("broken", "…01")
    assert api.get("/bookings", state="kept")["items"] == []
    rate = api.get("/bookings/kept")
    assert (rate["numerator"], rate["denominator"], rate["rate"]) == (0, 1, 0.0)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("claim", {"who": ""}),
        ("claim", {}),
        ("outcome", {"who": "zoe", "outcome": "sung"}),
        ("snooze", {"who": "zoe", "until": "tomorrow"}),
        ("notes", {"who": "zoe", "kind": "claimed"}),
        ("claim", {"who": "zoe", "more": 1}),
    ],
)
def test_what_cannot_be_taken_is_refused(api: Served, path: str, body: dict[str, Any]) -> None:
    id = opened(api, "1", ANN)
    assert api.client(READ, WRITE).post(f"/callbacks/{id}/{path}", json=body).status_code == 422
    assert api.client(READ).post(f"/callbacks/{id}/{path}", json=body).status_code == 403


def test_a_call_without_a_phone_system_that_places_calls(api: Served) -> None:
    answer = posted(api, f"/callbacks/{opened(api, '1', ANN)}/call")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "not_placed")


def test_what_is_given_to_somebody_is_theirs_and_what_is_done_is_over(api: Served) -> None:
    id = opened(api, "1", ANN, kind=Kind.TASK)
    assert posted(api, f"/callbacks/{id}/assign", to="luc").json()["assigned_to"] == "luc"
    assert posted(api, f"/callbacks/{id}/assign").json()["assigned_to"] is None
    posted(api, f"/callbacks/{id}/claim")
    other = api.client(READ, WRITE).post(f"/callbacks/{id}/done", json={"who": "luc"})
    assert (other.status_code, other.json()["error"]["code"]) == (409, "taken")
    assert posted(api, f"/callbacks/{id}/done").json()["closed_because"] == "done"
    assert posted(api, f"/callbacks/{id}/done").status_code == 409
    assert posted(api, f"/callbacks/{id}/assign", to="luc").status_code == 409


def test_a_refusal_is_settled_and_nothing_else_is_one(api: Served) -> None:
    task, meant, not_meant = (
        opened(api, key, person, kind=kind)
        for key, person, kind in (("1", ANN, Kind.TASK), ("2", BOB, Kind.REFUSAL), ("3", CARL, Kind.REFUSAL))
    )
    assert posted(api, f"/callbacks/{task}/refusal", refused=True).status_code == 422
    assert posted(api, f"/callbacks/{meant}/refusal", refused=True).json()["closed_because"] == "refusal_confirmed"
    assert posted(api, f"/callbacks/{not_meant}/refusal", refused=False).json()["closed_because"] == "no_refusal"
    with api.ledger.reading() as connection:
        (row,) = connection.execute(sa.select(opt_outs)).all()
    assert (row.scope, row.source, row.undone_at) == (Scope.EVERYTHING, "person", None)
