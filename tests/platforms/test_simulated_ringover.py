"""The simulated Ringover at work: what nobody takes is delivered again, and every call is listed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta
from itertools import islice

import httpx

from decroche.connector_kit.http import Http
from decroche.connectors.ringover.connector import CONNECTOR
from decroche.simulate.platform import Platform, told
from decroche.simulate.presets import garage_lyon
from decroche.simulate.ringover import Account, Sent
from decroche.simulate.ringover_api import RingoverApi
from decroche.simulate.timetable import Placed, without_end
from tests.platforms.reading import every_record

ACCOUNT = Account(url="http://127.0.0.1:1/hooks/ringover/k1", call_key="c" * 64, after_call_key="a" * 64)
CALLS = list(islice(without_end(garage_lyon(), seed=3, first=date(2026, 11, 16)), 40))
BEGAN, ENDED = CALLS[0].story.started_at, CALLS[-1].story.started_at + timedelta(days=1)


def sent_about(calls: list[Placed]) -> list[Sent]:
    return list(told(calls, account=ACCOUNT, api=RingoverApi(key="k"), since=BEGAN))


def delivered(sent: list[Sent], answer: Callable[[httpx.Request], httpx.Response]) -> Platform:
    # Its clock is always after the last moment: nothing has to be waited for.
    platform = Platform(
        sent,
        account=ACCOUNT,
        clock=lambda: ENDED,
        retries=(0, 0),
        transport=httpx.MockTransport(answer),
    )
    platform.start()
    assert platform.wait(30)
    return platform


def test_every_delivery_is_made_once_and_in_order_when_it_is_taken() -> None:
    sent, bodies = sent_about(CALLS), []

    def take(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return httpx.Response(200)

    assert delivered(sent, take).answers.taken == len(sent)
    assert bodies == [each.body for each in sent]


def test_what_is_not_taken_comes_again_with_a_higher_number_until_it_is() -> None:
    attempts: list[int] = []

    def take_the_third(request: httpx.Request) -> httpx.Response:
        attempts.append(json.loads(request.content)["attempt"])
        if attempts[-1] == 1:
            return httpx.Response(503)
        if attempts[-1] == 2:
            raise httpx.ConnectError("away", request=request)
        return httpx.Response(204)

    sent = sent_about(CALLS[:5])
    answers = delivered(sent, take_the_third).answers
    assert answers.taken == len(sent)
    assert sorted(answers.refusals) == [0] * len(sent) + [503] * len(sent)
    assert sorted(attempts) == sorted([1, 2, 3] * len(sent))


def test_what_is_never_taken_is_given_up() -> None:
    sent = sent_about(CALLS[:3])
    answers = delivered(sent, lambda request: httpx.Response(500)).answers
    assert (answers.taken, len(answers.given_up)) == (0, len(sent))
    assert answers.refusals == [500] * len(sent) * 3


def test_the_api_lists_the_calls_that_have_ended_and_only_those_before_are_not_delivered() -> None:
    now = [BEGAN]
    api = RingoverApi(key="k", clock=lambda: now[0], page=7)
    http = Http(httpx.Client(transport=api))
    middle = CALLS[20].story.started_at
    sent = list(told(CALLS, account=ACCOUNT, api=api, since=middle))
    assert all(each.at >= middle for each in sent)
    assert {json.loads(each.body)["data"]["call_id"] for each in sent} >= {each.story.number for each in CALLS[20:]}

    def listed() -> set[str]:
        records = every_record(CONNECTOR, http, {"api_key": "k"}, BEGAN - timedelta(days=1), ENDED)
        return {json.loads(record.body)["call_id"] for record in records}

    assert listed() == set()
    now[0] = middle
    ended = {str(call.story.number) for call in CALLS if call.story.ended_at and call.story.ended_at <= middle}
    assert listed() == ended
    now[0] = ENDED
    assert listed() == {str(call.story.number) for call in CALLS}
