"""Somebody asks to be forgotten: what would contact them stops at once, the rest follows, whatever interrupts it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.connector_kit.connector import Record
from decroche.ledger.audit_log import ByKind, Who
from decroche.ledger.cost_tables import metadata
from decroche.ledger.erasing import erase_next, erasures_of, forget_late, request_erasure
from decroche.ledger.meeting import meet
from decroche.ledger.recovery_tables import (
    bookings,
    consents,
    notices,
    opt_outs,
    people,
    slot_links,
    texts,
    work_items,
    work_notes,
)  # fmt: skip
from decroche.ledger.refusals import in_force, refuse
from decroche.ledger.slot_links import make_link
from decroche.ledger.store import Ledger
from decroche.ledger.tables import observations
from decroche.ledger.voicemails import Left, read_voicemail, what_was_left
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.ledger.work_notes import Note, add_note
from decroche.model.fact import Fact, Heard, Message, Stage
from decroche.rules.fingerprints import fingerprint, pseudonym
from tests.databases import opened
from tests.ledger.business import Shop, shop
from tests.ledger.stories import NOW, START, Body, hear
from tests.ledger.test_rebuild import again, snapshot
from tests.ledger.test_redacting import ONE, OTHER, ended

KEY = b"k" * 32
MARK = fingerprint(KEY, "garage", ONE)
NAME = pseudonym(MARK)


def filled(ledger: Ledger) -> Shop:
    """A garage that ONE and OTHER called, wrote to and were promised things by."""
    found = shop(ledger)
    found.keep(
        [
            Body(facts=(ended("a", "0611111111"), ended("b", "0622222222", after=60))),
            Body(facts=(ended("c", "+33 6 11 11 11 11", after=600),)),
            Body(trouble="ignored", unknown=(("from", "tel:+33611111111"),)),
            Body(trouble="malformed", unknown=(("from", "06%2011%2011%2011%2011"),)),
            Body(trouble="ignored", unknown=(("id", "20611111111"),)),
        ]
    )
    found.fold()
    journey = {row["person"]: id for id, row in found.journeys().items()}
    with ledger.writing() as connection:
        for who, person in (("one", ONE), ("other", OTHER)):
            mine: dict[str, Any] = {"account_id": found.account, "person": person, "created_at": START}
            out = {"direction": "out", "recipient": f"+{person}", "sender": "us", "purpose": "reply"}
            connection.execute(
                sa.insert(texts),
                [
                    {**mine, **out, "id": f"{who}-1", "body": "secret", "state": "intended"},
                    {**mine, **out, "id": f"{who}-2", "body": "secret", "state": "delivered"},
                    {**mine, "id": f"{who}-3", "direction": "in", "sender": f"+{person}", "recipient": "us",
                     "body": "secret", "purpose": "", "state": "received"},
                ],
            )  # fmt: skip
            need = Need(kind=Kind.CALLBACK, key=who, person=person, journey=journey[person])
            item = open_item(connection, found.account, need, now=START)
            add_note(connection, item, kind=Note.NOTE, who="Ana", now=START, body="secret")
            make_link(connection, found.account, journey=journey[person], person=person, now=START)
            connection.execute(sa.insert(people).values(account_id=found.account, person=person, name="secret"))
            slot = {"starts_at": NOW, "ends_at": NOW + timedelta(hours=1), "state": "booked", "made_at": START}
            connection.execute(
                sa.insert(bookings).values(
                    id=who, account_id=found.account, journey_id=journey[person], person=person, **slot
                )
            )
            notice = {"member": "Ana", "channel": "email", "body": "secret", "state": "intended", "due_at": NOW}
            connection.execute(sa.insert(notices).values(id=who, account_id=found.account, item_id=item, **notice))
            mark = fingerprint(KEY, found.account, person)
            refuse(connection, found.account, mark, scope="everything", source="keyword", at=START)
            given = {"means": "text", "purpose": "promotion", "obtained_at": START, "evidence": "secret"}
            connection.execute(sa.insert(consents).values(id=who, account_id=found.account, fingerprint=mark, **given))
            meet(connection, found.account, person, kind="reply", at=START + timedelta(days=1), ref=who, now=NOW)
    return found


def ask(found: Shop) -> None:
    with found.ledger.writing() as connection:
        request_erasure(connection, found.account, ONE, key=KEY, by=Who(kind=ByKind.MEMBER, name="Ana"), now=NOW)


def to_the_end(found: Shop) -> None:
    while erase_next(found.ledger, hear, now=NOW):
        pass


def dump(ledger: Ledger, *tables: sa.Table) -> dict[str, list[Any]]:
    with ledger.reading() as connection:
        return {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(sa.select(table)))
            for table in (tables or metadata.sorted_tables)
        }


def test_nothing_of_the_number_stays(ledger: Ledger) -> None:
    found = filled(ledger)
    others = {id: row for id, row in found.calls().items() if row["person"] == OTHER}
    ask(found)
    to_the_end(found)
    left = dump(ledger)
    shown = repr({name: rows for name, rows in left.items() if name != "observations"})
    assert "611111111" not in shown and "6 11 11 11 11" not in shown
    with ledger.reading() as connection:
        said = list(connection.execute(sa.select(observations.c.body).order_by(observations.c.id)).scalars())
    assert sum(b"11111111" in bytes(body) for body in said) == 1, "only the longer number of somebody else"
    assert not any(b"11%2011" in bytes(body) for body in said)
    assert {id: row for id, row in found.calls().items() if row["person"] == OTHER} == others
    assert repr(left).count("secret") == 8, "seven of the other person, and the word by which their note is found"
    assert {row["person"] for row in found.calls().values()} == {NAME, OTHER}
    assert {row["person"] for row in found.journeys().values()} == {NAME, OTHER}


def test_what_is_kept(ledger: Ledger) -> None:
    found = filled(ledger)
    ask(found)
    to_the_end(found)
    with ledger.reading() as connection:
        (request,) = erasures_of(connection, found.account)
        assert [row["scope"] for row in in_force(connection, found.account, MARK)] == ["everything"]
        given = connection.execute(sa.select(consents).where(consents.c.fingerprint == MARK)).one()
    assert (request.number, request.done_at, request.requested_by, request.pseudonym) == (None, NOW, "Ana", NAME)
    assert (given.evidence, given.withdrawn_at) == ("", NOW)
    assert len(dump(ledger, opt_outs)["opt_outs"]) == 2


def test_what_would_contact_them_stops_at_once(ledger: Ledger) -> None:
    found = filled(ledger)
    ask(found)
    with ledger.reading() as connection:
        t, w, b = texts.c, work_items.c, bookings.c
        states = {row.id: row.state for row in connection.execute(sa.select(t.id, t.state))}
        items = connection.execute(sa.select(w.person, w.state, w.closed_because).order_by(w.person)).all()
        held = connection.execute(sa.select(b.person, b.state).order_by(b.person)).all()
        assert connection.execute(sa.select(sa.func.count()).select_from(slot_links)).scalar_one() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(work_notes)).scalar_one() == 3
    assert states == {
        "one-1": "cancelled", "one-2": "delivered", "one-3": "received",
        "other-1": "intended", "other-2": "delivered", "other-3": "received",
    }  # fmt: skip
    assert [tuple(each) for each in items] == [(NAME, "cancelled", "erased"), (OTHER, "open", None)]
    assert [tuple(each) for each in held] == [(NAME, "cancelled"), (OTHER, "booked")]


def test_asked_twice_is_one_request(ledger: Ledger) -> None:
    found = filled(ledger)
    ask(found)
    ask(found)
    to_the_end(found)
    assert len(dump(ledger)["erasures"]) == 1
    assert not erase_next(ledger, hear, now=NOW)


def test_a_rebuild_gives_the_same(ledger: Ledger) -> None:
    found = filled(ledger)
    feed = found.changes()
    ask(found)
    to_the_end(found)
    kept = snapshot(found)
    assert again(found) == []
    assert snapshot(found) == kept
    assert found.changes() == feed


class Crash(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("life", [3, *(pytest.param(each, marks=pytest.mark.hard) for each in (1, 2, 4, 5, 6, 7))])
def test_whoever_is_interrupted_goes_on(life: int) -> None:
    """Each time somebody is about to be heard again, the process may end: what follows makes the same of it."""
    heard = 0

    def mortal(connector: str, record: Record, settings: Mapping[str, str]) -> Heard:
        nonlocal heard
        heard += 1
        if heard == life:
            raise Crash
        return hear(connector, record, settings)

    with opened("sqlite") as ledger, opened("sqlite") as other:
        found, whole = filled(ledger), filled(other)
        for each in (found, whole):
            ask(each)
        to_the_end(whole)
        while True:
            try:
                if not erase_next(ledger, mortal, now=NOW):
                    break
            except Crash:
                continue
        assert found.calls() == {id: {**row, "endpoint_id": found.endpoint} for id, row in whole.calls().items()}
        assert found.journeys() == whole.journeys()
        assert "11111111" not in repr(dump(ledger, texts, people)) + repr(found.calls())
        with ledger.reading() as connection:
            assert all(each.done_at for each in erasures_of(connection, found.account))


def test_what_is_not_folded_yet_is_waited_for(ledger: Ledger) -> None:
    found = filled(ledger)
    found.keep([Body(facts=(ended("d", "0611111111", after=9000),))])
    ask(found)
    to_the_end(found)
    with ledger.reading() as connection:
        assert erasures_of(connection, found.account)[0].done_at is None
    found.fold()
    to_the_end(found)
    assert {row["person"] for row in found.calls().values()} == {NAME, OTHER}


def test_facts_that_come_late_are_forgotten_too(ledger: Ledger) -> None:
    found = filled(ledger)
    ask(found)
    to_the_end(found)
    late = replace(ended("a", "0611111111"), stage=Stage.ENRICHED, wait_s=12.0)
    found.keep([Body(facts=(late,)), Body(facts=(ended("new", "0611111111", after=86400 * 30),))], at=NOW)
    found.fold()
    assert ONE in {row["person"] for row in found.calls().values()}
    while forget_late(ledger, hear, key=KEY, now=NOW):
        pass
    people_of = {row["external_key"]: row["person"] for row in found.calls().values()}
    assert people_of == {"a": NAME, "b": OTHER, "c": NAME, "new": ONE}, "a call after the request is a new contact"
    assert not forget_late(ledger, hear, key=KEY, now=NOW)


def test_words_of_a_voicemail_that_are_told_after_the_number_was_forgotten_are_forgotten_too(ledger: Ledger) -> None:
    """The phone system writes down what was said, without a number, once the person is erased."""
    found = filled(ledger)
    ask(found)
    to_the_end(found)
    late = Fact(call_key="a", stage=Stage.ENRICHED, at=START, voicemail=True, message=Message(text="hush"))
    theirs = replace(late, call_key="b", message=Message(text="theirs"))
    found.keep([Body(facts=(late,)), Body(facts=(theirs,))], at=NOW)
    found.fold()
    assert "hush" in repr(dump(ledger))
    while forget_late(ledger, hear, key=KEY, now=NOW):
        pass
    shown = repr(dump(ledger))
    assert "hush" not in shown and "theirs" in shown


def test_what_they_said_to_the_voicemail_is_forgotten_and_what_others_said_of_them(ledger: Ledger) -> None:
    found = shop(ledger)
    mine = Message(recording="RE1", text="secret")
    others = Message(recording="RE2", text="call 06 11 11 11 11, please")
    kept = {
        key: Fact(call_key=key, stage=Stage.ENRICHED, at=START, voicemail=True, message=message)
        for key, message in (("a", mine), ("b", others))
    }
    found.keep([Body(facts=(ended("a", "0611111111"), kept["a"])), Body(facts=(ended("b", "0622222222"), kept["b"]))])
    found.fold()
    calls = {row["person"]: id for id, row in found.calls().items()}
    with ledger.writing() as connection:
        for person, call in calls.items():
            need = Need(kind=Kind.VOICEMAIL, key=call, person=person, about={"call": call})
            open_item(connection, found.account, need, now=START)

    def left() -> dict[str, Left | None]:
        with ledger.reading() as connection:
            rows = connection.execute(sa.select(work_items.c.id, work_items.c.about)).all()
            items = [read_voicemail(connection, found.account, row.id) for row in rows]
            return {str(item.about["call"]): what_was_left(connection, item) for item in items}

    assert left()[calls[ONE]] == Left(endpoint=found.endpoint, recording="RE1", text="secret")
    ask(found)
    assert left()[calls[ONE]] is None, "at once"
    to_the_end(found)
    theirs = left()[calls[OTHER]]
    assert theirs is not None and theirs.recording == "RE2" and "11 11" not in (theirs.text or "")
    shown = repr(dump(ledger))
    assert "RE1" not in shown and "secret" not in shown and "RE2" in shown
    held = snapshot(found)
    again(found)
    assert snapshot(found) == held
