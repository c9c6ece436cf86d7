"""Whatever the hours, the zone and the night: what is offered lies in open hours, in order, and never twice."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from decroche.model.hours import OpeningHours
from decroche.recover.slots import Slot, SlotSettings, by_day, free_slots, spread
from decroche.understand.hours import is_open, parse_week
from decroche.understand.overlaps import busiest

ZONES = ("Europe/Paris", "America/Montreal", "Australia/Lord_Howe", "UTC")
#: Days around the nights on which clocks change in one of the zones.
MOMENTS = st.sampled_from(
    [datetime(2026, month, day, tzinfo=UTC) for month, day in ((3, 28), (10, 24), (3, 7), (10, 31), (4, 4), (7, 1))]
)
NIGHT = OpeningHours(week=parse_week("mon-sun 00:00-24:00"))
SPRING, AUTUMN = datetime(2026, 3, 28, 22, tzinfo=UTC), datetime(2026, 10, 24, 22, tzinfo=UTC)


@st.composite
def weeks(draw: st.DrawFn) -> OpeningHours:
    def intervals() -> tuple[tuple[int, int], ...]:
        cuts = draw(st.lists(st.integers(0, 96), max_size=6, unique=True).map(sorted))
        return tuple((first * 15, last * 15) for first, last in zip(cuts[::2], cuts[1::2], strict=False))

    week = {day: intervals() for day in range(1, 8)}
    holidays = {date(2026, 3, 29): "holiday"} if draw(st.booleans()) else {}
    return OpeningHours(week=week, holidays=holidays)


SETTINGS = st.builds(
    SlotSettings,
    minutes=st.sampled_from([5, 15, 20, 30, 45, 60]),
    capacity=st.integers(0, 3),
    lead_minutes=st.sampled_from([0, 30, 240]),
    horizon_days=st.integers(1, 3),
)


@st.composite
def promises(draw: st.DrawFn, around: datetime) -> list[tuple[datetime, datetime]]:
    starts = draw(st.lists(st.integers(-100, 5000), max_size=6))
    return [(around + timedelta(minutes=m), around + timedelta(minutes=m + 30)) for m in starts]


@given(st.data(), MOMENTS, st.integers(0, 1440), weeks(), st.sampled_from(ZONES), SETTINGS)
def test_offers_lie_in_open_hours_and_are_free(
    data: st.DataObject, day: datetime, minute: int, hours: OpeningHours, name: str, settings: SlotSettings
) -> None:
    zone, now = ZoneInfo(name), day + timedelta(minutes=minute)
    promised = data.draw(promises(now))
    found = free_slots(now, hours=hours, zone=zone, settings=settings, promised=promised)
    for slot in found:
        assert slot.ends_at - slot.starts_at == settings.length
        assert (
            now + timedelta(minutes=settings.lead_minutes)
            <= slot.starts_at
            <= now + timedelta(days=settings.horizon_days)
        )
        for number in range(settings.minutes):
            shown = (slot.starts_at + timedelta(minutes=number)).astimezone(zone).replace(tzinfo=None)
            assert is_open(shown, hours)
        taken = busiest(promised, within=(slot.starts_at, slot.ends_at))
        assert 0 < slot.free == settings.capacity - taken
    assert all(one.ends_at <= other.starts_at for one, other in itertools.pairwise(found))
    # Nobody is shown the same time twice.
    clocks = [slot.starts_at.astimezone(zone).replace(tzinfo=None) for slot in found]
    assert len(set(clocks)) == len(clocks)


@given(st.sampled_from([15, 30, 60]))
@example(30)
def test_the_hour_that_clocks_repeat_is_offered_once(minutes: int) -> None:
    settings = SlotSettings(minutes=minutes, lead_minutes=0, horizon_days=1)
    zone = ZoneInfo("Europe/Paris")

    def hours_shown(now: datetime) -> list[str]:
        found = free_slots(now, hours=NIGHT, zone=zone, settings=settings)
        return [f"{slot.starts_at.astimezone(zone):%H:%M}" for slot in found[: 5 * 60 // minutes]]

    assert sum(shown.startswith("02:") for shown in hours_shown(SPRING)) == 0
    assert sum(shown.startswith("02:") for shown in hours_shown(AUTUMN)) == 60 // minutes


@given(st.integers(0, 40), st.integers(-1, 12))
def test_a_few_are_chosen_from_all(count: int, wanted: int) -> None:
    start = datetime(2026, 3, 2, 8, tzinfo=UTC)
    slots = [
        Slot(starts_at=start + timedelta(hours=n), ends_at=start + timedelta(hours=n + 1), free=1) for n in range(count)
    ]
    chosen = spread(slots, wanted)
    assert len(chosen) == min(count, max(wanted, 0))
    assert len(set(chosen)) == len(chosen)
    assert sorted(chosen) == list(chosen)
    assert not chosen or chosen[0] == slots[0]
    days = by_day(slots, UTC)
    assert [slot for _, each in days for slot in each] == slots
    assert [day for day, _ in days] == sorted({slot.starts_at.date() for slot in slots})
