"""Campaigns through the API: figures with what they are of, terms told anew, decisions; nothing of another business."""

from __future__ import annotations

from datetime import date

import pytest

from decroche.ledger.campaigns import KeptReading, add_campaign
from decroche.model.campaign import CampaignCounts, Row, Tally, Week
from tests.api.serving import NOW, READ, WRITE, Served


@pytest.mark.hard
def test_a_campaign_is_read_priced_decided_on_and_forgotten(api: Served) -> None:
    weeks = tuple(
        Week(monday=date(2026, 3, day), tally=Tally(dials=1000, opportunities=n))
        for day, n in ((2, 30), (9, 30), (23, 50))
    )
    counts = CampaignCounts(row=Row.DIAL, total=Tally(dials=2667, opportunities=80), weeks=weeks)
    with api.ledger.writing() as connection:
        id = add_campaign(
            connection, api.mine.account, name="Relance", terms={"cost": "4000"}, counts=counts,
            reading=KeptReading(files=("a.csv",), rows_read=3, kept=2, ignored={"blank": 1}), now=NOW,
        )  # fmt: skip
    assert api.get(f"/campaigns/{id}")["rows_left_out"] == {"blank": 1}
    assert [each["id"] for each in api.get("/campaigns")["items"]] == [id]
    figures = api.get(f"/campaigns/{id}/figures")
    assert figures["cost_per_opportunity"]["value"] == 50 and figures["roi_on_margin"] is None
    writer = api.client(READ, WRITE)
    changed = writer.patch(f"/campaigns/{id}", json={"terms": {"cost": "4000", "margin": "400", "closing": "12.5 %"}})
    assert changed.status_code == 200
    assert api.get(f"/campaigns/{id}/figures")["roi_on_margin"]["value"] == 0
    assert writer.patch(f"/campaigns/{id}", json={"terms": {"cost": "x"}}).status_code == 422
    assert writer.patch(f"/campaigns/{id}", json={"terms": {"colour": "x"}}).status_code == 422
    told = {"kind": "rewrite", "reason": "too long", "decided_on": "2026-03-18"}
    decided = writer.post(f"/campaigns/{id}/decisions", json=told).json()["items"]
    assert decided[0]["since"] == "better" and decided[0]["before_n"] == 2000
    theirs = api.client(READ, of=api.other)
    assert theirs.get(f"/campaigns/{id}").status_code == 404 and theirs.get("/campaigns").json()["items"] == []
    assert writer.delete(f"/campaigns/{id}").status_code == 204
    assert writer.get(f"/campaigns/{id}/figures").status_code == 404
