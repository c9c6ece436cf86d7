"""Attempts to call back lie at different hours, within our limits and hours, and the rules have the last word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from decroche.model.hours import OpeningHours
from decroche.recover.callbacks import NextCall, Why, next_call
from decroche.recover.playbook import Attempts
from decroche.rules.decision import decide
from decroche.rules.outreach import CallbackRequest, Known, Means, Outreach, Purpose
from decroche.rules.ruling import Basis, Finding, Grade, Ruling, Verdict, ruling
from decroche.understand.hours import is_open, parse_week

PARIS = ZoneInfo("Europe/Paris")
HOURS = OpeningHours(week=parse_week("mon-fri 08:00-12:00 14:00-18:00"), holidays={date(2026, 4, 6): "Easter"})
LIMITS = Attempts(per_day=2, in_all=4, apart=timedelta(hours=2))
ALLOWED = ruling(())


def at(text: str) -> datetime:
    """A time in Paris, on Wednesday 1 April 2026 unless the text has a date."""
    return datetime.fromisoformat(text if "T" in text else f"2026-04-01T{text}").replace(tzinfo=PARIS)


def finding(verdict: Verdict, until: datetime | None = None) -> Finding:
    return Finding(
        rule="X", verdict=verdict, basis=Basis.LAW, source="", source_date=None, grade=Grade.A, reason="x", until=until
    )


def following(
    now: str,
    *tried: str,
    hours: OpeningHours | None = HOURS,
    limits: Attempts = LIMITS,
    rules: Callable[[datetime], Ruling] = lambda moment: ALLOWED,
    slot: tuple[str, str] | None = None,
) -> NextCall:
    return next_call(
        now=at(now),
        tried=[at(each) for each in tried],
        limits=limits,
        hours=hours,
        zone=PARIS,
        rules=rules,
        slot=None if slot is None else (at(slot[0]), at(slot[1])),
    )


@pytest.mark.parametrize(
    ("now", "tried", "expected", "why"),
    [
        ("09:03", (), "09:03", (Why.AT_ONCE,)),
        ("12:30", (), "14:00", (Why.CLOSED,)),
        ("18:05", (), "2026-04-02T08:00", (Why.CLOSED,)),
        ("2026-04-03T18:05", (), "2026-04-07T08:00", (Why.CLOSED,)),
        ("09:10", ("09:05",), "11:15", (Why.SAME_HOUR,)),
        ("11:20", ("09:05", "11:15"), "2026-04-02T14:00", (Why.ENOUGH_TODAY, Why.CLOSED, Why.SAME_HOUR)),
        ("2026-04-02T08:00", ("09:00",), "2026-04-02T11:00", (Why.SAME_HOUR,)),
    ],
)
def test_another_hour_another_day(now: str, tried: tuple[str, ...], expected: str, why: tuple[Why, ...]) -> None:
    found = following(now, *tried)
    assert found.at is not None
    assert (found.at.astimezone(PARIS), set(found.why)) == (at(expected), set(why))


def test_when_all_is_tried_nothing_is_left() -> None:
    assert following("09:00", *("2026-03-30T09:00",) * 4) == NextCall(at=None, why=(Why.ALL_TRIED,))


def test_a_business_with_short_hours_tries_the_same_hour_on_another_day() -> None:
    short = OpeningHours(week=parse_week("mon-fri 09:00-10:00"))
    found = following("09:30", "09:15", hours=short)
    assert found.at == at("2026-04-02T09:00")
    never = OpeningHours(week={})
    assert following("09:30", hours=never) == NextCall(at=None, why=(Why.CLOSED, Why.NO_TIME_LEFT))
    assert following("03:00", hours=None).at == at("03:00")


def test_a_promise_stands_above_our_own_limits_and_below_the_rules() -> None:
    tried = ("08:05",) * 4
    assert following("09:00", *tried, slot=("12:30", "13:00")) == NextCall(
        at=at("12:30"), why=(Why.PROMISED,), ruling=ALLOWED
    )
    assert following("12:40", *tried, slot=("12:30", "13:00")).at == at("12:40")
    assert following("13:00", *tried, slot=("12:30", "13:00")).why == (Why.ALL_TRIED,)
    delayed = ruling((finding(Verdict.DELAY, at("12:45")),), until=at("12:45"))
    assert following("09:00", slot=("12:30", "13:00"), rules=lambda _: delayed).at == at("12:45")
    too_late = ruling((finding(Verdict.DELAY, at("13:00")),), until=at("13:00"))
    assert following("09:00", slot=("12:30", "13:00"), rules=lambda _: too_late).why == (Why.REFUSED,)
    refused = ruling((finding(Verdict.REFUSE),))
    assert following("09:00", slot=("12:30", "13:00"), rules=lambda _: refused).at is None


def test_the_rules_are_asked_again_when_time_helps_and_believed_when_it_does_not() -> None:
    def from_ten(moment: datetime) -> Ruling:
        return ALLOWED if moment >= at("10:00") else ruling((finding(Verdict.DELAY, at("10:00")),), until=at("10:00"))

    found = following("09:02", rules=from_ten)
    assert (found.at, found.why) == (at("10:00"), (Why.RULES,))

    def too_often(moment: datetime) -> Ruling:
        return ALLOWED if moment > at("15:20") else ruling((finding(Verdict.REFUSE, at("15:20")),))

    assert following("09:02", rules=too_often).at == at("15:30")
    never = ruling((finding(Verdict.REFUSE), finding(Verdict.REFUSE, at("15:20"))))
    assert following("09:02", rules=lambda _: never) == NextCall(at=None, why=(Why.REFUSED,), ruling=never)


def test_a_requested_call_ends_with_its_delay() -> None:
    """CALL-11: what was asked for on Friday evening is not done on Tuesday."""
    known = Known(request=CallbackRequest(asked_at=at("2026-04-03T17:59"), evidence="RAPPEL"))

    def rules(moment: datetime) -> Ruling:
        outreach = Outreach(means=Means.CALL, purpose=Purpose.REQUESTED, recipient=33611111111, at=moment, country="FR")
        return decide(outreach, known)

    assert following("2026-04-03T17:59", rules=rules).why == (Why.AT_ONCE,)
    found = following("2026-04-03T18:05", rules=rules)
    assert found.at is None and found.ruling is not None
    assert [each.rule for each in found.ruling.against] == ["CALL-11"]


@given(
    st.integers(0, 7 * 96),
    st.lists(st.integers(0, 3 * 96), max_size=3).map(sorted),
    st.integers(1, 4),
    st.integers(0, 5),
)
def test_whatever_was_tried_the_next_call_respects_all_limits(
    now: int, tried: list[int], per_day: int, apart: int
) -> None:
    begin = datetime(2026, 3, 27, tzinfo=UTC)
    past = [begin + number * timedelta(minutes=15) for number in tried]
    limits = Attempts(per_day=per_day, in_all=4, apart=timedelta(hours=apart))
    moment = max([begin + now * timedelta(minutes=15), *past])
    found = next_call(now=moment, tried=past, limits=limits, hours=HOURS, zone=PARIS, rules=lambda _: ALLOWED)
    assert found.at is not None and found.at >= moment
    local = found.at.astimezone(PARIS).replace(tzinfo=None)
    assert is_open(local, HOURS)
    assert sum(each.astimezone(PARIS).date() == local.date() for each in past) < per_day
    assert all(found.at - each >= limits.apart for each in past)
