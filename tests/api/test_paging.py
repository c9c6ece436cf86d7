"""Going through a list page by page: each row once, also while new ones come."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zlib import crc32

from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from tests.api.serving import READ, Served
from tests.ledger.stories import START, Body


def pages(api: Served, path: str, *, limit: int, meanwhile: Any = None) -> list[str]:
    found: list[str] = []
    query: dict[str, Any] = {"limit": limit}
    while True:
        page = api.get(path, READ, **query)
        assert len(page["items"]) <= limit
        found += [each["id"] for each in page["items"]]
        if meanwhile is not None:
            meanwhile(len(found))
        if page["next"] is None:
            return found
        assert page["items"]
        query["cursor"] = page["next"]


def arrived(key: str, minute: int, *, end: bool = False) -> list[Body]:
    at = START + timedelta(minutes=minute)
    caller = f"+3361{len(key):03d}{crc32(key.encode()) % 10_000:04d}"
    said = Fact(call_key=key, stage=Stage.CREATED, at=at, direction=Direction.INBOUND, caller=caller)
    over = Fact(call_key=key, stage=Stage.ENDED, at=at + timedelta(seconds=30), final=True)
    return [Body(facts=(said,)), *([Body(facts=(over,))] if end else [])]


def test_each_row_comes_once_whatever_the_size_of_a_page(api: Served) -> None:
    # Many calls of one moment: their order must hold from page to page.
    for number in range(12):
        api.mine.keep(arrived(f"same-{number}", 60, end=True))
    api.mine.fold(now=api.now)
    for path in ("/calls", "/journeys"):
        whole = pages(api, path, limit=200)
        assert len(whole) == len(set(whole)) > 12
        for limit in (1, 5, len(whole) - 1, len(whole)):
            assert pages(api, path, limit=limit) == whole


def test_no_row_is_lost_or_repeated_while_others_come(api: Served) -> None:
    before = pages(api, "/calls", limit=200)

    def call_in(count: int) -> None:
        api.mine.keep([*arrived(f"later-{count}", 100 + count), *arrived(f"same moment-{count}", 30)])
        api.mine.fold(now=api.now)

    found = pages(api, "/calls", limit=2, meanwhile=call_in)
    assert len(found) == len(set(found))
    assert [id for id in found if id in before] == before


def test_the_old_id_of_a_journey_leads_to_the_one_that_it_became_part_of(api: Served) -> None:
    """A miss from a log, learned late, opens the journey earlier: the journey takes its id, the old one stays good."""
    [old] = api.get("/journeys", READ)["items"]
    api.mine.keep(
        [
            Body(facts=(Fact(call_key="late", stage=Stage.CREATED, at=START - timedelta(hours=1),
                             direction=Direction.INBOUND, caller="+33622222222", called="+33199000001"),)),
            Body(facts=(Fact(call_key="late", stage=Stage.ENDED, at=START, final=True),)),
        ]
    )  # fmt: skip
    changes = api.mine.fold(now=api.now)
    [new] = api.get("/journeys", READ)["items"]
    assert new["id"] != old["id"] and new["attempts"] == old["attempts"] + 1
    assert api.get(f"/journeys/{old['id']}", READ) == new
    assert ("journey.merged", old["id"]) in changes
