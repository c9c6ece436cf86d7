"""Chance chooses between variants of a text: written down before the outcome, kept for ever, and compared."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from decroche.language import Language
from decroche.ledger.draws import variants_name, variants_of
from decroche.ledger.recovery_tables import assignments
from decroche.ledger.store import Ledger
from decroche.prove.experiments import Verdict
from decroche.prove.service import prove
from decroche.recover.fingerprints import account_key
from decroche.recover.playbook_toml import read_playbook
from decroche.recover.toml_tables import BadFile
from tests.recover.telling import KEY, story

OWN = """
name = "mine"
title = { fr = "À moi" }
[[step]]
name = "first"
act = "text"
after = "30 s"
variants = { missed = 0.5, voicemail = 0.5 }
"""
PEOPLE = range(33611111111, 33611111131)


def test_each_caller_gets_one_variant_and_keeps_it(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", own=OWN)
    for person in PEOPLE:
        garage.call(person)
    garage.wait(minutes=1)
    first = {text.person: text.template for text in garage.texts()}
    assert set(first.values()) == {"missed", "voicemail"} and len(first) == len(PEOPLE)
    with ledger.reading() as connection:
        logged = connection.execute(sa.select(assignments.c.experiment, assignments.c.arm)).all()
    assert {row.experiment for row in logged} == {"variants/mine/first/missed=0.5/voicemail=0.5"}
    assert sorted(row.arm for row in logged) == sorted(first.values())
    for person in list(PEOPLE)[:3]:
        garage.call(person, ours=True, answered=True)
    garage.days_pass(31)
    for person in list(PEOPLE)[:3]:
        garage.call(person)
    garage.wait(minutes=1)
    again = {text.person: text.template for text in garage.texts()}
    assert again == first
    found = prove(
        ledger, garage.account, since=garage.clock.now, until=garage.clock.now, now=garage.clock.now,
        key=account_key(KEY, garage.account),
    )  # fmt: skip
    (experiment,) = found.experiments
    people = experiment.standing.people
    assert (experiment.control, experiment.treated) == ("missed", "voicemail")
    assert people.n == len(PEOPLE) and people.control.recovered + people.treated.recovered == 3
    assert people.verdict is Verdict.NOT_YET


def test_nobody_is_drawn_in_an_emergency(ledger: Ledger) -> None:
    garage = story(ledger, "2026-03-04 10:42", own=OWN, emergency_places=("Accueil",))
    for person in list(PEOPLE)[:6]:
        garage.call(person)
    garage.wait(minutes=1)
    assert {text.template for text in garage.texts()} == {"missed"}
    with ledger.reading() as connection:
        assert connection.execute(sa.select(assignments)).all() == []


def test_the_name_says_the_shares() -> None:
    shares = (("missed", 0.25), ("short", 0.75))
    assert variants_of(variants_name("garage", "first", shares)) == shares
    assert variants_of("holdout-0.2") == ()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("variants = { missed = 1.0 }", "two templates"),
        ("variants = { missed = 0.5, voicemail = 0.4 }", "two templates"),
        ("variants = { missed = 0.5, sung = 0.5 }", "sung"),
    ],
)
def test_wrong_variants_are_refused_in_a_sentence(wrong: str, said: str) -> None:
    body = OWN.replace("variants = { missed = 0.5, voicemail = 0.5 }", wrong)
    with pytest.raises(BadFile) as found:
        read_playbook(body, texts={"missed", "voicemail"})
    assert said in found.value.problems[0].said(Language("en"))
