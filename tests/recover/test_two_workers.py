"""Two workers act for the same callers at the same time: one waits for the other, and judges by what it did."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from decroche.ledger import texts as sent
from decroche.ledger.recovery_tables import texts
from decroche.ledger.store import Ledger
from decroche.recover.workflows.following import follow
from decroche.recover.workflows.sending import send
from decroche.recover.workflows.tools import Tools
from tests.databases import database
from tests.recover.telling import ANNE, Story, story

pytestmark = pytest.mark.hard
_PATIENCE_S = 30.0


class Slow(Ledger):
    """A ledger whose process stops in the midst of a transaction, right after a statement, until it may go on."""

    def __init__(self, url: str, after: str) -> None:
        super().__init__(url)
        self.reached, self.may_go_on = threading.Event(), threading.Event()

        def stop(_: object, __: object, statement: str, *___: object) -> None:
            if statement.startswith(after) and not self.reached.is_set():
                self.reached.set()
                assert self.may_go_on.wait(_PATIENCE_S)

        sa.event.listen(self.engine, "after_cursor_execute", stop)


@contextmanager
def garage() -> Iterator[tuple[Story, str]]:
    """A garage on PostgreSQL, with the address of its ledger."""
    with database("postgresql") as url:
        ledger = Ledger(url)
        try:
            yield story(ledger, "2026-03-04 10:42"), url
        finally:
            ledger.close()


def together(
    told: Story, url: str, *, first: Callable[[Tools], object], after: str, second: Callable[[Tools], object]
) -> None:
    """Run both: ``second`` begins when ``first`` has come to the statement ``after``, which goes on when it waits."""
    slow = Slow(url, after)
    failed: list[Exception] = []

    def run(act: Callable[[Tools], object], tools: Tools) -> None:
        try:
            act(tools)
        except Exception as error:
            failed.append(error)

    one = threading.Thread(target=run, args=(first, replace(told.tools, ledger=slow)))
    other = threading.Thread(target=run, args=(second, told.tools))
    try:
        one.start()
        assert slow.reached.wait(_PATIENCE_S), "the first worker never came so far"
        other.start()
        _until_somebody_waits(told.ledger, other)
        slow.may_go_on.set()
        one.join(_PATIENCE_S)
        other.join(_PATIENCE_S)
    finally:
        slow.may_go_on.set()
        slow.close()
    assert not failed
    assert not one.is_alive()
    assert not other.is_alive()


def _until_somebody_waits(ledger: Ledger, other: threading.Thread) -> None:
    for _ in range(3000):
        with ledger.reading() as connection:
            if connection.execute(sa.text("select 1 from pg_locks where not granted")).first() is not None:
                return
        other.join(0.01)
        if not other.is_alive():
            return
    raise AssertionError("nobody waits")


def intend(told: Story, id: str, journey: str) -> None:
    """A text of a playbook, which nobody has sent yet."""
    now = told.clock.now
    with told.ledger.writing() as connection:
        sent.intend(
            connection,
            {
                "id": id, "account_id": told.account, "journey_id": journey, "person": ANNE, "channel": "sms",
                "recipient": f"+{ANNE}", "body": "Bonjour", "purpose": "reply", "segments": 1, "created_at": now,
                "expires_at": now + timedelta(hours=1),
            },
        )  # fmt: skip


def states(told: Story) -> dict[str, str]:
    with told.ledger.reading() as connection:
        return {row.id: row.state for row in connection.execute(sa.select(texts.c.id, texts.c.state))}


def test_two_texts_to_one_person_are_judged_one_after_the_other() -> None:
    with garage() as (told, url):
        told.recovery_rests = True
        told.call(ANNE)
        journey = told.journey().id
        for id in ("one", "two"):
            intend(told, id, journey)
        together(
            told,
            url,
            first=lambda tools: send(tools, {"text": "one", "try": "0"}),
            after="INSERT INTO decisions",
            second=lambda tools: send(tools, {"text": "two", "try": "0"}),
        )
        found = states(told)
        assert (found["one"], found["two"]) == ("handed", "cancelled"), "the limits are those of one text"
        assert [message.reference for message in told.provider.accepted] == ["one"]


def test_a_text_that_goes_and_an_answer_that_takes_it_back_never_wait_for_each_other() -> None:
    with garage() as (told, url):
        told.call(ANNE)
        told.wait(minutes=5)
        intend(told, "late", told.journey().id)
        told.recovery_rests = True
        told.call(ANNE, ours=True, answered=True)
        together(
            told,
            url,
            first=lambda tools: send(tools, {"text": "late", "try": "0"}),
            after="UPDATE texts",
            second=follow,
        )
        assert states(told)["late"] == "cancelled"
        assert told.ended() == "recovered"
