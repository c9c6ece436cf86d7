"""Texts through a real gateway: what the telephone shows, what becomes of it, and what the telephone says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from decroche.connector_kit.errors import Misconfigured, Unavailable
from decroche.connector_kit.http import Http
from decroche.connector_kit.texts import Handed, Message
from decroche.connectors.smpp.connector import CONNECTOR
from decroche.connectors.smpp.texts import send
from decroche.model.text import TextReceipt, TextReceived, TextState
from tests.kannel import MISSING, Hook, Kannel, find_program, gateway

PERSON = "+33639980001"


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Kannel, Hook]]:
    with gateway() as found:
        yield found


def heard(kannel: Kannel, hook: Hook) -> TextReceipt | TextReceived:
    """The next thing that Kannel tells, through the door's three steps."""
    delivery = hook.said.get(timeout=20)
    assert CONNECTOR.events is not None and CONNECTOR.hear is not None
    CONNECTOR.events.verify(delivery, kannel.settings, datetime.now(UTC))
    kept = CONNECTOR.events.record(delivery)
    assert kannel.settings["token"] not in kept.body.decode()
    [said] = CONNECTOR.hear(kept, CONNECTOR.open_settings(kannel.settings)).texts
    return said


def handed(kannel: Kannel, hook: Hook, body: str, reference: str) -> Handed:
    message = Message(reference=reference, sender="36111", recipient=PERSON, body=body, hook_url=hook.url)
    with httpx.Client() as client:
        return send(Http(client), kannel.settings, message)


@pytest.mark.parametrize(
    ("alphabet", "body", "reference"),
    [
        ("text", "Garage Étoile : manqué à 10h42, 20 € [été] ~ {ù}", "ref1"),
        ("ucs-2", "Ça a été noté, l’équipe vous rappelle bientôt. “Cœur”", "ref2"),
        ("ucs-2", "reçu + 100 % & plus = bien?", "ref3"),
    ],
)
def test_every_character_arrives_and_both_receipts_come_back(
    running: tuple[Kannel, Hook], alphabet: str, body: str, reference: str
) -> None:
    kannel, hook = running
    assert handed(kannel, hook, body, reference).ref == reference
    shown = kannel.shown()
    assert (shown.sender, shown.recipient, shown.alphabet, shown.body) == ("36111", PERSON, alphabet, body)
    told = [heard(kannel, hook), heard(kannel, hook)]
    assert {each.state for each in told if isinstance(each, TextReceipt)} == {TextState.HANDED, TextState.DELIVERED}
    assert {each.ref for each in told} == {reference}
    assert all(abs((datetime.now(UTC) - each.at).total_seconds()) < 60 for each in told)


def test_what_a_person_writes_is_heard_and_nobody_answers_for_us(running: tuple[Kannel, Hook]) -> None:
    kannel, hook = running
    body = "ARRÊT,  s’il vous plaît\nça suffit + 1 €"
    kannel.telephone((PERSON, body))
    said = heard(kannel, hook)
    assert isinstance(said, TextReceived)
    assert (said.sender, said.recipient, said.body) == (PERSON, "36111", body)
    # Had the gateway answered the person by itself, the telephone would show that before this.
    handed(kannel, hook, "Noté.", "after")
    assert kannel.shown().body == "Noté."
    assert {heard(kannel, hook).ref, heard(kannel, hook).ref} == {"after"}


def test_a_wrong_password_and_a_gateway_that_is_not_there(running: tuple[Kannel, Hook]) -> None:
    kannel, _ = running
    message = Message(reference="r9", sender="36111", recipient=PERSON, body="Bonjour")
    with httpx.Client() as client:
        with pytest.raises(Misconfigured):
            send(Http(client), kannel.settings | {"password": "old"}, message)
        with pytest.raises(Unavailable):
            send(Http(client), kannel.settings | {"sendsms_url": "http://127.0.0.1:1/cgi-bin/sendsms"}, message)


def test_without_kannel_the_tests_say_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=MISSING[:40]):
        find_program("a-program-of-no-gateway", [str(tmp_path)])
