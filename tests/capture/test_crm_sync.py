"""Deals are read once each and what we write is there once, whatever the CRM and the machine do meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Protocol

import httpx
import pytest
import sqlalchemy as sa

from decroche.capture import crm_writing
from decroche.ledger.audit_log import COMMAND
from decroche.ledger.crm_connections import note_problem
from decroche.ledger.crm_privacy import forget_in_crm
from decroche.ledger.crm_tables import crm_connections, crm_writes
from decroche.ledger.crm_writes import begin_asking, is_ours
from decroche.ledger.erasing import request_erasure
from decroche.ledger.opportunities import decide
from tests.capture.crm_place import CALLER, OTHER, THIRD, Killed, Place, place
from tests.capture.listening import NOW
from tests.platforms.hubspot import RENEWED, SETTINGS, HubSpot, slow_down, stamp

LATER = timedelta(minutes=3)
HOUR = timedelta(hours=1, minutes=1)


@contextmanager
def hubspot(
    *, largest_page: int = 100, settings: dict[str, str] = SETTINGS, **more: Any
) -> Iterator[tuple[HubSpot, Place]]:
    """HubSpot and a garage, whose clocks are the same."""
    server = HubSpot(largest_page=largest_page)
    with place("hubspot", settings, server.client(), **more) as here:
        server._clock = here.time.clock
        yield server, here


class Answering(Protocol):
    """A CRM in this process."""

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What it answers."""


def killing(server: Answering, when: Callable[[httpx.Request], bool]) -> httpx.Client:
    """A line to the server on which our process is killed once a request is done and before its answer is read."""

    def answer(request: httpx.Request) -> httpx.Response:
        told = server.answer(request)
        if when(request):
            raise Killed
        return told

    return httpx.Client(transport=httpx.MockTransport(answer))


def test_deals_are_read_with_whose_they_are() -> None:
    with hubspot(largest_page=2) as (server, here):
        for number in range(1, 6):
            server.contact(str(300 + number), f"+3363998000{number}")
            server.deal(str(number), str(300 + number), state="won" if number == 1 else "open")
        here.until_quiet()
        found = here.opportunities()
        assert {ref: row["person"] for ref, row in found.items()} == {
            str(number): 33639980000 + number for number in range(1, 6)
        }
        won = found["1"]
        assert (won["state"], won["amount"], won["currency"], won["matched_by"]) == ("won", "1500", "EUR", "number")
        assert (won["owner"], won["stage"], won["pipeline"]) == ("Anne Martin", "Devis envoyé", "Ventes")
        assert won["closed_at"] == NOW and won["expected_on"] is None
        assert found["2"]["closed_at"] is None and found["2"]["expected_on"] == NOW.date()
        assert here.crm.problem is None and here.crm.read_at is not None


def test_only_what_changed_is_asked_for_again() -> None:
    with hubspot() as (server, here):
        for number in range(1, 4):
            server.deal(str(number))
        here.until_quiet()
        here.until_quiet(LATER)
        before = {ref: row["kept_at"] for ref, row in here.opportunities().items()}
        here.time.now += LATER
        server.deal("2", amount="2000.50")
        asked = len(server.asked)
        here.until_quiet()
        paths = [request.url.path for request in server.asked[asked:]]
        assert "/crm/v3/objects/deals" not in paths and "/crm/v3/objects/deals/search" in paths
        found = here.opportunities()
        assert found["2"]["amount"] == "2000.5"
        assert {ref for ref, row in found.items() if row["kept_at"] != before[ref]} == {"2"}


def test_more_changes_than_a_search_gives_are_all_found() -> None:
    with hubspot(largest_page=2) as (server, here):
        server.deal("1")
        here.until_quiet()
        here.time.now += LATER
        for number in range(2, 9):
            server.deal(str(number), at=here.time.now + timedelta(milliseconds=number))
        here.until_quiet(LATER)
        assert set(here.opportunities()) == {str(number) for number in range(1, 9)}


