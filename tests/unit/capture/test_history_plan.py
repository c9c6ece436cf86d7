"""What a platform is asked next: which period, in which parts, after which pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.capture.history.plan import RHYTHMS, Asked, Backfill, Reading, Sweep, Trailing

NOW = datetime(2026, 5, 20, 12, 0, tzinfo=UTC)
PARIS = ZoneInfo("Europe/Paris")
HALF_A_YEAR, WEEK = timedelta(days=180), timedelta(days=7)
_MINUTES = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=90))


def due(state: Trailing, now: datetime, *, polls: bool = True) -> Reading | None:
    return state.next_reading(now, polls=polls, zone=PARIS, reach=HALF_A_YEAR)


def swept(state: Trailing, now: datetime, *, polls: bool = True) -> tuple[Trailing, list[Reading]]:
    """Everything that is due now, read."""
    found: list[Reading] = []
    while (reading := due(state, now, polls=polls)) is not None:
        state = state.begun(reading, now).read(reading.sweep, None)
        found.append(reading)
    return state, found


def sweeps(readings: list[Reading]) -> list[Sweep]:
    return [each.sweep for each in readings]


def test_a_new_endpoint_is_asked_for_what_is_new_first_and_for_two_days_last() -> None:
    _, found = swept(Trailing(), NOW)
    assert [(each.sweep, each.until - each.at) for each in found] == [
        (Sweep.POLL, timedelta(minutes=15)), (Sweep.RECENT, timedelta(hours=2)), (Sweep.NIGHTLY, timedelta(hours=48)),
    ]  # fmt: skip
    assert {each.until for each in found} == {NOW}


@pytest.mark.parametrize(
    ("later", "wanted"),
    [
        (timedelta(seconds=59), []),
        (timedelta(minutes=1), [Sweep.POLL]),
        (timedelta(minutes=10), [Sweep.POLL, Sweep.RECENT]),
        (timedelta(hours=12, minutes=59), [Sweep.POLL, Sweep.RECENT]),
        (timedelta(hours=13), [Sweep.POLL, Sweep.RECENT, Sweep.NIGHTLY]),
    ],
)
def test_each_sweep_has_its_rhythm_and_the_longest_comes_at_three_in_the_night(
    later: timedelta, wanted: list[Sweep]
) -> None:
    state, _ = swept(Trailing(), NOW)
    assert sweeps(swept(state, NOW + later)[1]) == wanted


def test_a_platform_that_speaks_by_itself_is_not_asked_each_minute() -> None:
    assert sweeps(swept(Trailing(), NOW, polls=False)[1]) == [Sweep.RECENT, Sweep.NIGHTLY]


def test_the_night_of_the_clock_change_has_one_sweep() -> None:
    before = datetime(2026, 10, 24, 12, 0, tzinfo=UTC)
    state, _ = swept(Trailing(), before, polls=False)
    found = []
    for hour in range(1, 25):
        state, more = swept(state, before + timedelta(hours=hour), polls=False)
        found += [hour for each in more if each.sweep is Sweep.NIGHTLY]
    # Three in the night is 01:00 UTC in summer and 02:00 in winter.
    assert found == [14]


@given(away=_MINUTES)
def test_nothing_of_the_time_away_stays_unasked(away: timedelta) -> None:
    state, _ = swept(Trailing(), NOW)
    back = NOW + away
    _, found = swept(state, back)
    # The first minute is that of the poll that is not due yet.
    if away >= timedelta(minutes=10):
        assert min(each.at for each in found) <= NOW - timedelta(minutes=15)
    assert all(each.until == back and each.at < back for each in found)


@given(away=_MINUTES)
def test_no_sweep_fetches_what_a_longer_one_fetches_anyway(away: timedelta) -> None:
    state, _ = swept(Trailing(), NOW)
    _, found = swept(state, NOW + away)
    reaches = {each.sweep: each.until - each.at for each in found}
    assert reaches.get(Sweep.POLL, timedelta()) <= RHYTHMS[Sweep.RECENT].reach
    assert reaches.get(Sweep.RECENT, timedelta()) <= RHYTHMS[Sweep.NIGHTLY].reach


def test_no_platform_is_asked_for_more_than_it_keeps() -> None:
    state, _ = swept(Trailing(), NOW)
    _, found = swept(state, NOW + timedelta(days=400))
    assert min(each.at for each in found) == NOW + timedelta(days=400) - HALF_A_YEAR


def test_a_clock_put_back_does_not_silence_the_sweeps() -> None:
    state, _ = swept(Trailing(), NOW)
    _, found = swept(state, NOW - timedelta(days=300))
    assert sweeps(found) == [Sweep.POLL, Sweep.RECENT, Sweep.NIGHTLY]


def test_what_is_new_goes_before_what_is_half_read() -> None:
    night = Reading(sweep=Sweep.NIGHTLY, at=NOW - timedelta(hours=48), until=NOW, next="page 2")
    state = Trailing(readings=(night,), began=((Sweep.NIGHTLY, NOW), (Sweep.POLL, NOW), (Sweep.RECENT, NOW)))
    assert due(state, NOW) == night
    soon = due(state, NOW + timedelta(minutes=1))
    assert soon is not None and soon.sweep is Sweep.POLL
    state = state.begun(soon, NOW + timedelta(minutes=1)).read(Sweep.POLL, None)
    assert due(state, NOW + timedelta(minutes=1)) == night


@given(days=st.integers(1, 40), pages=st.integers(1, 4))
def test_a_period_is_read_part_by_part_to_its_end(days: int, pages: int) -> None:
    left: Reading | None = Reading(sweep=Sweep.BACKFILL, at=NOW - timedelta(days=days), until=NOW)
    parts: list[tuple[datetime, datetime]] = []
    while left is not None:
        part = left.slice(WEEK)
        assert part[1] - part[0] <= WEEK
        for page in range(1, pages):
            left = left.after(str(page), WEEK)
            assert left is not None and left.slice(WEEK) == part and left.next == str(page)
        parts.append(part)
        left = left.after(None, WEEK)
    assert [begin for begin, _ in parts[1:]] == [end for _, end in parts[:-1]]
    assert (parts[0][0], parts[-1][1]) == (NOW - timedelta(days=days), NOW)


def test_a_part_that_is_read_anew_keeps_its_bounds_and_is_read_anew_once() -> None:
    reading = Reading(sweep=Sweep.RECENT, at=NOW - timedelta(days=9), until=NOW, next="page 3")
    anew = reading.anew()
    assert (anew.at, anew.until, anew.next, anew.again) == (reading.at, reading.until, None, True)
    further = anew.after(None, WEEK)
    assert further is not None and not further.again


def test_a_wish_tells_how_far_it_has_come() -> None:
    asked = Asked(id="wish", begin=NOW - timedelta(days=10), end=NOW)
    state = Backfill.of(asked)
    assert state.done(asked) == 0
    assert state.reading is not None
    state = state.read(state.reading.after(None, WEEK), 40)
    assert state.done(asked) == 0.7
    assert state.reading is not None
    state = state.read(state.reading.after(None, WEEK), 2)
    assert (state.done(asked), state.reading, state.records) == (1.0, None, 42)
    assert state.done(Asked(id="another", begin=asked.begin, end=asked.end)) == 0
