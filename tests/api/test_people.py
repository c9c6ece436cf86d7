"""``/api/v1/people``: what is known of a person, their consents with proof and age, and a text to a colleague."""

from __future__ import annotations

from datetime import timedelta

from tests.api.serving import NOW, NUMBERS, OTHER_PERSON, READ, WRITE, Served
from tests.api.test_recovery import gateway, put

COLLEAGUE = "+33612345678"


def test_what_is_known_of_a_person_is_kept(api: Served) -> None:
    mine = api.client(WRITE, READ, NUMBERS)
    at = f"/people/{OTHER_PERSON}"
    assert mine.get(at).json()["name"] is None
    kept = mine.put(at, json={"name": "Anne Roy", "vip": True, "value": 250.0, "language": "fr"})
    assert kept.status_code == 200, kept.text
    forgotten = mine.put(at, json={"name": None, "vip": None}).json()
    assert (forgotten["name"], forgotten["vip"], forgotten["value"], forgotten["language"]) == (
        None,
        False,
        250.0,
        "fr",
    )
    assert api.client(READ).get(at).status_code == 403
    assert mine.put(at, json={"language": "de"}).status_code == 422


def test_consents_have_their_proof_and_their_age(api: Served) -> None:
    mine = api.client(WRITE, READ, NUMBERS)
    at = f"/people/{OTHER_PERSON}/consents"
    given = {"means": "text", "purpose": "promotion", "evidence": "formulaire 117"}
    earlier = (NOW - timedelta(days=40)).isoformat().replace("+00:00", "Z")
    (first,) = mine.post(at, json={**given, "at": earlier}).json()["items"]
    assert (first["age_days"], first["holds"], first["evidence"]) == (40, True, "formulaire 117")
    assert len(mine.post(at, json={**given, "at": earlier}).json()["items"]) == 1
    assert mine.post(at, json={"means": "text", "evidence": " "}).status_code == 422
    later = (NOW + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    assert mine.post(at, json={**given, "at": later}).status_code == 422
    (over,) = mine.post(f"{at}/withdraw", json={}).json()["items"]
    assert over["holds"] is False and over["withdrawn_at"] is not None
    assert mine.post(f"{at}/withdraw", json={}).status_code == 404
    assert api.client(READ, NUMBERS, of=api.other).get(at).json()["items"] == []


def test_a_text_to_a_colleague_leaves_while_recovery_is_off_unless_a_rule_refuses(api: Served) -> None:
    given = {"number": COLLEAGUE, "who": "zoe", "body": "Essai"}
    mine = api.client(WRITE, READ, NUMBERS)
    assert mine.post("/texts/test", json=given).status_code == 409
    put(api, "/recovery/settings", ways=[{"endpoint": gateway(api), "sender": "+33939000001"}])
    stranger = mine.post("/texts/test", json=given)
    assert stranger.status_code == 409 and "(TEST-01)" in stranger.json()["error"]["message"]
    assert mine.put(f"/people/{COLLEAGUE}", json={"staff": True}).json()["staff"] is True
    sent = mine.post("/texts/test", json=given)
    assert sent.status_code == 201, sent.text
    assert sent.json()["state"] == "intended"
