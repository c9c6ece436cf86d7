"""Zendesk: people are known by their tickets, and a missed call is there once, whatever is lost; nothing comes back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.capture.crm_place import CALLER, OTHER, Killed, Place, place
from tests.capture.test_crm_sync import killing
from tests.platforms import zendesk
from tests.platforms.zendesk import Zendesk

pytestmark = pytest.mark.hard
LATER = timedelta(minutes=6)


@contextmanager
def desk(*, largest_page: int = 1000, **more: Any) -> Iterator[tuple[Zendesk, Place]]:
    """A help desk and a garage, whose clocks are the same."""
    server = Zendesk(largest_page=largest_page)
    with place("zendesk", zendesk.SETTINGS, server.client(), **more) as here:
        server.clock = here.time.clock
        yield server, here


def fill(server: Zendesk) -> None:
    for number in range(1, 6):
        server.person(str(300 + number), f"06 39 98 00 0{number}", shared_phone_number=number == 5)
        server.ticket(str(300 + number), status="open" if number == 1 else "solved")


def persons(here: Place) -> dict[str, int | None]:
    return {contact: row["person"] for contact, row in here.links().items()}


def test_people_of_tickets_are_known_and_tickets_are_no_opportunities() -> None:
    with desk(largest_page=2) as (server, here):
        fill(server)
        here.until_quiet()
        assert persons(here) == {"301": CALLER, "302": OTHER, "303": 33639980003, "304": 33639980004, "305": None}
        assert here.opportunities() == {} and here.crm.problem is None
        asked = len(server.asked)
        server.person("306", "0639980006")
        server.ticket("306")
        here.until_quiet(LATER)
        exports = [each for each in server.asked[asked:] if "incremental" in each.url.path]
        assert "306" in persons(here) and len(exports) == 1


def test_it_goes_on_after_a_limit_a_refused_token_and_a_place_that_is_forgotten() -> None:
    with desk() as (server, here):
        fill(server)
        server.bad_days = [httpx.Response(429, headers={"retry-after": "37"})]
        assert here.turn() is False and here.crm.problem is not None
        asked = len(server.asked)
        here.until_quiet(timedelta(seconds=30))
        assert len(server.asked) == asked
        here.until_quiet(timedelta(seconds=10))
        assert len(here.links()) == 5 and here.crm.problem is None
        server.good = False
        here.until_quiet(LATER)
        assert here.crm.problem is not None
        server.good = True
        server.bad_days = [httpx.Response(400, json={"error": "InvalidValue"})]
        here.until_quiet(timedelta(minutes=11))
        assert here.crm.problem is None and len(here.links()) == 5


@pytest.mark.parametrize("request_number", [1, 2, 3, 5])
def test_a_kill_while_reading_loses_nobody(request_number: int) -> None:
    with desk(largest_page=2) as (server, here):
        fill(server)
        here.use(killing(server, lambda asked: len(server.asked) == request_number))
        with pytest.raises(Killed):
            here.until_quiet()
        here.use(server.client())
        here.until_quiet(LATER)
        assert len(here.links()) == 5


def ready(server: Zendesk, here: Place) -> None:
    """Two people whom the help desk knows have called, and nobody answered; one of them has an open ticket."""
    fill(server)
    here.until_quiet()
    here.time.now += LATER
    here.called("c1")
    here.called("c2", OTHER)
    here.missed("j1")
    here.called("c3", 33699999999)


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_a_missed_call_is_a_comment_or_a_ticket_once_and_nothing_echoes(lost: int) -> None:
    with desk(writes_calls="missed", writes_tasks=True) as (server, here):
        ready(server, here)
        server.lose_answers = lost
        for _ in range(8):
            here.until_quiet(LATER)
        assert [row["state"] for row in here.writes()] == ["written"] * 3
        assert len(server.written()) == 3 and len(server.comments[9000]) == 1
        ours = [each for each in server.tickets.values() if str(each.get("external_id", "")).startswith("decroche-")]
        assert sorted(str(each["requester_id"]) for each in ours) == ["301", "302"]
        assert sorted(str(each.get("type", "")) for each in ours) == ["", "task"]
        # What we wrote comes back in the export, and is no news.
        assert len(here.links()) == 5 and here.opportunities() == {}


def _writes(asked: httpx.Request) -> bool:
    return asked.method in ("POST", "PUT")


def test_a_kill_between_a_write_and_its_note_writes_nothing_twice() -> None:
    with desk(writes_calls="missed") as (server, here):
        ready(server, here)
        here.use(killing(server, _writes))
        with pytest.raises(Killed):
            here.until_quiet(LATER)
        assert len(server.written()) == 1
        here.use(server.client())
        for _ in range(3):
            here.until_quiet(LATER)
        assert len(server.written()) == 2 and [row["state"] for row in here.writes()] == ["written"] * 2


def test_two_who_change_a_ticket_at_once_are_told_so_and_it_is_written_later() -> None:
    with desk(writes_calls="missed") as (server, here):
        ready(server, here)
        conflict = httpx.Response(409, json={"error": "UpdateConflict"})
        seen: list[bool] = []

        def once(request: httpx.Request) -> httpx.Response:
            if _writes(request) and not seen:
                seen.append(True)
                return conflict
            return server.answer(request)

        here.use(httpx.Client(transport=httpx.MockTransport(once)))
        for _ in range(4):
            here.until_quiet(LATER)
        assert len(server.written()) == 2 and here.crm.problem is None
