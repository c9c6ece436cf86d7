"""A business is simulated, its export is audited, and the report is held against what really happened.

The export tells less than the truth: a message left hides why nobody answered, a phone that somebody rejected is only
"missed", and a person who calls about something else looks like one who tries again. The margins say how much less.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from decroche.model.call import ABANDONED
from decroche.model.figures import Figures
from decroche.settings import AuditSettings
from decroche.simulate.calls import SimulatedCalls, simulate
from decroche.simulate.dealership import dealership_quebec
from decroche.simulate.export import write_csv
from decroche.simulate.presets import garage_lyon
from tests.cli.auditing import counted

pytestmark = pytest.mark.hard

BUSINESSES = {"garage": (garage_lyon, 42), "dealership": (dealership_quebec, 21)}
MESSAGE_LEFT = "voicemail"


@dataclass(frozen=True)
class Told:
    """What really happened (inbound calls that no spam rule refused, with their truth), and what the audit says."""

    calls: list[dict[str, Any]]
    intents: dict[int, dict[str, Any]]
    end: int
    figures: Figures

    @property
    def missed(self) -> list[dict[str, Any]]:
        return [call for call in self.calls if call["reason"] is not None]

    def of_reason(self) -> Counter[str]:
        return Counter(call["reason"] for call in self.missed)

    def found(self) -> dict[str, int]:
        return {row.reason: row.missed for row in self.figures.reasons}


def _told(made: SimulatedCalls, figures: Figures) -> Told:
    truth = made.truth.drop_columns(["call_id", "reason"]).to_pylist()
    rows = [{**call, **hidden} for call, hidden in zip(made.calls.to_pylist(), truth, strict=True)]
    return Told(
        calls=[row for row in rows if row["direction"] == "inbound" and row["reason"] != "blocked_spam"],
        intents={intent["intent_id"]: intent for intent in made.intents.to_pylist()},
        end=max(row["start"] for row in rows),
        figures=figures,
    )


@pytest.fixture(scope="module", params=BUSINESSES)
def told(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    business, days = BUSINESSES[request.param]
    world = business()
    made = simulate(world, seed=11, days=days, start=date(2026, 3, 2))
    folder = tmp_path_factory.mktemp(request.param)
    write_csv(made, folder / "export.csv")
    yield _told(made, counted([folder / "export.csv"], folder, AuditSettings(zone=world.zone)).figures)


def test_totals_are_the_truth(told: Told) -> None:
    totals = told.figures.totals
    assert totals.offered == len(told.calls)
    assert totals.answered == sum(call["answered"] for call in told.calls)
    assert totals.missed == len(told.missed)
    assert totals.voicemail_left == sum(call[MESSAGE_LEFT] for call in told.missed)
    assert totals.masked_missed == sum(call["caller"] is None for call in told.missed)


def test_people_are_told_apart_however_their_numbers_are_written(told: Told) -> None:
    known = [call for call in told.calls if call["caller"] is not None]
    people = {call["person_id"] for call in known}
    assert len({call["caller"] for call in known}) > len(people) * 1.05, (
        "the phone system writes a number in several ways"
    )
    assert told.figures.totals.unique_callers == len(people)
    assert told.figures.totals.unique_callers_missed == len(
        {call["person_id"] for call in known if call["reason"] is not None}
    )


def test_reasons_that_the_export_tells_are_the_truth(told: Told) -> None:
    found, really = told.found(), told.of_reason()
    without_message = Counter(call["reason"] for call in told.missed if not call[MESSAGE_LEFT])
    assert found["technical_failure"] == really["technical_failure"]
    assert found["busy"] == without_message["busy"] + without_message["queue_full"]
    assert found.get("callback_requested", 0) == really["callback_requested"]
    assert without_message["after_hours"] <= found["after_hours"] <= really["after_hours"]


def test_abandoned_calls_are_the_truth_but_for_phones_rejected_at_once(told: Told) -> None:
    """Somebody rejects the call within 5 s, the export says "missed": it looks like a caller who left at once."""
    really = told.of_reason()
    abandoned = sum(really[reason.value] for reason in ABANDONED)
    assert (
        abandoned
        <= told.figures.totals.abandoned
        <= abandoned + really["agent_rejected"] + really["no_agent_available"]
    )


@pytest.mark.parametrize(("hours", "margin"), [(1, 0.02), (24, 0.03), (168, 0.08)])
def test_who_tried_again_is_near_the_truth(told: Told, hours: int, margin: float) -> None:
    """A second want of the same person within a week looks like a redial: the longer the window, the more of them."""
    first: dict[int, int] = {}
    again: dict[int, int] = {}
    for call in told.calls:
        intent = call["intent_id"]
        if intent is None or call["caller"] is None:
            continue
        if call["attempt"] == 1 and call["reason"] is not None:
            first[intent] = call["start"]
        elif intent in first:
            again.setdefault(intent, call["start"])
    seen = [intent for intent, start in first.items() if told.end - start >= hours * 3600]
    tried = [intent for intent in seen if intent in again and again[intent] - first[intent] <= hours * 3600]
    window = next(window for window in told.figures.journeys.windows if window.hours == hours)
    assert window.redialed / window.observable == pytest.approx(len(tried) / len(seen), abs=margin)
    if hours < 168:
        return
    lost = sum(told.intents[intent]["end"] in ("lost", "spam") for intent in seen)
    journeys = told.figures.journeys
    assert journeys.lost / journeys.observable == pytest.approx(lost / len(seen), abs=margin)
