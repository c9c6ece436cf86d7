"""What a business corrects about itself holds for the calls of the last 30 days, and for their journeys."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from decroche.capture.folder import Folder
from decroche.ledger.folding import Folded
from decroche.ledger.rejudging import REACH, judge_next_again
from decroche.ledger.tables import facts
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.api.serving import PERSON, READ, WRITE, Served
from tests.ledger.stories import START, Body, hear


def judge_all_again(api: Served, *, limit: int = 2) -> list[tuple[str, str]]:
    """All that is asked for, a few calls at a time. Returns the changes."""
    made: list[tuple[str, str]] = []
    while (changes := judge_next_again(api.ledger, now=api.now, limit=limit)) is not None:
        made += [(kind, subject) for _, kind, subject in changes]
    return made


CLOSED: dict[str, tuple[str, str, dict[str, Any] | None]] = {
    "hours": ("PUT", "/hours", {"week": "mon-fri 13:00-18:00"}),
    "a holiday": ("PUT", "/hours/days", {"day": "2026-03-26", "name": "inventaire"}),
    "the zone": ("PATCH", "/account", {"zone": "America/Toronto"}),
}


@pytest.mark.parametrize("what", CLOSED)
def test_calls_and_their_reasons_follow(api: Served, what: str) -> None:
    method, path, body = CLOSED[what]
    classes = {each["hour_class"] for each in api.get("/calls")["items"]}
    assert classes == {"open"}
    assert judge_all_again(api) == []
    assert api.client(WRITE).request(method, path, json=body).status_code == 200
    changes = judge_all_again(api)
    calls = api.get("/calls")["items"]
    assert "open" not in {each["hour_class"] for each in calls}
    assert {kind for kind, _ in changes} == {"call.updated"}
    assert {subject for _, subject in changes} == {each["id"] for each in calls}
    assert judge_all_again(api) == []


def test_a_correction_that_is_taken_back_leaves_nothing(api: Served) -> None:
    asking, before = api.client(READ, WRITE), [each["hour_class"] for each in api.get("/calls")["items"]]
    asking.put("/hours/days", json={"day": "2026-03-26", "name": "inventaire"})
    judge_all_again(api)
    asking.delete("/hours/days/2026-03-26")
    judge_all_again(api)
    assert [each["hour_class"] for each in api.get("/calls")["items"]] == before
    asking.delete("/hours")
    judge_all_again(api)
    assert {each["hour_class"] for each in api.get("/calls")["items"]} == {None}


def test_journeys_go_with_the_line_that_moves(api: Served) -> None:
    asking = api.client(READ, WRITE)
    [before] = api.get("/journeys")["items"]
    [line] = api.get("/lines")["items"]
    asking.post("/sites", json={"name": "Bron"})
    assert asking.patch(f"/lines/{line['id']}", json={"site": "Bron"}).status_code == 200
    judge_all_again(api)
    assert {each["site"] for each in api.get("/calls")["items"]} == {"Bron"}
    [after] = api.get("/journeys")["items"]
    assert (before["site"], after["site"], after["id"]) == ("Site a1", "Bron", before["id"])


def test_a_place_that_is_renamed_keeps_its_calls(api: Served) -> None:
    [site] = api.get("/sites")["items"]
    api.client(WRITE).patch(f"/sites/{site['id']}", json={"name": "Lyon"})
    judge_all_again(api)
    assert {each["site"] for each in api.get("/calls")["items"]} == {"Lyon"}
    assert {each["site"] for each in api.get("/journeys")["items"]} == {"Lyon"}


def test_a_threshold_makes_other_abandons_short(api: Served) -> None:
    said = Fact(call_key="quick", stage=Stage.CREATED, at=START, direction=Direction.INBOUND, caller=PERSON)
    over = Fact(call_key="quick", stage=Stage.ENDED, at=START + timedelta(seconds=10), final=True)
    api.mine.keep([Body(facts=(said,)), Body(facts=(over,))])
    api.mine.fold(now=api.now)
    assert api.get("/calls", reason="short_abandon")["items"] == []
    assert api.client(READ, WRITE).patch("/account", json={"short_abandon_s": 12}).status_code == 200
    judge_all_again(api)
    assert len(api.get("/calls", reason="short_abandon")["items"]) == 1


def test_older_calls_keep_their_verdict(api: Served) -> None:
    api.now = START + timedelta(minutes=25) + REACH
    api.client(WRITE).put("/hours", json={"week": "sat 08:00-12:00"})
    judge_all_again(api)
    classes = [each["hour_class"] for each in api.get("/calls")["items"]]
    assert classes == ["closed_weekday"] * 3 + ["open"] * 3


def test_who_asks_again_meanwhile_begins_from_the_start(api: Served) -> None:
    asking = api.client(READ, WRITE)
    asking.put("/hours", json={"week": "sat 08:00-12:00"})
    judge_next_again(api.ledger, now=api.now, limit=2)
    asking.put("/hours", json={"week": "mon-fri 08:00-18:00"})
    judge_all_again(api)
    assert {each["hour_class"] for each in api.get("/calls")["items"]} == {"open"}


def test_only_the_business_that_changed_is_judged_again(api: Served) -> None:
    api.client(WRITE).put("/hours", json={"week": "sat 08:00-12:00"})
    judge_all_again(api)
    theirs = api.client(READ, of=api.other).get("/calls").json()["items"]
    assert {each["hour_class"] for each in theirs} == {"open"}


def test_the_folder_does_it_in_the_background(api: Served) -> None:
    done = threading.Event()

    def folded(batch: Folded) -> None:
        if any(kind == "call.updated" for _, kind, _ in batch.changes):
            done.set()

    folder = Folder(api.ledger, hear, clock=lambda: api.now, folded=folded)
    folder.start()
    try:
        api.client(WRITE).put("/hours", json={"week": "sat 08:00-12:00"})
        assert done.wait(20)
    finally:
        folder.stop()
    assert "open" not in {each["hour_class"] for each in api.get("/calls")["items"]}


def test_a_call_that_cannot_be_judged_is_left_alone(api: Served) -> None:
    """Its facts cannot be read any more; the calls before and after it are judged all the same."""
    calls = api.get("/calls")["items"]
    with api.ledger.writing() as connection:
        connection.execute(sa.update(facts).where(facts.c.call_id == calls[2]["id"]).values(body=b"nonsense"))
    api.client(WRITE).put("/hours", json={"week": "sat 08:00-12:00"})
    with capture_logs() as logs:
        judge_all_again(api, limit=4)
    assert [each["event"] for each in logs] == ["rejudging_failed"]
    classes = [each["hour_class"] for each in api.get("/calls")["items"]]
    assert classes == ["closed_weekday"] * 2 + ["open"] + ["closed_weekday"] * 3


def test_a_place_goes_only_when_nothing_needs_it(api: Served) -> None:
    asking = api.client(READ, WRITE)
    [site] = api.get("/sites")["items"]
    refused = asking.delete(f"/sites/{site['id']}")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "still_needed")
    assert "line" in refused.json()["error"]["message"]
    made = asking.post("/sites", json={"name": "Bron"}).json()
    asking.put("/hours", json={"week": "mon 8:00-9:00", "site": "Bron", "department": "Ventes"})
    assert asking.delete("/departments", params={"site": "Bron", "department": "Ventes"}).status_code == 204
    assert asking.delete("/departments", params={"site": "Bron", "department": "Ventes"}).status_code == 404
    assert asking.delete(f"/sites/{made['id']}").status_code == 204
    assert api.get("/sites")["items"] == [site]
