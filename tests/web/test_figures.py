"""Pourquoi and Mesures: what an address asks for, what is told to whom, and that every number leads to its calls."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from decroche.language import Language
from decroche.ledger.recovery_settings import write_settings
from decroche.model.board import Measure, Missing, Period, Step, Unit
from decroche.model.fact import Stage
from decroche.model.member import Role
from decroche.prove.reports.desk_charts import PHONE, Beside, Course, Mark, drawn
from decroche.server_settings import ServerSettings
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.refresh import refresh
from decroche.web.asked import PRESETS, period_named
from decroche.web.axes import levels_of, ticks_of
from decroche.web.figure_words import shown
from decroche.web.pages.measure import KNOWN, step_of
from tests.web.garage import NOW, Garage, call, garage, missed

TODAY = NOW.date()
FRENCH, ENGLISH = Language("fr"), Language("en")
EVIL = '<b>"=1+1"</b>'


def put_in_columns(here: Garage) -> None:
    """The lake as the server would have it in a moment."""
    settings = ServerSettings(data=here.folder, database=None)
    lake = Lake(settings.lake_place, partial(fingerprints, settings.fingerprint_key()))
    for shop in (here.mine, here.other):
        refresh(here.server.ledger, lake, shop.account, scratch=here.folder)


def three_weeks(here: Garage) -> None:
    """Twelve calls a day at 10 in Paris; on the Monday a week ago nobody answers, on other days two are missed."""
    bad = TODAY - timedelta(days=7)
    for back in range(1, 22):
        day = TODAY - timedelta(days=back)
        facts = []
        for number in range(12):
            at = datetime.combine(day, NOW.timetz()).replace(minute=number)
            more: dict[str, Any] = {"at": at, "caller": f"+3363998{2000 + number}", "queue": EVIL}
            key = f"{back}-{number}"
            if number < (12 if day == bad else 2):
                facts += missed(key, **more)
            else:
                steps = (8, Stage.ANSWERED, {"agent": f"Agent {number % 3}"}), (90, Stage.ENDED)
                facts += call(key, *steps, **more)
        here.tell(*facts)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("figures")) as found:
        three_weeks(found)
        found.tell(*missed("theirs", at=NOW - timedelta(days=7), queue="Chez eux"), of=found.other)
        with found.server.ledger.writing() as connection:
            write_settings(connection, found.mine.account, '{"value": 200}', NOW)
        put_in_columns(found)
        yield found


def links(text: str, page: str) -> list[dict[str, str]]:
    found = [html.unescape(each) for each in re.findall(rf'href="({page}\?[^"]*)"', text)]
    return [{name: values[0] for name, values in parse_qs(urlsplit(each).query).items()} for each in found]


@pytest.mark.parametrize(
    ("preset", "first", "last"),
    [
        ("today", "2026-11-16", "2026-11-16"),
        ("yesterday", "2026-11-15", "2026-11-15"),
        ("week", "2026-11-09", "2026-11-15"),
        ("days28", "2026-10-19", "2026-11-15"),
        ("month", "2026-11-01", "2026-11-16"),
        ("quarter", "2026-10-01", "2026-11-16"),
        ("year", "2026-01-01", "2026-11-16"),
    ],
)
def test_a_preset_is_these_days(preset: str, first: str, last: str) -> None:
    period = period_named(preset, TODAY)
    assert (period.start.isoformat(), (period.end - timedelta(days=1)).isoformat()) == (first, last)
    assert preset in PRESETS


def test_addresses_that_make_no_sense_say_so_and_show_the_usual_days(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    for wrong, says in (
        ("since=2026-02-31", "n’existe pas"),
        ("since=2026-11-10&until=2026-11-01", "avant le début"),
        ("since=1991-01-01&until=2026-11-01", "Trois ans"),
    ):
        text = owner.get(f"/measures?{wrong}").text
        assert says in text and "19\xa0octobre\xa02026" in text
    assert owner.get("/measures/nothing").status_code == 404
    assert owner.get("/measures/nothing.csv").status_code == 404
    assert owner.get("/causes/hour?weekday=8&hour=9").status_code == 404
    assert owner.get("/measures/answer_rate?step=eon&by=mood").status_code == 200


def test_the_board_tells_n_interval_before_and_what_it_cannot_tell(here: Garage) -> None:
    text = html.unescape(here.browser(Role.READER).get("/measures/board?period=week").text)
    plain = " ".join(re.sub(r"<[^>]*>", " ", text).split()).replace("\u202f", " ").replace("\xa0", " ")
    assert "Appels reçus 84" in plain
    assert "71,4 % de 61,0 % à 80,0 % n = 84 " in plain and "60 sur 84" in plain
    assert "(avant : 83,3 %)" in plain
    assert "Non disponible : personne n’est interrogé après l’appel" in plain
    assert "Pas assez de données : 0 sur les 10" in plain
    assert {"counted": "missed", "since": "2026-11-09", "until": "2026-11-15"} in links(text, "/calls")


@pytest.mark.hard
def test_a_reason_leads_from_the_bad_monday_to_its_calls(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    text = owner.get("/causes/figures?period=week").text
    assert {"since": "2026-11-09", "until": "2026-11-09"} in links(text, "/causes")
    day = owner.get("/causes/figures?since=2026-11-09&until=2026-11-09").text
    assert "Pas assez de monde" in day and "100 % des manqués" in html.unescape(day).replace("\xa0", " ")
    hour = {"counted": "missed", "since": "2026-11-09", "until": "2026-11-09", "hour": "10"}
    assert hour in links(day, "/calls")
    example = re.search(r'href="(/calls/[0-9a-f-]+)"', day)
    assert example and owner.get(example[1]).status_code == 200
    dates = html.unescape(owner.get("/causes/hour/figures?weekday=1&hour=10").text)
    assert "lundi\xa09\xa0novembre" in dates and hour in links(dates, "/calls")


@pytest.mark.hard
def test_value_is_told_where_somebody_said_what_a_caller_brings(here: Garage) -> None:
    text = here.browser(Role.OWNER).get("/causes/figures?map=rate").text
    assert "Valeur perdue" in text and "Pour 100\xa0appels reçus" in text
    theirs = here.browser(Role.OWNER, of=here.other).get("/causes/figures").text
    assert "dites dans les réglages" in html.unescape(theirs).replace("’", "'")


@pytest.mark.hard
def test_agents_are_for_those_who_supervise_and_together_from_five_on(here: Garage) -> None:
    address = "/measures/handle_time/split?by=agent"
    assert "Agent 1" in here.browser(Role.SUPERVISOR).get(address).text
    of_all = here.browser(Role.SUPERVISOR).get("/measures/answer_rate/split?by=agent").text
    assert "Agent 1" not in of_all and "qui a manqué un appel" in of_all, "by agent it would be 100 %"
    for role in (Role.READER, Role.AGENT):
        text = here.browser(role).get(address).text
        assert "Agent 1" not in text and "désignerait quelqu’un" in text
        assert here.browser(role).get("/measures/board?agent=Agent+1").status_code == 403
        assert here.browser(role).get("/causes.csv?agent=Agent+1").status_code == 403
    assert here.browser(Role.SUPERVISOR).get("/measures/board?agent=Agent+1").status_code == 200


@pytest.mark.hard
def test_names_do_no_harm_in_charts_tables_and_files(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    for address in ("/measures/answer_rate/split?by=queue", "/causes", "/measures?queue=%3Cb%3Ex"):
        text = owner.get(address).text
        assert "<b>&" not in text and "<b>x" not in text and '<b>"' not in text
    assert "&lt;b&gt;" in owner.get("/measures/answer_rate/split?by=queue").text
    with_formula = owner.get("/measures/answer_rate.csv?by=queue").text
    assert with_formula.startswith("\ufeffPartie;")
    assert ";=" not in with_formula


def test_files_hold_what_is_seen(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    board = owner.get("/measures.csv?period=week")
    assert board.headers["content-disposition"] == 'attachment; filename="mesures-2026-11-09-2026-11-15.csv"'
    line = next(each for each in board.text.splitlines() if ";answer_rate;" in each)
    assert line.startswith("Taux de décroché;answer_rate;part (0\xa0à 1);0,714;60;84;84;")
    causes = owner.get("/causes.csv?period=week").text
    assert re.search(r"Jour;2026-11-09;12;12;", causes) and "Pas assez de monde;24;84;" in causes
    book = owner.get("/measures/missed.xlsx?period=week")
    assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(book.content)).namelist()
    assert "Chiffres emportés" in owner.get("/settings/audit-log").text


def test_another_business_and_other_sites_are_never_counted(here: Garage) -> None:
    theirs = here.browser(Role.OWNER, of=here.other).get("/measures/board?period=week").text
    assert "&lt;b&gt;" not in theirs and ">84<" not in theirs and ">1</a>" in theirs
    nowhere = here.browser(Role.SUPERVISOR, sites=[]).get("/measures/board?period=week").text
    assert "Aucun appel reçu" in nowhere


@pytest.mark.hard
def test_charts_are_silent_links_without_styles(here: Garage) -> None:
    text = here.browser(Role.OWNER).get("/measures/answer_rate/time?period=week").text
    assert "style=" not in text and "<style" not in text and "vega" not in text
    drawing = text[text.index("<svg xmlns") : text.index("</svg>", text.index("<svg xmlns"))]
    assert drawing.count('tabindex="-1"') == 7 and 'aria-hidden="true"' in drawing
    assert "Armistice" in text and "<table" in text


@pytest.mark.hard
def test_while_the_columns_are_made_a_page_says_so_and_asks_again(tmp_path: Path) -> None:
    with garage(tmp_path, language="en") as empty:
        owner = empty.browser(Role.OWNER)
        text = owner.get("/measures/board?period=week").text
        assert "Figures are being made ready" in text and 'hx-get="/measures/board?period=week"' in text
        put_in_columns(empty)
        assert "No call received in this period" in owner.get("/measures/board").text
        assert "No call missed in this period" in owner.get("/causes/figures").text


def test_every_measure_has_a_page_with_its_definition(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    assert len(KNOWN) > 40
    for key in (
        "service_level:F2",
        "profile:aircall",
        "missed:no_answer",
        "journeys_recovered:our_call",
        "satisfaction",
    ):
        assert key in KNOWN
        assert '<p class="means">' in owner.get(f"/measures/{key}").text
        assert owner.get(f"/measures/{key}/now").status_code == 200
    assert "A_T / (A + B − B_T)" in html.unescape(owner.get("/measures/service_level").text)
    assert "Ringover" in owner.get("/measures/service_level/now").text


def test_a_change_is_told_apart_from_chance() -> None:
    def rate(value: float, low: float, high: float) -> Measure:
        return Measure(key="answer_rate", unit=Unit.SHARE, value=value, n=100, low=low, high=high)

    up = shown(rate(0.9, 0.85, 0.93), rate(0.7, 0.6, 0.8), FRENCH, about="/")
    assert up.before is not None and (up.trend, up.before[1]) == ("good", "+20,0\xa0pt")
    assert shown(rate(0.75, 0.6, 0.85), rate(0.7, 0.6, 0.8), ENGLISH, about="/").trend == "plain"
    missed_now, before = (Measure(key="missed", unit=Unit.COUNT, value=n, n=int(n)) for n in (140.0, 100.0))
    assert shown(missed_now, before, ENGLISH, about="/").trend == "bad"
    assert shown(before, before, ENGLISH, about="/").before == ("100", "±0%")
    nothing = Measure(key="satisfaction", unit=Unit.SHARE, n=0, missing=Missing.SURVEYS)
    assert shown(nothing, None, ENGLISH, about="/").missing == "Not available: nobody is asked after the call"


def test_axes_have_few_round_labels() -> None:
    assert [text for _, text in levels_of([0.82, None], Unit.SHARE, ENGLISH)] == ["0%", "25%", "50%", "75%", "100%"]
    assert levels_of([3, 17], Unit.COUNT, ENGLISH)[-1] == (20, "20")
    assert levels_of([None], Unit.COUNT, ENGLISH) == ((0, "0"), (1, "1"))
    assert levels_of([95.0], Unit.SECONDS, ENGLISH)[-1][0] == 120
    days = [datetime(2026, 11, 1, tzinfo=UTC) + timedelta(days=n) for n in range(90)]
    ticks = ticks_of(days, Step.DAY, FRENCH, most=8)
    assert len(ticks) <= 8 and all(days[at].weekday() == 0 for at, _ in ticks)


def test_steps_suit_the_period() -> None:
    start = date(2026, 1, 5)
    assert step_of("", Period(start, start + timedelta(days=1))) is Step.HOUR
    assert step_of("", Period(start, start + timedelta(days=28))) is Step.DAY
    assert step_of("hour", Period(start, start + timedelta(days=300))) is Step.WEEK


@pytest.mark.hard
def test_what_is_drawn_says_what_it_is_and_leads_there() -> None:
    marks = (Mark("a <b>", 0.5, href="/calls?a=1&b=2"), Mark("nothing", None))
    for chart in (
        Course(marks=marks, ticks=((0, "x"),), few=(), levels=((0, "0"), (1, "1")), bars=False),
        Beside(names=("<i>", "y"), texts=("1", "2"), marks=marks, whole=0.4),
    ):
        svg = drawn(chart, width=PHONE)
        assert '<a href="/calls?a=1&amp;b=2" tabindex="-1"><title>a &lt;b&gt;</title>' in svg
        assert "<i>" not in svg and "style" not in svg and svg.count("<a ") == 1
