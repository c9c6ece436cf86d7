"""Outcomes add up, and a median never hides those to whom nothing happened."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from decroche.prove.outcomes import JourneyRow, Lapse, Outcome, outcome, outcomes, speed
from decroche.understand.live_journeys import RecoveredBy

_lapses = st.none() | st.builds(Lapse, st.integers(0, 9999).map(float), st.integers(0, 9999).map(float))
_rows = st.builds(JourneyRow, outcome=st.sampled_from(Outcome), attempt=_lapses, contact=_lapses, booking=_lapses)


@given(st.lists(_rows, max_size=30))
def test_every_journey_has_one_outcome(rows: list[JourneyRow]) -> None:
    found = outcomes(rows)
    assert sum(found.counts.values()) == found.journeys == len(rows)
    assert found.recovered.denominator == len(rows) - found.counts[Outcome.UNDECIDED]
    assert found.recovered.numerator == found.recovered.denominator - found.counts[Outcome.NOT]
    assert {one.happened.denominator for one in (found.to_attempt, found.to_contact, found.to_booking)} == {len(rows)}


@given(st.lists(_lapses, max_size=30))
def test_half_of_all_are_no_sooner_than_half_of_those_it_happened_to(lapses: list[Lapse | None]) -> None:
    found = speed(lapses)
    assert (found.elapsed_min is None) == (found.happened.numerator == 0)
    if found.half_within_elapsed_min is not None and found.elapsed_min is not None:
        assert found.half_within_elapsed_min >= found.elapsed_min
        assert sum(one is not None and one.elapsed_min <= found.half_within_elapsed_min for one in lapses) * 2 >= len(
            lapses
        )
    if found.happened.numerator * 2 < len(lapses):
        assert found.half_within_elapsed_min is None
        assert found.half_within_business_min is None


def test_what_met_the_need_is_the_outcome_whether_or_not_the_journey_is_over() -> None:
    for by in RecoveredBy:
        assert outcome(by, over=True) is outcome(by, over=False)
        assert outcome(by, over=True) not in (Outcome.NOT, Outcome.UNDECIDED)
    assert (outcome(None, over=True), outcome(None, over=False)) == (Outcome.NOT, Outcome.UNDECIDED)
