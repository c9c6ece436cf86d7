"""``/api/v1/journeys/{id}/explanation``: the reasons, with numbers only for those who may see them."""

from __future__ import annotations

from decroche.ledger.episodes import act, begin
from decroche.ledger.recovery_tables import texts
from tests.api.serving import NOW, NUMBERS, OTHER_PERSON, READ, Served


def test_why_nothing_was_done(shared: Served) -> None:
    id = shared.get("/journeys")["items"][0]["id"]
    found = shared.get(f"/journeys/{id}/explanation")
    assert (found["journey"], found["state"], found["episodes"]) == (id, "open", [])
    assert [why["code"] for why in found["never"]] == ["no_settings"]
    assert found["never"][0]["said"].startswith("La récupération n’est pas réglée")
    english = shared.get(f"/journeys/{id}/explanation", language="en")
    assert english["never"][0]["said"].startswith("Recovery is not set up")


def test_steps_and_texts(api: Served) -> None:
    id = api.get("/journeys")["items"][0]["id"]
    account = api.mine.account
    with api.ledger.writing() as connection:
        begin(
            connection,
            {
                "account_id": account, "journey_id": id, "number": 1, "opened_at": NOW, "begun_at": NOW,
                "playbook": "garage", "arm": "act", "due_at": NOW,
            },
        )  # fmt: skip
        act(
            connection, account, id, 1, "missed", outcome="skipped", reasons=({"code": "not_active", "act": "text"},),
            subject=None, now=NOW,
        )  # fmt: skip
        connection.execute(
            texts.insert().values(
                id="t1", account_id=account, journey_id=id, person=int(OTHER_PERSON[1:]), direction="in",
                body=f"Rappelez le {OTHER_PERSON}", purpose="none", state="received", created_at=NOW,
            )
        )  # fmt: skip
    (step,) = api.get(f"/journeys/{id}/explanation", language="en")["episodes"][0]["steps"]
    assert (step["step"], step["act"], step["outcome"]) == ("missed", "text", "skipped")
    assert step["why"][0]["said"] == "Sending was off: no message left. The rest of the playbook goes on."
    whole = api.get(f"/journeys/{id}/explanation", READ, NUMBERS)["texts"][0]["body"]
    hidden = api.get(f"/journeys/{id}/explanation", READ)["texts"][0]["body"]
    assert OTHER_PERSON in whole and OTHER_PERSON not in hidden and hidden.startswith("Rappelez le")
    assert api.client(READ, of=api.other).get(f"/journeys/{id}/explanation").status_code == 404
