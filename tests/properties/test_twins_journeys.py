"""Journeys in columns are journeys one by one, in whatever order the rows come; every miss belongs to exactly one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

import ibis.expr.types as ir
import pyarrow as pa
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from decroche.understand.journeys import SILENCE, Contact, Journey, JourneyState, journeys
from decroche.warehouse import journeys as columns
from decroche.warehouse.engine import Engine

START = datetime.fromisoformat("2026-03-02 09:00")
DAY = timedelta(days=1)
#: Days that often fall exactly on a silence of 7 days, and moments of the same second.
moments = st.builds(
    lambda days, offset: START + days * DAY + offset,
    st.one_of(st.sampled_from([0, 1, 7, 8, 14, 16]), st.integers(0, 30)),
    st.sampled_from(
        [timedelta(0), timedelta(0), timedelta(seconds=1), timedelta(milliseconds=400), timedelta(hours=1)]
    ),
)
#: From the last call to the end of the data: nothing, or as long as a window or a silence, or about.
tails = st.sampled_from([timedelta(hours=hours) for hours in (0, 1, 23, 24, 168, 169, 800)])
contacts = st.builds(
    Contact,
    person=st.sampled_from([33612345678, 33612345678, 15145550101]),
    site=st.sampled_from(["", "Lyon"]),
    started_at=moments,
    inbound=st.booleans(),
    answered=st.booleans(),
)
#: Missed, and tried in vain and reached in one second 8 days later: which of the two comes first must not be chance.
TIED = [
    Contact(person=33612345678, site="", started_at=START + days * DAY, inbound=inbound, answered=answered)
    for days, inbound, answered in ((0, True, False), (8, False, False), (8, False, True))
]
contact_lists = st.lists(contacts, max_size=25)
ends = st.builds(
    lambda days, seconds: START + days * DAY + timedelta(seconds=seconds), st.integers(30, 45), st.sampled_from([0, 1])
)
silences = st.sampled_from([SILENCE, timedelta(days=1)])


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with Engine(tmp_path_factory.mktemp("journeys"), threads=1) as opened:
        yield opened


def stored(engine: Engine, drawn: Sequence[Contact]) -> ir.Table:
    said: dict[str, Any] = {
        "id": pa.array(range(len(drawn)), pa.int64()),
        "person": pa.array([contact.person for contact in drawn], pa.int64()),
        "site": pa.array([contact.site for contact in drawn], pa.string()),
        "started": pa.array([contact.started_at for contact in drawn], pa.timestamp("us")),
        "inbound": pa.array([contact.inbound for contact in drawn], pa.bool_()),
        "answered": pa.array([contact.answered for contact in drawn], pa.bool_()),
    }
    return engine.load("contacts", pa.table(said))


@pytest.mark.hard
@settings(max_examples=80)
@given(drawn=contact_lists, end=ends, silence=silences)
@example(drawn=TIED, end=START + 40 * DAY, silence=SILENCE)
def test_the_columns_join_journeys_as_the_definition_does(
    engine: Engine, drawn: list[Contact], end: datetime, silence: timedelta
) -> None:
    contacts = stored(engine, drawn)
    found = columns.journeys(columns.packed(contacts), data_end=end, silence=silence)
    first = contacts.select("person", "site", first_id=contacts.id)
    rows = engine.records(found.join(first, "first_id").order_by("person", "site", "opened_at"))
    wanted = [asdict(journey) for journey in journeys(drawn, data_end=end, silence=silence)]
    assert [{name: row[name] for name in journey} for row, journey in zip(rows, wanted, strict=True)] == wanted


def windows(found: Sequence[Journey], end: datetime, hours: int) -> dict[str, int]:
    seen = [journey for journey in found if journey.opened_at + timedelta(hours=hours) <= end]
    after = ("redialed", "redialed_answered", "called_back", "called_back_answered")
    within = {
        name: sum((getattr(journey, f"{name}_after_s") or 1e99) <= hours * 3600 for journey in seen) for name in after
    }
    return {"observable": len(seen), **within}


@pytest.mark.hard
@settings(max_examples=60)
@given(drawn=contact_lists, tail=tails, silence=silences)
def test_the_columns_count_journeys(engine: Engine, drawn: list[Contact], tail: timedelta, silence: timedelta) -> None:
    """Data may end in the middle of the story, but never before its last call."""
    end = max([contact.started_at for contact in drawn], default=START) + tail
    found = journeys(drawn, data_end=end, silence=silence)
    engine.create("journeys", columns.journeys(columns.packed(stored(engine, drawn)), data_end=end, silence=silence))
    counted = engine.records(columns.journey_counts(engine.table("journeys"), data_end=end, silence=silence))[0]
    number: dict[str, Any] = {key: value or 0 for key, value in counted.items()}
    settled = [journey for journey in found if end - journey.last_missed_at > silence]
    states = [journey.state for journey in settled]
    assert number["journeys"] == len(found)
    assert number["settled"] == len(settled)
    assert number["recovered_by_caller"] == states.count(JourneyState.RECOVERED_BY_CALLER)
    assert number["recovered_by_us"] == states.count(JourneyState.RECOVERED_BY_US)
    assert number["lost"] == states.count(JourneyState.LOST)
    assert number["settled"] == number["recovered_by_caller"] + number["recovered_by_us"] + number["lost"]
    assert number["open"] == sum(journey.state is JourneyState.OPEN for journey in found)
    assert number["new_callers"] == sum(journey.first_contact for journey in found)
    for hours in columns.WINDOWS_H:
        assert {name: number[f"{name}_{hours}"] for name in windows([], end, 1)} == windows(found, end, hours)


@given(contact_lists.flatmap(lambda drawn: st.tuples(st.just(drawn), st.permutations(drawn))), ends)
@example((TIED, TIED[::-1]), START + 40 * DAY)
def test_journeys_do_not_depend_on_the_order_of_the_rows(
    both: tuple[list[Contact], list[Contact]], end: datetime
) -> None:
    assert journeys(both[1], data_end=end) == journeys(both[0], data_end=end)


@given(contact_lists, ends)
def test_every_miss_belongs_to_exactly_one_journey(drawn: list[Contact], end: datetime) -> None:
    found = journeys(drawn, data_end=end)
    assert sum(journey.attempts for journey in found) == sum(contact.missed for contact in drawn)
    for contact in drawn:
        if contact.missed:
            mine = [j for j in found if (j.person, j.site) == (contact.person, contact.site)]
            assert sum(j.opened_at <= contact.started_at <= j.last_missed_at for j in mine) == 1


@given(contact_lists, ends)
def test_one_who_was_answered_after_the_last_miss_is_not_lost(drawn: list[Contact], end: datetime) -> None:
    for journey in journeys(drawn, data_end=end):
        spoken = [
            contact
            for contact in drawn
            if (contact.person, contact.site) == (journey.person, journey.site)
            and contact.answered
            and journey.last_missed_at < contact.started_at <= journey.last_missed_at + SILENCE
        ]
        recovered = journey.state in (JourneyState.RECOVERED_BY_CALLER, JourneyState.RECOVERED_BY_US)
        assert recovered == bool(spoken)
