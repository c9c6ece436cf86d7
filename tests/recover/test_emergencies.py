"""An emergency goes to people at once: by the caller's word, by the place that was called, or by a person's mark."""

from __future__ import annotations

import msgspec

from decroche.ledger.recovery_tables import notices
from decroche.ledger.store import Ledger
from decroche.recover.playbook_toml import shipped
from decroche.recover.settings import RecoverySettings, read_settings, write_settings
from decroche.recover.workflows.alarms import by_place, by_word, mark
from decroche.recover.workflows.telling import tell
from decroche.recover.workflows.working import read_list
from tests.recover.telling import ANNE, PAUL, Story, local, story

EVENING = "2026-03-04 18:05"
TEAM = {"members": [{"name": "luc", "roles": ["owner"], "email": "luc@garage.example"}]}
#: What this garage has chosen to be woken by.
WORDS = ("urgence", "emergency")


def told(garage: Story, person: int = ANNE) -> list[tuple[str, object]]:
    """Who is told of the person's emergency, and when."""
    journey = garage.journey(person).id
    tell(garage.tools, {"journey": journey, "episode": "1", "step": "emergency-first", "item": garage.work()[0].id})
    with garage.ledger.reading() as connection:
        return [(row.member, row.due_at) for row in connection.execute(notices.select())]


def test_a_word_of_the_caller_has_her_called_tonight(ledger: Ledger) -> None:
    """Closed, offered times for tomorrow; she writes that it is an emergency: the owner hears of it now."""
    garage = story(ledger, EVENING, team=TEAM, emergency_words=WORDS)
    garage.call(ANNE)
    garage.until("2026-03-04 21:30")
    assert garage.work() == []
    garage.write(ANNE, "C'est une URGENCE, je suis sur l'autoroute")
    (callback,) = garage.work(kind="callback")
    assert callback.due_at == local("2026-03-04 21:30")
    assert msgspec.json.decode(callback.about)["emergency"] == "word"
    assert told(garage) == [("luc", local("2026-03-04 21:30"))]
    assert garage.acts()["emergency-first"] == "done" and garage.acts()["callback"] == "skipped"
    garage.write(ANNE, "urgence !!")
    assert len(garage.work(kind="callback")) == 1
    garage.wait(minutes=1)
    garage.call(ANNE, ours=True, answered=True)
    assert [item.state for item in garage.work(kind="callback")] == ["done"]


def test_a_call_to_the_emergency_line_waits_for_no_slot_and_is_never_held_out(ledger: Ledger) -> None:
    garage = story(ledger, EVENING, emergency_places=("  accueil",), holdout=0.5)
    for person in range(33611111111, 33611111121):
        garage.call(person)
        assert len(garage.work(person=person, state="open")) == 1
        assert garage.acts(person)["emergency-first"] == "done"
    garage.wait(minutes=5)
    assert garage.acts()["slots"] == "skipped"
    assert "emergency" in garage.why("slots")
    assert not any("/r/" in body for body in garage.sent)


def test_who_was_left_alone_is_called_when_somebody_marks_them(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", holdout=0.5)
    people = range(33611111111, 33611111131)
    for person in people:
        garage.call(person)
    alone = next(person for person in people if garage.ended(person) == "held_out")
    with ledger.writing() as connection:
        mark(connection, garage.account, garage.journey(alone).id, who="zoe", now=garage.clock.now)
    garage.heed()
    (callback,) = garage.work(person=alone)
    assert (callback.kind, callback.state) == ("callback", "open")
    assert garage.timers.waiting() > 0


def test_it_stands_before_everything_on_the_list(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", emergency_words=WORDS)
    garage.call(PAUL)
    garage.call(ANNE)
    garage.wait(minutes=11)
    assert len(garage.work(kind="callback", state="open")) == 2
    garage.write(ANNE, "emergency")
    with ledger.reading() as connection:
        first, *_ = read_list(connection, garage.account, now=garage.clock.now)
    assert first.item.person == ANNE and [str(each) for each in first.place.reasons] == ["emergency"]
    assert len(garage.work(kind="callback", state="open")) == 2


def test_a_playbook_says_itself_who_gets_emergencies(ledger: Ledger) -> None:
    own = """
name = "mine"
title = { fr = "À moi" }
[[step]]
name = "slow"
act = "assign"
to = "team:reception"
after = "2 h"
[[step]]
name = "help"
act = "assign"
to = "team:duty"
when = { emergency = true }
"""
    garage = story(ledger, EVENING, own=own, emergency_words=WORDS)
    garage.call(ANNE)
    garage.wait(minutes=1)
    assert garage.work() == []
    garage.write(ANNE, "urgence")
    assert "team:duty" in {item.assigned_to for item in garage.work(kind="callback")}
    assert garage.acts() == {"help": "done", "slow": "skipped"}


def test_a_word_that_the_garage_has_not_chosen_wakes_nobody(ledger: Ledger) -> None:
    garage = story(ledger, EVENING, team=TEAM)
    garage.call(ANNE)
    garage.wait(minutes=5)
    garage.write(ANNE, "C'est une urgence")
    assert garage.work(kind="callback") == [] and garage.acts().get("emergency-first") is None
    (reply,) = garage.work(kind="reply")
    assert "emergency" not in msgspec.json.decode(reply.about)


def test_the_words_depend_on_the_trade_until_a_business_says_its_own() -> None:
    said = ["Urgence ! Il saigne beaucoup"]
    clinic = RecoverySettings(playbook="clinic")
    assert by_word(clinic, said) and by_word(clinic, ["My mother has chest pain"])
    assert not any(by_word(RecoverySettings(playbook=each), said) for each in shipped() if each != "clinic")
    assert not by_word(RecoverySettings(playbook="clinic", emergency_words=()), said)
    before = read_settings('{"playbook": "garage", "emergency_words": ["urgence", "emergency"]}')
    assert by_word(before, said), "what was kept stays"
    assert read_settings(write_settings(clinic)) == clinic


def test_words_are_whole_words_and_places_have_their_names() -> None:
    settings = RecoverySettings(emergency_words=WORDS, emergency_places=("Urgences",))
    assert by_word(settings, ["Bonjour, urgence svp"]) and by_word(settings, ["URGENCE"])
    assert not by_word(settings, ["pas d'urgences chez nous", "rien"])
    assert by_place(settings, [{"department": "", "queue": "urgences", "line": None}])
    assert not by_place(settings, [{"department": "Atelier", "queue": None, "line": "Accueil"}])
