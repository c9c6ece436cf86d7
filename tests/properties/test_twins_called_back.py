"""Missed calls that we called back are counted in columns as they are one by one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from decroche.understand.journeys import Contact, missed_called_back
from decroche.warehouse import journeys as columns
from decroche.warehouse.engine import Engine

START = datetime.fromisoformat("2026-03-02 09:00")
contacts = st.builds(
    Contact,
    person=st.sampled_from([33612345678, 15145550101]),
    site=st.sampled_from(["", "Lyon"]),
    started_at=st.builds(
        lambda days, seconds: START + timedelta(days=days, seconds=seconds), st.integers(0, 16), st.integers(-1, 1)
    ),
    inbound=st.booleans(),
    answered=st.booleans(),
)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("called_back"), threads=1) as opened:
        yield opened


@pytest.mark.hard
@settings(max_examples=80)
@given(drawn=st.lists(contacts, max_size=20), days=st.sampled_from([1, 7]))
def test_the_columns_count_what_the_definition_counts(engine: Engine, drawn: list[Contact], days: int) -> None:
    names = {"person": pa.int64(), "site": pa.string(), "inbound": pa.bool_(), "answered": pa.bool_()}
    said = {name: pa.array([getattr(contact, name) for contact in drawn], kind) for name, kind in names.items()}
    said["started"] = pa.array([contact.started_at for contact in drawn], pa.timestamp("us"))
    found = engine.load("contacts", pa.table(said))
    silence = timedelta(days=days)
    counted = engine.records(columns.missed_called_back(found, silence=silence))[0]["calls"]
    assert counted == missed_called_back(drawn, silence=silence)


def test_two_misses_before_one_callback_are_both_called_back() -> None:
    def contact(day: float, *, inbound: bool, answered: bool = False) -> Contact:
        moment = START + timedelta(days=day)
        return Contact(person=1, site="", started_at=moment, inbound=inbound, answered=answered)

    story = [contact(0, inbound=True), contact(1, inbound=True), contact(7, inbound=False, answered=True)]
    assert missed_called_back(story) == 2
    assert missed_called_back([*story[:2], contact(7.5, inbound=False, answered=True)]) == 1
    assert missed_called_back([*story[:2], contact(2, inbound=False)]) == 0
    assert missed_called_back([contact(0, inbound=True), contact(1, inbound=True, answered=True)]) == 0
