"""Conversations through the API: who waits, what is found by whom, and the story of a journey."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from decroche.ledger.recovery_settings import note_person
from decroche.ledger.texts import intend
from decroche.ledger.work_claims import claim
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.ledger.work_notes import Note, add_note
from tests.api.serving import NOW, NUMBERS, OTHER_PERSON, READ, Served, served
from tests.api.test_texts import journey as journey_of

ANN = int(OTHER_PERSON[1:])


@pytest.fixture
def api() -> Iterator[Served]:
    with served("sqlite") as found:
        yield found


def talked(api: Served) -> tuple[str, str]:
    """Ann was missed and wrote; somebody took her and noted it. Returns the journey and the item."""
    journey = journey_of(api)
    account = api.mine.account
    with api.ledger.writing() as connection:
        row: dict[str, Any] = {
            "id": "a" * 32, "account_id": account, "journey_id": journey, "person": ANN, "direction": "in",
            "body": "L’échéance, au 06 39 98 00 77 ?", "purpose": "none", "state": "received", "created_at": NOW,
        }  # fmt: skip
        intend(connection, row)
        need = Need(kind=Kind.REPLY, key="a", person=ANN, journey=journey, about={"text": row["id"]})
        item = open_item(connection, account, need, now=NOW)
        claim(connection, account, item, who="zoe", now=NOW)
        add_note(connection, item, kind=Note.NOTE, who="zoe", now=NOW + timedelta(minutes=1), body="Devis demandé")
        note_person(connection, account, ANN, name="Anne Morel")
    return journey, item


def test_who_waits_is_listed_and_read_with_numbers_by_right(api: Served) -> None:
    journey, item = talked(api)
    (one,) = api.get("/conversations")["items"]
    assert (one["id"], one["person"], one["name"], one["waits"]) == (
        journey, f"…{ANN % 100:02}", None, [{"id": item, "kind": "reply"}],
    )  # fmt: skip
    assert one["last"]["body"] == "L’échéance, au …77 ?" and one["found"] is None
    assert api.get("/conversations", READ, NUMBERS, view="waiting")["items"][0]["name"] == "Anne Morel"
    assert api.get("/conversations", view="voicemails")["items"] == []
    for ref in (journey, item, "a" * 32):
        whole = api.get(f"/conversations/{ref}", READ, NUMBERS)
        assert (whole["journey_id"], whole["refusals"]) == (journey, [])
        assert [text["body"] for text in whole["texts"]] == ["L’échéance, au 06 39 98 00 77 ?"]
    other = api.client(READ, of=api.other)
    assert other.get("/conversations").json()["items"] == []
    assert other.get(f"/conversations/{journey}").status_code == 404


def test_a_search_finds_by_right(api: Served) -> None:
    talked(api)
    for q, scopes, inside in (
        ("ECHEANCE", (READ,), "text"), ("devis", (READ,), "note"), ("morel", (READ,), None), ("77", (READ,), None),
        ("06 39 98 00 77", (READ,), None), ("morel", (READ, NUMBERS), ""), (f"+{ANN}", (READ, NUMBERS), ""),
        ("980077", (READ, NUMBERS), "text"),
    ):  # fmt: skip
        items = api.get("/conversations", *scopes, q=q)["items"]
        assert len(items) == (inside is not None), q
        if items:
            assert (items[0]["found"] or {"inside": ""})["inside"] == inside, q
    assert api.get("/conversations", q="echeance")["items"][0]["found"]["said"] == "L’échéance, au …77 ?"
    assert api.client(READ).get("/conversations", params={"cursor": "x"}).status_code == 422


def test_the_story_of_a_journey_is_told_from_the_first_on(api: Served) -> None:
    journey, item = talked(api)
    story = api.get(f"/journeys/{journey}/story")["items"]
    assert {each["kind"] for each in story} == {"call", "text", "claimed", "note"}
    assert story[-1] == {
        "at": (NOW + timedelta(minutes=1)).isoformat().replace("+00:00", "Z"), "kind": "note", "id": item,
        "said": "Devis demandé", "who": "zoe",
    }  # fmt: skip
    assert [each["at"] for each in story] == sorted(each["at"] for each in story)
    assert api.client(READ).get(f"/journeys/{'f' * 32}/story").status_code == 404
