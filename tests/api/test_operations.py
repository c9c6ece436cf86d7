"""What every operation answers when all is well."""

from __future__ import annotations

import pytest

from decroche.ledger.tables import webhooks
from tests.api.serving import NUMBERS, OTHER_PERSON, PERSON, READ, WRITE, Served


def test_the_account_is_that_of_the_token(shared: Served) -> None:
    assert shared.get("/account") == {
        "id": "a1", "name": "Garage Martin", "country": "FR", "zone": "Europe/Paris", "language": "fr",
        "short_abandon_s": 5.0, "answer_within_s": 20.0,
    }  # fmt: skip


def test_a_call_comes_with_its_verdict_and_its_legs(shared: Served) -> None:
    [call] = shared.get("/calls", READ, NUMBERS, disposition="answered")["items"]
    assert (call["caller"], call["agent"], call["site"], call["line"]) == (
        PERSON, "+33655555555", "Site a1", "Ligne a1",
    )  # fmt: skip
    assert (call["progress"], call["wait_s"], call["talk_s"], call["sources"]) == ("ended", 8, 51, ["live"])
    assert [(leg["agent"], leg["answered"]) for leg in call["legs"] if leg["agent"]] == [("+33655555555", True)]
    assert shared.get(f"/calls/{call['id']}", READ, NUMBERS) == call


def test_a_call_in_progress_has_no_verdict_yet(shared: Served) -> None:
    [call] = shared.get("/calls", progress="arriving")["items"]
    assert (call["disposition"], call["ended_at"]) == (None, None)


def test_a_journey_names_its_misses(shared: Served) -> None:
    [journey] = shared.get("/journeys", READ, NUMBERS, state="open")["items"]
    misses = shared.get("/calls", READ, NUMBERS, person=OTHER_PERSON)["items"]
    assert (journey["person"], journey["attempts"]) == (OTHER_PERSON, 2)
    assert journey["missed_calls"] == [each["id"] for each in reversed(misses)]
    assert shared.get(f"/journeys/{journey['id']}", READ, NUMBERS) == journey


def test_queues_agents_endpoints_sites_and_lines_are_listed(shared: Served) -> None:
    assert shared.get("/queues")["items"] == [{"name": "Accueil"}]
    [agent] = shared.get("/agents", READ, NUMBERS)["items"]
    assert (agent["name"], agent["presence"]) == ("+33655555555", "available")
    [endpoint] = shared.get("/endpoints")["items"]
    assert (endpoint["name"], endpoint["problem"]) == ("PBX a1", None)
    assert set(endpoint) == {"id", "connector", "name", "site", "created_at", "heard_at", "problem"}
    assert [site["name"] for site in shared.get("/sites")["items"]] == ["Site a1"]
    [line] = shared.get("/lines")["items"]
    assert (line["name"], line["number"], line["site"]) == ("Ligne a1", "+33199000001", "Site a1")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({}, 6),
        ({"direction": "outbound"}, 1),
        ({"disposition": "missed"}, 3),
        ({"reason": "no_answer", "disposition": "missed"}, 3),
        ({"site": "Site a1"}, 6),
        ({"site": "Site b2"}, 0),
        ({"queue": "Accueil"}, 4),
        ({"line": "none"}, 0),
        ({"hour_class": "open"}, 6),
        ({"hour_class": "weekend"}, 0),
        ({"agent": "+33655555555"}, 1),
        ({"person": PERSON}, 3),
        ({"department": "none"}, 0),
        ({"since": "2026-03-26T08:10:00Z"}, 5),
        ({"until": "2026-03-26T08:10:00Z"}, 1),
        ({"since": "2026-03-26T09:10:00+01:00", "until": "2026-03-26T08:10:01Z"}, 1),
        ({"since": "2026-03-26T09:10:00 01:00"}, 5),
        ({"since": "0001-01-01T00:00:00Z", "until": "9999-12-31T23:59:59Z"}, 6),
    ],
)
def test_filters_narrow_the_list(shared: Served, query: dict[str, str], count: int) -> None:
    assert len(shared.get("/calls", READ, NUMBERS, **query)["items"]) == count


