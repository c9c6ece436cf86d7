"""The lists of calls and journeys, and the page of each: filters as addresses, rights, nothing of others."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import fields
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from decroche.language import Language
from decroche.ledger.audit_log import EntryFilter, entries
from decroche.ledger.setting_up import add_site
from decroche.model.call import Direction, Disposition, MissedReason
from decroche.model.fact import Fact, Stage
from decroche.model.member import Role
from decroche.web.pages import calls, exports, journeys
from tests.web.garage import CALLER, Garage, call, garage, minutes_ago, missed


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Garage]:
    with garage(tmp_path) as found:
        yield found


def words(answer: httpx.Response) -> str:
    """What a person reads."""
    assert answer.status_code == 200, answer.text[:300]
    main = answer.text.partition("<main")[2]
    text = re.sub(r"<(script|style|select).*?</\1>", " ", main, flags=re.S)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", text)).split())


def links(answer: httpx.Response, to: str) -> list[str]:
    return [unescape(each) for each in re.findall(rf'href="({to}[^"]*)"', answer.text)]


def rows(answer: httpx.Response) -> int:
    return answer.text.count('<tr role="row">') - 1


def a_morning(here: Garage) -> None:
    here.tell(*missed("1", at=minutes_ago(50), queue="Accueil"))
    here.tell(*call("2", (5, Stage.ANSWERED, {"agent": "Nadia"}), (65, Stage.ENDED), at=minutes_ago(40)))
    here.tell(*missed("3", at=minutes_ago(3 * 24 * 60), caller="+33639985678"))
    back: dict[str, Any] = {"direction": Direction.OUTBOUND, "caller": "+33465714200", "called": CALLER}
    here.tell(
        Fact(call_key="4", stage=Stage.CREATED, at=minutes_ago(20), **back),
        Fact(call_key="4", leg_key="1", stage=Stage.ANSWERED, at=minutes_ago(19), agent="Inès"),
        Fact(call_key="4", stage=Stage.ENDED, at=minutes_ago(18), final=True),
    )


def test_calls_are_listed_and_each_filter_stands_in_the_address(here: Garage) -> None:
    a_morning(here)
    browser = here.browser(Role.SUPERVISOR)
    everything = browser.get("/calls")
    assert rows(everything) == 4
    assert "vers 06 39 98 12 34" in words(everything) and "Sonné sans réponse" in words(everything)
    for asked, found in (
        ("since=2026-11-16&until=2026-11-16", 3),
        ("since=2026-11-13&until=2026-11-13", 1),
        ("disposition=missed", 2),
        ("disposition=missed&reason=no_answer&queue=Accueil", 1),
        ("direction=outbound", 1),
        ("site=Site+a1&line=Ligne+a1&department=Atelier", 4),
        ("site=elsewhere", 0),
        ("agent=Nadia", 1),
        ("since=2026-11-16T08:00:00Z&until=2026-11-16T08:25:00Z", 1),
    ):
        answer = browser.get(f"/calls?{asked}")
        assert max(rows(answer), 0) == found, asked
        assert f"selected>{'Manqué' if 'missed' in asked else 'Tout'}" in answer.text
    assert "Aucun appel ne correspond" in words(browser.get("/calls?site=elsewhere"))
    assert rows(browser.get("/calls?disposition=nonsense&after=nonsense")) == 4


def test_the_fold_names_the_filters_that_hold(here: Garage) -> None:
    a_morning(here)
    browser = here.browser(Role.SUPERVISOR)
    for address, said in (
        ("/calls", "Filtrer"),
        ("/calls?disposition=missed&queue=Accueil", "Filtres : Manqué · Accueil"),
        ("/calls?since=2026-11-02&until=2026-11-04&agent=%3Cb%3E", "Filtres : <b> · 2 novembre 2026 – 4 novembre 2026"),
        ("/calls?since=2026-11-16&until=2026-11-16", "Filtrer"),
        ("/journeys?state=open", "Filtres : Ouvert"),
        ("/calls?since=2026-11-16&until=2026-11-10", "Filtrer"),
    ):
        text = browser.get(address).text
        (fold,) = re.findall(r'<details class="narrow-down"( open)?><summary>(.*?)</summary>', text)
        assert unescape(fold[1]).replace("\u202f", " ").replace("\u00a0", " ") == said, address
        assert bool(fold[0]) == ("2026-11-10" in address), "an error is not hidden"


def test_what_agents_did_is_asked_only_by_those_who_supervise(here: Garage) -> None:
    a_morning(here)
    assert rows(here.browser(Role.AGENT).get("/calls?agent=Nadia")) == 4
    assert 'name="agent"' not in here.browser(Role.AGENT).get("/calls?agent=Nadia").text
    assert "Agent" not in here.browser(Role.AGENT).get("/calls.csv").text.splitlines()[0]
    assert "Agent" in here.browser(Role.SUPERVISOR).get("/calls.csv").text.splitlines()[0]


def test_days_that_make_no_sense_are_told(here: Garage) -> None:
    a_morning(here)
    browser = here.browser()
    assert "Cette date n’existe pas" in words(browser.get("/calls?since=2026-13-41"))
    assert "nous les avons échangés" in words(browser.get("/calls?since=2026-11-16&until=2026-11-10"))
    for odd in (
        "since=0001-01-01",
        "since=9999-12-31&until=9999-12-31",
        "since=2026-11-16T08:00&until=2026-11-16T09:00",
    ):
        assert browser.get(f"/calls?{odd}").status_code == 200


def test_a_list_goes_on_where_it_stopped(here: Garage) -> None:
    for number in range(calls.SHOWN + 7):
        here.tell(*missed(f"m{number}", at=minutes_ago(number + 1), caller=f"+3363998{1000 + number}"))
    browser = here.browser(Role.AGENT)
    first = browser.get("/calls?disposition=missed")
    (to,) = {each for each in links(first, "/calls\\?") if "after=" in each}
    second = browser.get(to)
    assert (rows(first), rows(second)) == (calls.SHOWN, 7)
    seen = re.findall(r"06 39 98 1\d \d\d", words(first) + words(second))
    assert len(set(seen)) == calls.SHOWN + 7
    assert "Revenir au début" in words(second) and "Suite" not in words(second).replace("Suite de la liste", "")


def test_a_number_is_searched_and_never_stands_in_an_address(here: Garage) -> None:
    a_morning(here)
    for role, shown in ((Role.AGENT, "06 39 98 12 34"), (Role.READER, "•• 34")):
        browser = here.browser(role)
        asked = browser.post("/calls/of", data={"number": "06 39 98 12 34", "back": "/calls?disposition=missed"})
        assert asked.status_code == 303
        to = asked.headers["location"]
        assert "39981234" not in to and dict(parse_qsl(urlsplit(to).query))["disposition"] == "missed"
        answer = browser.get(to)
        assert rows(answer) == 1 and f"Seulement {shown}." in words(answer)
        journeys_of = browser.post("/calls/of", data={"number": CALLER, "back": "/journeys"}).headers["location"]
        assert journeys_of.startswith("/journeys?like=") and rows(browser.get(journeys_of)) == 1
    for nobody in ("06 00 00 00 00", "", "<script>", "1" * 400):
        to = browser.post("/calls/of", data={"number": nobody, "back": "//evil.example"}).headers["location"]
        assert to == "/calls?like=nobody"
    answer = browser.get(to)
    assert "un numéro qui n’a jamais appelé" in words(answer) and "Aucun appel ne correspond" in words(answer)


def test_numbers_are_masked_for_those_who_may_not_see_them(here: Garage) -> None:
    a_morning(here)
    here.tell(*missed("5", at=minutes_ago(5), queue="0612345678", department="Appeler 06 12 34 56 78"))
    browser = here.browser(Role.READER)
    answer = browser.get("/calls")
    pages = [*links(answer, "/calls/"), *links(browser.get("/journeys"), "/journeys/")]
    assert len(pages) == 7
    for path in ("/calls", "/journeys", "/calls.csv", "/journeys.csv", *pages):
        text = browser.get(path).text
        assert not re.search(r"(?:\+33|0)[\s.]?[67](?:[\s.]?\d\d){4}", re.sub(r"\d{4}-\d\d-\d\d[^<;]*", "", text)), path
        assert "39981234" not in text.replace(" ", "").replace("\u202f", "").replace("\u00a0", ""), path


def test_nobody_sees_another_business_nor_another_site(here: Garage) -> None:
    a_morning(here)
    with here.server.ledger.writing() as connection:
        add_site(connection, "a1", "Bron")
    mine = here.browser(Role.OWNER)
    ids = [*links(mine.get("/calls"), "/calls/"), *links(mine.get("/journeys"), "/journeys/")]
    ids = [each for each in ids if "?" not in each]
    assert len(ids) == 6
    like = f"/calls?like={ids[0].removeprefix('/calls/')}"
    for stranger in (here.browser(Role.OWNER, of=here.other), here.browser(Role.SUPERVISOR, sites=["Bron"])):
        assert rows(stranger.get("/calls")) <= 0 and rows(stranger.get("/journeys")) <= 0
        for path in ids:
            answer = stranger.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 404 and "Il n’y a rien à cette adresse" in answer.text
        assert rows(stranger.get(like)) <= 0 and "06 39" not in stranger.get(like).text
        asked = stranger.post("/calls/of", data={"number": CALLER, "back": "/calls"})
        assert asked.headers["location"] == "/calls?like=nobody"
        assert len(stranger.get("/calls.csv").text.splitlines()) == 1
    assert here.visitor().get("/calls").headers["location"] == "/sign-in"


def test_a_call_says_what_happened_and_why_it_counts_as_it_does(here: Garage) -> None:
    a_morning(here)
    browser = here.browser(Role.SUPERVISOR)
    (to,) = links(browser.get("/calls?disposition=missed&queue=Accueil"), "/calls/")
    text = words(browser.get(to))
    assert "Appel de 06 39 98 12 34" in text and "Cela a sonné, et personne n’a pris l’appel." in text
    assert "Le parcours de cette personne" in text and "(Récupéré)" in text
    assert "Ce que la téléphonie a dit" in text
    assert links(browser.get(to), "/definitions#no_answer")
    answered = links(browser.get("/calls?disposition=answered&direction=inbound"), "/calls/")[0]
    text = words(browser.get(answered))
    assert "Nadia décroche" in text and "Une personne a décroché" in text
    assert "Ce que la téléphonie a dit" not in words(here.browser(Role.AGENT).get(answered))
    drawing = browser.get(answered).text
    assert 'class="waits"' in drawing and 'class="talks"' in drawing and "style=" not in drawing


def test_what_a_platform_said_is_shown_with_people_covered() -> None:
    from decroche.web.pages.call import covered

    shown = covered(
        b'{"from": "+33639981234", "contact_name": "Jean Petit", "email": "jean@petit.example", "who": "a@b.example",'
        b' "api_token": "s3cret", "agent": {"first_name": "Nadia"}, "status": "missed", "at": "2026-11-16T09:12:00Z"}'
    )
    for secret in ("3998", "Jean", "petit", "b.example", "s3cret", "Nadia"):
        assert secret not in shown
    assert '"status": "missed"' in shown and "2026-11-16T09:12:00Z" in shown
    assert covered(b"\xff\x00 06 39 98 12 34 rang").endswith("…34 rang")


def test_a_journey_tells_its_story_and_what_comes_next(here: Garage) -> None:
    a_morning(here)
    browser = here.browser(Role.AGENT)
    listed = browser.get("/journeys")
    assert "Récupéré la personne a rappelé" in words(listed)
    open_, recovered = (
        links(browser.get("/journeys?state=open"), "/journeys/"),
        links(browser.get("/journeys?state=recovered"), "/journeys/"),
    )
    assert (len(open_), len(recovered)) == (1, 1)
    text = words(browser.get(open_[0]))
    assert "Ce qui va se passer" in text and "le parcours se ferme ven. 20 nov., 10 h 12" in text
    assert "Appel reçu : Manqué" in text
    text = words(browser.get(recovered[0]))
    assert "Pourquoi plus rien ne se passera On s’est parlé" in text and "Nous avons appelé : Joint" in text
    assert rows(browser.get("/journeys?reason=no_answer")) == 2
    assert rows(browser.get("/journeys?reason=busy")) <= 0
    assert rows(browser.get("/journeys?closed=2026-11-16")) == 1
    assert rows(browser.get("/journeys?closed=2026-11-17")) <= 0
    assert browser.get("/journeys/nothing").status_code == 404


def test_a_list_goes_into_a_file_that_a_spreadsheet_opens_without_harm(here: Garage) -> None:
    evil = '=HYPERLINK("http://evil.example";"x")'
    here.tell(*missed("1", at=minutes_ago(30), queue=evil))
    here.tell(*missed("2", at=minutes_ago(20), caller="+15145550123", queue="\u202e+1+1"))
    browser = here.browser(Role.SUPERVISOR)
    answer = browser.get("/calls.csv")
    assert (
        answer.content.startswith(b"\xef\xbb\xbf")
        and "appels-2026-11-10-2026-11-16.csv" in answer.headers["content-disposition"]
    )
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert [len(row) for row in table] == [17, 17, 17]
    assert table[2][0] == "2026-11-16 09:42:00" and table[2][8] == f"'{evil}" and table[2][11] == "30"
    assert table[1][2] == "'+1 514-555-0123" and table[1][8].startswith("'")
    assert not [cell for row in table for cell in row if re.match(r"[=+\-@\t\r]", cell)]
    with zipfile.ZipFile(io.BytesIO(browser.get("/calls.xlsx").content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode() if "xl/sharedStrings.xml" in book.namelist() else sheet
    assert "<f>" not in sheet and sheet.count("<row ") == 3
    assert "=HYPERLINK(" in texts and "'=HYPERLINK" not in texts
    journeys_in_file = browser.get("/journeys.csv").text.splitlines()
    assert len(journeys_in_file) == 3 and "Ouvert" in journeys_in_file[1]
    assert browser.get("/calls.exe").status_code == 404


def test_who_takes_a_list_is_written_down(here: Garage) -> None:
    here.browser(Role.READER).get("/calls.csv?queue=0612345678&disposition=missed")
    with here.server.ledger.reading() as connection:
        (entry,), _ = entries(connection, "a1", EntryFilter(actions="calls."))
    assert entry.action == "calls.exported" and entry.who.name == "Nadia Benali"
    assert entry.details["disposition"] == "missed" and entry.details["queue"] == "…78"


def test_english_writes_its_own_files_and_quebec_its_own_words(tmp_path: Path) -> None:
    for language, word in (("en", "Answered"), ("fr-CA", "Répondu")):
        with garage(tmp_path / language, language=language) as here:
            here.tell(*call("2", (5, Stage.ANSWERED), (65.5, Stage.ENDED), at=minutes_ago(40)))
            browser = here.browser(Role.AGENT)
            assert word in words(browser.get("/calls")) and word in browser.get("/calls.csv").text
            assert ("," if language == "en" else ";") in browser.get("/calls.csv").text.splitlines()[0]
            assert browser.get("/definitions").status_code == 200


def test_text_of_others_is_never_taken_for_html(tmp_path: Path) -> None:
    script = "<script>alert(1)</script>"
    with garage(tmp_path, name=script) as here:
        here.tell(*call("1", (2, Stage.ANSWERED, {"agent": script}), (9, Stage.ENDED), queue=script, at=minutes_ago(9)))
        here.tell(*missed("2", at=minutes_ago(3), department=f'" onclick="{script}', raw_reason=script))
        browser = here.browser(Role.OWNER)
        paths = [
            "/calls", f"/calls?queue={script}&site=%22onclick=x", "/journeys", "/wallboard",
            *links(browser.get("/calls"), "/calls/"), *links(browser.get("/journeys"), "/journeys/"),
        ]  # fmt: skip
        assert len(paths) == 7
        for path in paths:
            text = browser.get(path).text
            assert "<script>" not in text and 'onclick="' not in text, path


@pytest.mark.parametrize("code", ["fr", "fr-CA", "en"])
def test_every_word_of_the_model_has_a_name_and_a_meaning(code: str) -> None:
    say = Language(code)
    for each in Disposition:
        assert say.has(f"calls.outcome.{each}") and say.has(f"meaning.disposition.{each}")
    for reason in MissedReason:
        assert say.has(f"reason.{reason}") and say.has(f"meaning.reason.{reason}")
    for direction in Direction:
        assert say.has(f"calls.direction.{direction}")
    for state in ("open", "recovered", "expired", "withdrawn"):
        for family in ("journeys.state", "journey.closed", "meaning.journey"):
            assert say.has(f"{family}.{state}")
    for booking in ("booked", "moved", "cancelled", "kept", "broken"):
        assert say.has(f"journey.booking.{booking}")
    for source in ("live", "history", "log", "file", "clock"):
        assert say.has(f"call.source.{source}")


def test_what_the_lists_are_given_is_declared() -> None:
    folder = Path(calls.__file__).parents[1] / "templates"
    both = {field.name for context in (calls.Calls, journeys.Journeys) for field in fields(context)}
    named = [
        set(re.findall(r"\bpage\.(\w+)", (folder / name).read_text(encoding="utf-8")))
        for name in ("calls.html", "journeys.html", "list_top.html", "list_end.html")
    ]
    assert set().union(*named) == both
    assert exports.MOST >= exports.AT_ONCE
