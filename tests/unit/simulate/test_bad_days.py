"""The simulated Ringover misbehaves as it is told, and otherwise sends what it would have sent."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, timedelta
from itertools import islice
from typing import Any

import numpy as np
import pytest

from decroche.connector_kit.connector import Delivery
from decroche.connector_kit.errors import NotAuthentic
from decroche.connectors.ringover.connector import CONNECTOR
from decroche.simulate.bad_days import BadDay, on_a_bad_day
from decroche.simulate.presets import garage_lyon
from decroche.simulate.ringover import Account, Scheme, Sent, deliveries
from decroche.simulate.timetable import without_end

KEYS = {"call_key": "c" * 64, "after_call_key": "a" * 64}
V1 = Account(url="https://calls.garage.example/hooks/ringover/k1", scheme=Scheme.V1, **KEYS)
V3 = Account(url="https://calls.garage.example/hooks/ringover/k1", scheme=Scheme.V3, **KEYS)


def a_morning(account: Account) -> list[Sent]:
    calls = islice(without_end(garage_lyon(), seed=3, first=date(2026, 11, 16)), 60)
    found = [sent for call in calls for sent in deliveries(call.story, account)]
    return sorted(found, key=lambda sent: sent.at)


def had(account: Account, **wrong: Any) -> list[Sent]:
    return on_a_bad_day(a_morning(account), account=account, day=BadDay(**wrong), chance=np.random.default_rng(1))


def accepted(sent: Sent, *, late: timedelta = timedelta()) -> bool:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    assert CONNECTOR.events is not None
    try:
        CONNECTOR.events.verify(Delivery(url=sent.url, headers=headers, body=sent.body), KEYS, sent.at + late)
    except NotAuthentic:
        return False
    return True


def events(sent: list[Sent]) -> Counter[str]:
    return Counter(json.loads(each.body)["event"] for each in sent)


@pytest.mark.parametrize("account", [V1, V3], ids=["V1", "V3"])
def test_a_good_day_changes_nothing(account: Account) -> None:
    assert had(account) == a_morning(account)


@pytest.mark.parametrize("account", [V1, V3], ids=["V1", "V3"])
def test_what_is_repeated_or_late_is_still_signed(account: Account) -> None:
    sent = had(account, repeated=0.5, late=0.5)
    usual = a_morning(account)
    assert len(usual) * 1.3 < len(sent) < len(usual) * 1.7
    assert [each.at for each in sent] == sorted(each.at for each in sent)
    stamps = [json.loads(each.body)["timestamp"] for each in sent]
    assert stamps != sorted(stamps)
    assert {json.loads(each.body)["attempt"] for each in sent} == {1, 2}
    assert all(accepted(each, late=timedelta(seconds=2)) for each in sent)


def test_calls_whose_end_is_lost_never_end() -> None:
    usual, sent = events(a_morning(V1)), events(had(V1, ends_lost=1.0))
    assert sent == Counter(
        {name: usual[name] for name in ("ringing", "answered", "voicemail_available") if usual[name]}
    )
    some = events(had(V1, ends_lost=0.5))
    assert 0 < some["missed"] < usual["missed"]


def test_a_clock_that_is_off_by_more_than_the_tolerance_is_refused_under_v3() -> None:
    right, wrong = had(V3, clock_off=timedelta(minutes=2)), had(V3, clock_off=timedelta(minutes=9))
    assert all(accepted(each) for each in right)
    assert not any(accepted(each) for each in wrong)
    usual = a_morning(V3)
    assert [json.loads(each.body)["timestamp"] - 540 for each in wrong] == pytest.approx(
        [json.loads(each.body)["timestamp"] for each in usual]
    )
    assert [each.at for each in wrong] == [each.at for each in usual]


def test_rubbish_is_not_signed_and_comes_beside_what_is() -> None:
    sent = had(V1, rubbish=0.3)
    rubbish = [each for each in sent if not each.genuine]
    assert len(rubbish) > 10
    assert [each for each in sent if each.genuine] == a_morning(V1)
    assert not any(_accepted_or_unreadable(each) for each in rubbish)


def _accepted_or_unreadable(sent: Sent) -> bool:
    try:
        return accepted(sent)
    except ValueError:
        return False
