"""The steps of the first run tell the truth: what was handed over, what is missing, and who does not answer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from decroche.ledger.changing import change_endpoint
from decroche.ledger.recovery_tables import texts
from decroche.ledger.setting_up import read_endpoints
from decroche.model.member import Role
from decroche.server_settings import ServerSettings
from decroche.web.first_steps import done_steps
from tests.web.garage import Garage, garage, missed
from tests.web.test_callbacks_page import words
from tests.web.workday import ANN, missed_person, recovery_on, wrote


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


@pytest.fixture
def owner(here: Garage) -> httpx.Client:
    return here.browser(Role.OWNER)


def a_test(here: Garage, **values: Any) -> None:
    """A test was written a minute ago, and this became of it."""
    at = here.now - timedelta(minutes=1)
    row: dict[str, Any] = {
        "id": "t1", "account_id": here.mine.account, "person": ANN, "direction": "out", "body": "Essai",
        "purpose": "test", "author": "Inès", "state": "intended", "created_at": at,
        "expires_at": at + timedelta(minutes=30), **values,
    }  # fmt: skip
    with here.server.ledger.writing() as connection:
        connection.execute(sa.delete(texts).where(texts.c.id == "t1"))
        connection.execute(texts.insert().values(**row))


def test_what_became_of_the_test_is_told_and_only_a_text_that_was_taken_ends_the_step(
    here: Garage, owner: httpx.Client
) -> None:
    recovery_on(here, active=False)
    tried: dict[str, Any] = {
        "tries": 2, "tried_at": here.now - timedelta(seconds=5), "endpoint_id": here.mine.endpoint
    }  # fmt: skip
    for values, said in (
        ({"created_at": here.now}, "L’essai vers 06 39 98 00 01 part…"),
        ({}, "il attend son tour"),
        ({"state": "unknown", **tried}, "L’essai vers 06 39 98 00 01 part…"),
        ({"raw_failure": "unavailable", **tried}, "« Standard a1 » ne répond pas (dernier essai 10 h 11)"),
        ({"state": "unknown", "raw_failure": "unavailable", **tried}, "« Standard a1 » ne répond pas"),
        ({"raw_failure": "misconfigured", **tried}, "refuse nos clés ou nos réglages"),
        ({"state": "cancelled", "raw_failure": "too_old", **tried}, "« Standard a1 » ne l’a pas pris"),
        ({"state": "failed", "failure": "landline", **tried}, "n’est pas arrivé : c’est un téléphone fixe"),
    ):
        a_test(here, **values)
        page = words(owner.get("/first-run/texts").text)
        assert said in page and "Passer cette étape" in page, said
        assert said in words(owner.get("/settings/texts/missed/tried").text)
        assert "Sans essai" in words(owner.get("/first-run/onward/texts").text)
    for state, said in (("handed", "est remis à « Standard a1 »"), ("delivered", "est arrivé")):
        a_test(here, state=state, handed_at=here.now, **tried)
        assert said in words(owner.get("/first-run/texts").text)
        assert "Continuer" in words(owner.get("/first-run/onward/texts").text)
    assert here.browser(Role.OWNER, of=here.other).get("/settings/texts/missed/tried").text.count("alert") == 0
    here.now += timedelta(days=2)
    assert "est arrivé" not in words(owner.get("/settings/texts/missed").text), "a test of long ago tells nothing"


def test_a_step_that_was_left_out_is_not_called_done(owner: httpx.Client) -> None:
    page = owner.get("/first-run/on").text
    bar = words(page[page.index("steps-bar") : page.index("</ol>")])
    assert "Texte (laissée de côté)" in bar and "Lignes (terminée)" in bar
    assert owner.get("/first-run/onward/lines").status_code == 404


def test_the_inbox_says_of_our_last_word_that_it_did_not_leave(here: Garage) -> None:
    recovery_on(here)
    missed_person(here, "1", ANN)
    agent = here.browser(Role.AGENT)
    wrote(here, "a", ANN, "Bonjour", minutes=1, item=False, direction="out", state="unknown", tried_at=here.now)
    for state, said in (
        ("intended", "Bonjour (en attente d’envoi)"), ("cancelled", "Bonjour (pas parti)"),
        ("failed", "Bonjour (non arrivé)"), ("handed", "Bonjour"),
    ):  # fmt: skip
        with here.server.ledger.writing() as connection:
            connection.execute(sa.update(texts).values(state=state))
        shown = words(agent.get("/inbox/now").text)
        assert said in shown and ("(" in shown) == (state != "handed"), shown


def test_sending_says_what_is_missing_and_a_playbook_without_times_needs_no_address(
    here: Garage, owner: httpx.Client
) -> None:
    at = "/first-run/recovery"
    assert "<details open><summary>Plus de réglages" in owner.get(at).text, "what is missing is not hidden"
    assert "Passer cette étape" in owner.get(at).text
    given = {
        "business": "Garage Martin", "phone": "04 65 71 42 00", "endpoint_0": here.mine.endpoint, "holdout": "0",
        "sender_0": "06 12 34 56 78",
    }  # fmt: skip
    refused = owner.post(at, data=given)
    page = words(refused.text)
    assert refused.status_code == 422 and "Rien n’est enregistré" in page
    assert page.count("06 12 34 56 78 est un mobile") == 1, page
    assert owner.post(at, data={**given, "sender_0": ""}).status_code == 422
    with here.server.ledger.writing() as connection:
        box = ServerSettings(data=here.folder).box()
        [endpoint] = [each for each in read_endpoints(connection, box) if each.id == here.mine.endpoint]
        change_endpoint(connection, endpoint, box=box, secret={"api_key": "k"})
    assert owner.post(at, data={**given, "sender_0": "+33 9 39 00 00 01"}).status_code == 303
    page = words(owner.get(at).text)
    assert "il manque encore : Le scénario propose des heures de rappel sur une page" in page
    assert "Passer cette étape" in page and "Continuer" not in page
    assert owner.post(f"{at}/without-times").status_code == 303
    page = words(owner.get(at).text)
    assert "Continuer" in page and "il manque encore" not in page and "Ne pas proposer" not in page
    assert "Tout est prêt" in words(owner.get("/first-run/on").text)
    assert owner.post("/first-run/on/switch", data={"on": "yes"}).status_code == 303


def test_a_phone_system_that_does_not_answer_is_told_in_words(here: Garage, owner: httpx.Client) -> None:
    at = "/first-run/phone-systems/ringover"
    owner.get(at)
    unreached = '[{"sentence":"{host} cannot be reached ({error})","values":{"host":"api.x","error":"ConnectError"}}]'
    here.note(problem=unreached)
    page = words(owner.get(at).text)
    assert "api.x est injoignable (connexion impossible ou nom introuvable)" in page and "ConnectError" not in page
    assert "aucun appel n’arrive" in page and "decroche serve --public-url https://" in page
    assert "Continuer" in page and "Passer cette étape" not in page, "there is nothing to do but wait"
    assert "n’est pas encore branché :" in words(owner.get("/").text)
    here.note(heard_at=here.now - timedelta(minutes=1))
    assert "arrivent quand même" in words(owner.get(at).text)
    assert "ne nous parle plus comme il faut :" in words(owner.get("/").text)


def test_the_address_is_promised_for_when_the_phone_system_is_connected(owner: httpx.Client) -> None:
    assert "elle est complète une fois le standard branché" in words(owner.get("/first-run/phone-systems/aircall").text)
    assert "elle est complète" not in words(owner.get("/first-run/phone-systems/ringover").text)


def test_a_call_of_today_is_no_history(here: Garage) -> None:
    def imported() -> bool:
        with here.server.ledger.reading() as connection:
            return "import" in done_steps(connection, here.mine.account, ())

    here.tell(*missed("1", at=here.now))
    assert not imported()
    here.tell(*missed("2", at=here.now - timedelta(days=400)))
    assert imported()
