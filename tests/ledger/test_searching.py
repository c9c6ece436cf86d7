"""People are found by what was written with them, by whoever may see it; what is forgotten is found no more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.ledger import finding
from decroche.ledger.audit_log import SYSTEM
from decroche.ledger.erased_late import forget_text
from decroche.ledger.erasing import erase_next, request_erasure
from decroche.ledger.finding import Finding, find
from decroche.ledger.keeping import forget_old
from decroche.ledger.rebuilding import rebuild
from decroche.ledger.recovery_settings import note_person
from decroche.ledger.search_tables import search_entries, search_words
from decroche.ledger.store import Ledger
from decroche.ledger.texts import intend
from decroche.ledger.work_items import Kind, Need, open_item
from decroche.ledger.work_notes import Note, add_note
from decroche.model.fact import Message, Stage
from decroche.understand.search_words import asked_for
from tests.databases import DATABASES, database
from tests.ledger.business import Shop, shop
from tests.ledger.stories import LINES, NOW, START, Body, hear
from tests.ledger.test_redacting import ONE, OTHER, ended

KEY = b"k" * 32


def said_by_call(key: str, caller: str, *, line: int = 0, text: str | None = None) -> Body:
    call = replace(ended(key, caller), called=LINES[line])
    if text is None:
        return Body(facts=(call,))
    return Body(facts=(call, replace(call, stage=Stage.ENRICHED, final=False, message=Message(text=text))))


def filled(ledger: Ledger) -> Shop:
    """Two callers, one at each site: a text, a note, a name and a voicemail of each."""
    found = shop(ledger)
    found.keep(
        [
            said_by_call("a", "0611111111", text="La batterie est déchargée"),
            said_by_call("b", "0622222222", line=1, text="Le pare-brise est fêlé"),
        ]
    )
    found.fold()
    with ledger.writing() as connection:
        for number, (person, name, site, words) in enumerate(
            ((ONE, "Anne Morel", "Lyon", "l'échéance du contrôle technique"), (OTHER, "Bob Mora", "Bron", "des pneus"))
        ):
            at = START + timedelta(minutes=number)
            journey = next(id for id, row in found.journeys().items() if row["person"] == person)
            row: dict[str, Any] = {
                "id": f"t{number}", "account_id": found.account, "journey_id": journey, "person": person,
                "recipient": f"+{person}", "body": f"Bonjour, {words}", "purpose": "reply", "created_at": at,
            }  # fmt: skip
            assert intend(connection, row) and not intend(connection, row)
            need = Need(kind=Kind.CALLBACK, key=str(number), person=person, journey=journey, site=site)
            item = open_item(connection, found.account, need, now=at)
            add_note(connection, item, kind=Note.NOTE, who="Ana", now=at, body=f"Devis {number}204 à refaire")
            add_note(connection, item, kind=Note.NOTE, who="", now=at, body="cancelled_by_caller")
            note_person(connection, found.account, person, name=name)
    return found


def who(found: Shop, q: str, *, sites: Iterable[str] | None = None, rights: bool = True) -> list[str]:
    return [{ONE: "one", OTHER: "other"}[hit.person] + f":{hit.kind}" for hit in sought(found, q, sites, rights).hits]


def sought(found: Shop, q: str, sites: Iterable[str] | None = None, rights: bool = True) -> Finding:
    asked = asked_for(q, region="FR", numbers=rights)
    with found.ledger.reading() as connection:
        return find(connection, found.account, asked, sites=None if sites is None else {*sites}, names=rights)


def test_words_notes_voicemails_names_and_numbers_are_found(ledger: Ledger) -> None:
    found = filled(ledger)
    for q, persons in {
        "echeance": ["one:text"], "ÉCHÉ": ["one:text"], "controle ech": ["one:text"], "pneu": ["other:text"],
        "bonjour": ["other:text", "one:text"], "devis": ["other:note", "one:note"], "0204": ["one:note"],
        "batterie": ["one:voicemail"], "fele brise": ["other:voicemail"], "morel": ["one:name"],
        "mor": ["other:name", "one:name"], "morel echeance": ["one:name"], "morel pneus": [], "batterie pneus": [],
        "cancelled": [], "06 22": ["other:name"], "222222": ["other:name"], "11": ["one:name"], "": [], "zzz": [],
    }.items():  # fmt: skip
        assert who(found, q) == persons, q


def test_nobody_finds_what_they_may_not_see(ledger: Ledger) -> None:
    found = filled(ledger)
    for q, sites, rights, persons in (
        ("echeance", ["Bron"], True, []), ("echeance", ["Lyon"], True, ["one:text"]),
        ("devis", ["Bron"], True, ["other:note"]),
        ("batterie", ["Bron"], True, []), ("batterie", ["Lyon"], True, ["one:voicemail"]), ("bonjour", [], True, []),
        ("bonjour batterie", ["Bron"], True, []), ("pneus 11", ["Bron"], True, []),
        ("morel", None, False, []), ("06 22", None, False, []), ("222222", None, False, []),
        ("22", None, False, ["other:note"]),
        ("echeance", None, False, ["one:text"]), ("morel echeance", None, False, []),
    ):  # fmt: skip
        assert who(found, q, sites=sites, rights=rights) == persons, (q, sites)
    with ledger.reading() as connection:
        assert (
            find(connection, "another", asked_for("devis", region="FR", numbers=True), sites=None, names=True).hits
            == ()
        )


@pytest.mark.hard
def test_the_latest_are_found_of_what_many_wrote(ledger: Ledger) -> None:
    found = filled(ledger)
    with ledger.writing() as connection:
        for number in range(2 * finding.FOUND):
            row = {
                "id": f"m{number:03}", "account_id": found.account, "person": 33700000000 + number, "purpose": "reply",
                "body": f"Promesse mot{number:03}", "created_at": NOW + timedelta(minutes=number),
            }  # fmt: skip
            intend(connection, row)
    found_all = sought(found, "promesse")
    assert [hit.person % 1000 for hit in found_all.hits] == list(range(2 * finding.FOUND))[: -finding.FOUND - 1 : -1]
    assert not found_all.whole
    many = sought(found, "mot0")
    assert not many.whole and 0 < len(many.hits) <= finding.FOUND, "more spellings than are looked at"
    assert [hit.person % 1000 for hit in sought(found, "promesse mot007").hits] == [7]
    assert sought(found, "promesse mot007").whole and sought(found, "echeance").whole


def words(ledger: Ledger) -> int:
    with ledger.reading() as connection:
        assert connection.execute(
            sa.select(sa.func.count()).where(search_words.c.entry.not_in(sa.select(search_entries.c.id)))
        ).scalar_one() == 0  # fmt: skip
        return connection.execute(sa.select(sa.func.count()).select_from(search_words)).scalar_one()


def test_who_is_erased_is_found_no_more(ledger: Ledger) -> None:
    found = filled(ledger)
    with ledger.writing() as connection:
        request_erasure(connection, found.account, ONE, key=KEY, by=SYSTEM, now=NOW)
    assert who(found, "echeance") == who(found, "0204") == who(found, "morel") == []
    while erase_next(ledger, hear, now=NOW):
        pass
    assert who(found, "batterie") == who(found, "11") == []
    with ledger.reading() as connection:
        left = set(connection.execute(sa.select(search_words.c.word)).scalars())
        assert set(connection.execute(sa.select(search_entries.c.person)).scalars()) == {OTHER}
    assert {"batterie", "echeance", "anne", "0204", "<11111111633"} & left == set()
    assert who(found, "pneus") == ["other:text"] and who(found, "brise") == ["other:voicemail"]


def test_what_is_told_late_of_an_erased_person_is_not_found(ledger: Ledger) -> None:
    found = filled(ledger)
    row: dict[str, Any] = {
        "id": "late", "account_id": found.account, "person": OTHER, "direction": "in", "state": "received",
        "sender": f"+{OTHER}", "body": "Tardif", "purpose": "", "created_at": START,
    }  # fmt: skip
    with ledger.writing() as connection:
        intend(connection, row)
        assert who(found, "pneus") == ["other:text"]
        forget_text(connection, "late", b"x" * 16)
    assert who(found, "tardif") == [] and who(found, "pneus") == ["other:text"]


def test_what_is_too_old_is_found_no_more(ledger: Ledger) -> None:
    found = filled(ledger)
    assert words(ledger) > 20
    sum(forget_old(ledger, hear, key=KEY, now=START + timedelta(days=500)))
    assert who(found, "echeance") == who(found, "devis") == who(found, "batterie") == []
    assert who(found, "morel") == ["one:name"], "who they are is kept longer than what they wrote"
    sum(forget_old(ledger, hear, key=KEY, now=START + timedelta(days=3 * 400)))
    assert words(ledger) == 0


@pytest.mark.hard
def test_a_rebuild_finds_the_same(ledger: Ledger) -> None:
    found = filled(ledger)
    before = words(ledger)
    assert [change for step in rebuild(ledger, hear, now=NOW) for change in step.changes] == []
    assert words(ledger) == before and who(found, "batterie") == ["one:voicemail"]


def test_a_voicemail_is_found_once_its_text_comes_and_by_its_last_text(ledger: Ledger) -> None:
    found = shop(ledger)
    found.keep([said_by_call("a", "0611111111", text="La baterie")])
    found.fold()
    call = ended("a", "0611111111")
    later = replace(
        call, stage=Stage.ENRICHED, final=False, at=call.at + timedelta(hours=1), message=Message(text="La batterie")
    )
    found.keep([Body(facts=(later,))])
    found.fold()
    assert who(found, "batterie") == ["one:voicemail"] and who(found, "baterie") == []


def test_another_name_takes_the_place_of_the_old(ledger: Ledger) -> None:
    found = filled(ledger)
    with ledger.writing() as connection:
        note_person(connection, found.account, ONE, name="Anne Petit")
        note_person(connection, found.account, OTHER, name=None)
        note_person(connection, found.account, OTHER, vip=True)
    assert who(found, "morel") == who(found, "mora") == [] and who(found, "petit") == ["one:name"]


@pytest.mark.hard
@pytest.mark.parametrize("kind", DATABASES)
def test_what_was_written_before_is_found_after_an_upgrade(kind: str) -> None:
    with database(kind) as url:
        ledger = Ledger(url)
        found = filled(ledger)
        with ledger.writing() as connection:
            about = {"call": next(id for id, row in found.calls().items() if row["person"] == ONE)}
            need = Need(kind=Kind.VOICEMAIL, key="v", person=ONE, site="Lyon", about=about)
            open_item(connection, found.account, need, now=START)
        expected = listing(ledger)
        ledger.downgrade("0009")
        ledger.migrate()
        left = {each for each in expected if each[0] == "voicemail" and each[2] == OTHER}
        assert listing(ledger) == expected - left, "a voicemail that nobody has to hear is found when it is told again"
        with ledger.writing() as connection:
            row = {
                "id": "new", "account_id": found.account, "person": OTHER, "purpose": "reply", "body": "nouveau",
                "created_at": NOW,
            }  # fmt: skip
            assert intend(connection, row)
        assert who(found, "nouv") == ["other:text"]
        ledger.close()


def listing(ledger: Ledger) -> set[tuple[str, str, int, datetime, str]]:
    e, w = search_entries.c, search_words.c
    with ledger.reading() as connection:
        query = sa.select(e.kind, e.subject, e.person, e.at, w.word).join_from(
            search_entries, search_words, w.entry == e.id
        )
        return {(row.kind, row.subject, row.person, row.at, row.word) for row in connection.execute(query)}