def test_what_is_deleted_or_merged_is_no_opportunity_any_more_and_may_come_back() -> None:
    with hubspot() as (server, here):
        for number in range(1, 5):
            server.deal(str(number))
        here.until_quiet()
        here.time.now += HOUR
        server.delete("1")
        server.merge("2", into="3")
        here.until_quiet(LATER)
        here.until_quiet(HOUR)
        found = here.opportunities()
        assert {ref for ref, row in found.items() if row["gone_at"] is not None} == {"1", "2"}
        assert (found["1"]["merged_into"], found["2"]["merged_into"]) == (None, "3")
        here.time.now += HOUR
        server.deal("1")
        here.until_quiet(LATER)
        assert here.opportunities()["1"]["gone_at"] is None


def test_pages_in_any_order_give_the_newest() -> None:
    with hubspot() as (server, here):
        server.deal("1", amount="2000")
        here.until_quiet()
        here.time.now += LATER
        # The search shows an older state of the deal than the list did: an index that lags.
        server.deals["1"]["properties"] |= {"amount": "10", "hs_lastmodifieddate": stamp(NOW - LATER)}
        here.until_quiet()
        assert here.opportunities()["1"]["amount"] == "2000"


@pytest.mark.parametrize("request_number", [1, 2, 3, 5, 7, 8, 9, 10, 12])
def test_a_kill_anywhere_loses_nothing_and_doubles_nothing(request_number: int) -> None:
    with hubspot(largest_page=2) as (server, here):
        for number in range(1, 6):
            server.contact(str(300 + number), f"+3363998000{number}")
            server.deal(str(number), str(300 + number))
        here.use(killing(server, lambda asked: len(server.asked) == request_number))
        with pytest.raises(Killed):
            here.until_quiet()
        here.use(server.client())
        here.until_quiet(LATER)
        assert {row["person"] for row in here.opportunities().values()} == {33639980000 + n for n in range(1, 6)}


def test_asked_too_often_it_waits_as_long_as_it_is_told() -> None:
    with hubspot() as (server, here):
        server.deal("1")
        server.bad_days = [slow_down(40)]
        assert here.turn() is False
        assert str(here.crm.problem) == "api.hubapi.com answered 429"
        asked = len(server.asked)
        here.time.now += timedelta(seconds=39)
        assert here.turn() is False and len(server.asked) == asked
        here.until_quiet(timedelta(seconds=2))
        assert set(here.opportunities()) == {"1"} and here.crm.problem is None


def test_an_expired_token_is_renewed_in_the_middle() -> None:
    with hubspot(settings=RENEWED, largest_page=1) as (server, here):
        for number in range(1, 4):
            server.deal(str(number))
        here.turn()
        server.good = "another"
        here.until_quiet()
        assert set(here.opportunities()) == {"1", "2", "3"} and server.logins == 2


def test_a_refused_token_lights_the_light_and_is_not_asked_with_again_and_again() -> None:
    with hubspot() as (server, here):
        server.good = "another"
        assert here.turn() is False
        assert str(here.crm.problem) == "api.hubapi.com answered 401"
        asked = len(server.asked)
        here.time.now += timedelta(minutes=1)
        assert here.turn() is False and len(server.asked) == asked


def test_a_missed_call_and_its_callback_are_written_once_beside_contact_and_deal() -> None:
    with hubspot(writes_calls="missed", writes_tasks=True) as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        here.time.now += LATER
        here.called("c1")
        here.called("c2", person=OTHER)
        here.called("c3", disposition="answered", answered=True, talk_s=60.0)
        here.missed("j1")
        here.until_quiet(LATER)
        here.called("c1-again")
        [written] = server.writes("calls")
        assert (written["hs_call_title"], written["hs_call_status"]) == ("Appel manqué – Ventes", "NO_ANSWER")
        assert (written["hs_call_from_number"], written["hs_call_direction"]) == ("+33639980001", "INBOUND")
        [task] = server.writes("tasks")
        assert task["hs_task_subject"] == "À rappeler – Lyon"
        assert {(kind, other, id) for kind, _, other, id in server.beside} == {
            (kind, *to) for kind in ("calls", "tasks") for to in (("contacts", "301"), ("deals", "1"))
        }
        assert {row["state"] for row in here.writes()} == {"written"} and {row["body"] for row in here.writes()} == {""}


