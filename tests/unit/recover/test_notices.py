"""Whoever is on call is told at once, everybody else in their own hours, each once, rung after rung."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.recover.notices import BadTeam, Channel, Team, notices, on_call, quiet_until
from decroche.recover.playbook import QuietHours, Recipient, RecipientKind

PARIS = ZoneInfo("Europe/Paris")
QUIET = QuietHours(20 * 60, 8 * 60)
OWNER, RECEPTION = Recipient(RecipientKind.ROLE, "owner"), Recipient(RecipientKind.TEAM, "reception")
TOLD: dict[str, Any] = {
    "members": [
        {"name": "anne", "roles": ["owner"], "text": "+33600000001", "email": "anne@garage.example"},
        {"name": "zoe", "teams": ["reception"], "email": "zoe@garage.example"},
        {"name": "luc", "teams": ["reception"], "webhook": "https://chat.example/luc"},
        {"name": "mute", "teams": ["reception"]},
    ],
    "on_call": [{"member": "luc", "week": "mon-thu 20:00-08:00"}],
    "ladder": [{"after_minutes": 30, "to": "role:owner"}, {"after_minutes": 10, "to": "person:luc"}],
}
TEAM = Team.read(TOLD)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


def told(to: Recipient, now: str, *, climbing: bool = True, team: Team = TEAM) -> list[tuple[str, datetime]]:
    found = notices(to, team, now=at(now), quiet=QUIET, zone=PARIS, climbing=climbing)
    return [(notice.member, notice.due_at.astimezone(PARIS)) for notice in found]


def test_in_the_day_those_who_are_meant_are_told_and_the_ladder_waits() -> None:
    assert told(RECEPTION, "2026-04-01T10:00") == [
        ("luc", at("2026-04-01T10:00")),
        ("zoe", at("2026-04-01T10:00")),
        ("anne", at("2026-04-01T10:30")),
    ]
    assert told(OWNER, "2026-04-01T10:00", climbing=False) == [("anne", at("2026-04-01T10:00"))]


def test_in_the_evening_whoever_is_on_call_is_told_and_the_owner_is_left_in_peace() -> None:
    """M134."""
    assert told(OWNER, "2026-04-01T21:00", climbing=False) == [("luc", at("2026-04-01T21:00"))]
    assert told(OWNER, "2026-04-02T03:00", climbing=False) == [("luc", at("2026-04-02T03:00"))]
    assert told(RECEPTION, "2026-04-01T19:45") == [
        ("luc", at("2026-04-01T19:45")),
        ("zoe", at("2026-04-01T19:45")),
    ], "the rung of 20:15 falls to whoever is on call, who knows already"


def test_where_nobody_is_on_call_all_wait_for_the_morning() -> None:
    assert told(OWNER, "2026-04-04T21:00", climbing=False) == [("anne", at("2026-04-05T08:00"))]
    assert told(OWNER, "2026-04-05T07:59", climbing=False) == [("anne", at("2026-04-05T08:00"))]
    assert told(OWNER, "2026-04-05T08:00", climbing=False) == [("anne", at("2026-04-05T08:00"))]


def test_the_way_that_stands_first_is_tried_first() -> None:
    (notice,) = notices(OWNER, TEAM, now=at("2026-04-01T10:00"), quiet=QUIET, zone=PARIS, climbing=False)
    assert (notice.channel, notice.instead) == (Channel.TEXT, ((Channel.EMAIL, "anne@garage.example"),))
    assert "33600000001" not in repr(notice) and "33600000001" not in repr(TEAM)
    by_address = Recipient(RecipientKind.PERSON, "zoe@garage.example")
    assert told(by_address, "2026-04-01T10:00", climbing=False) == [("zoe", at("2026-04-01T10:00"))]
    assert on_call(TEAM, at("2026-04-04T21:00"), PARIS) == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"members": [{}]}, "name"),
        ({"members": [{"name": "a"}, {"name": "a"}]}, "same_name"),
        ({"on_call": [{"member": "x", "week": "mon 8:00-9:00"}]}, "strangers: x"),
        ({"on_call": [{"member": "x", "week": "some day"}]}, "some day"),
        ({"ladder": [{"after_minutes": 5, "to": "owner"}]}, "recipient: owner"),
        ({"ladder": [{"after_minutes": "soon", "to": "role:owner"}]}, "incomplete"),
    ],
)
def test_a_team_that_is_told_wrongly_is_refused(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(BadTeam, match=said):
        Team.read(wrong)


@given(st.integers(0, 14 * 96), st.integers(0, 1439), st.integers(0, 1439))
def test_nobody_who_is_not_on_call_is_disturbed_in_quiet_hours(quarter: int, start: int, end: int) -> None:
    now = datetime(2026, 3, 23, tzinfo=UTC) + quarter * timedelta(minutes=15)
    quiet = QuietHours(start, end)
    for notice in notices(RECEPTION, TEAM, now=now, quiet=quiet, zone=PARIS):
        local = notice.due_at.astimezone(PARIS)
        watch = {member.name for member in on_call(TEAM, notice.due_at, PARIS)}
        assert notice.due_at >= now
        assert notice.member in watch or not quiet.holds(local.hour * 60 + local.minute)


def test_quiet_hours_end_at_the_clock_of_the_night_that_changes() -> None:
    assert quiet_until(at("2026-03-28T23:00"), QUIET, PARIS) == at("2026-03-29T08:00")
    assert quiet_until(at("2026-03-28T12:00"), QUIET, PARIS) == at("2026-03-28T12:00")
