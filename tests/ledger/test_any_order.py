"""However often, in whatever order and in whatever batches a platform speaks: the same calls and journeys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.ledger.businesses import business
from decroche.ledger.call_ids import call_id
from decroche.ledger.call_rows import call_row
from decroche.model.fact import Fact
from decroche.understand.business import judged
from decroche.understand.live import live_call
from decroche.understand.live_journeys import LiveContact, live_journeys
from tests.databases import opened
from tests.ledger.business import Shop, emptied, shop
from tests.ledger.stories import NOW, START, Body, bodies, deliveries


@pytest.fixture(scope="module")
def shops() -> Iterator[dict[str, Shop]]:
    """One shop on each database, for all examples."""
    with ExitStack() as stack:
        yield {kind: shop(stack.enter_context(opened(kind))) for kind in ("sqlite", "postgresql")}


def expected_calls(found: Shop, said: Sequence[Body]) -> dict[str, dict[str, Any]]:
    """The calls by the pure functions, of everything that was said; of the ledger only the form of a row."""
    facts = [fact for body in said for fact in body.facts]
    group: dict[str, set[str]] = {}
    for fact in facts:
        joined = set().union(*(group.get(key, {key}) for key in (fact.call_key, *fact.same_call)))
        group.update(dict.fromkeys(joined, joined))
    calls: dict[str, list[Fact]] = {}
    for fact in facts:
        mine = min(call_id(found.account, "told", key) for key in group[fact.call_key])
        calls.setdefault(mine, []).append(fact)
    with found.ledger.reading() as connection:
        about = business(connection, found.account, NOW)
    return {
        id: call_row(
            judged(live_call(told), about),
            call_id=id,
            account_id=found.account,
            endpoint_id=found.endpoint,
            sources={"live"},
            last_heard_at=START,
        )
        for id, told in calls.items()
    }


def expected_journeys(found: Shop, calls: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    people: dict[int, list[LiveContact]] = {}
    for id, row in calls.items():
        contact = row["direction"] in {"inbound", "outbound"} and row["disposition"] not in {
            "internal",
            "blocked",
            "unknown",
        }
        if contact and row["person"] is not None:
            people.setdefault(row["person"], []).append(
                LiveContact(
                    id=id,
                    person=row["person"],
                    site=row["site"],
                    started_at=row["started_at"],
                    inbound=row["direction"] == "inbound",
                    answered=row["answered"],
                    over=row["progress"] == "ended",
                )
            )
    return [
        {name: getattr(journey, name) for name in journey.__dataclass_fields__}
        for contacts in people.values()
        for journey in live_journeys(contacts, account=found.account, now=NOW)
    ]


def kept_journeys(found: Shop) -> list[dict[str, Any]]:
    rows = []
    for row in found.journeys().values():
        missed, calls = (tuple(msgspec.json.decode(row[name])) for name in ("missed_calls", "calls"))
        assert row["attempts"] == len(missed)
        drop = {"account_id", "attempts", "missed_calls"}
        rows.append(
            {name: value for name, value in row.items() if name not in drop} | {"missed": missed, "calls": calls}
        )
    return rows


def by_id(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: str(row["id"]))


def check(found: Shop, said: list[Body], batches: list[list[Body]]) -> None:
    emptied(found)
    for batch in batches:
        found.keep(batch)
        found.fold(limit=max(1, len(batch) - 1))
    calls = expected_calls(found, said)
    assert found.calls() == calls
    assert by_id(kept_journeys(found)) == by_id(expected_journeys(found, calls))
    words = Counter((field, word.replace("\0", "")) for body in set(said) for field, word in body.unknown)
    assert found.unknown() == words


@st.composite
def _example(draw: st.DrawFn) -> tuple[list[Body], list[list[Body]]]:
    said = draw(bodies())
    return said, draw(deliveries(said))


@settings(max_examples=12)
@given(_example())
def test_sqlite(shops: dict[str, Shop], told: tuple[list[Body], list[list[Body]]]) -> None:
    check(shops["sqlite"], *told)


@settings(max_examples=6)
@given(_example())
def test_postgresql(shops: dict[str, Shop], told: tuple[list[Body], list[list[Body]]]) -> None:
    check(shops["postgresql"], *told)


@pytest.mark.hard
@settings(max_examples=500)
@given(_example())
def test_sqlite_at_length(shops: dict[str, Shop], told: tuple[list[Body], list[list[Body]]]) -> None:
    check(shops["sqlite"], *told)


@pytest.mark.hard
@settings(max_examples=100)
@given(_example())
def test_postgresql_at_length(shops: dict[str, Shop], told: tuple[list[Body], list[list[Body]]]) -> None:
    check(shops["postgresql"], *told)
