"""The list of callbacks and the page of one: what stands there, who may see what, and what each touch does."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from decroche.ledger.work_claims import claim
from decroche.ledger.work_items import Kind, WorkItem, close, read_item
from decroche.ledger.work_notes import notes_of
from decroche.model.fact import Stage
from decroche.model.member import Role
from decroche.web.pages import callback, callbacks
from tests.web.garage import NOW, Garage, call, garage, minutes_ago, missed
from tests.web.workday import ANN, BOB, CARL, missed_person, named, opened, recovery_on, wrote

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def item(here: Garage, id: str) -> WorkItem:
    with here.server.ledger.reading() as connection:
        return read_item(connection, here.mine.account, id)


def posted(browser: httpx.Client, path: str, **form: str) -> str:
    answer = browser.post(path, data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def order(text: str) -> list[str]:
    return re.findall(r'id="i-(\w+)"', text)


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", text).split())


def test_the_list_stands_in_the_order_of_the_api_with_its_reasons_in_words(here: Garage) -> None:
    late = missed_person(here, "1", ANN, minutes=200)
    fresh = missed_person(here, "2", BOB, minutes=5)
    urgent = opened(here, "3", CARL, minutes=1, about={"emergency": "word"})
    named(here, ANN, "Anne Morel")
    text = here.browser(Role.AGENT).get("/callbacks").text
    assert order(text) == [urgent, fresh, late]
    said = words(text)
    for part in (
        "Urgence",
        "Sonné sans réponse",
        "Anne Morel 06 39 98 00 01",
        "depuis ce matin 6 h 52",
        "Ici parce que : urgence.",
    ):
        assert part in said


def test_only_who_works_comes_here_and_only_some_see_numbers(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    for path in (
        "/callbacks",
        "/callbacks/now",
        "/callbacks/changes",
        "/callbacks/follow",
        f"/callbacks/{id}",
        f"/callbacks/{id}/now",
    ):
        reader = here.browser(Role.READER).get(path, follow_redirects=False)
        assert reader.status_code == 403, path
        assert here.visitor().get(path, follow_redirects=False).status_code == 303
    assert here.browser(Role.READER).post(f"/callbacks/{id}/claim").status_code == 403
    assert here.browser(Role.AGENT).post(f"/callbacks/{id}/assign", data={"to": ""}).status_code == 403


def test_nobody_sees_another_business_or_another_site(here: Garage) -> None:
    theirs = opened(here, "1", ANN, of=here.other)
    mine = opened(here, "2", BOB)
    elsewhere = opened(here, "3", CARL, site="Montbrison")
    assert order(here.browser(Role.OWNER).get("/callbacks").text) == [mine, elsewhere]
    agent = here.browser(Role.AGENT, sites=["Site a1"])
    assert order(agent.get("/callbacks").text) == [mine]
    assert order(agent.get(f"/callbacks/now?shown={mine}.{elsewhere}.{theirs}").text) == [mine]
    for id in (theirs, elsewhere):
        assert agent.get(f"/callbacks/{id}").status_code == 404
        assert agent.post(f"/callbacks/{id}/claim", follow_redirects=False).status_code == 404
    posted(agent, f"/callbacks/{mine}/claim")
    posted(agent, f"/callbacks/{mine}/outcome", outcome="wrong_number", attempt="0")
    assert posted(agent, "/callbacks/next", back="/callbacks?view=free").startswith("/callbacks?view=free&done=nobody")


def test_filters_are_addresses(here: Garage) -> None:
    voice = opened(here, "1", ANN, kind=Kind.VOICEMAIL, department="Vente")
    plain = opened(here, "2", BOB, department="Atelier")
    agent = here.browser(Role.AGENT)
    posted(agent, f"/callbacks/{plain}/claim")
    for query, found in (
        ("kind=voicemail", [voice]), ("department=Atelier", [plain]), ("site=Nowhere", []), ("view=mine", [plain]),
        ("view=asleep", []), ("kind=nonsense&view=nonsense", [plain, voice]),
    ):  # fmt: skip
        assert sorted(order(agent.get(f"/callbacks?{query}").text)) == sorted(found), query
    assert sorted(order(here.browser(Role.AGENT).get("/callbacks?view=free").text)) == [voice]
    posted(agent, f"/callbacks/{voice}/snooze", until="half_hour")
    assert order(agent.get("/callbacks?view=asleep").text) == [voice]


def test_what_empties_itself_says_so_in_its_place(here: Garage) -> None:
    first, second = missed_person(here, "1", ANN, minutes=3), missed_person(here, "2", BOB, minutes=9)
    agent = here.browser(Role.AGENT)
    shown = f"/callbacks/now?shown={first}.{second}"
    with here.server.ledger.writing() as connection:
        told = {"emptied": {"state": "recovered", "by": "their_call", "ref": None, "at": here.now.isoformat()}}
        close(connection, "a1", first, because="recovered", now=here.now, about=told)
    third = opened(here, "3", CARL)
    text = agent.get(shown).text
    assert order(text) == [first, second]
    assert "A rappelé et quelqu’un a décroché (10 h 12)." in words(text)
    assert "1 personne est arrivée" in words(text) and third not in order(text)
    assert "A rappelé et quelqu’un a décroché" in words(agent.get("/callbacks").text), "a reload says it too"


def test_a_claim_shows_in_the_other_browser_and_stands_in_its_way(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    nadia, luc = here.browser(Role.AGENT), here.visitor(here.session(here.member(Role.AGENT, name="Luc Petit")))
    assert posted(luc, f"/callbacks/{id}/claim") == f"/callbacks/{id}?done=callback_claimed"
    assert "Pris par Luc Petit jusqu’à 10 h 27" in words(nadia.get(f"/callbacks/now?shown={id}").text)
    assert posted(nadia, f"/callbacks/{id}/outcome", outcome="reached", attempt="0").endswith("problem=taken")
    page = nadia.get(f"/callbacks/{id}?problem=taken").text
    assert "Quelqu’un d’autre s’en occupe déjà" in words(page) and 'value="reached"' not in page
    posted(luc, f"/callbacks/{id}/release")
    assert item(here, id).claimed_by is None


def test_two_members_of_one_name_do_not_share_their_claims(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    one, other = here.browser(Role.AGENT), here.browser(Role.AGENT)
    posted(one, f"/callbacks/{id}/claim")
    assert posted(other, f"/callbacks/{id}/release").endswith("problem=taken")
    assert item(here, id).claimed_by == "Nadia Benali (member1@garage.example)"


@pytest.mark.parametrize("outcome", callback.OUTCOMES)
def test_every_outcome_is_one_touch_and_counts_once(here: Garage, outcome: str) -> None:
    recovery_on(here)
    id = missed_person(here, "1", ANN)
    agent = here.browser(Role.AGENT)
    assert f'value="{outcome}"' in agent.get(f"/callbacks/{id}").text
    assert posted(agent, f"/callbacks/{id}/outcome", outcome=outcome, attempt="0", note="à 9 h").endswith(
        "outcome_told"
    )
    found = item(here, id)
    assert (found.outcome, found.attempts) == (outcome, 1)
    again = posted(agent, f"/callbacks/{id}/outcome", outcome=outcome, attempt="0")
    assert again.endswith("problem=seen") and item(here, id).attempts == 1
    with here.server.ledger.reading() as connection:
        assert "à 9 h" in [note["body"] for note in notes_of(connection, "a1", id)]


def test_what_is_put_off_comes_back_then(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    agent = here.browser(Role.AGENT)
    for until, moment, hours in (("half_hour", "", 0.5), ("", "2026-11-16T15:12", 5), ("afternoon", "", 3.8)):
        posted(agent, f"/callbacks/{id}/snooze", until=until, moment=moment)
        assert item(here, id).snoozed_until == NOW + timedelta(hours=hours)
    assert posted(agent, f"/callbacks/{id}/snooze", moment="2026-11-16T09:12").endswith("problem=past")
    assert posted(agent, f"/callbacks/{id}/snooze", moment="yesterday").endswith("problem=past")
    assert "Reporté : revient le 14 h" in words(agent.get(f"/callbacks/{id}").text)


def test_a_note_is_written_by_itself_and_never_taken_for_html(here: Garage) -> None:
    id = missed_person(here, "1", ANN, department=f'" onclick="{SCRIPT}')
    named(here, ANN, SCRIPT)
    agent = here.browser(Role.AGENT)
    posted(agent, f"/callbacks/{id}/note", note=f"{SCRIPT}\u202e=HYPERLINK()")
    assert posted(agent, f"/callbacks/{id}/note", note=" \u202e ").endswith("problem=empty")
    for path in ("/callbacks", f"/callbacks/{id}"):
        text = agent.get(path).text
        assert "<script>alert" not in text and 'onclick="' not in text and "\u202e" not in text


def test_a_time_is_promised_from_those_that_are_free(here: Garage) -> None:
    recovery_on(here)
    id = missed_person(here, "1", ANN)
    agent = here.browser(Role.AGENT)
    slots = re.findall(r'<option value="(2026[^"]*)"', agent.get(f"/callbacks/{id}").text)
    assert posted(agent, f"/callbacks/{id}/promise", slot=slots[1]).endswith("done=time_promised")
    found = item(here, id)
    assert found.promised_at is not None and found.promised_at.isoformat() == slots[1]
    assert posted(agent, f"/callbacks/{id}/promise", slot="2026-11-16T03:00:00+00:00").endswith("problem=slot_gone")
    assert "Rappel promis" in words(agent.get(f"/callbacks/{id}").text)


def test_a_supervisor_gives_it_to_somebody(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    boss = here.browser(Role.SUPERVISOR)
    luc = here.visitor(here.session(here.member(Role.AGENT, name="Luc Petit")))
    posted(boss, f"/callbacks/{id}/assign", to="Luc Petit")
    assert boss.post(f"/callbacks/{id}/assign", data={"to": "Nobody"}).status_code == 422
    assert order(luc.get("/callbacks?view=mine").text) == [id]
    assert "Confié à Luc Petit" in words(boss.get("/callbacks").text)
    assert "nobody_next" in posted(boss, "/callbacks/next"), "what was given to somebody else is theirs"
    assert posted(luc, "/callbacks/next") == f"/callbacks/{id}?done=callback_claimed"


def test_refusals_tasks_and_voicemails_have_their_own_touch(here: Garage) -> None:
    recovery_on(here)
    missed_person(here, "1", ANN)
    agent = here.browser(Role.AGENT)
    text = wrote(here, "r", ANN, "laissez-moi tranquille", item=False)
    refusal = opened(here, "r", ANN, kind=Kind.REFUSAL, about={"text": text})
    assert "laissez-moi tranquille" in agent.get(f"/callbacks/{refusal}").text
    posted(agent, f"/callbacks/{refusal}/refusal", refused="true")
    assert item(here, refusal).closed_because == "refusal_confirmed"
    task, voice = opened(here, "t", None, kind=Kind.TASK), opened(here, "v", CARL, kind=Kind.VOICEMAIL)
    posted(agent, f"/callbacks/{task}/done")
    assert (item(here, task).state, item(here, task).closed_because) == ("done", "done")
    posted(agent, f"/callbacks/{voice}/listened")
    assert "Message écouté par Nadia Benali" in words(agent.get(f"/callbacks/{voice}").text)
    assert agent.post(f"/callbacks/{voice}/refusal", data={"refused": "true"}).status_code == 422


def test_the_story_tells_calls_texts_and_what_was_done(here: Garage) -> None:
    here.tell(*call("0", (2, Stage.ANSWERED), caller=f"+{ANN}", at=NOW - timedelta(days=2)))
    id = missed_person(here, "1", ANN)
    wrote(here, "w", ANN, "après 14 h SVP", item=False)
    agent = here.browser(Role.AGENT)
    posted(agent, f"/callbacks/{id}/claim")
    said = words(agent.get(f"/callbacks/{id}").text)
    for part in ("Pris par Nadia Benali", "SMS reçu", "après 14 h SVP", "Appel manqué", "Appel pris par"):
        assert part in said, part


def test_htmx_is_given_the_moving_part_and_everybody_else_the_page(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    part = here.browser(Role.AGENT).post(f"/callbacks/{id}/claim", headers={"HX-Request": "true"})
    assert part.status_code == 200 and "<html" not in part.text
    assert "C’est à vous pour un quart d’heure." in part.text and 'id="act"' in part.text


def test_empty_lists_say_what_to_do_next(here: Garage) -> None:
    agent, owner = here.browser(Role.AGENT), here.browser(Role.OWNER)
    for browser in (agent, owner):
        page = browser.get("/callbacks").text
        assert "La liste n’est pas encore en marche." in page and "Choisissez un scénario" in page
    assert 'href="/settings/playbooks"' in owner.get("/callbacks").text
    assert 'href="/settings/playbooks"' not in agent.get("/callbacks").text
    assert "Voir toute la liste" in agent.get("/callbacks?view=mine").text
    assert agent.get("/callbacks/unknown").status_code == 404


@pytest.mark.parametrize("on", [True, False])
def test_once_a_playbook_is_chosen_the_empty_list_says_when_it_fills(here: Garage, on: bool) -> None:
    recovery_on(here, active=on)
    agent = here.browser(Role.AGENT)
    page = words(agent.get("/callbacks").text)
    assert "Personne n’attend." in page and "Chaque appel manqué arrive ici tout seul" in page
    here.tell(*missed("1", at=minutes_ago(2)))
    page = agent.get("/callbacks").text
    assert "Personne à rappeler pour l’instant." in page and "/journeys?state=open" in page
    assert re.search(r"1.parcours reste ouvert\. Ceux que le scénario fait rappeler", words(page))
    missed_person(here, "2", ANN)
    assert "Personne à rappeler" not in agent.get("/callbacks").text


def test_the_moving_part_of_an_empty_list_is_of_whoever_looks_and_of_now(here: Garage) -> None:
    here.browser(Role.OWNER).get("/callbacks/now")
    assert "/settings/playbooks" not in here.browser(Role.AGENT).get("/callbacks/now").text
    recovery_on(here, active=False)
    assert "Personne n’attend." in here.browser(Role.AGENT).get("/callbacks/now").text


def test_more_than_a_page_goes_on(here: Garage) -> None:
    for number in range(callbacks.LISTED + 3):
        opened(here, f"n{number}", 33639981000 + number, minutes=number)
    agent = here.browser(Role.AGENT)
    first = agent.get("/callbacks").text
    assert len(order(first)) == callbacks.LISTED and f"/callbacks?from={callbacks.LISTED}" in first
    assert len(order(agent.get(f"/callbacks?from={callbacks.LISTED}").text)) == 3


def test_quebec_and_english_say_it_their_way(tmp_path: Path) -> None:
    for language, said in (("fr-CA", "Boîte vocale"), ("en", "Voicemail")):
        with garage(tmp_path / language, language=language) as here:
            id = opened(here, "v", 15145550123, kind=Kind.VOICEMAIL)
            agent = here.browser(Role.AGENT)
            assert said in agent.get("/callbacks").text
            assert agent.get(f"/callbacks/{id}").status_code == 200


TEMPLATES: dict[Any, tuple[str, ...]] = {
    callbacks.Callbacks: (
        "callbacks.html", "callbacks_now.html", "callbacks_list.html", "callbacks_news.html", "callbacks_left.html",
        "callbacks_line.html",
    ),
    callback.Callback: ("callback.html", "callback_now.html"),
}  # fmt: skip


@pytest.mark.parametrize("context", TEMPLATES, ids=lambda context: context.__name__)
def test_what_each_page_is_given_is_declared_and_described(context: Any) -> None:
    frozen, described = context.__dataclass_params__.frozen, context.__doc__
    assert is_dataclass(context) and frozen and described
    folder = Path(callbacks.__file__).parents[1] / "templates"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in TEMPLATES[context])
    assert set(re.findall(r"\bpage\.(\w+)", text)) == {field.name for field in fields(context)}


def test_who_has_it_no_longer_than_a_quarter_of_an_hour(here: Garage) -> None:
    id = missed_person(here, "1", ANN)
    with here.server.ledger.writing() as connection:
        claim(connection, "a1", id, who="Luc Petit", now=NOW - timedelta(minutes=16))
    assert "Pris par" not in words(here.browser(Role.AGENT).get("/callbacks").text)


def test_who_waits_is_not_kept_quiet_where_recovery_is_not_set_up(tmp_path: Path) -> None:
    with garage(tmp_path) as here:
        agent = here.browser(Role.AGENT)
        here.tell(*missed("1", at=minutes_ago(30)), *missed("2", at=minutes_ago(20), caller="+33639985678"))
        page = agent.get("/callbacks").text
        assert re.search(r"2.personnes attendent d’être rappelées", page) and "/journeys?state=open" in page


def test_those_whom_a_playbook_means_are_said_in_words(here: Garage) -> None:
    opened(here, "1", ANN, assigned_to="role:reception")
    opened(here, "2", BOB, assigned_to="person:Zoé")
    read = words(here.browser(Role.AGENT).get("/callbacks").text)
    assert "Confié à l’accueil." in read and "Confié à Zoé." in read
