"""``/api/v1/recovery`` and ``opt-outs``: set up, refused in sentences, switched on."""

from __future__ import annotations

from typing import Any

from decroche.ledger.recovery_tables import opt_outs
from decroche.ledger.setting_up import add_endpoint
from decroche.recover.playbook_toml import shipped_text
from tests.api.serving import NOW, NUMBERS, OTHER_PERSON, READ, WRITE, Served
from tests.ledger.business import BOX

SETTINGS: dict[str, Any] = {"business": "Garage Martin", "phone": "01 99 00 00 01", "links": "https://rappel.example"}


OPEN = {"sendsms_url": "http://127.0.0.1:13013/s", "username": "u"}
KEYS = {"password": "p", "token": "abc123"}


def gateway(api: Served, *, keys: dict[str, str] = KEYS) -> str:
    with api.ledger.writing() as connection:
        return add_endpoint(
            connection, api.mine.account, connector="smpp", name="Kannel", settings=OPEN, secret=keys, box=BOX, now=NOW
        ).id


def put(api: Served, path: str, status: int = 200, **given: Any) -> Any:
    answer = api.client(WRITE).put(path, json=given, params={"language": "en"})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_recovery_is_set_up_and_switched_on(api: Served) -> None:
    before = api.get("/recovery/settings")
    assert before["active"] is False and {"no_business", "no_way"} <= {each["word"] for each in before["obstacles"]}
    refused = put(api, "/recovery/settings", 409, **SETTINGS, active=True)
    assert refused["error"]["code"] == "not_permitted" and "by which way texts go" in refused["error"]["message"]
    mobile = [{"endpoint": gateway(api), "sender": "+33612345678"}]
    left = put(api, "/recovery/settings", **SETTINGS, ways=mobile)["obstacles"]
    assert {each["word"] for each in left} == {"sender"} and left[0]["said"].startswith("+33612345678 is ")
    ways = [{"endpoint": mobile[0]["endpoint"], "sender": "+33939000001"}]
    assert put(api, "/recovery/settings", ways=ways, active=True)["obstacles"] == []
    kept = api.get("/recovery/settings")
    assert (kept["active"], kept["business"], kept["ways"]) == (True, "Garage Martin", ways)
    assert put(api, "/recovery/settings", active=False)["business"] == "Garage Martin"
    assert api.client(READ, of=api.other).get("/recovery/settings").json()["business"] == ""


def test_a_gateway_without_its_key_is_noticed_when_it_is_switched_on(api: Served) -> None:
    ways = [{"endpoint": gateway(api, keys={"token": "abc123"}), "sender": "+33939000001"}]
    refused = put(api, "/recovery/settings", 409, **SETTINGS, ways=ways, active=True)
    assert "lacks this key: Password of sendsms." in refused["error"]["message"]
    [left] = put(api, "/recovery/settings", **SETTINGS, ways=ways)["obstacles"]
    assert left["word"] == "keys_missing"


def test_playbooks_and_words_are_held_to_their_rules(api: Served) -> None:
    put(api, "/recovery/settings", **SETTINGS)
    body = shipped_text("garage").replace('name = "garage"', 'name = "mine"')
    assert put(api, "/recovery/playbooks", body=body, department="atelier")["name"] == "mine"
    own = [each for each in api.get("/recovery/playbooks")["items"] if each["own"]]
    assert [(each["department"], each["body"]) for each in own] == [("atelier", body)]
    wrong = put(api, "/recovery/playbooks", 422, body="name = 3")
    assert wrong["error"]["field"] == "body" and "Line 1" in wrong["error"]["message"]
    promotion = '[[text]]\nname = "missed"\nbody = "{business} promo STOP"\n'
    assert "missed" in put(api, "/recovery/words", 409, language="fr", body=promotion)["error"]["message"]
    good = '[[text]]\nname = "missed"\nbody = "{business} vous rappelle. STOP"\n'
    put(api, "/recovery/words", language="fr", body=good)
    assert api.get("/recovery/words")["items"] == [{"language": "fr", "body": good}]
    (shown,) = api.get("/recovery/preview", template="missed", language="fr")["items"]
    assert (shown["text"], shown["segments"]) == ("Garage Martin vous rappelle. STOP", 1)
    assert len(api.get("/recovery/preview", template="missed")["items"]) >= 3
    assert api.client(READ).get("/recovery/preview", params={"template": "unheard_of"}).status_code == 404


def test_refusals(api: Served) -> None:
    given = {"number": OTHER_PERSON, "scope": "text", "who": "zoe"}
    asking = api.client(WRITE)
    assert asking.post("/opt-outs", json=given).status_code == 201
    assert asking.post("/opt-outs", json=given).status_code == 201
    (row,) = api.get("/opt-outs")["items"]
    assert (row["scope"], row["source"], row["pending"]) == ("text", "person", False)
    assert OTHER_PERSON[1:] not in str(row)
    assert asking.post("/opt-outs/undo", json=given).status_code == 200
    assert asking.post("/opt-outs/undo", json=given).status_code == 404
    assert api.get("/opt-outs")["items"] == []
    with api.ledger.reading() as connection:
        assert connection.execute(opt_outs.select()).one().undone_by == "zoe"


def test_slots_team_sector_and_emergencies_are_set(api: Served) -> None:
    team = {
        "members": [{"name": "zoe", "roles": ["owner"], "email": "zoe@garage.example", "text": "+33612345678"}],
        "on_call": [{"member": "zoe", "week": "mon-fri 18:00-22:00"}],
        "ladder": [{"after_minutes": 30, "to": "role:owner"}],
    }
    given: dict[str, Any] = {
        "slots": {"capacity": 3}, "team": team, "sector": "energy_renovation", "emergency_words": ["dépannage"],
        "emergency_places": ["Urgences"],
    }  # fmt: skip
    put(api, "/recovery/settings", **given)
    kept = api.client(READ, NUMBERS).get("/recovery/settings").json()
    assert (kept["slots"]["capacity"], kept["sector"]) == (3, "energy_renovation")
    assert (kept["emergency_words"], kept["emergency_places"]) == (["dépannage"], ["Urgences"])
    assert kept["team"]["members"][0]["text"] == "+33612345678"
    assert "+33612345678" not in api.client(READ).get("/recovery/settings").text
    assert put(api, "/recovery/settings", value=90.0)["slots"]["capacity"] == 3
    wrong = put(api, "/recovery/settings", 422, slots={"capacity": 5000})["error"]
    assert wrong["field"] == "slots.capacity" and wrong["message"].startswith("Slots, capacity: a whole number")
    stranger = {**team, "on_call": [{"member": "luc", "week": "mon-fri 18:00-22:00"}]}
    answer = api.client(WRITE).put("/recovery/settings", json={"team": stranger}, params={"language": "fr"})
    assert answer.json()["error"]["message"].startswith("D’astreinte sans être de l’équipe")