def test_what_we_write_comes_back_as_nothing_of_theirs() -> None:
    with hubspot(writes_calls="missed") as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        before = here.opportunities()["1"]
        here.time.now += LATER
        here.called("c1")
        for _ in range(4):
            here.until_quiet(LATER)
        after = here.opportunities()["1"]
        assert after["changed_at"] > before["changed_at"], "HubSpot touched the deal"
        assert after["kept_at"] == before["kept_at"]
        assert len(server.writes()) == len(here.writes()) == 1
        with here.ledger.reading() as connection:
            assert is_ours(connection, here.crm.id, next(iter(server.written["calls"])))
            assert not is_ours(connection, here.crm.id, "999")


@pytest.mark.parametrize("lost", [1, 2])
def test_an_answer_that_is_lost_writes_nothing_twice(lost: int) -> None:
    with hubspot(writes_calls="missed") as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        here.time.now += LATER
        here.called("c1")
        server.lose_answers = lost
        for _ in range(4):
            here.until_quiet(LATER)
        assert len(server.writes()) == 1 and [row["state"] for row in here.writes()] == ["written"]


def test_a_kill_between_the_write_and_its_note_writes_nothing_twice() -> None:
    with hubspot(writes_calls="missed") as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        here.time.now += LATER
        here.called("c1")
        here.use(killing(server, lambda asked: asked.url.path.endswith("/upsert")))
        with pytest.raises(Killed):
            here.until_quiet(LATER)
        assert len(server.writes()) == 1 and [row["state"] for row in here.writes()] == ["asking"]
        here.use(server.client())
        here.until_quiet(LATER)
        assert len(server.writes()) == 1 and [row["state"] for row in here.writes()] == ["written"]


def test_what_happened_before_the_crm_was_connected_is_not_written() -> None:
    with hubspot(writes_calls="all", writes_tasks=True) as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        here.called("old", started_at=NOW - timedelta(days=30))
        here.until_quiet(LATER)
        assert here.writes() == []


def test_a_contact_that_is_gone_meanwhile_does_not_stop_the_others() -> None:
    with hubspot(writes_calls="missed") as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        here.time.now += LATER
        del server.contacts["301"]
        here.called("c1")
        here.until_quiet(LATER)
        assert len(server.writes()) == 1 and here.crm.problem is None


def test_doubtful_ones_wait_for_a_decision_which_stays() -> None:
    with hubspot() as (server, here):
        here.known(CALLER)
        here.known(OTHER)
        server.contact("301", "06 39 98 00 01", "06 39 98 00 02")
        server.deal("1", "301")
        server.deal("2", "301")
        here.until_quiet()
        found = here.opportunities()["1"]
        assert (found["person"], found["doubt"], json.loads(found["candidates"])) == (
            None, "several_numbers", [CALLER, OTHER],
        )  # fmt: skip
        with here.ledger.writing() as connection:
            decide(connection, "garage", found["id"], OTHER, by="Anne", now=here.time.now)
        here.time.now += LATER
        server.deal("1", amount="3")
        server.deal("3", "301")
        here.until_quiet(HOUR)
        assert {ref: row["person"] for ref, row in here.opportunities().items()} == dict.fromkeys("123", OTHER)
        assert here.opportunities()["1"]["decided_by"] == "Anne"


def test_contacts_that_change_are_matched_anew_within_a_day() -> None:
    with hubspot() as (server, here):
        here.known(THIRD, "zoe@example.org")
        server.contact("301", email="Zoe@Example.org")
        server.contact("302", "+33639980001")
        server.deal("1", "301")
        server.deal("2", "302")
        here.until_quiet()
        assert {ref: row["person"] for ref, row in here.opportunities().items()} == {"1": THIRD, "2": CALLER}
        server.contact("301", "+33639980002", email="zoe@example.org")
        here.known(OTHER)
        server.merge_contacts("302", into="301")
        here.until_quiet(timedelta(days=1, minutes=1))
        links = here.links()
        assert links["302"]["merged_into"] == "301" and links["302"]["numbers"] == "[]"
        assert {ref: row["doubt"] for ref, row in here.opportunities().items()} == {
            "1": "number_against_email", "2": "number_against_email",
        }  # fmt: skip