def test_a_filter_is_an_address(shared: Served) -> None:
    """What a page shows under it can be asked again by the text alone."""
    asked = shared.client(READ).get("/calls?disposition=missed&limit=1")
    again = shared.client(READ).get(str(asked.request.url))
    assert again.json() == asked.json() and len(asked.json()["items"]) == 1


def test_journeys_are_filtered_too(shared: Served) -> None:
    for query, count in (
        ({"state": "open"}, 1), ({"state": "recovered"}, 0), ({"person": OTHER_PERSON}, 1), ({"person": PERSON}, 0),
        ({"site": "Site a1"}, 1), ({"since": "2026-03-27T00:00:00Z"}, 0), ({"until": "2026-03-27T00:00:00Z"}, 1),
    ):  # fmt: skip
        assert len(shared.get("/journeys", READ, NUMBERS, **query)["items"]) == count, query


def test_the_business_may_be_changed(api: Served) -> None:
    asking = api.client(READ, WRITE)
    changed = asking.patch("/account", json={"answer_within_s": 30, "zone": "America/Toronto"}).json()
    assert (changed["answer_within_s"], changed["zone"], changed["name"]) == (30, "America/Toronto", "Garage Martin")
    site = asking.post("/sites", json={"name": "Bron"})
    assert (site.status_code, site.json()["zone"]) == (201, None)
    line = asking.post("/lines", json={"name": "Atelier", "number": "+33199000099", "site": "Bron"}).json()
    moved = asking.patch(f"/sites/{site.json()['id']}", json={"name": "Lyon Est", "zone": "Europe/Paris"}).json()
    assert moved == {"id": site.json()["id"], "name": "Lyon Est", "zone": "Europe/Paris"}
    assert asking.patch(f"/sites/{moved['id']}", json={"zone": None}).json()["zone"] is None
    lines = {each["name"]: each for each in asking.get("/lines").json()["items"]}
    assert lines["Atelier"]["site"] == "Lyon Est"
    changed = asking.patch(f"/lines/{line['id']}", json={"number": None, "department": "ventes"}).json()
    assert changed == {**lines["Atelier"], "number": None, "department": "ventes"}
    assert asking.delete(f"/lines/{line['id']}").status_code == 204
    assert [each["name"] for each in asking.get("/lines").json()["items"]] == ["Ligne a1"]


def test_hours_are_written_as_they_are_understood(api: Served) -> None:
    asking = api.client(READ, WRITE)
    answer = asking.put("/hours", json={"week": "lun-ven 8h-12h 14h-18h; samedi 9-12", "site": "Site a1"})
    week = "mon-fri 08:00-12:00 14:00-18:00; sat 09:00-12:00"
    assert answer.json() == {"site": "Site a1", "department": "", "week": week}
    assert asking.put("/hours/days", json={"day": "2026-07-13", "name": "pont"}).status_code == 200
    assert asking.put("/hours/days", json={"day": "2026-05-08"}).json() == {"day": "2026-05-08", "name": None}
    told = asking.get("/hours").json()
    assert [each["site"] for each in told["weeks"]] == ["", "Site a1"]
    assert told["days"] == [{"day": "2026-05-08", "name": None}, {"day": "2026-07-13", "name": "pont"}]
    assert asking.delete("/hours", params={"site": "Site a1"}).status_code == 204
    assert asking.delete("/hours/days/2026-05-08").status_code == 204
    told = asking.get("/hours").json()
    assert (len(told["weeks"]), len(told["days"])) == (1, 1)


def test_a_webhook_shows_its_secret_once(api: Served) -> None:
    asking = api.client(WRITE)
    made = asking.post("/webhooks", json={"url": "http://10.0.0.5:8000/x", "kinds": ["journey.opened"]})
    assert made.status_code == 201 and len(made.json()["secret"]) > 30
    [listed] = asking.get("/webhooks").json()["items"]
    assert {**listed, "secret": made.json()["secret"]} == made.json()
    with api.ledger.reading() as connection:
        row = connection.execute(webhooks.select()).one()
    assert made.json()["secret"].encode() not in row.secret
    assert row.position == api.feed.end() > 0
    assert asking.delete(f"/webhooks/{listed['id']}").status_code == 204
    assert asking.get("/webhooks").json()["items"] == []
