"""Google Ads: calls and costs are there once, as they are now, whatever breaks on the way; doubts wait for a person."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
import sqlalchemy as sa

from decroche.ledger.ad_calls import NoCandidate, decide_ad_call, find_ad_calls, list_ad_calls
from decroche.ledger.cost_lines import page_of_lines, read_lines
from decroche.ledger.crm_connections import add_crm, read_crms, remove_crm
from decroche.ledger.crm_privacy import forget_in_crm, old_areas
from decroche.ledger.source_counts import source_counts
from decroche.ledger.source_tables import ad_calls
from decroche.ledger.tables import calls
from decroche.model.board import Period
from decroche.model.touch import Way
from decroche.prove.service_attribution import attribution
from decroche.understand.ad_calls import Fit
from decroche.warehouse.handled import Handled
from tests.capture.crm_place import BOX, CALLER, Killed, Place, place
from tests.capture.listening import NOW
from tests.capture.test_crm_sync import killing
from tests.platforms import google_ads
from tests.platforms.google_ads import GoogleAds, quota, refused

pytestmark = pytest.mark.hard
TODAY = NOW.date()
PARIS = ZoneInfo("Europe/Paris")
DAY = timedelta(days=1)
LATER = timedelta(hours=1, minutes=1)


@contextmanager
def ads(**more: Any) -> Iterator[tuple[GoogleAds, Place]]:
    """Google Ads and a garage, whose clocks are the same."""
    server = GoogleAds(**more)
    with place("google_ads", google_ads.SETTINGS, server.client()) as here:
        server.clock = here.time.clock
        yield server, here


def fill(server: GoogleAds) -> None:
    """A year of costs, and calls of the last day."""
    for back in range(0, 390, 10):
        server.cost(TODAY - back * DAY, 10_000_000 + back)
    server.cost(TODAY, 2_500_001, "12", "Vitrages")
    for number in range(5):
        server.call(str(number), NOW - number * timedelta(minutes=7), seconds=30 + number)


def lines(here: Place) -> dict[tuple[str, date], str]:
    with here.ledger.reading() as connection:
        kept = read_lines(connection, "garage")
    return {(each.line.label, each.line.begins): each.line.amount.exact for each in kept}


def shown(here: Place) -> list[dict[str, Any]]:
    return sorted(here.rows(ad_calls), key=lambda row: str(row["started_at"]))


def test_what_is_there_is_read_once_and_what_google_restates_takes_its_place() -> None:
    with ads() as (server, here):
        fill(server)
        here.until_quiet()
        assert len(lines(here)) == 40 and len(shown(here)) == 5
        assert lines(here)["Google Ads – Vitrages", TODAY] == "2.500001"
        assert here.crm.read_at is not None and here.crm.problem is None
        asked = len(server.asked)
        here.until_quiet()
        assert len(server.asked) == asked
        server.cost(TODAY, 7_000_000)
        server.cost(TODAY - 10 * DAY, 0)
        del server.calls["4"]
        server.call("3", NOW, seconds=99)
        here.until_quiet(LATER)
        assert lines(here)["Google Ads – Pneus", TODAY] == "7.00" and len(lines(here)) == 40
        # The last thirty days are read again the day after.
        here.until_quiet(DAY)
        now = lines(here)
        assert (
            ("Google Ads – Pneus", TODAY - 10 * DAY) not in now
            and len(now) == 39
            and [row["duration_s"] for row in shown(here)] == [32, 31, 30, 99]
        )
        with here.ledger.reading() as connection:
            assert page_of_lines(connection, "garage", limit=9, told=False) == ([], False)


def test_another_currency_is_refused_in_a_sentence_and_nothing_is_kept() -> None:
    with ads(currency="USD") as (server, here):
        fill(server)
        here.until_quiet()
        assert here.crm.problem is not None and "USD" in str(here.crm.problem) and "EUR" in str(here.crm.problem)
        assert lines(here) == {} and shown(here) == [] and here.crm.cursor is None


def test_it_goes_on_after_a_limit_and_after_an_expired_token() -> None:
    with ads() as (server, here):
        fill(server)
        server.bad_days = [None, None, quota("900s")]
        here.until_quiet()
        asked = len(server.asked)
        assert here.crm.problem is not None and "RESOURCE_EXHAUSTED" in str(here.crm.problem)
        here.until_quiet(timedelta(minutes=14))
        assert len(server.asked) == asked
        here.until_quiet(timedelta(minutes=2))
        assert here.crm.problem is None and len(lines(here)) == 40
        server.expire()
        here.until_quiet(LATER)
        assert server.logins == 2 and here.crm.problem is None
        server.expire()
        server.refuse_log_in = True
        here.until_quiet(LATER)
        assert str(here.crm.problem) == "Google refuses to renew the token"
        server.bad_days = [refused("DEVELOPER_TOKEN_NOT_APPROVED")]
        server.refuse_log_in = False
        here.until_quiet(LATER)
        assert "DEVELOPER_TOKEN_NOT_APPROVED" in str(here.crm.problem)


BROKEN = {
    "a stream that ends in an error": httpx.Response(
        200,
        json=[
            {"results": [{"campaign": {"id": "11", "name": "Pneus"}, "segments": {"date": TODAY.isoformat()},
                          "metrics": {"costMicros": "1"}}]},
            {"error": {"code": 500, "status": "INTERNAL", "message": "backend"}},
        ],
    ),
    "an answer cut in two": httpx.Response(200, content=b'[{"results":[{"campaign":{"id":"11"'),
    "nonsense": httpx.Response(200, content=b"<html>busy</html>"),
    "a server that is out of order": httpx.Response(503),
    "no answer": httpx.ReadTimeout("nothing came"),
}  # fmt: skip


@pytest.mark.parametrize("bad", BROKEN.values(), ids=BROKEN.keys())
@pytest.mark.parametrize("question", [1, 2])
def test_an_answer_that_breaks_off_leaves_what_was_there(bad: Any, question: int) -> None:
    with ads() as (server, here):
        fill(server)
        here.until_quiet()
        before = lines(here), shown(here)
        server.bad_days = [*([None] * question), bad]
        here.time.now += LATER
        here.turn()
        assert here.crm.problem is not None and (lines(here), shown(here)) == before
        here.until_quiet(LATER)
        assert here.crm.problem is None and lines(here) == before[0]


@pytest.mark.parametrize("question", [1, 5, 6, 20, 42])
def test_a_kill_loses_and_doubles_nothing(question: int) -> None:
    with ads() as (server, here):
        fill(server)
        here.use(killing(server, lambda asked: len(server.asked) == question))
        with pytest.raises(Killed):
            for _ in range(3):
                here.until_quiet(LATER)
        here.use(server.client())
        here.until_quiet(LATER)
        assert len(lines(here)) == 40 and len(shown(here)) == 5


def test_whoever_connects_the_same_account_again_has_every_call_and_cost_once() -> None:
    with ads() as (server, here):
        fill(server)
        here.called("one", started_at=NOW, talk_s=30.0, disposition="answered", answered=True)
        here.until_quiet()
        before = lines(here), [(row["started_at"], row["fit"], row["call_id"]) for row in shown(here)]
        assert [call for *_, call in before[1] if call] == ["one"]
        with here.ledger.writing() as connection:
            (crm,) = read_crms(connection, BOX)
            assert remove_crm(connection, "garage", crm.id, now=NOW)
            add_crm(
                connection, "garage", crm="google_ads", name="Encore", settings=google_ads.SETTINGS, secret={}, box=BOX,
                now=NOW, writes_calls="none", writes_tasks=False,
            )  # fmt: skip
        here.until_quiet(LATER)
        assert (lines(here), [(row["started_at"], row["fit"], row["call_id"]) for row in shown(here)]) == before


def test_what_campaigns_of_google_cost_is_paid_so_that_people_call_us() -> None:
    with ads() as (server, here):
        server.cost(TODAY, 7_000_000)
        here.until_quiet()
        with here.ledger.reading() as connection:
            found = attribution(
                connection, "garage", period=Period(TODAY, TODAY + DAY), since=NOW - DAY, until=NOW + DAY, now=NOW,
                currency="EUR", handled=Handled(),
            )  # fmt: skip
        assert {each.way: each.own.exact for each in found.costs} == {Way.INBOUND: "7.00", Way.OUTBOUND: "0.00"}


def test_calls_are_found_among_ours_and_what_fits_several_waits_for_a_person() -> None:
    with ads() as (server, here):
        at = NOW - timedelta(hours=2)
        here.called("alone", started_at=at, talk_s=58.0, total_s=75.0, disposition="answered", answered=True)
        twin = NOW - timedelta(hours=1)
        here.called("one", started_at=twin, talk_s=58.0, total_s=60.0, disposition="answered", answered=True)
        here.called("two", started_at=twin + timedelta(seconds=20), talk_s=61.0, disposition="answered", answered=True)
        server.call("a", at + timedelta(seconds=12))
        server.call("b", twin)
        server.call("c", NOW - timedelta(hours=3))
        server.call("d", NOW - timedelta(hours=4), seconds=0, status="MISSED")
        here.called("missed", started_at=NOW - timedelta(hours=4, seconds=-30))
        here.until_quiet()
        by_ref = {row["started_at"]: row for row in shown(here)}
        fits = {
            name: (row["fit"], row["call_id"])
            for name, row in (
                ("a", by_ref[at + timedelta(seconds=12)]), ("b", by_ref[twin]),
                ("c", by_ref[NOW - timedelta(hours=3)]), ("d", by_ref[NOW - timedelta(hours=4)]),
            )
        }  # fmt: skip
        assert fits == {
            "a": ("matched", "alone"), "b": ("doubtful", None), "c": ("none", None), "d": ("matched", "missed"),
        }  # fmt: skip
        with here.ledger.writing() as connection:
            (doubt,), more = list_ad_calls(connection, "garage", doubtful=True)
            assert doubt.candidates == ("one", "two") and not more
            with pytest.raises(NoCandidate):
                decide_ad_call(connection, "garage", doubt.id, "alone", by="Zoé", now=NOW)
            assert decide_ad_call(connection, "garage", doubt.id, "two", by="Zoé", now=NOW).fit is Fit.CHOSEN
            find_ad_calls(connection, "garage", since=NOW - DAY, until=NOW + DAY)
        # What was decided stays, also when it is read again.
        here.until_quiet(LATER)
        assert [row["call_id"] for row in shown(here) if row["started_at"] == twin] == ["two"]


def test_one_of_our_calls_is_one_of_theirs_on_both_sides_of_the_end_of_a_reading() -> None:
    with ads() as (server, here):
        at = NOW - timedelta(hours=2)
        here.called("alone", started_at=at, talk_s=58.0, disposition="answered", answered=True)
        server.call("a", at - timedelta(seconds=10))
        server.call("b", at + timedelta(seconds=10))
        here.until_quiet()
        with here.ledger.writing() as connection:
            for since, until in ((NOW - DAY, at), (at, NOW + DAY), (NOW - DAY, at)):
                find_ad_calls(connection, "garage", since=since, until=until)
            counts = source_counts(connection, "garage", [], begin=TODAY - DAY, end=TODAY + DAY, zone=PARIS)
        assert [row["call_id"] for row in shown(here)] == ["alone", None]
        assert [each.calls for each in counts.calls.values()] == [1]


def test_where_a_number_is_from_is_forgotten_with_the_person_and_with_time() -> None:
    with ads() as (server, here):
        at = NOW - timedelta(hours=2)
        here.called("alone", started_at=at, talk_s=58.0, disposition="answered", answered=True)
        server.call("a", at, callerCountryCode="FR", callerAreaCode="6")
        server.call("b", at - 3 * DAY, callerCountryCode="FR", callerAreaCode="4")
        here.until_quiet()
        assert [row["area"] for row in shown(here)] == ["4", "6"]
        with here.ledger.writing() as connection:
            connection.execute(old_areas("garage", NOW - DAY))
            forget_in_crm(connection, "garage", CALLER, -5, until=NOW, now=NOW)
        assert [(row["area"], row["country"], row["call_id"]) for row in shown(here)] == [
            ("", "", None), ("", "", "alone"),
        ]  # fmt: skip
        with here.ledger.writing() as connection:
            connection.execute(sa.update(calls).values(person=-5))
        here.until_quiet(LATER)
        assert [row["area"] for row in shown(here) if row["call_id"] == "alone"] == [""]