def test_who_is_forgotten_is_not_brought_back() -> None:
    with hubspot(writes_calls="missed") as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301", dealname="Mme Roy – Golf")
        here.until_quiet()
        here.time.now += LATER
        with here.ledger.writing() as connection:
            request_erasure(connection, "garage", CALLER, key=b"k" * 32, by=COMMAND, now=here.time.now)
        here.time.now += LATER
        server.deal("1", amount="9")
        server.deal("2", "301", dealname="Mme Roy – Polo")
        here.called("c1")
        here.until_quiet(HOUR)
        here.until_quiet(timedelta(days=2))
        assert [(row["title"], row["person"] < 0) for row in here.opportunities().values()] == [("", True)] * 2
        kept = json.dumps([here.links(), here.opportunities(), here.writes()], default=str)
        assert "39980001" not in kept and "Roy" not in kept
        assert server.writes() == []


def test_a_write_that_waits_is_given_up_for_who_is_forgotten() -> None:
    with hubspot(writes_calls="missed") as (server, here):
        server.contact("301", "+33639980001")
        server.deal("1", "301")
        here.until_quiet()
        here.time.now += LATER
        here.called("c1")
        here.time.now += LATER
        crm_writing.look_for_writes(here.ledger, here.crm, now=here.time.now)
        [waiting] = here.writes()
        with here.ledger.writing() as connection:
            forget_in_crm(connection, "garage", CALLER, -7, until=here.time.now, now=here.time.now)
            assert begin_asking(connection, waiting["id"], here.time.now) is False
        here.until_quiet(LATER)
        assert server.writes() == [] and [row["state"] for row in here.writes()] == ["cancelled"]


def test_a_crm_that_is_removed_is_asked_no_more() -> None:
    with hubspot() as (server, here):
        server.deal("1")
        here.until_quiet()
        with here.ledger.writing() as connection:
            connection.execute(sa.update(crm_connections).values(removed_at=here.time.now))
        asked = len(server.asked)
        here.until_quiet(LATER)
        assert len(server.asked) == asked and set(here.opportunities()) == {"1"}


def test_other_settings_begin_anew_at_once() -> None:
    with hubspot() as (server, here):
        server.good = "new-token"
        here.turn()
        assert here.crm.problem is not None
        from tests.capture.crm_place import BOX

        with here.ledger.writing() as connection:
            sealed = BOX.encrypt(json.dumps({"token": "new-token"}).encode())
            connection.execute(sa.update(crm_connections).values(secrets=sealed))
            note_problem(connection, here.crm.id, None)
        server.deal("1")
        here.until_quiet()
        assert set(here.opportunities()) == {"1"} and here.crm.problem is None


@pytest.mark.hard
def test_it_is_the_same_on_postgresql() -> None:
    with hubspot(kind="postgresql", writes_calls="missed", writes_tasks=True) as (server, here):
        here.known(CALLER)
        here.known(OTHER)
        server.contact("301", "+33639980001")
        server.contact("302", "+33639980001", "+33639980002")
        server.deal("1", "301")
        server.deal("2", "302")
        here.until_quiet()
        here.time.now += LATER
        here.called("c1")
        here.missed("j1")
        server.lose_answers = 1
        for _ in range(4):
            here.until_quiet(LATER)
        assert len(server.writes()) == 1 and len(server.writes("tasks")) == 1
        assert here.opportunities()["2"]["doubt"] == "several_numbers"
        with here.ledger.reading() as connection:
            assert connection.execute(sa.select(sa.func.count()).select_from(crm_writes)).scalar_one() == 2
