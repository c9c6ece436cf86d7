"""Every live case of every connector, in order, backwards, shuffled and said twice."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from decroche.connector_kit import errors
from decroche.connectors.platforms import PLATFORMS
from decroche.understand.messages import message_of
from tests.cases import running_live as running
from tests.cases.running import PROVENANCES, read

CASES = running.paths()
BY_NAME = {connector.name: connector for connector in PLATFORMS}


@pytest.mark.parametrize("path", CASES, ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_case(path: Path) -> None:
    case, connector = read(path), BY_NAME[path.parts[-4]]
    assert case["provenance"] in PROVENANCES
    assert case["situation"] and case["source"] and case["situations"]
    if "refused" in case:
        assert connector.events is not None
        for told in case["deliveries"]:
            with pytest.raises(getattr(errors, case["refused"])):
                connector.events.verify(running.delivery(told), case["settings"], running.now(case))
                connector.events.record(running.delivery(told))
        return
    kept = running.records(connector, case)
    said = running.heard(connector, kept, case)
    country = case.get("settings", {}).get("country", "FR")
    found = running.calls(said.facts)
    _same([running.shown(live) for live in found], case.get("call", []))
    _same([running.verdict(live, country) for live in found], case.get("verdict", []))
    assert bool(said.texts) == bool(case.get("texts")), "a case tells which texts are heard"
    _same([running.shown_text(each) for each in said.texts], case.get("texts", []))
    left = message_of(said.facts)
    assert case.get("message") == (None if left is None else {"recording": left.recording, "text": left.text})
    if "agents" in case:
        told = [{"agent": a.agent, "presence": str(a.presence), "reason": a.reason} for a in said.agents]
        assert told == case["agents"]
    assert [f"{word.field}={word.word}" for word in said.unknown] == case.get("unknown", [])
    chance = random.Random(path.stem)
    for order in (list(reversed(kept)), *(chance.sample(kept * 2, len(kept) * 2) for _ in range(3))):
        again = running.heard(connector, order, case)
        assert running.calls(again.facts) == found, "another order or a repetition gives another call"
        assert message_of(again.facts) == left, "another order or a repetition gives another message"
        assert set(again.texts) == set(said.texts), "another order or a repetition gives other texts"
    keys = [record.key for record in kept]
    assert len(keys) == len(set(keys)) or case.get("repeats"), "two records share a key"


def _same(found: list[dict[str, Any]], wanted: Any) -> None:
    wanted = wanted if isinstance(wanted, list) else [wanted]
    if wanted:
        assert [{name: each.get(name) for name in want} for each, want in zip(found, wanted, strict=True)] == wanted
