"""What is sent by itself, in frozen time: the quarter's audit with its paper, Monday's figures by text, and a STOP."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NoReturn

import pypdf
import pytest

from decroche.ledger.report_attempts import attempts_of
from decroche.ledger.reporting import SCHEDULE, ReportKind, keep_report, made_reports, own_up, readers, wish
from decroche.ledger.setting_up import add_site
from decroche.model.member import Role
from decroche.prove.kpis.quarter import Quarter
from decroche.prove.letter_page import Letter
from decroche.prove.reports.letter import letter_html
from decroche.prove.service_desk import Business, Desk, NotReady
from decroche.prove.service_post import Clerk
from decroche.prove.service_quarter import quarter_figures, read_figures, remake, written
from decroche.server_settings import ServerSettings
from decroche.warehouse.lake import Lake
from decroche.warehouse.lake_rows import fingerprints
from decroche.warehouse.live_columns import LiveColumns
from tests.web.garage import NOW, Garage, garage
from tests.web.test_figures import put_in_columns, three_weeks

pytestmark = pytest.mark.hard
#: The eighth of January at seven in Paris: a week after the last miss of the quarter.
EIGHTH = datetime(2027, 1, 8, 6, 0, tzinfo=UTC)
OWN = 33612345678


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Garage]:
    with garage(tmp_path_factory.mktemp("sent")) as found:
        three_weeks(found)
        put_in_columns(found)
        yield found


@pytest.fixture(scope="module")
def desk(here: Garage) -> Iterator[Desk]:
    settings = ServerSettings(data=here.folder, database=None)
    lake = Lake(settings.lake_place, partial(fingerprints, settings.fingerprint_key()))
    with LiveColumns(here.server.ledger, lake, scratch=here.folder / "sent") as columns:
        yield Desk(here.server.ledger, columns, clock=lambda: EIGHTH)


class Post:
    """A mail server and a provider of texts that take everything, and a clerk who hands it to them."""

    def __init__(self, here: Garage, desk: Desk) -> None:
        self.here, self.desk = here, desk
        self.letters: list[tuple[str, Letter]] = []
        self.texts: list[tuple[int, str]] = []
        self.answer = "handed"

    def clerk(self, at: datetime) -> Clerk:
        return Clerk(
            self.here.server.ledger, self.desk, hand=self._mail, hand_text=self._text, link="https://d.example",
            clock=lambda: at,
        )  # fmt: skip

    def _mail(self, address: str, letter: Letter, id: str) -> str:
        self.letters.append((address, letter))
        return self.answer

    def _text(self, account: str, number: int, body: str, id: str) -> str:
        self.texts.append((number, body))
        return self.answer


class Troubled(Desk):
    """A desk that knows the business, and answers every question with a trouble."""

    def __init__(self, whole: Desk, trouble: type[Exception]) -> None:
        self.whole, self.trouble, self.asked = whole, trouble, 0

    def business(self, account: str) -> Business:
        return self.whole.business(account)

    def answer(self, account: str, question: object, find: object) -> NoReturn:
        self.asked += 1
        raise self.trouble


def test_the_audit_goes_on_the_eighth_once_is_archived_and_made_again_alike(here: Garage, desk: Desk) -> None:
    account, ledger, post = here.mine.account, here.server.ledger, Post(here, desk)
    member = here.member(Role.OWNER)
    with ledger.writing() as connection:
        wish(connection, account, member, ReportKind.QUARTER, wanted=True, at=NOW)
    for early in (EIGHTH - timedelta(days=1), EIGHTH - timedelta(hours=2), EIGHTH + timedelta(hours=6)):
        post.clerk(early).work()
    assert post.letters == []
    for at in (EIGHTH, EIGHTH + timedelta(minutes=1), EIGHTH + timedelta(days=1)):
        post.clerk(at).work()
    ((_, letter),) = post.letters
    assert "4e trimestre 2026" in letter.subject.replace("\u00a0", " ")
    ((name, paper),) = letter.papers
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(paper)).pages)
    assert name.endswith("-fr.pdf") and "Audit trimestriel" in text
    html = letter_html(letter.page)
    assert "https://d.example/reports" in html and "<script" not in html and "src=" not in html
    with ledger.reading() as connection:
        (kept,) = [each for each in made_reports(connection, account, limit=9) if each.kind is ReportKind.QUARTER]
        assert (kept.period, kept.made_by, kept.site) == ("2026Q4", "schedule", "")
    owner = here.browser(Role.OWNER)
    archived = read_figures(owner.get(f"/reports/{kept.id}.json").content)
    assert remake(desk, account, archived).same


def test_whoever_sees_one_site_gets_its_audit_only(here: Garage, desk: Desk) -> None:
    ledger, post = here.server.ledger, Post(here, desk)
    with ledger.reading() as connection:
        sites = {str(row.name): str(row.id) for row in connection.exec_driver_sql("select id, name from sites")}
    name, id = next(iter(sites.items()))
    member = here.member(Role.SUPERVISOR, sites=[id])
    nobody = here.member(Role.SUPERVISOR, sites=[])
    with ledger.writing() as connection:
        for each in (member, nobody):
            wish(connection, here.mine.account, each, ReportKind.QUARTER, wanted=True, at=NOW)
    post.clerk(EIGHTH + timedelta(days=2)).work()
    told = [letter.page.kicker for _, letter in post.letters]
    assert len(told) <= 1 and all(name in each for each in told)


def test_a_quarter_that_fails_is_seen_with_its_reason_and_made_again(here: Garage) -> None:
    owner, ledger, account = here.browser(Role.OWNER), here.server.ledger, here.mine.account
    assert owner.post("/reports", data={"quarter": "2025Q1", "site": ""}).status_code == 303
    ends = time.monotonic() + 30
    while "Pas établi" not in (shown := owner.get("/reports").text) and time.monotonic() < ends:
        continue
    assert "Pas établi" in shown and "Aucun appel n'est connu" in shown.replace("&#39;", "'").replace("’", "'")
    assert re.search(r'name="quarter" value="2025Q1"', shown)
    with ledger.reading() as connection:
        assert [each.reason for each in attempts_of(connection, account)] == ["no_calls"]
        assert attempts_of(connection, here.other.account) == []
    assert here.browser(Role.READER).post("/reports/failures/forget", data={"quarter": "2025Q1"}).status_code == 403
    assert "2025Q1" not in here.browser(Role.READER).get("/reports").text
    assert owner.post("/reports/failures/forget", data={"quarter": "2025Q1"}).status_code == 303
    assert owner.post("/reports/failures/forget", data={"quarter": "2025Q1"}).status_code == 404
    assert "Pas établi" not in owner.get("/reports").text


def test_what_breaks_on_schedule_is_written_down_and_not_tried_all_day(here: Garage, desk: Desk) -> None:
    found = Troubled(desk, ZeroDivisionError)
    post = Post(here, found)
    clerk = post.clerk(datetime(2027, 4, 8, 6, 0, tzinfo=UTC))
    for _ in range(3):
        try:
            clerk.work()
        except ZeroDivisionError:
            continue
    assert 1 <= found.asked <= 2
    with here.server.ledger.reading() as connection:
        (failed,) = attempts_of(connection, here.mine.account)
    assert (failed.wanted.period, failed.reason, failed.begun_by) == ("2027Q1", "broken", "schedule")
    shown = here.browser(Role.OWNER).get("/reports").text
    assert "1er trimestre 2027" in shown.replace("\u00a0", " ") and "Établir à nouveau" in shown


def test_the_trouble_of_one_business_keeps_no_letter_of_another(here: Garage) -> None:
    asked: list[str] = []

    class Broken(Desk):
        def __init__(self) -> None:
            pass

        def business(self, account: str) -> Business:
            asked.append(account)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Post(here, Broken()).clerk(EIGHTH).work()
    assert {here.mine.account, here.other.account} <= set(asked)


def test_columns_that_are_being_made_put_an_audit_off_without_a_failure(here: Garage, desk: Desk) -> None:
    post = Post(here, Troubled(desk, NotReady))
    post.clerk(datetime(2027, 7, 8, 6, 0, tzinfo=UTC)).work()
    with here.server.ledger.reading() as connection:
        assert [each for each in attempts_of(connection, here.mine.account) if each.wanted.period == "2027Q2"] == []


def test_monday_comes_by_text_with_three_figures_and_one_decision(here: Garage, desk: Desk) -> None:
    monday, post = NOW.replace(hour=6, minute=0), Post(here, desk)
    member = here.member(Role.OWNER)
    with here.server.ledger.writing() as connection:
        wish(connection, here.mine.account, member, ReportKind.MONDAY_TEXT, wanted=True, at=NOW, number=OWN)
    with here.server.ledger.writing() as connection:
        assert not own_up(connection, here.mine.account, OWN, at=monday), "nobody was asked"
    for at in (monday - timedelta(days=1), monday, monday + timedelta(minutes=20)):
        post.clerk(at).work()
    ((number, asks),) = post.texts
    assert number == OWN and "OUI" in asks and "décrochés" not in asks
    post.texts.clear()
    with here.server.ledger.writing() as connection:
        assert not own_up(connection, here.mine.account, OWN + 1, at=monday)
        assert own_up(connection, here.mine.account, OWN, at=monday)
    for minutes in (30, 40):
        post.clerk(monday + timedelta(minutes=minutes)).work()
    ((number, body),) = post.texts
    assert number == OWN and body.isascii() is False and "STOP" in body
    assert len(body) < 459 and not set(body) & set("\u00a0\u202f–’")
    assert "décrochés" in body and "récupérés" in body and "rappel" in body and "À décider" in body


def test_a_member_gives_their_own_number_and_takes_it_back(here: Garage) -> None:
    owner = here.browser(Role.OWNER)
    for bad in ("04 78 00 00 00", "hello", "12"):
        refused = owner.post("/account/letters/text", data={"number": bad})
        assert refused.status_code == 422 and "has-error" in refused.text
    assert owner.post("/account/letters/text", data={"number": "06 12 34 56 78"}).status_code == 303
    shown = owner.get("/reports").text
    assert "06 12 34 56 78" in shown and "Aucun fournisseur de SMS" in shown
    assert here.browser(Role.AGENT).post("/account/letters/text", data={"number": "0612345678"}).status_code == 403
    assert "06 12 34 56 78" not in here.browser(Role.SUPERVISOR).get("/reports").text
    assert owner.post("/account/letters/text", data={"stop": "yes"}).status_code == 303
    assert "06 12 34 56 78" not in owner.get("/reports").text


def test_who_sees_two_sites_waits_for_both_audits_or_until_one_is_given_up(here: Garage, desk: Desk) -> None:
    ledger, account, post = here.server.ledger, here.mine.account, Post(here, Troubled(desk, ZeroDivisionError))
    with ledger.writing() as connection:
        for site in ("Nord", "Sud"):
            add_site(connection, account, site)
    found = quarter_figures(
        desk, account, quarter=Quarter.read("2026Q4"), business="Garage", site=None, value=None, made_at=EIGHTH
    )  # fmt: skip

    def made(site: str, quarter: str) -> None:
        with ledger.writing() as connection:
            keep_report(
                connection, account, kind=ReportKind.QUARTER, period=quarter, site=site, figures=written(found),
                fingerprint=quarter, by=SCHEDULE, at=EIGHTH,
            )  # fmt: skip

    def letters(at: datetime) -> int:
        post.letters.clear()
        clerk = post.clerk(at)
        for _ in range(3):
            with suppress(ZeroDivisionError):
                clerk.work()
        return len(post.letters)

    member = here.member(Role.SUPERVISOR, sites=["Nord", "Sud"])
    with ledger.writing() as connection:
        for each in readers(connection, account, ReportKind.QUARTER):
            wish(connection, account, each.member, ReportKind.QUARTER, wanted=False, at=NOW)
        wish(connection, account, member, ReportKind.QUARTER, wanted=True, at=NOW)
    for quarter in ("2027Q2", "2027Q3"):
        made("", quarter)
        made("Nord", quarter)
    july, october = datetime(2027, 7, 9, 6, 0, tzinfo=UTC), datetime(2027, 10, 9, 6, 0, tzinfo=UTC)
    assert letters(july) == 0
    made("Sud", "2027Q2")
    assert letters(july + timedelta(days=1)) == 1
    assert letters(july + timedelta(days=2)) == 0
    assert letters(october) == 0
    assert letters(october + timedelta(days=6)) == 1
