"""When the turn of a caller who left the queue comes: a range in our hours, and none where nothing tells."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from decroche.model.hours import OpeningHours
from decroche.recover.priority import FLOOR_MIN, Reason, Waiting, order
from decroche.recover.waiting_line import ENOUGH, Estimate, pace_of, when_we_call
from decroche.understand.hours import is_open, parse_week

PARIS = ZoneInfo("Europe/Paris")
HOURS = OpeningHours(week=parse_week("mon-fri 08:00-12:00 14:00-18:00"))
#: A Monday, 11:00 in Paris.
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def turn(ahead: int, *paces: float | None, now: datetime = NOW) -> Estimate | None:
    return when_we_call(ahead=ahead, paces=paces, now=now, hours=HOURS, zone=PARIS)


def test_nothing_is_known_where_nothing_tells() -> None:
    assert turn(0) is None and turn(0, None, None) is None and turn(3, 0.0) is None
    assert pace_of(made=ENOUGH - 1, open_min=60) is None and pace_of(made=9, open_min=0) is None
    assert pace_of(made=30, open_min=60) == 0.5


def test_the_range_goes_from_the_quicker_pace_to_the_slower_and_never_outside_hours() -> None:
    assert turn(2, 0.1) == Estimate(earliest=NOW + timedelta(minutes=10), latest=NOW + timedelta(minutes=55))
    both = turn(2, 0.1, 1.0)
    assert both == Estimate(earliest=NOW, latest=NOW + timedelta(minutes=55))
    night = turn(0, 0.1, now=datetime(2026, 3, 2, 21, tzinfo=UTC))
    assert night == Estimate(
        earliest=datetime(2026, 3, 3, 7, tzinfo=UTC), latest=datetime(2026, 3, 3, 7, 25, tzinfo=UTC)
    )
    assert turn(5000, 0.1) is None, "too far ahead to be said"


@given(st.integers(0, 40), st.floats(0.02, 3), st.floats(0.02, 3), st.integers(0, 10_000))
def test_whatever_it_is_it_lies_in_open_hours_and_grows_with_who_is_ahead(
    ahead: int, one: float, other: float, minute: int
) -> None:
    now = NOW + timedelta(minutes=minute)
    found, behind = turn(ahead, one, other, now=now), turn(ahead + 1, one, other, now=now)
    if found is None:
        assert behind is None
        return
    assert now <= found.earliest < found.latest
    for moment in (found.earliest, found.latest):
        clock = moment.astimezone(PARIS).replace(tzinfo=None)
        # Time that is over when we close is over at that minute.
        assert is_open(clock, HOURS) or is_open(clock - timedelta(minutes=1), HOURS)
    assert behind is None or (behind.earliest >= found.earliest and behind.latest >= found.latest)


def asked(id: str, *, joined: int, since: int, value: float = 1.0, **more: float) -> Waiting:
    return Waiting(
        id=id, since=NOW - timedelta(minutes=since), joined=NOW - timedelta(minutes=joined), value=value,
        waited_business_min=more.get("waited", float(joined)),
    )  # fmt: skip


def test_who_asked_for_a_call_comes_as_they_joined_the_queue() -> None:
    people = [
        asked("late", joined=5, since=1, value=9.0),
        Waiting(id="plain", since=NOW - timedelta(minutes=2), value=5.0),
        asked("early", joined=40, since=30, value=0.1),
        asked("between", joined=20, since=19),
    ]
    listed = order(people, now=NOW)
    assert [place.waiting.id for place in listed] == ["early", "plain", "between", "late"]
    assert all((Reason.KEEPS_PLACE in place.reasons) == (place.waiting.joined is not None) for place in listed)


def test_nobody_waits_longer_than_anybody_may_for_those_who_asked() -> None:
    forgotten = Waiting(id="forgotten", since=NOW - timedelta(days=3), waited_business_min=FLOOR_MIN, value=0.01)
    people = [asked(str(number), joined=number, since=number, value=9.0) for number in range(1, 9)]
    assert order([*people, forgotten], now=NOW)[0].waiting.id == "forgotten"
