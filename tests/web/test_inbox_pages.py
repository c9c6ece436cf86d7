"""The inbox and a conversation: who waits for an answer, what may be found by whom, and how an answer leaves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from decroche.ledger.audit_log import EntryFilter, entries
from decroche.ledger.recovery_tables import decisions, opt_outs, texts
from decroche.ledger.work_items import Kind
from decroche.ledger.work_notes import Note, add_note
from decroche.model.fact import Fact, Message, Stage
from decroche.model.member import Role
from decroche.web.pages import conversation, inbox
from tests.web.garage import Garage, garage, minutes_ago, missed
from tests.web.test_callbacks_page import posted, words
from tests.web.workday import ANN, BOB, journey_of, missed_person, named, opened, recovery_on, wrote


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        recovery_on(found)
        missed_person(found, "1", ANN)
        missed_person(found, "2", BOB, minutes=9)
        yield found


def people(text: str) -> list[str]:
    return re.findall(r"data-open>([^<]*)<", text)


def test_who_waits_for_an_answer_comes_first_and_nobody_elses_words_are_shown(here: Garage) -> None:
    wrote(here, "a", ANN, "Après 14 h <b>svp</b>", minutes=3)
    wrote(
        here, "b", BOB, "Merci", minutes=1, item=False, direction="out", tried_at=here.now, author="Luc", state="handed"
    )
    named(here, ANN, "Anne Morel")
    agent = here.browser(Role.AGENT)
    text = agent.get("/inbox").text
    assert people(text) == ["Anne Morel", "06 39 98 00 02"]
    assert "Réponse à donner" in text and "&lt;b&gt;svp" in text and "<b>svp" not in text
    assert people(agent.get("/inbox?view=waiting").text) == ["Anne Morel"]
    assert people(agent.get("/inbox?view=mine").text) == []
    assert people(here.browser(Role.OWNER, of=here.other).get("/inbox").text) == []
    assert people(here.browser(Role.AGENT, sites=["Nowhere"]).get("/inbox").text) == []
    assert here.browser(Role.READER).get("/inbox").status_code == 403


def test_a_search_finds_by_number_name_and_words(here: Garage) -> None:
    wrote(here, "a", ANN, "la courroie de distribution")
    wrote(here, "b", BOB, "des pneus", minutes=1)
    named(here, ANN, "Anne Morel")
    agent = here.browser(Role.AGENT)
    for q, found in (
        ("06 39 98 00 01", ["Anne Morel"]), ("+33639980002", ["06 39 98 00 02"]), ("0002", ["06 39 98 00 02"]),
        ("morel", ["Anne Morel"]), ("COURROIE", ["Anne Morel"]), ("100 %", []), ("%", []), ("'; --", []),
    ):  # fmt: skip
        assert people(agent.get("/inbox", params={"q": q}).text) == found, q


def test_a_search_shows_in_what_it_found_them(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour. " * 30 + "L’échéance approche, appelez le 06 39 98 00 01.", minutes=9)
    wrote(here, "b", ANN, "Merci", minutes=1, item=False, direction="out", state="delivered")
    named(here, ANN, "Anne Morel")
    agent = here.browser(Role.AGENT)
    item = opened(here, "n", BOB, minutes=2)
    with here.server.ledger.writing() as connection:
        add_note(connection, item, kind=Note.NOTE, who="Luc", now=here.now, body="Devis à refaire")
    found = words(agent.get("/inbox", params={"q": "echeance"}).text)
    assert "Bonjour. L’échéance approche, appelez le 06 39 98 00 01." in found and "Merci" not in found
    assert found.count("Bonjour.") < 9
    assert "Note : Devis à refaire" in words(agent.get("/inbox", params={"q": "DEVIS"}).text)
    assert "des débuts de mots, avec ou sans accents" in found
    assert people(agent.get("/inbox", params={"q": "morel échéance"}).text) == ["Anne Morel"]


def test_all_who_see_the_same_share_one_look(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour")
    one, other = here.browser(Role.AGENT), here.browser(Role.AGENT)
    for path in ("/inbox/now", "/inbox/now?q=bonjour", "/inbox/now?view=mine"):
        assert one.get(path).text == other.get(path).text
    assert "06 39" in one.get("/inbox/now").text
    for stranger in (here.browser(Role.AGENT, sites=["Nowhere"]), here.browser(Role.OWNER, of=here.other)):
        assert people(stranger.get("/inbox/now").text) == []
    wrote(here, "b", BOB, "Des pneus", minutes=0)
    assert len(people(one.get("/inbox/now").text)) == 2, "what came since is there at once"
    assert len(people(other.get("/inbox/now").text)) == 2


def test_the_address_of_a_conversation_tells_no_number(here: Garage) -> None:
    item = wrote(here, "a", ANN, "Bonjour")
    agent = here.browser(Role.AGENT)
    (href,) = re.findall(r'href="(/inbox/\w+)" data-open', agent.get("/inbox?view=waiting").text)
    assert str(ANN)[-8:] not in href
    for ref in (href.removeprefix("/inbox/"), item, "texta"):
        assert "Bonjour" in agent.get(f"/inbox/{ref}").text, ref
    for stranger in (here.browser(Role.AGENT, of=here.other), here.browser(Role.AGENT, sites=["Nowhere"])):
        assert stranger.get(href).status_code == 404
    assert agent.get("/inbox/unknown").status_code == 404


def test_an_answer_is_written_down_once_by_whoever_wrote_it(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour")
    ref, agent = journey_of(here, ANN), here.browser(Role.AGENT)
    for _ in range(2):
        assert posted(agent, f"/inbox/{ref}/reply", body="Jeudi 9 h ?", asked="once").endswith("done=answer_written")
    with here.server.ledger.reading() as connection:
        rows = connection.execute(sa.select(texts).where(texts.c.direction == "out")).all()
    assert [(row.body, row.author, row.journey_id) for row in rows] == [("Jeudi 9 h ?", "Nadia Benali", ref)]
    assert "Jeudi 9 h ?" in agent.get(f"/inbox/{ref}").text


def test_what_the_rules_refuse_is_said_logged_and_not_lost(here: Garage) -> None:
    ref, agent = journey_of(here, ANN), here.browser(Role.AGENT)
    refused = agent.post(f"/inbox/{ref}/reply", data={"body": "Une longue réponse"})
    assert refused.status_code == 409 and "Les règles refusent ce message" in words(refused.text)
    assert ">Une longue réponse</textarea>" in refused.text
    with here.server.ledger.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(decisions)).scalar_one() == 1
        assert connection.execute(texts.select()).all() == []
    for body, said in (("", "Le message est vide."), ("x" * 1001, "Le message est trop long.")):
        assert said in words(agent.post(f"/inbox/{ref}/reply", data={"body": body}).text)


def test_texts_are_counted_and_dear_signs_explained(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour")
    path, agent = f"/inbox/{journey_of(here, ANN)}/weigh", here.browser(Role.AGENT)
    part = agent.post(path, data={"body": "Même l’été…"}, headers={"HX-Request": "true"}).text
    assert "<html" not in part and "11 caractères, 1 SMS, environ 0,08 €" in words(part)
    assert "Meme l&#39;été..." in part
    assert "2 SMS, environ 0,16 €" in words(agent.post(path, data={"body": "a" * 161}).text)


def test_what_was_sent_for_we_know_not_what_stands_in_the_way_of_nothing(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour")
    wrote(here, "b", ANN, "De l’autre logiciel", item=False, direction="out", purpose="", state="delivered",
          tried_at=here.now)  # fmt: skip
    ref, agent = journey_of(here, ANN), here.browser(Role.AGENT)
    assert "De l’autre logiciel" in agent.get(f"/inbox/{ref}").text
    assert posted(agent, f"/inbox/{ref}/reply", body="Oui").endswith("done=answer_written")


def test_a_template_is_filled_for_the_person(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour")
    text = here.browser(Role.AGENT).get(f"/inbox/{journey_of(here, ANN)}?template=callback_promise").text
    assert "Garage Martin : c&#39;est noté, nous vous rappelons avant" in text


def test_refusals_are_recorded_by_who_works_and_ended_by_who_supervises(here: Garage) -> None:
    wrote(here, "a", ANN, "Bonjour")
    ref, agent, boss = journey_of(here, ANN), here.browser(Role.AGENT), here.browser(Role.SUPERVISOR)
    assert agent.post(f"/inbox/{ref}/refuse", data={"scope": "nonsense"}).status_code == 422
    posted(agent, f"/inbox/{ref}/refuse", scope="text")
    page = agent.get(f"/inbox/{ref}").text
    assert "Ne veut plus de SMS depuis ce matin 10 h 12" in words(page) and "disabled" in page
    assert agent.post(f"/inbox/{ref}/undo").status_code == 403
    posted(boss, f"/inbox/{ref}/undo")
    with here.server.ledger.reading() as connection:
        (row,) = connection.execute(opt_outs.select()).all()
        noted = [each.subject for each in entries(connection, "a1", EntryFilter(actions="opt_out.undone"))[0]]
    assert row.undone_by == "Nadia Benali (member2@garage.example)"
    posted(boss, f"/inbox/{ref}/undo")
    assert noted == [ref], "once, and without the number"
    assert "a mis fin à un refus" in here.browser(Role.OWNER).get("/settings/audit-log?about=opt_out").text


def test_a_voicemail_is_heard_and_read_in_the_conversation_and_on_the_list(here: Garage) -> None:
    before = here.mine.calls().keys()
    here.tell(
        *missed("7", caller=f"+{ANN}", at=minutes_ago(30)),
        Fact(
            call_key="7", stage=Stage.ENRICHED, at=minutes_ago(29), voicemail=True,
            message=Message(recording="7", text=f"<b>Rappelez</b> le +{ANN}"),
        ),
    )  # fmt: skip
    (call,) = here.mine.calls().keys() - before
    item = opened(here, "v", ANN, kind=Kind.VOICEMAIL, about={"call": call})
    agent, plain = here.browser(Role.AGENT), opened(here, "w", BOB, kind=Kind.VOICEMAIL)
    listed = agent.get("/inbox?view=voicemails").text.replace("\u00a0", " ")
    assert sorted(people(listed)) == ["06 39 98 00 01", "06 39 98 00 02"]
    assert "Message vocal : &lt;b&gt;Rappelez" in listed
    for address in (f"/inbox/{item}", f"/inbox/{item}/now"):
        text = agent.get(address).text
        assert f'src="/voicemails/{item}/audio"' in text and "&lt;b&gt;Rappelez" in text and "<b>Rappelez" not in text
    text = agent.get(f"/inbox/{plain}").text
    assert "<audio" not in text and "ne donne pas l’enregistrement" in text


TEMPLATES: dict[Any, tuple[str, ...]] = {
    inbox.Inbox: ("inbox.html", "inbox_list.html"),
    conversation.Conversation: (
        "conversation.html", "conversation_left.html", "conversation_said.html", "conversation_ruling.html",
        "conversation_refusals.html", "conversation_weight.html",
    ),
}  # fmt: skip


@pytest.mark.parametrize("context", TEMPLATES, ids=lambda context: context.__name__)
def test_what_each_page_is_given_is_declared_and_described(context: Any) -> None:
    frozen, described = context.__dataclass_params__.frozen, context.__doc__
    assert is_dataclass(context) and frozen and described
    folder = Path(inbox.__file__).parents[1] / "templates"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in TEMPLATES[context])
    assert set(re.findall(r"\bpage\.(\w+)", text)) == {field.name for field in fields(context)}
