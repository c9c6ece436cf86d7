"""From a number to its calls: the list has its name, its count and its filters, on the page and as a file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from decroche.model.fact import Stage
from decroche.model.member import Role
from tests.web.garage import NOW, Garage, call, garage, missed
from tests.web.test_figures import put_in_columns, three_weeks

_LINK = re.compile(r'<a href="(/(?:calls|journeys)\?[^"]*)"[^>]*>(.*?)</a>', re.S)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("numbers")) as found:
        day = NOW - timedelta(days=1)
        steps = (8, Stage.ANSWERED, {"agent": "Nadia"}), (90, Stage.ENDED)
        for number in range(12):
            found.tell(*call(f"a{number}", *steps, at=day, caller=f"+3363998{1000 + number}", queue="Accueil"))
        for number in range(3):
            found.tell(*missed(f"m{number}", at=day, caller=f"+3363998{2000 + number}"))
        put_in_columns(found)
        yield found


def shown(text: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", " ", text)).replace("\xa0", " ").replace("\u202f", " ")


def counted(answer: httpx.Response) -> int:
    """How many calls or journeys stand behind the number, as the page of the list says it."""
    assert answer.status_code == 200, answer.text[:300]
    found = re.search(r'<p class="behind">.*?</p>', answer.text, re.S)
    assert found, answer.text[:2000]
    told = re.search(r"\|\s*([\d ]+) (?:appels?|parcours) comptés?\.", shown(found[0].replace("</b>", "|")))
    assert told, found[0]
    return int(told[1].replace(" ", ""))


def numbers(text: str) -> Iterator[tuple[str, int | None]]:
    """The lists that a page leads to, and the whole number written on the link, if it is one."""
    for address, written in _LINK.findall(text):
        number = re.fullmatch(r"(?:n = )?(\d[\d ]*)", " ".join(shown(written).split()))
        yield html.unescape(address), None if number is None else int(number[1].replace(" ", ""))


def test_a_list_says_of_which_number_it_is_and_counts_the_same(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    board = owner.get("/measures/board?period=week").text
    behind = dict(numbers(board))
    of_queue = [each for each in behind if "counted=missed&" in each]
    answer = owner.get(of_queue[0])
    assert "Derrière le chiffre : Appels manqués" in shown(answer.text) and counted(answer) == 3
    assert counted(owner.get("/calls?counted=missed&since=2026-11-15&until=2026-11-15&queue=~")) == 3
    assert counted(owner.get("/calls?counted=missed&since=2026-11-15&until=2026-11-15&queue=Accueil")) == 0
    among = owner.get("/calls?among=answer_rate&since=2026-11-15&until=2026-11-15&hour=10")
    assert (
        counted(among) == 15
        and "tout ce sur quoi il porte" in shown(among.text)
        and "de 10 h à 11 h" in shown(among.text)
    )
    assert counted(owner.get("/journeys?counted=journeys_opened&since=2026-11-15&until=2026-11-15&queue=~")) == 3
    assert counted(owner.get("/calls?counted=answered&since=2026-11-15&until=2026-11-15&hour_class=open")) in {0, 12}
    for nothing in ("counted=nothing", "among=missed", "counted=journeys_open", "counted=satisfaction"):
        assert owner.get(f"/calls?{nothing}").status_code == 404
    assert owner.get("/journeys?counted=missed").status_code == 404


def test_a_list_behind_a_number_as_a_file_and_only_for_who_may(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    lines = owner.get("/calls.csv?counted=missed&since=2026-11-15&until=2026-11-15").text.splitlines()
    assert len(lines) == 4
    one = "counted=answered&since=2026-11-15&until=2026-11-15&agent=Nadia"
    assert counted(here.browser(Role.SUPERVISOR).get(f"/calls?{one}")) == 12
    for role in (Role.AGENT, Role.READER):
        assert here.browser(role).get(f"/calls?{one}").status_code == 403
        assert here.browser(role).get(f"/calls.csv?{one}").status_code == 403
    nowhere = here.browser(Role.SUPERVISOR, sites=[]).get("/calls?counted=missed&since=2026-11-15&until=2026-11-15")
    assert counted(nowhere) == 0
    theirs = here.browser(Role.OWNER, of=here.other).get("/calls?counted=missed&since=2026-11-15&until=2026-11-15")
    assert counted(theirs) == 0


def test_looking_for_a_person_leaves_the_number(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    back = "/calls?counted=missed&since=2026-11-15&until=2026-11-15"
    answer = owner.post("/calls/of", data={"number": "06 39 98 20 00", "back": back})
    assert answer.status_code == 303
    asked = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert "counted" not in asked and asked["since"] == "2026-11-15" and asked["like"]


def test_calls_are_narrowed_by_the_hours_and_by_having_no_queue(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    rows = [owner.get(f"/calls?{each}").text.count('<tr role="row">') - 1 for each in ("queue=~", "queue=Accueil", "")]
    assert rows == [3, 12, 15]
    assert 'name="hour_class"' in owner.get("/calls?hour_class=weekend").text


@pytest.mark.hard
def test_every_number_of_the_pages_opens_as_many_calls_as_it_says(tmp_path_factory: pytest.TempPathFactory) -> None:
    with garage(tmp_path_factory.mktemp("every")) as found:
        three_weeks(found)
        put_in_columns(found)
        owner, checked = found.browser(Role.OWNER), 0
        for page in (
            "/measures/board?period=week",
            "/causes/figures?period=week",
            "/causes/figures?since=2026-11-09&until=2026-11-09",
            "/causes/hour/figures?weekday=1&hour=10",
            "/measures/missed/time?period=week",
            "/measures/answer_rate/time?period=week",
            "/measures/answer_rate/split?by=queue",
            "/measures/offered/split?by=hour_class",
            "/measures/handle_time/split?by=agent",
            "/measures/journeys_open/split?by=department",
        ):
            answer = owner.get(page)
            assert answer.status_code == 200, page
            listed = list(numbers(answer.text))
            assert listed, page
            for address, number in listed:
                there = counted(owner.get(address))
                assert number in {None, there}, (page, address, number, there)
                checked += number is not None
        assert checked > 60
