"""``/api/v1/texts``: the conversation of a journey, answers by people, appointments made elsewhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from decroche.api.events import event_bodies
from decroche.ledger.bookings import book
from decroche.ledger.recovery_settings import write_settings as keep
from decroche.ledger.recovery_tables import decisions, texts
from decroche.ledger.tables import changes
from decroche.ledger.telling import tell_change
from decroche.recover.settings import RecoverySettings, Way, write_settings
from tests.api.serving import NOW, NUMBERS, OTHER_PERSON, READ, WRITE, Served


def journey(api: Served) -> str:
    return str(api.get("/journeys")["items"][0]["id"])


def recovery_on(api: Served, **more: Any) -> None:
    settings = RecoverySettings(
        active=True, business="Garage Martin", ways=(Way(endpoint=api.mine.endpoint, sender="+33939000001"),), **more
    )
    with api.ledger.writing() as connection:
        keep(connection, api.mine.account, write_settings(settings), NOW)


def she_writes(api: Served, id: str) -> None:
    with api.ledger.writing() as connection:
        connection.execute(
            texts.insert().values(
                id="aa", account_id=api.mine.account, journey_id=id, person=int(OTHER_PERSON[1:]), direction="in",
                body=f"Rappelez-moi au {OTHER_PERSON}", purpose="none", state="received",
                created_at=NOW - timedelta(minutes=5),
            )
        )  # fmt: skip


def test_an_answer_is_written_down_once_and_told(api: Served) -> None:
    id = journey(api)
    recovery_on(api)
    she_writes(api, id)
    given = {"journey": id, "who": "zoe", "body": "Bonjour, jeudi 9 h.", "request": "crm-1"}
    first = api.client(WRITE).post("/texts", json=given)
    assert first.status_code == 201, first.text
    assert (first.json()["state"], first.json()["author"], first.json()["person"]) == ("intended", "zoe", "…22")
    assert api.client(WRITE).post("/texts", json=given).json()["id"] == first.json()["id"]
    listed = api.get("/texts", journey=id)["items"]
    assert [(each["direction"], each["body"][:7]) for each in listed] == [("in", "Rappele"), ("out", "Bonjour")]
    assert OTHER_PERSON not in listed[0]["body"]
    assert OTHER_PERSON in api.get("/texts", READ, NUMBERS, journey=id)["items"][0]["body"]
    with api.ledger.reading() as connection:
        kinds = [
            row.kind for row in connection.execute(changes.select().where(changes.c.subject == first.json()["id"]))
        ]
    assert kinds == ["text.written"]
    changed = api.feed.after(0, account=api.mine.account)[-1:]
    (told,) = event_bodies(api.ledger, api.mine.account, changed, whole=False)
    assert b"event: text.written" in told and b"Bonjour, jeudi 9 h." in told and OTHER_PERSON.encode() not in told


def test_what_the_rules_refuse_is_said_and_logged(api: Served) -> None:
    id = journey(api)
    given = {"journey": id, "who": "zoe", "body": "Bonjour"}
    off = api.client(WRITE).post("/texts", json=given)
    assert (off.status_code, off.json()["error"]["code"]) == (409, "not_permitted")
    assert off.json()["error"]["message"] == "Sending is off: no message leaves."
    recovery_on(api)
    refused = api.client(WRITE).post("/texts", json=given)
    assert refused.status_code == 409 and "(TXT-CONVERSATION)" in refused.json()["error"]["message"]
    with api.ledger.reading() as connection:
        assert len(connection.execute(decisions.select()).all()) == 1
        assert connection.execute(texts.select()).all() == []


def test_another_business_neither_reads_nor_writes(api: Served) -> None:
    id = journey(api)
    other = api.client(READ, WRITE, of=api.other)
    assert other.get("/texts", params={"journey": id}).status_code == 404
    assert other.post("/texts", json={"journey": id, "who": "zoe", "body": "Bonjour"}).status_code == 404
    assert other.post(f"/journeys/{id}/appointment", json={"ref": "a"}).status_code == 404


def test_what_a_caller_chose_is_told(api: Served) -> None:
    id = journey(api)
    at = NOW + timedelta(hours=1)
    with api.ledger.writing() as connection:
        made = book(
            connection, api.mine.account, journey=id, person=int(OTHER_PERSON[1:]), starts_at=at,
            ends_at=at + timedelta(minutes=30), capacity=1, now=NOW,
        )  # fmt: skip
        tell_change(connection, api.mine.account, "booking.made", made.id, NOW)
    changed = api.feed.after(0, account=api.mine.account)[-1:]
    (told,) = event_bodies(api.ledger, api.mine.account, changed, whole=False)
    assert b"event: booking.made" in told and made.id.encode() in told and OTHER_PERSON.encode() not in told


def test_an_appointment_recovers_by_booking(api: Served) -> None:
    id = journey(api)
    asking = api.client(WRITE)
    late = asking.post(f"/journeys/{id}/appointment", json={"ref": "crm-1", "at": "2099-01-01T00:00:00Z"})
    assert (late.status_code, late.json()["error"]["field"]) == (422, "at")
    told = asking.post(f"/journeys/{id}/appointment", json={"ref": "crm-1"}).json()
    assert (told["state"], told["recovered_by"]) == ("recovered", "booking")
    assert asking.post(f"/journeys/{id}/appointment", json={"ref": "crm-1"}).json() == told


def test_a_journey_is_marked_as_an_emergency(api: Served) -> None:
    id = journey(api)
    marked = api.client(WRITE).post(f"/journeys/{id}/emergency", json={"who": "zoe"})
    assert marked.status_code == 201, marked.text
    first, *_ = api.get("/callbacks")["items"]
    assert (first["journey_id"], first["kind"], first["reasons"]) == (id, "callback", ["emergency"])
    assert api.client(WRITE).post("/journeys/0f/emergency", json={"who": "zoe"}).status_code == 404
