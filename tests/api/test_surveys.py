"""Surveys through the API: what is asked, whom, what they said; nothing of another business, and no number in clear."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from decroche.ledger.surveys import forget_in_surveys
from decroche.model.survey import Question
from decroche.prove.service_desk import Desk
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh
from tests.api.serving import NOW, NUMBERS, READ, WRITE, Served
from tests.ledger.answers import answered

WISHES = {"site": "", "active": True, "questions": ["solved", "satisfaction"], "share": 0.5}


@pytest.mark.hard
def test_what_is_asked_is_set_and_taken_back(api: Served) -> None:
    writer, reader = api.client(READ, WRITE), api.client(READ)
    assert api.get("/surveys/wishes")["items"] == []
    assert reader.put("/surveys/wishes", json=WISHES).status_code == 403
    kept = writer.put("/surveys/wishes", json=WISHES).json()
    assert kept["questions"] == ["satisfaction", "solved"] and kept["apart_days"] == 90
    wrongs: tuple[dict[str, object], ...] = (
        {"share": 0}, {"apart_days": 7}, {"questions": []}, {"questions": ["mood"]}, {"site": "Nowhere"}, {"x": 1},
        {"questions": ["solved", "satisfaction", "csi", "empathy"]}, {"after": []},
    )  # fmt: skip
    for wrong in wrongs:
        assert writer.put("/surveys/wishes", json=WISHES | wrong).status_code == 422, wrong
    assert len(api.get("/surveys/wishes")["items"]) == 1
    assert api.client(READ, of=api.other).get("/surveys/wishes").json()["items"] == []
    assert writer.delete("/surveys/wishes").status_code == 204
    assert api.get("/surveys/wishes")["items"] == []


@pytest.mark.hard
def test_answers_are_listed_masked_and_counted(api: Served, tmp_path: Path) -> None:
    account = api.mine.account
    for number in range(32):
        answered(
            api.ledger, account, 33611110000 + number,
            {Question.RECOMMEND: 10 if number % 4 else 2, Question.COMPETENCE: 4},
            at=NOW - timedelta(hours=1, minutes=number), queue="Vente",
        )  # fmt: skip
    first = api.get("/surveys", limit=20)
    assert len(first["items"]) == 20 and first["items"][0]["person"].endswith("00")
    assert "33611110000" not in str(first)
    rest = api.get("/surveys", limit=20, cursor=first["next"])
    assert len(rest["items"]) == 12 and rest["next"] is None
    assert not {each["id"] for each in rest["items"]} & {each["id"] for each in first["items"]}
    bad = api.get("/surveys", READ, NUMBERS, mood="detractor")["items"]
    assert len(bad) == 8 and bad[0]["person"] == "+33611110000" and bad[0]["callback"]
    assert len(api.get("/surveys", mood="ambassador")["items"]) == 24
    assert api.client(READ, of=api.other).get("/surveys").json()["items"] == []
    assert api.client(READ).get("/surveys/results").status_code == 404, "no desk"
    with api.ledger.writing() as connection:
        forget_in_surveys(connection, account, 33611110000, -123, until=NOW)
    for rights in ((READ,), (READ, NUMBERS)):
        assert [each["person"] for each in api.get("/surveys", *rights)["items"]].count(None) == 1
        assert "123" not in str(api.get("/surveys", *rights)["items"][0]["person"])
    lake = Lake(str(tmp_path / "lake"), lambda account: fingerprints(b"k", account))
    with LiveColumns(api.ledger, lake, scratch=tmp_path, threads=1) as columns:
        desk = Desk(api.ledger, columns, clock=lambda: NOW)
        api.app.state.services = replace(api.app.state.services, desk=desk)
        assert api.client(READ).get("/surveys/results").status_code == 503
        for shop in (api.mine, api.other):
            refresh(api.ledger, lake, shop.account, scratch=tmp_path)
        found = api.get("/surveys/results", by="queue")
        assert api.client(READ).get("/surveys/results", params={"by": "agent"}).status_code == 422
        turned = {"since": "2026-03-05", "until": "2026-03-01"}
        assert api.client(READ).get("/surveys/results", params=turned).status_code == 422
    measures = {each["key"]: each for each in found["measures"]}
    nps = measures["nps"]
    assert (nps["unit"], nps["value"], nps["n"], nps["least"]) == ("points", 50, 32, 30)
    assert nps["low"] < 50 < nps["high"]
    assert (measures["competence"]["unit"], measures["competence"]["value"]) == ("grade", 4)
    assert measures["satisfaction"]["missing"] == "not_enough" and measures["csi"]["missing"] == "not_enough"
    assert measures["response_rate"]["value"] == 1
    assert [group["name"] for group in found["groups"]] == ["Vente"]
    assert [each["days"] for each in found["resolution"]] == [1, 3, 7, 14, 30]
