"""``/api/v1/privacy``: data handed over, a person forgotten, and how long things are kept."""

from __future__ import annotations

import io
import json
import zipfile

from decroche.ledger.erasing import erase_next
from tests.api.serving import NOW, NUMBERS, OTHER_PERSON, READ, WRITE, Served
from tests.ledger.stories import hear

FULL = (READ, NUMBERS, WRITE)


def test_everything_about_a_number(api: Served) -> None:
    answer = api.client(*FULL).post("/privacy/access", json={"number": OTHER_PERSON})
    packed = zipfile.ZipFile(io.BytesIO(answer.content))
    told = json.loads(packed.read("everything.json"))
    assert told["number"] == OTHER_PERSON and told["calls"] and all("account_id" not in call for call in told["calls"])
    assert {name for name in packed.namelist() if name.endswith(".csv")} == {
        f"{name}.csv" for name in told if name not in {"number", "made_at"}
    }
    assert api.client(READ, WRITE).post("/privacy/access", json={"number": OTHER_PERSON}).status_code == 403
    assert api.client(READ, NUMBERS).post("/privacy/access", json={"number": OTHER_PERSON}).status_code == 403


def test_a_person_is_forgotten(api: Served) -> None:
    asked = api.client(*FULL).post("/privacy/erasures", json={"number": OTHER_PERSON})
    assert asked.status_code == 202 and asked.json()["done_at"] is None
    while erase_next(api.ledger, hear, now=NOW):
        pass
    (done,) = api.get("/privacy/erasures")["items"]
    assert done["done_at"] is not None and OTHER_PERSON[1:] not in str(done)
    shown = api.client(*FULL).get("/calls").json()["items"]
    assert OTHER_PERSON not in str(shown) and done["pseudonym"] in {call["caller"] for call in shown}
    assert done["pseudonym"] in {each["person"] for each in api.client(*FULL).get("/journeys").json()["items"]}
    again = api.client(*FULL).post("/privacy/access", json={"number": OTHER_PERSON})
    assert OTHER_PERSON[1:] not in zipfile.ZipFile(io.BytesIO(again.content)).read("calls.csv").decode()


def test_how_long_things_are_kept(api: Served) -> None:
    wanted = {"numbers": 3, "texts": 2, "notes": 1, "prospects": 12}
    kept = api.client(WRITE).put("/privacy/retention", json=wanted)
    assert kept.status_code == 200
    assert api.get("/privacy/retention") == {
        **wanted, "most": {"numbers": 13, "texts": 12, "notes": 12, "prospects": 36}
    }  # fmt: skip
    refused = api.client(WRITE).put("/privacy/retention", json={**wanted, "texts": 13})
    assert refused.status_code == 422 and refused.json()["error"]["field"] == "texts"
