"""Subscriptions are made when the door is open, renewed before they end, and made anew when they were given up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from decroche.capture.subscribing import (
    DOOR_OPENS_S,
    FIRST_WAIT_S,
    LONGEST_WAIT_S,
    LOOK_S,
    Asking,
    Subscriptions,
)  # fmt: skip
from decroche.connector_kit.connector import Answer, Delivery
from tests.capture.listening import Listening, Time, Turnstile, listening
from tests.platforms.ringcentral import SETTINGS, RingCentral

OURS = "https://appels.garage.example"


def echo(delivery: Delivery) -> Answer:
    """Our door as it answers RingCentral's test."""
    return Answer(headers={"Validation-Token": delivery.headers["validation-token"]})


@dataclass
class Subscribing:
    subscriptions: Subscriptions
    asking: Asking
    time: Time
    place: Listening

    def step(self, later: timedelta = timedelta()) -> float:
        self.time.now += later
        return self.subscriptions.step(self.asking)


@contextmanager
def subscribing(vendor: RingCentral, public_url: str = OURS) -> Iterator[Subscribing]:
    time = Time()
    with listening("ringcentral", SETTINGS) as place, vendor.client() as client:
        made = Subscriptions(place.ledger, public_url=public_url, clock=time.clock, patience=time.patience)
        yield Subscribing(made, made.asking(place.endpoint, place.connector, client), time, place)


def test_a_subscription_is_made_once_and_to_our_door() -> None:
    vendor = RingCentral(hook=echo)
    with subscribing(vendor) as it:
        assert [it.step(), it.step(), it.step()] == [LOOK_S] * 3
        [found] = vendor.subscriptions.values()
        assert found["deliveryMode"]["address"] == f"{OURS}/hooks/ringcentral/{it.place.endpoint.key}"
        assert it.place.problem is None


def test_a_restart_does_not_subscribe_again() -> None:
    vendor = RingCentral(hook=echo)
    with subscribing(vendor) as it:
        it.step()
        with vendor.client() as client:
            again = Subscriptions(it.place.ledger, public_url=OURS, clock=it.time.clock)
            assert again.step(again.asking(it.place.endpoint, it.place.connector, client)) == LOOK_S
        assert list(vendor.subscriptions) == ["sub-1"]


def test_a_subscription_is_renewed_in_its_rhythm() -> None:
    vendor = RingCentral(hook=echo)

    def renewals() -> int:
        return sum(request.url.path.endswith("/renew") for request in vendor.asked)

    with subscribing(vendor) as it:
        it.step()
        vendor.subscriptions["sub-1"]["expirationTime"] = (it.time.now + timedelta(days=7)).isoformat()
        it.step(timedelta(hours=1))
        assert renewals() == 1
        it.step(timedelta(minutes=59))
        assert renewals() == 1
        it.step(timedelta(minutes=1))
        assert renewals() == 2
        it.step(timedelta(days=-30))
        assert renewals() == 3, "a clock that was put back ends no subscription"


@pytest.mark.parametrize("given_up", ["Blacklisted", "Suspended", None])
def test_a_subscription_that_was_given_up_is_made_anew(given_up: str | None) -> None:
    vendor = RingCentral(hook=echo)
    with subscribing(vendor) as it:
        it.step()
        if given_up is None:
            vendor.subscriptions.clear()
        else:
            vendor.subscriptions["sub-1"]["status"] = given_up
        it.step(timedelta(hours=1))
        assert list(vendor.subscriptions) == ["sub-2"]


def test_another_public_address_moves_the_subscription() -> None:
    vendor = RingCentral(hook=echo)
    with subscribing(vendor) as it:
        it.step()
        with vendor.client() as client:
            moved = Subscriptions(it.place.ledger, public_url="https://new.example", clock=it.time.clock)
            moved.step(moved.asking(it.place.endpoint, it.place.connector, client))
        [found] = vendor.subscriptions.values()
        assert found["deliveryMode"]["address"].startswith("https://new.example/")


def test_a_door_that_the_platform_does_not_reach_lights_the_light_until_it_does() -> None:
    doors = [None, None, Answer()]
    vendor = RingCentral(hook=lambda delivery: doors.pop(0) if doors else echo(delivery))
    with subscribing(vendor) as it:
        assert [it.step(), it.step(), it.step()] == [FIRST_WAIT_S, FIRST_WAIT_S * 2, FIRST_WAIT_S * 4]
        assert it.place.problem is not None and "400" in it.place.problem
        assert it.step() == LOOK_S
        assert it.place.problem is None and len(vendor.subscriptions) == 1


def test_a_platform_that_wants_quiet_gets_it() -> None:
    vendor = RingCentral(hook=echo, bad_days=[httpx.Response(429, headers={"Retry-After": "77"})])
    with subscribing(vendor) as it:
        assert it.step() == 77.0
        assert it.step() == LOOK_S


def test_waits_end_growing() -> None:
    vendor = RingCentral(hook=lambda _: None)
    with subscribing(vendor) as it:
        assert [it.step() for _ in range(10)][-1] == LONGEST_WAIT_S


def test_the_first_question_waits_for_the_door_and_a_removed_endpoint_is_unsubscribed() -> None:
    vendor = RingCentral(hook=echo)
    turn, cancelled = Turnstile(), threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        found = vendor.answer(request)
        if request.method == "DELETE":
            cancelled.set()
        return found

    with listening("ringcentral", SETTINGS) as place:
        time = Time()
        made = Subscriptions(
            place.ledger,
            public_url=OURS,
            clock=time.clock,
            transport=httpx.MockTransport(answer),
            patience=turn.patience,
        )
        made.endpoints_changed({place.endpoint.id: (place.endpoint, place.connector)})
        made.start()
        assert turn.pause() == DOOR_OPENS_S and not vendor.asked
        turn.go_on()
        assert turn.pause() == LOOK_S and vendor.subscriptions
        made.endpoints_changed({})
        assert cancelled.wait(20)
        made.stop()
        assert not vendor.subscriptions


def test_without_a_public_address_nothing_is_subscribed() -> None:
    vendor = RingCentral(hook=echo)
    turn = Turnstile()
    with listening("ringcentral", SETTINGS) as place:
        made = Subscriptions(
            place.ledger,
            public_url=None,
            clock=Time().clock,
            transport=httpx.MockTransport(vendor.answer),
            patience=turn.patience,
        )
        made.endpoints_changed({place.endpoint.id: (place.endpoint, place.connector)})
        made.start()
        made.stop()
        assert not vendor.asked and place.problem is None
