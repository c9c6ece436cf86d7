"""Pipedrive and Salesforce, which know no repetition: nothing is read or written twice there either, or lost."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.capture.crm_place import Killed, Place, place
from tests.capture.test_crm_sync import killing
from tests.platforms import pipedrive, salesforce
from tests.platforms.pipedrive import Pipedrive
from tests.platforms.salesforce import Salesforce

Server = Pipedrive | Salesforce
LATER = timedelta(minutes=6)
NAMES = ("pipedrive", "salesforce")
every_crm = pytest.mark.parametrize("name", NAMES)


@contextmanager
def crm(name: str, *, largest_page: int = 200, **more: Any) -> Iterator[tuple[Any, Place]]:
    """The CRM ``name`` and a garage, whose clocks are the same."""
    server: Server = (
        Pipedrive(largest_page=largest_page) if name == "pipedrive" else Salesforce(largest_page=largest_page)
    )
    settings = pipedrive.SETTINGS if name == "pipedrive" else salesforce.SETTINGS
    with place(name, settings, server.client(), **more) as here:
        server.clock = here.time.clock
        yield server, here


def fill(server: Any, count: int) -> dict[str, int]:
    """So many deals of as many people. Returns the person of each."""
    whose = {}
    for number in range(1, count + 1):
        server.contact(server.contact_ref(number), f"06 39 98 00 0{number}")
        server.deal(server.deal_ref(number), server.contact_ref(number), state="won" if number == 1 else "open")
        whose[server.deal_ref(number)] = 33639980000 + number
    return whose


@every_crm
def test_what_is_there_changes_and_is_deleted(name: str) -> None:
    with crm(name) as (server, here):
        whose = fill(server, 4)
        here.until_quiet()
        found = here.opportunities()
        assert {ref: row["person"] for ref, row in found.items()} == whose
        won = found[server.deal_ref(1)]
        assert (won["state"], won["amount"], won["currency"]) == ("won", "1500", "EUR") and won["closed_at"]
        here.time.now += LATER
        before = {ref: row["kept_at"] for ref, row in found.items()}
        server.deal(server.deal_ref(2), amount=2000.5)
        server.delete(server.deal_ref(3))
        for _ in range(3):
            here.until_quiet(LATER)
        found = here.opportunities()
        assert found[server.deal_ref(2)]["amount"] == "2000.5"
        assert [ref for ref, row in found.items() if row["gone_at"]] == [server.deal_ref(3)]
        assert {ref for ref, row in found.items() if row["kept_at"] == before[ref]} == {
            server.deal_ref(1), server.deal_ref(4),
        }  # fmt: skip


def test_pages_of_changes_of_one_instant_are_all_read() -> None:
    with crm("pipedrive", largest_page=2) as (server, here):
        whose = fill(server, 7)
        here.until_quiet()
        assert {ref: row["person"] for ref, row in here.opportunities().items()} == whose


def test_more_than_a_page_of_one_instant_is_read_by_its_ids() -> None:
    with crm("salesforce") as (server, here):
        for number in range(450):
            server.deal(server.deal_ref(number))
        here.until_quiet()
        assert len(here.opportunities()) == 450
        assert len([each for each in server.asked if each.url.path.endswith("queryAll")]) == 3


@every_crm
def test_it_goes_on_after_a_refusal_for_asking_too_often_and_after_an_end_of_the_session(name: str) -> None:
    with crm(name) as (server, here):
        whose = fill(server, 3)
        server.bad_days = [server.slow_down()]
        assert here.turn() is False and here.crm.problem is not None
        asked = len(server.asked)
        here.time.now += timedelta(seconds=4)
        assert here.turn() is False and len(server.asked) == asked
        here.until_quiet(LATER)
        server.expire()
        here.until_quiet(LATER)
        assert server.logins == 2 and here.crm.problem is None
        assert {ref: row["person"] for ref, row in here.opportunities().items()} == whose


@every_crm
@pytest.mark.parametrize("request_number", [2, 3, 4, 6])
def test_a_kill_while_reading_loses_and_doubles_nothing(name: str, request_number: int) -> None:
    with crm(name, largest_page=2 if name == "pipedrive" else 200) as (server, here):
        whose = fill(server, 5)
        here.use(killing(server, lambda asked: len(server.asked) == request_number))
        with pytest.raises(Killed):
            for _ in range(4):
                here.until_quiet(LATER)
        here.use(server.client())
        here.until_quiet(LATER)
        assert {ref: row["person"] for ref, row in here.opportunities().items()} == whose


def ready(server: Any, here: Place) -> None:
    """Somebody whom the CRM knows has called, and nobody answered."""
    fill(server, 1)
    here.until_quiet()
    here.time.now += LATER
    here.called("c1")
    here.missed("j1")


@every_crm
@pytest.mark.parametrize("lost", [0, 1, 2])
def test_calls_and_tasks_are_there_once_however_many_answers_are_lost(name: str, lost: int) -> None:
    with crm(name, writes_calls="missed", writes_tasks=True) as (server, here):
        ready(server, here)
        server.lose_answers = lost
        for _ in range(6):
            here.until_quiet(LATER)
        assert (server.writes("calls"), server.writes("tasks")) == (1, 1)
        assert [row["state"] for row in here.writes()] == ["written"] * 2


def _writes(asked: httpx.Request) -> bool:
    return asked.method == "POST" and "token" not in asked.url.path


@every_crm
def test_a_kill_between_a_write_and_its_note_writes_nothing_twice(name: str) -> None:
    with crm(name, writes_calls="missed") as (server, here):
        ready(server, here)
        here.use(killing(server, _writes))
        with pytest.raises(Killed):
            here.until_quiet(LATER)
        assert server.writes() == 1
        here.use(server.client())
        for _ in range(3):
            here.until_quiet(LATER)
        assert server.writes() == 1 and [row["state"] for row in here.writes()] == ["written"]


@every_crm
def test_a_kill_before_the_crm_is_reached_writes_it_later(name: str) -> None:
    with crm(name, writes_calls="missed") as (server, here):
        ready(server, here)

        def never(request: httpx.Request) -> httpx.Response:
            if _writes(request):
                raise Killed
            return server.answer(request)  # type: ignore[no-any-return]

        here.use(httpx.Client(transport=httpx.MockTransport(never)))
        with pytest.raises(Killed):
            here.until_quiet(LATER)
        assert server.writes() == 0 and [row["state"] for row in here.writes()] == ["asking"]
        here.use(server.client())
        for _ in range(3):
            here.until_quiet(LATER)
        assert server.writes() == 1 and [row["state"] for row in here.writes()] == ["written"]
