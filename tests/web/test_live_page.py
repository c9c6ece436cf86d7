"""The live page says what happens on the phone, to those who may know it, in their language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from decroche.ledger.reach import Reach, write_reach
from decroche.model.call import Direction
from decroche.model.fact import Fact, Stage
from decroche.model.member import Role
from decroche.web import day
from decroche.web.pages import call as call_page
from decroche.web.pages import connecting, definitions, first_run, journey, live, signing_in, wallboard, worth
from tests.web.garage import CALLER, NOW, Garage, call, garage, minutes_ago, missed


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.by_id: dict[str, list[str]] = {}
        self._open: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in {"link", "meta", "br", "input"}:
            self._open.append((tag, dict(attrs).get("id") or ""))

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop()[0] == tag, "a tag is not closed"

    def handle_data(self, data: str) -> None:
        for _, id in self._open:
            if id:
                self.by_id.setdefault(id, []).append(data)


def read(here: Garage, role: Role = Role.READER, *, path: str = "/", **who: Any) -> dict[str, str]:
    """What a person reads on the page, by the part of it."""
    answer = here.browser(role, **who).get(path)
    assert answer.status_code == 200
    parser = _Page()
    parser.feed(answer.text)
    assert parser._open == []
    return {id: " ".join(" ".join(words).split()) for id, words in parser.by_id.items()}


def counts(page: dict[str, str]) -> dict[str, str]:
    found = re.findall(r"([A-Z][^0-9]+?) (\d+(?: sur \d+)?)", page["counts"])
    return dict(found)


def test_a_quiet_morning_says_so(here: Garage) -> None:
    page = read(here)
    assert "Personne au téléphone en ce moment." in page["calls"]
    assert "Aucun parcours ouvert." in page["back"]
    assert "Aucun appel manqué aujourd’hui." in page["missed"]
    assert page["systems"] == "Standard a1 rien entendu encore Situation à 10 h 12"
    assert set(counts(page).values()) == {"0", "0 sur 0"}


def test_calls_appear_move_and_disappear(here: Garage) -> None:
    here.tell(*call("1"))
    assert page_calls(here) == "•• 34 0:00 arrive · Site a1 · Atelier"
    here.tell(Fact(call_key="1", leg_key="1", stage=Stage.RINGING, at=NOW))
    here.now += timedelta(seconds=65)
    assert page_calls(here) == "•• 34 1:05 sonne · Site a1 · Atelier"
    here.tell(Fact(call_key="1", leg_key="1", stage=Stage.ANSWERED, at=here.now, agent="Nadia"))
    here.now += timedelta(seconds=7)
    assert page_calls(here) == "•• 34 0:07 avec Nadia · Site a1 · Atelier"
    here.tell(Fact(call_key="1", stage=Stage.ENDED, at=here.now, final=True))
    assert page_calls(here) == "Personne au téléphone en ce moment."
    assert counts(read(here)) == {
        "En attente": "0", "En conversation": "0", "Décrochés aujourd’hui": "1 sur 1", "Manqués aujourd’hui": "0",
        "Parcours ouverts": "0", "Récupérées aujourd’hui": "0",
    }  # fmt: skip


def page_calls(here: Garage) -> str:
    return read(here)["calls"].removeprefix("Appels en cours ")


def test_who_was_missed_is_to_be_called_back_until_somebody_does(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(30)))
    here.tell(*missed("2", at=minutes_ago(20)))
    here.tell(*missed("3", at=minutes_ago(26 * 60), caller="+33639985678"))
    page = read(here)
    assert page["back"] == (
        "Parcours ouverts •• 34 depuis ce matin 9 h 42 2 appels manqués · Site a1"
        " •• 78 depuis dim. 8 h 12 1 appel manqué · Site a1"
    )
    assert page["missed"].count("Sonné sans réponse · attente 30 s") == 2
    assert counts(page)["Manqués aujourd’hui"] == "2"
    assert counts(page)["Parcours ouverts"] == "2"
    back: dict[str, Any] = {"direction": Direction.OUTBOUND, "caller": "+33465714200", "called": CALLER}
    here.tell(Fact(call_key="4", stage=Stage.CREATED, at=minutes_ago(2), **back))
    assert "vous appelez" in read(here)["calls"]
    here.tell(
        Fact(call_key="4", stage=Stage.ANSWERED, at=minutes_ago(1)),
        Fact(call_key="4", stage=Stage.ENDED, at=NOW, final=True),
    )
    page = read(here)
    assert "•• 34" not in page["back"]
    assert (counts(page)["Parcours ouverts"], counts(page)["Récupérées aujourd’hui"]) == ("1", "1")


def test_numbers_are_hidden_from_all_but_those_who_may_see_them(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(30), queue="0612345678"))
    here.tell(*call("2", (5, Stage.ANSWERED, {"agent": "+33 6 12 34 56 78"})))
    here.tell(*missed("3", at=minutes_ago(10), caller="anonymous"))
    here.tell(*call("4", caller="+15145550123"))
    hidden, shown = (here.browser(role).get("/").text for role in (Role.READER, Role.AGENT))
    assert re.findall(r"\d[\d .-]{7,}\d", re.sub(r"<[^>]*>", " ", hidden)) == []
    assert "•• 34" in hidden and "masqué" in hidden
    assert "06 39 98 12 34" in shown and "+1 514-555-0123" in shown and "masqué" in shown


def test_nobody_sees_another_business(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(30)), of=here.other)
    here.tell(*call("2", (2, Stage.ANSWERED, {"agent": "Inès"}), caller="+33639985678"), of=here.other)
    here.note(of=here.other, problem="the key is wrong")
    for path in ("/", "/live/now", "/connect", "/connect/ringover", "/connect/ringover/now"):
        mine = here.browser(Role.OWNER).get(path).text
        for secret in ("Clinique", "Inès", "b2", "the key is wrong", "06 39 98 12 34"):
            assert secret not in mine, path
    theirs = read(here, of=here.other)
    assert "avec Inès" in theirs["calls"] and "1 appel manqué" in theirs["back"]


def test_the_day_is_that_of_the_business(tmp_path: Path) -> None:
    with garage(tmp_path, language="fr-CA") as here:
        before, after = NOW.replace(hour=4, minute=59), NOW.replace(hour=5, minute=1)
        here.tell(*missed("1", at=before), *missed("2", at=after, caller="+15145550123"))
        page = read(here, Role.AGENT)
        assert counts(page)["Manqués aujourd’hui"] == "1"
        assert "(514) 555-0123" in page["missed"] and "0 h 01" in page["missed"].replace("0 h 1", "0 h 01")
        assert page["systems"].endswith("Situation à 4 h 12")


def test_french_of_quebec_and_english_say_it_their_way(tmp_path: Path) -> None:
    found: dict[str, str] = {}
    for language in ("fr", "fr-CA", "en"):
        with garage(tmp_path / language, language=language) as here:
            here.tell(*call("1", (31, Stage.ENDED), at=minutes_ago(1)))
            answer = here.browser().get("/")
            assert f'<html lang="{language}" ' in answer.text
            found[language] = answer.text
    assert "Personne n’a décroché" in found["fr"] and "Décrochés aujourd’hui" in found["fr"]
    assert "Personne n’a répondu" in found["fr-CA"] and "Répondus aujourd’hui" in found["fr-CA"]
    assert "Nobody answered" in found["en"] and "Open journeys" in found["en"]


def test_what_a_platform_says_is_never_taken_for_html(tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    with garage(tmp_path, name=script) as here:
        here.tell(*call("1", (2, Stage.ANSWERED, {"agent": script}), queue=script, caller=script))
        here.tell(*missed("2", at=minutes_ago(3), department=f'" onclick="{script}'))
        here.note(problem=script)
        text = here.browser(Role.OWNER).get("/").text
        assert "<script>" not in text
        assert 'onclick="' not in text
        assert text.count("&lt;script&gt;") >= 4


def test_who_waits_comes_before_who_talks(here: Garage) -> None:
    here.tell(*call("1", (2, Stage.ANSWERED, {"agent": "Nadia"}), at=minutes_ago(5)))
    here.tell(*call("2", (2, Stage.RINGING), at=minutes_ago(1), caller="+33639985678"))
    here.tell(*call("3", at=minutes_ago(0.5), caller="+33639985699"))
    assert re.findall(r"•• (\d\d)", read(here)["calls"]) == ["78", "99", "34"]


def test_more_than_the_page_lists_is_counted(here: Garage) -> None:
    for number in range(30):
        here.tell(*missed(f"m{number}", at=minutes_ago(number + 1), caller=f"+3363998{1000 + number}"))
        here.tell(*call(f"c{number}", caller=f"+3363998{2000 + number}"))
    page = read(here)
    for part in ("calls", "back", "missed"):
        assert page[part].count("••") == live.LISTED
        assert page[part].endswith("et 18 autres")
    assert counts(page)["En attente"] == "30"


def test_a_phone_system_with_a_problem_says_which(here: Garage) -> None:
    here.note(heard_at=minutes_ago(3))
    assert read(here)["systems"].startswith("Standard a1 entendu à 10 h 09")
    here.note(problem="La clé d’API est refusée.")
    page = read(here)
    assert page["systems"].startswith("Standard a1 à voir")
    assert page["alert"] == "Standard a1 ne nous parle plus comme il faut : La clé d’API est refusée. Que faire ?"
    here.note(problem=None)
    assert read(here)["alert"] == ""


def test_a_demonstration_says_that_nobody_exists(tmp_path: Path) -> None:
    with garage(tmp_path, times_faster=15) as here:
        text = here.browser().get("/").text
        assert "ces appels sont simulés" in text and 'data-times="15"' in text


TEMPLATES: dict[Any, tuple[str, ...]] = {
    live.Live: ("live.html",),
    day.Now: ("live_now.html", "wallboard_now.html"),
    wallboard.Wallboard: ("wallboard.html",),
    call_page.CallPage: ("call.html",),
    journey.JourneyPage: ("journey.html",),
    definitions.Definitions: ("definitions.html",),
    worth.Worth: ("worth.html",),
    signing_in.SignIn: ("sign_in.html",),
    signing_in.SignInCode: ("sign_in_code.html",),
    signing_in.SignInLink: ("sign_in_link.html",),
    first_run.FirstRunOver: ("first_run_over.html",),
    connecting.Platforms: ("connect.html",),
    connecting.SetUp: ("connect_platform.html", "connect_now.html"),
}


@pytest.mark.parametrize("context", TEMPLATES, ids=lambda context: context.__name__)
def test_what_each_page_is_given_is_declared_and_described(context: Any) -> None:
    described, name, frozen = context.__doc__, context.__name__, context.__dataclass_params__.frozen
    assert is_dataclass(context) and frozen
    assert described and not described.startswith(f"{name}(")
    folder = Path(live.__file__).parents[1] / "templates"
    text = "".join((folder / name).read_text(encoding="utf-8") for name in TEMPLATES[context])
    assert set(re.findall(r"\bpage\.(\w+)", text)) == {field.name for field in fields(context)}


def test_whether_platforms_reach_us_is_said_where_one_would_deliver_and_not_in_a_demonstration(tmp_path: Path) -> None:
    sentence = "Sans adresse publique"
    for times_faster, said in ((None, True), (15.0, False)):
        with garage(tmp_path / str(said), times_faster=times_faster) as here:
            with here.server.ledger.writing() as connection:
                write_reach(connection, Reach.NO_ADDRESS, NOW)
            assert (sentence in here.browser().get("/").text) == said
            assert ("n’a pas d’adresse publique" in here.browser().get("/connect/ringover/now").text) == said
            here.note(connector="avaya")
            assert sentence not in here.browser().get("/").text
            assert "adresse publique" not in here.browser().get("/connect/avaya/now").text
