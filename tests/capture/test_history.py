"""Platforms are asked page by page, at the pace that they allow, and what they refuse or repeat is lived with."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from decroche.capture.history.poller import (
    ASKED,
    FIRST_WAIT,
    IDLE_S,
    LONGEST_WAIT,
    Conversation,
    HistoryPoller,
    ask_for,
    backfill_of,
)  # fmt: skip
from decroche.connector_kit.connector import Connector, Page, Record, Settings
from decroche.connector_kit.errors import Misconfigured
from decroche.connector_kit.http import Http
from decroche.connectors.platforms import platform
from decroche.ledger.positions import read_position
from decroche.ledger.store import Ledger
from tests.capture.listening import NOW, Listening, Time, listening
from tests.platforms.aircall import API_ID, API_TOKEN, Aircall

KEYS = {"token": "hook", "api_id": API_ID, "api_token": API_TOKEN}
_FOREVER = threading.Event()


def call(number: int, began: datetime, **more: Any) -> dict[str, Any]:
    at = int(began.timestamp())
    return {
        "id": number, "direction": "inbound", "status": "done", "missed_call_reason": "agents_did_not_answer",
        "started_at": at, "answered_at": None, "ended_at": at + 20, "duration": 20, "raw_digits": "+33639980001",
        "number": {"id": 1, "digits": "+33199000002"},
    } | more  # fmt: skip


def calls(count: int, *, before: datetime = NOW, every: timedelta = timedelta(minutes=20)) -> list[dict[str, Any]]:
    return [call(number, before - every * (number + 1)) for number in range(count)]


@dataclass
class Asking:
    """A poller whose thread is the test itself."""

    poller: HistoryPoller
    talk: Conversation
    time: Time
    place: Listening

    def until_idle(self, steps: int = 500) -> list[float]:
        """Go on until nothing is due any more. Returns the pauses that steps wanted."""
        pauses: list[float] = []
        for _ in range(steps):
            pause = self.poller.step(self.talk)
            if pause == IDLE_S:
                return pauses
            pauses.append(pause)
            self.time.now += timedelta(seconds=pause)
        raise AssertionError("always something is due")

    def position(self, name: str) -> str | None:
        with self.place.ledger.reading() as connection:
            return read_position(connection, self.place.endpoint.id, name)

    def ask_for(self, begin: datetime, end: datetime) -> None:
        with self.place.ledger.writing() as connection:
            ask_for(connection, self.place.endpoint.id, begin, end)

    def progress(self) -> tuple[float, int]:
        with self.place.ledger.reading() as connection:
            found = backfill_of(connection, self.place.endpoint.id)
        assert found is not None
        return found[1].done(found[0]), found[1].records


@contextmanager
def asking(
    vendor: Callable[[httpx.Request], httpx.Response],
    *,
    settings: Settings = KEYS,
    polls: bool = False,
    ledger: Callable[[Ledger], Ledger] = lambda found: found,
    connector: Connector | None = None,
) -> Iterator[Asking]:
    time = Time()
    with listening("aircall", settings, connector=connector) as place:
        poller = HistoryPoller(
            ledger(place.ledger), place.journal, clock=time.clock, polls=lambda _: polls, patience=time.patience
        )
        with httpx.Client(transport=httpx.MockTransport(vendor)) as client:
            talk = poller.conversation(place.endpoint, place.connector, client, _FOREVER)
            yield Asking(poller, talk, time, place)


def test_every_page_of_the_last_two_days_is_kept_once() -> None:
    vendor = Aircall(calls(130))
    with asking(vendor.answer) as it:
        it.until_idle()
        assert len(it.place.kept("history")) == 130
        assert len(it.place.fold()) == 130
        before = len(vendor.asked)
        assert before >= 3 + 1
        it.until_idle()
        assert len(vendor.asked) == before, "nothing is due, and something was asked"


def test_a_row_that_was_mended_is_kept_beside_what_it_was() -> None:
    vendor = Aircall([call(7, NOW - timedelta(minutes=30))])
    with asking(vendor.answer) as it:
        it.until_idle()
        vendor.calls[0] |= {"answered_at": vendor.calls[0]["started_at"] + 5, "missed_call_reason": None}
        it.time.now += timedelta(minutes=11)
        it.until_idle()
        assert len(it.place.kept()) == 2
        [found] = it.place.fold()
        assert found["disposition"] == "answered"


@pytest.mark.parametrize(
    ("answer", "pauses"),
    [
        (httpx.Response(429, headers={"Retry-After": "37"}), [37.0, 37.0, 37.0]),
        (httpx.Response(429), [5.0, 10.0, 20.0]),
        (httpx.Response(503), [5.0, 10.0, 20.0]),
        (httpx.Response(200, text="<html>maintenance</html>"), [5.0, 10.0, 20.0]),
    ],
)
def test_a_bad_day_is_waited_for_and_shown_until_it_is_over(answer: httpx.Response, pauses: list[float]) -> None:
    vendor = Aircall(calls(3), bad_days=[answer] * 3)
    with asking(vendor.answer) as it:
        seen = []
        for _ in range(3):
            seen.append(it.poller.step(it.talk))
            assert it.place.problem is not None and "api.aircall.io" in it.place.problem
        assert seen == pauses
        it.until_idle()
        assert it.place.problem is None
        assert len(it.place.kept()) == 3
        assert it.talk.wait == FIRST_WAIT, "the next bad day would be waited for longer"


def test_pauses_end_growing() -> None:
    with asking(lambda _: httpx.Response(502)) as it:
        seen = [it.poller.step(it.talk) for _ in range(12)]
    assert seen[-2:] == [LONGEST_WAIT.total_seconds()] * 2


def test_nobody_who_has_the_key_asks_while_the_platform_wants_quiet() -> None:
    vendor = Aircall(calls(3), bad_days=[httpx.Response(429, headers={"Retry-After": "60"})])
    with asking(vendor.answer) as it:
        it.poller.step(it.talk)
        with httpx.Client(transport=httpx.MockTransport(vendor.answer)) as client:
            other = it.poller.conversation(it.place.endpoint, it.place.connector, client, _FOREVER)
            began = it.time.now
            it.poller.step(other)
        assert it.time.now - began >= timedelta(seconds=60)


def test_wrong_keys_light_the_light_and_right_ones_put_it_out() -> None:
    vendor = Aircall(calls(3))
    with asking(vendor.answer, settings=KEYS | {"api_token": "wrong"}) as it:
        assert it.poller.step(it.talk) == LONGEST_WAIT.total_seconds()
        assert it.place.problem == "api.aircall.io answered 401"
        mended = replace(it.place.endpoint, secret={**it.place.endpoint.secret, "api_token": API_TOKEN})
        with httpx.Client(transport=httpx.MockTransport(vendor.answer)) as client:
            it.talk = it.poller.conversation(mended, it.place.connector, client, _FOREVER)
            it.until_idle()
        assert it.place.problem is None and len(it.place.kept()) == 3


def test_the_light_is_written_when_it_changes_and_not_with_every_failure() -> None:
    written: list[str] = []
    with asking(lambda _: httpx.Response(503)) as it:
        sa.event.listen(
            it.place.ledger.engine, "before_cursor_execute", lambda c, cur, statement, *_: written.append(statement)
        )
        for _ in range(5):
            it.poller.step(it.talk)
    assert len([each for each in written if each.startswith("UPDATE endpoints")]) == 1


def test_no_minute_sees_more_questions_than_are_allowed_however_many_endpoints_have_the_key() -> None:
    asked: list[datetime] = []
    vendor = Aircall(calls(2000, every=timedelta(hours=1)))

    with asking(vendor.answer) as it:

        def noting(request: httpx.Request) -> httpx.Response:
            asked.append(it.time.now)
            return vendor.answer(request)

        with httpx.Client(transport=httpx.MockTransport(noting)) as client:
            it.ask_for(NOW - timedelta(days=100), NOW)
            talks = [it.poller.conversation(it.place.endpoint, it.place.connector, client, _FOREVER) for _ in range(3)]
            for _ in range(40):
                for talk in talks:
                    it.poller.step(talk)
    assert len(asked) > 50
    allowed = it.place.connector.history.per_minute if it.place.connector.history else 0
    for first in asked:
        assert len([at for at in asked if first <= at < first + timedelta(seconds=60)]) <= allowed
    seconds = (asked[-1] - asked[0]).total_seconds()
    assert (len(asked) - 1) / seconds * 60 > allowed * 0.9, "slower than is allowed"


class _FailsOnce(Ledger):
    """A ledger in which the position after the second page is not written: the process dies there."""

    def __init__(self, real: Ledger) -> None:
        self._real = real
        self.engine, self.embedded = real.engine, real.embedded
        self.writes = 0

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        with self._real.reading() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        with self._real.writing() as connection:
            yield connection
            if "positions" in _touched(connection):
                self.writes += 1
                if self.writes == 4:
                    raise sa.exc.OperationalError("killed", None, Exception())


def _touched(connection: sa.Connection) -> set[str]:
    query = "SELECT name FROM positions WHERE name NOT LIKE 'problem%'"
    return {"positions"} if connection.exec_driver_sql(query).first() else set()


def test_a_page_whose_position_was_lost_is_asked_for_again_and_counted_once() -> None:
    vendor = Aircall(calls(260, every=timedelta(minutes=10)))
    with asking(vendor.answer, ledger=_FailsOnce) as it:
        it.until_idle()
        urls = [str(request.url) for request in vendor.asked]
        assert len(urls) - len(set(urls)) == 1, "the page was not asked for again"
        assert len(it.place.kept()) == 260 == len(it.place.fold())
        assert it.place.problem is None, "a store that is away is no fault of the phone system"


def test_a_restart_goes_on_at_the_page_where_it_was() -> None:
    vendor = Aircall(calls(260, every=timedelta(minutes=10)))
    with asking(vendor.answer) as it:
        for _ in range(4):
            it.poller.step(it.talk)
        again = HistoryPoller(
            it.place.ledger, it.place.journal, clock=it.time.clock, polls=lambda _: False, patience=it.time.patience
        )
        it.poller = again
        it.until_idle()
        urls = [str(request.url) for request in vendor.asked]
        assert len(urls) == len(set(urls))
        assert len(it.place.kept()) == 260


def test_a_page_that_became_too_old_is_no_end() -> None:
    vendor = Aircall(calls(260, every=timedelta(minutes=10)))
    refused: list[str] = []

    def forgetful(request: httpx.Request) -> httpx.Response:
        if "page=3" in str(request.url) and not refused:
            refused.append(str(request.url))
            return httpx.Response(400, json={"error": "page"})
        return vendor.answer(request)

    with asking(forgetful) as it:
        it.until_idle()
        assert refused and it.place.problem is None
        assert len(it.place.kept()) == 260


def test_a_page_that_is_always_refused_is_told_and_not_asked_for_without_end() -> None:
    vendor = Aircall(calls(260, every=timedelta(minutes=10)))

    def stubborn(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if "page=3" in str(request.url) else vendor.answer(request)

    with asking(stubborn) as it:
        pauses = [it.poller.step(it.talk) for _ in range(12)]
        assert pauses[-1] == LONGEST_WAIT.total_seconds()
        assert it.place.problem == "api.aircall.io answered 404"


def test_a_list_that_turns_in_a_circle_is_a_problem_and_keeps_what_it_gave() -> None:
    def circle(http: Http, settings: Settings, begin: datetime, end: datetime, place: str | None) -> Page:
        return Page(records=(Record(kind="call", key="1", body=b"{}"),), next="again")

    found = platform("aircall")
    assert found.history is not None
    with asking(
        lambda _: httpx.Response(500), connector=replace(found, history=replace(found.history, fetch=circle))
    ) as it:
        assert [it.poller.step(it.talk) for _ in range(3)] == [0.0, 5.0, 10.0]
        assert it.place.problem is not None and "again and again" in it.place.problem


def test_a_wish_is_read_to_its_end_and_tells_how_far_it_is() -> None:
    vendor = Aircall(calls(400, every=timedelta(hours=6)))
    with asking(vendor.answer) as it:
        it.until_idle()
        it.ask_for(NOW - timedelta(days=100), NOW)
        assert it.progress() == (0.0, 0)
        it.poller.step(it.talk)
        assert it.progress()[0] == pytest.approx(0.07)
        it.until_idle()
        assert it.progress() == (1.0, 400)
        assert len(it.place.kept()) == 400


def test_a_wish_that_comes_while_a_page_is_read_is_not_lost() -> None:
    vendor = Aircall(calls(400, every=timedelta(hours=6)))
    first, second = (NOW - timedelta(days=90), NOW - timedelta(days=80)), (NOW - timedelta(days=50), NOW)
    wishes = [second]

    with asking(vendor.answer) as it:

        def interrupted(request: httpx.Request) -> httpx.Response:
            if it.position(ASKED) is not None and wishes:
                it.ask_for(*wishes.pop())
            return vendor.answer(request)

        with httpx.Client(transport=httpx.MockTransport(interrupted)) as client:
            it.talk = it.poller.conversation(it.place.endpoint, it.place.connector, client, _FOREVER)
            it.until_idle()
            it.ask_for(*first)
            it.until_idle()
        assert not wishes
        assert it.progress() == (1.0, 200)


def test_what_is_new_goes_on_while_a_wish_is_read() -> None:
    vendor = Aircall(calls(700, every=timedelta(hours=6)))
    with asking(vendor.answer, polls=True) as it:
        it.ask_for(NOW - timedelta(days=170), NOW)
        it.until_idle()
        began = NOW + timedelta(minutes=2)
        while it.time.now < began:
            it.time.now += timedelta(seconds=1)
        vendor.calls.append(call(9_999, NOW + timedelta(minutes=1)))
        it.poller.step(it.talk)
        assert any(b"9999" in record.body for record in it.place.kept())


def test_an_endpoint_without_a_key_is_left_alone_and_nothing_is_wrong_with_it() -> None:
    with listening("aircall", {"token": "hook"}) as place:
        time = Time()
        poller = HistoryPoller(
            place.ledger, place.journal, clock=time.clock, polls=lambda _: True, transport=httpx.MockTransport(_never)
        )
        poller.endpoints_changed({place.endpoint.id: (place.endpoint, place.connector)})
        poller.start()
        poller.stop()
        assert place.problem is None


def _never(request: httpx.Request) -> httpx.Response:
    raise AssertionError("asked without a key")


def test_new_settings_are_asked_with_at_once() -> None:
    asked: list[str] = []
    heard = threading.Event()
    vendor = Aircall(calls(1))

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["authorization"])
        found = vendor.answer(request)
        if found.status_code == 200:
            heard.set()
        return found

    with listening("aircall", KEYS | {"api_token": "wrong"}) as place:
        refused = threading.Event()
        poller = HistoryPoller(
            place.ledger,
            place.journal,
            clock=lambda: NOW,
            polls=lambda _: False,
            transport=httpx.MockTransport(lambda request: _tell(refused, answer(request))),
        )
        poller.endpoints_changed({place.endpoint.id: (place.endpoint, place.connector)})
        poller.start()
        assert refused.wait(20)
        mended = replace(place.endpoint, secret={**place.endpoint.secret, "api_token": API_TOKEN})
        poller.endpoints_changed({place.endpoint.id: (mended, place.connector)})
        # Ten minutes sooner than the wrong key would have been tried again.
        assert heard.wait(20)
        poller.stop()
        assert len(set(asked)) == 2


def _tell(event: threading.Event, answer: httpx.Response) -> httpx.Response:
    event.set()
    return answer


def test_a_removed_endpoint_is_asked_no_more_and_its_light_is_out() -> None:
    with listening("aircall", KEYS) as place:
        asked = threading.Event()
        poller = HistoryPoller(
            place.ledger,
            place.journal,
            clock=lambda: NOW,
            polls=lambda _: False,
            transport=httpx.MockTransport(lambda request: _tell(asked, httpx.Response(401))),
        )
        poller.endpoints_changed({place.endpoint.id: (place.endpoint, place.connector)})
        poller.start()
        assert asked.wait(20)
        poller.endpoints_changed({})
        poller.stop()
        asked.clear()
        poller.start()
        poller.stop()
        assert not asked.is_set()


def test_an_access_token_that_expired_is_fetched_anew() -> None:
    logins: list[int] = []

    def vendor(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth/token"):
            logins.append(1)
            return httpx.Response(200, json={"access_token": f"token-{len(logins)}"})
        if request.headers["authorization"] != f"Bearer token-{max(1, len(logins))}" or (len(logins) == 1 and seen):
            return httpx.Response(401)
        seen.append(request.url.path)
        return httpx.Response(200, json={"records": [], "navigation": {}})

    seen: list[str] = []
    settings = {"client_id": "id", "client_secret": "secret", "jwt": "jwt"}
    time = Time()
    with listening("ringcentral", settings) as place, httpx.Client(transport=httpx.MockTransport(vendor)) as client:
        poller = HistoryPoller(
            place.ledger, place.journal, clock=time.clock, polls=lambda _: False, patience=time.patience
        )
        talk = poller.conversation(place.endpoint, place.connector, client, _FOREVER)
        assert [poller.step(talk), poller.step(talk)] == [0.0, 0.0]
        assert len(logins) == 2 and len(seen) == 2
        assert place.problem is None


@pytest.mark.parametrize("name", ["aircall", "ringover", "twilio", "ringcentral", "ovh"])
def test_a_platform_says_which_keys_its_past_calls_need(name: str) -> None:
    connector = platform(name)
    assert connector.history is not None
    assert connector.history.missing({}) == connector.history.needs != ()
    assert set(connector.history.needs) <= {field.key for field in connector.fields}
    with httpx.Client(transport=httpx.MockTransport(_never)) as client, pytest.raises(Misconfigured):
        connector.history.fetch(Http(client), {}, NOW - timedelta(days=1), NOW, None)
