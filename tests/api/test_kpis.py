"""The figures of the desk through the API: with their parts and calls, of one business, and never stale."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from decroche.prove.service_desk import Desk
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from decroche.warehouse.refresh import refresh
from tests.api.serving import NOW, READ, Served

DAYS = {"since": "2026-03-01", "until": "2026-04-01"}


@pytest.fixture
def figures(api: Served, tmp_path: Path) -> Iterator[Served]:
    """The API with a desk whose lake was made before the last calls came."""
    lake = Lake(str(tmp_path / "lake"), lambda account: fingerprints(b"k", account))
    with LiveColumns(api.ledger, lake, scratch=tmp_path, threads=1) as columns:
        desk = Desk(api.ledger, columns, clock=lambda: NOW)
        api.app.state.services = replace(api.app.state.services, desk=desk)
        api.app.state.lake = lake
        yield api


def by_key(measures: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {each["key"]: each for each in measures}


@pytest.mark.hard
def test_figures_have_parts_and_open_their_calls(figures: Served, tmp_path: Path) -> None:
    client = figures.client(READ)
    waiting = client.get("/kpis", params=DAYS)
    assert (waiting.status_code, waiting.json()["error"]["code"]) == (503, "unavailable"), "no lake yet"
    for account in (figures.mine.account, figures.other.account):
        refresh(figures.ledger, figures.app.state.lake, account, scratch=tmp_path)
    found = figures.get("/kpis", **DAYS, by="site", step="day", key="missed")
    measures = by_key(found["measures"])
    assert (found["before_since"], found["before_until"]) == ("2026-01-25", "2026-02-25")
    assert measures["offered"]["value"] == measures["answered"]["value"] + measures["missed"]["value"] > 0
    assert measures["answer_rate"]["missing"] == "not_enough"
    assert measures["answer_rate"]["denominator"] == measures["offered"]["n"]
    assert measures["satisfaction"]["missing"] == "surveys"
    assert sum(by_key(group["measures"])["missed"]["n"] for group in found["groups"]) == measures["missed"]["n"]
    assert sum(point["measure"]["n"] for point in found["points"]) == measures["missed"]["n"]
    opened = measures["missed"]["opens"]
    assert len(figures.get(f"/{opened['page']}", **opened["fields"])["items"]) == measures["missed"]["n"]
    for measure in measures.values():
        if measure["opens"] is not None and measure["unit"] == "count":
            there = figures.get(f"/{measure['opens']['page']}", **measure["opens"]["fields"], limit=200)["items"]
            assert len(there) == measure["n"], measure["key"]
    for group in found["groups"]:
        opened = by_key(group["measures"])["missed"]["opens"]
        assert (
            len(figures.get(f"/{opened['page']}", **opened["fields"])["items"])
            == by_key(group["measures"])["missed"]["n"]
        )
    causes = figures.get("/causes", **DAYS)
    assert causes["missed"] == measures["missed"]["n"] == sum(map(sum, causes["week_missed"]))
    assert len(causes["causes"]) == 7
    for cause in causes["causes"]:
        assert bool(cause["examples"]) <= bool(cause["missed"])
        for call in cause["examples"]:
            assert figures.get(f"/calls/{call}")["disposition"] == "missed"
    theirs = figures.client(READ, of=figures.other).get("/causes", params=DAYS).json()
    shown = {call for cause in theirs["causes"] for call in cause["examples"]}
    assert shown and {client.get(f"/calls/{call}").status_code for call in shown} == {404}


@pytest.mark.hard
def test_agents_are_five_or_none_and_periods_are_bounded(figures: Served, tmp_path: Path) -> None:
    refresh(figures.ledger, figures.app.state.lake, figures.mine.account, scratch=tmp_path)
    found = figures.get("/kpis", **DAYS, by="agent")
    assert (found["groups"], found["groups_missing"]) == ([], "not_enough")
    client = figures.client(READ)
    for path in ("/kpis", "/causes"):
        refused = client.get(path, params={**DAYS, "agent": "Nadia"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "not_allowed"), (
            "a token never supervises"
        )
    days = {"first_day": "2026-03-01", "last_day": "2026-03-31"}
    assert client.get("/calls", params={**days, "counted": "answered", "agent": "Nadia"}).status_code == 403
    for told in (
        {"counted": "answered"},
        {**days, "counted": "no"},
        {**days, "among": "missed"},
        {**days, "counted": "journeys_open"},
    ):
        assert client.get("/calls", params=told).status_code == 422, told
    for wrong in ({"step": "hour"}, {"since": "1900-01-01"}, {"since": "2026-05-01"}, {"step": "day", "key": "no"}):
        answer = client.get("/kpis", params={**DAYS, **wrong})
        assert answer.status_code == (200 if wrong == {"step": "hour"} else 422), wrong
    assert client.get("/kpis", params={"since": "2026-01-01", "until": "2026-04-01", "step": "hour"}).status_code == 422
