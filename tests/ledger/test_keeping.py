"""What is older than a business may keep it is forgotten, a little at a time, and figures stay what they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from decroche.ledger.keeping import CEILINGS, Retention, TooLong, due, forget_old, keep_for, months_before, retention_of
from decroche.ledger.rebuilding import rebuild
from decroche.ledger.recovery_tables import people, texts, work_items, work_notes
from decroche.ledger.store import Ledger
from decroche.ledger.tables import facts, observations
from decroche.ledger.voicemails import messages_of
from decroche.ledger.work_items import Kind, Need, close, open_item
from decroche.ledger.work_notes import Note, add_note
from decroche.model.fact import Message
from decroche.rules.fingerprints import fingerprint, pseudonym
from tests.ledger.business import Shop, shop
from tests.ledger.stories import START, Body, hear
from tests.ledger.test_rebuild import again, snapshot
from tests.ledger.test_redacting import ONE, OTHER, ended

KEY = b"k" * 32
NAME = pseudonym(fingerprint(KEY, "garage", ONE))
YEAR = START + timedelta(days=365 + 31)
DAY = 86400


def kept(found: Shop, now: datetime) -> int:
    return sum(forget_old(found.ledger, hear, key=KEY, now=now))


def told(found: Shop, **calls: tuple[str, float]) -> None:
    found.keep([Body(facts=(ended(key, caller, after=days * DAY),)) for key, (caller, days) in calls.items()])
    found.fold(now=YEAR)


def who(found: Shop) -> dict[str, int | None]:
    return {row["external_key"]: row["person"] for row in found.calls().values()}


def test_an_old_number_becomes_a_pseudonym(ledger: Ledger) -> None:
    found = shop(ledger)
    told(found, old=("0611111111", 0), new=("0611111111", 300), other=("0622222222", 200))
    states = {id: row["state"] for id, row in found.journeys().items()}
    assert kept(found, YEAR) == 1 + 3, "the call, and the observations that are looked at"
    assert who(found) == {"old": NAME, "new": ONE, "other": OTHER}
    assert {id: row["state"] for id, row in found.journeys().items()} == states
    before = snapshot(found)
    assert [change for step in rebuild(ledger, hear, now=YEAR) for change in step.changes] == []
    assert snapshot(found) == before
    assert kept(found, YEAR) == 0


def test_a_journey_over_the_limit_waits(ledger: Ledger) -> None:
    found = shop(ledger)
    told(found, a=("0611111111", 30), b=("0611111111", 33), c=("0611111111", 39), d=("0622222222", 0))
    kept(found, START + timedelta(days=365 + 35))
    assert who(found) == {"a": ONE, "b": ONE, "c": ONE, "d": pseudonym(fingerprint(KEY, "garage", OTHER))}
    kept(found, START + timedelta(days=365 + 41))
    assert {who(found)[key] for key in "abc"} == {NAME}
    assert len(found.journeys()) == 2


def test_words_go_and_numbers_with_them(ledger: Ledger) -> None:
    found = shop(ledger)
    row: dict[str, Any] = {
        "account_id": "garage", "person": ONE, "direction": "out", "recipient": f"+{ONE}", "body": "secret",
        "purpose": "reply", "state": "delivered",
    }  # fmt: skip
    with ledger.writing() as connection:
        for id, at in (("old", START), ("new", YEAR)):
            connection.execute(sa.insert(texts).values(id=id, created_at=at, **row))
        item = open_item(connection, "garage", Need(kind=Kind.CALLBACK, key="x", person=ONE), now=START)
        for at in (START, YEAR):
            add_note(connection, item, kind=Note.NOTE, who="Ana", now=at, body="secret")
        close(connection, "garage", item, because="done", now=START)
    found.keep([Body(trouble="ignored", unknown=(("from", "0611111111"),))])
    found.fold()
    kept(found, YEAR)
    with ledger.reading() as connection:
        rows = connection.execute(
            sa.select(texts.c.body, texts.c.person, texts.c.recipient).order_by(texts.c.body)
        ).all()
        notes = list(connection.execute(sa.select(work_notes.c.body).where(work_notes.c.kind == "note")).scalars())
        assert connection.execute(sa.select(work_items.c.person)).scalar_one() == NAME
        (body,) = connection.execute(sa.select(observations.c.body)).scalars()
    assert [tuple(each) for each in rows] == [("", NAME, ""), ("secret", ONE, f"+{ONE}")]
    assert sorted(notes) == ["", "secret"]
    assert b"11111111" not in bytes(body)


def test_who_does_not_call_any_more_is_no_prospect(ledger: Ledger) -> None:
    found = shop(ledger)
    told(found, old=("0611111111", 0), new=("0622222222", 400))
    with ledger.writing() as connection:
        for person in (ONE, OTHER, 33699999999):
            connection.execute(sa.insert(people).values(account_id="garage", person=person, name="x"))
    kept(found, START + timedelta(days=3 * 365 + 40))
    with ledger.reading() as connection:
        left = set(connection.execute(sa.select(people.c.person)).scalars())
    assert left == {OTHER, 33699999999}, "of whom nothing was ever heard there is no last time"


def test_an_owner_shortens_and_never_lengthens(ledger: Ledger) -> None:
    shop(ledger)
    with ledger.writing() as connection:
        assert retention_of(connection, "garage") == Retention()
        keep_for(connection, "garage", Retention(numbers=1, texts=2, notes=3, prospects=4), START)
        assert retention_of(connection, "garage") == Retention(1, 2, 3, 4)
        for wrong in (Retention(numbers=0), Retention(texts=CEILINGS.texts + 1), Retention(prospects=37)):
            with pytest.raises(TooLong):
                keep_for(connection, "garage", wrong, START)


def test_what_comes_next_is_told(ledger: Ledger) -> None:
    found = shop(ledger)
    told(found, a=("0611111111", 0), b=("0611111111", 100))
    with ledger.reading() as connection:
        numbers, *rest = due(connection, "garage", START + timedelta(days=350))
    assert (numbers.what, numbers.soon, numbers.next_at) == ("numbers", 1, START.replace(year=2027))
    assert [each.next_at for each in rest] == [None, None]


@given(st.integers(-9000, 9000), st.integers(-36, 36))
def test_months(days: int, months: int) -> None:
    moment = START + timedelta(days=days)
    found = months_before(moment, months)
    assert (moment.year * 12 + moment.month) - (found.year * 12 + found.month) == months
    assert found.day == moment.day or (found + timedelta(days=1)).month != found.month


def test_what_was_said_to_the_voicemail_goes_with_the_words_and_the_number_stays(ledger: Ledger) -> None:
    found = shop(ledger)

    def voicemail(key: str, days: float, text: str) -> Body:
        call = ended(key, "0611111111", after=days * DAY)
        return Body(facts=(replace(call, voicemail=True, message=Message(recording=f"RE-{key}", text=text)),))

    found.keep([voicemail("old", 0, "secret")], at=START)
    found.keep([voicemail("new", 60, "later")], at=START + timedelta(days=60))
    found.fold(now=START + timedelta(days=60))
    with ledger.writing() as connection:
        keep_for(connection, "garage", Retention(texts=1), START)
    kept(found, START + timedelta(days=70))
    with ledger.reading() as connection:
        left = [each["text"] for each in messages_of(connection, "garage", (ONE,))]
        held = repr([connection.execute(sa.select(table)).all() for table in (observations, facts)])
    assert left == ["later"] and who(found) == {"old": ONE, "new": ONE}
    assert "secret" not in held and "RE-old" not in held and "later" in held
    before = snapshot(found)
    again(found)
    assert snapshot(found) == before
