"""What a token may see and do: its rights, its own business, and no number that it may not see."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from decroche.api.events import event_bodies
from decroche.ledger.member_tables import audit_log
from decroche.ledger.tokens import Scope
from tests.api.serving import AGENT_NUMBER, NUMBERS, OTHER_PERSON, PERSON, READ, WRITE, Served

LISTS = (
    "/account", "/sites", "/lines", "/hours", "/endpoints", "/calls", "/journeys", "/queues", "/agents", "/callbacks",
    "/conversations", "/bookings", "/bookings/kept",
    "/voicemails/heard", "/recovery/settings", "/recovery/playbooks", "/recovery/words",
    "/opt-outs", "/recovery/proof", "/privacy/erasures", "/privacy/retention", "/opportunities",
    "/cost-lines", "/experiments",
    "/campaigns", "/reports", "/feed-addresses", "/tracked-numbers", "/surveys", "/surveys/wishes",
)  # fmt: skip
DETAILS = (
    "/recovery/preview", "/texts", "/calls/0", "/journeys/0", "/journeys/0/explanation", "/callbacks/0",
    "/journeys/0/story", "/conversations/0",
    "/voicemails/0/audio",
    f"/people/{PERSON}", f"/people/{PERSON}/consents", "/kpis", "/causes",
    "/opportunities/0", "/costs", "/costs/paid-calls", "/experiments/needs", "/experiments/0",
    "/reports/0", "/targets", "/attribution", "/campaigns/0", "/campaigns/0/figures", "/campaigns/0/decisions",
    "/feeds", "/feeds/v1_calls", "/sources", "/ad-calls", "/surveys/results",
)  # fmt: skip
CHANGES = (
    ("PUT", "/recovery/settings"), ("PUT", "/recovery/playbooks"), ("PUT", "/recovery/words"), ("POST", "/opt-outs"),
    ("POST", "/opt-outs/undo"), ("POST", "/privacy/access"), ("POST", "/privacy/erasures"),
    ("PUT", "/privacy/retention"),
    ("POST", "/texts"), ("POST", "/journeys/0/appointment"), ("POST", "/journeys/0/emergency"),
    ("POST", "/texts/test"), ("PUT", f"/people/{PERSON}"), ("POST", f"/people/{PERSON}/consents"),
    ("POST", f"/people/{PERSON}/consents/withdraw"),
    ("PATCH", "/account"), ("POST", "/sites"), ("PATCH", "/sites/0"), ("POST", "/lines"), ("PATCH", "/lines/0"),
    ("DELETE", "/sites/0"), ("DELETE", "/departments"),
    ("DELETE", "/lines/0"), ("PUT", "/hours"), ("DELETE", "/hours"), ("PUT", "/hours/days"),
    ("DELETE", "/hours/days/2026-01-01"), ("GET", "/webhooks"), ("POST", "/webhooks"), ("DELETE", "/webhooks/0"),
    ("POST", "/callbacks/next"), ("POST", "/callbacks/0/claim"), ("POST", "/callbacks/0/release"),
    ("POST", "/callbacks/0/snooze"), ("POST", "/callbacks/0/outcome"), ("POST", "/callbacks/0/notes"),
    ("POST", "/callbacks/0/call"), ("POST", "/callbacks/0/assign"), ("POST", "/callbacks/0/done"),
    ("POST", "/callbacks/0/refusal"), ("POST", "/opportunities"), ("POST", "/opportunities/0/decision"),
    ("POST", "/cost-lines"), ("PATCH", "/cost-lines/0"), ("DELETE", "/cost-lines/0"), ("POST", "/experiments"),
    ("POST", "/experiments/0/end"), ("POST", "/experiments/0/draws"), ("POST", "/experiments/0/hits"),
    ("POST", "/campaigns"), ("POST", "/campaigns/0/count"),
    ("PATCH", "/campaigns/0"), ("DELETE", "/campaigns/0"), ("POST", "/campaigns/0/decisions"),
    ("POST", "/tracked-numbers"), ("PATCH", "/tracked-numbers/0"), ("DELETE", "/tracked-numbers/0"),
    ("POST", "/ad-calls/0/decision"), ("POST", "/feed-addresses"), ("DELETE", "/feed-addresses/0"),
    ("PUT", "/surveys/wishes"), ("DELETE", "/surveys/wishes"),
)  # fmt: skip


def test_every_operation_is_tried_here(shared: Served) -> None:
    paths = shared.app.openapi()["paths"]
    known = {(method.upper(), path.removeprefix("/api/v1")) for path, each in paths.items() for method in each}
    asked = [*(("GET", path) for path in (*LISTS, *DETAILS, "/events")), *CHANGES]
    tried = {
        (
            method,
            re.sub(r"/0(?=/|$)", "/{id}", path)
            .replace("2026-01-01", "{day}")
            .replace(PERSON, "{number}")
            .replace("v1_calls", "{table}"),
        )
        for method, path in asked
    }
    assert tried == known


@pytest.mark.parametrize("path", [*LISTS, *DETAILS, "/events"])
@pytest.mark.parametrize("scopes", [(WRITE,), (NUMBERS,), ()])
def test_who_may_not_read_reads_nothing(shared: Served, path: str, scopes: tuple[Scope, ...]) -> None:
    answer = shared.client(*scopes).get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("scopes", [(READ,), (READ, NUMBERS)])
def test_who_may_not_write_changes_nothing(shared: Served, method: str, path: str, scopes: tuple[Scope, ...]) -> None:
    answer = shared.client(*scopes).request(method, path, json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "not_allowed")


def test_numbers_in_full_are_asked_for_and_sent_only_with_their_right(shared: Served) -> None:
    assert shared.client(READ).get("/calls", params={"person": PERSON}).status_code == 403
    assert shared.client(READ).get("/journeys", params={"person": PERSON}).status_code == 403
    hook = {"url": "http://crm.example", "numbers": True}
    assert shared.client(WRITE).post("/webhooks", json=hook).status_code == 403


def everything(api: Served, *scopes: Scope) -> str:
    """All that a token can read, one after the other."""
    asking = api.client(*scopes)
    texts = [asking.get(path).text for path in LISTS]
    for name in ("calls", "journeys"):
        texts += [asking.get(f"/{name}/{each['id']}").text for each in asking.get(f"/{name}").json()["items"]]
    changes = api.feed.after(0, account=api.mine.account)
    texts += [
        each.decode() for each in event_bodies(api.ledger, api.mine.account, changes, whole=Scope.NUMBERS in scopes)
    ]
    return "\n".join(texts)


def test_without_the_right_no_number_of_a_person_is_whole_anywhere(shared: Served) -> None:
    people = (PERSON, OTHER_PERSON, AGENT_NUMBER)
    shown, whole = everything(shared, READ), everything(shared, READ, NUMBERS)
    for number in people:
        digits = number.lstrip("+")
        assert digits in whole
        assert digits not in shown and digits[-9:] not in shown
    assert "…11" in shown and "no answer from …55" in shown
    # Our own number is printed on the sign above the door.
    assert "+33199000001" in shown


def ids_of(api: Served) -> dict[str, list[str]]:
    """Everything that could betray the other business: ids, names, and the ids of each kind to ask for."""
    asking = api.client(READ, NUMBERS, WRITE, of=api.other)
    found = {
        name: [each["id"] for each in asking.get(f"/{name}").json()["items"]]
        for name in ("sites", "lines", "calls", "journeys", "endpoints")
    }
    found["webhooks"] = [asking.post("/webhooks", json={"url": "http://nord.example"}).json()["id"]]
    return found


@pytest.fixture(scope="package")
def theirs(shared: Served) -> dict[str, list[str]]:
    return ids_of(shared)


METHODS = {
    "calls": ("GET",),
    "journeys": ("GET",),
    "sites": ("PATCH", "DELETE"),
    "lines": ("PATCH", "DELETE"),
    "webhooks": ("DELETE",),
}


@pytest.mark.parametrize("name", METHODS)
def test_what_is_anothers_is_not_there(shared: Served, theirs: dict[str, list[str]], name: str) -> None:
    asking = shared.client(READ, NUMBERS, WRITE)
    assert theirs[name]
    for id in theirs[name]:
        for method in METHODS[name]:
            answer = asking.request(method, f"/{name}/{id}", json={"name": "taken over"})
            assert answer.status_code == 404, (method, name)
    assert ids_of(shared)["calls"] == theirs["calls"]


QUERIES = {
    "since": st.sampled_from(["2000-01-01T00:00:00Z", "2026-03-26T08:10:00Z"]),
    "until": st.sampled_from(["2026-03-26T08:30:00Z", "2099-01-01T00:00:00Z"]),
    "direction": st.sampled_from(["inbound", "outbound"]),
    "site": st.sampled_from(["Site a1", "Site b2", ""]),
    "queue": st.just("Accueil"),
    "person": st.sampled_from([PERSON, OTHER_PERSON, "+33199000002"]),
    "limit": st.integers(1, 200).map(str),
}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    path=st.sampled_from(LISTS),
    query=st.fixed_dictionaries({}, optional=QUERIES),
    scopes=st.sampled_from([(READ,), (READ, NUMBERS), (READ, NUMBERS, WRITE)]),
)
def test_nothing_of_another_business_is_ever_told(
    shared: Served, theirs: dict[str, list[str]], path: str, query: dict[str, str], scopes: tuple[Scope, ...]
) -> None:
    answer = shared.client(*scopes).get(path, params=query)
    assert answer.status_code in {200, 403}
    told = answer.text
    words = [*(id for ids in theirs.values() for id in ids), "Clinique Nord", "PBX b2", "Ligne b2"]
    assert [word for word in words if word in told] == []
    if "Site b2" not in query.values():
        assert "Site b2" not in told


def test_a_cursor_of_another_business_leads_nowhere_else(shared: Served) -> None:
    cursor = shared.client(READ, of=shared.other).get("/calls?limit=1").json()["next"]
    mine = {each["id"] for each in shared.get("/calls", cursor=cursor)["items"]}
    assert mine <= {each["id"] for each in shared.get("/calls")["items"]}


def test_what_a_token_changes_is_in_the_audit_log_without_numbers(shared: Served) -> None:
    before = _noted(shared)
    shared.client(READ, WRITE, NUMBERS).put(f"/people/{PERSON}", json={})
    shared.client(READ, WRITE).patch("/account", json={"language": "xx"})
    assert shared.client(READ, WRITE).patch("/account", json={}).status_code == 200
    added = _noted(shared)[len(before) :]
    assert [row.action for row in added][-1] == "settings.patch"
    assert all(PERSON not in str(tuple(row)) for row in added)
    assert len([row for row in added if row.action == "settings.patch"]) == 1, "what failed changed nothing"


def _noted(shared: Served) -> list[sa.Row[tuple[object, ...]]]:
    with shared.ledger.reading() as connection:
        return list(connection.execute(sa.select(audit_log).order_by(audit_log.c.id)))
