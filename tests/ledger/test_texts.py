"""Texts in the ledger: written before they go, never twice, and right however their receipts come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.ledger import text_routes
from decroche.ledger import texts as sent
from decroche.ledger.folding import fold_pending
from decroche.ledger.observations import Observation, append
from decroche.ledger.recovery_tables import texts
from decroche.ledger.store import Ledger
from decroche.model.fact import Heard
from decroche.model.text import TextFailure, TextReceipt, TextReceived, TextState
from tests.ledger.business import Shop, shop
from tests.ledger.stories import START

PERSON = 33611111111


@pytest.fixture
def garage(ledger: Ledger) -> Shop:
    return shop(ledger)


def intend(garage: Shop, id: str = "t1") -> bool:
    row = {
        "id": id,
        "account_id": garage.account,
        "journey_id": "j1",
        "person": PERSON,
        "recipient": f"+{PERSON}",
        "body": "Bonjour",
        "purpose": "reply",
        "created_at": START,
    }
    with garage.ledger.writing() as connection:
        return sent.intend(connection, row)


def try_it(garage: Shop, id: str = "t1") -> bool:
    with garage.ledger.writing() as connection:
        return sent.trying(connection, id, endpoint=garage.endpoint, sender="+33939000001", now=START)


def hand(garage: Shop, ref: str, id: str = "t1") -> None:
    with garage.ledger.writing() as connection:
        sent.handed(connection, id, ref=ref, segments=2, price=None, currency=None, now=START)


def read(garage: Shop, id: str = "t1") -> Any:
    with garage.ledger.reading() as connection:
        return connection.execute(sa.select(texts).where(texts.c.id == id)).one()


def receipt(state: TextState, *, after: int = 0, **more: Any) -> TextReceipt:
    return TextReceipt(ref="SM1", state=state, at=START + timedelta(seconds=after), **more)


def test_the_same_text_is_written_once_and_tried_by_one(garage: Shop) -> None:
    assert [intend(garage), intend(garage)] == [True, False]
    assert [try_it(garage), try_it(garage)] == [True, False]
    assert (read(garage).state, read(garage).tries) == ("unknown", 1)


def test_what_was_surely_not_accepted_may_be_tried_again(garage: Shop) -> None:
    intend(garage)
    try_it(garage)
    with garage.ledger.writing() as connection:
        sent.try_again(connection, "t1")
    assert try_it(garage)
    assert read(garage).tries == 2


def test_a_text_is_taken_back_only_before_somebody_is_asked(garage: Shop) -> None:
    intend(garage)
    intend(garage, "t2")
    try_it(garage, "t2")
    with garage.ledger.writing() as connection:
        assert sent.cancel(connection, "t1", "recovered", START)
        assert not sent.cancel(connection, "t2", "recovered", START)
    assert not try_it(garage)


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_receipts_in_any_order_and_before_the_answer(garage: Shop, order: tuple[int, ...]) -> None:
    intend(garage)
    try_it(garage)
    steps: list[Callable[[], object]] = [
        lambda: hand(garage, "SM1"),
        lambda: receive(garage, receipt(TextState.HANDED, after=1, price=0.08, currency="EUR")),
        lambda: receive(garage, receipt(TextState.DELIVERED, after=2)),
    ]
    for step in order:
        steps[step]()
        steps[step]()
    row = read(garage)
    assert (row.state, row.ref, row.segments, row.price, row.failure) == ("delivered", "SM1", 2, 0.08, None)


def receive(garage: Shop, *receipts: TextReceipt) -> list[str]:
    with garage.ledger.writing() as connection:
        return sent.keep_receipts(connection, garage.endpoint, receipts, START)


def test_a_receipt_by_our_reference_settles_what_nobody_knew(garage: Shop) -> None:
    intend(garage)
    try_it(garage)
    with garage.ledger.writing() as connection:
        assert sent.give_up(connection, "t1", START)
    failed = receipt(TextState.FAILED, reference="t1", failure=TextFailure.LANDLINE, raw_failure="30006")
    assert receive(garage, failed) == ["t1"]
    assert receive(garage, failed) == []
    assert (read(garage).state, read(garage).failure, read(garage).raw_failure) == ("failed", "landline", "30006")


def test_later_texts_wait_for_their_turn(garage: Shop) -> None:
    with garage.ledger.writing() as connection:
        turns = [
            text_routes.take_turn(connection, garage.account, garage.endpoint, "s", per_second=2, now=START)
            for _ in range(3)
        ]
        later = START + timedelta(minutes=1)
        assert text_routes.take_turn(connection, garage.account, garage.endpoint, "s", per_second=2, now=later) == later
    assert [(turn - START).total_seconds() for turn in turns] == [0, 0.5, 1]


def test_a_provider_that_fails_three_times_rests(garage: Shop) -> None:
    def note(well: bool) -> set[tuple[str, str]]:
        with garage.ledger.writing() as connection:
            rest = timedelta(minutes=2)
            text_routes.note_outcome(connection, garage.account, garage.endpoint, "s", well=well, rest=rest, now=START)
            return text_routes.resting(connection, garage.account, START + timedelta(minutes=1))

    assert [note(False), note(False), note(False)] == [set(), set(), {(garage.endpoint, "s")}]
    assert note(True) == set()


def test_what_texts_cost_since_a_moment(garage: Shop) -> None:
    for id in ("t1", "t2", "t3"):
        intend(garage, id)
    try_it(garage, "t1")
    hand(garage, "SM1")
    try_it(garage, "t2")
    receive(garage, receipt(TextState.HANDED, price=0.5))
    with garage.ledger.reading() as connection:
        assert sent.spent(connection, garage.account, since=START, per_segment=0.1) == pytest.approx(0.5 + 0.1)
        assert sent.spent(connection, garage.account, since=START + timedelta(1), per_segment=0.1) == 0


def test_what_a_provider_tells_is_folded_with_the_calls(garage: Shop) -> None:
    intend(garage)
    try_it(garage)
    said = (
        TextReceived(ref="in1", sender="06 11 11 11 11", recipient="+33939000001", body="RAPPEL\0", at=START),
        receipt(TextState.DELIVERED, reference="t1"),
    )
    told = Observation(
        endpoint_id=garage.endpoint, record=Record(kind="text", key="k", body=b""), source="live", received_at=START
    )
    with garage.ledger.writing() as connection:
        append(connection, [told])
    folded = fold_pending(garage.ledger, lambda connector, record, settings: Heard(texts=said), now=START)
    assert [kind for _, kind, _ in folded.changes] == ["text.settled", "text.received"]
    with garage.ledger.reading() as connection:
        first, second = sent.conversation(connection, garage.account, PERSON, since=START)
    received, delivered = sorted((first, second), key=lambda row: row["direction"])
    assert (received["body"], received["state"], delivered["state"]) == ("RAPPEL", "received", "delivered")
