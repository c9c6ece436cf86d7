"""The log of decisions tells its first broken link, and holds no number."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from decroche.rules.chain import ORIGIN, Break, Entry, Fault, ShortKey, fingerprint, next_entry, verify
from decroche.rules.decision import decide
from decroche.rules.outreach import Consent, Known, Means, Outreach, Purpose

KEY = b"a key of thirty-two bytes at all"
PERSON = 33612345678
KNOWN = Known(consents=(Consent(at=datetime(2026, 5, 1, tzinfo=UTC), evidence="letter of Ms Roy"),))


def chain(length: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(length):
        outreach = Outreach(
            means=Means.TEXT,
            purpose=Purpose.PROMOTION,
            recipient=PERSON + number % 2,
            at=datetime(2026, 11, 23, 10, tzinfo=UTC) + timedelta(hours=number),
            country="FR",
        )
        ruling = decide(outreach, KNOWN)
        entries.append(next_entry(entries[-1] if entries else None, outreach=outreach, ruling=ruling, key=KEY))
    return entries


def test_a_chain_that_nobody_touched_is_whole() -> None:
    entries = chain(6)
    assert [each.number for each in entries] == [1, 2, 3, 4, 5, 6]
    assert verify(entries) is None
    assert verify(entries, anchor=entries[-1].digest) is None
    assert verify(entries[3:], after=entries[2]) is None
    assert verify([], anchor=ORIGIN) is None


@pytest.mark.parametrize(
    ("harm", "broken"),
    [
        (lambda e: [*e[:2], *e[3:]], Break(number=3, fault=Fault.NUMBER)),
        (lambda e: [*e[:3], e[2], *e[3:]], Break(number=4, fault=Fault.NUMBER)),
        (lambda e: [e[1], e[0], *e[2:]], Break(number=1, fault=Fault.NUMBER)),
        (
            lambda e: [e[0], replace(e[1], body=e[1].body.replace("allow", "delay")), *e[2:]],
            Break(number=2, fault=Fault.DIGEST),
        ),
        (lambda e: [e[0], replace(e[1], fingerprint=e[0].fingerprint), *e[2:]], Break(number=2, fault=Fault.DIGEST)),
        (
            lambda e: [e[0], replace(e[1], at=e[1].at + timedelta(microseconds=1)), *e[2:]],
            Break(number=2, fault=Fault.DIGEST),
        ),
        (lambda e: e[:-1], Break(number=6, fault=Fault.ANCHOR)),
        (lambda e: [], Break(number=1, fault=Fault.ANCHOR)),
    ],
    ids=["removed", "repeated", "swapped", "changed", "another person", "another time", "cut off", "emptied"],
)
def test_the_first_broken_link_is_told(harm: Callable[[list[Entry]], list[Entry]], broken: Break) -> None:
    entries = chain(6)
    assert verify(harm(entries), anchor=entries[-1].digest) == broken


def test_an_entry_sealed_anew_breaks_the_link_after_it() -> None:
    entries = chain(3)
    outreach = Outreach(means=Means.TEXT, purpose=Purpose.REPLY, recipient=PERSON, at=entries[1].at, country="FR")
    forged = next_entry(entries[0], outreach=outreach, ruling=decide(outreach, Known()), key=KEY)
    assert verify([entries[0], forged, entries[2]]) == Break(number=3, fault=Fault.DIGEST)


def test_no_number_and_no_paper_of_a_person_stands_in_an_entry() -> None:
    entry = chain(1)[0]
    assert "ground_consent" in entry.body
    assert str(PERSON) not in entry.body and "Roy" not in entry.body
    assert entry.fingerprint == fingerprint(PERSON, key=KEY) != fingerprint(PERSON, key=KEY[::-1])


def test_a_key_that_could_be_guessed_is_refused() -> None:
    with pytest.raises(ShortKey):
        fingerprint(PERSON, key=b"short")
