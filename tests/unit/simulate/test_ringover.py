"""Our connector accepts and understands what the simulated Ringover sends, in each signature and in any order."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from decroche.connector_kit.connector import Delivery, Record
from decroche.connector_kit.errors import NotAuthentic
from decroche.connector_kit.objects import encode
from decroche.connectors.ringover.connector import CONNECTOR, hear
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.fact import Fact
from decroche.simulate.calls import SimulatedCalls, simulate
from decroche.simulate.presets import garage_lyon
from decroche.simulate.ringover import Account, Scheme, Sent, deliveries, listed
from decroche.simulate.stories import CallStory, Colleague, Happening, Step, international, stories
from decroche.simulate.world import Numbering
from decroche.understand.live import LiveCall, live_call
from decroche.understand.missed import judge
from decroche.understand.numbers import read_number

URL = "https://calls.garage.example/hooks/ringover/k1"
SETTINGS = {"call_key": "c" * 64, "after_call_key": "a" * 64}
ACCOUNTS = {scheme: Account(url=URL, call_key="c" * 64, after_call_key="a" * 64, scheme=scheme) for scheme in Scheme}
BEGAN = datetime(2026, 3, 4, 13, 0, tzinfo=UTC)
CAMILLE, NOA = Colleague(number=1, first_name="Camille", last_name="Roy"), Colleague(number=2, first_name="Noa")


@pytest.fixture(scope="module")
def simulated() -> SimulatedCalls:
    """Three days of a garage."""
    return simulate(garage_lyon(), seed=5, days=3, start=date(2026, 3, 4))


@pytest.fixture(scope="module")
def told(simulated: SimulatedCalls) -> list[CallStory]:
    return list(stories(simulated))


def delivery(sent: Sent) -> Delivery:
    headers = {name.lower(): value for name, value in sent.headers.items()}
    return Delivery(url=sent.url, headers=headers, body=sent.body)


def accepted(sent: Sent) -> Record:
    assert CONNECTOR.events is not None
    CONNECTOR.events.verify(delivery(sent), SETTINGS, sent.at + timedelta(seconds=2))
    return CONNECTOR.events.record(delivery(sent))


def understood(records: Iterable[Record]) -> LiveCall:
    facts: list[Fact] = []
    for kept in records:
        heard = hear(kept, {})
        assert heard.unknown == ()
        facts += heard.facts
    return live_call(facts)


def verdict(live: LiveCall) -> tuple[Disposition, MissedReason | None]:
    found = judge(live.call, caller=read_number(live.call.caller, region="FR").kind, closed=False)
    return found.disposition, found.reason


@pytest.mark.parametrize("scheme", Scheme)
def test_every_delivery_is_accepted_and_every_call_understood(
    scheme: Scheme, simulated: SimulatedCalls, told: list[CallStory]
) -> None:
    chance = random.Random(3)
    answered = missed = 0
    for story, row in zip(told, simulated.calls.to_pylist(), strict=True):
        records = [accepted(sent) for sent in deliveries(story, ACCOUNTS[scheme])]
        assert len({record.key for record in records}) == len(records)
        live = understood(records)
        assert live == understood(chance.sample(records * 2, len(records) * 2))
        call = live.call
        assert call.call_key == str(story.number)
        assert live.over
        assert call.direction == row["direction"]
        assert call.answered == row["answered"]
        assert call.agent == (row["agent"] if row["answered"] else None)
        assert call.voicemail == (row["voicemail"] and call.direction is Direction.INBOUND)
        assert call.after_hours == (row["reason"] == MissedReason.AFTER_HOURS)
        assert abs((call.started_at - story.started_at).total_seconds()) < 0.001
        assert call.talk_s == pytest.approx(row["talk_s"] if row["answered"] else None, abs=1.5)
        assert call.total_s == pytest.approx(row["total_s"], abs=1.5)
        disposition, _ = verdict(live)
        inbound = call.direction is Direction.INBOUND
        answered += inbound and disposition is Disposition.ANSWERED
        missed += inbound and disposition is Disposition.MISSED
        if row["answered"] and inbound:
            assert call.wait_s == pytest.approx(row["wait_s"], abs=1.5)
    assert answered > 20
    assert missed > 5


def test_the_list_of_past_calls_tells_the_same_calls(told: list[CallStory]) -> None:
    for story in told:
        live = [accepted(sent) for sent in deliveries(story, ACCOUNTS[Scheme.V1])]
        rows = [Record(kind="cdr", key=str(row["cdr_id"]), body=encode(row)) for row in listed(story)]
        alone, both = understood(rows), understood([*live, *rows])
        for found in (alone, both):
            assert found.over
            assert found.call.answered == understood(live).call.answered
            assert found.call.direction == understood(live).call.direction
            assert found.other == understood(live).other
        assert both.call.voicemail == understood(live).call.voicemail
        assert both.call.talk_s == pytest.approx(understood(live).call.talk_s, abs=1)


def test_a_transferred_call_is_one_call_of_two_people() -> None:
    happenings = [
        (2, Happening.RINGING, CAMILLE),
        (10, Happening.ANSWERED, CAMILLE),
        (60, Happening.RINGING, NOA),
        (65, Happening.ANSWERED, NOA),
        (125, Happening.HUNG_UP, NOA),
    ]
    steps = [Step(at=BEGAN + timedelta(seconds=at), happening=what, colleague=who) for at, what, who in happenings]
    story = CallStory(
        number=7,
        started_at=BEGAN,
        direction=Direction.INBOUND,
        caller="+33639980001",
        called="+33199000002",
        steps=tuple(steps),
        menu="Accueil",
    )
    live = understood(accepted(sent) for sent in deliveries(story, ACCOUNTS[Scheme.V1]))
    assert (live.call.answered, live.call.talk_s, live.call.agent, live.call.queue) == (
        True,
        115,
        "Camille Roy",
        "Accueil",
    )
    rows = [Record(kind="cdr", key=str(row["cdr_id"]), body=encode(row)) for row in listed(story)]
    assert [hear(row, {}).facts[0].final for row in rows] == [False, True]
    assert understood(rows).call.talk_s == 115


def test_a_delivery_signed_with_another_key_is_refused(told: list[CallStory]) -> None:
    assert CONNECTOR.events is not None
    for scheme in Scheme:
        other = Account(url=URL, call_key="x" * 64, after_call_key="x" * 64, scheme=scheme)
        for sent in deliveries(told[0], other):
            with pytest.raises(NotAuthentic):
                CONNECTOR.events.verify(delivery(sent), SETTINGS, sent.at)


def test_stories_can_be_told_at_another_time(simulated: SimulatedCalls, told: list[CallStory]) -> None:
    later = list(stories(simulated, shift=timedelta(days=200)))
    assert [story.started_at - timedelta(days=200) for story in later] == [story.started_at for story in told]
    assert all(story.steps == tuple(sorted(story.steps, key=lambda step: step.at)) for story in told)


def test_numbers_are_international() -> None:
    assert international("0639981234", Numbering.FRANCE) == "+33639981234"
    assert international("+33639981234", Numbering.FRANCE) == "+33639981234"
    assert international("514-555-0123", Numbering.QUEBEC) == "+15145550123"
    assert international("11", Numbering.FRANCE) == "11"


def test_a_call_that_goes_on_is_not_listed() -> None:
    story = CallStory(
        number=7,
        started_at=BEGAN,
        direction=Direction.INBOUND,
        caller=None,
        called="+33199000002",
        steps=(Step(at=BEGAN, happening=Happening.RINGING, colleague=NOA),),
    )
    assert listed(story) == []
    assert story.answered_at is None
    live = understood(accepted(sent) for sent in deliveries(story, ACCOUNTS[Scheme.V3]))
    assert (live.other, live.over) == ("anonymous", False)
